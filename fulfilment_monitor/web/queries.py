"""Read what an address asks for. An empty field of a form is a field left out."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from ..domain.errors import NotFound, Refusal
from ..services.alerts import After

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ROW = re.compile(r"\d{1,18}", re.ASCII)
_RULE = re.compile(r"[a-z0-9_.+-]{1,60}", re.ASCII)
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
_LONGEST_TEXT = 100

Code = TypeVar("Code", bound=StrEnum)


class BadQuery(Refusal):
    code = "query.invalid"
    title = "The address asks for something that cannot be"
    status = 400


def read_day(query: Mapping[str, str], name: str) -> date | None:
    """A day, `YYYY-MM-DD`.

    Raises:
        BadQuery: it is no day of the years 2000 to 2099.
    """
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise BadQuery(f"{name}: {text!r} is no day such as 2025-06-01")
    return day


def read_code(query: Mapping[str, str], name: str, codes: type[Code]) -> Code | None:
    """One of the codes of a list.

    Raises:
        BadQuery: it is none of them.
    """
    text = query.get(name, "").strip()
    if not text:
        return None
    known = {c.value: c for c in codes}
    if text not in known:
        raise BadQuery(f"{name}: {text!r} is none of {', '.join(known)}")
    return known[text]


def read_text(query: Mapping[str, str], name: str, longest: int = _LONGEST_TEXT) -> str | None:
    """Words somebody wrote, without what no keyboard writes, and no more of them than `longest`."""
    text = "".join(c for c in query.get(name, "") if unicodedata.category(c)[0] != "C")
    return unicodedata.normalize("NFC", text).strip()[:longest] or None


def read_row(query: Mapping[str, str], name: str) -> int | None:
    """The number of the last row seen.

    Raises:
        BadQuery: it is no number.
    """
    text = query.get(name, "")
    if not text:
        return None
    if not _ROW.fullmatch(text):
        raise BadQuery(f"{name}: {text!r} is no row")
    return int(text)


def read_after(query: Mapping[str, str]) -> After | None:
    """Where a page of alerts begins, as `write_after` wrote it.

    Raises:
        BadQuery: it wrote something else.
    """
    text = query.get("after", "")
    if not text:
        return None
    parts = text.split(",")
    if len(parts) == 4 and _ROW.fullmatch(parts[2]) and _RULE.fullmatch(parts[3]):
        raised_on, due_on = (read_day({"after": part}, "after") for part in parts[:2])
        if raised_on is not None and due_on is not None:
            return After(raised_on, due_on, int(parts[2]), parts[3])
    raise BadQuery(f"after: {text!r} is no place in the list")


def write_after(place: list[str | int]) -> str:
    """A place in the list of alerts, for an address.

    >>> write_after(["2025-10-02", "2025-10-01", 7, "payment.t+1"])
    '2025-10-02,2025-10-01,7,payment.t+1'
    """
    return ",".join(str(part) for part in place)


def check_ulid(text: str) -> str:
    """The ULID of a thing that may exist.

    Raises:
        NotFound: nothing can have this name.
    """
    if not _ULID.fullmatch(text):
        raise NotFound(f"nothing is called {text!r}")
    return text
