"""Days and instants as publishers write them, and the civil day they mean.

A day is the one written with its own offset: `2018-10-05T00:00:00+04:30` is the 5th. A publisher
that writes local midnight in UTC means the day of its own zone, where the zone is known.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

_WRITTEN = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s?([Zz]|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
#: A time this close to midnight, and not midnight, may belong to the day beside it.
_NEAR_SECONDS = 2 * 60 * 60
_DAY_SECONDS = 24 * 60 * 60
#: Publishers write the same days over and over: so many are not read twice.
_KNOWN_DAYS = 8_192

#: Zones of publishers, by the prefix of their ocids. One that is not here is read as written.
ZONES = {"ocds-px0z7d": ZoneInfo("Europe/Lisbon")}  # IMPIC, Portal BASE


class Day(NamedTuple):
    """The civil day meant; or why there is none (`fault`), or why it is uncertain (`doubt`)."""

    on: date | None = None
    fault: str | None = None
    doubt: bool = False


_NOTHING, _UNREADABLE = Day(), Day(None, "ocds.date-unreadable")


def zone_of(ocid: str) -> ZoneInfo | None:
    """The zone of the publisher of a process, where it is known."""
    return ZONES.get("-".join(ocid.split("-")[:2]))


def civil_day(written: object, zone: ZoneInfo | None = None) -> Day:
    """The civil day of a date-time of the standard; absent and null give nothing at all.

    >>> civil_day("2008-10-20T23:00:00Z", ZoneInfo("Europe/Lisbon")).on
    datetime.date(2008, 10, 21)
    """
    if written is None:
        return _NOTHING
    return _civil_day(written, zone) if isinstance(written, str) else _UNREADABLE


@lru_cache(maxsize=_KNOWN_DAYS)
def _civil_day(written: str, zone: ZoneInfo | None) -> Day:
    local, offset = _parts(written)
    if local is None:
        return _UNREADABLE
    in_utc = offset == timedelta(0)
    if in_utc and zone is not None:
        try:
            local = local.replace(tzinfo=UTC).astimezone(zone)
        except OverflowError:
            return Day(None, "ocds.date-range")
    day = local.date()
    if not FIRST_DAY <= day <= LAST_DAY:
        return Day(None, "ocds.date-range")
    return Day(day, None, in_utc and _is_near_midnight(local.time()))


def instant(written: object) -> datetime | None:
    """The instant in UTC; a time without an offset, and a bare day, are taken as UTC."""
    local, offset = _parts(written)
    if local is None:
        return None
    try:
        return local.replace(tzinfo=timezone(offset or timedelta(0))).astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def _parts(written: object) -> tuple[datetime | None, timedelta | None]:
    """The date and time as written, and the offset; fractions of a second are dropped."""
    found = _WRITTEN.fullmatch(written.strip()) if isinstance(written, str) else None
    if found is None:
        return None, None
    numbers = [int(n or 0) for n in found.groups()[:6]]
    numbers[5] = min(numbers[5], 59)  # a leap second
    offset = found.group(7)
    try:
        return datetime(*numbers), _offset(offset)  # type: ignore[arg-type]  # noqa: DTZ001 — as written
    except ValueError:
        return None, None


def _offset(written: str | None) -> timedelta | None:
    if written is None:
        return None
    if written in "Zz":
        return timedelta(0)
    hours, minutes = int(written[1:3]), int(written[-2:])
    if hours > 23 or minutes > 59:
        raise ValueError
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if written[0] == "-" else offset


def _is_near_midnight(at: time) -> bool:
    """Close to midnight, and neither midnight itself nor the last minute of a day."""
    seconds = at.hour * 3600 + at.minute * 60 + at.second
    last_minute = _DAY_SECONDS - 60
    late = _DAY_SECONDS - _NEAR_SECONDS <= seconds < last_minute
    return 0 < seconds <= _NEAR_SECONDS or late


def in_order(releases: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Oldest first; those without a date before all others, and else as they came."""
    first = datetime.min.replace(tzinfo=UTC)
    return sorted(releases, key=lambda r: instant(r.get("date")) or first)
