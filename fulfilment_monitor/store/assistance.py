"""Requests for help: what another body was asked to do for a claim, and what it answered."""

from datetime import date, datetime

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id


class HelpRequest(Base):
    """One task of one helping body; answered once, or taken back with a reason."""

    __tablename__ = "help_request"
    __table_args__ = (
        Index("ix_help_request_claim_id", "claim_id"),
        Index("ix_help_request_body_id", "body_id"),
        CheckConstraint("(answered_at IS NULL) = (answered_on IS NULL)", name="answered_with_day"),
        CheckConstraint("answered_at IS NULL OR withdrawn_at IS NULL", name="one_end"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    #: The body that helps.
    body_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    #: What it is asked to do: all it learns of the claim beside respondent, field and kind.
    task: Mapped[str] = mapped_column(String(4000))
    asked_on: Mapped[date]
    due_on: Mapped[date]
    provisional: Mapped[bool] = mapped_column(Boolean)
    basis: Mapped[list[str]] = mapped_column(JSON)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(120))
    answer: Mapped[str | None] = mapped_column(String(4000))
    answered_on: Mapped[date | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(120))
    withdrawn_because: Mapped[str | None] = mapped_column(String(1000))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(120))
