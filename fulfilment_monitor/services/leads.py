"""Close leads when the breach is cured; list them as they stood on a day."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, and_, func, not_, select, update
from sqlalchemy.orm import Session

from ..domain.authority import SWEEP, Actor
from ..domain.duties import CURES, Ended
from ..domain.leads import LeadState
from ..domain.ledger import Ledger
from ..domain.money import show_yuan_or_none
from ..domain.standings import settled
from ..domain.states import State
from ..store.contracts import Contract, Obligation
from ..store.duties import Duty
from ..store.leads import Lead
from ..store.organisations import Organisation
from . import audit, exchange, newest, tallies
from .ledgers import read_files
from .office import Office
from .sight import Sight, of_contracts

#: Why a lead is closed whose obligation came to a state.
_WHY = {
    State.FULFILLED: Ended.FULFILLED.value,
    State.FULFILLED_LATE: Ended.FULFILLED.value,
    State.WAIVED: Ended.WAIVED.value,
}


def close_after(
    session: Session, duty_ids: Sequence[int], *, by: Actor, now: datetime
) -> list[str]:
    """Close the open leads whose duty has ended in a cure; returns their ULIDs."""
    if not duty_ids:
        return []
    query = (
        select(Lead, Duty.until_on, Duty.ended, Duty.ladder)
        .join(
            Duty,
            (Duty.obligation_id == Lead.obligation_id) & (Duty.due_on == Lead.breached_on),
        )
        .where(
            Duty.id.in_(duty_ids),
            Duty.ended.in_([c.value for c in CURES]),
            Lead.state == LeadState.OPEN.value,
        )
    )
    closed = []
    for lead, until_on, ended, ladder in session.execute(query).all():
        if not ladder.startswith(_ladder_of(lead)):  # what else was watched from the same day on
            continue
        day = lead.raised_on if until_on is None else max(until_on, lead.raised_on)
        if _close(session, lead, day, str(ended), by, now):
            closed.append(lead.ulid)
    return closed


def close_settled(
    session: Session, duty_ids: Sequence[int], office: Office, *, now: datetime
) -> list[str]:
    """Close the open leads whose duty ended in a dispute over what has been settled since."""
    if not duty_ids:
        return []
    query = (
        select(Lead.contract_id)
        .join(Duty, (Duty.obligation_id == Lead.obligation_id) & (Duty.due_on == Lead.breached_on))
        .where(
            Duty.id.in_(duty_ids),
            Duty.ended == Ended.DISPUTED.value,
            Lead.state == LeadState.OPEN.value,
        )
    )
    files = read_files(session, sorted(set(session.scalars(query))))
    closed = []
    for contract_id, file in files.items():
        ledger = file.ledger(office.statute)
        closed += close_cured(session, contract_id, file.keys, ledger, now=now)
    return closed


def close_cured(
    session: Session, contract_id: int, keys: Mapping[str, int], ledger: Ledger, *, now: datetime
) -> list[str]:
    """Close the open leads of a contract whose breach is over by what is known now.

    Args:
        keys: the ids of its obligations.

    A fact may be about a day before the sweep that raised the lead: the lead stays, closed on
    the day it was raised, with both days on record.
    """
    leads = session.scalars(
        select(Lead).where(Lead.contract_id == contract_id, Lead.state == LeadState.OPEN.value)
    ).all()
    met = {keys[key]: end for key, end in settled(ledger).items()} if leads else {}
    closed = []
    for lead in leads:
        duties = session.scalars(
            select(Duty)
            .where(
                Duty.obligation_id == lead.obligation_id,
                Duty.due_on == lead.breached_on,
                Duty.replaced_at.is_(None),
                Duty.ladder.startswith(_ladder_of(lead)),
            )
            .order_by(Duty.from_on.desc())
            .limit(1)
        ).all()
        over = _over(lead, next(iter(duties), None), met)
        if over is not None:
            on, why = over
            if _close(session, lead, max(on, lead.raised_on), why, SWEEP, now):
                closed.append(lead.ulid)
    return closed


def _ladder_of(lead: Lead) -> str:
    """How the name of the ladder begins that raised a lead."""
    return lead.rule.split(".")[0]


def _over(
    lead: Lead, duty: Duty | None, met: Mapping[int, tuple[date, State]]
) -> tuple[date, str] | None:
    """The day on which a breach was over, and why; None while it lasts."""
    if duty is None:
        return lead.raised_on, "moved"
    if duty.until_on is None:
        return None
    if duty.ended in [c.value for c in CURES]:
        return duty.until_on, duty.ended or "moved"
    if lead.obligation_id in met:  # its last duty ended in a dispute
        on, state = met[lead.obligation_id]
        return on, _WHY[state]
    return None


def _close(session: Session, lead: Lead, on: date, why: str, by: Actor, now: datetime) -> bool:
    """Close a lead and say so; False if somebody was first, who has said so."""
    won = session.execute(
        update(Lead)
        .where(Lead.id == lead.id, Lead.state == LeadState.OPEN.value)
        .values(state=LeadState.CLOSED.value, closed_on=on, closed_why=why)
        .returning(Lead.id)
    ).first()
    if won is None:
        return False
    tallies.note(session, tallies.closed(session, lead))
    body = {"lead": lead.ulid, "closed_on": on.isoformat(), "why": why}
    exchange.enqueue(session, [exchange.Message("lead.closed", lead.ulid, 2, body)], now=now)
    audit.note(session, by, "lead.close", "lead", lead.ulid, body, now=now)
    return True


#: What stands beside a lead in the list; of the contract's document, which is long, one member.
_BESIDE = (
    Contract.contract_no,
    Contract.ulid.label("contract"),
    Contract.document["currency"].as_string().label("currency"),
    Obligation.key,
    Obligation.title,
    Organisation.name.label("respondent"),
)


class LeadList(NamedTuple):
    items: list[dict[str, Any]]
    total: int


def list_leads(
    session: Session,
    seen: Sight,
    *,
    as_of: date | None = None,
    contract_id: int | None = None,
    state: LeadState | None = None,
    before: int | None = None,
    limit: int | None = None,
    count: bool = True,
) -> LeadList:
    """Leads, newest first, as they stood on a day.

    Args:
        seen: how far the reader sees; nothing else is counted or shown.
        before: the row number of the last one seen.
        count: whether to count them all, which a page of a long list does without.
    """
    scope, where = of_contracts(session, seen), []
    if as_of is not None:
        where.append(Lead.raised_on <= as_of)
    if contract_id is not None:
        where.append(Lead.contract_id == contract_id)
    if state is not None:
        latest = date.max if as_of is None else as_of
        closed = and_(Lead.closed_on.is_not(None), Lead.closed_on <= latest)
        where.append(closed if state is LeadState.CLOSED else not_(closed))
    total = 0
    if count:
        counted = select(func.count()).select_from(Lead)
        if scope:
            counted = counted.join(Contract, Contract.id == Lead.contract_id)
        total = session.scalar(counted.where(*scope, *where)) or 0
    if before is not None:
        where.append(Lead.id < before)
    if not scope or limit is None:
        looks = iter([_listed().where(*scope, *where)])
    else:
        looks = _looks(session, seen, where, before, limit)
    rows = newest.filled(session, looks, limit)
    return LeadList([_item(row, as_of) for row in rows], total)


def _listed() -> Select[Any]:
    """Leads as the list shows them, newest first."""
    return (
        select(Lead, *_BESIDE)
        .join(Contract, Contract.id == Lead.contract_id)
        .join(Obligation, Obligation.id == Lead.obligation_id)
        .join(Organisation, Organisation.id == Lead.respondent_id)
        .order_by(Lead.id.desc())
    )


def _looks(
    session: Session,
    seen: Sight,
    where: list[ColumnElement[bool]],
    before: int | None,
    limit: int,
) -> Iterator[Select[Any]]:
    """Among so many of the newest leads; then, or at once, among all of the contracts in sight."""
    if not seen.is_narrow:
        near = newest.near(session, Lead.id, before)
        yield _listed().where(*of_contracts(session, seen), *where, near)
    numbers = newest.in_sight(session, seen)
    if numbers is None:
        return
    own = numbers.subquery()
    found = select(Lead.id).join_from(own, Lead, Lead.contract_id == own.c.id).where(*where)
    # a sum is in no index: what is found of the contracts is sorted, no table walked through
    last = found.order_by((Lead.id + 0).desc()).limit(limit).subquery()
    yield _listed().join(last, last.c.id == Lead.id)


def _item(row: Row[Any], as_of: date | None) -> dict[str, Any]:
    lead: Lead = row.Lead
    closed = lead.closed_on is not None and (as_of is None or lead.closed_on <= as_of)
    return {
        "id": lead.ulid,
        "row": lead.id,
        "contract_no": row.contract_no,
        "contract": row.contract,
        "currency": row.currency or "CNY",
        "obligation": row.key,
        "title": row.title,
        "respondent": row.respondent,
        "rule": lead.rule,
        "breached_on": lead.breached_on.isoformat(),
        "episode": lead.episode,
        "raised_on": lead.raised_on.isoformat(),
        "outstanding": show_yuan_or_none(lead.outstanding_fen),
        "interest": show_yuan_or_none(lead.interest_fen),
        "state": LeadState.CLOSED.value if closed else LeadState.OPEN.value,
        "closed_on": lead.closed_on.isoformat() if closed and lead.closed_on else None,
        "closed_why": lead.closed_why if closed else None,
        "evidence": lead.evidence,
    }
