"""What we owe to other platforms and to our own sinks: the outbox."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id

_UNSENT = text("sent_at IS NULL")


class OutboxMessage(Base):
    """Written in the transaction that made it true; claimed by status, never by number."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        UniqueConstraint("topic", "key", "version"),
        Index("ix_outbox_message_unsent", "id", postgresql_where=_UNSENT, sqlite_where=_UNSENT),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))
    #: What it is about; later versions of one key overtake earlier ones.
    key: Mapped[str] = mapped_column(String(80))
    version: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    queued_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
