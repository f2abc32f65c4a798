"""Periods set by law or agreed, how they are counted, and which version of the law holds.

Counting follows 民法典 第二百条 to 第二百零四条: the starting day is day zero; months end on the
corresponding day or on the last of the month; a last day of rest moves to the next working day.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from dateutil.relativedelta import relativedelta

from .calendar import Counted, WorkCalendar
from .errors import RateUnknown, UnknownTerm
from .regions import NO_REGIONS, Regions


class Unit(StrEnum):
    DAY = "day"
    WORKING_DAY = "working_day"
    MONTH = "month"
    YEAR = "year"


UNIT_CHINESE = {
    Unit.DAY: "日",
    Unit.WORKING_DAY: "个工作日",
    Unit.MONTH: "个月",
    Unit.YEAR: "年",
}


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time, as a law or a contract states it."""

    length: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.length}{UNIT_CHINESE[self.unit]}"

    def unrolled_end(self, start: date, calendar: WorkCalendar) -> date:
        """The last day before any day of rest is skipped."""
        match self.unit:
            case Unit.DAY:
                return start + timedelta(days=self.length)
            case Unit.WORKING_DAY:
                return calendar.after_working_days(start, self.length).on
            case Unit.MONTH:
                return start + relativedelta(months=self.length)
            case Unit.YEAR:
                return start + relativedelta(years=self.length)

    def end(self, start: date, calendar: WorkCalendar, *, rolls: bool = True) -> Counted:
        """The last day of the period that starts on `start` (day zero).

        >>> period = Period(1, Unit.MONTH)
        >>> period.end(date(2026, 1, 31), WorkCalendar({}, frozenset({2026}))).on
        datetime.date(2026, 3, 2)
        """
        if self.unit is Unit.WORKING_DAY:
            return calendar.after_working_days(start, self.length)
        last = self.unrolled_end(start, calendar)
        if rolls:
            return calendar.roll(last)
        return Counted(last, provisional=False)


class ChosenBy(StrEnum):
    """Which day picks the version of the law: our default, not statutory."""

    SIGNING = "signing"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Term:
    """One version of one statutory period."""

    id: str
    about: str
    length: int
    unit: Unit
    in_force_from: date
    source: str
    since: str = ""
    rolls: bool = True
    in_force_to: date | None = None
    chosen_by: ChosenBy = ChosenBy.EVENT
    confidence: str = "verified"
    day_unconfirmed: bool = False

    @property
    def period(self) -> Period:
        return Period(self.length, self.unit)

    def holds_on(self, day: date) -> bool:
        """Whether this version was in force on `day`."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)


@dataclass(frozen=True, slots=True)
class Limit:
    """A share or a rate the law sets: no period, nothing to count."""

    id: str
    about: str
    in_force_from: date
    source: str
    at_most: Decimal | None = None
    at_least: Decimal | None = None
    rate_per_day: Decimal | None = None
    in_force_to: date | None = None
    confidence: str = "verified"

    def holds_on(self, day: date) -> bool:
        """Whether this version was in force on `day`."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of a rule without a number."""

    id: str
    about: str
    source: str
    in_force_from: date
    in_force_to: date | None = None
    confidence: str = "verified"
    chosen_by: ChosenBy = ChosenBy.SIGNING

    def holds_on(self, day: date) -> bool:
        """Whether this version was in force on `day`."""
        return self.in_force_from <= day and (self.in_force_to is None or day <= self.in_force_to)


@dataclass(frozen=True, slots=True)
class LprTable:
    """The one-year loan prime rate by day of publication."""

    days: tuple[date, ...]
    rates: tuple[Decimal, ...]

    def on(self, day: date) -> Decimal | None:
        """The last rate published on or before `day`, as a fraction a year; None before the first.

        Raises:
            RateUnknown: the next publication after the last loaded one has passed by `day`.

        Source: 保障中小企业款项支付条例 第十七条 (the rate at signing).
        """
        known = bisect_right(self.days, day)
        if known == 0:
            return None
        if known == len(self.days) and day >= self.unknown_from:
            raise RateUnknown(f"{day} 的一年期LPR尚未录入，最近一期为 {self.days[-1]}")
        return self.rates[known - 1]

    @property
    def unknown_from(self) -> date:
        """The first day whose rate we cannot know: the 20th of the month after the last value."""
        following = self.days[-1] + relativedelta(months=1)
        return following.replace(day=20)


@dataclass(frozen=True, slots=True)
class Statute:
    """All the law the service counts by: terms, the calendar, the rates, the regions."""

    terms: tuple[Term, ...]
    calendar: WorkCalendar
    lpr: LprTable
    limits: tuple[Limit, ...] = ()
    regions: Regions = NO_REGIONS
    rules: tuple[Rule, ...] = ()

    def term(self, name: str, on: date) -> Term:
        """The version of `name` in force on `on`.

        Raises:
            UnknownTerm: there is no such term, or none was in force then.
        """
        found = self.find(name, on)
        if found is not None:
            return found
        versions = [t for t in self.terms if t.id == name]
        if not versions:
            raise UnknownTerm(f"no term {name!r}", known=sorted({t.id for t in self.terms}))
        since = min(t.in_force_from for t in versions)
        raise UnknownTerm(f"{name!r} was not in force on {on}; its first version is of {since}")

    def find(self, name: str, on: date) -> Term | None:
        """The version of `name` in force on `on`, if any."""
        return next((t for t in self.terms if t.id == name and t.holds_on(on)), None)

    def rule(self, name: str, on: date) -> Rule:
        """The version of the rule `name` in force on `on`.

        Raises:
            UnknownTerm: there is no such rule, or none was in force then.
        """
        found = self.find_rule(name, on)
        if found is None:
            raise UnknownTerm(f"no rule {name!r} in force on {on}")
        return found

    def find_rule(self, name: str, on: date) -> Rule | None:
        """The version of the rule `name` in force on `on`, if any."""
        return next((r for r in self.rules if r.id == name and r.holds_on(on)), None)


def lpr_table(rows: Iterable[tuple[date, Decimal]]) -> LprTable:
    """A rate table from (day of publication, percent a year) in any order."""
    ordered = sorted(rows)
    return LprTable(tuple(d for d, _ in ordered), tuple(r / 100 for _, r in ordered))


def read_statute(
    tables: Mapping[str, Any],
    calendar: WorkCalendar,
    lpr: LprTable,
    regions: Regions = NO_REGIONS,
) -> Statute:
    """The law from the parsed `terms.toml`, a calendar, a rate table and a table of regions.

    Raises:
        TypeError: an entry has a field it should not have; KeyError: it lacks one.
    """
    terms = [
        Term(**{**row, "unit": Unit(row["unit"]), "chosen_by": ChosenBy(row["chosen_by"])})
        for row in tables["term"]
    ]
    limits = [_limit(row) for row in tables["limit"]]
    rules = read_rules(tables.get("rule", ()))
    return Statute(tuple(terms), calendar, lpr, tuple(limits), regions, rules)


def read_rules(rows: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The rules without a number from the parsed `terms.toml`.

    Raises:
        KeyError: an entry lacks a field.
    """
    return tuple(map(_rule, rows))


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        row["id"],
        row["about"],
        row["source"],
        row["in_force_from"],
        row.get("in_force_to"),
        row["confidence"],
        ChosenBy(row.get("chosen_by", ChosenBy.SIGNING)),
    )


def _limit(row: Mapping[str, Any]) -> Limit:
    shares = {k: Decimal(row[k]) for k in ("at_most", "at_least", "rate_per_day") if k in row}
    return Limit(
        row["id"],
        row["about"],
        row["in_force_from"],
        row["source"],
        in_force_to=row.get("in_force_to"),
        confidence=row["confidence"],
        **shares,
    )
