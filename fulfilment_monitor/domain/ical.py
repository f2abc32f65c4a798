"""A calendar as iCalendar text (RFC 5545): escaped, folded, lines ended as the standard says."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

_LONGEST = 75
_HEAD = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//fulfilment-monitor//due dates//ZH")
_ESCAPED = str.maketrans(
    {"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None, "\x00": None}
)


class Entry(NamedTuple):
    """A whole day of a calendar."""

    uid: str
    on: date
    title: str
    about: str
    #: When it was written down.
    at: datetime


def calendar(name: str, entries: Iterable[Entry]) -> str:
    """The calendar of some days.

    >>> calendar("到期", []).split()[:2]
    ['BEGIN:VCALENDAR', 'VERSION:2.0']
    """
    lines = [*_HEAD, "CALSCALE:GREGORIAN", f"X-WR-CALNAME:{escaped(name)}"]
    for entry in entries:
        lines += _event(entry)
    return "".join(folded(line) for line in [*lines, "END:VCALENDAR"])


def _event(entry: Entry) -> Iterator[str]:
    day, next_day = entry.on, entry.on + timedelta(days=1)
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(entry.uid)}"
    yield f"DTSTAMP:{entry.at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{next_day:%Y%m%d}"
    yield f"SUMMARY:{escaped(entry.title)}"
    yield f"DESCRIPTION:{escaped(entry.about)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    r"""A text as the standard writes it.

    >>> escaped("a;b,c\nd")
    'a\\;b\\,c\\nd'
    """
    return text.translate(_ESCAPED)


def folded(line: str) -> str:
    """A line with its end, cut where it is longer than 75 octets, never inside a character."""
    cut: list[str] = []
    here, octets = "", 0
    for character in line:
        width = len(character.encode())
        if octets + width > _LONGEST:
            cut.append(here)
            here, octets = " ", 1  # the blank that says the line goes on counts
        here, octets = here + character, octets + width
    return "\r\n".join([*cut, here]) + "\r\n"
