"""What every verb works with: the law as loaded, and the policy of the office."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.alerts import Policy
from ..domain.calendar import DayKind, WorkCalendar
from ..domain.statute import Statute, lpr_table, read_statute
from ..store.reference import CalendarDay, CalendarYear, LprRate


class Law(NamedTuple):
    """The law as it was shipped: parsed terms, the days of the notices, the rates in percent."""

    terms: dict[str, Any]
    days: dict[date, DayKind]
    years: frozenset[int]
    rates: dict[date, Decimal]


class Office(NamedTuple):
    """Law and policy together; every verb takes one."""

    statute: Statute
    policy: Policy


def open_office(session: Session, shipped: Law, policy: Policy) -> Office:
    """Shipped law, plus the calendars and rates that were loaded since."""
    days = dict(shipped.days)
    years = set(session.scalars(select(CalendarYear.year)))
    days = {d: k for d, k in days.items() if d.year not in years}
    for day, kind in session.execute(select(CalendarDay.day, CalendarDay.kind)):
        days[day] = DayKind(kind)
    rates = dict(shipped.rates)
    for day, percent in session.execute(select(LprRate.published_on, LprRate.percent)):
        rates.setdefault(day, Decimal(percent))  # a published rate never changes
    calendar = WorkCalendar(days, shipped.years | years)
    return Office(read_statute(shipped.terms, calendar, lpr_table(rates.items())), policy)


def shipped_law(
    terms: dict[str, Any], day_rows: Iterable[tuple[str, str]], rate_rows: Iterable[tuple[str, str]]
) -> Law:
    """The shipped law from its parsed files."""
    days = {date.fromisoformat(d): DayKind(k) for d, k in day_rows}
    rates = {date.fromisoformat(d): Decimal(r) for d, r in rate_rows}
    return Law(terms, days, frozenset(d.year for d in days), rates)
