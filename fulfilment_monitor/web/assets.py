"""Our own styles and scripts: each address names the content, so that a browser may keep it."""

import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, url_for

from .headers import KEEP

_ENDPOINT = "board.static"
_FOLDER = Path(__file__).parent / "static"
#: How many digits of the digest an address carries.
_DIGITS = 12

#: Nothing is evaluated, styled inline, fetched from elsewhere or stored; a refusal is shown like
#: any page.
_HTMX = json.dumps(
    {
        "includeIndicatorStyles": False,
        "allowEval": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "refreshOnHistoryMiss": True,
        "responseHandling": [{"code": "204", "swap": False}, {"code": "...", "swap": True}],
    }
)


def furnish(app: Flask) -> None:
    """Give templates `asset`, and let browsers keep what they fetch by it."""
    app.context_processor(_assets)
    app.after_request(_keep)


def asset(name: str) -> str:
    """The address of a file of ours, changing with its content."""
    return url_for(_ENDPOINT, filename=name, v=digest(name))


@cache
def digest(name: str) -> str:
    """What the content of a file of ours is called in its address."""
    return sha256((_FOLDER / name).read_bytes()).hexdigest()[:_DIGITS]


def _assets() -> dict[str, Any]:
    return {"asset": asset, "htmx_config": _HTMX}


def _keep(response: Response) -> Response:
    """A file asked for by the digest it has now will never change under that address."""
    if request.endpoint == _ENDPOINT and response.status_code in (200, 304):
        name = str((request.view_args or {})["filename"])
        if request.args.get("v") == digest(name):
            response.headers["Cache-Control"] = KEEP
    return response
