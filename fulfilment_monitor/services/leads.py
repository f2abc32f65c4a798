"""Open leads with their evidence frozen, close them when the breach is cured, list them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import and_, func, not_, select, update
from sqlalchemy.orm import Session

from ..domain.authority import SWEEP, Actor
from ..domain.contracts import Kind, Subject
from ..domain.duties import CURES
from ..domain.facts import Money
from ..domain.interest import Interest, late_interest, rate_for
from ..domain.leads import LeadState, episode, lead_rule
from ..domain.money import show_yuan_or_none
from ..domain.parties import Size
from ..store.alerts import Alert
from ..store.contracts import Contract, Obligation
from ..store.duties import Duty
from ..store.facts import Fact
from ..store.ids import new_ulid
from ..store.leads import Lead
from ..store.once import insert_once
from ..store.organisations import Organisation
from . import audit, exchange, organisations

_SME = (Size.MICRO.value, Size.SMALL.value, Size.MEDIUM.value)


class Raising(NamedTuple):
    """The sweep at whose hands leads arise."""

    run_id: int
    as_of: date
    now: datetime
    policy_version: str


class _Sent(NamedTuple):
    """What was known when a lead arose: the alerts sent, and the statements on the ledger."""

    alerts: list[dict[str, Any]]
    facts: list[dict[str, Any]]


def open_leads(session: Session, duty_ids: Sequence[int], raising: Raising) -> list[str]:
    """Open a lead for each duty that has none for this breach; returns the new ULIDs.

    The lead, its outbox message and its audit entry are one transaction. A breach has one lead
    however often it is looked at: the database holds the key (obligation, rule, episode).
    """
    if not duty_ids:
        return []
    breaches = _breaches(session, duty_ids)
    obligations = [b.Obligation.id for b in breaches]
    cured = _cured(session, obligations)
    told = _alerts_sent(session, obligations)
    bodies = _respondents(session, breaches, raising.as_of)
    said = _facts_known(session, {b.Contract.id for b in breaches}, raising.as_of)
    rows = [
        _row(
            b,
            cured,
            bodies,
            _Sent(told[b.Obligation.id, b.Duty.due_on], said[b.Contract.id]),
            raising,
        )
        for b in breaches
    ]
    new = insert_once(session, Lead, rows, Lead.ulid)
    opened = [r for r in rows if r["ulid"] in new]
    messages = [exchange.Message("lead.opened", r["ulid"], 1, _told(r)) for r in opened]
    exchange.enqueue(session, messages, now=raising.now)
    return [r["ulid"] for r in opened]


def _breaches(session: Session, duty_ids: Sequence[int]) -> Sequence[Any]:
    query = (
        select(Duty, Obligation, Contract)
        .join(Obligation, Obligation.id == Duty.obligation_id)
        .join(Contract, Contract.id == Duty.contract_id)
        .where(Duty.id.in_(duty_ids), Duty.replaced_at.is_(None))
    )
    return session.execute(query).all()


def _respondents(session: Session, breaches: Sequence[Any], as_of: date) -> dict[int, int]:
    """For each obligation, the body that answers for it: its obligor, or who took over."""
    codes = {b.Obligation.obligor_code for b in breaches} - {None}
    query = select(Organisation.code, Organisation.id).where(Organisation.code.in_(codes))
    named = {row.code: row.id for row in session.execute(query)}
    owing = {
        b.Obligation.id: named.get(b.Obligation.obligor_code, b.Contract.government_id)
        for b in breaches
    }
    answering = organisations.responsible(session, set(owing.values()), as_of)
    return {obligation: answering[body] for obligation, body in owing.items()}


def _cured(session: Session, obligation_ids: list[int]) -> dict[int, list[date]]:
    query = select(Lead.obligation_id, Lead.closed_on).where(
        Lead.obligation_id.in_(obligation_ids), Lead.state == LeadState.CLOSED.value
    )
    found: dict[int, list[date]] = defaultdict(list)
    for obligation_id, closed_on in session.execute(query):
        if closed_on is not None:
            found[obligation_id].append(closed_on)
    return found


def _alerts_sent(session: Session, obligation_ids: list[int]) -> dict[tuple[int, date], list[Any]]:
    query = (
        select(Alert.obligation_id, Alert.due_on, Alert.rule, Alert.raised_on, Alert.audiences)
        .where(Alert.obligation_id.in_(obligation_ids))
        .order_by(Alert.raised_on, Alert.holds_from)
    )
    found: dict[tuple[int, date], list[Any]] = defaultdict(list)
    for row in session.execute(query):
        sent = {
            "rule": row.rule,
            "raised_on": row.raised_on.isoformat(),
            "audiences": row.audiences.split(),
        }
        found[row.obligation_id, row.due_on].append(sent)
    return found


def _facts_known(
    session: Session, contract_ids: set[int], as_of: date
) -> dict[int, list[dict[str, Any]]]:
    query = (
        select(Fact, Obligation.key)
        .outerjoin(Obligation, Obligation.id == Fact.obligation_id)
        .where(Fact.contract_id.in_(contract_ids), Fact.happened_on <= as_of)
        .order_by(Fact.happened_on, Fact.id)
    )
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for fact, key in session.execute(query):
        stated = {
            "id": fact.ulid,
            "obligation": key,
            "kind": fact.kind,
            "on": fact.happened_on.isoformat(),
            "by": fact.source,
            "amount": show_yuan_or_none(fact.amount_fen),
            "recorded_at": fact.recorded_at.isoformat(),
            "evidence": [e["sha256"] for e in fact.evidence or ()],
        }
        found[fact.contract_id].append(stated)
    return found


def _row(
    breach: Any,
    cured: dict[int, list[date]],
    bodies: dict[int, int],
    sent: _Sent,
    raising: Raising,
) -> dict[str, Any]:
    duty, obligation, contract = breach.Duty, breach.Obligation, breach.Contract
    rule = lead_rule(duty.ladder)
    interest = duty_interest(duty, obligation, contract, raising.as_of)
    return {
        "ulid": new_ulid(raising.now),
        "contract_id": contract.id,
        "obligation_id": obligation.id,
        "duty_id": duty.id,
        "rule": rule,
        "breached_on": duty.due_on,
        "episode": episode(cured[obligation.id], duty.until_on),
        "raised_on": raising.as_of,
        "raised_at": raising.now,
        "outstanding_fen": duty.owed_fen,
        "interest_fen": None if interest is None else interest.total_fen,
        "respondent_id": bodies[obligation.id],
        "state": LeadState.OPEN.value,
        "closed_on": None,
        "closed_why": None,
        "evidence": _evidence(breach, rule, interest, sent, raising),
        "run_id": raising.run_id,
    }


def duty_interest(
    duty: Duty, obligation: Obligation, contract: Contract, until: date
) -> Interest | None:
    """Late interest on what a duty says is owed and undisputed; None where it is no payment."""
    if obligation.kind != Kind.PAYMENT.value or duty.owed_fen is None:
        return None
    agreed = contract.document.get("late_interest", {}).get("annual_rate")
    in_scope = contract.size in _SME and contract.subject != Subject.PROMISE.value
    rate = rate_for(
        contract.signed_on, None if agreed is None else Decimal(agreed), in_scope=in_scope
    )
    if rate is None:
        return None
    payments = [Money(date.fromisoformat(on), fen) for on, fen in duty.payments or ()]
    principal = duty.owed_fen + sum(m.fen for m in payments)
    return late_interest(principal, duty.due_on, until, rate, payments)


def _evidence(
    breach: Any,
    rule: str,
    interest: Interest | None,
    sent: _Sent,
    raising: Raising,
) -> dict[str, Any]:
    duty, obligation, contract = breach.Duty, breach.Obligation, breach.Contract
    rate = interest.rate if interest is not None else None
    return {
        "contract_no": contract.contract_no,
        "obligation": obligation.key,
        "title": obligation.title,
        "rule": rule,
        "policy": raising.policy_version,
        "due_on": duty.due_on.isoformat(),
        "agreed_due_on": None if duty.agreed_on is None else duty.agreed_on.isoformat(),
        "provisional": duty.provisional,
        "basis": duty.basis,
        "reported": not duty.ladder.endswith(".unreported"),
        "outstanding": show_yuan_or_none(duty.owed_fen),
        "payments": [
            {"on": on, "amount": show_yuan_or_none(fen)} for on, fen in duty.payments or ()
        ],
        "interest": None if interest is None else show_yuan_or_none(interest.total_fen),
        "interest_rate": None if rate is None else f"{rate.shown}（{rate.basis}）",
        "interest_until": raising.as_of.isoformat(),
        "alerts": sent.alerts,
        "facts": sent.facts,
    }


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """What the message of a lead says: never more than the register itself shows."""
    return {
        "lead": row["ulid"],
        "rule": row["rule"],
        "breached_on": row["breached_on"].isoformat(),
        "raised_on": row["raised_on"].isoformat(),
        "outstanding": show_yuan_or_none(row["outstanding_fen"]),
    }


def close_after(
    session: Session, duty_ids: Sequence[int], *, by: Actor, now: datetime
) -> list[str]:
    """Close the open leads whose duty has ended in a cure; returns their ULIDs."""
    if not duty_ids:
        return []
    query = (
        select(Lead, Duty.until_on, Duty.ended)
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
    for lead, until_on, ended in session.execute(query).all():
        day = lead.raised_on if until_on is None else max(until_on, lead.raised_on)
        _close(session, lead, day, str(ended), by, now)
        closed.append(lead.ulid)
    return closed


def close_cured(session: Session, contract_id: int, *, now: datetime) -> list[str]:
    """Close the open leads of a contract whose breach is over by what is known now.

    A fact may be about a day before the sweep that raised the lead: the lead stays, closed on
    the day it was raised, with both days on record.
    """
    leads = session.scalars(
        select(Lead).where(Lead.contract_id == contract_id, Lead.state == LeadState.OPEN.value)
    ).all()
    closed = []
    for lead in leads:
        duties = session.scalars(
            select(Duty)
            .where(
                Duty.obligation_id == lead.obligation_id,
                Duty.due_on == lead.breached_on,
                Duty.replaced_at.is_(None),
                Duty.ladder.startswith(lead.rule.split(".")[0]),
            )
            .order_by(Duty.from_on.desc())
            .limit(1)
        ).all()
        if not duties:
            _close(session, lead, lead.raised_on, "moved", SWEEP, now)
        elif duties[0].until_on is not None and duties[0].ended in [c.value for c in CURES]:
            ended = duties[0].ended or "moved"
            _close(session, lead, max(duties[0].until_on, lead.raised_on), ended, SWEEP, now)
        else:
            continue
        closed.append(lead.ulid)
    return closed


def _close(session: Session, lead: Lead, on: date, why: str, by: Actor, now: datetime) -> None:
    session.execute(
        update(Lead)
        .where(Lead.id == lead.id, Lead.state == LeadState.OPEN.value)
        .values(state=LeadState.CLOSED.value, closed_on=on, closed_why=why)
    )
    body = {"lead": lead.ulid, "closed_on": on.isoformat(), "why": why}
    exchange.enqueue(session, [exchange.Message("lead.closed", lead.ulid, 2, body)], now=now)
    audit.note(session, by, "lead.close", "lead", lead.ulid, body, now=now)


class LeadList(NamedTuple):
    items: list[dict[str, Any]]
    total: int


def list_leads(
    session: Session,
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
        before: the row number of the last one seen.
        count: whether to count them all, which a page of a long list does without.
    """
    where = []
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
        total = session.scalar(select(func.count()).select_from(Lead).where(*where)) or 0
    if before is not None:
        where.append(Lead.id < before)
    query = (
        select(Lead, Contract, Obligation, Organisation.name)
        .join(Contract, Contract.id == Lead.contract_id)
        .join(Obligation, Obligation.id == Lead.obligation_id)
        .join(Organisation, Organisation.id == Lead.respondent_id)
        .where(*where)
        .order_by(Lead.id.desc())
        .limit(limit)
    )
    return LeadList([_item(*row, as_of) for row in session.execute(query)], total)


def _item(
    lead: Lead, contract: Contract, obligation: Obligation, respondent: str, as_of: date | None
) -> dict[str, Any]:
    closed = lead.closed_on is not None and (as_of is None or lead.closed_on <= as_of)
    return {
        "id": lead.ulid,
        "row": lead.id,
        "contract_no": contract.contract_no,
        "contract": contract.ulid,
        "currency": contract.document.get("currency", "CNY"),
        "obligation": obligation.key,
        "title": obligation.title,
        "respondent": respondent,
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
