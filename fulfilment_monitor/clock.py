"""The only place that reads the clock."""

import time
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


class Moment(NamedTuple):
    """One reading of the clock: the instant, and the Beijing day it falls on."""

    now: datetime
    today: date


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)


def moment() -> Moment:
    """Read the clock once; doors take this and pass it down."""
    instant = now()
    return Moment(instant, instant.astimezone(BEIJING).date())


def monotonic() -> float:
    """Seconds that never jump, sleep of the machine included; only differences mean anything."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
