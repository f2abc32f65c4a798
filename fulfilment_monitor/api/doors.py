"""Put the API into an application."""

from typing import Any

from flask import Flask

from . import cases, contracts, exports, facts, monitoring, operations, organisations, requests
from .document import document, open_document
from .problems import is_asked

_PARTS = (contracts, facts, monitoring, cases, organisations, exports, operations)


def prepare(app: Flask) -> None:
    """What has to be done before anything else looks at a request."""
    app.before_request(_limit)
    app.json.ensure_ascii = app.json.sort_keys = False  # type: ignore[attr-defined]


def open_api(app: Flask) -> None:
    """Register every operation, and describe it."""
    described = open_document(app)
    for part in _PARTS:
        described.register_blueprint(part.bp)
    app.register_blueprint(operations.pages)


def _limit() -> None:
    if is_asked():
        requests.limit()


def document_alone() -> dict[str, Any]:
    """The OpenAPI document, made without a database."""
    app = Flask("fulfilment_monitor", static_folder=None)
    open_api(app)
    return document(app)
