"""What arrived after the release: calendars of later years, later rates, changed regions."""

from datetime import date, datetime

from sqlalchemy import Integer, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.calendar import DayKind
from .base import Base, one_of


class CalendarYear(Base):
    """A year whose State Council notice has been loaded."""

    __tablename__ = "calendar_year"

    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(String(300))
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str] = mapped_column(String(120))


class CalendarDay(Base):
    __tablename__ = "calendar_day"
    __table_args__ = (PrimaryKeyConstraint("day"),)

    day: Mapped[date]
    kind: Mapped[str] = mapped_column(one_of(DayKind, "kind"))


class LprRate(Base):
    """A one-year loan prime rate, in percent as published, exact text."""

    __tablename__ = "lpr_rate"

    published_on: Mapped[date] = mapped_column(primary_key=True)
    percent: Mapped[str] = mapped_column(String(12))
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str] = mapped_column(String(120))


class Region(Base):
    """A region of GB/T 2260 as it was from one day to another, loaded since the release."""

    __tablename__ = "region"
    __table_args__ = (PrimaryKeyConstraint("code", "valid_from"),)

    code: Mapped[str] = mapped_column(String(6))
    name: Mapped[str] = mapped_column(String(100))
    valid_from: Mapped[date]
    #: The first day the code is no longer in use.
    valid_to: Mapped[date | None]
    #: The code that took its place.
    successor: Mapped[str | None] = mapped_column(String(6))
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str] = mapped_column(String(120))
