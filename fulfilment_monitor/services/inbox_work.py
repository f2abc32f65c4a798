"""Apply what lies in the inbox, by the same services as everything else, once.

Each message in a transaction of its own. Duplicates are told by the version of their item; an
older version never overwrites a newer one. What fails is tried five times and then laid aside;
the queue moves on.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from ..domain.audit import canonical
from ..domain.authority import Actor
from ..domain.channels import Channels
from ..domain.clocks import beijing_day
from ..domain.complaints import fingerprint
from ..domain.errors import Invalid, Refusal
from ..domain.inbox import (
    HOPELESS,
    InboxState,
    Item,
    OtherContent,
    OtherMatter,
    Outcome,
    matter_of,
    next_try,
    object_named,
    sealed_about,
)
from ..domain.secrets import Keyed, Purpose, Secrets
from ..store.complaints import Complaint
from ..store.inbox import ChannelItem, InboxMessage
from ..store.once import insert_once
from . import audit, exchange, intake
from .failpoints import Reach, nothing
from .inbox import actor_of, hashes
from .intake_versions import renew
from .office import Office

log = logging.getLogger(__name__)

#: Makes an item of a body: by its channel, form and version of the mapping.
Read = Callable[[str, str, str, bytes], Item]
#: Under which it is told that a message was laid aside.
DEAD_TOPIC = "inbox.dead"


class Desk(NamedTuple):
    """What applying works with."""

    sessions: sessionmaker[Session]
    read: Read
    channels: Channels
    secrets: Secrets
    office: Office
    now: Callable[[], datetime]
    today: date


class Worked(NamedTuple):
    """What became of messages."""

    applied: int = 0
    refused: int = 0
    dead: int = 0


def work(desk: Desk, *, limit: int = 1_000, reach: Reach = nothing) -> Worked:
    """Apply what is due, oldest first, each message in a transaction of its own."""
    done, after = Worked(), 0
    for _ in range(limit):
        with desk.sessions() as session:
            found = _due(session, desk.now(), after)
        if found is None:
            break
        after = found
        done = _counted(done, apply_one(desk, found, reach=reach))
    return done


def apply_now(desk: Desk, receipt: str, *, reach: Reach = nothing) -> InboxState:
    """Apply one message that has just been stored; whatever comes of it, it is not lost."""
    reach("inbox.after_store")
    with desk.sessions() as session:
        query = select(InboxMessage.id).where(InboxMessage.ulid == receipt)
        number = session.scalars(query).one()
    return apply_one(desk, number, reach=reach)


def apply_one(desk: Desk, number: int, *, reach: Reach = nothing) -> InboxState:
    """Apply a message if it waits and nobody else does; returns how it stands then.

    Raises:
        OperationalError: the database does not answer; that is nothing the message did.
    """
    try:
        with desk.sessions.begin() as session:
            message = _hold(session, number)
            if message is None:
                return InboxState.RECEIVED
            if message.state == InboxState.RECEIVED.value:
                _apply(session, message, desk)
                reach("inbox.before_commit")
            return InboxState(message.state)
    except OperationalError:
        raise
    except Exception as fault:  # whatever is in it, the queue moves on
        return _lay_aside(desk, number, fault)


def _counted(done: Worked, state: InboxState) -> Worked:
    name = {InboxState.APPLIED: "applied", InboxState.DEAD: "dead"}.get(state, "refused")
    return done._replace(**{name: getattr(done, name) + 1})


def _due(session: Session, now: datetime, after: int) -> int | None:
    """The next message that waits; each is looked at once in a round."""
    query = select(InboxMessage.id).where(
        InboxMessage.state == InboxState.RECEIVED.value,
        InboxMessage.next_at <= now,
        InboxMessage.id > after,
    )
    return session.scalar(query.order_by(InboxMessage.id).limit(1))


def _hold(session: Session, number: int) -> InboxMessage | None:
    """The message, for us alone; None while somebody else holds it."""
    query = select(InboxMessage).where(InboxMessage.id == number)
    return session.scalars(query.with_for_update(skip_locked=True)).one_or_none()


def _apply(session: Session, message: InboxMessage, desk: Desk) -> None:
    assert message.sealed is not None
    assert message.key_id is not None
    sealed = Keyed(message.key_id, bytes(message.sealed))
    body = desk.secrets.unseal(sealed, sealed_about(message.ulid))
    item = desk.read(message.channel, message.form, message.mapping, body)
    if item.message.received_on is None:  # it came when it was stored, whenever it is applied
        came = replace(item.message, received_on=beijing_day(message.received_at))
        item = item._replace(message=came)
    now, by = desk.now(), actor_of(message.channel)
    outcome, complaint_id = _take(session, item, message.channel, desk, by, now)
    message.state, message.outcome = InboxState.APPLIED.value, outcome.value
    message.complaint_id, message.applied_at, message.next_at = complaint_id, now, None
    message.attempts += 1
    message.error_code, message.errors = None, None
    message.key_id = message.sealed = None  # what counts of it lies in the vault now


def _take(
    session: Session, item: Item, channel: str, desk: Desk, by: Actor, now: datetime
) -> tuple[Outcome, int | None]:
    kept = _item(session, item, channel, desk.secrets, now)
    if kept is None:  # without a number there is nothing to tell versions of
        return _receive(session, item, desk, by, now)
    contents = [m.content for m in desk.secrets.macs(Purpose.DIGEST, _content(item))]
    if item.version < kept.version:
        return Outcome.SUPERSEDED, kept.complaint_id
    if item.version == kept.version:
        other = kept.digest is not None and bytes(kept.digest) not in contents
        if other and item.version:  # without versions nobody can tell which is newer
            raise OtherContent("send what has changed under a higher version")
        return Outcome.KNOWN, kept.complaint_id
    matters = [m.content for m in desk.secrets.macs(Purpose.DIGEST, matter_of(item.message))]
    if kept.complaint_id is None:
        outcome, kept.complaint_id = _receive(session, item, desk, by, now)
    else:
        if kept.matter is not None and bytes(kept.matter) not in matters:
            raise OtherMatter("report it under a number of its own")
        complaint = session.get_one(Complaint, kept.complaint_id)
        renew(session, complaint, item.message, desk.secrets, by=by, now=now)
        outcome = Outcome.RENEWED
    kept.version, kept.digest, kept.matter = item.version, contents[0], matters[0]
    kept.status, kept.updated_at = item.status, now
    kept.accepted_on, kept.accepted_by = item.accepted_on, item.accepted_by
    return outcome, kept.complaint_id


def _receive(
    session: Session, item: Item, desk: Desk, by: Actor, now: datetime
) -> tuple[Outcome, int]:
    done = intake.receive(
        session, item.message, channels=desk.channels, secrets=desk.secrets, by=by,
        office=desk.office, now=now, today=desk.today,
    )  # fmt: skip
    number = session.scalars(select(Complaint.id).where(Complaint.ulid == done.complaint)).one()
    return (Outcome.TAKEN if done.is_new else Outcome.KNOWN), number


def _item(
    session: Session, item: Item, channel: str, secrets: Secrets, now: datetime
) -> ChannelItem | None:
    """What is kept of an item, for us alone; made where nothing is."""
    number = item.message.source_no
    if number is None:
        return None
    names = hashes(secrets, object_named(channel, number))
    query = select(ChannelItem).where(
        ChannelItem.channel == channel, ChannelItem.object_key.in_(names)
    )
    again = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalars(again).first()
    if found is None:
        row = {"channel": channel, "object_key": names[0], "version": -1, "updated_at": now}
        insert_once(session, ChannelItem, [row], ChannelItem.object_key)
        found = session.scalars(again).one()
    return found


def _content(item: Item) -> bytes:
    """What the keyed hash of all that one version says is made of."""
    beside = canonical(
        {
            "status": item.status,
            "accepted_on": item.accepted_on,
            "accepted_by": item.accepted_by,
            "summary": item.message.summary,
        }
    )
    return b"inbox-item\x00" + fingerprint(item.message) + beside


# --- what fails -------------------------------------------------------------------------------


def _lay_aside(desk: Desk, number: int, fault: Exception) -> InboxState:
    """Note a try that failed; after the last, tell who looks after dead letters."""
    now = desk.now()
    code, errors = _told(fault)
    with desk.sessions.begin() as session:
        message = session.get_one(InboxMessage, number, with_for_update=True)
        if message.state != InboxState.RECEIVED.value:
            return InboxState(message.state)
        message.attempts += 1
        message.error_code, message.errors = code, errors
        message.next_at = None if isinstance(fault, HOPELESS) else next_try(message.attempts, now)
        if message.next_at is None:
            message.state = InboxState.DEAD.value
            _tell_dead(session, message, now)
        log.warning("inbox.refused", extra={"receipt": message.ulid, "code": code})
        return InboxState(message.state)


def _told(fault: Exception) -> tuple[str, list[dict[str, str]] | None]:
    """What may be kept of a fault: codes and places, nothing that was sent."""
    if isinstance(fault, Invalid):
        return fault.code, [{"pointer": i.pointer, "code": i.code} for i in fault.issues]
    if isinstance(fault, Refusal):
        return fault.code, None
    return f"internal.{type(fault).__name__}"[:80], None


def _tell_dead(session: Session, message: InboxMessage, now: datetime) -> None:
    said = {"channel": message.channel, "receipt": message.ulid, "code": message.error_code}
    by = actor_of(message.channel)
    audit.note(session, by, "inbox.dead", "inbox", message.ulid, said, now=now)
    exchange.enqueue_next(session, DEAD_TOPIC, {message.ulid: said}, now=now)
