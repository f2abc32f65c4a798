"""Other platforms: who they are, their keys, what was sent to each and what became of it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.deliveries import State
from ..domain.partners import Algorithm, PartnerKind
from .base import Base, Id, one_of

_WAITING = text("state = 'waiting'")
_TAKEN = text("state = 'taken'")
_DEAD = text("state = 'dead'")


class Partner(Base):
    """A platform we exchange with; its row moves on, and never vanishes."""

    __tablename__ = "partner"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(one_of(PartnerKind, "kind"))
    #: A URL, or `folder:NAME`; empty where nothing is sent to it.
    address: Mapped[str | None] = mapped_column(String(300))
    #: Records of this region and below; empty for all.
    region: Mapped[str] = mapped_column(String(6))
    #: The body whose system it is: it gets what is addressed to that body.
    body_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    #: The channel of complaints it is.
    channel: Mapped[str | None] = mapped_column(String(60))
    topics: Mapped[list[str]] = mapped_column(JSON)
    #: Of which streams records are sent; empty for all.
    streams: Mapped[list[str]] = mapped_column(JSON)
    #: The mapping its records are put into.
    mapping: Mapped[str | None] = mapped_column(String(60))
    #: Whether it gets a package each calendar day.
    daily: Mapped[bool]
    #: From which day's messages on, and the first day no more.
    since: Mapped[date]
    until: Mapped[date | None]
    registered_at: Mapped[datetime]
    registered_by: Mapped[str] = mapped_column(String(120))
    #: When what had been queued before it came was gathered for it.
    filled_at: Mapped[datetime | None]
    #: How often in a row it was not available, and until when it is left alone.
    failures: Mapped[int]
    rests_until: Mapped[datetime | None]
    last_good_at: Mapped[datetime | None]
    last_fault: Mapped[str | None] = mapped_column(String(200))


class PartnerKey(Base):
    """A key shared with a partner; sealed with a key of the vault, never in the clear."""

    __tablename__ = "partner_key"
    __table_args__ = (
        Index("ix_partner_key_partner_id", "partner_id"),
        CheckConstraint("(key_id IS NULL) = (sealed IS NULL)", name="sealed"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: Its public name: the `keyid` of signatures.
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    algorithm: Mapped[str] = mapped_column(one_of(Algorithm, "algorithm"))
    #: The key of ours it is sealed with; empty until it is fetched.
    key_id: Mapped[str | None] = mapped_column(String(60))
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    #: Networks it may be used from, as CIDR; empty for any.
    networks: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(120))
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(120))


class Delivery(Base):
    """A message for a partner: what leaves, how often it was tried, what the partner said."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("partner_id", "message_id"),
        Index("ix_delivery_message_id", "message_id"),
        Index("ix_delivery_record", "partner_id", "topic", "key", "version"),
        Index("ix_delivery_day", "partner_id", "day"),
        Index("ix_delivery_dead", "id", postgresql_where=_DEAD, sqlite_where=_DEAD),
        Index(
            "ix_delivery_waiting",
            "partner_id",
            "next_at",
            postgresql_where=_WAITING,
            sqlite_where=_WAITING,
        ),
        Index(
            "ix_delivery_taken",
            "partner_id",
            "next_at",
            postgresql_where=_TAKEN,
            sqlite_where=_TAKEN,
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: What the partner knows the message by, the same at every attempt.
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("outbox_message.id"))
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    topic: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(80))
    version: Mapped[int] = mapped_column(BigInteger)
    #: The Beijing day the message was queued; reconciliation goes by it.
    day: Mapped[date]
    queued_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(one_of(State, "state"))
    #: Why it waits, if not for its turn: a mapping that is not in force yet, a refusal.
    why: Mapped[str | None] = mapped_column(String(80))
    #: What is said to the partner, once it has been put into its form; and by which mapping.
    content: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    digest: Mapped[str | None] = mapped_column(String(64))
    mapping: Mapped[str | None] = mapped_column(String(80))
    attempts: Mapped[int]
    refusals: Mapped[int]
    next_at: Mapped[datetime]
    #: Until when whoever took it to send it holds it.
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    receipt: Mapped[str | None] = mapped_column(String(200))
    #: The last answer: its status, and what was wrong in words of ours.
    status: Mapped[int | None]
    fault: Mapped[str | None] = mapped_column(String(200))


class Package(Base):
    """The package of a calendar day for a partner; an empty one too."""

    __tablename__ = "package"
    __table_args__ = (UniqueConstraint("partner_id", "day"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    day: Mapped[date]
    state: Mapped[str] = mapped_column(one_of(State, "state"))
    why: Mapped[str | None] = mapped_column(String(80))
    #: As it was last sent.
    count: Mapped[int | None]
    digest: Mapped[str | None] = mapped_column(String(64))
    mapping: Mapped[str | None] = mapped_column(String(80))
    attempts: Mapped[int]
    refusals: Mapped[int]
    next_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    receipt: Mapped[str | None] = mapped_column(String(200))
    status: Mapped[int | None]
    fault: Mapped[str | None] = mapped_column(String(200))


class Reconciliation(Base):
    """What a partner held of a day when it was asked, beside what it should; appended only."""

    __tablename__ = "reconciliation"
    __table_args__ = (Index("ix_reconciliation_partner_id", "partner_id", "day"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partner.id"))
    day: Mapped[date]
    at: Mapped[datetime]
    our_count: Mapped[int]
    our_digest: Mapped[str] = mapped_column(String(64))
    their_count: Mapped[int]
    their_digest: Mapped[str] = mapped_column(String(64))
    agrees: Mapped[bool]
    #: Messages it did not hold, which are sent again; how many it holds that we do not know.
    missing: Mapped[list[str]] = mapped_column(JSON)
    unknown: Mapped[int]
