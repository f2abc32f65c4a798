"""Answers already given to requests that may come twice."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary, PrimaryKeyConstraint, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base


class Reply(Base):
    """What was answered to an `Idempotency-Key`; kept for thirty days."""

    __tablename__ = "reply"
    __table_args__ = (
        PrimaryKeyConstraint("principal", "key"),
        Index("ix_reply_expires_at", "expires_at"),
    )

    principal: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(120))
    #: Method, path and the digest of the body it was given for.
    request: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    location: Mapped[str | None] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
