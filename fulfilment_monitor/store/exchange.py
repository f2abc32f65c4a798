"""What we owe to other platforms and to our own sinks: the outbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id

_UNSENT = text("sent_at IS NULL")
_NOT_FANNED = text("fanned_at IS NULL")
_UNNUMBERED, _NUMBERED = text("feed_no IS NULL"), text("feed_no IS NOT NULL")


class OutboxMessage(Base):
    """Written in the transaction that made it true; claimed by status, never by number."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        UniqueConstraint("topic", "key", "version"),
        Index("ix_outbox_message_unsent", "id", postgresql_where=_UNSENT, sqlite_where=_UNSENT),
        # Most topics have no receiver: whoever gathers one topic must not walk past all others.
        Index(
            "ix_outbox_message_topic",
            "topic",
            "id",
            postgresql_where=_NOT_FANNED,
            sqlite_where=_NOT_FANNED,
        ),
        Index(
            "ix_outbox_message_unnumbered",
            "id",
            postgresql_where=_UNNUMBERED,
            sqlite_where=_UNNUMBERED,
        ),
        Index(
            "ix_outbox_message_feed",
            "topic",
            "feed_no",
            postgresql_where=_NUMBERED,
            sqlite_where=_NUMBERED,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))
    #: What it is about; later versions of one key overtake earlier ones.
    key: Mapped[str] = mapped_column(String(80))
    version: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    queued_at: Mapped[datetime]
    #: When whoever it is for had it, as far as anybody takes it.
    sent_at: Mapped[datetime | None]
    #: When a delivery had been made of it for each partner that gets it.
    fanned_at: Mapped[datetime | None]
    #: Its place among all that has been committed; given afterwards, see `services.feed`.
    feed_no: Mapped[int | None] = mapped_column(BigInteger)


class FeedHead(Base):
    """The last place that was given; whoever gives places holds this one row."""

    __tablename__ = "feed_head"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigInteger)
