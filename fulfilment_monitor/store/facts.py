"""The ledger of facts: who said what happened when; appended, never edited."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.facts import Answer, FactKind, Source
from .base import Base, Id, one_of

_NAMED = text("ref IS NOT NULL")


class Fact(Base):
    """One statement. `on` is the day it happened, `recorded_at` when it was written down."""

    __tablename__ = "fact"
    __table_args__ = (
        Index("ix_fact_contract_id", "contract_id"),
        Index("ix_fact_ref", "ref", "source", postgresql_where=_NAMED, sqlite_where=_NAMED),
        UniqueConstraint("supersedes_id"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    #: Empty for a payment that named none.
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligation.id"))
    kind: Mapped[str] = mapped_column(one_of(FactKind, "kind"))
    happened_on: Mapped[date]
    #: Who says so.
    source: Mapped[str] = mapped_column(one_of(Source, "source"))
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    #: The number the source gave it; one source says a thing once, or corrects it.
    ref: Mapped[str | None] = mapped_column(String(120))
    note: Mapped[str | None] = mapped_column(String(500))
    #: Digests of the documents that prove it: [{"sha256": …, "name": …}].
    evidence: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)
    #: The statement this one corrects, which counts no longer but stays.
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("fact.id"))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))


class FactAnswer(Base):
    """What the other side said of a statement; the last answer holds."""

    __tablename__ = "fact_answer"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    fact_id: Mapped[int] = mapped_column(ForeignKey("fact.id"), index=True)
    answer: Mapped[str] = mapped_column(one_of(Answer, "answer"))
    source: Mapped[str] = mapped_column(one_of(Source, "source"))
    disputed_fen: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str | None] = mapped_column(String(500))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))
