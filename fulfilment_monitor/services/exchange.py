"""The outbox: what must leave, written in the transaction that made it true."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
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


def next_version(session: Session, topic: str, key: str) -> int:
    """The next version of what is said about one thing; hold the thing before you ask."""
    query = select(func.max(OutboxMessage.version)).where(
        OutboxMessage.topic == topic, OutboxMessage.key == key
    )
    return (session.scalar(query) or 0) + 1
