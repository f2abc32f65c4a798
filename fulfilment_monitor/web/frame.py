"""What stands around every page: the navigation, and who is signed in.

A door that knows its visitor sets `g.visitor` and `g.nav_items` before the page is drawn;
a page may also pass `nav_items` to its template. Without either, the board's own list is shown.
"""

from typing import Any, NamedTuple

from flask import Flask, g, request, url_for

from .language import say

_BOARD = ("overview", "contracts", "alerts", "leads", "about")


class NavItem(NamedTuple):
    """One entry of the navigation."""

    url: str
    label: str
    current: bool


class Visitor(NamedTuple):
    """Who is signed in.

    Args:
        body: the name of the body this person acts for.
        sign_out: where a POST ends the session.
    """

    name: str
    body: str
    sign_out: str


def furnish(app: Flask) -> None:
    """Give every template its frame."""
    app.context_processor(_frame)


def nav_item(endpoint: str, label: str) -> NavItem:
    """An entry that leads to an endpoint; current where that endpoint is shown."""
    return NavItem(url_for(endpoint), label, request.endpoint == endpoint)


def _frame() -> dict[str, Any]:
    items = g.get("nav_items")
    if items is None:
        items = [nav_item(f"board.{page}", say(f"nav.{page}")) for page in _BOARD]
    return {"nav_items": items, "visitor": g.get("visitor"), "home": url_for("board.overview")}
