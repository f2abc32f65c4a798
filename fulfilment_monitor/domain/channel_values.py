"""How a channel writes a value, and the one way in which we write it."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

_DAY = re.compile(r"(\d{4})(?:-|/|\.|年)?(\d{1,2})(?:-|/|\.|月)?(\d{1,2})日?(?:[ T].*)?")


class Writing(StrEnum):
    """How a value is written on the other side."""

    TEXT = "text"
    DAY = "day"
    YUAN = "yuan"
    #: 万元.
    WAN = "wan"
    WHOLE = "whole"
    FLAG = "flag"


def read_value(writing: Writing, value: Any) -> Any:
    """A value of theirs as ours: a day and an amount as text, the rest as it is.

    >>> read_value(Writing.WAN, "1.2"), read_value(Writing.DAY, "2025年6月1日")
    ('12000.00', '2025-06-01')

    Raises:
        ValueError: it is not written so; the message says what is expected.
    """
    return _READERS[writing](value)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("a text is expected here")
    text = str(value).strip()
    if not text:
        raise ValueError("this must not be empty")
    if any(c == "\0" or "\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("a text without NUL and halves of characters is expected here")
    return text


def _day(value: Any) -> str:
    if isinstance(value, datetime | date):
        return date(value.year, value.month, value.day).isoformat()
    parts = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if parts is None:
        raise ValueError('a day such as "2025-06-01" is expected here')
    try:
        return date(*map(int, parts.groups())).isoformat()
    except ValueError:
        raise ValueError("this is not a day of the calendar") from None


def _yuan(value: Any, scale: int = 1) -> str:
    try:
        yuan = Decimal(_text(value).replace(",", "").replace("，", "")) * scale
        fen = yuan * 100
        if not yuan.is_finite() or fen != fen.to_integral_value():
            raise InvalidOperation
    except InvalidOperation:
        unit = "万元" if scale > 1 else "yuan"
        raise ValueError(f'an amount of {unit} such as "1200.00" is expected here') from None
    return f"{yuan:.2f}"


def _wan(value: Any) -> str:
    return _yuan(value, 10_000)


def _whole(value: Any) -> int:
    text = _text(value)
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise ValueError("a whole number is expected here")
    return int(text)


def _flag(value: Any) -> Any:
    return value if isinstance(value, bool) else _text(value)


_READERS: Mapping[Writing, Callable[[Any], Any]] = {
    Writing.TEXT: _text,
    Writing.DAY: _day,
    Writing.YUAN: _yuan,
    Writing.WAN: _wan,
    Writing.WHOLE: _whole,
    Writing.FLAG: _flag,
}
