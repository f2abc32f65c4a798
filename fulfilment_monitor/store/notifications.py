"""What people are told: notifications, the digests that leave for them, where they are reached.

A row names an account or an enterprise, a matter by its own number, and no words of anybody.
"""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.alerts import Severity
from ..domain.notifications import OUTSIDE, About, Watch
from .base import Base, Id, one_of

_UNREAD = text("read_at IS NULL AND closed_at IS NULL")
_OPEN = text("closed_at IS NULL")
_WAITING = text("state = 'waiting'")
_ONE = "(account_id IS NULL) <> (enterprise_id IS NULL)"
#: How a digest stands.
STATES = ("waiting", "sent", "failed", "stopped", "no-address")


class Notification(Base):
    """One thing one recipient is told, once; it goes when it was read or is over for long."""

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("recipient", "event"),
        CheckConstraint(_ONE, name="one_recipient"),
        Index(
            "ix_notification_unread", "account_id", postgresql_where=_UNREAD, sqlite_where=_UNREAD
        ),
        Index("ix_notification_account_id", "account_id", "id"),
        Index(
            "ix_notification_open",
            "watch",
            "thing_id",
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: `account:NUMBER`, or `enterprise:NUMBER` for the contact of one.
    recipient: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    #: What makes it one and the same: the alert, or the topic and key of a message.
    event: Mapped[str] = mapped_column(String(160))
    #: The rule of an alert, or the topic.
    rule: Mapped[str] = mapped_column(String(60))
    severity: Mapped[str] = mapped_column(one_of(Severity, "severity"))
    about: Mapped[str] = mapped_column(one_of(About, "about"))
    #: What it leads to: a ULID or a reference; empty where a list says it.
    matter: Mapped[str | None] = mapped_column(String(80))
    #: How it is known that the matter is closed.
    watch: Mapped[str] = mapped_column(one_of(Watch, "watch"))
    thing_id: Mapped[int | None] = mapped_column(BigInteger)
    due_on: Mapped[date | None]
    raised_on: Mapped[date]
    at: Mapped[datetime]
    by_email: Mapped[bool] = mapped_column(Boolean)
    by_sms: Mapped[bool] = mapped_column(Boolean)
    #: The digests it went into.
    email_id: Mapped[int | None] = mapped_column(ForeignKey("notification_delivery.id"))
    sms_id: Mapped[int | None] = mapped_column(ForeignKey("notification_delivery.id"))
    read_at: Mapped[datetime | None]
    #: When its matter was closed, or it was found to be.
    closed_at: Mapped[datetime | None]


class NotificationDelivery(Base):
    """The digest of a day for one recipient by one way: that something waits, and how it fared."""

    __tablename__ = "notification_delivery"
    __table_args__ = (
        UniqueConstraint("recipient", "way", "day"),
        CheckConstraint(_ONE, name="one_recipient"),
        Index(
            "ix_notification_delivery_due",
            "next_at",
            postgresql_where=_WAITING,
            sqlite_where=_WAITING,
        ),
        Index("ix_notification_delivery_ended_at", "ended_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: What the gateway knows it by, the same at every attempt.
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    recipient: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    way: Mapped[str] = mapped_column(one_of(OUTSIDE, "way"))
    day: Mapped[date]
    state: Mapped[str] = mapped_column(one_of(STATES, "state"))
    attempts: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[datetime]
    #: Why the last attempt failed, as a code.
    fault: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class NotificationAddress(Base):
    """Where the holder of an account wants to be written to; sealed, one for each account."""

    __tablename__ = "notification_address"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id"), primary_key=True, autoincrement=False
    )
    key_id: Mapped[str] = mapped_column(String(60))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime]
