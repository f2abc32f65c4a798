"""Accounts, what they sign in with, the sessions they open, and keys of other platforms."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id


class Account(Base):
    """Who may sign in: a person of the register, or somebody for an enterprise; never both."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (enterprise_id IS NULL)", name="one_side"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    #: What one signs in as; of staff, the person's handle.
    handle: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), unique=True)
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    #: Whether it may open and close accounts of the same enterprise.
    leads: Mapped[bool]
    #: Argon2id, with its parameters and salt; empty until the first sign-in.
    password_hash: Mapped[str | None] = mapped_column(String(300))
    password_at: Mapped[datetime | None]
    #: The seed of the second factor, sealed; and the last step a code was used of.
    totp_key: Mapped[str | None] = mapped_column(String(60))
    totp_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_step: Mapped[int] = mapped_column(BigInteger)
    #: The keyed hash of a one-time code that lets its holder set a password.
    code_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    disabled_by: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(120))


class AccountSubject(Base):
    """Whom another service that vouches for people (OIDC) knows the holder of an account as."""

    __tablename__ = "account_subject"
    __table_args__ = (
        Index("ix_account_subject_account_id", "account_id"),
        Index(
            "uq_account_subject_live",
            "subject_hash",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            sqlite_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    #: A digest of issuer and subject: the name itself is not kept.
    subject_hash: Mapped[bytes] = mapped_column(LargeBinary)
    bound_at: Mapped[datetime]
    bound_by: Mapped[str] = mapped_column(String(120))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(120))


class FormerPassword(Base):
    """A hash a password had before the one that counts; only looked at, where a profile asks."""

    __tablename__ = "former_password"
    __table_args__ = (Index("ix_former_password_account_id", "account_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    password_hash: Mapped[str] = mapped_column(String(300))
    replaced_at: Mapped[datetime]


class RecoveryCode(Base):
    """Stands in for a lost second factor, once."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    used_at: Mapped[datetime | None]


class WebSession(Base):
    """A session of the pages; only the hash of its token is known."""

    __tablename__ = "web_session"
    __table_args__ = (Index("ix_web_session_account_id", "account_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    #: The body acted for, of those the person has posts in.
    body_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    #: The prefix of the network it was opened from.
    network: Mapped[str] = mapped_column(String(60))
    opened_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    #: When the second factor was last given.
    stepped_up_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_why: Mapped[str | None] = mapped_column(String(40))


class RateBucket(Base):
    """How often something was tried of late, and until when it rests."""

    __tablename__ = "rate_bucket"

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    since: Mapped[datetime]
    count: Mapped[int]
    until: Mapped[datetime | None]


class ApiKey(Base):
    """With what another platform, or a department's own system, calls; its token is never kept."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    label: Mapped[str] = mapped_column(String(120))
    #: The body whose system it is; its calls see what a clerk of that body sees.
    body_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    #: Networks it may be used from, as CIDR; empty for any.
    networks: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(120))
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(120))


class Approval(Base):
    """An act that needs a second person: asked for by one, decided by another."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> asked_by_id", name="two_people"),
        CheckConstraint("(decided_at IS NULL) = (granted IS NULL)", name="decided"),
        Index("ix_approval_act", "act", "decided_at"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    #: What is to be done, and its arguments; the one who approves sees both.
    act: Mapped[str] = mapped_column(String(60))
    asked: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str] = mapped_column(String(1000))
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(120))
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    granted: Mapped[bool | None]
    answer: Mapped[str | None] = mapped_column(String(1000))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(120))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
