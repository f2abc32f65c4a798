"""Reckon a contract anew after something about it changed."""

from datetime import datetime

from sqlalchemy.orm import Session

from . import duties, exchange, leads
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
    leads.close_cured(session, contract_id, keys, ledger, now=now)
    version = exchange.next_version(session, "contract.changed", file.row.ulid)
    about = {"contract": file.row.ulid}
    message = exchange.Message("contract.changed", file.row.ulid, version, about)
    exchange.enqueue(session, [message], now=now)
    return replaced
