"""How the exchange with others stands, as numbers: what waits for whom, and what lies aside."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ..domain.deliveries import State
from ..domain.inbox import InboxState
from ..domain.metrics import Sample, sample
from ..domain.webhooks import EventState
from ..store.inbox import InboxMessage
from ..store.partners import Delivery, Partner
from ..store.webhooks import WebhookEvent
from . import queue

#: Of each queue, the column that says what lies aside, and the code for it.
_DEAD: dict[str, tuple[InstrumentedAttribute[str], str]] = {
    "delivery": (Delivery.state, State.DEAD.value),
    "inbox": (InboxMessage.state, InboxState.DEAD.value),
    "webhook": (WebhookEvent.state, EventState.DEAD.value),
}


def gauges(session: Session, *, now: datetime) -> list[Sample]:
    """What waits for partners and subscribers, what came in and waits, dead letters, jobs."""
    found = [
        sample("fm_dead_letters", _count(session, state, dead), queue=name)
        for name, (state, dead) in _DEAD.items()
    ]
    waits = (
        select(Partner.code, Delivery.topic, func.min(Delivery.queued_at))
        .join(Partner, Partner.id == Delivery.partner_id)
        .where(Delivery.state == State.WAITING.value)
        .group_by(Partner.code, Delivery.topic)
        .order_by(Partner.code, Delivery.topic)
    )
    for partner, topic, since in session.execute(waits):
        age = _age(since, now)
        found.append(sample("fm_partner_oldest_seconds", age, partner=partner, topic=topic))
    came = select(func.min(InboxMessage.received_at)).where(
        InboxMessage.state == InboxState.RECEIVED.value
    )
    told = select(func.min(WebhookEvent.written_at)).where(
        WebhookEvent.state == EventState.WAITING.value
    )
    return [
        *found,
        sample("fm_inbox_oldest_seconds", _age(session.scalar(came), now)),
        sample("fm_webhook_oldest_seconds", _age(session.scalar(told), now)),
        sample("fm_jobs", queue.count_jobs(session)),
    ]


def _count(session: Session, state: Any, code: str) -> int:
    return session.scalar(select(func.count()).where(state == code)) or 0


def _age(since: datetime | None, now: datetime) -> float:
    """Seconds; none where nothing waits."""
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
