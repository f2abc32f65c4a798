"""Civil days from instants."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def beijing_day(instant: datetime) -> date:
    """The Beijing calendar date of an aware instant."""
    return instant.astimezone(BEIJING).date()
