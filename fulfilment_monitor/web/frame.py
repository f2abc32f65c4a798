"""What stands around every page: the navigation, and who is signed in.

Both follow from who asks; a page that knows better sets `g.visitor` or `g.nav_items`.
"""

from typing import Any, NamedTuple

from flask import Flask, current_app, g, request, url_for

from ..domain.access import Action, reaches
from . import guard
from .language import say
from .navigation import entries

#: Where the seal leads who is not signed in: the first that exists.
_STREET_HOMES = ("public.portal", "board.about")
_SIGN_OUT, _ACCOUNT = "entrance.sign_out", "own.account"


class NavItem(NamedTuple):
    """One entry of the navigation."""

    url: str
    label: str
    current: bool


class Visitor(NamedTuple):
    """Who is signed in.

    Args:
        body: the name of the body or enterprise this person acts for.
        sign_out: where a POST ends the session.
        account: where one sees to one's own account, if that is a page here.
    """

    name: str
    body: str
    sign_out: str
    account: str | None = None


def furnish(app: Flask) -> None:
    """Give every template its frame."""
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    items = g.get("nav_items")
    if items is None:
        items = [nav_item(entry.endpoint, say(entry.text)) for entry in entries()]
    visitor = g.get("visitor") or _visitor()
    street = next(e for e in _STREET_HOMES if e in current_app.view_functions)
    return {
        "nav_items": items,
        "visitor": visitor,
        "home": items[0].url if visitor and items else url_for(street),
        "sign_in": None if visitor else _address(guard.SIGN_IN),
    }


def nav_item(endpoint: str, label: str) -> NavItem:
    """An entry that leads to an endpoint; current where that endpoint is shown."""
    return NavItem(url_for(endpoint), label, request.endpoint == endpoint)


def _visitor() -> Visitor | None:
    who = guard.visitor()
    if who is None:
        return None
    own = _address(_ACCOUNT) if reaches(Action.OWN_ACCOUNT, who.actor) else None
    return Visitor(who.name, who.body_name or "", _address(_SIGN_OUT) or "", own)


def _address(endpoint: str) -> str | None:
    """Where an endpoint is, if this application has it."""
    return url_for(endpoint) if endpoint in current_app.view_functions else None
