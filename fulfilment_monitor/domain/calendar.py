"""Working days and days of rest, from the yearly notices of the State Council.

A working day is Monday to Friday and not declared off, or a weekend day declared working (调休).
Arithmetic runs over a prefix table: rank[d] counts the working days up to and including d.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

_SATURDAY = 5
#: 元旦, 劳动节, 国庆节: holidays that need no notice (全国年节及纪念日放假办法, 2024-11-10).
_FIXED_HOLIDAYS = ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))


class DayKind(StrEnum):
    """What a notice says of a day that differs from Monday to Friday."""

    OFF = "off_adjusted"
    WORKED = "workday_makeup"


class Counted(NamedTuple):
    """The end of a count, and whether a year without a published notice took part in it."""

    on: date
    provisional: bool


class WorkCalendar:
    """The working days of the years 2000 to 2260; a year without a notice is computed
    from weekends and fixed holidays.

    Args:
        exceptions: what the notices say, day by day.
        years: the years whose notice is known; any other is *provisional*.
    """

    FIRST, LAST = date(2000, 1, 1), date(2260, 12, 31)

    def __init__(self, exceptions: Mapping[date, DayKind], years: frozenset[int]) -> None:
        self.exceptions, self.years = dict(exceptions), years
        self._base = self.FIRST.toordinal()
        length = self.LAST.toordinal() - self._base + 1
        working = [(self._base + i - 1) % 7 < _SATURDAY for i in range(length)]
        for year in range(self.FIRST.year, self.LAST.year + 1):
            for month, holiday in _FIXED_HOLIDAYS if year not in years else ():
                working[date(year, month, holiday).toordinal() - self._base] = False
        for day, kind in exceptions.items():
            working[day.toordinal() - self._base] = kind is DayKind.WORKED
        self._working = working
        self._days: list[int] = []  # the ordinals of all working days, in order
        self._rank: list[int] = []  # how many working days lie on or before each day
        for i, works in enumerate(working):
            if works:
                self._days.append(self._base + i)
            self._rank.append(len(self._days))
        self._sure_from, self._sure = self._published()

    def _published(self) -> tuple[int, dict[int, Counted]]:
        """The working days of the published years that follow each other without a gap, ready to
        be answered by their rank, and the first day of these years as an index.
        """
        last = max(self.years, default=self.FIRST.year - 1)
        first = last
        while first - 1 in self.years:
            first -= 1
        if not self.FIRST.year <= first <= last <= self.LAST.year:
            return 0, {}
        begins = date(first, 1, 1).toordinal() - self._base
        ends = date(last, 12, 31).toordinal() - self._base
        ranks = range(self._rank[begins - 1] if begins else 0, self._rank[ends])
        return begins, {r: Counted(date.fromordinal(self._days[r]), False) for r in ranks}

    def knows(self, day: date) -> bool:
        """Whether the notice for this day's year has been loaded."""
        return day.year in self.years

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`; beyond the table, Monday to Friday."""
        index = day.toordinal() - self._base
        if 0 <= index < len(self._working):
            return self._working[index]
        return day.weekday() < _SATURDAY

    def roll(self, day: date) -> Counted:
        """`day`, or the next working day when it is a day of rest (民法典 第二百零三条)."""
        last = day
        while not self.is_working_day(last):
            last += timedelta(days=1)
        return Counted(last, self._provisional(day, last))

    def after_working_days(self, start: date, count: int) -> Counted:
        """The `count`-th working day after `start`, which is itself not counted.

        Raises:
            OverflowError: before the year 2000 or beyond 2260.
        """
        if count == 0:
            return self.roll(start)
        index = start.toordinal() - self._base
        try:
            if index < 0:
                raise IndexError
            place = self._rank[index] + count - 1
            if index >= self._sure_from and place in self._sure:
                return self._sure[place]
            end = date.fromordinal(self._days[place])
        except IndexError:
            raise OverflowError("the working calendar covers 2000 to 2260") from None
        return Counted(end, self._provisional(start, end))

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start`, up to and including `end`."""
        return self._rank[end.toordinal() - self._base] - self._rank[start.toordinal() - self._base]

    def _provisional(self, first: date, last: date) -> bool:
        begins, ends = first.year, last.year
        if begins == ends:
            return begins not in self.years
        return any(year not in self.years for year in range(begins, ends + 1))
