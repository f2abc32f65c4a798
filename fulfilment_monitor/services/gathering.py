"""From the outbox to partners: a delivery for each partner that gets a message.

Messages are found by what was not done with them, never by their number: numbers are drawn before
a commit, and a reader may pass one that is not visible yet.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from ..domain.clocks import beijing_day
from ..domain.deliveries import State
from ..domain.partners import PartnerKind, Wish
from ..store.exchange import OutboxMessage
from ..store.ids import new_ulid
from ..store.once import insert_once
from ..store.organisations import Organisation
from ..store.partners import Delivery, Partner

_BATCH = 500


class _Reader(NamedTuple):
    """A partner, and which messages it gets."""

    id: int
    is_filled: bool
    wish: Wish


def gather(sessions: sessionmaker[Session], *, now: datetime) -> int:
    """Make the deliveries that are not made yet; returns how many are new.

    In short transactions, each of which may be lost and done again. A partner that came later
    gets what had been gathered before it came, since the day it was registered for.
    """
    count = 0
    with sessions.begin() as session:
        readers = _readers(session)
    topics = {t for r in readers for t in r.wish.topics}
    while topics:
        with sessions.begin() as session:
            messages = _not_fanned(session, topics)
            # Partners are read after the messages: one that comes between is not forgotten.
            count += _deliver(session, messages, _readers(session), now)
            done = update(OutboxMessage).where(OutboxMessage.id.in_([m.id for m in messages]))
            session.execute(done.values(fanned_at=now))
        if len(messages) < _BATCH:
            break
    for reader in readers:
        if not reader.is_filled:
            count += _fill(sessions, reader, now)
    return count


def _not_fanned(session: Session, topics: Iterable[str]) -> list[OutboxMessage]:
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.fanned_at.is_(None), OutboxMessage.topic.in_(sorted(topics)))
        .order_by(OutboxMessage.id)
        .limit(_BATCH)
        .with_for_update(skip_locked=True)
    )
    return list(session.scalars(query))


def _fill(sessions: sessionmaker[Session], reader: _Reader, now: datetime) -> int:
    """What had been gathered before a partner came, from the oldest on."""
    count, after = 0, 0
    while True:
        with sessions.begin() as session:
            query = (
                select(OutboxMessage)
                .where(
                    OutboxMessage.topic.in_(sorted(reader.wish.topics)),
                    OutboxMessage.fanned_at.is_not(None),
                    OutboxMessage.id > after,
                )
                .order_by(OutboxMessage.id)
                .limit(_BATCH)
            )
            messages = list(session.scalars(query))
            count += _deliver(session, messages, [reader], now)
            if len(messages) < _BATCH:
                session.execute(
                    update(Partner).where(Partner.id == reader.id).values(filled_at=now)
                )
                return count
            after = messages[-1].id


def _deliver(
    session: Session, messages: Iterable[OutboxMessage], readers: Iterable[_Reader], now: datetime
) -> int:
    rows = [
        _row(message, reader.id, now)
        for message in messages
        for reader in readers
        if reader.wish.wants(message.topic, message.body, beijing_day(message.queued_at))
    ]
    return len(insert_once(session, Delivery, rows, Delivery.ulid))


def _row(message: OutboxMessage, partner: int, now: datetime) -> dict[str, Any]:
    return {
        "ulid": new_ulid(now),
        "message_id": message.id,
        "partner_id": partner,
        "topic": message.topic,
        "key": message.key,
        "version": message.version,
        "day": beijing_day(message.queued_at),
        "queued_at": message.queued_at,
        "state": State.WAITING.value,
        "attempts": 0,
        "refusals": 0,
        "next_at": now,
    }


def _readers(session: Session) -> list[_Reader]:
    query = select(Partner, Organisation.code).outerjoin(
        Organisation, Organisation.id == Partner.body_id
    )
    return [
        _Reader(
            p.id,
            p.filled_at is not None,
            Wish(
                PartnerKind(p.kind),
                frozenset(p.topics),
                p.since,
                p.until,
                p.region,
                frozenset(p.streams),
                body,
            ),
        )
        for p, body in session.execute(query.order_by(Partner.id))
        if p.address is not None
    ]
