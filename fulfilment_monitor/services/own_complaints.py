"""What an enterprise sees of its own complaints, and may do: leave, object. Never more than a code.

Own is what came in under the enterprise's code as the party; who complains as an informant stays
unknown to everybody, to the own enterprise too.
"""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from ..domain.access import Action
from ..domain.authority import Actor, Role
from ..domain.cases import Event
from ..domain.complaints import party_of
from ..domain.errors import NotFound
from ..domain.receipts import Progress
from ..domain.secrets import Purpose, Secrets
from ..store.complaints import Complaint
from ..store.organisations import Organisation
from . import cases, intake, progress
from .office import Office
from .owed import enterprise_of


class Own(NamedTuple):
    """A complaint of the enterprise, and where it stands."""

    id: str
    progress: Progress


class OwnList(NamedTuple):
    items: tuple[Own, ...]
    total: int


def list_own(
    session: Session,
    secrets: Secrets,
    *,
    by: Actor,
    today: date,
    is_open: bool = False,
    limit: int | None = None,
) -> OwnList:
    """The complaints of the actor's enterprise, newest first.

    Args:
        is_open: only those that were not withdrawn.
    """
    where = [_own(session, secrets, by, today)]
    if is_open:
        where.append(Complaint.withdrawn_on.is_(None))
    total = session.scalar(select(func.count()).select_from(Complaint).where(*where)) or 0
    query = select(Complaint.id, Complaint.ulid).where(*where).order_by(Complaint.id.desc())
    found = []
    for row in session.execute(query.limit(limit)).all():
        shown = progress.of_complaint(session, row.id, secrets, today)
        if shown is not None:
            found.append(Own(row.ulid, shown))
    return OwnList(tuple(found), total)


def show_own(session: Session, ulid: str, secrets: Secrets, *, by: Actor, today: date) -> Progress:
    """Where one complaint stands.

    Raises:
        NotFound: there is none, or it is not of the actor's enterprise: in the same words.
    """
    number = session.scalar(
        select(Complaint.id).where(Complaint.ulid == ulid, _own(session, secrets, by, today))
    )
    shown = None if number is None else progress.of_complaint(session, number, secrets, today)
    if shown is None:
        raise NotFound(f"no complaint {ulid}")
    return shown


def withdraw(
    session: Session,
    ulid: str,
    reason: str,
    secrets: Secrets,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> list[str]:
    """The enterprise leaves; returns the claims that end with it.

    Raises:
        NotFound: it is not its complaint.
        NotOpen: it was withdrawn before.
    """
    who = _complainant(session, ulid, secrets, by, today)
    return intake.leave(session, ulid, reason, by=who, office=office, now=now, today=today)


def object_to(
    session: Session,
    ulid: str,
    claim: str,
    grounds: str,
    secrets: Secrets,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """The enterprise objects to the result of a claim.

    Raises:
        NotFound: it is not its complaint, or the claim is not of this complaint.
        IllegalStep, NotOpen: the claim is not open to an objection.
    """
    who = _complainant(session, ulid, secrets, by, today)
    said = {"grounds": grounds}
    cases.fire(session, claim, Event.OBJECT, said, by=who, office=office, now=now, today=today)


def _complainant(session: Session, ulid: str, secrets: Secrets, by: Actor, today: date) -> Actor:
    """The enterprise under the pseudonym of its complaint: the record names no account."""
    show_own(session, ulid, secrets, by=by, today=today)
    return Actor(ulid, roles=frozenset({Role.COMPLAINANT}))


def _own(session: Session, secrets: Secrets, by: Actor, today: date) -> ColumnElement[bool]:
    enterprise = enterprise_of(session, Action.CASE_READ, by, today)
    code = session.get_one(Organisation, enterprise).code
    marks = [m.content.hex() for m in secrets.macs(Purpose.DIGEST, party_of(code))]
    marked = Complaint.declared["party"].as_string().in_(marks)
    return or_(Complaint.enterprise_id == enterprise, marked)
