"""Alerts: a duty is near, due or missed. Raised once, never edited."""

from datetime import date

from sqlalchemy import Index, Integer, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.alerts import Severity
from .base import Base, Id, one_of


class Alert(Base):
    """One step of a ladder, for one due date of one obligation.

    The key begins with the due date: a day's alerts fall on a handful of due dates, so inserts
    stay in warm places of the index however long the history; a moved date begins a new ladder.
    """

    __tablename__ = "alert"
    __table_args__ = (
        PrimaryKeyConstraint("due_on", "obligation_id", "rule"),
        Index("ix_alert_contract_id", "contract_id"),
        Index("ix_alert_raised_on", "raised_on", "due_on", "obligation_id"),
        {"sqlite_with_rowid": False},
    )

    due_on: Mapped[date]
    obligation_id: Mapped[int] = mapped_column(Id)
    rule: Mapped[str] = mapped_column(String(60))
    contract_id: Mapped[int] = mapped_column(Id)
    severity: Mapped[str] = mapped_column(one_of(Severity, "severity"))
    #: Who is told, separated by spaces.
    audiences: Mapped[str] = mapped_column(String(80))
    message: Mapped[str] = mapped_column(String(60))
    #: The day from which the rule held, and the day of the sweep that found it.
    holds_from: Mapped[date]
    raised_on: Mapped[date]
    #: The outbox message that tells the sinks about it.
    told_id: Mapped[int] = mapped_column(Id)


class LadderStep(Base):
    """The steps of the policy in force, as the sweep's statement reads them."""

    __tablename__ = "ladder_step"
    __table_args__ = (PrimaryKeyConstraint("ladder", "days"), {"sqlite_with_rowid": False})

    ladder: Mapped[str] = mapped_column(String(40))
    days: Mapped[int] = mapped_column(Integer)
    rule: Mapped[str] = mapped_column(String(60))
    severity: Mapped[str] = mapped_column(String(40))
    audiences: Mapped[str] = mapped_column(String(80))
    message: Mapped[str] = mapped_column(String(60))
