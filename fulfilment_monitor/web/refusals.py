"""Refusals and errors as pages, with the status they stand for."""

import logging
import re

from flask import Response, make_response, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from ..domain.errors import Refusal
from .language import say
from .wording import TEXTS

log = logging.getLogger(__name__)

_SERVER_FAULT, _NOT_FOUND, _NOT_SIGNED_IN = 500, 404, 401
#: Where passwords are typed, which are never shown again.
_SECRET = frozenset({"entrance", "own", "vouched"})
#: How many bytes of a form are read again for somebody who is not signed in.
_MOST = 256_000
#: What a form says by itself: names of choices, its token, numbers of steps.
_CODE = re.compile(r"[a-z0-9_.:-]{0,40}|[A-Za-z0-9_-]{40,}", re.ASCII)


def refused(refusal: Refusal) -> Response:
    """A refusal of the rules as a page."""
    # What is wrong with our own house is for the log, not for the street.
    own_fault = refusal.status >= _SERVER_FAULT
    if own_fault:
        log.error("page.refused", extra={"code": refusal.code, "detail": str(refusal)})
    return _page(refusal.status, refusal.code, "" if own_fault else str(refusal))


def failed(error: HTTPException) -> Response:
    """An error of the protocol, or a fault of ours, as a page."""
    status = error.code or _SERVER_FAULT
    response = _page(status, f"http.{status}", "")
    if status == 405:  # the answer to a wrong method names the right ones
        response.headers["Allow"] = error.get_response().headers["Allow"]
    return response


def _why(status: int, code: str) -> str:
    """Why, in the language of the page: by the refusal, else by its status."""
    if status == _NOT_FOUND:  # in the same words, whatever is not there
        return say(f"refusal.{status}")
    told = (f"refused.{code}", f"refusal.{status}")
    return say(next((key for key in told if key in TEXTS), "refusal.other"))


def _page(status: int, code: str, detail: str) -> Response:
    page = render_template(
        "refusal.html",
        status=status,
        code=code,
        detail=detail,
        why=_why(status, code),
        typed=_typed() if status == _NOT_SIGNED_IN else [],
    )
    return make_response(page, status)


def _typed() -> list[str]:
    """What somebody typed whose session had ended meanwhile: it would be lost with the form."""
    if request.blueprint in _SECRET or (request.content_length or _MOST) >= _MOST:
        return []
    try:
        texts = [text.strip() for _, text in request.form.items(multi=True)]
    except RequestEntityTooLarge:
        return []
    return [text for text in dict.fromkeys(texts) if not _CODE.fullmatch(text)]
