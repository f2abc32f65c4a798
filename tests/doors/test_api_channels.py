"""Messages of channels over HTTP: who may send, what is answered, and what is asked for later."""

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.authority import operator
from fulfilment_monitor.domain.partners import Algorithm, SharedKey
from fulfilment_monitor.gateways import signatures
from fulfilment_monitor.house import House, keys_of
from fulfilment_monitor.services import inbox_work, partner_keys, partners
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.complaints import Complaint
from fulfilment_monitor.store.inbox import InboxMessage
from tests.conftest import at
from tests.doors.api_world import NOBODY, ON_SQLITE, TODAY, Caller, clerk, keyed, problem
from tests.services.builders import day, office
from tests.services.case_builders import a_town
from tests.services.inbox_builders import HOTLINE, a_desk, a_ticket

ADDRESS = f"/channels/{HOTLINE}/messages"


@pytest.fixture
def town(house: House) -> House:
    a_town(house)
    return house


def platform(house: House, *scopes: str, **more: Any) -> Caller:
    return keyed(house, None, [*(scopes or ("leads:push", "status:pull"))], **more)


def count(house: House, table: type) -> int:
    with house.readers() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


# --- one item ---------------------------------------------------------------------------------


@pytest.mark.proves("F1", "R-35")
def test_an_item_is_kept_taken_in_and_its_progress_asked_for_by_its_own_sender(
    town: House,
) -> None:
    hotline = platform(town)
    first = hotline.post(ADDRESS, a_ticket(), Idempotency_Key="m-1")
    assert first.status_code == 202, first.text
    again = hotline.post(ADDRESS, a_ticket(), Idempotency_Key="m-1")
    assert (again.status_code, again.data) == (202, first.data)
    assert count(town, Complaint) == count(town, InboxMessage) == 1
    problem(hotline.post(ADDRESS, a_ticket(content="另一"), Idempotency_Key="m-1"), 409,
            "inbox.other-body")  # fmt: skip
    with town.readers() as session:
        noted = select(AuditEntry).where(AuditEntry.action == "inbox.other-body")
        assert len(session.scalars(noted).all()) == 1
    where = first.headers["Location"].removeprefix("/api/v1")
    shown = hotline.get(where).get_json()
    assert (shown["state"], shown["outcome"], shown["errors"]) == ("applied", "taken", [])
    (told,) = shown["told"]
    assert (told["ticketNo"], told["progress"], told["progressText"]) == ("T-1", "10", "已收到")
    other = keyed(town, None, ["leads:push", "status:pull"], token="fmk_other")
    problem(other.get(where), 404, "not-found")
    problem(hotline.get(f"{ADDRESS}/{NOBODY}"), 404, "not-found")


@pytest.mark.proves("R-38")
def test_field_errors_stand_at_their_places_in_the_senders_document(town: House) -> None:
    hotline = platform(town)
    bad = a_ticket(
        acceptance={"day": "2025-13-40"},
        complainant={"name": "示例企业", "code": "91340300000000000X"},
        matters=[{"matter": "货款", "breach": "01", "amount": "一千"}, {"breach": "01", "x": 1}],
    )
    told = problem(hotline.post(ADDRESS, bad, Idempotency_Key="m-1"), 422, "invalid")
    assert {(e["pointer"], e["code"]) for e in told["errors"]} == {
        ("/acceptance/day", "invalid-field"),
        ("/acceptance/unit", "missing-field"),
        ("/complainant/code", "invalid-field"),
        ("/matters/0/amount", "invalid-field"),
        ("/matters/1/matter", "missing-field"),
        ("/matters/1/x", "unknown-field"),
    }
    assert count(town, InboxMessage) == 0
    corrected = hotline.post(ADDRESS, a_ticket(), Idempotency_Key="m-1")
    assert corrected.status_code == 202


@ON_SQLITE
def test_what_is_no_message_of_a_channel_is_refused(town: House) -> None:
    hotline = platform(town)
    headers = {"Idempotency_Key": "m-1"}
    problem(hotline.post(ADDRESS, a_ticket()), 422, "invalid")
    problem(hotline.post("/channels/nowhere/messages", a_ticket(), **headers), 404,
            "channel.no-mapping")  # fmt: skip
    problem(hotline.post("/channels/petition/messages", a_ticket(), **headers), 404,
            "channel.no-mapping")  # fmt: skip
    problem(hotline.send(ADDRESS, b"{", **headers), 400, "json.malformed")
    problem(hotline.send(ADDRESS, b"[" * 100_000, **headers), 400, "json.malformed")
    problem(hotline.send(ADDRESS, b"[]", **headers), 422, "invalid")
    problem(hotline.send(ADDRESS, b"{}", Content_Type="text/plain", **headers), 415, "http.415")
    huge = json.dumps(a_ticket(content="长" * 400_000)).encode()
    problem(hotline.send(ADDRESS, huge, **headers), 413, "http.413")
    nul = json.dumps(a_ticket(status="a\0b")).encode()
    problem(hotline.send(ADDRESS, nul, **headers), 422, "invalid")


@ON_SQLITE
def test_only_a_key_with_the_scope_and_of_no_body_sends(town: House) -> None:
    headers = {"Idempotency_Key": "m-1"}
    problem(platform(town, "complaints:push").post(ADDRESS, a_ticket(), **headers), 403,
            "forbidden")  # fmt: skip
    problem(clerk(town).post(ADDRESS, a_ticket(), **headers), 403, "forbidden")
    problem(Caller(town).post(ADDRESS, a_ticket(), **headers), 401, "not-signed-in")
    assert count(town, InboxMessage) == 0


# --- packages ---------------------------------------------------------------------------------


def a_package(*items: Any, number: str = "P-1", on: str = TODAY) -> dict[str, Any]:
    return {"packageNo": number, "day": on, "items": list(items)}


@pytest.mark.proves("R-80")
def test_of_a_package_the_good_items_are_kept_and_the_bad_told_one_by_one(town: House) -> None:
    hotline = platform(town)
    package = a_package(a_ticket("T-1"), a_ticket("T-2", respondent={}), a_ticket("T-3"))
    answer = hotline.post(ADDRESS, package, Idempotency_Key="P-1")
    assert answer.status_code == 202, answer.text
    told = answer.get_json()
    assert (told["items"], len(told["receipts"])) == (2, 2)
    assert [(e["pointer"], e["code"]) for e in told["refused"]] == [
        ("/items/1/respondent/name", "missing-field")
    ]
    again = hotline.post(ADDRESS, package, Idempotency_Key="P-1")
    assert again.data == answer.data
    # the same tickets the next day, one of them in a newer version
    later = a_package(a_ticket("T-1"), a_ticket("T-3", 2), number="P-2", on="2025-10-22")
    assert hotline.post(ADDRESS, later, Idempotency_Key="P-2").status_code == 202
    done = inbox_work.work(a_desk(town)._replace(secrets=keys_of(town)))
    assert done == (3, 0, 0)
    assert count(town, Complaint) == 2


def test_an_empty_package_is_a_package_and_one_of_bad_items_only_is_none(town: House) -> None:
    hotline = platform(town)
    empty = hotline.post(ADDRESS, a_package(), Idempotency_Key="P-1")
    assert (empty.status_code, empty.get_json()["items"]) == (202, 0)
    bad = a_package(a_ticket("T-2", respondent={}), number="P-2")
    problem(hotline.post(ADDRESS, bad, Idempotency_Key="P-2"), 422, "invalid")
    no_day = {**a_package(), "day": "heute"}
    problem(hotline.post(ADDRESS, no_day, Idempotency_Key="P-3"), 422, "invalid")
    with town.readers() as session:
        (cover,) = session.scalars(select(InboxMessage)).all()
    assert (cover.kind, cover.covers_on, cover.items) == ("package", day(TODAY), 0)


# --- signed -----------------------------------------------------------------------------------

_PARTNER = {"code": "hotline", "name": "热线平台", "kind": "channel", "channel": HOTLINE,
            "since": "2025-01-01"}  # fmt: skip


def a_shared_key(house: House, algorithm: Algorithm = Algorithm.HMAC_SHA256) -> SharedKey:
    """A key of the hotline's platform, as both sides hold it."""
    now, by, keys = at(day(TODAY)), operator("tests"), keys_of(house)
    asked = {"partner": "hotline", "algorithm": algorithm.value, "days": 300,
             "scopes": ["leads:push", "status:pull"]}  # fmt: skip
    with house.sessions.begin() as session:
        partners.do_register(session, _PARTNER, by, office(house), now, day(TODAY))
        partner_keys.do_create(session, asked, by, office(house), now, day(TODAY))
        (key,) = partner_keys.list_keys(session, by=by, now=now)
        partner_keys.fetch(session, key.ulid, keys, by=by, now=now)
        found = partner_keys.find(session, key.ulid, keys, now=now)
    assert found is not None
    return found


class Signer:
    """A partner that signs what it sends."""

    def __init__(self, house: House, key: SharedKey) -> None:
        self.house, self.key, self.host = house, key, "http://localhost"

    def send(
        self, path: str, body: Any, *, late: timedelta = timedelta(0), to: str | None = None,
        nonce: str | None = None, tampered: Any = None, message_id: str = "m-1",
    ) -> TestResponse:  # fmt: skip
        now = at(day(TODAY))
        raw = json.dumps(body).encode()
        url = f"{self.host}/api/v1{path}"
        signed = signatures.sign("POST", url, raw, self.key, now=now, nonce=nonce)
        app = create_app(self.house, lambda: Moment(now + late, day(TODAY)))
        sent = raw if tampered is None else json.dumps(tampered).encode()
        headers = {**signed, "Content-Type": "application/json", "Idempotency-Key": message_id}
        target = f"/api/v1{to or path}"
        return app.test_client().post(target, data=sent, headers=headers)


@pytest.mark.proves("F4")
@ON_SQLITE
@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_signed_request_is_taken_once_and_only_as_it_was_signed(
    town: House, algorithm: Algorithm
) -> None:
    partner = Signer(town, a_shared_key(town, algorithm))
    first = partner.send(ADDRESS, a_ticket(), nonce="n-1")
    assert first.status_code == 202, first.text
    for replayed in (
        partner.send(ADDRESS, a_ticket(), nonce="n-1", late=timedelta(seconds=1)),
        partner.send(ADDRESS, a_ticket(), nonce="n-2", late=timedelta(minutes=6)),
        partner.send(ADDRESS, a_ticket(), nonce="n-3", to="/channels/inspection/messages"),
        partner.send(ADDRESS, a_ticket(), nonce="n-4", tampered=a_ticket(content="另一")),
    ):
        problem(replayed, 401, "signature.invalid")
    again = partner.send(ADDRESS, a_ticket(), nonce="n-5")
    assert again.data == first.data
    assert count(town, Complaint) == 1


@ON_SQLITE
def test_a_partner_speaks_for_its_own_channel_only(town: House) -> None:
    other = Signer(town, a_shared_key(town)).send("/channels/inspection/messages", a_ticket())
    problem(other, 403, "forbidden")
