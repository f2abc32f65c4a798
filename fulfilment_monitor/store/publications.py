"""What other registers published of their contracts (OCDS), as it came, and what it became here."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id


class Publication(Base):
    """One release of a contracting process, kept as it was published; appended, never edited."""

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("ocid", "digest"),
        Index("ix_publication_ocid", "ocid", "dated"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ocid: Mapped[str] = mapped_column(String(200))
    release_id: Mapped[str] = mapped_column(String(200))
    #: When the publisher says the information changed; empty when it does not say.
    dated: Mapped[datetime | None]
    tags: Mapped[str] = mapped_column(String(300))
    #: SHA-256 of the release in canonical form, hexadecimal.
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))


class PublishedContract(Base):
    """A contract of the register and its place in another register's publications."""

    __tablename__ = "published_contract"
    __table_args__ = (UniqueConstraint("ocid", "ocds_id"),)

    contract_id: Mapped[int] = mapped_column(
        Id, ForeignKey("contract.id"), primary_key=True, autoincrement=False
    )
    ocid: Mapped[str] = mapped_column(String(200))
    #: The identifier of the contract inside its contracting process.
    ocds_id: Mapped[str] = mapped_column(String(200))
    #: The contract as all releases known so far add up to it.
    compiled: Mapped[dict[str, Any]] = mapped_column(JSON)
    updated_at: Mapped[datetime]
