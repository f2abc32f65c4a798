"""What a request brings: a JSON document, a condition, the day it asks about."""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from ..domain.errors import Invalid, Issue
from ..premises import premises
from .problems import BadJson, NoCondition, NoJson

#: Bytes of a body.
MOST_BYTES = 1_000_000
#: The one operation that takes a file.
FILES = "api_evidence.hand_in"
_ETAG = re.compile(r'"([!#-~]{1,100})"')


def limit() -> None:
    """No body of the API is read further than this, however it comes."""
    request.max_content_length = MOST_BYTES
    if request.endpoint == FILES:
        request.max_content_length += premises().house.settings.evidence_bytes()


def document(*, optional: bool = False) -> Any:
    """The JSON document of the body.

    Args:
        optional: an empty body is an empty object.

    Raises:
        NoJson, BadJson: it is none.
        Invalid: a text in it cannot be kept: it holds a NUL, or half of a character.
    """
    raw = request.get_data(cache=True)
    if len(raw) > MOST_BYTES:
        raise RequestEntityTooLarge
    if optional and not raw and request.mimetype in ("", "application/json"):
        return {}
    if request.mimetype != "application/json":
        raise NoJson("send Content-Type: application/json")
    try:
        found = json.loads(
            raw.decode("utf-8"), parse_constant=_no_number, object_pairs_hook=_without_twins
        )
    except (ValueError, RecursionError) as fault:
        raise BadJson(f"this is no JSON document: {type(fault).__name__}") from None
    issues = list(_unkeepable(found, ""))
    if issues:
        raise Invalid(issues)
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _unkeepable(found: Any, at: str) -> Iterator[Issue]:
    match found:
        case str():
            if any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in found):
                yield Issue(at, "invalid-field", "a text without NUL and halves of characters")
        case dict():
            for name, value in found.items():
                yield from _unkeepable(name, at)
                yield from _unkeepable(value, f"{at}/{_step(name)}")
        case list():
            for i, value in enumerate(found):
                yield from _unkeepable(value, f"{at}/{i}")


def _step(name: str) -> str:
    shown = name.encode("utf-8", "replace").decode()
    return shown.replace("~", "~0").replace("/", "~1")


def condition() -> str | None:
    """What `If-Match` names; None where it is left out.

    Raises:
        Invalid: it is no single strong ETag.
    """
    sent = request.headers.get("If-Match")
    if sent is None:
        return None
    named = _ETAG.fullmatch(sent.strip())
    if named is None:
        detail = 'one ETag as it was sent, such as "7.9f86d081"'
        raise Invalid([Issue("/If-Match", "invalid-header", detail)])
    return named[1]


def needed_condition() -> str:
    """What `If-Match` names.

    Raises:
        NoCondition: it is left out.
    """
    found = condition()
    if found is None:
        raise NoCondition("read it first, and send its ETag as If-Match")
    return found


def day(query: dict[str, Any], name: str = "as_of") -> date:
    """The day that is asked about; today where none is."""
    found: date | None = query.get(name)
    return found or premises().moment().today
