"""Which number formats show a day, and which day a serial number is."""

import re
from datetime import date, timedelta
from decimal import Decimal

from .reading import Flaw

#: Number formats that need no code in the file and show a day; 27 to 58 as in Chinese Excel.
BUILT_IN_DAYS = frozenset(
    str(n) for n in (*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58)
)

_LONGEST_CODE = 255
#: What shows as it stands: quoted, escaped, a space as wide as a character, a filler.
_LITERAL = re.compile(r'"[^"]*"?|[\\_*].')
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)
_BRACKETS = re.compile(r"\[[^\]]*\]?")
_NO_DAY = re.compile(r"general|am/pm|a/p|e[+-]", re.IGNORECASE)
_CLOCK = re.compile(r"[hs]", re.IGNORECASE)

_ISO_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9:.]*(Z|[+-][0-9]{2}:[0-9]{2})?)?")
_SERIAL = re.compile(r"[0-9]{1,7}(\.[0-9]{1,30})?")
#: Half a millisecond: a serial number that close below midnight is a rounded midnight.
_HALF_A_MILLISECOND = Decimal("0.0000000058")
_FALSE_LEAP_DAY = 60
_DAYS_KEPT, _SHORT = 20_000, 20


def is_day_format(code: str) -> bool:
    """Whether a number format shows a day, alone or with the time; durations do not.

    Only its first section counts, that of positive numbers.

    >>> [is_day_format(c) for c in ('yyyy"年"m"月"d"日"', "[$-804]m/d;@", "[h]:mm", '0"d"', "h:mm")]
    [True, True, False, False, False]
    """
    if len(code) > _LONGEST_CODE:
        return False
    code = _LITERAL.sub("", code).partition(";")[0]
    if _ELAPSED.search(code):
        return False
    code = _NO_DAY.sub("", _BRACKETS.sub("", code)).lower()
    if any(letter in code for letter in "yde"):
        return True
    return "m" in code and not _CLOCK.search(code)


def _unreal(text: str) -> Flaw:
    return Flaw("cell.day", f"{text[:30]} is no day the calendar has; enter the day again")


def iso_day(text: str) -> date | Flaw:
    """A day as newer workbooks may write it, `2025-06-01`; a time of day is left off."""
    found = _ISO_DAY.fullmatch(text.strip())
    try:
        return date.fromisoformat(found[1]) if found else _unreal(text)
    except ValueError:
        return _unreal(text)


def serial_day(text: str, *, from_1904: bool) -> date | Flaw:
    """The day of a serial number; a time of day is left off.

    Counted from 1900 the first day is 1, and 60 is a 29 February 1900 that never was; counted
    from 1904 the first day is 0.
    """
    if not _SERIAL.fullmatch(text):
        return _unreal(text)
    number = int(Decimal(text) + _HALF_A_MILLISECOND)
    try:
        if from_1904:
            return date(1904, 1, 1) + timedelta(number)
        if number in (0, _FALSE_LEAP_DAY):
            return _unreal(text)
        return date(1899, 12, 31) + timedelta(number - (number > _FALSE_LEAP_DAY))
    except OverflowError:
        return _unreal(text)


class Days:
    """`serial_day` that remembers: a workbook has many cells and few days."""

    def __init__(self, *, from_1904: bool) -> None:
        self._from_1904 = from_1904
        self.known: dict[str, date | Flaw] = {}

    def read(self, text: str) -> date | Flaw:
        """The day of a serial number that is not known yet."""
        day = serial_day(text.strip(), from_1904=self._from_1904)
        if len(self.known) < _DAYS_KEPT and len(text) < _SHORT:
            self.known[text] = day
        return day
