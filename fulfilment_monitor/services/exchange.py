"""The outbox: what must leave, written in the transaction that made it true."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ..store.exchange import OutboxMessage
from ..store.ids import take_ids
from ..store.once import insert_all, insert_once


class Message(NamedTuple):
    topic: str
    key: str
    version: int
    body: dict[str, Any]
    #: Its number, where rows refer to it before it is queued.
    id: int | None = None


def enqueue(session: Session, messages: Iterable[Message], *, now: datetime) -> int:
    """Queue messages; one whose topic, key and version are known is not queued twice."""
    return len(insert_once(session, OutboxMessage, _rows(session, messages, now), OutboxMessage.id))


def enqueue_next(
    session: Session, topic: str, bodies: Mapping[str, dict[str, Any]], *, now: datetime
) -> None:
    """Queue the next version of what is said about each key; hold the things before you ask."""
    query = (
        select(OutboxMessage.key, func.max(OutboxMessage.version))
        .where(OutboxMessage.topic == topic, OutboxMessage.key.in_(list(bodies)))
        .group_by(OutboxMessage.key)
    )
    last = {row[0]: row[1] for row in session.execute(query)}
    messages = [Message(topic, key, last.get(key, 0) + 1, body) for key, body in bodies.items()]
    enqueue(session, messages, now=now)


def enqueue_new(session: Session, messages: Iterable[Message], *, now: datetime) -> None:
    """Queue messages about things that have just come into being, of which nobody knows yet.

    No row refers to them by number: the database gives them theirs.
    """
    insert_all(session, OutboxMessage, [_unnumbered(m, now) for m in messages])


def _unnumbered(message: Message, now: datetime) -> dict[str, Any]:
    return {
        "topic": message.topic,
        "key": message.key,
        "version": message.version,
        "body": message.body,
        "queued_at": now,
    }


def _rows(session: Session, messages: Iterable[Message], now: datetime) -> list[dict[str, Any]]:
    rows = [{**_unnumbered(m, now), "id": m.id} for m in messages]
    blank = [r for r in rows if r["id"] is None]
    ids = take_ids(session, "outbox_message", len(blank)) if blank else ()
    for row, number in zip(blank, ids, strict=True):
        row["id"] = number
    return rows


class Waiting(NamedTuple):
    """A message that has not been sent, claimed by whoever read it."""

    id: int
    topic: str
    key: str
    body: dict[str, Any]


def claim(session: Session, topics: Iterable[str], limit: int) -> list[Waiting]:
    """Messages that wait, oldest first; no one else gets them while this transaction lasts."""
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.topic.in_(list(topics)))
        .order_by(OutboxMessage.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Waiting(m.id, m.topic, m.key, m.body) for m in session.scalars(query)]


def mark_sent(session: Session, ids: Iterable[int], *, now: datetime) -> None:
    """These have arrived; they are never claimed again."""
    statement = update(OutboxMessage).where(OutboxMessage.id.in_(list(ids)))
    session.execute(statement.values(sent_at=now))
