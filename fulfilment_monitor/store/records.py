"""What a determination leaves: findings, the credit ledger of a body, measures, repairs."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.case_codes import Breach, Excuse, Stream, Violation
from ..domain.measures import MeasureState
from ..domain.records import EntryKind
from .base import Base, Id, one_of

_UNDECIDED = text("decided_at IS NULL")


class Finding(Base):
    """A determination, proposed by one person and approved by another."""

    __tablename__ = "finding"
    __table_args__ = (
        Index("ix_finding_claim_id", "claim_id"),
        Index(
            "uq_finding_one_proposed",
            "claim_id",
            unique=True,
            postgresql_where=_UNDECIDED,
            sqlite_where=_UNDECIDED,
        ),
        CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    breach: Mapped[str] = mapped_column(one_of(Breach, "breach"))
    violation: Mapped[str | None] = mapped_column(one_of(Violation, "violation"))
    article: Mapped[str] = mapped_column(String(400))
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    facts: Mapped[str] = mapped_column(String(4000))
    excuse: Mapped[str] = mapped_column(one_of(Excuse, "excuse"))
    #: 情节严重: opens the measures of 条例第二十六条.
    serious: Mapped[bool] = mapped_column(Boolean)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_on: Mapped[date]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_on: Mapped[date | None]
    decided_at: Mapped[datetime | None]
    approved: Mapped[bool | None] = mapped_column(Boolean)
    #: Why the proposal was declined.
    reason: Mapped[str | None] = mapped_column(String(4000))
    document_no: Mapped[str | None] = mapped_column(String(120))
    served_on: Mapped[date | None]
    remedies: Mapped[str | None] = mapped_column(String(4000))


class CreditEntry(Base):
    """One entry of a body's credit ledger; appended, corrections are entries."""

    __tablename__ = "credit_entry"
    __table_args__ = (
        Index("ix_credit_entry_body_id", "body_id"),
        Index("ix_credit_entry_about_id", "about_id"),
        Index("ix_credit_entry_source_no", "stream", "source_no"),
        CheckConstraint("(kind = 'listed') = (about_id IS NULL)", name="about_an_entry"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    stream: Mapped[str] = mapped_column(one_of(Stream, "stream"))
    kind: Mapped[str] = mapped_column(one_of(EntryKind, "kind"))
    #: The entry that this one corrects, repairs or ends; empty for the first of a record.
    about_id: Mapped[int | None] = mapped_column(ForeignKey("credit_entry.id"))
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"))
    finding_id: Mapped[int | None] = mapped_column(ForeignKey("finding.id"))
    #: The number in the list or court file it comes from.
    source_no: Mapped[str | None] = mapped_column(String(120))
    #: Court, list and version, creditor, document number …, by stream.
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    #: The day it has effect; `recorded_at` is when it was written down.
    effective_on: Mapped[date]
    reason: Mapped[str | None] = mapped_column(String(1000))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))


class Measure(Base):
    """A measure a record proposes, and what the body that would impose it answered."""

    __tablename__ = "measure"
    __table_args__ = (
        UniqueConstraint("entry_id", "code", "imposer_id"),
        Index("ix_measure_body_id", "body_id"),
        Index("ix_measure_imposer_id", "imposer_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    #: The record it rests on.
    entry_id: Mapped[int] = mapped_column(ForeignKey("credit_entry.id"))
    #: A code of the catalogue.
    code: Mapped[str] = mapped_column(String(60))
    #: On whom: a body, or for consequences of cities and counties a region.
    body_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    region: Mapped[str | None] = mapped_column(String(6))
    imposer_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    basis: Mapped[str] = mapped_column(String(400))
    state: Mapped[str] = mapped_column(one_of(MeasureState, "state"))
    proposed_on: Mapped[date]
    answered_on: Mapped[date | None]
    answered_by: Mapped[str | None] = mapped_column(String(120))
    #: Why it was declined.
    reason: Mapped[str | None] = mapped_column(String(1000))
    #: Text and place of a criticism, the organ somebody was handed over to; no names.
    details: Mapped[dict[str, Any]] = mapped_column(JSON)
    starts_on: Mapped[date | None]
    due_on: Mapped[date | None]
    #: When it has to end, because the record was repaired or ended; and by when to confirm.
    to_end_on: Mapped[date | None]
    confirm_by: Mapped[date | None]
    ended_on: Mapped[date | None]
    end_confirmed_by: Mapped[str | None] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(BigInteger)


class MeasurePerson(Base):
    """Who was handed over to be called to account; seen by the imposing body alone."""

    __tablename__ = "measure_person"
    __table_args__ = (Index("ix_measure_person_measure_id", "measure_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"))
    name: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))


class Repair(Base):
    """An application to repair a record, and its decision by two people."""

    __tablename__ = "repair"
    __table_args__ = (
        Index("ix_repair_entry_id", "entry_id"),
        CheckConstraint("decided_by IS NULL OR decided_by <> prepared_by", name="two_people"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("credit_entry.id"))
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    asked_by: Mapped[str] = mapped_column(String(120))
    ex_officio: Mapped[bool] = mapped_column(Boolean)
    evidence: Mapped[list[str]] = mapped_column(JSON)
    asked_on: Mapped[date]
    #: Who of the determining body looked into it; the decision is another's.
    prepared_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_on: Mapped[date | None]
    confirmed: Mapped[bool | None] = mapped_column(Boolean)
    #: The two confirmations of 三（六）, or why it was declined.
    corrected: Mapped[str | None] = mapped_column(String(4000))
    performed: Mapped[str | None] = mapped_column(String(4000))
    reason: Mapped[str | None] = mapped_column(String(4000))
