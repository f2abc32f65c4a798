"""The pages of the three administrators: each what is theirs, two people where it takes two."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.house import House, keys_of
from fulfilment_monitor.services import web_sessions
from fulfilment_monitor.services.exchange import Message, enqueue
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.exchange import OutboxMessage
from tests.doors.test_web_entrance import HOST, Desk
from tests.services import case_builders
from tests.services.account_builders import NOW, TODAY, a_body, account, acting, an_account
from tests.services.builders import tamper

PAGES = {
    "/admin": {"sys", "sec", "aud"},
    "/admin/accounts": {"sys"},
    "/admin/people": {"sec"},
    "/admin/approvals": {"sys", "sec"},
    "/admin/law": {"sec"},
    "/admin/keys": {"sec"},
    "/admin/webhooks": {"sec"},
    "/admin/webhooks/letters": {"sys"},
    "/admin/jobs": {"sys"},
    "/admin/dead-letters": {"sys"},
    "/admin/record": {"aud"},
}
_ROLES = {
    "sys": Role.SYSTEM_ADMIN,
    "sec": Role.SECURITY_ADMIN,
    "aud": Role.AUDIT_ADMIN,
    "u1": Role.CLERK,
}


class Office:
    """A browser for each of them."""

    def __init__(self, house: House) -> None:
        case_builders._rings[house.settings.database_url] = keys_of(house)
        self.house = house
        self.desks: dict[str, Desk] = {}
        for handle, role in _ROLES.items():
            an_account(house, handle, "A", role)
            self.desks[handle] = self._signed_in(handle)

    def _signed_in(self, handle: str) -> Desk:
        desk = Desk(self.house)
        with self.house.sessions.begin() as session:
            token = web_sessions.open_session(
                session, account(session, handle), network="127.0.0", now=NOW, today=TODAY,
                stepped_up=True,
            )  # fmt: skip
        desk.client.set_cookie("__Host-session", token, domain="localhost", secure=True)
        return desk

    def get(self, who: str, path: str) -> TestResponse:
        return self.desks[who].get(path)

    def post(self, who: str, path: str, **form: str) -> TestResponse:
        return self.desks[who].post(path, **form)


@pytest.fixture
def office(house: House) -> Office:
    return Office(house)


def test_each_administrator_sees_their_own_pages_and_nobody_else_any(office: Office) -> None:
    for path, allowed in PAGES.items():
        for who in _ROLES:
            status = office.get(who, path).status_code
            assert status == (200 if who in allowed else 403), (who, path)
        assert Desk(office.house).get(path).status_code == 302


def test_an_administrators_cookie_is_of_no_use_elsewhere(office: Office) -> None:
    client = office.desks["sys"].client
    elsewhere = client.get("/admin", base_url=HOST, environ_base={"REMOTE_ADDR": "198.51.100.7"})
    assert elsewhere.status_code == 401
    assert office.get("sys", "/admin").status_code == 200


def test_all_three_see_what_each_of_them_does(office: Office) -> None:
    office.post("sec", "/admin/people", new_handle="u2", new_name="新人")
    made = office.post("sys", "/admin/accounts", handle="u2")
    assert re.search(r"<code data-copy>[0-9A-Z-]{29}</code>", made.text)
    for who in ("sys", "sec", "aud"):
        page = office.get(who, "/admin").text
        assert "person.enrol" in page
        assert "account.create" in page
    assert office.post("sys", "/admin/accounts", handle="u2").status_code == 422
    assert office.post("sys", "/admin/accounts", handle="u9").status_code == 422
    assert office.post("sys", "/admin/accounts/u2/disable").status_code == 303
    assert office.post("sys", "/admin/accounts/u2/disable").status_code == 409
    assert office.post("sys", "/admin/accounts/sys/disable").status_code == 409
    assert office.post("sys", "/admin/accounts/sec/code").status_code == 403
    assert office.post("sec", "/admin/accounts/u1/disable").status_code == 403


def asked(office: Office, who: str = "sys") -> str:
    page = office.get(who, "/admin/approvals").text
    found = re.search(r'action="/admin/approvals/(\w+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.proves("E4")
def test_a_post_is_asked_for_by_one_and_granted_by_another(office: Office) -> None:
    a_body(office.house, "B")
    form = {"handle": "u1", "body": "A", "role": "head", "reason": "轮岗"}
    assert office.post("sec", "/admin/people/ask", **form).status_code == 303
    for wrong in ({"handle": "u9"}, {"body": "none"}, {"role": ""}, {"reason": ""}):
        assert office.post("sec", "/admin/people/ask", **{**form, **wrong}).status_code == 422
    ulid = asked(office)
    assert "/admin/approvals/" not in re.sub(
        r"<nav.*?</nav>", "", office.get("sec", "/admin/approvals").text, flags=re.S
    )
    own = office.post("sec", f"/admin/approvals/{ulid}", granted="yes")
    assert own.status_code == 403
    assert office.post("aud", f"/admin/approvals/{ulid}", granted="yes").status_code == 403
    assert office.post("sys", f"/admin/approvals/{ulid}", granted="yes").status_code == 303
    assert acting(office.house, "u1").roles == {Role.CLERK, Role.HEAD}
    gone = office.post("sec", "/admin/people/end", handle="u1", body="A", role="clerk")
    assert gone.status_code == 303
    assert acting(office.house, "u1").roles == {Role.HEAD}


def test_a_key_is_fetched_once_and_ended_at_once(office: Office) -> None:
    form = {
        "label": "某系统", "body": "A", "scopes": "contracts:read", "days": "90", "reason": "对接",
    }  # fmt: skip
    assert office.post("sec", "/admin/keys", **{**form, "body": "none"}).status_code == 422
    assert office.post("sec", "/admin/keys", **{**form, "days": "400"}).status_code == 422
    assert office.post("sec", "/admin/keys", **form).status_code == 303
    office.post("sys", f"/admin/approvals/{asked(office)}", granted="yes")
    found = re.search(r"/admin/keys/(\w+)/fetch", office.get("sec", "/admin/keys").text)
    assert found is not None
    shown = office.post("sec", f"/admin/keys/{found[1]}/fetch")
    token = re.search(r"<code data-copy>(fmk_[\w-]+)</code>", shown.text)
    assert token is not None
    assert office.post("sec", f"/admin/keys/{found[1]}/fetch").status_code == 409
    call = {"Authorization": f"Bearer {token[1]}"}
    client = Desk(office.house).client
    assert client.get("/api/v1/contracts", base_url=HOST, headers=call).status_code == 200
    assert office.post("sec", f"/admin/keys/{found[1]}/revoke").status_code == 303
    assert client.get("/api/v1/contracts", base_url=HOST, headers=call).status_code == 401


def test_sensitive_acts_ask_for_the_code_again_and_lead_back(office: Office) -> None:
    desk = office.desks["sys"]
    desk.now += timedelta(minutes=6)
    answer = office.post("sys", "/admin/accounts/u1/disable")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/step-up?next=/admin/accounts"
    assert office.get("u1", "/account").status_code == 200


@pytest.mark.proves("E1")
def test_the_auditor_reads_and_verifies_the_record(office: Office) -> None:
    page = office.get("aud", "/admin/record?action=session.&actor=u1").text
    assert "session.open" in page
    assert "account.create" not in page
    whole = office.post("aud", "/admin/record/verify")
    assert "记录完整" in whole.text
    tamper(office.house, update(AuditEntry).where(AuditEntry.seq == 3).values(actor="nobody"))
    broken = office.post("aud", "/admin/record/verify")
    assert "记录完整" not in broken.text
    assert "entry 3" in broken.text
    assert office.get("aud", "/admin/record?before=x").status_code == 400


def test_a_message_that_did_not_arrive_is_sent_again(office: Office) -> None:
    with office.house.sessions.begin() as session:
        enqueue(session, [Message("credit.publish", "k-1", 1, {"名称": "机密"})], now=NOW)
        session.flush()
        session.execute(update(OutboxMessage).values(sent_at=NOW))
    page = office.get("sys", "/admin/jobs").text
    found = re.search(r"/admin/jobs/messages/(\d+)/again", page)
    assert found is not None
    assert "机密" not in page
    assert office.post("sys", f"/admin/jobs/messages/{found[1]}/again").status_code == 303
    assert office.post("sys", f"/admin/jobs/messages/{found[1]}/again").status_code == 409
    assert office.post("sys", "/admin/jobs/messages/999999/again").status_code == 404
    with office.house.readers() as session:
        assert session.get_one(OutboxMessage, int(found[1])).sent_at is None


def test_a_calendar_is_shown_asked_for_and_loaded_by_another(office: Office) -> None:
    an_account(office.house, "lead", "A", Role.CREDIT_LEAD)
    office.desks["lead"] = office._signed_in("lead")
    written = "date,kind\n2027-01-01,off_adjusted\n2027-02-08,off_adjusted\n"
    shown = office.post("sec", "/admin/law/calendar", content=written)
    assert (shown.status_code, "2027-02-08" in shown.text) == (200, True)
    assert "为法定节假日，文件未列出" in shown.text
    for wrong in ("date,kind\n2027-01-02,off_adjusted\n", "x", "date,kind\n", "\0"):
        refused = office.post("sec", "/admin/law/calendar", content=wrong)
        assert refused.status_code == 422, wrong
    form = {"content": written, "sure": "yes", "source": "国办发明电〔2026〕某号", "reason": "公布"}
    assert office.post("sec", "/admin/law/calendar", **{**form, "source": ""}).status_code == 422
    assert office.post("sec", "/admin/law/calendar", **form).status_code == 303
    ulid = asked(office, "lead")
    assert "2027" not in "".join(map(str, office.house.office().statute.calendar.years))
    assert office.post("sys", f"/admin/approvals/{ulid}", granted="yes").status_code == 403
    assert office.post("sec", f"/admin/approvals/{ulid}", granted="yes").status_code == 403
    assert office.post("lead", f"/admin/approvals/{ulid}", granted="yes").status_code == 303
    assert 2027 in office.house.office().statute.calendar.years


def test_rates_are_shown_and_loaded_by_another_and_the_rules_checked(office: Office) -> None:
    an_account(office.house, "lead", "A", Role.CREDIT_LEAD)
    office.desks["lead"] = office._signed_in("lead")
    day = office.house.office().statute.lpr.unknown_from.isoformat()
    written = f"date,one_year_rate_percent\n{day},2.95\n"
    assert day in office.post("lead", "/admin/law/rates", content=written).text
    poor = f"date,one_year_rate_percent\n{day},many\n"
    assert office.post("lead", "/admin/law/rates", content=poor).status_code == 422
    asked_for = office.post("lead", "/admin/law/rates", content=written, sure="yes", reason="公布")
    assert asked_for.status_code == 303
    ulid = asked(office, "sec")
    assert office.post("sec", f"/admin/approvals/{ulid}", granted="yes").status_code == 303
    assert office.house.office().statute.lpr.days[-1].isoformat() == day
    assert "规则可以使用" in office.post("sec", "/admin/law/check").text
