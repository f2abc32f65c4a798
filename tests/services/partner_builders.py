"""Partners with keys, registered as two people would have them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from fulfilment_monitor.domain.authority import Actor, Role, operator
from fulfilment_monitor.domain.partners import SharedKey
from fulfilment_monitor.house import House
from fulfilment_monitor.services import partners
from fulfilment_monitor.store.partners import Partner, PartnerKey
from tests.conftest import at
from tests.services.builders import day, office
from tests.services.case_builders import secrets

TODAY = day("2026-03-02")
NOW = at(TODAY)
BY = operator("tests")
PLATFORM = {
    "code": "province",
    "name": "省信用信息共享平台",
    "kind": "platform",
    "address": "https://share.example.gov.cn/exchange",
    "region": "",
    "mapping": "gov-credit",
    "since": "2025-01-01",
}
KEY = {"partner": "province", "scopes": ["deliver"], "days": 365}


def a_partner(house: House, *, now: datetime = NOW, **changed: Any) -> str:
    """A partner with a key in use; returns its code."""
    asked = {**PLATFORM, **changed}
    with house.sessions.begin() as session:
        partners.do_register(session, asked, BY, office(house), now, now.date())
    a_key(house, now=now, partner=asked["code"])
    return str(asked["code"])


def a_key(house: House, *, now: datetime = NOW, **changed: Any) -> SharedKey:
    """A key that was fetched, as both sides hold it."""
    with house.sessions.begin() as session:
        partners.do_key(session, {**KEY, **changed}, BY, office(house), now, now.date())
        ulid = session.scalars(select(PartnerKey.ulid).order_by(PartnerKey.id.desc())).first()
        assert ulid is not None
        partners.fetch_key(session, ulid, secrets(house), by=BY, now=now)
        found = partners.find_key(session, ulid, secrets(house), now=now)
    assert found is not None
    return found


def key_of(house: House, *, now: datetime = NOW) -> Callable[[str], SharedKey | None]:
    """How whoever verifies a signature finds its key."""

    def find(key_id: str) -> SharedKey | None:
        with house.readers() as session:
            return partners.find_key(session, key_id, secrets(house), now=now)

    return find


def partner(house: House, code: str = "province") -> Partner:
    """The row of a partner as it stands."""
    with house.readers() as session:
        return partners.take(session, code)


def an_administrator(role: Role) -> Actor:
    return Actor("admin", 1, None, frozenset({role}))
