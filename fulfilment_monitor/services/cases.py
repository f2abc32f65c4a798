"""Carry a claim through the case table: the only way a claim changes its state."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.audit import digest
from ..domain.authority import Actor, Role
from ..domain.case_details import read_details
from ..domain.cases import (
    FINAL,
    ROLES_OF,
    TRANSITIONS,
    Event,
    IllegalStep,
    State,
    events_open,
    step,
)
from ..domain.errors import Invalid, Issue, NotFound, Refusal
from ..store.cases import Case, Claim, ClaimEvent
from ..store.ids import new_ulid
from ..store.sets import among
from . import audit, case_clocks, exchange
from .capacities import Position, capacity, refuse_function, refuse_strangers
from .case_effects import EFFECTS
from .case_guards import check
from .office import Office
from .steps import Step


class Stale(Refusal):
    """Somebody else has acted on the claim since it was read."""

    code = "case.changed"
    title = "The claim has changed since it was read"
    status = 412


def fire(
    session: Session,
    ulid: str,
    event: Event,
    details: Mapping[str, object] | None = None,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
    on: date | None = None,
    version: int | None = None,
) -> Claim:
    """Apply one event to a claim, with all that follows from it, in this transaction.

    Args:
        details: what has to be said with the event, see `domain.case_details`; money as yuan.
        on: the day it has effect in law; today unless told otherwise.
        version: what the caller has read; refused when the claim has moved on since.

    Raises:
        NotFound: there is no such claim, or none this actor may see.
        IllegalStep: the table has no such row.
        Forbidden, Conflict: not in this capacity, not by this person.
        Invalid: details are missing or wrong.
        NotOpen: a guard of the table refuses, and says why.
        Stale: `version` is not the newest.
    """
    refuse_function(ROLES_OF[event], by)
    claim = hold_claim(session, ulid)
    case = session.get_one(Case, claim.case_id)
    try:
        transition = step(State(claim.state), event, str((details or {}).get("outcome", "")))
    except IllegalStep:  # whoever has nothing to do with the claim does not learn its state
        refuse_strangers(session, case, claim, by, office, today)
        raise
    role = capacity(session, case, claim, transition.roles, by, office, today)
    if version is not None and version != claim.version:
        raise Stale(f"version {version} was read, {claim.version} is the newest")
    known = read_details(event, details or {})
    doing = Step(session, claim, case, transition, known, by, role, office, on or today, now, today)
    _refuse_odd_day(doing)
    for guard in transition.needs:
        check(guard, doing)
    effect = EFFECTS.get(event)
    if effect is not None:
        effect(doing)
    _write(doing)
    case_clocks.turn(doing)
    _tell(doing)
    session.flush()
    return claim


def hold_claim(session: Session, ulid: str) -> Claim:
    """A claim, kept from others until this transaction ends; its timers first, as the sweep does.

    Raises:
        NotFound: there is none.
    """
    number = select(Claim.id).where(Claim.ulid == ulid)
    case_clocks.hold_timers(session, session.scalars(number).all())
    query = select(Claim).where(Claim.ulid == ulid).with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound(f"no claim {ulid}")
    return found


def hold_claims(session: Session, numbers: Collection[int]) -> None:
    """As `hold_claim`, for several; what they say is read by a statement of its own after it."""
    case_clocks.hold_timers(session, numbers)
    query = select(Claim.id).where(among(session, Claim.id, numbers)).order_by(Claim.id)
    session.execute(query.with_for_update()).all()


def _refuse_odd_day(doing: Step) -> None:
    last = doing.last()
    earliest = doing.claim.opened_on if last is None else last.on
    if doing.on > doing.today:
        raise Invalid([Issue("/on", "future", "an act has effect today or on a day before")])
    if doing.on < earliest:
        detail = f"the step before has effect from {earliest}"
        raise Invalid([Issue("/on", "too-early", detail)])


def _write(doing: Step) -> None:
    claim, t = doing.claim, doing.transition
    claim.version += 1
    if t.target is not t.source:
        claim.state, claim.state_on = t.target.value, doing.on
        ended = t.target in FINAL
        claim.closed_on = doing.on if ended else None
        claim.closed_at = doing.now if ended else None
    doing.session.add(
        ClaimEvent(
            ulid=new_ulid(doing.now),
            claim_id=claim.id,
            seq=claim.version,
            event=t.event.value,
            outcome=t.outcome,
            source=t.source.value,
            target=t.target.value,
            role=doing.role.value,
            actor=doing.by.name,
            person_id=doing.by.person,
            body_id=doing.by.body,
            on=doing.on,
            at=doing.now,
            details=dict(doing.details),
        )
    )


def _tell(doing: Step) -> None:
    """On the record, and to whoever has to know; neither carries words of a complainant."""
    claim, t = doing.claim, doing.transition
    body: dict[str, Any] = {
        "event": t.event.value,
        "outcome": t.outcome,
        "from": t.source.value,
        "to": t.target.value,
        "role": doing.role.value,
        "on": doing.on.isoformat(),
        "version": claim.version,
        "details": digest(doing.details),
    }
    name = f"case.{t.event.value}"
    audit.note(doing.session, doing.by, name, "claim", claim.ulid, body, now=doing.now)
    if t.tells:
        said = {"claim": claim.ulid, "case": doing.case.ulid, "state": claim.state}
        message = exchange.Message(t.tells, claim.ulid, claim.version, said)
        exchange.enqueue(doing.session, [message], now=doing.now)


def what_is_open(
    session: Session, claim: Claim, *, by: Actor, office: Office, today: date
) -> dict[str, str | None]:
    """Every event the table has for the claim now, and why it is closed to this actor.

    None where nothing but details stands in its way. Guards that look at details are asked when
    the event comes.
    """
    closed = closed_by(session, claim, by=by, office=office, today=today)
    return {name: None if why is None else str(why) for name, why in closed.items()}


def closed_by(
    session: Session, claim: Claim, *, by: Actor, office: Office, today: date
) -> dict[str, Refusal | None]:
    """As `what_is_open`, with the refusals themselves."""
    case = session.get_one(Case, claim.case_id)
    position = Position(session, case, claim, by, office, today)
    found: dict[str, Refusal | None] = {}
    asked: dict[frozenset[Role], Refusal | None] = {}
    for name in events_open(State(claim.state)):
        event = Event(name)
        rows = (t for t in TRANSITIONS if t.source == claim.state and t.event is event)
        roles = frozenset(role for t in rows for role in t.roles)
        if roles not in asked:  # many events are for the same capacities
            asked[roles] = _closed(position, roles)
        found[name] = asked[roles]
    return found


def _closed(position: Position, roles: frozenset[Role]) -> Refusal | None:
    try:
        position.capacity(roles)
    except Refusal as refusal:
        return refusal
    return None


def closed_to(
    session: Session, ulid: str, *, by: Actor, office: Office, today: date
) -> dict[str, Refusal | None]:
    """As `closed_by`, for a claim by its number; ask only for who sees the claim.

    Raises:
        NotFound: there is none.
    """
    claim = session.scalars(select(Claim).where(Claim.ulid == ulid)).one_or_none()
    if claim is None:
        raise NotFound(f"no claim {ulid}")
    return closed_by(session, claim, by=by, office=office, today=today)
