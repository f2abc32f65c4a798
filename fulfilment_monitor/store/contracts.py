"""Contracts, what each party owes under them, and what the parties changed later."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.contracts import AmendmentKind, AmendmentReason, Field, Kind, Subject
from ..domain.parties import Ownership, Side, Size
from ..domain.statute import Unit
from .base import Base, Id, one_of


class Contract(Base):
    """The terms as first registered; never edited. Changes are amendments."""

    __tablename__ = "contract"
    __table_args__ = (
        UniqueConstraint("government_id", "contract_no"),
        Index("ix_contract_contract_no", "contract_no"),
        Index("ix_contract_enterprise_id", "enterprise_id"),
        Index("ix_contract_government_id", "government_id", "id"),
        Index("ix_contract_region", "region", "id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    contract_no: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200))
    field: Mapped[str] = mapped_column(one_of(Field, "field"))
    subject: Mapped[str] = mapped_column(one_of(Subject, "subject"))
    signed_on: Mapped[date]
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    region: Mapped[str] = mapped_column(String(6))
    government_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: As declared at signing; the law freezes both (条例 第三条).
    ownership: Mapped[str] = mapped_column(one_of(Ownership, "ownership"))
    size: Mapped[str] = mapped_column(one_of(Size, "size"))
    #: The whole document as registered, in canonical form.
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    registered_at: Mapped[datetime]
    registered_by: Mapped[str] = mapped_column(String(120))


class Obligation(Base):
    __tablename__ = "obligation"
    __table_args__ = (
        UniqueConstraint("contract_id", "key"),
        CheckConstraint("amount_fen > 0", name="amount_positive"),
        CheckConstraint("due_on IS NULL OR after_key IS NULL", name="one_way_to_a_date"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    key: Mapped[str] = mapped_column(String(80))
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(one_of(Kind, "kind"))
    title: Mapped[str] = mapped_column(String(200))
    obligor: Mapped[str] = mapped_column(one_of(Side, "obligor"))
    obligor_code: Mapped[str | None] = mapped_column(String(120))
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    due_on: Mapped[date | None]
    after_key: Mapped[str | None] = mapped_column(String(80))
    within_length: Mapped[int | None] = mapped_column(Integer)
    within_unit: Mapped[str | None] = mapped_column(one_of(Unit, "within_unit"))
    retention: Mapped[bool] = mapped_column(Boolean)
    other_law: Mapped[str | None] = mapped_column(String(200))
    added_on: Mapped[date | None]


class Amendment(Base):
    """A change both sides agreed to; appended, never edited."""

    __tablename__ = "amendment"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"), index=True)
    obligation_id: Mapped[int | None] = mapped_column(ForeignKey("obligation.id"))
    kind: Mapped[str] = mapped_column(one_of(AmendmentKind, "kind"))
    reason: Mapped[str] = mapped_column(one_of(AmendmentReason, "reason"))
    agreed_on: Mapped[date]
    due_on: Mapped[date | None]
    within_length: Mapped[int | None] = mapped_column(Integer)
    within_unit: Mapped[str | None] = mapped_column(one_of(Unit, "within_unit"))
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str | None] = mapped_column(String(500))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))
