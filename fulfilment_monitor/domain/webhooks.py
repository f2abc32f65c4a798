"""Webhooks: what changed, told to subscribers as CloudEvents in Standard Webhooks envelopes.

Sources: CloudEvents 1.0 (structured mode, JSON); Standard Webhooks 1.0 (symmetric signatures, v1).
"""

import base64
import hmac
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

SECRET_PREFIX = "whsec_"  # noqa: S105 — what every secret begins with
SECRET_BYTES = 32
#: So long the old secret signs beside the new one.
OVERLAP = timedelta(days=14)
CONTENT_TYPE = "application/cloudevents+json"
#: What begins the type of every event; no name of the domain system, because none is ours.
TYPE_PREFIX = "fulfilment-monitor."

#: So often an event is tried while its subscriber is not available: for at least eight days.
MOST_TRIES = 60
#: So many refusals, and it is a dead letter.
MOST_REFUSALS = 5
_FIRST_SECONDS, _LONGEST_SECONDS = 60, 8 * 3600
#: Of the answers below 500, those that say nothing about the event.
_NOT_ITS_FAULT = frozenset({401, 403, 404, 407, 408, 425, 429})
_GONE = 410


class SubscriptionState(StrEnum):
    #: Approved; its secret has not been fetched.
    WAITING = "waiting"
    ACTIVE = "active"
    #: Told nothing more, by hand or because it said it is gone.
    DISABLED = "disabled"


class EventState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    #: Tried too often: a person has to look at it (dead letter).
    DEAD = "dead"


class Said(StrEnum):
    """What an answer to an event means."""

    DELIVERED = "delivered"
    UNAVAILABLE = "unavailable"
    REFUSED = "refused"
    #: The subscriber wants nothing more (410).
    GONE = "gone"


def read_status(status: int | None) -> Said:
    """What an answer means; None where none came.

    >>> [read_status(s).value for s in (204, 302, 400, 404, 410, 503, None)]
    ['delivered', 'unavailable', 'refused', 'unavailable', 'gone', 'unavailable', 'unavailable']
    """
    if status is None:
        return Said.UNAVAILABLE
    if 200 <= status < 300:
        return Said.DELIVERED
    if status == _GONE:
        return Said.GONE
    refused = 400 <= status < 500 and status not in _NOT_ITS_FAULT
    return Said.REFUSED if refused else Said.UNAVAILABLE


def back_off(tries: int, spread: float) -> timedelta:
    """How long to wait after so many tries: a minute, twice that …, at most eight hours.

    Args:
        spread: between 0 and 1, by chance, so that not all come back at once.

    >>> [str(back_off(n, 1.0)) for n in (1, 2, 10, 60)]
    ['0:01:00', '0:02:00', '8:00:00', '8:00:00']
    >>> str(back_off(1, 0.0))
    '0:00:30'
    """
    whole = min(_FIRST_SECONDS * 2 ** min(max(tries, 1) - 1, 20), _LONGEST_SECONDS)
    return timedelta(seconds=whole / 2 + whole / 2 * spread)


def is_over(tries: int, refusals: int) -> bool:
    """Whether an event that was tried so often, and refused so often, is a dead letter."""
    return tries >= MOST_TRIES or refusals >= MOST_REFUSALS


class Event(NamedTuple):
    """What changed, for one subscriber."""

    #: The same at every try; events are known again by it.
    id: str
    #: 1, 2, 3 … of this subscriber: none is missing.
    sequence: int
    kind: str
    topic: str
    subject: str
    at: datetime
    about: Mapping[str, Any]


def envelope(event: Event) -> str:
    """The CloudEvent of an event: the same characters at every try.

    >>> from datetime import UTC
    >>> said = Event("01J", 7, "leads", "lead.opened", "01K", datetime(2026, 1, 12, tzinfo=UTC), {})
    >>> json.loads(envelope(said))["type"]
    'fulfilment-monitor.lead.opened'
    """
    said = {
        "specversion": "1.0",
        "id": event.id,
        "source": f"/api/v1/feed/{event.kind}",
        "type": TYPE_PREFIX + event.topic,
        "subject": event.subject,
        "time": event.at.isoformat(),
        "sequence": f"{event.sequence:012d}",
        "datacontenttype": "application/json",
        "data": event.about,
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def headers(ident: str, body: bytes, secrets: Iterable[bytes], now: datetime) -> dict[str, str]:
    """The headers of an envelope, signed with every secret that counts.

    >>> from datetime import UTC
    >>> secret = read_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> at = datetime.fromtimestamp(1614265330, UTC)
    >>> signed = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', [secret], at)
    >>> signed["Webhook-Signature"]
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    at = str(int(now.timestamp()))
    signed = f"{ident}.{at}.".encode() + body
    macs = (base64.b64encode(hmac.digest(s, signed, "sha256")).decode() for s in secrets)
    return {
        "Content-Type": CONTENT_TYPE,
        "Webhook-Id": ident,
        "Webhook-Timestamp": at,
        "Webhook-Signature": " ".join(f"v1,{mac}" for mac in macs),
    }


def show_secret(secret: bytes) -> str:
    """A secret as its subscriber is told it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def read_secret(text: str) -> bytes:
    """A secret out of what its subscriber was told."""
    return base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
