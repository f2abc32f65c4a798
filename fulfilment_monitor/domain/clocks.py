"""Civil days from instants."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def beijing_day(instant: datetime) -> date:
    """The Beijing calendar date of an aware instant."""
    return instant.astimezone(BEIJING).date()


def end_of_day(day: date) -> datetime:
    """The instant at which a Beijing day is over.

    >>> end_of_day(date(2025, 9, 30)).isoformat()
    '2025-10-01T00:00:00+08:00'
    """
    return datetime.combine(day + timedelta(days=1), time(), BEIJING)
