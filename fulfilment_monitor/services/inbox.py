"""The inbox: a message of another platform is stored before anything is made of it.

Stored in a transaction of its own, applied in another (`inbox_work`), so that nothing the inside
does can lose it. Its id makes it one; its body lies sealed, and only until it is applied. What
could not be applied is listed by codes and places, and replayed once mended.
"""

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import Actor, Forbidden, Role
from ..domain.errors import Issue, NotFound, NotOpen
from ..domain.inbox import (
    InboxState,
    MessageKind,
    Offer,
    OtherBody,
    Outcome,
    body_said,
    message_named,
    sealed_about,
)
from ..domain.secrets import Purpose, Secrets
from ..store.ids import new_ulid
from ..store.inbox import InboxMessage
from ..store.once import insert_once
from . import audit, exchange

#: Under which it is told that an id came with another body.
CLASH_TOPIC = "inbox.other-body"
_HASHED = "hmac:"


class Incoming(NamedTuple):
    """A message as a door hands it over."""

    channel: str
    #: `partner:…`, `key:…`, `drop` or `pull`: an id means nothing beside its sender.
    sender: str
    message_id: str
    form: str
    mapping: str
    body: bytes
    kind: MessageKind = MessageKind.ITEM
    covers_on: date | None = None
    items: int | None = None


class Stored(NamedTuple):
    receipt: str
    received_at: datetime
    is_new: bool


def store(session: Session, incoming: Incoming, secrets: Secrets, *, now: datetime) -> Stored:
    """Keep a message; the same one again is answered as the first time.

    Raises:
        OtherBody: its id came with another body; committed or not, nothing else was kept.
    """
    names = hashes(secrets, message_named(incoming.sender, incoming.channel, incoming.message_id))
    known = _stored(session, incoming, names)
    if known is None:
        row = _row(incoming, names[0], secrets, now)
        if insert_once(session, InboxMessage, [row], InboxMessage.ulid):
            return Stored(row["ulid"], now, is_new=True)
        known = _stored(session, incoming, names)
        assert known is not None  # somebody else was quicker
    bodies = [m.content for m in secrets.macs(Purpose.DIGEST, body_said(incoming.body))]
    if bytes(known.digest) not in bodies:
        raise OtherBody("this message id was used for another body; take a new id")
    return Stored(known.ulid, known.received_at, is_new=False)


class Handed(NamedTuple):
    """Several items handed over at once: a package, a file, a page of an answer."""

    #: What all of them have in common; id and body are each one's own.
    common: Incoming
    offers: list[Offer]
    #: Under which it counts as a package, if it does.
    cover: Incoming | None = None


class Taken(NamedTuple):
    """What became of several items handed over at once."""

    receipts: list[str]
    new: int
    #: At their places in what was handed over.
    refused: list[Issue]


def store_all(session: Session, handed: Handed, secrets: Secrets, *, now: datetime) -> Taken:
    """Keep every item that can be kept; one that cannot holds up no other."""
    taken = Taken([], 0, [])
    for offer in handed.offers:
        if offer.issues:
            taken.refused.extend(offer.issues)
            continue
        one = handed.common._replace(message_id=offer.message_id, body=offer.body)
        try:
            stored = store(session, one, secrets, now=now)
        except OtherBody as refused:
            taken.refused.append(Issue(offer.place, refused.code, str(refused)))
            continue
        taken.receipts.append(stored.receipt)
        taken = taken._replace(new=taken.new + stored.is_new)
    return taken


def hand_over(session: Session, handed: Handed, secrets: Secrets, *, now: datetime) -> Taken:
    """Keep the items, and that a package came; the same package again is known by its id.

    Raises:
        OtherBody: the id of the package came with another body.
    """
    if handed.cover is not None:
        store(session, handed.cover, secrets, now=now)
    return store_all(session, handed, secrets, now=now)


def note_clash(session: Session, incoming: Incoming, *, now: datetime) -> None:
    """Put on record, and tell, that an id came with another body; in a transaction of its own."""
    said = {"channel": incoming.channel, "sender": incoming.sender}
    by = actor_of(incoming.channel)
    audit.note(session, by, "inbox.other-body", "channel", incoming.channel, said, now=now)
    key = f"{incoming.channel}:{now.date().isoformat()}"
    exchange.enqueue(session, [exchange.Message(CLASH_TOPIC, key, 1, said)], now=now)


def _stored(session: Session, incoming: Incoming, names: list[str]) -> InboxMessage | None:
    query = select(InboxMessage).where(
        InboxMessage.sender == incoming.sender,
        InboxMessage.channel == incoming.channel,
        InboxMessage.message_key.in_(names),
    )
    return session.scalars(query.order_by(InboxMessage.id).limit(1)).one_or_none()


def _row(incoming: Incoming, name: str, secrets: Secrets, now: datetime) -> dict[str, Any]:
    """A package is a cover: there is nothing in it to be applied, nor to be kept."""
    ulid, cover = new_ulid(now), incoming.kind is MessageKind.PACKAGE
    sealed = None if cover else secrets.seal(incoming.body, sealed_about(ulid))
    return {
        "ulid": ulid,
        "channel": incoming.channel,
        "sender": incoming.sender,
        "message_key": name,
        "kind": incoming.kind.value,
        "form": incoming.form,
        "mapping": incoming.mapping,
        "digest": secrets.mac(Purpose.DIGEST, body_said(incoming.body)).content,
        "key_id": sealed and sealed.key_id,
        "sealed": sealed and sealed.content,
        "state": (InboxState.APPLIED if cover else InboxState.RECEIVED).value,
        "outcome": Outcome.COVER.value if cover else None,
        "attempts": 0,
        "next_at": None if cover else now,
        "covers_on": incoming.covers_on,
        "items": incoming.items,
        "received_at": now,
        "applied_at": now if cover else None,
    }


def hashes(secrets: Secrets, said: bytes) -> list[str]:
    """Under which names something may lie; the first is the one it is kept under."""
    return [_HASHED + m.content.hex() for m in secrets.macs(Purpose.DIGEST, said)]


def actor_of(channel: str) -> Actor:
    return Actor(f"channel:{channel}", roles=frozenset({Role.SYSTEM}))


# --- what was laid aside ----------------------------------------------------------------------


class DeadLetter(NamedTuple):
    receipt: str
    channel: str
    sender: str
    mapping: str
    attempts: int
    code: str
    #: Places in the sender's document, each with a code.
    errors: list[dict[str, Any]]
    received_at: datetime


def dead(
    session: Session, *, by: Actor, channel: str | None = None, limit: int = 200
) -> list[DeadLetter]:
    """What was laid aside, oldest first.

    Raises:
        Forbidden: this is no system administrator.
    """
    _refuse(by)
    query = select(InboxMessage).where(InboxMessage.state == InboxState.DEAD.value)
    if channel is not None:
        query = query.where(InboxMessage.channel == channel)
    return [
        DeadLetter(
            m.ulid, m.channel, m.sender, m.mapping, m.attempts, m.error_code or "", m.errors or [],
            m.received_at,
        )
        for m in session.scalars(query.order_by(InboxMessage.id).limit(limit))
    ]  # fmt: skip


def replay(session: Session, receipt: str, *, by: Actor, now: datetime) -> None:
    """Put a message back into the queue, with all its tries before it.

    Raises:
        Forbidden: this is no system administrator.
        NotFound: there is no such message.
        NotOpen: it is not dead.
    """
    _refuse(by)
    query = select(InboxMessage).where(InboxMessage.ulid == receipt).with_for_update()
    message = session.scalars(query).one_or_none()
    if message is None:
        raise NotFound(f"no message {receipt[:40]}")
    if message.state != InboxState.DEAD.value:
        raise NotOpen("this message waits, or has been applied")
    message.state, message.attempts, message.next_at = InboxState.RECEIVED.value, 0, now
    said = {"channel": message.channel, "code": message.error_code}
    audit.note(session, by, "inbox.replay", "inbox", receipt, said, now=now)


def _refuse(by: Actor) -> None:
    """Of the two who may replay, a credit lead needs a second person, and has no page here."""
    access.refuse(Action.DEAD_LETTERS, by)
    if not by.is_service and Role.SYSTEM_ADMIN not in by.roles:
        raise Forbidden("needs: system_admin")
