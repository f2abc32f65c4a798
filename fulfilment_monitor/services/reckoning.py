"""Reckon a contract anew after something about it changed."""

from datetime import datetime

from sqlalchemy.orm import Session

from ..domain.clocks import beijing_day
from . import duties, exchange, leads, pipeline
from .ledgers import hold_file
from .office import Office
from .policies import keep_policy


def reckon(session: Session, contract_id: int, office: Office, *, now: datetime) -> int:
    """Bring duties, timers and leads in line with terms and facts; returns duties replaced."""
    keep_policy(session, office, now=now)
    file = hold_file(session, contract_id)
    keys = file.keys
    ledger = file.ledger(office.statute)
    replaced = duties.refresh(session, contract_id, keys, ledger, office, now=now)
    closed = leads.close_cured(session, contract_id, keys, ledger, now=now)
    pipeline.cured(session, closed, office, on=beijing_day(now), now=now)
    version = exchange.next_version(session, "contract.changed", file.row.ulid)
    about = {"contract": file.row.ulid}
    message = exchange.Message("contract.changed", file.row.ulid, version, about)
    exchange.enqueue(session, [message], now=now)
    return replaced
