"""Claims against the own body, as far as they were served on it: what its clerks and heads see.

They are called by the reference of the papers: the number of a claim would tell when it began,
and so whether somebody complained.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from ..domain.authority import Actor, Role
from ..domain.case_views import CLOCKS, NOT_SERVED, Audience, told_state
from ..domain.cases import FINAL, TRANSITIONS, Event, IllegalStep, State
from ..domain.channels import Channels
from ..domain.contracts import Kind
from ..domain.errors import NotFound
from ..domain.money import show_yuan_or_none
from ..domain.secrets import Secrets
from ..store.cases import Case, Claim, ClaimDuty, ClaimEvent
from ..store.contracts import Obligation
from ..store.exchange import OutboxMessage
from ..store.organisations import Organisation
from . import cases, dispatch, objections
from .case_views import get_case
from .office import Office

Row = dict[str, Any]
#: Events the case table opens to a respondent.
STEPS = frozenset(t.event for t in TRANSITIONS if Role.RESPONDENT in t.roles)
_CLOCKS = tuple(c.value for c in CLOCKS[Audience.RESPONDENT])


def list_served(session: Session, secrets: Secrets, *, by: Actor, today: date) -> list[Row]:
    """What was taken up against the own body: what goes on first, the newest state first.

    Raises:
        Forbidden: the actor does not act for a respondent.
    """
    claims = _own(session, by, today)
    more = _beside(session, [c.id for c in claims])
    due = _next_due(session, [c.id for c in claims])
    rows = [
        {
            "reference": dispatch.reference(c, secrets),
            **more[c.id],
            **_stands(c),
            "due_on": due.get(c.id),
            "days_left": (due[c.id] - today).days if c.id in due else None,
        }
        for c in claims
    ]
    rows.sort(key=lambda r: r["reference"])
    rows.sort(key=lambda r: r["state_on"], reverse=True)
    return sorted(rows, key=lambda r: r["over"])


def show_served(
    session: Session,
    reference: str,
    secrets: Secrets,
    *,
    by: Actor,
    office: Office,
    channels: Channels,
    today: date,
) -> Row:
    """One claim: its paper, what was served, the clocks, what the own body said, what is open.

    Raises:
        Forbidden: the actor does not act for a respondent.
        NotFound: nothing of that name was served on the own body.
    """
    claim = _find(session, reference, secrets, by, today)
    known: dict[str, Any] = {"by": by, "office": office, "channels": channels, "today": today}
    seen = get_case(session, claim.ulid, reference=reference, **known)
    shown = next((c for c in seen.get("claims", ()) if c["id"] == reference), None)
    if seen["audience"] != Audience.RESPONDENT or shown is None:
        raise NotFound(f"no claim {reference[:40]}")
    return {
        "reference": reference,
        **_beside(session, [claim.id])[claim.id],
        **_stands(claim),
        "origin": seen["origin"],
        "contract_no": seen["contract_no"],
        "served": shown["events"],
        "clocks": shown["clocks"],
        "paper": _paper(session, claim, secrets),
        "said": _said(session, claim),
        "contested": claim.contested and claim.state == State.DETERMINED,
        "open": _open(session, claim, by, office, today),
    }


def read_case(
    session: Session,
    name: str,
    secrets: Secrets,
    *,
    by: Actor | None,
    office: Office,
    channels: Channels,
    today: date,
) -> Row:
    """A case as `case_views.get_case` shows it: by its number, and to respondents by reference.

    Args:
        name: the number of a case or of a claim, or the reference of a paper served on the own
            body; a respondent who gives a number learns nothing.

    Raises:
        NotFound: there is no such case, or nothing of it is for this actor.
    """
    called = _called(session, name, secrets, by, today)
    known: dict[str, Any] = {"by": by, "office": office, "channels": channels, "today": today}
    if called is None:
        return get_case(session, name, **known)
    return get_case(session, called, reference=name, **known)


def _called(
    session: Session, name: str, secrets: Secrets, by: Actor | None, today: date
) -> str | None:
    """The number of the claim that has a reference, for its own respondent."""
    if by is None or not dispatch.reads(by):
        return None
    found = (c for c in _own(session, by, today) if name in dispatch.references(c, secrets))
    claim = next(found, None)
    return None if claim is None else claim.ulid


def take_step(
    session: Session,
    reference: str,
    event: Event,
    details: Mapping[str, object],
    secrets: Secrets,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> State:
    """What a respondent may do to a claim of its own body, as of today.

    Returns: the state it has led to, as a respondent is told it.

    Raises:
        Forbidden, NotFound: as `show_served`.
        IllegalStep: not open to the respondent now; the state itself is not told.
        Invalid, NotOpen: as `cases.fire`.
    """
    claim = _find(session, reference, secrets, by, today)
    if event not in _open(session, claim, by, office, today):
        raise IllegalStep(f"cannot {event} now")
    cases.fire(session, claim.ulid, event, details, by=by, office=office, now=now, today=today)
    return told_state(State(claim.state), Audience.RESPONDENT)


# --- which ------------------------------------------------------------------------------------


def _own(session: Session, by: Actor, today: date) -> list[Claim]:
    """Claims against the own body that somebody has taken up; before that it knows of none."""
    bodies = dispatch.own_bodies(session, by, today)
    taken_up = exists().where(
        ClaimEvent.claim_id == Claim.id, ClaimEvent.event == Event.TAKE_UP.value
    )
    return list(session.scalars(select(Claim).where(Claim.respondent_id.in_(bodies), taken_up)))


def _find(session: Session, reference: str, secrets: Secrets, by: Actor, today: date) -> Claim:
    for claim in _own(session, by, today):
        if reference in dispatch.references(claim, secrets):
            return claim
    raise NotFound(f"no claim {reference[:40]}")


# --- what -------------------------------------------------------------------------------------


def _beside(session: Session, claims: list[int]) -> dict[int, Row]:
    """What a claim is about as the register shows it, who handles it, and what was served."""
    holder = Organisation
    query = (
        select(Claim, Case.field, Obligation.kind, holder.name)
        .join(Case, Case.id == Claim.case_id)
        .outerjoin(Obligation, Obligation.id == Claim.obligation_id)
        .outerjoin(holder, holder.id == Claim.holder_id)
        .where(Claim.id.in_(claims))
    )
    ordered = select(ClaimEvent.claim_id).where(
        ClaimEvent.claim_id.in_(claims), ClaimEvent.event == Event.RECTIFY.value
    )
    served = set(session.scalars(ordered))
    return {
        claim.id: {
            "field": field,
            "kind": kind or Kind.OTHER.value,
            "holder": name,
            "confirmed": show_yuan_or_none(claim.confirmed_fen) if claim.id in served else None,
        }
        for claim, field, kind, name in session.execute(query)
    }


def _stands(claim: Claim) -> Row:
    state = told_state(State(claim.state), Audience.RESPONDENT)
    over = state in FINAL
    return {"state": state.value, "state_on": claim.state_on.isoformat(), "over": over}


def _next_due(session: Session, claims: list[int]) -> dict[int, date]:
    """The first last day among the clocks the respondent is shown."""
    query = (
        select(ClaimDuty.claim_id, ClaimDuty.due_on)
        .join(Claim, Claim.id == ClaimDuty.claim_id)
        .where(
            ClaimDuty.claim_id.in_(claims),
            ClaimDuty.ended_at.is_(None),
            ClaimDuty.due_on.is_not(None),
            ClaimDuty.clock.in_(_CLOCKS),
            Claim.state.not_in([s.value for s in FINAL]),
            *(
                or_(Claim.state != state.value, ClaimDuty.clock != clock.value)
                for state, clock in NOT_SERVED.items()
            ),
        )
        .order_by(ClaimDuty.due_on.desc())
    )
    return {number: due for number, due in session.execute(query) if due is not None}


def _paper(session: Session, claim: Claim, secrets: Secrets) -> Row | None:
    """The summary that was sent; None where the next batch will carry it."""
    names = dispatch.references(claim, secrets)
    query = select(OutboxMessage.body).where(
        OutboxMessage.topic == dispatch.TOPIC, OutboxMessage.key.in_(names)
    )
    found: Row | None = session.scalars(query.limit(1)).first()
    return found


def _said(session: Session, claim: Claim) -> list[Row]:
    """What the own body said itself, and how its objections were decided; newest first."""
    query = select(ClaimEvent).where(ClaimEvent.claim_id == claim.id)
    rows = session.scalars(query.order_by(ClaimEvent.seq.desc())).all()
    return [
        {
            "event": e.event,
            "on": e.on.isoformat(),
            "details": e.details if e.role == Role.RESPONDENT else {"outcome": e.outcome},
        }
        for e in rows
        if e.role == Role.RESPONDENT or _answers(e)
    ]


def _answers(event: ClaimEvent) -> bool:
    """Whether it decided an objection of the respondent: one against a determination."""
    return event.event == Event.DECIDE_OBJECTION.value and event.source == State.DETERMINED.value


def _open(session: Session, claim: Claim, by: Actor, office: Office, today: date) -> list[Event]:
    """The steps a respondent can take now; none while its objection waits."""
    if claim.contested:
        return []
    closed = cases.closed_by(session, claim, by=by, office=office, today=today)
    found = [Event(e) for e, why in closed.items() if why is None and Event(e) in STEPS]
    against = objections.is_open(claim, Role.RESPONDENT)
    return [e for e in found if e is not Event.OBJECT or against]
