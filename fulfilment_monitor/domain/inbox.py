"""What came in from another platform: how it is known again, how often it is tried, what it became.

Source: the table of faults a partner can cause: duplicates, reorders, replays, poison.
"""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from .audit import canonical
from .complaints import Message
from .errors import Issue, Refusal

#: After how many tries a message is laid aside.
MOST_TRIES = 5
_WAITS = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120))


class InboxState(StrEnum):
    #: Stored, and to be applied.
    RECEIVED = "received"
    APPLIED = "applied"
    #: Laid aside after too many tries; somebody looks, mends and replays.
    DEAD = "dead"


STATE_CHINESE = {
    InboxState.RECEIVED: "已收到，待处理",
    InboxState.APPLIED: "已处理",
    InboxState.DEAD: "无法处理，已移出队列",
}


class MessageKind(StrEnum):
    #: One item: a complaint, in one version.
    ITEM = "item"
    #: The cover of several, or of none: which day it is for, and how many.
    PACKAGE = "package"


class Outcome(StrEnum):
    """What a message became."""

    TAKEN = "taken"
    #: The same thing had come before, by whatever way.
    KNOWN = "known"
    #: A newer version of a complaint that is on file.
    RENEWED = "renewed"
    #: An older version than the one on file: acknowledged, and ignored.
    SUPERSEDED = "superseded"
    COVER = "cover"


class Item(NamedTuple):
    """What a mapping makes of one item of a channel."""

    message: Message
    #: Versions of one item grow; the same one again says the same.
    version: int = 0
    #: How it stands with the other side, in the codes of its mapping.
    status: str | None = None
    #: When, and by whom, the other side accepted it.
    accepted_on: date | None = None
    accepted_by: str | None = None


class Offer(NamedTuple):
    """One item of what a channel hands over, read far enough to know whether it can be kept."""

    #: Where it stands in what was handed over: a pointer, or a sheet and row.
    place: str
    #: What it is known by, unless the sender names the message itself.
    message_id: str
    body: bytes
    #: Why it is not taken; none where it is.
    issues: tuple[Issue, ...] = ()


class OtherBody(Refusal):
    """A message id names one body for ever."""

    code = "inbox.other-body"
    title = "This message id came with another body"
    status = 409


class OtherContent(Refusal):
    code = "inbox.other-content"
    title = "The same version of this item came with another content"
    status = 409


class OtherMatter(Refusal):
    """A newer version may say more of a complaint; it cannot make another one of it."""

    code = "inbox.other-matter"
    title = "The newer version is about another body, contract or item"
    status = 409


#: Refusals that no later try can change.
HOPELESS = (OtherContent, OtherMatter)


def next_try(tries: int, now: datetime) -> datetime | None:
    """When a message is tried again that has failed so often; None: never.

    >>> from datetime import UTC
    >>> next_try(1, datetime(2026, 1, 1, tzinfo=UTC)).minute, next_try(5, datetime.max)
    (1, None)
    """
    return None if tries >= MOST_TRIES else now + _WAITS[tries - 1]


# --- known again without being read -----------------------------------------------------------


def message_named(sender: str, channel: str, message_id: str) -> bytes:
    """What the keyed hash of a message id is made of."""
    return b"\x00".join([b"inbox", sender.encode(), channel.encode(), message_id.encode()])


def object_named(channel: str, number: str) -> bytes:
    """What the keyed hash of an item's number is made of."""
    return b"\x00".join([b"inbox-item", channel.encode(), number.encode()])


def body_said(body: bytes) -> bytes:
    """What the keyed hash of a body is made of."""
    return b"inbox-body\x00" + body


def sealed_about(ulid: str) -> bytes:
    """What a sealed body is bound to."""
    return b"inbox\x00" + ulid.encode()


def matter_of(message: Message) -> bytes:
    """What the keyed hash of whom and what an item is about is made of; no version changes it."""
    said = {
        "respondent": message.respondent._asdict(),
        "contract_no": message.contract_no or (message.described and message.described.contract_no),
        "items": [[i.obligation, i.matter, i.breach.value] for i in message.items],
        "complainant": message.complainant.code,
    }
    return b"inbox-matter\x00" + canonical(said)
