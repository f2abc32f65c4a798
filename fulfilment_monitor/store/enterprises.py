"""What enterprises say outside a case: answers by link, contracts unregistered, contacts."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
)
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id


class SignedLink(Base):
    """Lets an enterprise without an account answer one statement, once, as it stands."""

    __tablename__ = "signed_link"
    __table_args__ = (Index("ix_signed_link_fact_id", "fact_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    fact_id: Mapped[int] = mapped_column(ForeignKey("fact.id"))
    #: How many answers the statement had when the link was made.
    version: Mapped[int]
    #: Keyed hashes of the secret in the link and of the code sent beside it.
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]
    #: Wrong codes so far.
    misses: Mapped[int]
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(120))


class EnterpriseContact(Base):
    """Where an enterprise is reached; sealed, and kept when another takes its place."""

    __tablename__ = "enterprise_contact"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    key_id: Mapped[str] = mapped_column(String(60))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(120))


class ContractNotice(Base):
    """A contract an enterprise says it has and no department registered; until one answers."""

    __tablename__ = "contract_notice"
    __table_args__ = (
        Index("ix_contract_notice_government_id", "government_id", "decided_at"),
        Index("ix_contract_notice_enterprise_id", "enterprise_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    government_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: As the enterprise wrote it, in the shape of a contract document.
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    stated_at: Mapped[datetime]
    stated_by: Mapped[str] = mapped_column(String(120))
    #: What the department made of it, or why it declined.
    contract_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id"))
    declined_because: Mapped[str | None] = mapped_column(String(1000))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(120))
