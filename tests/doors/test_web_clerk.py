"""A department's pages without any script: what a clerk can do there, and what nobody else can."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.authority import Role, operator
from fulfilment_monitor.house import House
from fulfilment_monitor.services.organisations import register_body
from fulfilment_monitor.store.contracts import Amendment, Contract, Obligation
from fulfilment_monitor.store.facts import Fact, FactAnswer
from fulfilment_monitor.store.organisations import Organisation, Subordination
from tests.conftest import at
from tests.doors.signing_in import account_of, enterprise_account, sign_in
from tests.doors.walking import Walk
from tests.services.builders import (
    FIRM,
    INSTITUTION,
    ORGAN,
    a_body,
    a_document,
    a_fact,
    a_payment,
    owed,
    register,
    state,
    violations,
)

SINCE, TODAY = date(2020, 1, 1), date(2025, 9, 1)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SignedIn = Callable[..., Walk]


@pytest.fixture
def office(house: House, tmp_path: Path) -> House:
    """A house with its folders, and the departments of a county."""
    with house.sessions.begin() as session:
        for code, name in ((ORGAN, "示例县财政局"), (INSTITUTION, "示例县医院")):
            register_body(session, code, name, "organ", by=operator("t"), now=at(SINCE))
        for body in session.scalars(select(Organisation)):
            body.region = "340321"
    account_of(house, "clerk-14D", ORGAN, Role.CLERK)
    folders = {"evidence_dir": str(tmp_path / "ev"), "uploads_dir": str(tmp_path / "up")}
    return replace(house, settings=replace(house.settings, **folders))


@pytest.fixture
def signed_in(office: House) -> SignedIn:
    """Sign somebody in by their capacity in a body."""

    def enter(role: Role = Role.CLERK, body: str = ORGAN, today: date = TODAY) -> Walk:
        return Walk(client_of(office, role, body, today))

    return enter


def client_of(
    house: House, role: Role = Role.CLERK, body: str = ORGAN, today: date = TODAY
) -> FlaskClient:
    client = create_app(house, lambda: Moment(at(today), today)).test_client()
    account = account_of(house, f"{role.value}-{body[-3:]}", body, role)
    return sign_in(client, house, account, today)


def fill_in(walk: Walk, **more: Any) -> dict[str, Any]:
    """What a contract of goods needs, by the labels a person reads."""
    named = {
        "合同编号": "HT-9",
        "合同名称": "打印机采购合同",
        "行政区划": "340321",
        "企业名称": "示例企业",
        "统一社会信用代码": FIRM,
        "所有制": "private",
        "企业规模": "small",
    }
    filled = {walk.field(label): value for label, value in named.items()}
    keys = {walk.value(f"o{i}-key"): i for i in range(int(walk.value("rows")))}
    filled[f"o{keys['delivery']}-due_on"] = "2025-09-10"
    filled[f"o{keys['acceptance']}-length"] = "5"
    filled[f"o{keys['payment']}-amount"] = "30,000"
    return {**filled, **more}


def only(house: House, table: Any) -> Any:
    with house.readers() as session:
        return session.scalars(select(table)).one()


def put_under(house: House, below: str, above: str) -> None:
    """One body stands under another, and has for years."""
    with house.sessions.begin() as session:
        ids = dict(session.execute(select(Organisation.code, Organisation.id)).all())
        row = Subordination(
            body_id=ids[below], superior_id=ids[above], from_on=date(2020, 1, 1),
            recorded_at=at(TODAY), recorded_by="t",
        )  # fmt: skip
        session.add(row)


# --- the task of a new clerk -------------------------------------------------------------------


@pytest.mark.proves("R-11")
def test_a_clerk_registers_learns_the_date_and_records_the_payment(
    office: House, signed_in: SignedIn
) -> None:
    walk = signed_in().open("/desk").follow("登记合同")
    walk.press("货物", signed_on="2025-08-20")
    walk.press("登记合同", **fill_in(walk))
    assert "合同已登记" in walk.text
    # delivered on the 10th, accepted five days later, on the 15th; paid within thirty days
    assert "“支付价款”尚未起算" in walk.text
    assert "最迟 2025-10-15 付款" in walk.text
    assert "未约定付款期限，适用法定期限30日" in walk.text
    walk.follow("登记付款")
    walk.press("登记", on="2025-09-01", evidence=("凭证.pdf", PDF))
    assert "付款已登记" in walk.text
    contract, fact = only(office, Contract), only(office, Fact)
    assert (contract.contract_no, contract.registered_by) == ("HT-9", "clerk-14D")
    assert (fact.kind, fact.source, fact.amount_fen) == ("paid", "government", 3_000_000)
    assert [e["name"] for e in fact.evidence] == ["凭证.pdf"]
    walk.follow("凭证.pdf")
    assert not violations(office)


def test_the_form_writes_the_rows_that_a_file_would(office: House, signed_in: SignedIn) -> None:
    walk = signed_in().open("/desk/contracts/new?kind=procurement.goods&signed_on=2025-08-20")
    walk.press("登记合同", **fill_in(walk))
    with office.readers() as session:
        document = session.scalars(select(Contract.document)).one()
    again = {**document, "contract_no": "HT-10"}
    register(office, again, on=TODAY.isoformat())
    columns = [c.name for c in Obligation.__table__.columns if c.name not in _OWN]
    with office.readers() as session:
        rows = session.scalars(select(Obligation).order_by(Obligation.id)).all()
        shown = [[getattr(row, name) for name in columns] for row in rows]
        documents = session.scalars(select(Contract.document).order_by(Contract.id)).all()
    assert shown[: len(shown) // 2] == shown[len(shown) // 2 :]
    assert documents[1] == {**documents[0], "contract_no": "HT-10"}


_OWN = {"id", "ulid", "contract_id"}


@ONLY_SQLITE
def test_the_dates_are_shown_before_anything_is_kept(office: House, signed_in: SignedIn) -> None:
    walk = signed_in().open("/desk/contracts/new?kind=procurement.goods&signed_on=2025-08-20")
    walk.press("计算到期日", **fill_in(walk))
    assert walk.status == 200
    assert "预计最迟 2025-10-15" in walk.text
    assert walk.value("contract_no") == "HT-9"
    with office.readers() as session:
        assert session.scalars(select(Contract)).all() == []


@ONLY_SQLITE
def test_a_script_is_given_the_dates_alone(office: House, signed_in: SignedIn) -> None:
    client = client_of(office)
    page = Walk(client).open("/desk/contracts/new?kind=procurement.goods&signed_on=2025-08-20")
    sent = {**fill_in(page), "csrf_token": page.value("csrf_token")}
    for i in range(int(page.value("rows"))):
        sent |= {f"o{i}-{n}": page.value(f"o{i}-{n}") for n in ("key", "kind", "title", "obligor")}
    sent |= {"rows": page.value("rows"), "signed_on": "2025-08-20", "field": "procurement"}
    sent |= {"subject": "goods", "o6-keep": "yes"}
    answer = client.post("/desk/contracts/preview", data=sent, headers={"HX-Request": "true"})
    told = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<html" not in told
    assert "2025-09-10" in told


FAULTS = (
    ("enterprise-uscc", "91340321MA2000000X", "第18位校验不符"),
    ("contract_no", "", "必填项未填写"),
    ("o8-amount", "12.345", "最多两位小数"),
    ("o7-length", "soon", "应为整数"),
    ("signed_on", "2025-02-30", "不是日历上的日期"),
    ("annual_rate", "much", "年利率请填百分数"),
    ("o8-due_on", "2025-10-01", "只能填一种"),
)


@ONLY_SQLITE
def test_a_fault_is_told_beside_its_field(signed_in: SignedIn) -> None:
    walk = signed_in()
    for field, value, said in FAULTS:
        walk.open("/desk/contracts/new?kind=procurement.goods&signed_on=2025-08-20")
        walk.press("登记合同", **fill_in(walk, **{field: value}))
        assert walk.status == 422
        told = next(p for p in walk.page.all("p") if p.get("id") == f"{field}-error")
        assert said in told.text
        assert any(a.get("href") == f"#{field}" for a in walk.page.all("a"))
        assert walk.value(field) == value


@ONLY_SQLITE
def test_an_obligation_can_be_added_by_hand(office: House, signed_in: SignedIn) -> None:
    walk = signed_in().open("/desk/contracts/new?kind=procurement.goods&signed_on=2025-08-20")
    before = int(walk.value("rows"))
    walk.press("再加一项义务", **fill_in(walk))
    assert int(walk.value("rows")) == before + 1
    new = f"o{before}-"
    walk.press(
        "登记合同", **{new + "title": "尾款", new + "amount": "5", new + "due_on": "2026-01-05"}
    )
    assert "合同已登记" in walk.text
    with office.readers() as session:
        rows = session.scalars(select(Obligation.title)).all()
    assert set(rows) == {"交付货物", "组织履约验收", "支付价款", "尾款"}


@ONLY_SQLITE
def test_a_number_that_is_taken_is_said_so(office: House, signed_in: SignedIn) -> None:
    register(office, a_document(contract_no="HT-9"), on="2025-08-01")
    walk = signed_in().open("/desk/contracts/new?kind=procurement.goods&signed_on=2025-08-20")
    walk.press("登记合同", **fill_in(walk))
    assert walk.status == 422
    assert "已登记过这个编号" in walk.text
    assert only(office, Contract).title == "办公设备采购"


# --- who may what --------------------------------------------------------------------------------


def test_nobody_registers_for_another_body(office: House, signed_in: SignedIn) -> None:
    walk = signed_in().open("/desk/contracts/new?kind=procurement.goods&signed_on=2025-08-20")
    walk.press("登记合同", **fill_in(walk, government=INSTITUTION))
    assert walk.status == 403
    with office.readers() as session:
        assert session.scalars(select(Contract)).all() == []


@ONLY_SQLITE
def test_a_foreign_contract_is_not_there(office: House, signed_in: SignedIn) -> None:
    ulid = register(
        office, a_document(government=a_body(INSTITUTION, "示例县医院")), on="2025-08-01"
    )[0].ulid
    fact = state(office, a_fact("performed", "2025-08-02", "enterprise"), "2025-08-03")
    client = client_of(office)
    token = Walk(client).open("/desk/upload").value("csrf_token")
    for path in ("facts/new", "amend", f"facts/{fact}/answer"):
        assert client.get(f"/desk/contracts/{ulid}/{path}").status_code == 404
        sent = client.post(f"/desk/contracts/{ulid}/{path}", data={"csrf_token": token})
        assert sent.status_code == 404
    assert client.get(f"/contracts/{ulid}/evidence/{'0' * 64}").status_code == 404


@ONLY_SQLITE
def test_the_desk_is_for_departments_only(office: House) -> None:
    register(office, a_document(), on="2025-08-01")
    app = create_app(office, lambda: Moment(at(TODAY), TODAY))
    firm = sign_in(app.test_client(), office, enterprise_account(office, "firm", FIRM), TODAY)
    handler = client_of(office, Role.HANDLER)
    for client in (firm, handler):
        for path in ("/desk", "/desk/contracts/new", "/desk/upload"):
            assert client.get(path).status_code == 403


@ONLY_SQLITE
def test_nothing_is_taken_without_the_token_of_the_session(office: House) -> None:
    ulid = register(office, a_document(), on="2025-08-01")[0].ulid
    client = client_of(office)
    for path in (
        "/desk/contracts",
        "/desk/contracts/preview",
        "/desk/upload",
        f"/desk/contracts/{ulid}/facts/new",
        f"/desk/contracts/{ulid}/amend",
    ):
        assert client.post(path, data={"kind": "paid"}).status_code == 403


@ONLY_SQLITE
def test_a_head_reads_below_and_acts_for_the_own_body_only(
    office: House, signed_in: SignedIn
) -> None:
    theirs = a_document(government=a_body(INSTITUTION, "示例县医院"), contract_no="HT-2")
    mine, below = register(office, a_document(), theirs, on="2025-08-01")
    put_under(office, INSTITUTION, ORGAN)
    walk = signed_in(Role.HEAD).open("/desk")
    assert "HT-1" in walk.text
    assert "HT-2" in walk.text
    assert "登记付款" in walk.open(f"/contracts/{mine.ulid}").text
    assert "登记付款" not in walk.open(f"/contracts/{below.ulid}").text
    assert walk.open(f"/desk/contracts/{below.ulid}/facts/new").status == 404


@ONLY_SQLITE
def test_hostile_words_stay_words(office: House) -> None:
    client = client_of(office)
    walk = Walk(client)
    for hostile in ('<script>alert("x")</script>', "\u202egnp.exe", "=cmd|' /C calc'!A1"):
        walk.open("/desk/contracts/new?kind=procurement.goods&signed_on=2025-08-20")
        walk.press("登记合同", **fill_in(walk, title=hostile, contract_no="A" * 500))
        assert walk.status == 422
        assert walk.value("title") == hostile
        assert not [x for x in walk.page.all("script") if not x.get("src")]


# --- what happened -------------------------------------------------------------------------------


def test_what_the_enterprise_says_is_answered_from_the_desk(
    office: House, signed_in: SignedIn
) -> None:
    delivery = owed("delivery", "enterprise", due_on="2025-08-20")
    register(office, a_document(delivery, a_payment(after="delivery")), on="2025-08-01")
    state(office, a_fact("performed", "2025-08-19", "enterprise", "delivery"), "2025-08-20")
    walk = signed_in().open("/desk").follow("确认或者提出异议")
    walk.press("提交答复", answer="disputed")
    assert walk.status == 422  # a dispute says why
    walk.press("提交答复", answer="disputed", note="缺少两台")
    assert "答复已登记" in walk.text
    said = only(office, FactAnswer)
    assert (said.answer, said.source, said.note) == ("disputed", "government", "缺少两台")
    assert "没有等待答复的陈述" in walk.open("/desk").text


def test_an_own_statement_is_corrected_by_another(office: House, signed_in: SignedIn) -> None:
    ulid = register(office, a_document(), on="2025-08-01")[0].ulid
    state(office, a_fact("paid", "2025-08-19", "government", amount="900.00"), "2025-08-20")
    walk = signed_in().open(f"/contracts/{ulid}").follow("更正")
    assert walk.value("amount") == "900.00"
    walk.press("登记", amount="1000.00")
    with office.readers() as session:
        old, new = session.scalars(select(Fact).order_by(Fact.id))
    assert (new.supersedes_id, new.amount_fen) == (old.id, 100_000)


@ONLY_SQLITE
def test_evidence_is_handed_out_with_its_contract_only(office: House, signed_in: SignedIn) -> None:
    one, other = register(office, a_document(), a_document(contract_no="HT-2"), on="2025-08-01")
    signed_in().open(f"/contracts/{one.ulid}").follow("登记付款").press(
        "登记", evidence=("凭证.pdf", PDF)
    )
    digest = only(office, Fact).evidence[0]["sha256"]
    client = client_of(office)
    answer = client.get(f"/contracts/{one.ulid}/evidence/{digest}")
    assert (answer.status_code, answer.data) == (200, PDF)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.mimetype == "application/octet-stream"
    assert client.get(f"/contracts/{other.ulid}/evidence/{digest}").status_code == 404


NO_PROOF = (
    ("网页.pdf", b"<html><script>1</script></html>", "文件内容与扩展名不符"),
    ("程序.exe", b"MZ", "不接受这种文件"),
    ("空.pdf", b"", "文件是空的"),
)


@ONLY_SQLITE
def test_what_cannot_prove_anything_is_not_kept(office: House, signed_in: SignedIn) -> None:
    ulid = register(office, a_document(), on="2025-08-01")[0].ulid
    walk = signed_in()
    for name, content, said in NO_PROOF:
        walk.open(f"/contracts/{ulid}").follow("登记付款")
        walk.press("登记", evidence=(name, content))
        assert walk.status == 422
        assert said in walk.text
    with office.readers() as session:
        assert session.scalars(select(Fact)).all() == []
    assert not office.settings.evidence_path().exists()


# --- what was agreed ------------------------------------------------------------------------------


def amend(walk: Walk, **more: Any) -> Walk:
    filled = {
        "due_on": "2025-10-20",
        "agreed_on": "2025-08-30",
        "reason": "mutual_agreement",
        "agreed_by": ["government", "enterprise"],
        "evidence": ("补充协议.pdf", PDF),
    }
    return walk.press("登记变更", **{**filled, **more})


def test_a_change_both_sides_signed_moves_the_date(office: House, signed_in: SignedIn) -> None:
    ulid = register(office, a_document(), on="2025-08-01")[0].ulid
    walk = amend(signed_in().open(f"/contracts/{ulid}").follow("登记双方变更"), note="展期")
    assert "变更已登记" in walk.text
    assert "2025-10-20" in walk.text
    assert "2025-09-10" in walk.text  # the first date stays in sight
    row = only(office, Amendment)
    assert row.note.startswith("展期；签署文件 补充协议.pdf SHA-256 ")
    assert not violations(office)


LIMITS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"agreed_by": ["government"]}, "须政府方和企业都同意"),
    ({"agreed_by": None}, "须政府方和企业都同意"),
    ({"evidence": None}, "必填项未填写"),
    ({"reason": ""}, "必填项未填写"),
    ({"reason": "staff_change"}, "不是变更或不履行的理由"),
    ({"due_on": ""}, "请填写变更了什么"),
)


@ONLY_SQLITE
def test_the_limits_of_a_change_are_told(office: House, signed_in: SignedIn) -> None:
    ulid = register(office, a_document(), on="2025-08-01")[0].ulid
    walk = signed_in()
    for changed, said in LIMITS:
        amend(walk.open(f"/desk/contracts/{ulid}/amend?obligation=payment"), **changed)
        assert walk.status == 422
        assert said in walk.text
    with office.readers() as session:
        assert session.scalars(select(Amendment)).all() == []
    assert not office.settings.evidence_path().exists()


@ONLY_SQLITE
def test_a_missed_date_cannot_be_agreed_away(office: House, signed_in: SignedIn) -> None:
    ulid = register(office, a_document(), on="2025-08-01")[0].ulid
    walk = signed_in(today=date(2025, 9, 20)).open(
        f"/desk/contracts/{ulid}/amend?obligation=payment"
    )
    amend(walk, agreed_on="2025-09-19")
    assert walk.status == 422
    assert "已于 2025-09-10 到期未履行" in walk.text


def test_what_has_no_date_is_completed_from_the_desk(office: House, signed_in: SignedIn) -> None:
    promise = {"subject": "promise", "field": "investment_attraction"}
    register(office, a_document(owed("permit"), **promise), on="2025-08-01")
    walk = signed_in().open("/desk").follow("补录日期")
    amend(walk)
    assert "变更已登记" in walk.text
    assert "所有义务都有日期" in walk.open("/desk").text


def test_another_contract_is_made_from_one_that_is_there(
    office: House, signed_in: SignedIn
) -> None:
    delivery = owed("delivery", "enterprise", due_on="2025-08-20")
    within = {"length": 20, "unit": "working_day"}
    first = a_document(
        delivery,
        a_payment(after="delivery", within=within, retention=True),
        late_interest={"annual_rate": "0.0365"},
        clauses={"arbitration": True},
    )
    ulid = register(office, first, on="2025-08-01")[0].ulid
    walk = signed_in().open(f"/contracts/{ulid}").follow("以这份合同为样本")
    assert walk.value("annual_rate") == "3.65"
    changed = {"contract_no": "HT-2", "signed_on": "2025-08-15", "o0-due_on": "2025-09-20"}
    walk.press("登记合同", **changed)
    assert "合同已登记" in walk.text
    with office.readers() as session:
        old, new = session.scalars(select(Contract.document).order_by(Contract.id))
    owed_now = [{**old["obligations"][0], "due_on": "2025-09-20"}, old["obligations"][1]]
    changes = {"contract_no": "HT-2", "signed_on": "2025-08-15", "obligations": owed_now}
    assert new == {**old, **changes}


@ONLY_SQLITE
def test_no_contract_of_others_is_a_pattern(office: House, signed_in: SignedIn) -> None:
    theirs = a_document(government=a_body(INSTITUTION, "示例县医院"))
    ulid = register(office, theirs, on="2025-08-01")[0].ulid
    assert signed_in().open(f"/desk/contracts/new?like={ulid}").status == 404


@ONLY_SQLITE
def test_a_payment_sent_again_from_the_page_before_is_one_payment(
    office: House, signed_in: SignedIn
) -> None:
    (one,) = register(office, a_document(), on="2025-08-01")
    for ref, said in (("", "付款已登记"), ("", "已经登记过"), ("凭-2", "付款已登记")):
        walk = signed_in().open(f"/contracts/{one.ulid}").follow("登记付款")
        walk.press("登记", on="2025-09-01", amount="500.00", ref=ref)
        assert said in walk.text
    with office.readers() as session:
        assert session.scalars(select(Fact.ref).order_by(Fact.id)).all() == [None, "凭-2"]


@ONLY_SQLITE
def test_what_was_typed_is_not_lost_with_the_session(office: House, signed_in: SignedIn) -> None:
    words, hidden = "支付办公设备采购合同的尾款", "密码-密码-密码-密码"
    sent = {"title": words, "field": "procurement", "csrf_token": "x" * 43}
    street = create_app(office, lambda: Moment(at(TODAY), TODAY)).test_client()
    answer = street.post("/desk/contracts", data=sent)
    assert answer.status_code == 401
    assert words in answer.text
    assert '<a class="button" href="/login' in answer.text
    assert "procurement" not in answer.text
    assert "xxxx" not in answer.text
    told = street.post("/account/password", data={"old": hidden, "password": hidden})
    assert hidden not in told.text
    much = street.post("/desk/contracts", data={**sent, "note": "长" * 100_000})
    assert (much.status_code, words in much.text) == (401, False)
    many = street.post("/desk/contracts", data={f"a{n}": "甲" for n in range(1_500)})
    assert many.status_code == 401
