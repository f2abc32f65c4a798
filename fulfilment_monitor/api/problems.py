"""Refusals and errors as RFC 9457 problems: one shape for everything that was not done."""

import json
import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from flask import Response, request
from werkzeug.exceptions import HTTPException

from ..domain.errors import Invalid, Issue, Refusal
from ..schemas.fields import issues_of

log = logging.getLogger(__name__)

MIMETYPE = "application/problem+json"
#: Everything below is answered with problems; pages are elsewhere.
ROOT = "/api/"


class BadJson(Refusal):
    code = "json.malformed"
    title = "The body is no JSON document"
    status = 400


class NoJson(Refusal):
    code = "http.415"
    title = "The body is not of the type application/json"
    status = 415


class NoCondition(Refusal):
    code = "precondition.missing"
    title = "Say with If-Match which version was read"
    status = 428


class Stale(Refusal):
    code = "precondition.failed"
    title = "It has changed since it was read"
    status = 412


def is_asked() -> bool:
    """Whether this request is one of the API's, whatever it leads to."""
    return request.path.startswith(ROOT)


def of_refusal(refusal: Refusal) -> Response:
    """A refusal of the rules."""
    own_fault = refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if own_fault:  # what is wrong with our own house is for the log, not for the street
        log.error("api.refused", extra={"code": refusal.code, "detail": str(refusal)})
    detail = None if own_fault else str(refusal)
    members: dict[str, Any] = {} if own_fault else dict(refusal.members)
    if isinstance(refusal, Invalid):
        detail = f"{len(refusal.issues)} fault(s), see errors"
        members["errors"] = [_error(i) for i in refusal.issues]
    return _problem(refusal.status, refusal.code, refusal.title, detail, members)


def of_error(error: HTTPException) -> Response:
    """An error of the protocol, or a fault of ours; its headers are kept (Allow, Retry-After)."""
    issues = list(_issues(error))
    if issues:
        return of_refusal(Invalid(issues))
    status = error.code or int(HTTPStatus.INTERNAL_SERVER_ERROR)
    reply = _problem(status, f"http.{status}", HTTPStatus(status).phrase, None, {})
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            reply.headers.setdefault(name, value)
    return reply


def _issues(error: HTTPException) -> Iterator[Issue]:
    """What webargs found wrong with a request."""
    told: dict[str, Any] = getattr(error, "data", None) or {}
    for found in told.get("messages", {}).values():
        yield from issues_of(found)


def _error(issue: Issue) -> dict[str, str]:
    return {"pointer": issue.pointer, "code": issue.code, "detail": issue.detail}


def _problem(
    status: int, code: str, title: str, detail: str | None, members: dict[str, Any]
) -> Response:
    said = {"type": f"/problems/{code}", "title": title, "status": status, "code": code}
    if detail is not None:
        said["detail"] = detail
    text = json.dumps({**members, **said}, ensure_ascii=False, default=str)
    reply = Response(text, status, content_type=MIMETYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        reply.headers["WWW-Authenticate"] = 'Bearer realm="fulfilment-monitor"'
    if "retry_after" in members:
        reply.headers["Retry-After"] = str(members["retry_after"])
    return reply
