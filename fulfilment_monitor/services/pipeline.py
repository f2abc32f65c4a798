"""Leads of the sweep become cases at once, in the transaction that raised them.

A lead on an obligation somebody already complains of joins that claim; a lead on a settlement
breaks the settlement; every other one opens a claim in the folder of its contract. A cure ends a
claim that nobody has touched yet; what people have taken in, people end.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..domain.authority import SWEEP
from ..domain.case_codes import DismissReason, Origin
from ..domain.cases import Event, State
from ..domain.leads import LeadState
from ..store.cases import Case, Claim, Settlement
from ..store.complaints import ComplaintClaim
from ..store.contracts import Contract
from ..store.ids import new_ulids, take_ids
from ..store.leads import Lead
from ..store.once import insert_all, insert_new, insert_once
from ..store.sets import among
from ..store.sweeps import Mark
from . import audit, case_clocks, cases, routing, settlements
from .breaches import Opened
from .office import Office

#: The mark of a register whose leads of earlier releases have their claims.
_TAKEN_IN = "cases.taken-in"
_TOGETHER = 2_000
#: One for all, so that it is written out once; not to be changed.
_NO_NATURES: list[str] = []
_CURED = "登记的事实表明已履行，线索由系统结束"


def take_in(
    session: Session, opened: Sequence[Opened], office: Office, *, on: date, now: datetime
) -> int:
    """Open or join a claim for each lead; returns how many claims are new.

    Args:
        opened: leads that have just been raised, in the order of their numbers.
        on: the day of the sweep that raised them.
    """
    if not opened:
        return 0
    settled = _settlements(session, {lead.contract_id for lead in opened})
    broken = [lead.id for lead in opened if lead.contract_id in settled]
    if broken:
        settlements.broken_by(session, broken, office, on=on, now=now)
    left = _join_open(session, [lead for lead in opened if lead.contract_id not in settled])
    return _open(session, left, office, on, now) if left else 0


def take_in_earlier(session: Session, office: Office, *, on: date, now: datetime) -> int:
    """Open claims for leads that were there before there were cases; once in a register's life."""
    if session.scalar(select(Mark.value).where(Mark.name == _TAKEN_IN)) is not None:
        return 0
    query = select(Lead.id).where(
        Lead.state == LeadState.OPEN.value,
        ~select(Claim.id).where(Claim.lead_id == Lead.id).exists(),
    )
    waiting = list(session.scalars(query.order_by(Lead.id)))
    for first in range(0, len(waiting), _TOGETHER):
        some = _leads(session, waiting[first : first + _TOGETHER])
        take_in(session, some, office, on=on, now=now)
    insert_once(session, Mark, [{"name": _TAKEN_IN, "value": on.isoformat()}], Mark.name)
    return len(waiting)


def _leads(session: Session, numbers: Sequence[int]) -> list[Opened]:
    query = (
        select(
            Lead.id,
            Lead.ulid,
            Lead.contract_id,
            Lead.obligation_id,
            Lead.respondent_id,
            Lead.outstanding_fen,
            Contract.region,
            Contract.field,
        )
        .join(Contract, Contract.id == Lead.contract_id)
        .where(among(session, Lead.id, numbers))
        .order_by(Lead.id)
    )
    return [Opened(*row) for row in session.execute(query)]


def _settlements(session: Session, contracts: set[int]) -> set[int]:
    query = select(Settlement.contract_id).where(among(session, Settlement.contract_id, contracts))
    return set(session.scalars(query))


def _join_open(session: Session, leads: Sequence[Opened]) -> list[Opened]:
    """Leads on obligations whose claim is open join it; the others are returned."""
    owed = {lead.obligation_id: lead.id for lead in leads}
    query = select(Claim.id, Claim.obligation_id).where(
        among(session, Claim.obligation_id, owed), Claim.closed_at.is_(None)
    )
    held = query.order_by(Claim.id).with_for_update(of=Claim)
    joined = {row.obligation_id: row.id for row in session.execute(held)}
    for obligation_id, claim_id in joined.items():
        newest = update(Claim).where(Claim.id == claim_id)
        session.execute(newest.values(lead_id=owed[obligation_id]))
    return [lead for lead in leads if lead.obligation_id not in joined]


def _open(
    session: Session, leads: Sequence[Opened], office: Office, on: date, now: datetime
) -> int:
    folders = _folders(session, leads, on, now)
    places = [routing.Place(lead.respondent_id, lead.region, lead.field) for lead in leads]
    intakes = routing.intakes(session, set(places), on, office)
    rows = []
    for ulid, lead, place in zip(new_ulids(now, len(leads)), leads, places, strict=True):
        case_id = folders[lead.contract_id, lead.respondent_id]
        rows.append(_claim_row(ulid, lead, case_id, intakes[place], on, now))
    rows = insert_new(session, Claim, rows)
    if len(rows) < len(leads):  # a complaint about it came in between
        taken = {row["lead_id"] for row in rows}
        _join_open(session, [lead for lead in leads if lead.id not in taken])
    regions = {lead.id: lead.region for lead in leads}
    born = [case_clocks.Newborn(r["id"], regions[r["lead_id"]], r["intake_id"], on) for r in rows]
    case_clocks.start_born(session, born, office, now=now)
    body = {"on": on, "claims": [row["ulid"] for row in rows]}
    audit.note(session, SWEEP, "case.open", "sweep", on.isoformat(), body, now=now)
    return len(rows)


def _folders(
    session: Session, leads: Sequence[Opened], on: date, now: datetime
) -> dict[tuple[int, int], int]:
    """The case of each contract and respondent: one that is open, or a new one."""
    wanted = {(lead.contract_id, lead.respondent_id): lead for lead in leads}
    query = (
        select(Case.contract_id, Case.respondent_id, Case.id)
        .join(Claim, Claim.case_id == Case.id)
        .where(
            among(session, Case.contract_id, {contract for contract, _ in wanted}),
            Case.merged_into_id.is_(None),
            Claim.closed_at.is_(None),
        )
        .order_by(Case.id)
    )
    known = {(row[0] or 0, row[1]): row[2] for row in session.execute(query)}
    missing = [place for place in wanted if place not in known]
    numbers = take_ids(session, "complaint_case", len(missing))
    rows = []
    for number, ulid, place in zip(numbers, new_ulids(now, len(missing)), missing, strict=True):
        known[place] = number
        rows.append(_case_row(number, ulid, wanted[place], on, now))
    insert_all(session, Case, rows)
    return known


def _case_row(number: int, ulid: str, lead: Opened, on: date, now: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "ulid": ulid,
        "contract_id": lead.contract_id,
        "respondent_id": lead.respondent_id,
        "region": lead.region,
        "field": lead.field,
        "origin": Origin.SCHEDULE.value,
        "natures": _NO_NATURES,
        "confidential": False,
        "merged_into_id": None,
        "opened_on": on,
        "opened_at": now,
        "opened_by": SWEEP.name,
    }


def _claim_row(
    ulid: str, lead: Opened, case_id: int, intake: int | None, on: date, now: datetime
) -> dict[str, Any]:
    return {
        "ulid": ulid,
        "case_id": case_id,
        "obligation_id": lead.obligation_id,
        "lead_id": lead.id,
        "respondent_id": lead.respondent_id,
        "state": State.LEAD.value,
        "state_on": on,
        "intake_id": intake,
        "holder_id": intake,
        "returned": 0,
        "sme_payment": False,
        "claimed_fen": lead.outstanding_fen,
        "listed": False,
        "contested": False,
        "version": 0,
        "opened_on": on,
        "opened_at": now,
    }


def cured(
    session: Session, closed: Sequence[str], office: Office, *, on: date, now: datetime
) -> int:
    """End the claims of leads that were closed, where nobody has taken them in or complains.

    Returns how many were ended.
    """
    if not closed:
        return 0
    theirs = select(Claim.id).join(Lead, Lead.id == Claim.lead_id).where(Lead.ulid.in_(closed))
    held = session.scalars(theirs).all()
    if not held:
        return 0
    cases.hold_claims(session, held)
    query = (
        select(Claim.ulid, Claim.opened_on)
        .where(
            among(session, Claim.id, held),
            Claim.state == State.LEAD.value,
            ~select(ComplaintClaim.claim_id).where(ComplaintClaim.claim_id == Claim.id).exists(),
        )
        .order_by(Claim.id)
    )
    ended = session.execute(query).all()
    said = {"reason": DismissReason.CURED.value, "note": _CURED}
    for ulid, opened_on in ended:
        day = max(on, opened_on)
        cases.fire(
            session, ulid, Event.DISMISS, said, by=SWEEP, office=office, now=now, today=day, on=day
        )
    return len(ended)
