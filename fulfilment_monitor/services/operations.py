"""How the service itself fares: sweeps, what waits to be sent, and sending something once more."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import Actor, Forbidden, Role
from ..domain.deliveries import State
from ..domain.errors import NotFound, NotOpen
from ..store.audit import AuditEntry
from ..store.exchange import OutboxMessage
from ..store.partners import Delivery
from ..store.sweeps import SweepRun
from . import audit


class Run(NamedTuple):
    """A sweep."""

    as_of: date
    started_at: datetime
    finished_at: datetime | None
    duties: int
    alerts: int
    leads: int


class Queue(NamedTuple):
    """What waits to be sent about one topic."""

    topic: str
    waiting: int
    oldest: datetime


class Letter(NamedTuple):
    """A message that was queued; what it says is not for administrators."""

    id: int
    topic: str
    key: str
    version: int
    queued_at: datetime
    sent_at: datetime | None


def runs(session: Session, *, by: Actor, limit: int) -> list[Run]:
    """The newest sweeps.

    Raises:
        Forbidden: this is no system administrator.
    """
    access.refuse(Action.JOB_RUN, by)
    query = select(SweepRun).order_by(SweepRun.id.desc()).limit(limit)
    return [
        Run(r.as_of, r.started_at, r.finished_at, r.duties, r.alerts, r.leads)
        for r in session.scalars(query)
    ]


def last_restore(session: Session, *, by: Actor) -> datetime | None:
    """When a backup was last put in the place of the database.

    Raises:
        Forbidden: this is no system administrator.
    """
    access.refuse(Action.JOB_RUN, by)
    query = select(func.max(AuditEntry.at)).where(AuditEntry.action == "database.restore")
    return session.scalar(query)


def queues(session: Session, *, by: Actor) -> list[Queue]:
    """What waits, by topic.

    Raises:
        Forbidden: this is no system administrator.
    """
    _refuse(by)
    query = (
        select(OutboxMessage.topic, func.count(), func.min(OutboxMessage.queued_at))
        .where(OutboxMessage.sent_at.is_(None))
        .group_by(OutboxMessage.topic)
        .order_by(OutboxMessage.topic)
    )
    return [Queue(*row) for row in session.execute(query)]


def letters(
    session: Session, *, by: Actor, topic: str | None = None, before: int | None = None, limit: int
) -> list[Letter]:
    """Messages, the newest first; never what they say.

    Raises:
        Forbidden: this is no system administrator.
    """
    _refuse(by)
    m = OutboxMessage
    query = select(m.id, m.topic, m.key, m.version, m.queued_at, m.sent_at)
    query = query.order_by(m.id.desc()).limit(limit)
    if topic:
        query = query.where(m.topic == topic)
    if before is not None:
        query = query.where(m.id < before)
    return [Letter(*row) for row in session.execute(query)]


def send_again(session: Session, message_id: int, *, by: Actor, now: datetime) -> None:
    """Let a message that was sent, and did not arrive, be sent with what waits.

    Whoever receives it knows it by topic, key and version, and takes it once.

    Raises:
        Forbidden: this is no system administrator.
        NotFound: there is no such message.
        NotOpen: it waits already.
    """
    _refuse(by)
    message = session.get(OutboxMessage, message_id, with_for_update=True)
    if message is None:
        raise NotFound(f"no message {message_id}")
    if message.sent_at is None:
        raise NotOpen("this message waits to be sent already")
    message.sent_at = None
    held = (State.TAKEN.value, State.ACKNOWLEDGED.value)
    again = update(Delivery).where(Delivery.message_id == message_id, Delivery.state.in_(held))
    session.execute(again.values(state=State.WAITING.value, next_at=now, acknowledged_at=None))
    said = {"topic": message.topic, "key": message.key, "version": message.version}
    audit.note(session, by, "message.replay", "message", str(message_id), said, now=now)


def _refuse(by: Actor) -> None:
    """Of the two who may replay, a credit lead needs a second person, and has no page here."""
    access.refuse(Action.DEAD_LETTERS, by)
    if not by.is_service and Role.SYSTEM_ADMIN not in by.roles:
        raise Forbidden("needs: system_admin")
