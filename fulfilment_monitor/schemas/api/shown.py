"""Words to write outgoing shapes with: each is a field that is always there."""

from enum import StrEnum
from typing import Any

from marshmallow import Schema, fields, validate


class Shown(Schema):
    """An outgoing shape: a list of what may leave."""


def text(about: str = "", **more: Any) -> fields.String:
    """A text."""
    return fields.String(required=True, **_about(about), **more)


def text_or_none(about: str = "") -> fields.String:
    return text(about, allow_none=True)


def day(about: str = "", **more: Any) -> fields.String:
    """A Beijing civil day."""
    return fields.String(required=True, **_about(about, format="date"), **more)


def day_or_none(about: str = "") -> fields.String:
    return day(about, allow_none=True)


def instant(about: str = "") -> fields.String:
    """An instant, with its offset."""
    return fields.String(required=True, **_about(about, format="date-time"))


def yuan(about: str = "", **more: Any) -> fields.String:
    """Money: yuan with exactly two decimals, as a text."""
    return fields.String(required=True, **_about(about, pattern=r"^-?[0-9]+\.[0-9]{2}$"), **more)


def yuan_or_none(about: str = "") -> fields.String:
    return yuan(about, allow_none=True)


def whole(about: str = "", **more: Any) -> fields.Integer:
    return fields.Integer(required=True, **_about(about), **more)


def whole_or_none(about: str = "") -> fields.Integer:
    return whole(about, allow_none=True)


def flag(about: str = "", **more: Any) -> fields.Boolean:
    return fields.Boolean(required=True, **_about(about), **more)


def flag_or_none(about: str = "") -> fields.Boolean:
    return flag(about, allow_none=True)


def code(codes: type[StrEnum], about: str = "", **more: Any) -> fields.String:
    """One of the codes of a list."""
    known = validate.OneOf([str(c) for c in codes])
    return fields.String(required=True, validate=known, **_about(about), **more)


def one(shape: type[Schema], about: str = "", **more: Any) -> fields.Nested:
    return fields.Nested(shape, required=True, **_about(about), **more)


def many(shape: type[Schema], about: str = "", **more: Any) -> fields.List:
    return fields.List(fields.Nested(shape), required=True, **_about(about), **more)


def texts(about: str = "", **more: Any) -> fields.List:
    return fields.List(fields.String(), required=True, **_about(about), **more)


def table(about: str = "", **more: Any) -> fields.Dict:
    """An object whose members are named in the docs of what wrote it."""
    return fields.Dict(required=True, **_about(about), **more)


def tables(about: str = "", **more: Any) -> fields.List:
    """Objects in order."""
    return fields.List(fields.Dict(), required=True, **_about(about), **more)


def maybe(field: Any) -> Any:
    """A field that may be left out."""
    field.required = False
    return field


def _about(words: str, **more: str) -> dict[str, Any]:
    said = {**more, **({"description": words} if words else {})}
    return {"metadata": said} if said else {}
