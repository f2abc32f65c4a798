"""Subscribers of webhooks, their secrets, and what each of them is told."""

from datetime import datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.webhooks import EventState, SubscriptionState
from .base import Base, Id, one_of

_WAITING, _DEAD = text("state = 'waiting'"), text("state = 'dead'")


class Subscription(Base):
    """Who is told what changed, approved by two; its row moves on, and never vanishes."""

    __tablename__ = "subscription"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    label: Mapped[str] = mapped_column(String(120))
    url: Mapped[str] = mapped_column(String(2048))
    #: Kinds of changes, as in the feed.
    kinds: Mapped[list[str]] = mapped_column(JSON)
    #: The body whose system it is, and which sees what a clerk of it would; empty: a platform.
    body_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(one_of(SubscriptionState, "state"))
    #: By kind up to which place of the feed its events have been written; and how many there are.
    places: Mapped[dict[str, int]] = mapped_column(JSON)
    sequence: Mapped[int] = mapped_column(BigInteger)
    #: When it is told again; until when whoever tells it has it, and as whom.
    next_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    claim: Mapped[str | None] = mapped_column(String(26))
    last_good_at: Mapped[datetime | None]
    last_fault: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(120))
    disabled_at: Mapped[datetime | None]
    disabled_by: Mapped[str | None] = mapped_column(String(120))


class WebhookSecret(Base):
    """A secret shared with a subscriber; sealed with a key of the vault, never in the clear."""

    __tablename__ = "webhook_secret"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"), index=True)
    key_id: Mapped[str] = mapped_column(String(60))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    #: When it stops signing; empty while it is the newest.
    expires_at: Mapped[datetime | None]


class WebhookEvent(Base):
    """A change as one subscriber is told it: the same words at every try."""

    __tablename__ = "webhook_event"
    __table_args__ = (
        UniqueConstraint("subscription_id", "sequence"),
        Index("ix_webhook_event_dead", "id", postgresql_where=_DEAD, sqlite_where=_DEAD),
        Index(
            "ix_webhook_event_waiting",
            "subscription_id",
            "sequence",
            postgresql_where=_WAITING,
            sqlite_where=_WAITING,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"))
    sequence: Mapped[int] = mapped_column(BigInteger)
    topic: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80))
    #: The CloudEvent.
    envelope: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(one_of(EventState, "state"))
    tries: Mapped[int]
    refusals: Mapped[int]
    written_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    #: The last answer: its status, and what was wrong in words of ours.
    status: Mapped[int | None]
    fault: Mapped[str | None] = mapped_column(String(120))
