"""What becomes of a message on its way: states, what an answer means, when to try again.

A platform that is not available is tried for as long as it takes; a message that is refused five
times is put aside for a person. The receiver is told a version, and keeps the greatest.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple


class State(StrEnum):
    """Where a message for a partner stands."""

    #: It has to be sent, now or later.
    WAITING = "waiting"
    #: The partner took it in; its receipt is still to come.
    TAKEN = "taken"
    #: The partner holds it, and gave a receipt.
    ACKNOWLEDGED = "acknowledged"
    #: A later version says more: it is not sent any more.
    OVERTAKEN = "overtaken"
    #: Refused too often: a person has to look at it (dead letter).
    DEAD = "dead"


STATE_CHINESE = {
    State.WAITING: "待发送",
    State.TAKEN: "已接收、待回执",
    State.ACKNOWLEDGED: "已回执",
    State.OVERTAKEN: "已被新版本取代",
    State.DEAD: "死信",
}

#: So many refusals, and a message is a dead letter.
REFUSALS = 5
#: Answers that speak of the connection or the moment, not of the message: it is tried again.
_NOT_ITS_FAULT = frozenset({401, 403, 404, 407, 408, 425, 429})
_FIRST_SECONDS, _LONGEST_SECONDS = 60, 3600
_LONGEST_RECEIPT = 200


class Said(StrEnum):
    """What an answer means."""

    ACKNOWLEDGED = "acknowledged"
    TAKEN = "taken"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    #: Asked for a receipt: the partner does not know the message.
    UNKNOWN = "unknown"


class Answer(NamedTuple):
    """What came back from a partner, before anybody believes it."""

    #: The status of HTTP; None where nothing came back.
    status: int | None
    #: What its body said, if that was JSON and not too long.
    content: Any = None
    #: Why nothing came back, in a word of ours.
    fault: str | None = None


class Outcome(NamedTuple):
    said: Said
    status: int | None = None
    receipt: str | None = None
    fault: str | None = None


def read_answer(answer: Answer, ulid: str) -> Outcome:
    """What an answer to a message or package means; nothing in it is believed that cannot be.

    An id that is not the one that was sent, a receipt of another shape: no answer at all.

    >>> read_answer(Answer(200, {"id": "A", "receipt": "r-1"}), "A").said.value
    'acknowledged'
    >>> read_answer(Answer(202, {"id": "A"}), "A").said.value
    'taken'
    >>> read_answer(Answer(200, {"id": "B", "receipt": "r-1"}), "A").said.value
    'unavailable'
    """
    status, content = answer.status, answer.content
    if status is None:
        return Outcome(Said.UNAVAILABLE, None, None, answer.fault or "no-answer")
    if status in (200, 201, 202):
        return _taken(status, content, ulid)
    if 400 <= status < 500 and status not in _NOT_ITS_FAULT:
        return Outcome(Said.REFUSED, status, None, f"refused-{status}")
    return Outcome(Said.UNAVAILABLE, status, None, f"status-{status}")


def read_receipt(answer: Answer, ulid: str) -> Outcome:
    """What an answer to the question for a receipt means."""
    if answer.status == 404:
        return Outcome(Said.UNKNOWN, 404, None, "not-known-there")
    found = read_answer(answer, ulid)
    return found if found.said is not Said.REFUSED else found._replace(said=Said.UNAVAILABLE)


def _taken(status: int, content: Any, ulid: str) -> Outcome:
    if not isinstance(content, Mapping) or content.get("id") != ulid:
        return Outcome(Said.UNAVAILABLE, status, None, "answer-malformed")
    receipt = content.get("receipt")
    if receipt is None and status == 202:
        return Outcome(Said.TAKEN, status)
    fits = isinstance(receipt, str) and 0 < len(receipt) <= _LONGEST_RECEIPT
    if not fits or not str(receipt).isprintable():
        return Outcome(Said.UNAVAILABLE, status, None, "answer-malformed")
    return Outcome(Said.ACKNOWLEDGED, status, receipt)


def back_off(attempts: int, spread: float) -> timedelta:
    """How long to wait after so many attempts: a minute, twice that …, at most an hour.

    Args:
        spread: between 0 and 1, by chance, so that not all come back at once.

    >>> [int(back_off(n, 1.0).total_seconds()) for n in (1, 2, 3, 20)]
    [60, 120, 240, 3600]
    >>> int(back_off(1, 0.0).total_seconds())
    30
    """
    whole = min(_FIRST_SECONDS * 2 ** min(max(attempts, 1) - 1, 10), _LONGEST_SECONDS)
    return timedelta(seconds=whole / 2 + whole / 2 * spread)


def canonical(content: Any) -> bytes:
    """JSON with keys sorted and no spaces, UTF-8: the same bytes for the same content."""
    return json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def digest_of(content: Any) -> str:
    """SHA-256 of a content as canonical JSON, hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


def digest_of_day(held: Iterable[tuple[str, str]]) -> str:
    """What a day's messages are compared by: SHA-256 of the lines `id digest`, sorted.

    >>> digest_of_day([]) == hashlib.sha256(b"").hexdigest()
    True
    >>> digest_of_day([("B", "2"), ("A", "1")]) == digest_of_day([("A", "1"), ("B", "2")])
    True
    """
    lines = sorted(f"{ulid} {digest}".encode() for ulid, digest in held)
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


class Held(NamedTuple):
    """What a partner says it holds of a day."""

    number: int
    digest: str
    #: By id the digest; None where it did not list them.
    items: Mapping[str, str] | None


_HEX = frozenset("0123456789abcdef")
_MOST = 1_000_000


def read_held(content: Any) -> Held | None:
    """What a partner says it holds; None where that cannot be made out."""
    if not isinstance(content, Mapping):
        return None
    count, digest, items = content.get("count"), content.get("digest"), content.get("items")
    if type(count) is not int or not 0 <= count <= _MOST or not _is_digest(digest):
        return None
    if items is None:
        return Held(count, str(digest), None)
    if not isinstance(items, list):
        return None
    read: dict[str, str] = {}
    for item in items:
        if not isinstance(item, Mapping) or not _is_digest(item.get("digest")):
            return None
        ulid = item.get("id")
        if not isinstance(ulid, str) or len(ulid) > 40:
            return None
        read[ulid] = str(item["digest"])
    return Held(count, str(digest), read)


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and len(value) == 64 and set(value) <= _HEX
