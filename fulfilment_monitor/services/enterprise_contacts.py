"""Where an enterprise is reached: sealed, shown masked; a new contact ends the old one.

What a department writes into a contract is no contact: nobody sends the enterprise's answer to an
address the other side has chosen.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.access import Action
from ..domain.authority import Actor
from ..domain.contacts import Contact, check_contact, masked
from ..domain.secrets import Keyed, Secrets
from ..store.accounts import Account
from ..store.enterprises import EnterpriseContact
from ..store.ids import new_ulid
from . import audit, organisations, web_sessions
from .owed import enterprise_of


class Kept(NamedTuple):
    """The contact in use; `contact` is masked unless it was opened to send something."""

    id: str
    contact: Contact
    recorded_at: datetime


def change(
    session: Session,
    given: Mapping[str, str],
    secrets: Secrets,
    *,
    by: Actor,
    now: datetime,
    today: date,
    but: int | None = None,
) -> str:
    """Put a contact in the place of the one before; returns its ULID.

    Every other session of the enterprise ends with it.

    Args:
        but: the session that goes on.

    Raises:
        Invalid: a telephone number or an address that cannot be one.
        Forbidden: not an account of an enterprise.
    """
    enterprise = enterprise_of(session, Action.CONTACT_CHANGE, by, today)
    contact = check_contact(given)
    row = sealed(session, enterprise, contact, secrets, by=by, now=now)
    take_into_use(session, row, by=by, now=now, but=but)
    return row.ulid


def sealed(
    session: Session,
    enterprise: int,
    contact: Contact,
    secrets: Secrets,
    *,
    by: Actor,
    now: datetime,
) -> EnterpriseContact:
    """A contact as it is kept; whether it is in use, the caller says."""
    ulid = new_ulid(now)
    kept = secrets.seal(json.dumps(contact._asdict()).encode(), _about(ulid))
    row = EnterpriseContact(
        ulid=ulid,
        enterprise_id=enterprise,
        key_id=kept.key_id,
        sealed=kept.content,
        recorded_at=now,
        recorded_by=by.name,
    )
    session.add(row)
    return row


def opened(row: EnterpriseContact, secrets: Secrets) -> Contact:
    """A kept contact in the clear.

    Raises:
        Unsealable: the row was changed or moved.
    """
    content = secrets.unseal(Keyed(row.key_id, bytes(row.sealed)), _about(row.ulid))
    return Contact(**json.loads(content))


def take_into_use(
    session: Session, row: EnterpriseContact, *, by: Actor, now: datetime, but: int | None = None
) -> None:
    """Reach an enterprise here from now on; the contact before ends, and every session but one."""
    session.flush()
    enterprise = row.enterprise_id
    organisations.hold(session, enterprise)
    for old in _in_use(session, enterprise, lock=True):
        if old.id != row.id:
            old.ended_at, old.ended_by = now, by.name
    row.recorded_at, row.ended_at, row.ended_by = now, None, None
    session.flush()
    for account in session.scalars(select(Account.id).where(Account.enterprise_id == enterprise)):
        web_sessions.end_all(session, account, "contact", now, but=but)
    audit.note(session, by, "contact.change", "contact", row.ulid, {}, now=now)


def current(session: Session, secrets: Secrets, *, by: Actor, today: date) -> Kept | None:
    """The contact of the actor's enterprise, masked; None where there is none."""
    enterprise = enterprise_of(session, Action.CONTACT_CHANGE, by, today)
    found = to_reach(session, enterprise, secrets)
    return None if found is None else found._replace(contact=masked(found.contact))


def to_reach(session: Session, enterprise: int, secrets: Secrets) -> Kept | None:
    """The contact of an enterprise in the clear: for what is sent there, never for a page.

    Raises:
        Unsealable: the row was changed or moved.
    """
    for row in _in_use(session, enterprise):
        return Kept(row.ulid, opened(row, secrets), row.recorded_at)
    return None


def _in_use(session: Session, enterprise: int, *, lock: bool = False) -> list[EnterpriseContact]:
    query = (
        select(EnterpriseContact)
        .where(EnterpriseContact.enterprise_id == enterprise, EnterpriseContact.ended_at.is_(None))
        .order_by(EnterpriseContact.id.desc())
    )
    return list(session.scalars(query.with_for_update() if lock else query))


def _about(ulid: str) -> bytes:
    return f"enterprise_contact.sealed/{ulid}".encode()
