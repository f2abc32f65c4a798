"""Change who stands where, and let whoever comes too near by it step aside in the same transaction.

Posts, successors and superiors decide who is near a respondent. What these verbs change takes
effect on claims at once; the nightly look is for days that come of themselves.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Actor, Role
from ..domain.bodies import Entry
from ..store.cases import Claim
from ..store.organisations import Organisation
from . import enrolment, organisations, people, recusal
from .enrolment import Enrolled, Result
from .office import Office
from .recusal import Relieved

#: Beyond so many changed bodies every open claim is looked at, which is then the shorter way.
_FEW = 20


def post(
    session: Session,
    handle: str,
    body_code: str,
    role: Role,
    *,
    from_on: date,
    until_on: date | None = None,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> Relieved:
    """Give a person a post, as `people.post`; claims the person may handle no more are given on."""
    held = people.post(
        session, handle, body_code, role, from_on=from_on, until_on=until_on, by=by, now=now
    )
    return recusal.relieve(session, office=office, now=now, today=today, person=held.person_id)


def leave(
    session: Session,
    handle: str,
    body_code: str,
    role: Role,
    *,
    on: date,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> Relieved:
    """End a post, as `people.leave`; the claims the person had in hand there go to colleagues."""
    people.leave(session, handle, body_code, role, on=on, by=by, now=now)
    person = people.find_person(session, handle)
    return recusal.relieve(session, office=office, now=now, today=today, person=person.id)


def succeed(
    session: Session,
    predecessor: str,
    successor: str,
    *,
    on: date,
    reason: str,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> Relieved:
    """Record a successor, as `organisations.succeed`; who is too near by it gives its claims on."""
    organisations.succeed(session, predecessor, successor, on=on, reason=reason, by=by, now=now)
    return _relieve(session, {predecessor, successor}, office, now, today)


def enrol_bodies(
    session: Session,
    entries: Sequence[Entry],
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> tuple[list[Enrolled], Relieved]:
    """Enter a list, as `enrolment.enrol_bodies`; who is too near by it gives its claims on."""
    done = enrolment.enrol_bodies(session, entries, by=by, office=office, now=now, today=today)
    changed = {
        code
        for entry, enrolled in zip(entries, done, strict=True)
        if enrolled.result in (Result.REGISTERED, Result.UPDATED)
        for code in (entry.code, entry.handover and entry.handover.successor)
        if code
    }
    return done, _relieve(session, changed, office, now, today)


def _relieve(
    session: Session, codes: Collection[str], office: Office, now: datetime, today: date
) -> Relieved:
    going_on = select(Claim.id).where(Claim.closed_at.is_(None)).limit(1)
    if not codes or session.scalar(going_on) is None:
        return Relieved([], [])
    bodies = None
    if len(codes) <= _FEW:
        query = select(Organisation.id).where(Organisation.code.in_(codes))
        bodies = list(session.scalars(query))
    return recusal.relieve(session, office=office, now=now, today=today, bodies=bodies)
