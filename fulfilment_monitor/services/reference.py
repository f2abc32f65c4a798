"""Load next year's holidays and new rates; see `recounting` for what they move."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.calendar import DayKind, WorkCalendar
from ..domain.duedates import under_decree
from ..domain.errors import Invalid, Issue
from ..domain.interest import floor_findings
from ..domain.statute import Statute, lpr_table
from ..store.contracts import Contract
from ..store.once import insert_all, insert_once
from ..store.reference import CalendarDay, CalendarYear, LprRate
from . import audit
from .ledgers import read_files

_PAGE = 100
_PERCENT = re.compile(r"\d{1,2}(\.\d{1,4})?", re.ASCII)
_DAY = timedelta(days=1)
#: So few working days between two holidays of one notice are a gap in the file, not a plan.
_GAP_DAYS = 2


# --- calendars --------------------------------------------------------------------------------


def load_calendar(
    session: Session,
    year: int,
    days: Mapping[date, DayKind],
    *,
    source: str,
    by: Actor,
    now: datetime,
) -> list[Issue]:
    """Put a year's State Council notice on the register, in place of what was known of it.

    The notice that is known already changes nothing. Returns findings: a holiday of fixed date
    that the notice leaves out is one by law all the same, and is kept as a day of rest.

    Raises:
        Invalid: a day of another year, an exception that is none, a gap inside a holiday.
    """
    found = check_calendar(year, days)
    left_out = _fixed_holidays_left_out(days)
    whole = {**dict.fromkeys(left_out, DayKind.OFF), **days}
    if not _is_known(session, year, whole, source):
        first, last = date(year, 1, 1), date(year, 12, 31)
        session.execute(delete(CalendarDay).where(CalendarDay.day.between(first, last)))
        session.execute(delete(CalendarYear).where(CalendarYear.year == year))
        insert_all(session, CalendarDay, [{"day": d, "kind": k.value} for d, k in whole.items()])
        session.add(CalendarYear(year=year, source=source, loaded_at=now, loaded_by=by.name))
        body = {
            "year": year,
            "source": source,
            "days": {str(d): k.value for d, k in days.items()},
            "left_out": [str(d) for d in left_out],
        }
        audit.note(session, by, "calendar.load", "calendar_year", str(year), body, now=now)
    return found


def check_calendar(year: int, days: Mapping[date, DayKind]) -> list[Issue]:
    """What there is to say of a notice before it is loaded: its findings.

    Raises:
        Invalid: a day of another year, an exception that is none, a gap inside a holiday.
    """
    issues = list(_faults(year, days))
    if issues:
        raise Invalid(issues)
    left_out = _fixed_holidays_left_out(days)
    detail = "为法定节假日，文件未列出，按休息日补入（全国年节及纪念日放假办法）；请核对是否录全"
    return [
        Issue(f"/{d}", "calendar.holiday-left-out", f"{d} {detail}", "finding") for d in left_out
    ]


def _faults(year: int, days: Mapping[date, DayKind]) -> Iterator[Issue]:
    first, last = WorkCalendar.FIRST.year, WorkCalendar.LAST.year
    if not first <= year <= last:
        yield Issue("", "calendar.out-of-range", f"years from {first} to {last} can be counted")
    for day, kind in days.items():
        if day.year != year:
            yield Issue(f"/{day}", "calendar.wrong-year", f"{day} does not lie in {year}")
        if (day.weekday() >= 5) is not (kind is DayKind.WORKED):
            what = "a weekend day" if day.weekday() >= 5 else "no weekend day"
            yield Issue(f"/{day}", "calendar.no-exception", f"{day} is {what} already")
    if not days:
        yield Issue("", "calendar.empty", "a year's notice names at least one day")
    yield from _gaps(days)


def _gaps(days: Mapping[date, DayKind]) -> Iterator[Issue]:
    """Working days that cut a holiday in two: no notice is made so, a file with lost lines is."""
    rests: list[list[date]] = []
    for d in _year_of(days):
        if days.get(d) is DayKind.OFF or (d.weekday() >= 5 and d not in days):
            if not rests or rests[-1][-1] != d - _DAY:
                rests.append([])
            rests[-1].append(d)
    for before, after in pairwise(rests):
        worked = (after[0] - before[-1]).days - 1
        if worked <= _GAP_DAYS and all(any(d in days for d in rest) for rest in (before, after)):
            first, last = before[-1] + _DAY, after[0] - _DAY
            detail = f"the days from {first} to {last} would be worked between two holidays"
            yield Issue(f"/{first}", "calendar.gap", detail)


def _year_of(days: Iterable[date]) -> Iterator[date]:
    """Every day of the year of the first of these days, in order."""
    year = next((d.year for d in days), None)
    if year is not None:
        start = date(year, 1, 1).toordinal()
        yield from map(date.fromordinal, range(start, date(year, 12, 31).toordinal() + 1))


def _fixed_holidays_left_out(days: Mapping[date, DayKind]) -> list[date]:
    """Weekdays that are holidays without any notice, and are not named."""
    unpublished = WorkCalendar({}, frozenset())
    weekdays = (d for d in _year_of(days) if d.weekday() < 5 and d not in days)
    return [d for d in weekdays if not unpublished.is_working_day(d)]


def _is_known(session: Session, year: int, days: Mapping[date, DayKind], source: str) -> bool:
    known = session.scalar(select(CalendarYear.source).where(CalendarYear.year == year))
    within = CalendarDay.day.between(date(year, 1, 1), date(year, 12, 31))
    stored = {
        d: DayKind(k)
        for d, k in session.execute(select(CalendarDay.day, CalendarDay.kind).where(within))
    }
    return known == source and stored == days


# --- rates ------------------------------------------------------------------------------------


def load_rates(
    session: Session, rates: Mapping[date, str], known: Container[date], *, by: Actor, now: datetime
) -> list[date]:
    """Add published one-year loan prime rates, in percent; returns the days that were new.

    A day whose rate is known, from the release or loaded before, stays as it is.

    Args:
        known: the days whose rate came with the release.
    """
    check_rates(rates)
    rows = [
        {"published_on": d, "percent": p, "loaded_at": now, "loaded_by": by.name}
        for d, p in rates.items()
        if d not in known
    ]
    new = insert_once(session, LprRate, rows, LprRate.published_on)
    if new:
        body = {"rates": {str(d): p for d, p in rates.items() if d in new}}
        audit.note(session, by, "lpr.load", "lpr_rate", "1y", body, now=now)
    return sorted(new)


def check_rates(rates: Mapping[date, str]) -> None:
    """Whether rates could be loaded.

    Raises:
        Invalid: one of them is no percentage.
    """
    issues = [
        Issue(f"/{day}", "lpr.not-a-rate", f"{percent!r} is no percentage")
        for day, percent in rates.items()
        if _PERCENT.fullmatch(percent) is None
    ]
    if issues:
        raise Invalid(issues)


def floors_changed(session: Session, new: list[date], statute: Statute) -> list[dict[str, Any]]:
    """Contracts whose agreed late rate compares otherwise with the LPR now that `new` are known.

    No amount changes by that: interest runs at the agreed rate or at the statutory one, and the
    LPR is only what an agreed rate is held against (条例 第十七条).

    Args:
        statute: the law with the new rates.
    """
    if not new:
        return []
    lpr = statute.lpr
    old = [(d, r * Decimal(100)) for d, r in zip(lpr.days, lpr.rates, strict=True) if d not in new]
    before = replace(statute, lpr=lpr_table(old))
    query = select(Contract).where(Contract.signed_on >= new[0]).order_by(Contract.id)
    agreed = [c for c in session.scalars(query) if c.document.get("late_interest")]
    found = []
    for file in read_files(session, [c.id for c in agreed]).values():
        was, now = (_floor_codes(file.terms, known) for known in (before, statute))
        if was != now:
            found.append({"contract_no": file.row.contract_no, "was": was, "now": now})
    return found


def _floor_codes(terms: Any, statute: Statute) -> list[str]:
    found = floor_findings(
        terms.signed_on, terms.annual_rate, statute, in_scope=under_decree(terms)
    )
    return [issue.code for issue in found]
