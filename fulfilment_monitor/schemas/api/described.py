"""How the shapes are described in OpenAPI: what our own fields take, and the steps of a case."""

from collections.abc import Callable, Mapping
from typing import Any

from ...domain import case_details as details
from ...domain.case_details import DETAILS, Detail, OneOf
from ...domain.cases import Event
from ..complaints import Matching, Uscc
from ..fields import (
    FIRST_DAY,
    LAST_DAY,
    AnnualRate,
    Code,
    Day,
    Digest,
    Flag,
    Own,
    Text,
    Whole,
    Yuan,
)
from .queries import Count, Switch

Description = dict[str, Any]

_AMOUNT = {"type": "string", "pattern": r"^[0-9]{1,15}(\.[0-9]{1,2})?$", "example": "1200000.00"}
_DAY = {
    "type": "string",
    "format": "date",
    "description": f"a Beijing civil day from {FIRST_DAY} to {LAST_DAY}",
}
_RATE = r"^(0(\.[0-9]{1,8})?|1(\.0{1,8})?)$"


def _text(field: Any) -> Description:
    return {"type": "string", "minLength": 1, "maxLength": field.longest}


def _whole(field: Any) -> Description:
    return {"type": "integer", "minimum": field.lowest, "maximum": field.highest}


def _code(field: Any) -> Description:
    return {"type": "string", "enum": list(field.known)}


def _matching(field: Any) -> Description:
    return {"type": "string", "pattern": f"^{field.form.pattern}$"}


#: What a field of ours takes, by its type; the nearest one counts.
_TAKES: Mapping[type[Any], Callable[[Any], Description]] = {
    Yuan: lambda _: dict(_AMOUNT),
    Day: lambda _: dict(_DAY),
    AnnualRate: lambda _: {"type": "string", "pattern": _RATE, "example": "0.0365"},
    Text: _text,
    Flag: lambda _: {"type": "boolean"},
    Whole: _whole,
    Count: _whole,
    Switch: lambda _: {"type": "boolean"},
    Code: _code,
    Digest: lambda _: {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    Uscc: lambda _: {"type": "string", "minLength": 1, "maxLength": 120},
    Matching: _matching,
}


def of_field(self: Any, field: Any, **kwargs: Any) -> Description:
    """The description of one of our own fields; nothing for the others."""
    if not isinstance(field, Own):
        return {}
    takes = next(_TAKES[t] for t in type(field).__mro__ if t in _TAKES)
    return takes(field)


# --- the steps of a case ----------------------------------------------------------------------

_WORDS: Description = {"type": "string", "minLength": 1, "maxLength": 4000}
_READS: Mapping[Any, Description] = {
    details.TEXT.read: _WORDS,
    details.DAY.read: {"type": "string", "format": "date"},
    details.YUAN.read: _AMOUNT,
    details.FLAG.read: {"type": "boolean"},
    details.COUNT.read: {"type": "integer", "minimum": 1, "maximum": 366},
    details.TEXTS.read: {"type": "array", "items": _WORDS, "minItems": 1, "maxItems": 50},
}


def of_events() -> Description:
    """An event of a case and what has to be said with it: one of as many shapes as events."""
    shapes = [_of_event(event, wanted) for event, wanted in DETAILS.items()]
    return {"oneOf": shapes, "discriminator": {"propertyName": "event"}}


def _of_event(event: Event, wanted: Mapping[str, Detail]) -> Description:
    said = {name: _of_detail(detail) for name, detail in wanted.items()}
    return {
        "title": event.value,
        "type": "object",
        "properties": {"event": {"type": "string", "const": event.value}, "on": dict(_DAY), **said},
        "required": ["event", *(name for name, detail in wanted.items() if detail.required)],
        "additionalProperties": False,
    }


def _of_detail(detail: Detail) -> Description:
    if isinstance(detail.read, OneOf):
        return {"type": "string", "enum": list(detail.read.allowed)}
    known = _READS.get(detail.read)
    if known is not None:
        return dict(known)
    # the answers to the questions of scope
    return {"type": "object", "minProperties": 1, "additionalProperties": {"type": "boolean"}}
