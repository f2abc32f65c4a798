"""Duties over spans of days, and the timers by which the sweep finds what is due to act."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.duties import Ended
from .base import Base, Id, one_of

#: Stretches of a body that its desk begins to read: without an end, with one, and mere claims.
_OPEN = text("replaced_at IS NULL AND until_on IS NULL")
_ENDING = text("replaced_at IS NULL AND until_on IS NOT NULL")
_CLAIMS = text("ladder = 'claim' AND replaced_at IS NULL AND until_on IS NULL")


class Duty(Base):
    """A due date with its reasoning, over the days it holds.

    What was once believed is kept: a row that new facts, a new calendar or an amendment replaced
    gets `replaced_at` and stays.
    """

    __tablename__ = "duty"
    __table_args__ = (
        Index("ix_duty_obligation_id", "obligation_id"),
        Index("ix_duty_contract_id", "contract_id"),
        Index(
            "ix_duty_provisional",
            "contract_id",
            postgresql_where=text("provisional AND replaced_at IS NULL"),
            sqlite_where=text("provisional AND replaced_at IS NULL"),
        ),
        *(
            Index(name, "government_id", *columns, postgresql_where=only, sqlite_where=only)
            for name, columns, only in (
                ("ix_duty_open_of_body", ("due_on", "id"), _OPEN),
                ("ix_duty_ending_of_body", ("until_on",), _ENDING),
                ("ix_duty_claims_of_body", ("due_on", "id"), _CLAIMS),
            )
        ),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id"))
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"))
    #: Which ladder of steps watches it; see alerts/rules.toml.
    ladder: Mapped[str] = mapped_column(String(40))
    due_on: Mapped[date]
    agreed_on: Mapped[date | None]
    original_on: Mapped[date | None]
    provisional: Mapped[bool] = mapped_column(Boolean)
    basis: Mapped[list[str]] = mapped_column(JSON)
    owed_fen: Mapped[int | None] = mapped_column(BigInteger)
    #: Money that arrived before this span: [["2025-10-01", 100], …].
    payments: Mapped[list[Any] | None] = mapped_column(JSON)
    lead_on: Mapped[date | None]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    base_on: Mapped[date]
    ended: Mapped[str | None] = mapped_column(one_of(Ended, "ended"))
    opened_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    #: The body of its contract, so that a desk finds its own; without a foreign key, as `Timer`.
    government_id: Mapped[int | None] = mapped_column(BigInteger)


class Timer(Base):
    """When a duty next has to be looked at; a row moves on or goes, in the transaction that acts.

    Carries all that the sweep needs, so that it reads no other large table. Derived from duties
    and rebuilt from them at will; therefore without foreign keys, which would cost a look-up a row.
    """

    __tablename__ = "timer"
    __table_args__ = (
        PrimaryKeyConstraint("check_on", "duty_id"),
        Index("ix_timer_contract_id", "contract_id"),
        {"sqlite_with_rowid": False},
    )

    check_on: Mapped[date]
    duty_id: Mapped[int] = mapped_column(Id)
    obligation_id: Mapped[int] = mapped_column(Id)
    contract_id: Mapped[int] = mapped_column(Id)
    ladder: Mapped[str] = mapped_column(String(40))
    due_on: Mapped[date]
    base_on: Mapped[date]
    until_on: Mapped[date | None]
    lead_on: Mapped[date | None]
    #: The last day it was looked at; empty at first.
    seen_on: Mapped[date | None]
    #: The newest sweep finished when the duty was opened; the next one sees it first.
    born_run: Mapped[int] = mapped_column(Integer)
