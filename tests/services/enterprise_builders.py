"""What tests of enterprises arrange: who acts for one, and what a department said to it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from fulfilment_monitor.domain.authority import Actor, Role
from fulfilment_monitor.domain.secrets import Secrets
from fulfilment_monitor.house import House, keys_of
from fulfilment_monitor.services import enterprise_contacts, signed_links
from fulfilment_monitor.store.organisations import Organisation
from tests.conftest import at
from tests.services.builders import FIRM, ORGAN, day
from tests.services.case_builders import uscc

OTHER_FIRM, OTHER_BODY = uscc("91340321", 901), uscc("11340321", 902)
CONTACT = {"name": "示例联系岗", "phone": "138-0000-1234", "email": "office@example.com"}


def body_of(house: House, code: str) -> int:
    with house.readers() as session:
        return session.scalars(select(Organisation.id).where(Organisation.code == code)).one()


def firm(house: House, code: str = FIRM) -> Actor:
    """An account of an enterprise that is on the register."""
    return Actor("firm", None, body_of(house, code), frozenset({Role.ENTERPRISE}))


def clerk(house: House, code: str = ORGAN) -> Actor:
    """A clerk of a body that is on the register."""
    return Actor("clerk-1", 1, body_of(house, code), frozenset({Role.CLERK}))


def secrets(house: House) -> Secrets:
    return keys_of(house)


def reachable(house: House, on: str, by: Actor | None = None, **changes: str) -> str:
    """Give an enterprise a contact; the ULID of it."""
    with house.sessions.begin() as session:
        return enterprise_contacts.change(
            session, CONTACT | changes, secrets(house), by=by or firm(house),
            now=at(day(on)), today=day(on),
        )  # fmt: skip


def link(house: House, fact: str, on: str, by: Actor | None = None) -> signed_links.Made:
    """A link about a statement, made on a day."""
    with house.sessions.begin() as session:
        return signed_links.make(
            session, fact, secrets(house), by=by or clerk(house), now=at(day(on)), today=day(on)
        )


def key_of(made: signed_links.Made, **changes: Any) -> signed_links.Key:
    return signed_links.Key(made.id, made.secret, made.code)._replace(**changes)


def later(on: str, hours: float) -> datetime:
    return at(day(on)) + timedelta(hours=hours)
