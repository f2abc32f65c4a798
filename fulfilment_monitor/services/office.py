"""What every verb works with: the law as loaded, and the policy of the office."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.alerts import Policy
from ..domain.authority import Actor
from ..domain.calendar import DayKind, WorkCalendar
from ..domain.measures import NO_MEASURES, Catalogue
from ..domain.regions import Region, Regions
from ..domain.statute import Statute, lpr_table, read_statute
from ..store.reference import CalendarDay, CalendarYear, LprRate
from ..store.reference import Region as LoadedRegion


class Law(NamedTuple):
    """The law as it was shipped: parsed terms, days of the notices, rates in percent, regions."""

    terms: dict[str, Any]
    days: dict[date, DayKind]
    years: frozenset[int]
    rates: dict[date, Decimal]
    regions: Regions
    #: The days of the notices, laid out once.
    calendar: WorkCalendar


class Office(NamedTuple):
    """Law and policy together; every verb takes one."""

    statute: Statute
    policy: Policy
    #: What a credit record may draw.
    measures: Catalogue = NO_MEASURES

    @property
    def regions(self) -> Regions:
        """Shipped regions, and those loaded since."""
        return self.statute.regions


class Acting(TypedDict):
    """What every act takes beside what it is about: who acts, by which rules, and when."""

    by: Actor
    office: Office
    now: datetime
    today: date


def open_office(
    session: Session, shipped: Law, policy: Policy, measures: Catalogue = NO_MEASURES
) -> Office:
    """Shipped law, plus the calendars, rates and regions that were loaded since."""
    days = dict(shipped.days)
    years = set(session.scalars(select(CalendarYear.year)))
    days = {d: k for d, k in days.items() if d.year not in years}
    for day, kind in session.execute(select(CalendarDay.day, CalendarDay.kind)):
        days[day] = DayKind(kind)
    rates = dict(shipped.rates)
    for day, percent in session.execute(select(LprRate.published_on, LprRate.percent)):
        rates.setdefault(day, Decimal(percent))  # a published rate never changes
    calendar = WorkCalendar(days, shipped.years | years) if years else shipped.calendar
    changed = [
        Region(r.code, r.name, r.valid_from, r.valid_to, r.successor)
        for r in session.scalars(select(LoadedRegion))
    ]
    regions = shipped.regions.amended(changed) if changed else shipped.regions
    lpr = lpr_table(rates.items())
    return Office(read_statute(shipped.terms, calendar, lpr, regions), policy, measures)


def shipped_law(
    terms: dict[str, Any],
    day_rows: Iterable[tuple[str, str]],
    rate_rows: Iterable[tuple[str, str]],
    region_rows: Iterable[Mapping[str, str]],
) -> Law:
    """The shipped law from its parsed files."""
    days = {date.fromisoformat(d): DayKind(k) for d, k in day_rows}
    rates = {date.fromisoformat(d): Decimal(r) for d, r in rate_rows}
    regions = Regions(_region(row) for row in region_rows)
    years = frozenset(d.year for d in days)
    return Law(terms, days, years, rates, regions, WorkCalendar(days, years))


def _region(row: Mapping[str, str]) -> Region:
    until = date.fromisoformat(row["valid_to"]) if row["valid_to"] else None
    since = date.fromisoformat(row["valid_from"])
    return Region(row["code"], row["name"], since, until, row["successor"] or None)
