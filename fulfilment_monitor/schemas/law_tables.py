"""Files of the law: the days of a year's notice on holidays, and published rates."""

import csv
import io
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from ..domain.calendar import DayKind
from ..domain.errors import Invalid, Issue

T = TypeVar("T")


def read_calendar(content: bytes) -> tuple[int, dict[date, DayKind]]:
    """The year and the days of a notice: CSV with `date` and `kind`.

    Raises:
        Invalid: the file cannot be read, or holds days of several years or none.
    """
    days = _by_day(content, "kind", _kind)
    years = {d.year for d in days}
    if len(years) != 1:
        raise Invalid([Issue("", "calendar.one-year", "a file holds the notice of one year")])
    return years.pop(), days


def read_rates(content: bytes) -> dict[date, str]:
    """One-year rates in percent by the day they were published: `date`, `one_year_rate_percent`.

    Raises:
        Invalid: the file cannot be read.
    """
    return _by_day(content, "one_year_rate_percent", lambda text, line: text)


def _by_day(content: bytes, column: str, read: Callable[[str, int], T]) -> dict[date, T]:
    """What a file says of each day; a day it names twice is no answer."""
    found: dict[date, T] = {}
    for line, row in _rows(content, "date", column):
        day = _day(row["date"], line)
        if day in found:
            raise Invalid([Issue(f"/{line}/date", "csv.day-twice", f"{day} is there twice")])
        found[day] = read(row[column] or "", line)
    return found


def _rows(content: bytes, *columns: str) -> list[tuple[int, dict[str, str]]]:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        rows = [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError:
        raise Invalid([Issue("", "csv.encoding", "the file is not UTF-8")]) from None
    except csv.Error as fault:
        raise Invalid([Issue("", "csv.unreadable", str(fault))]) from None
    missing = set(columns) - set(reader.fieldnames or ())
    if missing:
        detail = f"columns are missing: {', '.join(sorted(missing))}"
        raise Invalid([Issue("/1", "csv.columns", detail)])
    wide = next((line for line, row in rows if None in row), None)  # DictReader's place for more
    if wide is not None:
        raise Invalid([Issue(f"/{wide}", "csv.columns", "more fields than columns")])
    return rows


def _day(text: str | None, line: int) -> date:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:  # weeks and bare digits are dates to Python
        raise Invalid([Issue(f"/{line}/date", "csv.day", f"{text!r} is no day")])
    return day


def _kind(text: str, line: int) -> DayKind:
    try:
        return DayKind(text)
    except ValueError:
        detail = f"{text!r}: one of {', '.join(DayKind)}"
        raise Invalid([Issue(f"/{line}/kind", "csv.kind", detail)]) from None
