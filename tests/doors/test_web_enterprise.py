"""The pages of an enterprise: what is owed, answered, stated, complained of; and who gets in."""

import io
import json
import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.services import web_sessions
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.accounts import Account
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.cases import Claim, ClaimEvent
from fulfilment_monitor.store.complaints import Complaint
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.store.enterprises import ContractNotice, EnterpriseContact, SignedLink
from fulfilment_monitor.store.facts import Fact, FactAnswer
from fulfilment_monitor.web.guard import FORM_TOKEN
from tests.conftest import at
from tests.doors.signing_in import account_of, enterprise_account, sign_in
from tests.doors.test_web import Page, page
from tests.services.builders import (
    FIRM,
    a_document,
    a_firm,
    a_payment,
    owed,
    paid,
    register,
    standing,
    state,
    view,
    violations,
)
from tests.services.case_builders import BUREAU, COUNTY, COUNTY_CREDIT, a_town, uscc
from tests.services.enterprise_builders import OTHER_FIRM, reachable

TODAY = date(2025, 10, 20)
NOBODY = "01JZ1MH2000000000000000000"
PAYLOAD = '"><script>alert(1)</script>'


class Door:
    """A browser of somebody who is signed in; every form carries the token of the session."""

    def __init__(self, house: House, account: int | None = None, today: date = TODAY) -> None:
        app = create_app(house, lambda: Moment(at(today), today))
        self.client: FlaskClient = app.test_client()
        self.house, self.today, self.csrf = house, today, ""
        if account is not None:
            sign_in(self.client, house, account, today)
            token = self.client.get_cookie("session")
            assert token is not None
            with house.readers() as session:
                self.csrf = web_sessions.find(
                    session, token.value, network="127.0.0", now=at(today), today=today
                ).csrf

    def page(self, address: str, status: int = 200) -> Page:
        return page(self.client, address, status)

    def post(self, address: str, **fields: object) -> TestResponse:
        given = {FORM_TOKEN: self.csrf, **fields}
        return self.client.post(address, data=given, headers={"Origin": "http://localhost"})


def settle(house: House) -> None:
    """Two enterprises, one late payment each; the department says it has paid the first."""
    a_town(house)
    delivery = owed("delivery", "enterprise", due_on="2025-08-01")
    register(
        house,
        a_document(delivery, a_payment(due_on="2025-09-10")),
        a_document(contract_no="HT-2", enterprise=a_firm(uscc=OTHER_FIRM, name="另一企业")),
    )
    state(house, paid("2025-09-20", "400.00", by="government"), "2025-09-21")


def at_home(folder: Path) -> House:
    url, keys = f"sqlite:///{folder / 'town.db'}", str(folder / "keys")
    return open_house(Settings(database_url=url, keys_dir=keys))


@pytest.fixture(scope="module")
def model(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the town, made once: its database and its keys."""
    folder = tmp_path_factory.mktemp("town")
    (folder / "town.db").write_bytes(sqlite_template.read_bytes())
    settle(opened := at_home(folder))
    opened.close()
    return folder


@pytest.fixture
def town(request: pytest.FixtureRequest, model: Path, tmp_path: Path) -> Iterator[House]:
    """A town of one's own; on either database for tests that ask for a `house`."""
    if "house" in request.fixturenames:
        house: House = request.getfixturevalue("house")
        settle(house)
        yield house
        return
    house = at_home(shutil.copytree(model, tmp_path / "town"))
    yield house
    house.close()


@pytest.fixture
def firm(town: House) -> Door:
    return Door(town, enterprise_account(town, "firm", FIRM))


@pytest.fixture
def other(town: House) -> Door:
    return Door(town, enterprise_account(town, "other", OTHER_FIRM))


@pytest.fixture
def clerk(town: House) -> Door:
    return Door(town, account_of(town, "clerk-1", BUREAU, Role.CLERK))


def fact_of(house: House) -> str:
    with house.readers() as session:
        return session.scalars(select(Fact.ulid).order_by(Fact.id)).first() or ""


def debt_of(house: House) -> str:
    return str(standing(house, TODAY.isoformat())["id"])


def count(house: House, table: type) -> int:
    with house.readers() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def links_of(shown: Page) -> Iterator[str]:
    return (h for h in shown.links if h.startswith(("/firm", "/contracts")))


# --- seeing -----------------------------------------------------------------------------------


def test_home_tells_what_is_owed_and_leads_on(firm, town):
    shown = firm.page("/firm")
    told = standing(town, TODAY.isoformat())
    for words in ("1,000.00 元", told["interest"], "逾期 40 日", "2025-09-10", "已付款 400.00 元"):
        assert words in shown.text
    for step in told["basis"]:
        assert step in shown.text
    for address in set(links_of(shown)):
        assert firm.client.get(address).status_code == 200, address
    assert "另一企业" not in shown.text
    firm.page("/firm?lang=en")


def test_who_is_owed_nothing_is_taught_what_to_do(town):
    code = uscc("91340321", 903)
    nothing = owed("delivery", "enterprise", due_on="2025-12-01")
    register(town, a_document(nothing, contract_no="HT-3", enterprise=a_firm(uscc=code)))
    shown = Door(town, enterprise_account(town, "third", code)).page("/firm")
    assert "目前没有对方未履行的义务" in shown.text
    assert "/firm/contracts/new" in shown.links


def test_other_enterprises_are_as_if_they_were_not_there(firm, other, town):
    fact, debt = fact_of(town), debt_of(town)
    contract = view(town, TODAY.isoformat())["id"]
    pages = (
        f"/firm/facts/{fact}/confirm", f"/firm/facts/{fact}/dispute",
        f"/firm/contracts/{contract}/facts/new", f"/firm/obligations/{debt}/interest",
        f"/firm/obligations/{debt}/complain", f"/contracts/{contract}",
    )  # fmt: skip
    for address in pages:
        assert firm.client.get(address).status_code == 200, address
        foreign = other.client.get(address)
        absent = other.client.get(re.sub("01[0-9A-Z]{24}", NOBODY, address))
        assert (foreign.status_code, absent.status_code) == (404, 404), address
    writes = (
        f"/firm/facts/{fact}/confirm", f"/firm/facts/{fact}/dispute",
        f"/firm/contracts/{contract}/facts/new", f"/firm/obligations/{debt}/complain",
    )  # fmt: skip
    for address in writes:
        assert other.post(address, note="x", kind="paid").status_code == 404, address
    assert count(town, FactAnswer) == count(town, Complaint) == 0


def test_departments_and_the_street_have_no_business_here(clerk, town):
    street = Door(town)
    addresses = ("/firm", "/firm/cases", "/firm/notices", "/firm/contracts/new", "/firm/contacts")
    for address in (*addresses, f"/firm/facts/{fact_of(town)}/confirm"):
        assert clerk.client.get(address).status_code == 403, address
    fact = fact_of(town)
    assert clerk.post(f"/firm/facts/{fact}/confirm").status_code == 403
    assert street.post(f"/firm/facts/{fact}/confirm").status_code == 401
    assert count(town, FactAnswer) == 0


def test_every_form_carries_the_token(firm, town):
    fact = fact_of(town)
    for address in (f"/firm/facts/{fact}/confirm", "/firm/contacts", "/firm/contracts/new"):
        bare = firm.client.post(address, headers={"Origin": "http://localhost"})
        assert bare.status_code == 403, address
        forms = [i for i in firm.page(address).all("input") if i.get("name") == FORM_TOKEN]
        assert {i["value"] for i in forms} == {firm.csrf}, address
    assert count(town, FactAnswer) == 0


# --- answering and stating --------------------------------------------------------------------


def test_a_statement_is_confirmed(house, firm, town):
    answered = firm.post(f"/firm/facts/{fact_of(town)}/confirm")
    assert (answered.status_code, answered.location) == (303, "/firm?done=confirmed")
    assert standing(town, TODAY.isoformat())["remaining"] == "600.00"
    assert "没有需要您确认的陈述" in firm.page("/firm?done=confirmed").text
    assert violations(town) == []


def test_a_part_is_disputed_with_a_reason(firm, town):
    fact = fact_of(town)
    for fields, words in (
        ({"extent": "whole"}, "请写明理由"),
        ({"extent": "part", "note": "未到账", "amount": "400.01"}, "不超过对方所说的金额"),
        ({"extent": "part", "note": "未到账", "amount": "abc"}, "大于零的金额"),
    ):
        refused = firm.post(f"/firm/facts/{fact}/dispute", **fields)
        assert refused.status_code == 422
        assert words in Page(refused.text).text
    said = {"extent": "part", "amount": "1,00.00", "note": PAYLOAD}
    refused = firm.post(f"/firm/facts/{fact}/dispute", **said)
    assert refused.status_code == 422
    assert "<script>alert" not in refused.text
    done = firm.post(f"/firm/facts/{fact}/dispute", **{**said, "amount": "150.00"})
    assert done.status_code == 303
    with town.readers() as session:
        row = session.scalars(select(FactAnswer)).one()
        assert (row.answer, row.disputed_fen, row.source) == ("disputed", 15_000, "enterprise")
    assert standing(town, TODAY.isoformat())["remaining"] == "750.00"


def test_a_payment_is_stated_with_what_proves_it_and_corrected(firm, town, tmp_path):
    contract = view(town, TODAY.isoformat())["id"]
    address = f"/firm/contracts/{contract}/facts/new"
    said = {"obligation": "payment", "kind": "paid", "on": "2025-10-01", "amount": "300"}
    slip = (io.BytesIO(b"%PDF-1.4\n%slip\n%%EOF\n"), "slip.pdf")
    assert firm.post(address, **said, evidence=slip).status_code == 303
    with town.readers() as session:
        row = session.scalars(select(Fact).order_by(Fact.id.desc())).first()
        assert (row.source, row.amount_fen, row.evidence[0]["name"]) == (
            "enterprise", 30_000, "slip.pdf",
        )  # fmt: skip
        ulid = row.ulid
    assert firm.page(f"{address}?corrects={ulid}").text
    assert firm.post(address, **{**said, "amount": "250"}, corrects=ulid).status_code == 303
    assert standing(town, TODAY.isoformat())["remaining"] == "750.00"
    other = (io.BytesIO(b"%PDF-1.4\n%another slip\n%%EOF\n"), "other.pdf")
    again = firm.post(address, **said, corrects=ulid, evidence=other)
    assert again.status_code == 422
    folder = town.settings.evidence_path()  # what proves nothing that is kept is not kept
    assert [p.is_file() for p in folder.rglob("*")].count(True) == 1
    assert firm.client.get(f"{address}?corrects={fact_of(town)}").status_code == 404  # theirs


def test_a_statement_that_cannot_be_is_told_at_its_field(firm, town):
    contract = view(town, TODAY.isoformat())["id"]
    address = f"/firm/contracts/{contract}/facts/new"
    whole = {"obligation": "payment", "kind": "paid", "on": "2025-10-01", "amount": "300"}
    for changes, field in (
        ({"on": "2025-10-21"}, "on"),
        ({"amount": ""}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"kind": ""}, "kind"),
        ({"obligation": "nothing"}, "obligation"),
    ):
        refused = firm.post(address, **(whole | changes))
        assert refused.status_code == 422, changes
        assert f"#{field}" in Page(refused.text).links, changes
    assert count(town, Fact) == 1


# --- interest, complaints ---------------------------------------------------------------------


def test_interest_is_printed_for_any_day(firm, town):
    address = f"/firm/obligations/{debt_of(town)}/interest"
    for on in ("2025-10-20", "2026-03-31"):
        told = standing(town, on)["interest"]
        assert told in firm.page(f"{address}?on={on}").text
    assert "没有可以计算的逾期利息" in firm.page(f"{address}?on=2025-09-10").text
    assert firm.client.get(f"{address}?on=2025-13-01").status_code == 400


def complain(firm: Door, **changes: str) -> TestResponse:
    address = f"/firm/obligations/{debt_of(firm.house)}/complain"
    shown = firm.page(address)
    fields = {str(i["name"]): str(i.get("value") or "") for i in shown.all("input")}
    fields.pop("refuses_contact")
    return firm.post(address, **{**fields, "breach": "arrears", "words": "催要无果"} | changes)


def test_a_complaint_is_filled_in_taken_once_and_followed(house, firm, other, town):
    taken = complain(firm)
    assert taken.status_code == 200
    code = re.search(r"([0-9A-Z]{4}-){5}[0-9A-Z]{4}", taken.text)
    assert code is not None
    with town.readers() as session:
        row = session.scalars(select(Complaint)).one()
        said = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
        assert row.enterprise_id is not None
        assert row.confidential
        # confidential: the record names no account
        assert {e.action for e in said if e.actor == "firm"} == {"session.open"}
        assert row.recorded_by == "system:portal"
        ulid = row.ulid
    shown = firm.page("/firm/cases")
    assert f"/firm/cases/{ulid}" in shown.links
    assert "payment" in firm.page(f"/firm/cases/{ulid}").text
    assert f"/firm/cases/{ulid}" in firm.page("/firm").links
    for address in ("/firm/cases", f"/firm/cases/{ulid}", "/firm"):
        assert "已收到" in firm.page(f"{address}?lang=zh").text
        assert "Received" in (english := firm.page(f"{address}?lang=en").text)
        assert "已收到" not in english
    firm.page("/firm?lang=zh")
    assert "没有投诉" in other.page("/firm/cases").text
    assert other.client.get(f"/firm/cases/{ulid}").status_code == 404
    assert other.post(f"/firm/cases/{ulid}/withdraw", sure="yes").status_code == 404
    refused = complain(firm, amount="x")
    assert refused.status_code == 422
    assert "#amount" in Page(refused.text).links
    assert count(town, Complaint) == 1


def test_it_withdraws_and_objects_as_far_as_the_case_allows(firm, town):
    complain(firm)
    with town.readers() as session:
        ulid = session.scalars(select(Complaint.ulid)).one()
    address = f"/firm/cases/{ulid}"
    assert firm.post(f"{address}/withdraw").location.endswith("told=unsure")
    assert firm.post(f"{address}/object", claim=NOBODY, grounds=" ").location.endswith("told=empty")
    assert firm.post(f"{address}/object", claim=NOBODY, grounds="不服").status_code == 404
    assert firm.post(f"{address}/withdraw", sure="yes").location.endswith("told=withdrawn")
    with town.readers() as session:
        assert session.scalars(select(Complaint.withdrawn_on)).one() == TODAY
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.actor == "firm"))
        assert set(acts) == {"session.open"}
    assert firm.post(f"{address}/withdraw", sure="yes").location.endswith("told=refused")
    assert "投诉已撤回" in firm.page(f"{address}?told=withdrawn").text


def test_it_objects_to_a_result_and_to_nothing_else(firm, town):
    complain(firm)
    with town.readers() as session:
        ulid = session.scalars(select(Complaint.ulid)).one()
        claim = session.scalars(select(Claim.ulid)).one()
    address = f"/firm/cases/{ulid}"
    assert firm.post(f"{address}/object", claim=claim, grounds="不服").location.endswith("refused")
    with town.sessions.begin() as session:
        session.execute(update(Claim).values(state="unsubstantiated"))
    assert firm.page(address).all("textarea")
    sent = firm.post(f"{address}/object", claim=claim, grounds="材料没有看")
    assert sent.location.endswith("told=objected")
    with town.readers() as session:
        said = session.scalars(select(ClaimEvent).where(ClaimEvent.event == "object")).one()
        assert (said.details["grounds"], said.actor) == ("材料没有看", ulid)


# --- contacts ---------------------------------------------------------------------------------


def test_a_contact_is_kept_sealed_and_shown_masked(firm, town):
    typed = {"name": "联系岗", "phone": "13800001234", "email": "office@example.com"}
    refused = firm.post("/firm/contacts", **{**typed, "phone": "x"})
    assert refused.status_code == 422
    assert firm.post("/firm/contacts", **typed).status_code == 303
    shown = firm.page("/firm/contacts?done=changed").text
    assert "138****1234" in shown
    for secret in typed.values():
        assert secret not in shown
    assert count(town, EnterpriseContact) == 1


def test_a_contact_asks_for_the_second_factor_anew(town):
    account = enterprise_account(town, "firm", FIRM)
    door = Door(town, account)
    app = create_app(town, lambda: Moment(at(TODAY).replace(minute=20), TODAY))
    if "entrance.step_up" not in app.view_functions:
        app.add_url_rule("/step-up", "entrance.step_up", lambda: "")
    client = app.test_client()
    token = door.client.get_cookie("session")
    client.set_cookie("session", token.value)
    given = {FORM_TOKEN: door.csrf, "name": "x", "phone": "13800001234"}
    sent = client.post("/firm/contacts", data=given, headers={"Origin": "http://localhost"})
    assert sent.status_code in (302, 303)
    assert "/step-up" in sent.location
    assert count(town, EnterpriseContact) == 0


# --- accounts ---------------------------------------------------------------------------------


def test_who_leads_opens_and_closes_accounts_of_the_own_enterprise(firm, other, town):
    said = {"handle": "firm-2", "name": "出纳岗"}
    opened = firm.post("/firm/staff", **said)
    assert opened.status_code == 200
    code = re.search(r"([0-9A-Z]{4}-){5}[0-9A-Z]{4}", opened.text)
    assert code is not None
    assert "待首次登录" in firm.page("/firm/staff").text
    assert code[0] not in firm.page("/firm/staff").text
    taken = firm.post("/firm/staff", **said)
    assert (taken.status_code, "#handle" in Page(taken.text).links) == (422, True)
    assert "firm-2" not in other.page("/firm/staff").text
    for act in ("code", "close"):
        assert other.post(f"/firm/staff/firm-2/{act}").status_code == 404
    assert firm.post("/firm/staff/firm-2/close").status_code == 303
    assert firm.post("/firm/staff/firm/close").status_code == 409  # nobody closes the own one
    with town.sessions.begin() as session:
        session.execute(update(Account).where(Account.handle == "other").values(leads=False))
    assert "不管理其他账户" in other.page("/firm/staff").text
    assert other.post("/firm/staff", handle="other-2", name="x").status_code == 403


# --- contracts nobody registered --------------------------------------------------------------


CONTRACT = {
    "government_name": "示例县财政局", "government_uscc": BUREAU, "government_kind": "organ",
    "contract_no": "HT-9", "title": "道路养护", "field": "procurement", "subject": "services",
    "signed_on": "2025-06-01", "amount": "5,000", "region": "340321", "ownership": "private",
    "size": "small", "title_1": "养护费", "kind_1": "payment", "amount_1": "5000",
    "due_on_1": "2025-09-30",
}  # fmt: skip


def test_a_missing_contract_is_stated_and_registered(house, firm, clerk, town):
    refused = firm.post("/firm/contracts/new", **{**CONTRACT, "amount_1": "x", "title": ""})
    assert refused.status_code == 422
    assert {"#amount_1", "#title"} <= set(Page(refused.text).links)
    assert firm.post("/firm/contracts/new", **CONTRACT).status_code == 303
    assert "等待答复" in firm.page("/firm/notices").text
    assert firm.post("/firm/contracts/new", **CONTRACT).status_code == 422  # already stated
    with town.readers() as session:
        ulid = session.scalars(select(ContractNotice.ulid)).one()
    assert f"/desk/notices/{ulid}" in clerk.page("/desk/notices").links
    assert "道路养护" in clerk.page(f"/desk/notices/{ulid}").text
    done = clerk.post(f"/desk/notices/{ulid}/register")
    with town.readers() as session:
        row = session.scalars(select(Contract).where(Contract.contract_no == "HT-9")).one()
        assert (done.status_code, done.location) == (303, f"/contracts/{row.ulid}")
    assert f"/contracts/{row.ulid}" in firm.page("/firm/notices").links
    assert clerk.post(f"/desk/notices/{ulid}/decline", reason="x").status_code == 409


def test_it_is_declined_with_a_reason_and_others_see_nothing(firm, clerk, town):
    firm.post("/firm/contracts/new", **CONTRACT)
    with town.readers() as session:
        ulid = session.scalars(select(ContractNotice.ulid)).one()
    county = Door(town, account_of(town, "clerk-2", COUNTY, Role.CLERK))
    assert county.client.get(f"/desk/notices/{ulid}").status_code == 404
    assert county.post(f"/desk/notices/{ulid}/register").status_code == 404
    assert firm.client.get("/desk/notices").status_code == 403
    lead = Door(town, account_of(town, "lead-1", COUNTY_CREDIT, Role.CREDIT_LEAD), date(2026, 3, 2))
    assert "道路养护" in lead.page("/desk/notices/overdue").text
    assert clerk.client.get("/desk/notices/overdue").status_code == 403
    assert clerk.post(f"/desk/notices/{ulid}/decline", reason=" ").status_code == 422
    assert clerk.post(f"/desk/notices/{ulid}/decline", reason="未签订").status_code == 303
    assert "未签订" in firm.page("/firm/notices").text
    assert "未签订" not in lead.page("/desk/notices/overdue").text


# --- signed links -----------------------------------------------------------------------------


def asked(clerk: Door) -> tuple[str, str, str]:
    """A link that was sent: its path, its secret and its code, as the messages have them."""
    contract = view(clerk.house, TODAY.isoformat())["id"]
    shown = clerk.page(f"/desk/contracts/{contract}/ask")
    fields = {str(i["name"]): str(i["value"]) for i in shown.all("input")}
    sent = clerk.post("/links", **fields)
    assert sent.location == f"/desk/contracts/{contract}/ask?done=sent"
    file = next(clerk.house.settings.messages_path().glob("*.jsonl"))
    mail, sms = [json.loads(line) for line in file.read_text("utf-8").splitlines()][-2:]
    assert (mail["by"], sms["by"]) == ("email", "sms")
    found = re.search(r"(/answer/\w+)#([\w-]+)", mail["text"])
    code = re.search(r"\d{8}", sms["text"])
    assert found is not None
    assert code is not None
    assert code[0] not in mail["text"]
    after = clerk.page(sent.location).text + sent.text
    assert found[2] not in after
    assert code[0] not in after
    return found[1], found[2], code[0]


@pytest.fixture
def messages(town: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The enterprise can be reached; of a database that is no file, messages lie below `var`."""
    monkeypatch.chdir(tmp_path)
    reachable(town, "2025-10-20")
    return town


def test_a_link_shows_one_statement_and_answers_it_once(house, clerk, messages):
    path, secret, code = asked(clerk)
    street = Door(messages)
    key = {"secret": f"http://localhost{path}#{secret}", "code": f" {code[:4]} {code[4:]}"}
    assert "400.00" not in street.page(path).text
    shown = street.post(path, **key)
    assert "已付款 400.00 元" in Page(shown.text).text
    assert "1,000.00" not in shown.text  # this statement, and nothing else of the contract
    assert count(messages, FactAnswer) == 0
    empty = street.post(f"{path}/dispute", **key, extent="whole")
    assert empty.status_code == 422
    done = street.post(f"{path}/dispute", **key, extent="part", amount="100", note="少付")
    assert done.status_code == 200
    assert street.post(f"{path}/confirm", **key).status_code == 403
    with messages.readers() as session:
        row = session.scalars(select(FactAnswer)).one()
        assert (row.disputed_fen, row.recorded_by) == (10_000, f"link:{path.rpartition('/')[2]}")


def test_whatever_is_wrong_with_a_link_is_answered_alike(clerk, messages):
    path, secret, code = asked(clerk)
    street = Door(messages)
    wrong = f"{(int(code) + 1) % 10**8:08}"
    absent = f"/answer/{NOBODY}"
    tries = [
        (path, {"secret": secret, "code": wrong}),
        (path, {"secret": "x" * 43, "code": code}),
        (path, {"secret": "", "code": ""}),
        (absent, {"secret": secret, "code": code}),
        ("/answer/nothing", {"secret": secret, "code": code}),
    ]
    answers = [(a.status_code, a.text.replace(p, absent)) for p, f in tries
               for a in [street.post(p, **f)]]  # fmt: skip
    assert len(set(answers)) == 1
    assert answers[0][0] == 403
    assert len({street.client.get(p).text.replace(p, absent) for p, _ in tries}) == 1
    with messages.readers() as session:
        assert session.scalars(select(SignedLink.misses)).one() == 1  # by its holder alone


def test_a_link_is_sent_by_the_own_department_only(messages, firm, other, clerk):
    contract, fact = view(messages, TODAY.isoformat())["id"], fact_of(messages)
    county = Door(messages, account_of(messages, "clerk-2", COUNTY, Role.CLERK))
    for door, status in ((county, 404), (firm, 403), (other, 403)):
        assert door.post("/links", fact=fact, contract=contract).status_code == status
        assert door.client.get(f"/desk/contracts/{contract}/ask").status_code == status
    assert count(messages, SignedLink) == 0


def test_a_link_from_a_foreign_page_is_not_taken(clerk, messages):
    path, secret, code = asked(clerk)
    given = {"secret": secret, "code": code}
    street = Door(messages)
    foreign = street.client.post(
        f"{path}/confirm", data=given, headers={"Origin": "https://elsewhere.example"}
    )
    assert foreign.status_code == 403
    assert count(messages, FactAnswer) == 0
