"""Open leads for duties that were missed past the grace, with their evidence frozen.

The rows of a batch are read as plain columns, a few statements for all of them, and written in
bulk: a lead costs little more than its own bytes.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, String, Text, cast, select, type_coerce
from sqlalchemy.orm import InstrumentedAttribute, Session

from ..domain.contracts import YUAN, Kind, Subject
from ..domain.facts import Money
from ..domain.interest import Interest, late_interest, rate_for
from ..domain.leads import LeadState, episode, lead_rule
from ..domain.money import show_yuan_or_none
from ..domain.parties import Size
from ..store.alerts import Alert
from ..store.contracts import Contract, Obligation
from ..store.duties import Duty
from ..store.facts import Fact
from ..store.ids import new_ulids
from ..store.leads import Lead
from ..store.once import insert_new
from ..store.organisations import Organisation
from ..store.sets import among
from . import exchange, organisations, tallies

_SME = frozenset({Size.MICRO.value, Size.SMALL.value, Size.MEDIUM.value})
#: How many breaches are read and written at once: their evidence is held in memory.
_TOGETHER = 500
#: What a lead is one of: a breach has one, however often it is looked at.
_Key = tuple[int, str, int]


class Raising(NamedTuple):
    """The sweep at whose hands leads arise."""

    run_id: int
    as_of: date
    now: datetime
    policy_version: str


class _Known(NamedTuple):
    """What the register knew about the breaches of a batch when their leads arose."""

    #: Per obligation and due date, the alerts that were sent.
    alerts: dict[tuple[int, date], list[dict[str, Any]]]
    #: Per contract, the statements on the ledger.
    facts: dict[int, list[dict[str, Any]]]
    #: Per obligation, the body that answers for it.
    bodies: dict[int, int]
    #: Per obligation, the days on which earlier leads were closed.
    cured: dict[int, list[date]]
    #: The leads there are.
    leads: set[_Key]
    #: Obligation and rule of those that are open.
    open: set[tuple[int, str]]


class Opened(NamedTuple):
    """A lead that has just been opened, as far as its case cares."""

    id: int
    ulid: str
    contract_id: int
    obligation_id: int
    respondent_id: int
    outstanding_fen: int | None
    region: str
    field: str


def open_leads(session: Session, duty_ids: Sequence[int], raising: Raising) -> list[Opened]:
    """Open a lead for each duty that has none for this breach; returns the new ones.

    The lead, its outbox message and its audit entry are one transaction. A breach has one lead
    however often it is looked at: the database holds the key (obligation, rule, episode).
    """
    ids, opened = sorted(duty_ids), list[Opened]()
    for first in range(0, len(ids), _TOGETHER):
        opened += _open(session, ids[first : first + _TOGETHER], raising)
    return opened


def _open(session: Session, duty_ids: Sequence[int], raising: Raising) -> list[Opened]:
    breaches = _breaches(session, duty_ids)
    known = _known(session, breaches, raising.as_of)
    rows = list(_new_rows(breaches, known, raising))
    for row, ulid in zip(rows, new_ulids(raising.now, len(rows)), strict=True):
        row["ulid"] = ulid
    opened = insert_new(session, Lead, rows)
    of_duty = {b.id: b for b in breaches}
    tallies.note(session, (_counted(of_duty[r["duty_id"]]) for r in opened))
    messages = [exchange.Message("lead.opened", r["ulid"], 1, _told(r)) for r in opened]
    exchange.enqueue_new(session, messages, now=raising.now)
    return [_opened(r, of_duty[r["duty_id"]]) for r in opened]


def _opened(row: dict[str, Any], b: Row[Any]) -> Opened:
    return Opened(
        row["id"],
        row["ulid"],
        b.contract_id,
        b.obligation_id,
        row["respondent_id"],
        b.owed_fen,
        b.region,
        b.field,
    )


def _breaches(session: Session, duty_ids: Sequence[int]) -> Sequence[Row[Any]]:
    agreed = Contract.document["late_interest"]["annual_rate"].as_string()
    query = (
        select(
            Duty.id,
            Duty.ladder,
            Duty.due_on,
            Duty.agreed_on,
            Duty.until_on,
            Duty.provisional,
            cast(Duty.basis, Text).label("basis"),
            Duty.owed_fen,
            Duty.payments,
            Duty.obligation_id,
            Duty.contract_id,
            Obligation.key,
            _code(Obligation.kind),
            Obligation.title,
            Obligation.obligor_code,
            Contract.contract_no,
            Contract.government_id,
            Contract.signed_on,
            _code(Contract.subject),
            _code(Contract.size),
            Contract.region,
            _code(Contract.field),
            agreed.label("annual_rate"),
            Contract.document["currency"].as_string().label("currency"),
        )
        .join(Obligation, Obligation.id == Duty.obligation_id)
        .join(Contract, Contract.id == Duty.contract_id)
        .where(among(session, Duty.id, duty_ids), Duty.replaced_at.is_(None))
        .order_by(Duty.id)
    )
    return session.connection().execute(query).all()


def _code(column: InstrumentedAttribute[Any]) -> ColumnElement[str]:
    """A column of codes as the text it is: the database has checked it, once is enough."""
    return type_coerce(column, String).label(column.key)


@lru_cache(maxsize=1_000)
def _listed(basis: str) -> list[str]:
    """The words of a reckoning; many due dates have the same. Not to be changed."""
    found: list[str] = json.loads(basis)
    return found


def _known(session: Session, breaches: Sequence[Row[Any]], as_of: date) -> _Known:
    obligations = {b.obligation_id for b in breaches}
    cured: dict[int, list[date]] = defaultdict(list)
    leads, open_ones = set(), set()
    query = select(Lead.obligation_id, Lead.rule, Lead.episode, Lead.closed_on)
    wanted = query.where(among(session, Lead.obligation_id, obligations))
    for lead in session.connection().execute(wanted):
        leads.add((lead.obligation_id, lead.rule, lead.episode))
        if lead.closed_on is None:
            open_ones.add((lead.obligation_id, lead.rule))
        else:
            cured[lead.obligation_id].append(lead.closed_on)
    return _Known(
        _alerts_sent(session, breaches, as_of),
        _facts_known(session, {b.contract_id for b in breaches}, as_of),
        _respondents(session, breaches, as_of),
        cured,
        leads,
        open_ones,
    )


def _respondents(session: Session, breaches: Sequence[Row[Any]], as_of: date) -> dict[int, int]:
    """For each obligation, the body that answers for it: its obligor, or who took over."""
    codes = {b.obligor_code for b in breaches} - {None}
    query = select(Organisation.code, Organisation.id).where(Organisation.code.in_(codes))
    named = {row.code: row.id for row in session.execute(query)} if codes else {}
    owing = {b.obligation_id: named.get(b.obligor_code, b.government_id) for b in breaches}
    answering = organisations.responsible(session, set(owing.values()), as_of)
    return {obligation: answering[body] for obligation, body in owing.items()}


def _alerts_sent(
    session: Session, breaches: Sequence[Row[Any]], as_of: date
) -> dict[tuple[int, date], list[dict[str, Any]]]:
    """Alerts of earlier days, and those of the day by the duty's own ladder.

    Another ladder may be looked at in a later batch of the same sweep; evidence must not depend
    on how a sweep was cut.
    """
    kinds = {b.obligation_id: _family(b.ladder) for b in breaches}
    due_days = {b.due_on for b in breaches}
    query = (
        select(Alert.obligation_id, Alert.due_on, Alert.rule, Alert.raised_on, Alert.audiences)
        .where(Alert.due_on.in_(due_days), among(session, Alert.obligation_id, kinds))
        .order_by(Alert.raised_on, Alert.holds_from, Alert.rule)
    )
    found: dict[tuple[int, date], list[dict[str, Any]]] = defaultdict(list)
    for obligation_id, due_on, rule, raised_on, audiences in session.connection().execute(query):
        sent = _sent(rule, raised_on, audiences)
        if raised_on < as_of or _family(rule) == kinds[obligation_id]:
            found[obligation_id, due_on].append(sent)
    return found


@lru_cache(maxsize=10_000)
def _sent(rule: str, raised_on: date, audiences: str) -> dict[str, Any]:
    """An alert as evidence; those of a day say much the same. Not to be changed."""
    return {"rule": rule, "raised_on": str(raised_on), "audiences": audiences.split()}


@lru_cache(maxsize=1_000)
def _family(rule: str) -> str:
    """What a ladder or one of its steps is about, whether reported or not."""
    return rule.partition(".")[0]


def _facts_known(
    session: Session, contract_ids: set[int], as_of: date
) -> dict[int, list[dict[str, Any]]]:
    query = (
        select(
            Fact.contract_id,
            Fact.ulid,
            Fact.kind,
            Fact.happened_on,
            Fact.source,
            Fact.amount_fen,
            Fact.recorded_at,
            Fact.evidence,
            Obligation.key,
        )
        .outerjoin(Obligation, Obligation.id == Fact.obligation_id)
        .where(among(session, Fact.contract_id, contract_ids), Fact.happened_on <= as_of)
        .order_by(Fact.happened_on, Fact.id)
    )
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for fact in session.connection().execute(query):
        stated = {
            "id": fact.ulid,
            "obligation": fact.key,
            "kind": fact.kind,
            "on": fact.happened_on.isoformat(),
            "by": fact.source,
            "amount": show_yuan_or_none(fact.amount_fen),
            "recorded_at": fact.recorded_at.isoformat(),
            "evidence": [e["sha256"] for e in fact.evidence or ()],
        }
        found[fact.contract_id].append(stated)
    return found


def _new_rows(
    breaches: Iterable[Row[Any]], known: _Known, raising: Raising
) -> Iterator[dict[str, Any]]:
    """The leads that are not there yet, each once; their ULIDs are still to come."""
    for b in breaches:
        rule = lead_rule(b.ladder)
        turn = episode(known.cured[b.obligation_id], b.until_on)
        key = (b.obligation_id, rule, turn)
        if key in known.leads or key[:2] in known.open:
            continue
        known.leads.add(key)
        known.open.add(key[:2])
        yield _row(b, rule, turn, known, raising)


def _row(b: Row[Any], rule: str, turn: int, known: _Known, raising: Raising) -> dict[str, Any]:
    interest = _interest(b, raising.as_of)
    return {
        "contract_id": b.contract_id,
        "obligation_id": b.obligation_id,
        "duty_id": b.id,
        "rule": rule,
        "breached_on": b.due_on,
        "episode": turn,
        "raised_on": raising.as_of,
        "raised_at": raising.now,
        "outstanding_fen": b.owed_fen,
        "interest_fen": None if interest is None else interest.total_fen,
        "respondent_id": known.bodies[b.obligation_id],
        "state": LeadState.OPEN.value,
        "closed_on": None,
        "closed_why": None,
        "evidence": _evidence(b, rule, interest, known, raising),
        "run_id": raising.run_id,
    }


def _interest(b: Row[Any], until: date) -> Interest | None:
    """Late interest on what a duty says is owed and undisputed; None where it is no payment."""
    if b.kind != Kind.PAYMENT.value or b.owed_fen is None:
        return None
    home = b.currency in (None, YUAN)
    in_scope = home and b.size in _SME and b.subject != Subject.PROMISE.value
    agreed = None if b.annual_rate is None else Decimal(b.annual_rate)
    rate = rate_for(b.signed_on, agreed, in_scope=in_scope)
    if rate is None:
        return None
    payments = [Money(date.fromisoformat(on), fen) for on, fen in b.payments or ()]
    principal = b.owed_fen + sum(m.fen for m in payments)
    return late_interest(principal, b.due_on, until, rate, payments)


def _evidence(
    b: Row[Any], rule: str, interest: Interest | None, known: _Known, raising: Raising
) -> dict[str, Any]:
    rate = interest.rate if interest is not None else None
    return {
        "contract_no": b.contract_no,
        "obligation": b.key,
        "title": b.title,
        "rule": rule,
        "policy": raising.policy_version,
        "due_on": b.due_on.isoformat(),
        "agreed_due_on": None if b.agreed_on is None else b.agreed_on.isoformat(),
        "provisional": b.provisional,
        "basis": _listed(b.basis),
        "reported": not b.ladder.endswith(".unreported"),
        "outstanding": show_yuan_or_none(b.owed_fen),
        "payments": [{"on": on, "amount": show_yuan_or_none(fen)} for on, fen in b.payments or ()],
        "interest": None if interest is None else show_yuan_or_none(interest.total_fen),
        "interest_rate": None if rate is None else f"{rate.shown}（{rate.basis}）",
        "interest_until": raising.as_of.isoformat(),
        "alerts": known.alerts[b.obligation_id, b.due_on],
        "facts": known.facts[b.contract_id],
    }


def _counted(b: Row[Any]) -> tallies.Change:
    where = tallies.Place(b.region, b.field, b.government_id)
    fen = tallies.amount_in_yuan(b.owed_fen, b.currency)
    return tallies.Change(tallies.Measure.OPEN_LEADS, where, 1, fen)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """What the message of a lead says: never more than the register itself shows."""
    return {
        "lead": row["ulid"],
        "rule": row["rule"],
        "breached_on": row["breached_on"].isoformat(),
        "raised_on": row["raised_on"].isoformat(),
        "outstanding": show_yuan_or_none(row["outstanding_fen"]),
    }
