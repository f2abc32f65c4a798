"""Pages of a list: where the next one begins is a cursor, which tells a caller nothing else."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from ..domain.errors import Invalid, Issue

Row = dict[str, Any]
_MOST = 2**63 - 1


class BadCursor(Invalid):
    """A cursor of another list, or none at all."""

    code = "cursor.invalid"

    def __init__(self) -> None:
        super().__init__([Issue("/cursor", "cursor.invalid", "send `next` of the page before")])


def place_of(query: Row, name: str, *kinds: type[int] | type[str]) -> list[Any] | None:
    """What a cursor of a list says; None for the first page.

    Raises:
        BadCursor: it is not one of ours.
    """
    cursor = query.get("cursor")
    if cursor is None:
        return None
    try:
        said = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise BadCursor from None
    if not isinstance(said, list) or said[:1] != [name]:
        raise BadCursor
    place = said[1:]
    if len(place) != len(kinds) or any(type(v) is not k for v, k in zip(place, kinds, strict=True)):
        raise BadCursor
    if any(isinstance(v, int) and not 0 <= v <= _MOST for v in place):
        raise BadCursor
    return place


def page(
    items: Sequence[Row], query: Row, name: str, place: Callable[[Row], Sequence[Any]]
) -> tuple[Row, int, dict[str, str]]:
    """A page out of one item more than it may hold, with its `Link`."""
    shown = list(items[: query["limit"]])
    following = None
    headers = {}
    if len(items) > len(shown):
        following = cursor_of(name, place(shown[-1]))
        headers["Link"] = f'<{address(following)}>; rel="next"'
    return {"items": shown, "next": following}, 200, headers


def address_of(name: str, place: Sequence[Any]) -> str:
    """The address of the page that begins after a place of a list."""
    return request.host_url.rstrip("/") + address(cursor_of(name, place))


def cursor_of(name: str, place: Sequence[Any]) -> str:
    """A place of a list, for whoever sends it back."""
    said = json.dumps([name, *place], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(said).rstrip(b"=").decode()


def address(cursor: str) -> str:
    """Where this list goes on from a place, on this host."""
    return f"{request.path}?{urlencode({**request.args.to_dict(), 'cursor': cursor})}"


def attached(content: bytes, name: str, mimetype: str) -> Response:
    """A file to be kept under a name."""
    reply = Response(content, content_type=mimetype)
    reply.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return reply
