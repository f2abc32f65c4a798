"""Leads (线索): unverified signs of a breach, with the evidence of the day they were raised."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.leads import LeadState
from .base import Base, Id, one_of

_OPEN = text("state = 'open'")


class Lead(Base):
    __tablename__ = "lead"
    __table_args__ = (
        UniqueConstraint("obligation_id", "rule", "episode"),
        Index(
            "uq_lead_one_open",
            "obligation_id",
            "rule",
            unique=True,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
        Index("ix_lead_contract_id", "contract_id"),
        CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name="closed_with_day"),
        CheckConstraint("(state = 'closed') = (closed_why IS NOT NULL)", name="closed_with_reason"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"))
    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id"))
    rule: Mapped[str] = mapped_column(String(60))
    #: The due date that was missed.
    breached_on: Mapped[date]
    #: 1 for the first breach; a new breach after a cure is a new episode.
    episode: Mapped[int] = mapped_column(Integer)
    raised_on: Mapped[date]
    raised_at: Mapped[datetime]
    outstanding_fen: Mapped[int | None] = mapped_column(BigInteger)
    interest_fen: Mapped[int | None] = mapped_column(BigInteger)
    #: The body that answers for it on the day it was raised.
    respondent_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(one_of(LeadState, "state"))
    closed_on: Mapped[date | None]
    closed_why: Mapped[str | None] = mapped_column(String(40))
    #: Frozen when raised: obligation, rule and version, facts, reasoning, amounts, alerts sent.
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    run_id: Mapped[int] = mapped_column(Integer)
