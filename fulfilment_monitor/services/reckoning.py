"""Reckon contracts anew after something about them changed: one, or many in a few statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.clocks import beijing_day
from ..domain.leads import LeadState
from ..store.leads import Lead
from ..store.sets import among
from . import duties, exchange, leads, pipeline
from .duties import Changed, changed
from .ledgers import hold_files
from .office import Office
from .policies import keep_policy

_TOPIC = "contract.changed"


def reckon(session: Session, contract_id: int, office: Office, *, now: datetime) -> int:
    """Bring duties, timers and leads in line with terms and facts; returns duties replaced."""
    files = hold_files(session, [contract_id])
    return reckon_many(session, changed(files.values(), office), office, now=now)


def reckon_many(
    session: Session, contracts: Sequence[Changed], office: Office, *, now: datetime
) -> int:
    """Bring duties, timers and leads of contracts in line with their ledgers.

    Returns: how many duties were replaced.
    """
    if not contracts:
        return 0
    keep_policy(session, office, now=now)
    replaced = duties.refresh(session, contracts, office, now=now)
    closed = _close_leads(session, {c.id: c for c in contracts}, now)
    pipeline.cured(session, closed, office, on=beijing_day(now), now=now)
    told = {c.ulid: {"contract": c.ulid} for c in contracts}
    exchange.enqueue_next(session, _TOPIC, told, now=now)
    return replaced


def _close_leads(session: Session, contracts: Mapping[int, Changed], now: datetime) -> list[str]:
    query = select(Lead.contract_id).where(
        among(session, Lead.contract_id, contracts), Lead.state == LeadState.OPEN.value
    )
    closed = []
    for contract_id in sorted(set(session.scalars(query))):
        c = contracts[contract_id]
        closed += leads.close_cured(session, contract_id, c.keys, c.ledger, now=now)
    return closed
