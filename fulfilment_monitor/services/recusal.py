"""Take claims away from those who have come too near to the respondent, and give them on.

Mergers, moves and new posts change who is near. Called when posts or successions change, and
every night; whoever has to leave is replaced at once, by the service itself, with the reason on
record (发改财金〔2023〕1103号 二（二）).
"""

from collections.abc import Callable, Collection
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, func, or_, select, true, update
from sqlalchemy.orm import Session

from ..domain.authority import SWEEP, Role
from ..domain.cases import Event, State, events_open
from ..store.cases import Case, Claim, ClaimDuty
from ..store.people import Posting
from ..store.sets import among
from . import cases, hierarchy, routing
from .conflicts import recused
from .kinship import answered_for, read_kinship
from .office import Office


class Seat(StrEnum):
    """Which of those who have a claim in hand."""

    HOLDER = "holder"
    INTAKE = "intake"
    HANDLER = "handler"


_COLUMNS = {Seat.HOLDER: "holder_id", Seat.INTAKE: "intake_id", Seat.HANDLER: "handler_id"}
_REASONS = {
    Seat.HOLDER: "承办单位与被投诉主体存在承继、隶属关系，依规回避，改由其他单位办理",
    Seat.INTAKE: "受理单位与被投诉主体存在承继、隶属关系，依规回避",
    Seat.HANDLER: "承办人在被投诉主体任职、离任未满期限或者已不在承办单位任职，改由他人办理",
}


class Clash(NamedTuple):
    """Somebody has a claim in hand who may not."""

    ulid: str
    seat: Seat
    #: The body, or the person, that has to leave.
    who: int


class Relieved(NamedTuple):
    """Claims that were given on, and those for which nobody else is on the register."""

    moved: list[Clash]
    stuck: list[Clash]


def relieve(
    session: Session,
    *,
    office: Office,
    now: datetime,
    today: date,
    bodies: Collection[int] | None = None,
    person: int | None = None,
) -> Relieved:
    """Give on every open claim whose holder, intake or handler may not have it today.

    Args:
        bodies: only claims that a change of these bodies can concern.
        person: only claims this person handles.
    """
    done = Relieved([], [])
    months = office.policy.cases.recusal_months
    for clash in clashes(session, today, months, bodies=bodies, person=person):
        claim = cases.hold_claim(session, clash.ulid)
        if getattr(claim, _COLUMNS[clash.seat]) != clash.who:
            continue  # the one before has settled this one too
        moved = _MOVES[clash.seat](session, claim, office, now, today)
        (done.moved if moved else done.stuck).append(clash)
        session.flush()  # the claim is read anew for its next seat
    return done


# --- who may not ------------------------------------------------------------------------------


def clashes(
    session: Session,
    on: date,
    recusal_months: int,
    *,
    bodies: Collection[int] | None = None,
    person: int | None = None,
) -> list[Clash]:
    """Open claims in the hands of those who may not have them, the holders first.

    Nearness is asked once for each pair of bodies, not for each claim.
    """
    c = Claim
    query = select(c.ulid, c.respondent_id, c.holder_id, c.intake_id, c.handler_id).where(
        c.closed_at.is_(None), _concerned(session, bodies, on), _handled_by(person)
    )
    rows = session.execute(query.order_by(c.id)).all()
    pairs = {(b, r.respondent_id) for r in rows for b in (r.holder_id, r.intake_id) if b}
    kinship = read_kinship(session, {body for pair in pairs for body in pair}, on)
    near = {(b, r) for b, r in pairs if kinship.near(kinship.answering(b), r)}
    named = [r for r in rows if r.handler_id is not None]
    met = recused(session, {(r.handler_id, r.respondent_id) for r in named}, on, recusal_months)
    posts = _handlers(session, {r.handler_id for r in named}, on)
    left = {
        (r.handler_id, r.holder_id)
        for r in named
        if not any(
            kinship.answering(body) == kinship.answering(r.holder_id or 0)
            for body in posts.get(r.handler_id, ())
        )
    }
    return [
        *(_clash(r, Seat.HOLDER) for r in rows if (r.holder_id, r.respondent_id) in near),
        *(_clash(r, Seat.INTAKE) for r in rows if (r.intake_id, r.respondent_id) in near),
        *(
            _clash(r, Seat.HANDLER)
            for r in named
            if (r.handler_id, r.respondent_id) in met or (r.handler_id, r.holder_id) in left
        ),
    ]


def _clash(row: Row[*tuple[Any, ...]], seat: Seat) -> Clash:
    return Clash(row.ulid, seat, getattr(row, _COLUMNS[seat]))


def _concerned(session: Session, bodies: Collection[int] | None, on: date) -> ColumnElement[bool]:
    """Claims against, or in the hands of, some bodies, their kin, and all below those."""
    if bodies is None:
        return true()
    kinship = read_kinship(session, bodies, on)
    family = {body for given in bodies for body in kinship.kin(given)}
    below = {body for member in family for body in hierarchy.subtree(session, member, on)}
    return or_(
        among(session, Claim.respondent_id, family | below),
        among(session, Claim.holder_id, below),
        among(session, Claim.intake_id, below),
    )


def _handled_by(person: int | None) -> ColumnElement[bool]:
    return true() if person is None else Claim.handler_id == person


def _handlers(session: Session, people: Collection[int], on: date) -> dict[int, set[int]]:
    """Person → the bodies in which that person is a handler on a day."""
    query = select(Posting.person_id, Posting.body_id).where(
        among(session, Posting.person_id, people),
        Posting.role == Role.HANDLER.value,
        Posting.from_on <= on,
        or_(Posting.until_on.is_(None), Posting.until_on > on),
    )
    found: dict[int, set[int]] = {}
    for person, body in session.execute(query):
        found.setdefault(person, set()).add(body)
    return found


# --- to whom instead --------------------------------------------------------------------------


def _move_holder(
    session: Session, claim: Claim, office: Office, now: datetime, today: date
) -> bool:
    """To the next body that may; before it was handed over, to another that takes it in."""
    if claim.state in _BEFORE:
        return _move_intake(session, claim, office, now, today)
    case = session.get_one(Case, claim.case_id)
    decision = routing.decide(session, case, claim, office, today, up=True)
    if decision.chosen is None:
        return False
    if Event.ESCALATE.value in events_open(State(claim.state), Role.SYSTEM):
        reason = {"reason": _REASONS[Seat.HOLDER]}
        cases.fire(
            session, claim.ulid, Event.ESCALATE, reason,
            by=SWEEP, office=office, now=now, today=today,
        )  # fmt: skip
        return True
    routing.entrust(session, claim, decision, today, now=now)  # it goes on from where it stands
    claim.handler_id = _colleague(session, claim, office, today)
    _hand_clocks(session, claim)
    _record(session, claim, Seat.HOLDER, office, now, today)
    return True


def _move_intake(
    session: Session, claim: Claim, office: Office, now: datetime, today: date
) -> bool:
    case = session.get_one(Case, claim.case_id)
    found = routing.intake_for(session, claim.respondent_id, case.region, case.field, today, office)
    if found is None:
        return False
    claim.intake_id = found
    if claim.state in _BEFORE:
        claim.holder_id = found
        _hand_clocks(session, claim)
    _record(session, claim, Seat.INTAKE, office, now, today)
    return True


def _hand_clocks(session: Session, claim: Claim) -> None:
    running = update(ClaimDuty).where(ClaimDuty.claim_id == claim.id, ClaimDuty.ended_at.is_(None))
    session.execute(running.values(body_id=claim.holder_id))


def _move_handler(
    session: Session, claim: Claim, office: Office, now: datetime, today: date
) -> bool:
    """To a colleague with the fewest claims in hand; where there is none, the name is cleared."""
    claim.handler_id = _colleague(session, claim, office, today)
    _record(session, claim, Seat.HANDLER, office, now, today)
    return True


def _colleague(session: Session, claim: Claim, office: Office, on: date) -> int | None:
    if claim.holder_id is None:
        return None
    months = office.policy.cases.recusal_months
    query = select(Posting.person_id).where(
        Posting.role == Role.HANDLER.value,
        Posting.from_on <= on,
        or_(Posting.until_on.is_(None), Posting.until_on > on),
        among(session, Posting.body_id, answered_for(session, claim.holder_id, on)),
    )
    staff = set(session.scalars(query))
    barred = recused(session, {(p, claim.respondent_id) for p in staff}, on, months)
    free = [p for p in staff if (p, claim.respondent_id) not in barred]
    in_hand = select(Claim.handler_id, func.count()).where(
        Claim.closed_at.is_(None), among(session, Claim.handler_id, free)
    )
    counted = {row[0]: row[1] for row in session.execute(in_hand.group_by(Claim.handler_id))}
    return min(free, key=lambda p: (counted.get(p, 0), p), default=None)


#: Where who took it in still has it.
_BEFORE = (State.LEAD.value, State.RECEIVED.value, State.ACCEPTED.value)
_MOVES: dict[Seat, Callable[[Session, Claim, Office, datetime, date], bool]] = {
    Seat.HOLDER: _move_holder,
    Seat.INTAKE: _move_intake,
    Seat.HANDLER: _move_handler,
}


def _record(
    session: Session, claim: Claim, seat: Seat, office: Office, now: datetime, today: date
) -> None:
    """The change of hands as an event of the claim."""
    session.flush()  # the event reads the claim as it is now
    said = {"seat": seat.value, "reason": _REASONS[seat]}
    cases.fire(
        session, claim.ulid, Event.REASSIGN, said, by=SWEEP, office=office, now=now, today=today
    )
