"""Load next year's holidays and new rates; reckon anew the duties they touch."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, sessionmaker

from ..domain.alerts import Policy
from ..domain.authority import Actor
from ..domain.calendar import DayKind
from ..domain.errors import Invalid, Issue
from ..store.contracts import Contract
from ..store.duties import Duty
from ..store.once import insert_all, insert_once
from ..store.reference import CalendarDay, CalendarYear, LprRate
from . import audit
from .office import Law, open_office
from .reckoning import reckon

_PAGE = 100
_PERCENT = re.compile(r"\d{1,2}(\.\d{1,4})?", re.ASCII)


def load_calendar(
    session: Session,
    year: int,
    days: Mapping[date, DayKind],
    *,
    source: str,
    by: Actor,
    now: datetime,
) -> None:
    """Put a year's State Council notice on the register, in place of what was known of it.

    Raises:
        Invalid: a day of another year, or an exception that is none.
    """
    issues = [
        Issue(f"/{day}", "calendar.wrong-year", f"{day} does not lie in {year}")
        for day in days
        if day.year != year
    ]
    for day, kind in days.items():
        weekend = day.weekday() >= 5
        if weekend is not (kind is DayKind.WORKED):
            detail = f"{day} is {'a weekend day' if weekend else 'no weekend day'} already"
            issues.append(Issue(f"/{day}", "calendar.no-exception", detail))
    if not days:
        issues.append(Issue("", "calendar.empty", "a year's notice names at least one day"))
    if issues:
        raise Invalid(issues)
    first, last = date(year, 1, 1), date(year, 12, 31)
    session.execute(delete(CalendarDay).where(CalendarDay.day.between(first, last)))
    session.execute(delete(CalendarYear).where(CalendarYear.year == year))
    insert_all(session, CalendarDay, [{"day": d, "kind": k.value} for d, k in days.items()])
    session.add(CalendarYear(year=year, source=source, loaded_at=now, loaded_by=by.name))
    body = {"year": year, "source": source, "days": {str(d): k.value for d, k in days.items()}}
    audit.note(session, by, "calendar.load", "calendar_year", str(year), body, now=now)


def load_rates(
    session: Session, rates: Mapping[date, str], law: Law, *, by: Actor, now: datetime
) -> list[date]:
    """Add published one-year loan prime rates, in percent; returns the days that were new.

    A day whose rate is known, from the release or loaded before, stays as it is.
    """
    issues = [
        Issue(f"/{day}", "lpr.not-a-rate", f"{percent!r} is no percentage")
        for day, percent in rates.items()
        if not _is_percent(percent)
    ]
    if issues:
        raise Invalid(issues)
    rows = [
        {"published_on": d, "percent": p, "loaded_at": now, "loaded_by": by.name}
        for d, p in rates.items()
        if d not in law.rates
    ]
    new = insert_once(session, LprRate, rows, LprRate.published_on)
    body = {"rates": {str(d): p for d, p in rates.items() if d in new}}
    audit.note(session, by, "lpr.load", "lpr_rate", "1y", body, now=now)
    return sorted(new)


def _is_percent(text: str) -> bool:
    return _PERCENT.fullmatch(text) is not None


def reckon_affected(
    sessions: sessionmaker[Session], law: Law, policy: Policy, year: int, *, now: datetime
) -> tuple[int, int]:
    """Reckon anew every contract with a date a year's calendar can move.

    A few contracts a transaction; safe to run again after a crash. Returns contracts looked at
    and duties replaced.
    """
    with sessions() as session:
        office = open_office(session, law, policy)
    looked = replaced = last = 0
    while True:
        with sessions.begin() as session:
            ids = _affected(session, year, last)
            replaced += sum(reckon(session, i, office, now=now) for i in ids)
        if not ids:
            return looked, replaced
        looked, last = looked + len(ids), ids[-1]


def _affected(session: Session, year: int, after: int) -> list[int]:
    """Contracts with a duty whose date is provisional, or may have been counted by the year."""
    first = date(year - 1, 12, 1)
    query = (
        select(Contract.id)
        .where(
            Contract.id > after,
            select(Duty.id)
            .where(
                Duty.contract_id == Contract.id,
                Duty.replaced_at.is_(None),
                Duty.provisional | (Duty.due_on >= first),
            )
            .exists(),
        )
        .order_by(Contract.id)
        .limit(_PAGE)
    )
    return list(session.scalars(query))
