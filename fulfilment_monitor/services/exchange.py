"""The outbox: what must leave, written in the transaction that made it true."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from ..store.exchange import OutboxMessage
from ..store.once import insert_once


class Message(NamedTuple):
    topic: str
    key: str
    version: int
    body: dict[str, Any]


def enqueue(session: Session, messages: Iterable[Message], *, now: datetime) -> int:
    """Queue messages; one whose topic, key and version are known is not queued twice."""
    rows = [{**m._asdict(), "queued_at": now} for m in messages]
    return len(insert_once(session, OutboxMessage.__table__, rows, OutboxMessage.id))
