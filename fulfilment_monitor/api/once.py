"""Requests that change something: one transaction, and done once however often they come."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, NamedTuple

from flask import Response, request
from marshmallow import Schema

from ..domain.errors import Invalid, Issue
from ..domain.secrets import Secrets
from ..house import House
from ..premises import premises
from ..services import replies
from ..services.office import Office
from ..services.replies import Answer, Asked
from .callers import caller

_HEADER, _REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
_KEY = re.compile(r"[!-~]{1,120}")


class Doing(NamedTuple):
    """What a change works with: its transaction, law and policy, and the moment."""

    session: Any
    house: House
    office: Office
    now: datetime
    today: date


class Done(NamedTuple):
    """What came of a change: a value for its shape, and how to answer."""

    value: Any
    status: int = 201
    location: str | None = None
    etag: str | None = None


def once(
    shape: type[Schema], change: Callable[[Doing], Done], *, secrets: Secrets | None = None
) -> Response:
    """Make a change in one transaction and answer; the same request again gets the same answer.

    Args:
        secrets: seals the answer where it is kept.
    """
    house, (now, today) = premises().house, premises().moment()
    office, asked = house.office(), _asked()
    with house.sessions.begin() as session:
        known = asked and replies.claim(session, asked, secrets=secrets, now=now)
        if known is not None:
            return _answered(known, replayed=True)
        done = change(Doing(session, house, office, now, today))
        body = json.dumps(shape().dump(done.value), ensure_ascii=False)
        answer = Answer(done.status, body, done.location, done.etag)
        if asked is not None:
            replies.keep(session, asked, answer, secrets=secrets)
    return _answered(answer)


def _asked() -> Asked | None:
    key = request.headers.get(_HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        detail = "1 to 120 visible ASCII characters"
        raise Invalid([Issue(f"/{_HEADER}", "invalid-header", detail)])
    said = hashlib.sha256(f"{request.method} {request.path}\n".encode())
    said.update(request.headers.get("If-Match", "").encode() + b"\n")
    said.update(request.get_data(cache=True))
    return Asked(caller().name, key, said.digest())


def _answered(answer: Answer, *, replayed: bool = False) -> Response:
    reply = Response(answer.body, answer.status, content_type="application/json")
    if answer.location is not None:
        reply.headers["Location"] = answer.location
    if answer.etag is not None:
        reply.headers["ETag"] = f'"{answer.etag}"'
    if replayed:
        reply.headers[_REPLAYED] = "true"
    return reply
