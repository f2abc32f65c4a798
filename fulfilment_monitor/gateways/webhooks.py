"""Tells subscribers what changed: several hands, each with one subscriber at a time.

No transaction is open while somebody is spoken to. A turn is short, so that of many subscribers
none waits for another to be told everything.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session, sessionmaker

from .. import clock
from ..domain.outward import AddressRefused
from ..domain.secrets import Secrets
from ..domain.webhooks import Said, headers, read_status
from ..services import feed, webhooks
from ..services.office import Office
from . import outward
from .outward import Allowed, Unreachable

#: So many subscribers are spoken to at once.
HANDS = 4
#: So many events of one subscriber in a turn; and no turn begins after so many seconds.
_TOGETHER, _SECONDS = 20, 50.0


class Told(NamedTuple):
    """What one round came to."""

    delivered: int
    failed: int


@dataclass
class _Round:
    """What the hands of one round share."""

    sessions: sessionmaker[Session]
    secrets: Secrets
    office: Office
    allow: Allowed
    now: Callable[[], datetime]
    today: date
    until: float
    done: set[int] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


def deliver(
    sessions: sessionmaker[Session],
    readers: sessionmaker[Session],
    secrets: Secrets,
    office: Office,
    allow: Allowed,
    *,
    now: Callable[[], datetime],
    today: date,
    hands: int = HANDS,
) -> Told:
    """Tell every subscriber whose time has come what waits for it, for about a minute at most.

    May run in several processes at once: a subscriber is held by one of them.
    """
    feed.catch_up(readers, sessions)
    with sessions.begin() as session:
        webhooks.forget(session, now())
    shared = _Round(sessions, secrets, office, allow, now, today, clock.monotonic() + _SECONDS)
    if hands == 1:
        return _work(shared)
    with ThreadPoolExecutor(hands, thread_name_prefix="webhooks") as pool:
        found = [future.result() for future in [pool.submit(_work, shared) for _ in range(hands)]]
    return Told(sum(t.delivered for t in found), sum(t.failed for t in found))


def _work(shared: _Round) -> Told:
    """One hand: a subscriber after another, until nobody is left to be told anything."""
    delivered = failed = 0
    while clock.monotonic() < shared.until:
        with shared.lock:
            done = set(shared.done)
        with shared.sessions.begin() as session:
            turn = webhooks.claim(session, shared.secrets, done=done, now=shared.now())
        if turn is None:
            break
        good, bad, more = _tell(shared, turn)
        delivered, failed = delivered + good, failed + bad
        if not more:
            with shared.lock:
                shared.done.add(turn.row)
        with shared.sessions.begin() as session:
            webhooks.release(session, turn)
    return Told(delivered, failed)


def _tell(shared: _Round, turn: webhooks.Turn) -> tuple[int, int, bool]:
    """A turn: how many were delivered, how many failed, and whether there may be more."""
    good = bad = 0
    for _ in range(_TOGETHER):
        with shared.sessions.begin() as session:
            waiting = webhooks.next_event(
                session, turn, shared.office, now=shared.now(), today=shared.today
            )
        if waiting is None:
            return good, bad, False
        status, fault = _speak(shared, turn, waiting)
        with shared.sessions.begin() as session:
            goes_on = webhooks.note(session, turn, waiting, status, fault, now=shared.now())
        delivered = read_status(status) is Said.DELIVERED
        good, bad = good + delivered, bad + (not delivered)
        if not goes_on:
            return good, bad, False
    return good, bad, True


def _speak(
    shared: _Round, turn: webhooks.Turn, waiting: webhooks.Waiting
) -> tuple[int | None, str]:
    body = waiting.envelope.encode()
    signed = headers(waiting.ulid, body, turn.secrets, shared.now())
    try:
        answer = outward.post(turn.url, body, signed, allow=shared.allow)
    except AddressRefused:
        return None, "address-refused"
    except Unreachable:
        return None, "no-answer"
    return answer.status, ""
