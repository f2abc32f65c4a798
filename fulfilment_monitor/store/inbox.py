"""What came in from other platforms: the inbox, the newest version of each item, used nonces."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.inbox import InboxState, MessageKind, Outcome
from .base import Base, Id, one_of

_WAITING, _DEAD = text("state = 'received'"), text("state = 'dead'")


class InboxMessage(Base):
    """Stored before anything is made of it; its body lies sealed, and only until it is applied.

    What a sender calls a message, and the number it gives an item, are kept as keyed hashes.
    """

    __tablename__ = "inbox_message"
    __table_args__ = (
        UniqueConstraint("sender", "channel", "message_key"),
        Index("ix_inbox_message_due", "next_at", postgresql_where=_WAITING, sqlite_where=_WAITING),
        Index("ix_inbox_message_channel", "channel", "received_at"),
        Index("ix_inbox_message_dead", "id", postgresql_where=_DEAD, sqlite_where=_DEAD),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: Our receipt.
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    channel: Mapped[str] = mapped_column(String(40))
    #: `partner:…`, `key:…`, `drop` or `pull`.
    sender: Mapped[str] = mapped_column(String(120))
    message_key: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(one_of(MessageKind, "kind"))
    #: In which form it came, and by which version of the mapping it is read.
    form: Mapped[str] = mapped_column(String(20))
    mapping: Mapped[str] = mapped_column(String(40))
    #: The keyed hash of the body.
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    key_id: Mapped[str | None] = mapped_column(String(40))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    state: Mapped[str] = mapped_column(one_of(InboxState, "state"))
    outcome: Mapped[str | None] = mapped_column(one_of(Outcome, "outcome"))
    attempts: Mapped[int]
    next_at: Mapped[datetime | None]
    error_code: Mapped[str | None] = mapped_column(String(80))
    #: Places and codes of faults; never what was sent.
    errors: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"))
    #: Of a package: the day it is for, and how many items lay in it.
    covers_on: Mapped[date | None]
    items: Mapped[int | None]
    received_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


class ChannelItem(Base):
    """An item of a channel in the newest version that came."""

    __tablename__ = "channel_item"
    __table_args__ = (
        PrimaryKeyConstraint("channel", "object_key"),
        Index("ix_channel_item_complaint_id", "complaint_id"),
    )

    channel: Mapped[str] = mapped_column(String(40))
    #: The keyed hash of its number.
    object_key: Mapped[str] = mapped_column(String(80))
    #: -1 while nothing has been made of it.
    version: Mapped[int] = mapped_column(BigInteger)
    #: The keyed hash of the newest content, and of whom and what it is about.
    digest: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    matter: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    #: How it stands on the other side, in the codes of its mapping.
    status: Mapped[str | None] = mapped_column(String(80))
    accepted_on: Mapped[date | None]
    #: The body that accepted it there.
    accepted_by: Mapped[str | None] = mapped_column(String(200))
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaint.id"))
    updated_at: Mapped[datetime]


class Nonce(Base):
    """What a signed request carries once."""

    __tablename__ = "nonce"
    __table_args__ = (
        PrimaryKeyConstraint("key", "nonce"),
        Index("ix_nonce_expires_at", "expires_at"),
    )

    key: Mapped[str] = mapped_column(String(120))
    nonce: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime]
