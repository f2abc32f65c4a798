"""Another contact of an enterprise, put there by two people of one credit lead.

For an enterprise that has lost its account, or never had one. The proposed contact is sealed as it
will be kept, out of use until a second person of the same office has decided; neither what is asked
for nor the record of acts says anything of it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.access import Action
from ..domain.authority import Actor
from ..domain.contacts import Contact, check_contact, masked
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..domain.secrets import Secrets
from ..store.contracts import Contract
from ..store.enterprises import EnterpriseContact
from ..store.organisations import Organisation
from . import enterprise_contacts, organisations
from .office import Office
from .sight import of_contracts, sight

#: The act that two people decide, see `services.approvals`.
ACT = "contact.change"


class Proposed(NamedTuple):
    """A contact that waits, masked, and the one in use."""

    contact: Contact
    instead_of: Contact | None


def propose(
    session: Session,
    uscc: str,
    given: Mapping[str, str],
    secrets: Secrets,
    *,
    by: Actor,
    now: datetime,
    today: date,
) -> dict[str, Any]:
    """Seal a contact, out of use; returns what is to be asked for.

    Raises:
        Forbidden: not a credit lead.
        NotFound: no such enterprise has a contract in a region this office leads.
        Invalid: a telephone number or an address that cannot be one.
    """
    enterprise = _enterprise(session, uscc, by, today)
    contact = check_contact(given)
    row = enterprise_contacts.sealed(session, enterprise, contact, secrets, by=by, now=now)
    row.ended_at, row.ended_by = now, by.name
    session.flush()
    office = organisations.code_of(session, by.body)
    return {"enterprise": uscc, "office": office, "contact": row.ulid}


def check(session: Session, asked: Mapping[str, Any]) -> None:
    """Whether the proposed contact could still be taken into use."""
    _waiting(session, asked)


def do(
    session: Session,
    asked: Mapping[str, Any],
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Take the contact into use; the one before ends, and every session of the enterprise."""
    _enterprise(session, str(asked["enterprise"]), by, today)
    enterprise_contacts.take_into_use(session, _waiting(session, asked), by=by, now=now)


def show(
    session: Session, asked: Mapping[str, Any], secrets: Secrets, *, by: Actor, today: date
) -> Proposed:
    """What was proposed and what it would replace, both masked; for who may decide or has asked."""
    enterprise = _enterprise(session, str(asked["enterprise"]), by, today)
    found = _waiting(session, asked)
    known = enterprise_contacts.to_reach(session, enterprise, secrets)
    return Proposed(
        masked(enterprise_contacts.opened(found, secrets)),
        None if known is None else masked(known.contact),
    )


def _enterprise(session: Session, uscc: str, by: Actor, today: date) -> int:
    seen = of_contracts(session, sight(session, Action.CONTACT_REPLACE, by, today))
    query = (
        select(Organisation.id)
        .join(Contract, Contract.enterprise_id == Organisation.id)
        .where(Organisation.code == uscc, *seen)
    )
    found = session.scalar(query.limit(1))
    if found is None:
        raise NotFound(f"no enterprise {uscc}")
    return found


def _waiting(session: Session, asked: Mapping[str, Any]) -> EnterpriseContact:
    """The contact that was proposed and never used."""
    query = select(EnterpriseContact).where(EnterpriseContact.ulid == asked.get("contact"))
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is None:
        raise Invalid([Issue("/contact", "missing", "此项必填")])
    if row.ended_at != row.recorded_at:
        raise NotOpen("this contact is in use, or has been")
    return row
