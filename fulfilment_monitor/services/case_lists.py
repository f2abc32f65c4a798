"""Claims as lists: newest first, page by page, as they stood on a day."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, false, func, or_, select
from sqlalchemy.orm import Session, aliased

from ..domain.authority import ROLE_CHINESE, Actor, Role
from ..domain.cases import EVENT_CHINESE, STATE_CHINESE, Event, State
from ..domain.errors import Ambiguous, NotFound
from ..domain.money import show_yuan_or_none
from ..store.cases import Case, Claim, ClaimDuty, ClaimEvent, RoutingDecision
from ..store.complaints import Complaint, ComplaintClaim
from ..store.contracts import Contract, Obligation
from ..store.organisations import Organisation
from ..store.people import Person
from .conflicts import read_kinship
from .sight import stems_of


class CaseFilter(NamedTuple):
    """What a list is narrowed to; None and empty mean everything."""

    state: State | None = None
    #: Only regions whose code begins so; `3403` is a prefecture.
    region: str = ""
    #: Bodies by their codes, a person by the handle.
    respondent: str | None = None
    holder: str | None = None
    handler: str | None = None
    #: Whether a clock of the claim runs past its last day.
    late: bool = False
    #: Only matters whose contract is not on the register.
    unregistered: bool = False
    #: Whether it is listed for supervision (挂牌督办).
    listed: bool = False


class CaseList(NamedTuple):
    items: list[dict[str, Any]]
    total: int


EVERYTHING = CaseFilter()


def list_cases(
    session: Session,
    only: CaseFilter = EVERYTHING,
    *,
    today: date,
    where: Sequence[ColumnElement[bool]] = (),
    as_of: date | None = None,
    before: int | None = None,
    limit: int | None = None,
    count: bool = True,
) -> CaseList:
    """Claims with their folders, newest first, for officers; amounts are yuan as text.

    Args:
        where: conditions on `Claim` and `Case`: those of `desks.seen_of` for whoever is not the
            service itself.
        as_of: as the list stood on a day; states, holders and clocks are those of that day.
        before: the row number of the last one seen.
        count: whether to count them all, which a page of a long list does without.
    """
    day = as_of or today
    state, since, holder = _on_day(as_of)
    narrowed = [*_conditions(only, day, state, holder, as_of), *where]
    named = _named(holder)
    total = 0
    if count:
        counted = select(func.count()).select_from(Claim).join(Case, Case.id == Claim.case_id)
        total = session.scalar(counted.where(*narrowed)) or 0
    if before is not None:
        narrowed.append(Claim.id < before)
    respondent = aliased(Organisation)
    query = (
        select(
            Claim, Case.ulid.label("case"), Case.region, Case.field, Case.origin,
            Case.confidential, Contract.contract_no, Obligation.key, Obligation.title,
            respondent.name.label("respondent"), respondent.code.label("respondent_code"),
            Person.handle, state.label("state_then"), since.label("since"),
            named.label("holder"), _next_due(day).label("due_on"),
            _sources(day).label("sources"),
        )
        .join(Case, Case.id == Claim.case_id)
        .join(respondent, respondent.id == Claim.respondent_id)
        .outerjoin(Contract, Contract.id == Case.contract_id)
        .outerjoin(Obligation, Obligation.id == Claim.obligation_id)
        .outerjoin(Person, Person.id == Claim.handler_id)
        .where(*narrowed)
        .order_by(Claim.id.desc())
        .limit(limit)
    )  # fmt: skip
    return CaseList([_item(row, day, as_of) for row in session.execute(query)], total)


def _item(row: Any, day: date, as_of: date | None) -> dict[str, Any]:
    claim: Claim = row.Claim
    now = as_of is None
    closed = claim.closed_on is not None and claim.closed_on <= day
    return {
        "id": claim.ulid,
        "row": claim.id,
        "case": row.case,
        "contract_no": row.contract_no,
        "obligation": row.key,
        "title": row.title or claim.matter,
        "respondent": row.respondent,
        "respondent_uscc": row.respondent_code,
        "region": row.region,
        "field": row.field,
        "origin": row.origin,
        "confidential": row.confidential,
        "state": row.state_then,
        "state_label": STATE_CHINESE[State(row.state_then)],
        "state_on": row.since.isoformat(),
        "holder": row.holder,
        "handler": row.handle if now else None,
        "breach": claim.breach,
        "claimed": show_yuan_or_none(claim.claimed_fen),
        "confirmed": show_yuan_or_none(claim.confirmed_fen) if now else None,
        "listed": claim.listed if now else None,
        "contested": claim.contested if now else None,
        "sme_payment": claim.sme_payment if now else None,
        "due_on": row.due_on.isoformat() if row.due_on else None,
        "days_left": (row.due_on - day).days if row.due_on else None,
        "sources": row.sources,
        "opened_on": claim.opened_on.isoformat(),
        "closed_on": claim.closed_on.isoformat() if closed and claim.closed_on else None,
    }


# --- on a day ---------------------------------------------------------------------------------


def _on_day(
    as_of: date | None,
) -> tuple[ColumnElement[str], ColumnElement[date], ColumnElement[int | None]]:
    """The state, the day it began, and who held the claim: now, or on a past day."""
    if as_of is None:
        return (
            Claim.state.expression,
            Claim.state_on.expression,
            case((Claim.closed_at.is_(None), Claim.holder_id), else_=None),
        )
    state = func.coalesce(
        _last(ClaimEvent.target, ClaimEvent.on <= as_of),
        _first(ClaimEvent.source),
        Claim.state,
    )
    moved = ClaimEvent.source != ClaimEvent.target
    since = func.coalesce(
        _last(ClaimEvent.on, and_(ClaimEvent.on <= as_of, moved)), Claim.opened_on
    )
    routed = (
        select(RoutingDecision.body_id)
        .where(RoutingDecision.claim_id == Claim.id, RoutingDecision.on <= as_of)
        .order_by(RoutingDecision.id.desc())
        .limit(1)
        .correlate(Claim)
        .scalar_subquery()
    )
    return state, since, func.coalesce(routed, Claim.intake_id)


def _last(column: Any, condition: ColumnElement[bool]) -> ScalarSelect[Any]:
    query = select(column).where(ClaimEvent.claim_id == Claim.id, condition)
    return query.order_by(ClaimEvent.seq.desc()).limit(1).correlate(Claim).scalar_subquery()


def _first(column: Any) -> ScalarSelect[Any]:
    query = select(column).where(ClaimEvent.claim_id == Claim.id)
    return query.order_by(ClaimEvent.seq).limit(1).correlate(Claim).scalar_subquery()


def _conditions(
    only: CaseFilter,
    day: date,
    state: ColumnElement[str],
    holder: ColumnElement[int | None],
    as_of: date | None,
) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if as_of is not None:
        where.append(Claim.opened_on <= as_of)
    if only.state is not None:
        where.append(state == only.state.value)
    if only.region:
        where.append(Case.region.startswith(only.region, autoescape=True))
    if only.respondent is not None:
        where.append(Claim.respondent_id == _body(only.respondent))
    if only.holder is not None:
        where.append(holder == _body(only.holder))
    if only.handler is not None:
        person = select(Person.id).where(Person.handle == only.handler).scalar_subquery()
        where.append(Claim.handler_id == person)
    if only.late:
        where.append(_next_due(day) < day)
    if only.unregistered:
        where.append(Case.contract_id.is_(None))
    if only.listed:
        where.append(Claim.listed.is_(True))
    return where


def in_reach(session: Session, by: Actor, today: date) -> ColumnElement[bool]:
    """What an actor's body has in hand, took in, leads or supervises; see `desks.seen_of`."""
    if by.body is None:
        return false()
    # as far as `capacities.capacity` lets it act
    own = read_kinship(session, [by.body], today).served_by(by.body)
    ways: list[ColumnElement[bool]] = [Claim.intake_id.in_(own), Claim.holder_id.in_(own)]
    ways += [Case.region.startswith(s) for s in sorted(stems_of(session, by, today))]
    return or_(*ways)


def _body(code: str) -> ScalarSelect[int]:
    return select(Organisation.id).where(Organisation.code == code).scalar_subquery()


def _named(holder: ColumnElement[int | None]) -> ScalarSelect[str]:
    body = aliased(Organisation)
    return select(body.name).where(body.id == holder).correlate(Claim).scalar_subquery()


def _next_due(day: date) -> ScalarSelect[date | None]:
    """The first last day among the clocks that ran on a day."""
    runs = or_(ClaimDuty.ended_on.is_(None), ClaimDuty.ended_on > day)
    return (
        select(func.min(ClaimDuty.due_on))
        .where(ClaimDuty.claim_id == Claim.id, ClaimDuty.from_on <= day, runs)
        .correlate(Claim)
        .scalar_subquery()
    )


def _sources(day: date) -> ScalarSelect[int]:
    """How many complaints there were by a day."""
    return (
        select(func.count())
        .select_from(ComplaintClaim)
        .join(Complaint, Complaint.id == ComplaintClaim.complaint_id)
        .where(ComplaintClaim.claim_id == Claim.id, Complaint.received_on <= day)
        .correlate(Claim)
        .scalar_subquery()
    )


def claim_of(session: Session, ulid: str) -> str:
    """The claim of this number, or the only one that goes on in the case of this number.

    Raises:
        NotFound: there is none.
        Ambiguous: several claims of the case go on; name one.
    """
    of_case = select(Claim.ulid).join(Case, Case.id == Claim.case_id).where(Case.ulid == ulid)
    if session.scalar(select(Claim.id).where(Claim.ulid == ulid)) is not None:
        return ulid
    for query in (of_case.where(Claim.closed_at.is_(None)), of_case):
        found = list(session.scalars(query.order_by(Claim.id)))
        if len(found) == 1:
            return found[0]
        if found:
            raise Ambiguous(f"case {ulid} has {len(found)} claims; name one", claims=found)
    raise NotFound(f"no case {ulid}")


def claim_about(session: Session, contract_no: str, obligation: str) -> str:
    """The newest claim about an obligation of a contract.

    Raises:
        NotFound: nobody has claimed anything about it.
    """
    query = (
        select(Claim.ulid)
        .join(Obligation, Obligation.id == Claim.obligation_id)
        .join(Contract, Contract.id == Obligation.contract_id)
        .where(Contract.contract_no == contract_no, Obligation.key == obligation)
        .order_by(Claim.id.desc())
        .limit(1)
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound(f"no claim about {obligation} of {contract_no}")
    return found


def course_of(session: Session, claim: str) -> list[list[str]]:
    """What happened to a claim as rows: day, what, in which capacity, the state it led to."""
    query = (
        select(ClaimEvent.on, ClaimEvent.event, ClaimEvent.role, ClaimEvent.target)
        .join(Claim, Claim.id == ClaimEvent.claim_id)
        .where(Claim.ulid == claim)
        .order_by(ClaimEvent.seq)
    )
    return [
        [on.isoformat(), EVENT_CHINESE[Event(e)], ROLE_CHINESE[Role(r)], STATE_CHINESE[State(s)]]
        for on, e, r, s in session.execute(query)
    ]
