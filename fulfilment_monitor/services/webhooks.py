"""What subscribers are told: each from its own place in the feed, one after another.

Written down first, in the words that every try repeats; then told one at a time, so that none
overtakes another. Whoever tells holds the subscriber for a while, and only that one: a slow one
stops nobody. What was tried too often is laid aside for a person, and the next is told.
"""

from datetime import date, datetime, timedelta
from random import SystemRandom
from typing import NamedTuple

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action, Reach
from ..domain.authority import Actor, Forbidden, operator
from ..domain.errors import NotFound, NotOpen
from ..domain.feed import Kind
from ..domain.secrets import Secrets
from ..domain.webhooks import (
    Event,
    EventState,
    Said,
    SubscriptionState,
    back_off,
    envelope,
    is_over,
    read_status,
)
from ..store.ids import new_ulid
from ..store.webhooks import Subscription, WebhookEvent
from . import audit, subscriptions
from .feed_readers import follow
from .office import Office

#: Longer than any request takes, several times over.
HELD = timedelta(minutes=1)
#: How long what was delivered is kept.
KEPT = timedelta(days=30)
#: So many events are written ahead of a subscriber.
_AHEAD = 100
_SERVICE = operator("webhooks")
_chance = SystemRandom()


class Turn(NamedTuple):
    """A subscriber that is held to be told."""

    row: int
    #: Whoever holds it; somebody else later, if this one takes too long.
    claim: str
    url: str
    secrets: list[bytes]


class Waiting(NamedTuple):
    """The event a subscriber is told next."""

    row: int
    ulid: str
    envelope: str


def claim(session: Session, secrets: Secrets, *, done: set[int], now: datetime) -> Turn | None:
    """Hold a subscriber whose time has come, whichever; None where there is none.

    Args:
        done: those that were told everything a moment ago.
    """
    s = Subscription
    query = (
        select(s)
        .where(
            s.state == SubscriptionState.ACTIVE.value,
            s.next_at <= now,
            or_(s.claimed_until.is_(None), s.claimed_until <= now),
            s.id.not_in(done),
        )
        .order_by(func.random())
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = session.scalars(query).one_or_none()
    if row is None:
        return None
    row.claim, row.claimed_until = new_ulid(now), now + HELD
    return Turn(row.id, row.claim, row.url, subscriptions.secrets_of(session, row, secrets, now))


def next_event(
    session: Session, turn: Turn, office: Office, *, now: datetime, today: date
) -> Waiting | None:
    """What the subscriber is told next; written down now, if it has to be. None: nothing."""
    row = _held(session, turn)
    if row is None:
        return None
    e = WebhookEvent
    query = (
        select(e)
        .where(e.subscription_id == row.id, e.state == EventState.WAITING.value)
        .order_by(e.sequence)
        .limit(1)
    )
    found = session.scalars(query).one_or_none()
    if found is None and _write(session, row, office, now, today):
        found = session.scalars(query).one()
    if found is None:
        return None
    row.claimed_until = now + HELD
    return Waiting(found.id, found.ulid, found.envelope)


def note(
    session: Session, turn: Turn, told: Waiting, status: int | None, fault: str, *, now: datetime
) -> bool:
    """What came of telling; whether the next event may be told at once.

    Args:
        status: of the answer; None where none came.
        fault: why none came, in words of ours.
    """
    row = _held(session, turn)
    event = session.get_one(WebhookEvent, told.row)
    if row is None or event.state != EventState.WAITING.value:
        return False  # somebody else was given it meanwhile
    said = read_status(status)
    event.tries += 1
    event.status, event.fault = status, None if said is Said.DELIVERED else _fault(status, fault)
    if said is Said.DELIVERED:
        event.state, event.delivered_at = EventState.DELIVERED.value, now
        row.last_good_at, row.last_fault, row.claimed_until = now, None, now + HELD
        return True
    row.last_fault = event.fault
    if said is Said.GONE:
        subscriptions.end(row, _SERVICE.name, now)
        audit.note(session, _SERVICE, "webhook.gone", "subscription", row.ulid, {}, now=now)
        return False
    event.refusals += said is Said.REFUSED
    if is_over(event.tries, event.refusals):
        event.state = EventState.DEAD.value
        told_of = {"event": event.ulid, "tries": event.tries, "fault": event.fault}
        audit.note(session, _SERVICE, "webhook.dead", "subscription", row.ulid, told_of, now=now)
        return True
    row.next_at = now + back_off(event.tries, _chance.random())
    return False


def is_anybody_told(session: Session) -> bool:
    """Whether there is a subscriber to tell anything."""
    active = Subscription.state == SubscriptionState.ACTIVE.value
    return session.scalar(select(Subscription.id).where(active).limit(1)) is not None


def release(session: Session, turn: Turn) -> None:
    """Let go of a subscriber."""
    row = _held(session, turn)
    if row is not None:
        row.claim = row.claimed_until = None


def forget(session: Session, now: datetime) -> int:
    """Delete what was delivered long ago; returns how many."""
    e = WebhookEvent
    old = delete(e).where(e.state == EventState.DELIVERED.value, e.delivered_at < now - KEPT)
    count: int = session.execute(old).rowcount  # type: ignore[attr-defined]
    return count


def _held(session: Session, turn: Turn) -> Subscription | None:
    query = (
        select(Subscription)
        .where(Subscription.id == turn.row, Subscription.claim == turn.claim)
        .with_for_update()
    )
    return session.scalars(query).one_or_none()


def _write(session: Session, row: Subscription, office: Office, now: datetime, today: date) -> bool:
    """Write down what changed since, kind by kind in its order; whether there was anything."""
    by, places, count = subscriptions.actor_of(row), dict(row.places), 0
    for kind in map(Kind, row.kinds):
        more = True
        while more and count < _AHEAD:
            found = follow(
                session, kind, places[kind.value], _AHEAD - count,
                descending=False, by=by, office=office, today=today,
            )  # fmt: skip
            for item in found.items:
                row.sequence += 1
                session.add(_event(row, item, now))
            places[kind.value], more = found.last, found.more
            count += len(found.items)
    if places != row.places:
        row.places = places
    session.flush()
    return count > 0


def _event(row: Subscription, item: dict[str, object], now: datetime) -> WebhookEvent:
    ulid = new_ulid(now)
    said = Event(
        ulid, row.sequence, str(item["kind"]), str(item["event"]), str(item["subject"]),
        datetime.fromisoformat(str(item["at"])), item["about"],  # type: ignore[arg-type]
    )  # fmt: skip
    return WebhookEvent(
        ulid=ulid,
        subscription_id=row.id,
        sequence=row.sequence,
        topic=said.topic,
        subject=said.subject,
        envelope=envelope(said),
        state=EventState.WAITING.value,
        tries=0,
        refusals=0,
        written_at=now,
    )


def _fault(status: int | None, fault: str) -> str:
    return fault[:120] if status is None else f"status {status}"


# --- what was laid aside ----------------------------------------------------------------------


class DeadLetter(NamedTuple):
    row: int
    ulid: str
    subscriber: str
    label: str
    topic: str
    subject: str
    tries: int
    fault: str | None
    written_at: datetime


def dead(
    session: Session, *, by: Actor, before: int | None = None, limit: int = 50
) -> list[DeadLetter]:
    """Events that were laid aside, newest first.

    Raises:
        Forbidden: this is no system administrator.
    """
    _refuse(by)
    e = WebhookEvent
    query = (
        select(e, Subscription.ulid, Subscription.label)
        .join(Subscription, Subscription.id == e.subscription_id)
        .where(e.state == EventState.DEAD.value)
        .order_by(e.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(e.id < before)
    return [
        DeadLetter(
            event.id, event.ulid, subscriber, label, event.topic, event.subject, event.tries,
            event.fault, event.written_at,
        )
        for event, subscriber, label in session.execute(query)
    ]  # fmt: skip


def replay(session: Session, ulid: str, *, by: Actor, now: datetime) -> None:
    """Tell an event again that was laid aside: the same words, with the next turn.

    Raises:
        Forbidden: this is no system administrator.
        NotFound: there is no such event.
        NotOpen: it was not laid aside.
    """
    _refuse(by)
    query = select(WebhookEvent).where(WebhookEvent.ulid == ulid).with_for_update()
    event = session.scalars(query).one_or_none()
    if event is None:
        raise NotFound(f"no event {ulid}")
    if event.state != EventState.DEAD.value:
        raise NotOpen("this event was not laid aside")
    event.state, event.tries, event.refusals = EventState.WAITING.value, 0, 0
    row = session.get_one(Subscription, event.subscription_id)
    row.next_at = min(row.next_at, now)
    said = {"event": ulid}
    audit.note(session, by, "webhook.replay", "subscription", row.ulid, said, now=now)


def _refuse(by: Actor) -> None:
    """Whoever sees to dead letters everywhere; a region has no subscribers."""
    if not access.refuse(Action.DEAD_LETTERS, by) & {Reach.FREE, Reach.ALL}:
        raise Forbidden("needs: system_admin", roles=["system_admin"])
