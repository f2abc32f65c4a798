"""Reckon many contracts anew at once: what `reckoning.reckon` does for one, in a few statements."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ..domain.clocks import beijing_day
from ..domain.leads import LeadState
from ..domain.ledger import Ledger
from ..store.duties import Duty, Timer
from ..store.exchange import OutboxMessage
from ..store.leads import Lead
from ..store.once import table_of
from . import duties, exchange, leads, pipeline
from .office import Office
from .policies import keep_policy

_TOPIC = "contract.changed"


class Changed(NamedTuple):
    """A contract about which something is known that was not, held by this transaction."""

    id: int
    ulid: str
    #: The ids of its obligations by key.
    keys: Mapping[str, int]
    ledger: Ledger


def reckon_many(
    session: Session, contracts: Sequence[Changed], office: Office, *, now: datetime
) -> None:
    """Bring duties, timers and leads of contracts in line with their ledgers."""
    if not contracts:
        return
    keep_policy(session, office, now=now)
    _refresh(session, contracts, office, now)
    closed = _close_leads(session, {c.id: c for c in contracts}, now)
    pipeline.cured(session, closed, office, on=beijing_day(now), now=now)
    _tell(session, contracts, now)


def _refresh(session: Session, contracts: Sequence[Changed], office: Office, now: datetime) -> None:
    """`duties.refresh` for many: what no longer holds is replaced, what holds now is opened."""
    ids = [c.id for c in contracts]
    stored: dict[int, list[dict[str, Any]]] = defaultdict(list)
    query = select(table_of(Duty)).where(Duty.contract_id.in_(ids), Duty.replaced_at.is_(None))
    for row in session.execute(query).mappings():
        stored[row["contract_id"]].append(dict(row))
    gone: list[dict[str, Any]] = []
    fresh: list[dict[str, Any]] = []
    for c in contracts:
        rows = duties._rows(c.id, c.keys, c.ledger, office.policy)
        wanted = {duties._value(row): row for row in rows}
        gone += [d for d in stored[c.id] if wanted.pop(duties._value(d), None) is None]
        fresh += wanted.values()
    timers = _hold_timers(session, ids)
    look = duties.last_look(session)
    seen = duties.seen_before(gone, timers, look)
    if gone:
        old = [d["id"] for d in gone]
        session.execute(update(Duty).where(Duty.id.in_(old)).values(replaced_at=now))
        session.execute(delete(Timer).where(Timer.contract_id.in_(ids), Timer.duty_id.in_(old)))
    duties._write(session, fresh, seen, look.run, office.policy, now)


def _hold_timers(session: Session, ids: list[int]) -> dict[int, duties.Seen]:
    """Wait for sweeps that are moving timers of these contracts; what they left is read afresh.

    Held in the order in which the sweep takes them, so that the two never wait for each other.
    """
    query = (
        select(Timer.duty_id, Timer.seen_on, Timer.born_run)
        .where(Timer.contract_id.in_(ids))
        .order_by(Timer.check_on, Timer.duty_id)
        .with_for_update()
    )
    session.execute(query).all()  # the second look locks what a sweep put in place of the first
    return {t.duty_id: duties.Seen(t.seen_on, t.born_run) for t in session.execute(query)}


def _close_leads(session: Session, contracts: Mapping[int, Changed], now: datetime) -> list[str]:
    query = select(Lead.contract_id).where(
        Lead.contract_id.in_(contracts), Lead.state == LeadState.OPEN.value
    )
    closed = []
    for contract_id in sorted(set(session.scalars(query))):
        c = contracts[contract_id]
        closed += leads.close_cured(session, contract_id, c.keys, c.ledger, now=now)
    return closed


def _tell(session: Session, contracts: Sequence[Changed], now: datetime) -> None:
    query = (
        select(OutboxMessage.key, func.max(OutboxMessage.version))
        .where(OutboxMessage.topic == _TOPIC, OutboxMessage.key.in_([c.ulid for c in contracts]))
        .group_by(OutboxMessage.key)
    )
    last = {row[0]: row[1] for row in session.execute(query)}
    messages = [
        exchange.Message(_TOPIC, c.ulid, last.get(c.ulid, 0) + 1, {"contract": c.ulid})
        for c in contracts
    ]
    exchange.enqueue(session, messages, now=now)
