"""What a sender is told of a message: how far it is, and how the item it became stands."""

from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.errors import NotFound
from ..domain.inbox import STATE_CHINESE, InboxState
from ..domain.secrets import Secrets
from ..store.complaints import Complaint
from ..store.inbox import InboxMessage
from . import channel_replies


class Standing(NamedTuple):
    """A message as its own sender may know it."""

    receipt: str
    channel: str
    form: str
    mapping: str
    received_at: str
    state: str
    state_label: str
    outcome: str | None
    #: Codes and places in the sender's document.
    errors: list[dict[str, Any]]
    #: What is said of each claim it is about, under the sender's number.
    told: list[dict[str, Any]]


def standing(
    session: Session, sender: str, channel: str, receipt: str, secrets: Secrets
) -> Standing:
    """How a message of this sender stands.

    Raises:
        NotFound: alike where there is none and where it is somebody else's.
    """
    query = select(InboxMessage).where(
        InboxMessage.ulid == receipt,
        InboxMessage.sender == sender,
        InboxMessage.channel == channel,
    )
    message = session.scalars(query).one_or_none()
    if message is None:
        raise NotFound(f"no message {receipt[:40]}")
    return of_message(session, message, secrets)


def of_message(session: Session, message: InboxMessage, secrets: Secrets) -> Standing:
    """What is told of a message."""
    state = InboxState(message.state)
    errors = list(message.errors or [])
    if message.error_code is not None and not errors:
        errors = [{"pointer": "", "code": message.error_code}]
    told: list[dict[str, Any]] = []
    if message.complaint_id is not None:
        complaint = session.get_one(Complaint, message.complaint_id)
        said = channel_replies.standing(session, complaint)
        told = [channel_replies.addressed(session, s, secrets) for s in said]
    return Standing(
        message.ulid, message.channel, message.form, message.mapping,
        message.received_at.isoformat(), state.value, STATE_CHINESE[state], message.outcome,
        errors, told,
    )  # fmt: skip
