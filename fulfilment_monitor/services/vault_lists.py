"""Requests to look into the vault, as lists: what waits for a custodian, what somebody has asked.

They name complaints by their pseudonyms and items by their kinds; nothing is opened here, and no
list tells whether anything lies behind a complaint.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from ..domain.authority import Actor, Role
from ..domain.errors import Refusal
from ..domain.vault import has_lapsed
from ..store.complaints import Complaint, VaultRequest
from ..store.people import Person
from .office import Office
from .vault import ASKING, complaint_for

#: How many requests are looked through, the newest first.
_MOST = 200
Row = dict[str, Any]


def to_decide(session: Session, *, by: Actor, office: Office, today: date) -> list[Row]:
    """Undecided requests of other people that this custodian may decide."""
    if Role.CUSTODIAN not in by.roles or by.person is None:
        return []
    where = (VaultRequest.decided_at.is_(None), VaultRequest.asked_by != by.person)
    return _listed(session, where, (Role.CUSTODIAN,), by, office, today, None)


def asked(
    session: Session, complaint: str | None = None, *, by: Actor, office: Office, now: datetime,
    today: date,
) -> list[Row]:  # fmt: skip
    """What a person has asked, of one complaint or of all, the newest first."""
    if by.person is None:
        return []
    where = [VaultRequest.asked_by == by.person]
    if complaint is not None:
        where.append(Complaint.ulid == complaint)
    return _listed(session, where, ASKING, by, office, today, now)


def _listed(
    session: Session,
    where: tuple[ColumnElement[bool], ...] | list[ColumnElement[bool]],
    roles: tuple[Role, ...],
    by: Actor,
    office: Office,
    today: date,
    now: datetime | None,
) -> list[Row]:
    query = (
        select(VaultRequest, Complaint.ulid, Person.handle)
        .join(Complaint, Complaint.id == VaultRequest.complaint_id)
        .join(Person, Person.id == VaultRequest.asked_by)
        .where(*where)
        .order_by(VaultRequest.id.desc())
        .limit(_MOST)
    )
    found = []
    for request, complaint, handle in session.execute(query).all():
        try:
            complaint_for(session, complaint, roles, by, office, today)
        except Refusal:
            continue
        found.append(
            {
                "id": request.ulid,
                "complaint": complaint,
                "items": list(request.items),
                "motive": request.motive,
                "asked_by": handle,
                "asked_at": request.asked_at,
                "state": _state(request, now),
            }
        )
    return found


def _state(request: VaultRequest, now: datetime | None) -> str:
    if request.decided_at is None:
        return "waiting"
    if not request.approved:
        return "refused"
    if request.opened_at is not None:
        return "opened"
    lapsed = now is not None and has_lapsed(request.decided_at, now)
    return "lapsed" if lapsed else "approved"
