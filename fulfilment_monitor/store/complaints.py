"""Complaints: what came in by which channel, its receipt, and the vault of identities."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.case_codes import Breach, Origin
from .base import Base, Id, one_of


class Complaint(Base):
    """One message over one channel. Who sent it, and in what words, lies sealed in the vault."""

    __tablename__ = "complaint"
    __table_args__ = (
        UniqueConstraint("channel", "source_no"),
        Index("ix_complaint_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: The pseudonym under which the complainant is known everywhere else.
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    #: The case it is part of; another one after a merge or a split.
    case_id: Mapped[int] = mapped_column(ForeignKey("complaint_case.id"))
    channel: Mapped[str] = mapped_column(String(40))
    origin: Mapped[str] = mapped_column(one_of(Origin, "origin"))
    #: The keyed hash of the number it has on its channel, which lies in the vault (rows of earlier
    #: releases: the number itself); empty where the channel gives none.
    source_no: Mapped[str | None] = mapped_column(String(120))
    #: The enterprise that complains, where the register holds a contract of it with that body;
    #: empty for informants, and for whom only `declared` knows by a keyed hash.
    enterprise_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    confidential: Mapped[bool] = mapped_column(Boolean)
    refuses_contact: Mapped[bool] = mapped_column(Boolean)
    #: An authored summary that may be sent on; never the original words.
    summary: Mapped[str | None] = mapped_column(String(4000))
    #: Codes that were declared, see `domain.complaints.declared`; under `party` the keyed hash of
    #: the code of the enterprise that complains, where it is the party.
    declared: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: A keyed digest of what was sent, to know the same thing again.
    digest: Mapped[str] = mapped_column(String(64))
    received_on: Mapped[date]
    received_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))
    withdrawn_on: Mapped[date | None]
    #: When its own channel, and the complainant, were told the result.
    answered_at: Mapped[datetime | None]

    @property
    def is_party(self) -> bool:
        """Whether who complains says it is the party, and nothing on the register speaks against.

        Informants are owed an acknowledgement and nothing else.
        """
        return self.enterprise_id is not None or "party" in self.declared


def informs() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What holds of a complaint whose sender is not the party; both of it."""
    marked = Complaint.declared["party"].as_string()
    return Complaint.enterprise_id.is_(None), marked.is_(None)


class ComplaintClaim(Base):
    """What a complaint says about one claim."""

    __tablename__ = "complaint_claim"
    __table_args__ = (
        PrimaryKeyConstraint("complaint_id", "claim_id"),
        Index("ix_complaint_claim_claim_id", "claim_id"),
        CheckConstraint("claimed_fen > 0", name="claimed_positive"),
    )

    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    claimed_fen: Mapped[int | None] = mapped_column(BigInteger)
    breach: Mapped[str] = mapped_column(one_of(Breach, "breach"))
    joined_at: Mapped[datetime]


class Receipt(Base):
    """The keyed hash of a lookup code; the code itself is with the complainant alone."""

    __tablename__ = "receipt"
    __table_args__ = (Index("ix_receipt_complaint_id", "complaint_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    code_mac: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    key_id: Mapped[str] = mapped_column(String(40))
    made_at: Mapped[datetime]
    #: A new code was given out through the verified contact; this one answers no more.
    replaced_at: Mapped[datetime | None]


class VaultItem(Base):
    """What reveals a complainant, sealed; its key lies outside the database."""

    __tablename__ = "vault_item"
    __table_args__ = (UniqueConstraint("complaint_id", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    #: identity, contact, words, files …
    name: Mapped[str] = mapped_column(String(40))
    key_id: Mapped[str] = mapped_column(String(40))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    kept_at: Mapped[datetime]
    #: Erased at the complainant's request; only the row remains.
    erased_at: Mapped[datetime | None]


class VaultRequest(Base):
    """A request to see who complained: with a motive, approved by another person, used once."""

    __tablename__ = "vault_request"
    __table_args__ = (
        Index("ix_vault_request_complaint_id", "complaint_id"),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="another_person"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    items: Mapped[list[str]] = mapped_column(JSON)
    motive: Mapped[str] = mapped_column(String(1000))
    asked_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    approved: Mapped[bool | None] = mapped_column(Boolean)
    opened_at: Mapped[datetime | None]


class RetaliationWatch(Base):
    """Twelve months in which an enterprise that complained is looked after."""

    __tablename__ = "retaliation_watch"
    __table_args__ = (
        UniqueConstraint("complaint_id", "body_id"),
        Index("ix_retaliation_watch_enterprise_id", "enterprise_id", "body_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaint.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    from_on: Mapped[date]
    until_on: Mapped[date]


class RetaliationSign(Base):
    """Something done to a watched enterprise that may be retaliation; for the supervisor only."""

    __tablename__ = "retaliation_sign"
    __table_args__ = (UniqueConstraint("watch_id", "kind", "object"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    watch_id: Mapped[int] = mapped_column(ForeignKey("retaliation_watch.id"))
    kind: Mapped[str] = mapped_column(String(40))
    #: The ULID of the amendment, fact or contract that shows it.
    object: Mapped[str] = mapped_column(String(40))
    happened_on: Mapped[date]
    found_on: Mapped[date]
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
