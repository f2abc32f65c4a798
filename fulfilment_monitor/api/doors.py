"""Put the API into an application."""

from flask import Flask

from . import open311, operations, requests
from .document import convert
from .problems import is_asked


def prepare(app: Flask) -> None:
    """What has to be done before anything else looks at a request."""
    app.before_request(_limit)
    app.json.ensure_ascii = app.json.sort_keys = False  # type: ignore[attr-defined]


def open_api(app: Flask) -> None:
    """Register every operation."""
    convert(app)
    for blueprint in (*operations.PARTS, operations.pages, open311.bp):
        app.register_blueprint(blueprint)


def _limit() -> None:
    if is_asked():
        requests.limit()
