"""The document of the API, the page made of it, and whether the service is ready."""

import json
from functools import cache
from typing import Any

from flask import Blueprint as Pages
from flask import Response, render_template

from ..house import unready
from ..premises import premises
from . import cases, channels, contracts, evidence, exports, facts, feed, monitoring, organisations
from .callers import opens_to_everybody
from .document import PREFIX, Blueprint, describe

bp = Blueprint("api_document", __name__, url_prefix=PREFIX, description="This document")
_NOUNS = (contracts, facts, evidence, monitoring, cases, channels, organisations, exports, feed)
#: Everything the document describes.
PARTS = (*(noun.bp for noun in _NOUNS), bp)
pages = Pages("api_pages", __name__, template_folder="templates")


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document; it is the same for every application."""
    return describe(PARTS)


@bp.get("/openapi.json")
@opens_to_everybody
@bp.response(200, {"type": "object"})
def openapi() -> Response:
    """This document."""
    text = json.dumps(document(), ensure_ascii=False)
    return Response(text, content_type="application/json")


@pages.get("/api/docs")
@opens_to_everybody
def docs() -> str:
    """The operations for people to read."""
    found = document()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            told = {**operation, "method": method.upper(), "path": path}
            groups.setdefault(operation["tags"][0], []).append(told)
    return render_template("api_docs.html", groups=groups, shown=_example)


def _example(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


@pages.get("/readyz")
@opens_to_everybody
def readyz() -> Response:
    """Whether the database answers and is of this release."""
    why = unready(premises().house)
    return Response(why or "ok", 503 if why else 200, content_type="text/plain; charset=utf-8")
