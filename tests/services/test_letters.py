"""Letters of a case: each after its act, by its body, kept once, silent about who complained."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click import Command
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from fulfilment_monitor.cli import letters as commands
from fulfilment_monitor.cli.kit import refusals_end_here
from fulfilment_monitor.domain.authority import Conflict, Forbidden, Role
from fulfilment_monitor.domain.case_codes import Supervision
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen, Refusal
from fulfilment_monitor.domain.evidence import Kept
from fulfilment_monitor.domain.letter_kinds import KINDS, Audience, LetterKind
from fulfilment_monitor.domain.letters import Paper
from fulfilment_monitor.gateways.evidence_store import place
from fulfilment_monitor.gateways.letters import open_letters, storing
from fulfilment_monitor.gateways.letters_docx import write_docx
from fulfilment_monitor.house import House
from fulfilment_monitor.services import letters, organisations, supervision
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.cases import Letter
from fulfilment_monitor.store.evidence import EvidenceFile
from fulfilment_monitor.store.ids import new_ulid
from fulfilment_monitor.store.records import Measure
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    _closing_engines,
    a_document,
    a_firm,
    day,
    office,
    paid,
    state,
    sweep,
    violations,
)
from tests.services.case_builders import (
    BUREAU,
    CITY_FINANCE,
    COUNTY,
    WAY,
    a_person,
    a_world,
    act,
    actor,
    complain,
    drive,
    go,
    secrets,
    uscc,
)
from tests.services.credit_builders import REPAIRING, answer, measures_drawn, measures_of

K = LetterKind
TEMPLATES = open_letters(Settings())
#: Who may issue each letter in the town, and the event of `WAY` after which it can be.
ISSUERS = {
    K.TRANSFER: ("county_lead", "transfer"),
    K.NOTICE: ("handler", "rectify"),
    K.PRIOR_NOTICE: ("handler", "notify_determination"),
    K.DECISION: ("director", "approve_determination"),
}
LATER = "2026-03-01"
TO_RESPONDENT = [k for k in LetterKind if KINDS[k].audience is Audience.RESPONDENT]
_SAID = {"how": "letter", "text": "经核实，货款已于期前付清。", "remedies": "可以提出异议"}


def preview(
    house: House, claim: str, kind: LetterKind, who: str | None = None, on: str = LATER, **more: str
) -> Paper:
    with house.readers() as session:
        return letters.preview(
            session, claim, kind, TEMPLATES, secrets=secrets(house),
            by=None if who is None else actor(house, who, on), office=office(house),
            today=day(on), **more,
        )  # fmt: skip


def issue(
    house: House,
    claim: str,
    kind: LetterKind,
    who: str,
    store: Callable[[Paper], Kept],
    on: str = LATER,
    **more: str,
) -> Letter:
    with house.sessions.begin() as session:
        done = letters.issue(
            session, claim, kind, TEMPLATES, store=store, secrets=secrets(house),
            by=actor(house, who, on), office=office(house), now=at(day(on)), today=day(on), **more,
        )  # fmt: skip
        session.expunge(done)
        return done


def listed(house: House, claim: str, who: str | None = None) -> list[dict[str, Any]]:
    with house.readers() as session:
        by = None if who is None else actor(house, who, LATER)
        return letters.list_letters(session, claim, by=by, office=office(house), today=day(LATER))


def acts(house: House) -> list[dict[str, Any]]:
    query = select(AuditEntry.body).where(AuditEntry.action == "letter.issue")
    with house.readers() as session:
        return [json.loads(bytes(b)) for b in session.scalars(query.order_by(AuditEntry.seq))]


def count(house: House, table: type[Letter] | type[EvidenceFile]) -> int:
    with house.readers() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def open_kinds(house: House, claim: str) -> set[LetterKind]:
    found = set()
    for kind in LetterKind:
        try:
            preview(house, claim, kind, number="督〔2026〕9号" if kind is K.SUPERVISION else "")
        except NotOpen:
            continue
        found.add(kind)
    return found


def sign(house: House, claim: str, who: str, on: str, **more: Any) -> None:
    text = more.pop("text", "请说明未按期整改的原因")
    with house.sessions.begin() as session:
        supervision.sign(
            session, claim, Supervision.LETTER, text, by=actor(house, who, on),
            office=office(house), now=at(day(on)), today=day(on), **more,
        )  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Callable[[Paper], Kept]:
    return storing(tmp_path / "evidence")


# --- each after its act -----------------------------------------------------------------------


def test_a_letter_can_be_issued_from_its_act_on_and_not_before(house: House) -> None:
    claim = a_world(house)
    seen: set[LetterKind] = set()
    for step in WAY:
        assert open_kinds(house, claim) == seen, step.event
        go(house, claim, [step])
        seen |= {k for k, (_, event) in ISSUERS.items() if event == step.event}
    assert open_kinds(house, claim) == seen == set(ISSUERS)
    act(house, claim, "revoke_determination", "director", "2026-01-20", reason="认定有误")
    assert open_kinds(house, claim) == set()


def test_nobody_is_told_to_put_right_what_has_been(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "notify_determination")
    assert {K.NOTICE, K.PRIOR_NOTICE} <= open_kinds(house, claim)
    state(house, paid("2025-12-21"), "2025-12-21")
    act(house, claim, "confirm_rectified", "handler", "2025-12-22", note="已付清")
    assert open_kinds(house, claim) == {K.TRANSFER}


def test_what_was_returned_is_handed_over_anew(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "transfer")
    act(house, claim, "return", "handler", "2025-10-23", to=CITY_FINANCE, reason="职责不符")
    with pytest.raises(NotOpen):
        preview(house, claim, K.TRANSFER)
    act(house, claim, "transfer", "county_lead", "2025-10-24", to=CITY_FINANCE)
    paper = preview(house, claim, K.TRANSFER)
    assert (paper.addressee, paper.day) == ("示例市财政局", day("2025-10-24"))


def test_an_objection_undoes_a_decision_only_where_it_is_upheld(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "approve_determination")
    for outcome, still in (("rejected", True), ("upheld", False)):
        act(house, claim, "object", "bureau_head", "2026-01-22", grounds="不服")
        act(
            house, claim, "decide_objection", "reviewer", "2026-01-22", outcome=outcome,
            reasons="已复核",
        )  # fmt: skip
        assert (K.DECISION in open_kinds(house, claim)) is still


# --- what they say ----------------------------------------------------------------------------


@pytest.mark.proves("R-62")
def test_what_is_said_on_the_way_from_transfer_to_determination(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "approve_determination")

    transfer = preview(house, claim, K.TRANSFER, "county_lead")
    assert (transfer.addressee, transfer.day) == ("示例县人民政府", day("2025-10-22"))
    assert transfer.signature[0] == "示例县发展改革委"
    lines = transfer.text.splitlines()
    assert "现将反映示例县财政局在政府采购领域疑似未依法依约履约的线索转交你单位办理。" in lines
    assert {"线索来源依法保密。", f"事项编号：{claim}。"} <= set(lines)

    notice = preview(house, claim, K.NOTICE, "handler")
    assert notice.addressee == "示例县财政局"
    assert notice.signature == ("示例县人民政府", "2025年11月4日")
    lines = notice.text.splitlines()
    assert "（一）支付货款" in lines
    assert "请于2025年12月1日前完成整改，并书面报告整改结果。" in lines
    assert "涉及金额：人民币1,000.00元。" in lines
    assert "依据：民法典第五百七十七条" in lines
    for early in (transfer, notice, preview(house, claim, K.PRIOR_NOTICE)):
        assert "疑似" in early.text
        assert "失信" not in early.text

    decision = preview(house, claim, K.DECISION, "director")
    assert (decision.number, decision.day) == ("认定〔2026〕1号", day("2026-01-08"))
    lines = decision.text.splitlines()
    assert "你单位的上述行为构成拖欠账款，经责令整改拒不整改，认定为违约失信。" in lines
    assert "你单位的陈述、申辩意见：无新的意见" in lines
    assert "你单位所称理由：资金不足。上述理由不影响对违约行为的认定。" in lines
    assert lines[-4:-2] == ["可以提出异议", "本决定书自送达之日起生效。"]


def test_names_are_those_of_the_day_of_the_act(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "rectify")
    successor = uscc("11340321", 901)
    with house.sessions.begin() as session:
        made = {"by": CLERK, "now": at(day("2025-11-20"))}
        organisations.register_body(session, successor, "示例县财政和国资局", "organ", **made)
        organisations.succeed(
            session, BUREAU, successor, on=day("2025-11-20"), reason="机构改革", **made
        )
    assert preview(house, claim, K.NOTICE).addressee == "示例县财政局"
    go(house, claim, WAY[5:8])  # to the notice of the determination, on 2025-12-20
    assert preview(house, claim, K.PRIOR_NOTICE).addressee == "示例县财政和国资局"


@pytest.mark.proves("R-58")
def test_an_untrue_result_is_explained_to_who_complained_with_the_way_to_object(
    house: House,
) -> None:
    claim = a_world(house)
    with pytest.raises(NotOpen):
        preview(house, claim, K.EXPLANATION)
    complain(house, "2025-10-20")
    drive(house, claim, "take_up")
    found = {"facts": "已付清", "legal_basis": "民法典第五百五十七条"}
    act(house, claim, "find_unsubstantiated", "handler", "2025-11-03", **found)
    act(house, claim, "explain", "handler", "2025-11-04", **_SAID)
    paper = preview(house, claim, K.EXPLANATION, "handler")
    assert paper.addressee == "示例企业"
    assert "投诉涉及合同：HT-1《办公设备采购》。" in paper.text
    for said in (_SAID["text"], _SAID["remedies"], "经核实，所反映的问题不属实。"):
        assert said in paper.text
    act(house, claim, "answer", "handler", "2025-11-05", **_SAID)
    assert "\n不属实。\n" in preview(house, claim, K.REPLY, "handler").text


def test_nobody_is_answered_where_nobody_complained(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    act(house, claim, "answer", "handler", "2025-11-05", **_SAID)
    with pytest.raises(NotOpen, match="nobody has complained"):
        preview(house, claim, K.REPLY)


def test_a_supervision_letter_needs_a_signature_and_a_number(
    house: House, store: Callable[[Paper], Kept]
) -> None:
    claim = a_world(house)
    drive(house, claim, "rectify")
    with pytest.raises(NotOpen, match="nobody has signed"):
        issue(house, claim, K.SUPERVISION, "supervisor", store)
    sign(house, claim, "supervisor", "2025-12-31")
    with pytest.raises(Invalid) as refused:
        issue(house, claim, K.SUPERVISION, "supervisor", store)
    assert [i.pointer for i in refused.value.issues] == ["/number"]
    assert count(house, Letter) == 0
    done = issue(house, claim, K.SUPERVISION, "supervisor", store, number="督〔2025〕3号")
    assert (done.audience, done.on) == ("handler", day("2025-12-31"))
    paper = preview(house, claim, K.SUPERVISION, number="督〔2025〕3号")
    assert paper.addressee == "示例县人民政府"
    assert paper.signature[0] == "示例市发展改革委"
    assert "请说明未按期整改的原因" in paper.text
    assert "督办事由" not in paper.text  # a person began it; no limit is named
    with pytest.raises(Forbidden, match="another body's"):  # signed by the city, not the county
        issue(house, claim, K.SUPERVISION, "county_lead", store, number="督〔2025〕3号")


def test_a_supervision_letter_names_the_limit_it_was_proposed_for(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "rectify")
    act(
        house, claim, "list", "supervisor", "2025-11-05", demand="支付货款", due_on="2025-11-20",
        every_days=10,
    )  # fmt: skip
    sweep(house, "2025-11-21")
    with house.sessions.begin() as session:
        supervision.decline(
            session, claim, "case.progress.red", "已约定日期",
            by=actor(house, "supervisor", "2025-11-21"), office=office(house),
            now=at(day("2025-11-21")), today=day("2025-11-21"),
        )  # fmt: skip
    with pytest.raises(NotOpen):
        preview(house, claim, K.SUPERVISION)  # what was declined is no letter
    sign(house, claim, "supervisor", "2025-11-22", number="督〔2025〕1号", rule="case.listed.red")
    paper = preview(house, claim, K.SUPERVISION)
    assert "“挂牌督办事项”应于2025年11月20日前完成，至今未完成。" in paper.text
    assert paper.number == "督〔2025〕1号"
    with pytest.raises(Invalid, match="its act bears"):
        preview(house, claim, K.SUPERVISION, number="督〔2025〕2号")


def _hand_over(house: House, like: str) -> None:
    """The body that imposed a measure also hands somebody over to be called to account."""
    with house.sessions.begin() as session:
        first = session.scalars(select(Measure).where(Measure.code == like)).one()
        names = [c.name for c in Measure.__table__.columns if c.name != "id"]
        row = {n: getattr(first, n) for n in names}
        ulid = new_ulid(at(day(LATER)))
        session.add(Measure(**row | {"ulid": ulid, "code": "person.accountability"}))


def test_each_imposing_body_tells_of_its_own_measures(
    house: House, store: Callable[[Paper], Kept]
) -> None:
    with measures_drawn(house):
        claim = a_world(house)
        a_person(house, "finance_director", CITY_FINANCE, Role.DIRECTOR)
        drive(house, claim, "approve_determination")
        found = {name.split("@")[0]: m.ulid for name, m in measures_of(house).items()}
        with pytest.raises(NotOpen, match="no measure"):
            issue(house, claim, K.MEASURES, "county_lead", store)
        for code, who, on in (
            ("local.honours", "county_lead", "2026-01-12"),
            ("local.procurement", "finance_director", "2026-01-15"),
        ):
            answer(house, "accept", found[code], who, on, starts_on=day(on))
        _hand_over(house, "local.honours")
        county = preview(house, claim, K.MEASURES, "county_lead")
        assert "追究" not in county.text  # who is called to account is not the respondent's to read
        city = preview(house, claim, K.MEASURES, "finance_director")
        assert (county.signature, city.signature) == (
            ("示例县发展改革委", "2026年1月12日"),
            ("示例市财政局", "2026年1月15日"),
        )
        assert "认定〔2026〕1号" in county.text
        assert "自2026年1月12日起。依据：发改财金〔2023〕1103号 三（五）" in county.text
        assert "2026年1月15日" not in county.text
        with pytest.raises(NotOpen, match="each issues its own"):
            preview(house, claim, K.MEASURES)
        with pytest.raises(NotOpen, match="no measure"):
            preview(house, claim, K.MEASURES, "city_lead")
        with pytest.raises(Forbidden):
            preview(house, claim, K.MEASURES, "bureau_head")
        with pytest.raises(NotFound):  # no measure of this claim is its to decide
            preview(house, claim, K.MEASURES, "sme_intake")
        assert issue(house, claim, K.MEASURES, "county_lead", store).audience == "respondent"


@pytest.mark.parametrize("confirmed", [True, False])
def test_repair_is_decided_in_writing_either_way(house: House, confirmed: bool) -> None:
    with measures_drawn(house):
        claim = a_world(house)
        drive(house, claim, "approve_determination")
        honours = next(m for n, m in measures_of(house).items() if n.startswith("local.honours"))
        answer(house, "accept", honours.ulid, "county_lead", "2026-01-12",
               starts_on=day("2026-01-12"))  # fmt: skip
        state(house, paid("2026-02-09"), "2026-02-09")
        go(house, claim, REPAIRING[:2])
        if confirmed:
            go(house, claim, REPAIRING[2:])
            paper = preview(house, claim, K.REPAIR, "director")
            assert "予以信用修复" in paper.text
            assert "（示例县发展改革委）" in paper.text
            assert "企业" not in paper.text  # its word is no matter of this letter
            with pytest.raises(NotOpen):
                preview(house, claim, K.MEASURES)
        else:
            act(house, claim, "decline_repair", "director", "2026-02-12", reason="利息未付")
            paper = preview(house, claim, K.REPAIR_DECLINED, "director")
            assert "利息未付" in paper.text
        assert "认定〔2026〕1号" in paper.text
        assert K.REPAIR in open_kinds(house, claim) or not confirmed
        assert (K.REPAIR_DECLINED in open_kinds(house, claim)) is not confirmed


# --- issuing ----------------------------------------------------------------------------------


def test_a_letter_is_kept_with_its_row_its_bytes_and_the_act(
    house: House, store: Callable[[Paper], Kept], tmp_path: Path
) -> None:
    claim = a_world(house)
    drive(house, claim, "approve_determination")
    done = issue(house, claim, K.DECISION, "director", store)
    content = place(tmp_path / "evidence", done.sha256).read_bytes()
    assert content == write_docx(preview(house, claim, K.DECISION))
    assert hashlib.sha256(content).hexdigest() == done.sha256
    assert (done.kind, done.audience, done.on) == ("decision", "respondent", day("2026-01-08"))
    with house.readers() as session:
        file = session.get_one(EvidenceFile, done.sha256)
        assert (file.name, file.size) == ("认定决定书认定〔2026〕1号.docx", len(content))
    (item,) = listed(house, claim, "director")
    assert (item["id"], item["sha256"], item["label"]) == (done.ulid, done.sha256, "认定决定书")
    (said,) = acts(house)
    assert said["claim"] == claim
    assert (said["number"], said["sha256"]) == ("认定〔2026〕1号", done.sha256)
    assert violations(house) == []


def test_the_same_letter_is_kept_once_and_another_beside_it(
    house: House, store: Callable[[Paper], Kept]
) -> None:
    claim = a_world(house)
    drive(house, claim, "rectify")
    first = issue(house, claim, K.NOTICE, "handler", store, "2025-11-05")
    again = issue(house, claim, K.NOTICE, "other_director", store, "2025-11-20")
    assert (again.ulid, again.sha256) == (first.ulid, first.sha256)
    other = issue(house, claim, K.NOTICE, "handler", store, "2025-11-20", number="责改〔2025〕1号")
    assert other.sha256 != first.sha256
    assert other.template != first.template
    assert [i["id"] for i in listed(house, claim)] == [first.ulid, other.ulid]
    assert len(acts(house)) == 2


def test_no_row_without_its_bytes(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "rectify")

    def full(_: Paper) -> Kept:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        issue(house, claim, K.NOTICE, "handler", full)
    assert (count(house, Letter), count(house, EvidenceFile), acts(house)) == (0, 0, [])


def test_only_the_body_that_acted_issues_and_only_officers_look(
    house: House, store: Callable[[Paper], Kept]
) -> None:
    claim = a_world(house)
    drive(house, claim, "approve_determination")
    refused = {}
    for kind in ISSUERS:
        for who in ("bureau_head", "county_lead", "city_lead", "city_handler", "handler",
                    "director", "custodian", "sme_intake"):  # fmt: skip
            try:
                issue(house, claim, kind, who, store)
            except (Forbidden, NotFound, Conflict):
                refused[kind, who] = True
            else:
                refused[kind, who] = False
    allowed = {(k, who) for (k, who), no in refused.items() if not no}
    hands = {(k, w) for k in ISSUERS for w in ("handler", "director") if k is not K.TRANSFER}
    assert allowed == {(K.TRANSFER, "county_lead"), *hands}
    assert len(listed(house, claim, "county_lead")) == len(ISSUERS)
    with pytest.raises(Refusal):
        listed(house, claim, "bureau_head")
    with pytest.raises(NotFound):
        preview(house, "01J0000000000000000000000Z", K.NOTICE)


def test_before_a_determination_nothing_written_freely_speaks_of_it(
    house: House, store: Callable[[Paper], Kept]
) -> None:
    claim = a_world(house)
    drive(house, claim, "refuse")
    notice = next(step for step in WAY if step.event == "notify_determination")
    said = notice.details | {"facts": "该单位属于严重失信"}
    act(house, claim, "notify_determination", "handler", notice.on, **said)
    with pytest.raises(Invalid) as refused:
        issue(house, claim, K.PRIOR_NOTICE, "handler", store)
    assert [(i.pointer, i.code) for i in refused.value.issues] == [
        ("/facts", "letter.before-determination")
    ]
    assert (count(house, Letter), acts(house)) == (0, [])


# --- who complained ---------------------------------------------------------------------------

_CANARY = "CANARY"
_FIRM = a_firm(name=f"{_CANARY}企业")


def _watched(house: House) -> str:
    """A claim of the sweep about a contract in which everything sings."""
    number, title = f"{_CANARY}-1", f"{_CANARY}采购"
    return a_world(house, a_document(contract_no=number, title=title, enterprise=_FIRM))


def _sing(house: House, **changes: Any) -> None:
    said = {
        "contract_no": f"{_CANARY}-1",
        "complainant": {"name": f"{_CANARY}企业", "uscc": _FIRM["uscc"], "contact": _CANARY},
        "words": f"{_CANARY}说了什么",
        "source_no": f"{_CANARY}-9",
    }
    complain(house, "2025-10-20", **{**said, **changes})


def _papers(house: House, claim: str) -> dict[LetterKind, str]:
    """All letters a respondent can get on the whole way, repair included; and the 转办函."""
    found = {}
    with measures_drawn(house):
        for step in WAY:
            go(house, claim, [step])
            for kind, (who, event) in ISSUERS.items():
                if event == step.event:
                    found[kind] = preview(house, claim, kind, who).text
        honours = next(m for n, m in measures_of(house).items() if n.startswith("local.honours"))
        answer(house, "accept", honours.ulid, "county_lead", "2026-01-12",
               starts_on=day("2026-01-12"))  # fmt: skip
        found[K.MEASURES] = preview(house, claim, K.MEASURES, "county_lead").text
        go(house, claim, REPAIRING[:2])
        act(house, claim, "decline_repair", "director", "2026-02-11", reason="利息未付")
        found[K.REPAIR_DECLINED] = preview(house, claim, K.REPAIR_DECLINED, "director").text
        state(house, paid("2026-02-12"), "2026-02-12", number=f"{_CANARY}-1")
        go(house, claim, [step._replace(on="2026-02-12") for step in REPAIRING])
        found[K.REPAIR] = preview(house, claim, K.REPAIR, "director").text
    return found


def _letters_of(house: House, complaint: dict[str, Any] | None) -> dict[LetterKind, str]:
    claim = _watched(house)
    if complaint is not None:
        _sing(house, **complaint)
    return {k: t.replace(claim, "事项") for k, t in _papers(house, claim).items()}


#: What the letters of a claim were that only the sweep has raised, by database.
_of_the_sweep: dict[str, dict[LetterKind, str]] = {}


@pytest.mark.parametrize("complaint", [None, {"confidential": True}, {"confidential": False}])
def test_of_a_confidential_complainant_no_letter_says_a_word(
    house: House, complaint: dict[str, Any] | None
) -> None:
    said = _letters_of(house, complaint)
    assert set(said) == {*TO_RESPONDENT, K.TRANSFER}
    singing = {kind for kind, text in said.items() if _CANARY in text}
    if complaint == {"confidential": False}:
        assert singing == {K.TRANSFER, K.NOTICE, K.DECISION}
        assert "线索来源：投诉。" in said[K.TRANSFER]
        assert not any("说了什么" in text for text in said.values())
        return
    assert singing == set()
    kept = _of_the_sweep.setdefault(house.engine.dialect.name, said)
    assert said == kept, "a letter tells whether anybody complained"


@pytest.mark.parametrize("confidential", [True, False])
def test_what_an_officer_lets_slip_is_masked(house: House, confidential: bool) -> None:
    claim = _watched(house)
    _sing(house, confidential=confidential)
    drive(house, claim, "find_substantiated")
    slips = [
        f"向{_CANARY}企业付款", f"履行合同 {_CANARY} － 1 。", f"向{_FIRM['uscc']}付款",
        "答复ｃａｎａｒｙ-9号件",
    ]  # fmt: skip
    rectify = next(step for step in WAY if step.event == "rectify")
    act(house, claim, "rectify", "handler", rectify.on, **rectify.details | {"items": slips})
    text = preview(house, claim, K.NOTICE, "handler").text
    said = [line[3:] for line in text.splitlines() if line.startswith("（")]
    hidden = ["向有关企业付款", "履行合同 有关合同 。", "向有关企业付款", "答复有关事项号件"]
    assert said == (hidden if confidential else slips)
    assert (_CANARY in text) is not confidential


def test_a_confidential_complainant_is_not_named_even_in_its_own_letter(house: House) -> None:
    claim = _watched(house)
    _sing(house, confidential=True)
    drive(house, claim, "take_up")
    act(house, claim, "answer", "handler", "2025-11-05", **_SAID)
    paper = preview(house, claim, K.REPLY, "handler")
    assert paper.addressee == "投诉人"
    assert "CANARY企业" not in paper.text


# --- on the command line ----------------------------------------------------------------------


def run(command: Command, *words: str | Path) -> Result:
    """A command as the group would run it."""
    wrapped = refusals_end_here(command.callback)  # type: ignore[arg-type]
    ready = Command(command.name, callback=wrapped, params=command.params)
    with _closing_engines():
        return CliRunner().invoke(ready, [str(w) for w in words])


def test_a_letter_is_shown_written_issued_and_listed(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("FM_EVIDENCE_DIR", str(tmp_path / "evidence"))
    claim = a_world(house)
    assert run(commands.letter, claim, "notice").exit_code == 2
    drive(house, claim, "rectify")
    out = tmp_path / "通知.docx"
    shown = run(commands.letter, claim, "notice", "--out", out)
    assert (shown.exit_code, shown.stdout) == (0, preview(house, claim, K.NOTICE).text)
    assert out.read_bytes() == write_docx(preview(house, claim, K.NOTICE))
    assert count(house, Letter) == 0
    issued = json.loads(run(commands.letter, claim, "notice", "--as", "handler", "--json").stdout)
    assert issued["issued"]
    assert place(tmp_path / "evidence", issued["sha256"]).read_bytes() == out.read_bytes()
    found = json.loads(run(commands.letters, claim, "--json").stdout)
    assert (found["total"], found["items"][0]["sha256"]) == (1, issued["sha256"])
    assert "责令整改通知书" in run(commands.letters, claim).stdout
    assert run(commands.letter, claim, "notice", "--out", out).exit_code == 2  # it is there
    assert run(commands.letter, claim, "notice", "--out", tmp_path / "x.odt").exit_code == 2
    assert run(commands.letter, claim, "notice", "--as", "bureau_head").exit_code == 2
    assert COUNTY not in out.name
