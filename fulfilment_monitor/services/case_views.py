"""One case in full, as the one who asks may see it."""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Actor, Conflict, Forbidden, Role
from ..domain.case_clocks import Clock
from ..domain.case_views import Audience, is_clock_shown, is_shown, shown_details, told_state
from ..domain.cases import EVENT_CHINESE, FINAL, STATE_CHINESE, Event, State, events_open
from ..domain.channels import Channels
from ..domain.errors import NotFound
from ..domain.money import show_yuan_or_none
from ..domain.papers import OPEN, PROTECTED
from ..store.cases import Case, CaseMerge, Claim, ClaimDuty, ClaimEvent, RoutingDecision
from ..store.complaints import Complaint, ComplaintClaim
from ..store.contracts import Contract, Obligation
from ..store.organisations import Organisation
from ..store.people import Person
from . import assistance, cases, scoping
from .capacities import Position
from .channel_replies import held
from .channels import Source, sources_of
from .office import Office

#: In which capacities one sees a claim as an officer.
OFFICERS = (
    Role.INTAKE, Role.CREDIT_LEAD, Role.HANDLER, Role.DIRECTOR, Role.SUPERVISOR, Role.REVIEWER,
    Role.CUSTODIAN,
)  # fmt: skip
#: In which order the capacities of one actor count.
_SIDES = (
    (Audience.OFFICER, OFFICERS),
    (Audience.RESPONDENT, (Role.RESPONDENT,)),
    (Audience.COMPLAINANT, (Role.COMPLAINANT,)),
)


class _Seeing(NamedTuple):
    """Who looks at a case, and with what."""

    session: Session
    case: Case
    by: Actor | None
    office: Office
    channels: Channels
    today: date
    #: A claim by its number, and what its respondent calls it.
    served: tuple[str, str] | None = None


def get_case(
    session: Session,
    ulid: str,
    *,
    by: Actor | None,
    office: Office,
    channels: Channels,
    today: date,
    reference: str | None = None,
) -> dict[str, Any]:
    """A case by its own number or by that of one of its claims; money is yuan as text.

    Args:
        by: who asks; None for the service's own command line, which sees what officers see.
        reference: what the respondent of this claim calls it, and all that it is told of its
            name; without it nothing is for a respondent, see `services.served`.

    Raises:
        NotFound: there is no such case, or nothing of it is for this actor.
    """
    case = _find(session, ulid)
    served = None if reference is None else (ulid, reference)
    seeing = _Seeing(session, case, by, office, channels, today, served)
    query = select(Claim).where(Claim.case_id == case.id).order_by(Claim.id)
    views = [(c, _audience(seeing, c)) for c in session.scalars(query)]
    shown = [(claim, audience) for claim, audience in views if audience is not None]
    if not shown:
        raise NotFound(f"no case {ulid}")
    audience = min((a for _, a in shown), key=list(Audience).index)
    if audience is Audience.INFORMANT:
        return {"audience": audience.value, "acknowledged": True}
    claims = [_claim(seeing, claim, a) for claim, a in shown if a is not Audience.INFORMANT]
    return {"audience": audience.value, **_folder(seeing, audience), "claims": claims}


def _find(session: Session, ulid: str) -> Case:
    """A folder; of one that was merged, the one its claims lie in now."""
    of_claim = select(Claim.case_id).where(Claim.ulid == ulid).scalar_subquery()
    query = select(Case).where((Case.ulid == ulid) | (Case.id == of_claim))
    case = session.scalars(query).one_or_none()
    if case is None:
        raise NotFound(f"no case {ulid}")
    while case.merged_into_id is not None:
        case = session.get_one(Case, case.merged_into_id)
    return case


def _audience(seeing: _Seeing, claim: Claim) -> Audience | None:
    """As what the actor sees a claim; None for whom it is as if it did not exist."""
    session, case, by, office, _, today, served = seeing
    if by is None:
        return Audience.OFFICER
    named = served is not None and served[0] == claim.ulid
    position = Position(session, case, claim, by, office, today)
    for audience, roles in _SIDES:
        try:
            position.capacity(roles)
        except (Forbidden, NotFound, Conflict):
            continue
        if audience is Audience.RESPONDENT and not (named and _taken_up(session, claim)):
            return None
        if audience is Audience.COMPLAINANT and not _is_party(session, by):
            return Audience.INFORMANT
        return audience
    return None


def _taken_up(session: Session, claim: Claim) -> bool:
    """Before that, its respondent does not know of a claim."""
    query = select(ClaimEvent.id).where(
        ClaimEvent.claim_id == claim.id, ClaimEvent.event == Event.TAKE_UP.value
    )
    return session.scalar(query.limit(1)) is not None


def _is_party(session: Session, by: Actor) -> bool:
    found = session.scalars(select(Complaint).where(Complaint.ulid == by.name)).one_or_none()
    return found is not None and found.is_party


# --- the folder -------------------------------------------------------------------------------


def _folder(seeing: _Seeing, audience: Audience) -> dict[str, Any]:
    session, case = seeing.session, seeing.case
    body = session.get_one(Organisation, case.respondent_id)
    contract = session.get(Contract, case.contract_id) if case.contract_id else None
    shown: dict[str, Any] = {
        "respondent": {"uscc": body.code, "name": body.name},
        "field": case.field,
        "contract_no": contract and contract.contract_no,
    }
    if audience is Audience.RESPONDENT:
        openly = _is_open(session, case)
        number = shown["contract_no"] if openly else None
        return {**shown, "contract_no": number, "origin": OPEN if openly else PROTECTED}
    shown |= {
        "id": case.ulid,
        "region": case.region,
        "origin": case.origin,
        "natures": case.natures,
        "confidential": case.confidential,
        "opened_on": case.opened_on.isoformat(),
    }
    return shown if audience is Audience.COMPLAINANT else {**shown, "moves": _moves(session, case)}


def _is_open(session: Session, case: Case) -> bool:
    """Whether somebody complained, and all who did are willing to be known."""
    query = (
        select(Complaint.confidential)
        .join(ComplaintClaim, ComplaintClaim.complaint_id == Complaint.id)
        .join(Claim, Claim.id == ComplaintClaim.claim_id)
        .where(Claim.case_id == case.id)
    )
    found = session.scalars(query).all()
    return bool(found) and not any(found) and not case.confidential


def _moves(session: Session, case: Case) -> list[dict[str, Any]]:
    """Merges and splits of a folder, oldest first; an undoing names what it undid."""
    query = (
        select(CaseMerge)
        .where((CaseMerge.case_id == case.id) | (CaseMerge.into_id == case.id))
        .order_by(CaseMerge.id)
    )
    rows = session.scalars(query).all()
    numbers = {i for r in rows for i in (r.case_id, r.into_id)}
    named = select(Case.id, Case.ulid).where(Case.id.in_(numbers))
    ulids = {row.id: row.ulid for row in session.execute(named)}
    undone = {r.id: r.ulid for r in rows}
    return [
        {
            "id": r.ulid,
            "from": ulids[r.case_id],
            "into": ulids[r.into_id],
            "claims": r.claims,
            "reason": r.reason,
            "at": r.at.isoformat(),
            "by": r.by,
            "undoes": undone.get(r.undoes_id or 0),
        }
        for r in rows
    ]


# --- a claim ----------------------------------------------------------------------------------


def _claim(seeing: _Seeing, claim: Claim, audience: Audience) -> dict[str, Any]:
    state = told_state(State(claim.state), audience)
    shown: dict[str, Any] = {
        "id": seeing.served[1] if audience is Audience.RESPONDENT and seeing.served else claim.ulid,
        "state": state.value,
        "state_label": STATE_CHINESE[state],
        "state_on": claim.state_on.isoformat(),
        "events": _events(seeing, claim, audience),
        "clocks": _clocks(seeing, claim, audience),
    }
    if audience is Audience.RESPONDENT:
        return shown
    session = seeing.session
    obligation = session.get(Obligation, claim.obligation_id) if claim.obligation_id else None
    shown |= {
        "obligation": obligation and obligation.key,
        "title": obligation.title if obligation else claim.matter,
        "holder": _body(session, claim.holder_id),
        "sources": _sources(seeing, claim, audience),
    }
    return shown if audience is Audience.COMPLAINANT else {**shown, **_internal(seeing, claim)}


def _internal(seeing: _Seeing, claim: Claim) -> dict[str, Any]:
    """What officers see beside the course of a claim."""
    session, _, by, office, _, today, _ = seeing
    handler = session.get(Person, claim.handler_id) if claim.handler_id else None
    state = State(claim.state)
    if by is None:
        open_events: dict[str, str | None] = dict.fromkeys(events_open(state))
    else:
        open_events = cases.what_is_open(session, claim, by=by, office=office, today=today)
    waiting = state in (State.LEAD, State.RECEIVED)
    to_law = scoping.TO_LAW.value in open_events
    return {
        "breach": claim.breach,
        "excuse": claim.excuse,
        "verification": claim.verification,
        "outcome": claim.outcome,
        "claimed": show_yuan_or_none(claim.claimed_fen),
        "confirmed": show_yuan_or_none(claim.confirmed_fen),
        "intake": _body(session, claim.intake_id),
        "handler": handler and handler.handle,
        "addressee": claim.addressee,
        "returned": claim.returned,
        "sme_payment": claim.sme_payment,
        "listed": claim.listed,
        "contested": claim.contested,
        "version": claim.version,
        "routing": _routing(session, claim),
        "help": assistance.of_claim(session, claim, today),
        "open": open_events,
        "scope": [a.shown() for a in scoping.scope_of(session, claim.ulid)] if waiting else None,
        "known_suit": scoping.suit_of(session, claim) if to_law else None,
    }


def _events(seeing: _Seeing, claim: Claim, audience: Audience) -> list[dict[str, Any]]:
    session = seeing.session
    query = select(ClaimEvent).where(ClaimEvent.claim_id == claim.id).order_by(ClaimEvent.seq)
    found = [e for e in session.scalars(query) if is_shown(Event(e.event), audience)]
    alone = len(sources_of(session, [claim.id], seeing.channels)) <= 1
    shown: list[dict[str, Any]] = []
    for e in found:
        event = Event(e.event)
        row: dict[str, Any] = {
            "event": e.event,
            "label": EVENT_CHINESE[event],
            "outcome": e.outcome,
            "to": e.target,
            "on": e.on.isoformat(),
            "details": shown_details(event, e.details, audience, alone=alone),
        }
        if audience is Audience.OFFICER:
            who = {"role": e.role, "actor": e.actor, "body": _body(session, e.body_id)}
            row |= {"seq": e.seq, "from": e.source, "at": e.at.isoformat(), **who}
        shown.append(row)
    return shown


def _clocks(seeing: _Seeing, claim: Claim, audience: Audience) -> list[dict[str, Any]]:
    """The clocks that run, with the days left; where nobody set a limit, the days that passed."""
    if State(claim.state) in FINAL:
        return []
    query = select(ClaimDuty).where(ClaimDuty.claim_id == claim.id, ClaimDuty.ended_at.is_(None))
    rows = seeing.session.scalars(query.order_by(ClaimDuty.id))
    return [
        {
            "clock": d.clock,
            "body": _body(seeing.session, d.body_id),
            "from_on": d.from_on.isoformat(),
            "due_on": d.due_on.isoformat() if d.due_on else None,
            "days_left": (d.due_on - seeing.today).days if d.due_on else None,
            "days_passed": (seeing.today - d.from_on).days,
            "provisional": d.provisional,
            "basis": d.basis,
        }
        for d in rows
        if is_clock_shown(Clock(d.clock), State(claim.state), audience)
    ]


def _sources(seeing: _Seeing, claim: Claim, audience: Audience) -> list[dict[str, Any]]:
    """Officers see every source with its number; a complainant sees its own."""
    found = sources_of(seeing.session, [claim.id], seeing.channels)
    if audience is Audience.COMPLAINANT:
        own = seeing.by.name if seeing.by else None
        found = [s for s in found if s.complaint == own]
    return [
        {
            "complaint": s.complaint,
            "channel": s.channel,
            "source_no": s.source_no,
            "numbered": s.numbered,
            "reply": s.reply,
            "responsible": _responsible(seeing, s),
            "party": s.content,
            "received_on": s.received_on.isoformat(),
            "withdrawn_on": s.withdrawn_on.isoformat() if s.withdrawn_on else None,
            "answered": s.answered,
            **_held(seeing, claim, s),
        }
        for s in found
    ]


def _held(seeing: _Seeing, claim: Claim, source: Source) -> dict[str, Any]:
    """The last state both sides hold: ours, and what the channel is known to have received."""
    last = held(seeing.session, source.reply, source.complaint, claim.ulid)
    return {
        "told": last.told,
        "held": last.held,
        "held_at": last.held_at.isoformat() if last.held_at else None,
    }


def _responsible(seeing: _Seeing, source: Source) -> str | None:
    """Who answered for the channel when it brought this, if an office has named somebody."""
    channel = seeing.channels.find(source.channel)
    named = channel and channel.operator(seeing.case.region, source.received_on)
    return named.responsible if named else None


def _routing(session: Session, claim: Claim) -> list[dict[str, Any]]:
    query = select(RoutingDecision).where(RoutingDecision.claim_id == claim.id)
    return [
        {
            "on": r.on.isoformat(),
            "body": _body(session, r.body_id),
            "addressee": r.addressee,
            "reasoning": _with_names(session, r.reasoning),
        }
        for r in session.scalars(query.order_by(RoutingDecision.id))
    ]


def _with_names(session: Session, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {**row, "body": _body(session, row["body"])} if isinstance(row.get("body"), int) else row
        for row in rows
    ]


def _body(session: Session, number: int | None) -> dict[str, str] | None:
    found = None if number is None else session.get(Organisation, number)
    return None if found is None else {"uscc": found.code, "name": found.name}
