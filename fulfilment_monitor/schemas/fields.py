"""Fields that accept exactly what the interface says, and explain themselves when they refuse."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from marshmallow import Schema, ValidationError, fields, validates_schema

from ..domain.errors import Issue
from ..domain.money import parse_yuan

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_RATE = re.compile(r"0(\.\d{1,8})?|1(\.0{1,8})?")
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
_UNPRINTABLE = frozenset({"Cc", "Cs", "Co", "Cn"})


T = TypeVar("T")


class Own(fields.Field[T]):
    """A field that takes a value from the value alone."""

    def take(self, value: Any) -> T:
        """The value inside; raises ValidationError."""
        raise NotImplementedError

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> T:
        return self.take(value)


class Yuan(Own[int]):
    """A decimal string of yuan, more than zero; fen inside. A JSON number is refused."""

    def take(self, value: Any) -> int:
        if not isinstance(value, str):
            raise ValidationError('an amount is a string of yuan, such as "1200000.00"')
        try:
            fen = parse_yuan(value)
        except ValueError as fault:
            raise ValidationError(str(fault)) from None
        if fen <= 0:
            raise ValidationError("an amount is more than zero")
        return fen


class Day(Own[date]):
    """A Beijing civil day, `YYYY-MM-DD`, from 2000 to 2099."""

    def take(self, value: Any) -> date:
        if not isinstance(value, str) or not value.isascii() or not _DAY.fullmatch(value):
            raise ValidationError('a day is a string such as "2025-06-01"')
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise ValidationError(f"{value} is not a day of the calendar") from None
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValidationError(f"days from {FIRST_DAY} to {LAST_DAY} can be counted")
        return day


class AnnualRate(Own[Decimal]):
    """A yearly rate as a fraction in a string: `"0.0365"` is 3.65 %."""

    def take(self, value: Any) -> Decimal:
        if not isinstance(value, str) or not value.isascii() or not _RATE.fullmatch(value):
            raise ValidationError('a yearly rate is a fraction in a string, such as "0.0365"')
        return Decimal(value)


class Digest(Own[str]):
    """The SHA-256 of a file, hexadecimal."""

    def take(self, value: Any) -> str:
        if not isinstance(value, str) or not _DIGEST.fullmatch(value):
            raise ValidationError("a digest is 64 hexadecimal digits in a string")
        return value


class Text(Own[str]):
    """Text of some length, trimmed, NFC, without control characters.

    Args:
        lines: whether it may have several lines.
    """

    def __init__(self, longest: int, *, lines: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.longest, self.lines = longest, lines

    def take(self, value: Any) -> str:
        if type(value) is str and _is_plain(value) and len(value) <= self.longest:
            return value
        if not isinstance(value, str):
            raise ValidationError("this is a text")
        text = unicodedata.normalize("NFC", value).strip()
        if self.lines:
            text = text.replace("\r\n", "\n")
        if not text:
            raise ValidationError("this must not be empty")
        if len(text) > self.longest:
            raise ValidationError(f"at most {self.longest} characters")
        kept = text.replace("\n", "") if self.lines else text
        if any(unicodedata.category(c) in _UNPRINTABLE for c in kept):
            raise ValidationError("control characters and unassigned characters are not allowed")
        return text


def _is_plain(text: str) -> bool:
    """Whether it can be told at a glance that a text is trimmed, NFC and without control
    characters: what is printable has no white space but the blank."""
    return (
        text.isprintable()
        and text != ""
        and text[0] != " " != text[-1]
        and (text.isascii() or unicodedata.is_normalized("NFC", text))
    )


class Flag(Own[bool]):
    """`true` or `false`, nothing that merely looks like it."""

    def take(self, value: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("this is true or false")
        return value


class Whole(Own[int]):
    """A whole number within bounds."""

    def __init__(self, lowest: int, highest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.lowest, self.highest = lowest, highest

    def take(self, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValidationError("this is a whole number")
        if not self.lowest <= value <= self.highest:
            raise ValidationError(f"from {self.lowest} to {self.highest}")
        return value


class Code(Own[Any]):
    """One of the codes of a list."""

    def __init__(self, codes: type[StrEnum], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.known = {str(c): c for c in codes}

    def take(self, value: Any) -> StrEnum:
        if not isinstance(value, str) or value not in self.known:
            raise ValidationError(f"one of: {', '.join(self.known)}")
        return self.known[value]


class Strict(Schema):
    """An input shape: unknown keys are refused, and only what is declared gets in."""

    class Meta:
        unknown = "raise"

    error_messages = {  # noqa: RUF012 — marshmallow's own spelling
        "unknown": "there is no such field; check the spelling",
        "type": "an object is expected here",
    }

    def check(self, shape: dict[str, Any]) -> None:
        """What no field can tell alone; raises ValidationError."""

    @validates_schema
    def _check(self, shape: dict[str, Any], **kwargs: Any) -> None:
        self.check(shape)


_CODES = {
    "there is no such field; check the spelling": "unknown-field",
    "Missing data for required field.": "missing-field",
    "Field may not be null.": "null-field",
}
_DETAILS = {
    "Missing data for required field.": "this field is required",
    "Field may not be null.": "leave the field out instead of writing null",
}


def issues_of(messages: Mapping[Any, Any] | list[str], at: str = "") -> Iterator[Issue]:
    """marshmallow's nested messages as issues with JSON Pointers."""
    if isinstance(messages, list):
        for message in messages:
            yield Issue(at, _CODES.get(message, "invalid-field"), _DETAILS.get(message, message))
        return
    for key, inner in messages.items():
        step = "" if key == "_schema" else "/" + str(key).replace("~", "~0").replace("/", "~1")
        yield from issues_of(inner, at + step)


__all__ = [
    "AnnualRate",
    "Code",
    "Day",
    "Flag",
    "Own",
    "Strict",
    "Text",
    "Whole",
    "Yuan",
    "issues_of",
]
