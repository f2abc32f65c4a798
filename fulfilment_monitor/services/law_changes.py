"""Calendars and rates as two people load them: what was read travels in what is asked for.

What a calendar moves is reckoned after it was loaded, a few contracts a transaction
(`recounting.reckon_affected`).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.calendar import DayKind
from ..domain.errors import Invalid, Issue
from . import reference
from .office import Office

_LONGEST_SOURCE = 200


def asked_calendar(year: int, days: Mapping[date, DayKind], source: str) -> dict[str, Any]:
    """A calendar as it is asked for."""
    return {"year": year, "source": source, "days": {str(d): k.value for d, k in days.items()}}


def asked_rates(rates: Mapping[date, str]) -> dict[str, Any]:
    """Rates as they are asked for."""
    return {"rates": {str(d): percent for d, percent in rates.items()}}


def check_calendar(session: Session, asked: Mapping[str, Any]) -> None:
    """Whether a calendar could be loaded."""
    if not 0 < len(str(asked.get("source", ""))) <= _LONGEST_SOURCE:
        raise Invalid([Issue("/source", "invalid", f"请写明文件名称，{_LONGEST_SOURCE} 字以内")])
    reference.check_calendar(asked["year"], _days(asked))


def do_calendar(
    session: Session,
    asked: Mapping[str, Any],
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Load the calendar; what it moves is reckoned by who calls."""
    reference.load_calendar(
        session, asked["year"], _days(asked), source=asked["source"], by=by, now=now
    )


def check_rates(session: Session, asked: Mapping[str, Any]) -> None:
    """Whether rates could be loaded."""
    if not asked["rates"]:
        raise Invalid([Issue("/file", "empty", "文件中没有利率")])
    reference.check_rates(_rates(asked))


def do_rates(
    session: Session,
    asked: Mapping[str, Any],
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Load the rates that are new; no computed interest changes."""
    reference.load_rates(session, _rates(asked), office.statute.lpr.days, by=by, now=now)


def _days(asked: Mapping[str, Any]) -> dict[date, DayKind]:
    return {date.fromisoformat(d): DayKind(kind) for d, kind in asked["days"].items()}


def _rates(asked: Mapping[str, Any]) -> dict[date, str]:
    return {date.fromisoformat(d): percent for d, percent in asked["rates"].items()}
