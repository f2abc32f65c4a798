"""What tests of the API arrange: a town with a missed payment, and callers of every kind."""

import hmac
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.api_keys import Scope
from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.house import House
from fulfilment_monitor.services.api_keys import hash_of
from fulfilment_monitor.services.organisations import register_body
from fulfilment_monitor.store.accounts import Account, ApiKey
from fulfilment_monitor.store.contracts import Contract, Obligation
from fulfilment_monitor.store.facts import Fact
from fulfilment_monitor.store.ids import new_ulid
from fulfilment_monitor.store.organisations import Organisation
from fulfilment_monitor.store.people import Person
from tests.conftest import at
from tests.doors.signing_in import account_of, enterprise_account, sign_in
from tests.services.builders import CLERK, FIRM, ORGAN, Document, a_document, a_firm, day, register

TODAY = "2025-10-21"
ROOT = "/api/v1"
#: Of another body and another firm; nobody below may see their contract.
STRANGER, OTHER_FIRM = "11340322000000211B", "91340322000000078K"
NOBODY = "01JZ1MH2000000000000000000"
EVERY_SCOPE = [s.value for s in Scope]


#: For tests of what has nothing to do with the database.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Caller:
    """A client of the API with the headers of one caller."""

    def __init__(self, house: House, on: str = TODAY) -> None:
        app = create_app(house, lambda: Moment(at(day(on)), day(on)))
        self.client = app.test_client()
        self.headers: dict[str, str] = {}

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(ROOT + path, headers={**self.headers, **_dashed(headers)})

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        given = {**self.headers, **_dashed(headers)}
        return self.client.post(ROOT + path, json={} if body is None else body, headers=given)

    def send(self, path: str, raw: bytes, **headers: str) -> TestResponse:
        """Bytes as they are, said to be JSON unless told otherwise."""
        given = {"Content-Type": "application/json", **self.headers, **_dashed(headers)}
        return self.client.post(ROOT + path, data=raw, headers=given)


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _signed_in(house: House, account: int, on: str) -> Caller:
    found = Caller(house, on)
    sign_in(found.client, house, account, day(on))
    cookie = found.client.get_cookie("session")
    assert cookie is not None
    found.headers["X-CSRF-Token"] = hmac.digest(cookie.value.encode(), b"form", "sha256").hex()
    return found


def staff(house: House, handle: str, body: str, *roles: Role, on: str = TODAY) -> Caller:
    """Somebody with posts in a body, signed in."""
    _on_register(house, body)
    return _signed_in(house, account_of(house, handle, body, *roles), on)


def townsman(house: House, handle: str, on: str = TODAY) -> Caller:
    """Somebody of `case_builders.PEOPLE`, signed in."""
    now = at(day(on))
    with house.sessions.begin() as session:
        person = session.scalars(select(Person).where(Person.handle == handle)).one()
        account = session.scalars(select(Account).where(Account.handle == handle)).one_or_none()
        if account is None:
            account = Account(
                ulid=new_ulid(now), handle=handle, name=handle, person_id=person.id, leads=False,
                totp_step=0, created_at=now, created_by="test",
            )  # fmt: skip
            session.add(account)
            session.flush()
        number = account.id
    return _signed_in(house, number, on)


def _on_register(house: House, body: str) -> None:
    now = at(day("2020-01-01"))
    with house.sessions.begin() as session:
        if session.scalar(select(Organisation.id).where(Organisation.code == body)) is None:
            register_body(session, body, "示例县财政局", "organ", by=CLERK, now=now)


def clerk(house: House, on: str = TODAY) -> Caller:
    return staff(house, "api_clerk", ORGAN, Role.CLERK, on=on)


def firm(house: House, code: str = FIRM, on: str = TODAY) -> Caller:
    return _signed_in(house, enterprise_account(house, f"firm-{code}", code), on)


def admin(house: House, on: str = TODAY) -> Caller:
    return staff(house, "api_admin", ORGAN, Role.SYSTEM_ADMIN, on=on)


def keyed(
    house: House,
    body: str | None,
    scopes: list[str] | None = None,
    *,
    on: str = TODAY,
    token: str = "fmk_test",
    **more: Any,
) -> Caller:
    """A system of a body, or another platform, with a key."""
    now = at(day("2025-01-01"))
    if body is not None:
        _on_register(house, body)
    with house.sessions.begin() as session:
        owner = session.scalar(select(Organisation.id).where(Organisation.code == body))
        row: dict[str, Any] = {
            "ulid": new_ulid(now), "label": "test", "body_id": owner, "token_hash": hash_of(token),
            "scopes": EVERY_SCOPE if scopes is None else scopes, "networks": [], "created_at": now,
            "created_by": "test", "expires_at": at(day("2026-06-30")),
        }  # fmt: skip
        session.add(ApiKey(**(row | more)))
    found = Caller(house, on)
    found.headers["Authorization"] = f"Bearer {token}"
    return found


def a_foreign_contract(**changes: Any) -> Document:
    """A contract of another body with another firm."""
    government = {"name": "另一县水利局", "uscc": STRANGER, "kind": "organ"}
    terms = {"contract_no": "HT-FOREIGN", "government": government, "region": "340322"}
    return a_document(**{**terms, "enterprise": a_firm(uscc=OTHER_FIRM), **changes})


def two_contracts(house: House) -> tuple[str, str]:
    """`HT-1` of the body under test, and one of another; their ULIDs."""
    mine, foreign = register(house, a_document(), a_foreign_contract())
    return mine.ulid, foreign.ulid


def obligation_of(house: House, contract: str, key: str = "payment") -> str:
    with house.readers() as session:
        query = (
            select(Obligation.ulid)
            .join(Contract, Contract.id == Obligation.contract_id)
            .where(Contract.ulid == contract, Obligation.key == key)
        )
        return session.scalars(query).one()


def facts_of(house: House, contract: str) -> list[str]:
    with house.readers() as session:
        query = select(Fact.ulid).join(Contract, Contract.id == Fact.contract_id)
        return list(session.scalars(query.where(Contract.ulid == contract).order_by(Fact.id)))


def problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The problem a request was answered with."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.content_type == "application/problem+json"
    told: dict[str, Any] = answer.get_json(force=True)
    assert told["code"] == code, told
    assert told["status"] == status
    return told
