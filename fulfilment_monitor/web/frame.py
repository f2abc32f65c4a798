"""What stands around every page: the navigation, and who is signed in.

Both follow from who asks; a page that knows better sets `g.visitor` or `g.nav_items`.
"""

from typing import Any, NamedTuple

from flask import Flask, current_app, g, request, url_for

from ..domain.access import Action, reaches
from ..premises import premises
from ..services import exports, own_notifications
from . import guard
from .language import say
from .navigation import entries

#: Where the seal leads who is not signed in: the first that exists.
_STREET_HOMES = ("public.portal", "board.about")
_SIGN_OUT, _ACCOUNT, _TOLD = "entrance.sign_out", "own.account", "notifications.index"
_SEARCH = "finding.search"


class NavItem(NamedTuple):
    """One entry of the navigation."""

    url: str
    label: str
    #: `page` where it is what is shown, `true` where what is shown lies behind it, or nothing.
    current: str = ""


class Visitor(NamedTuple):
    """Who is signed in.

    Args:
        body: the name of the body or enterprise this person acts for.
        sign_out: where a POST ends the session.
        account: where one sees to one's own account, if that is a page here.
        told: where one's notifications are, if that is a page here, and how many are unread.
    """

    name: str
    body: str
    sign_out: str
    account: str | None = None
    told: str | None = None
    unread: int = 0


def furnish(app: Flask) -> None:
    """Give every template its frame."""
    app.context_processor(_frame)


def _frame() -> dict[str, Any]:
    items = g.get("nav_items")
    if items is None:
        items = _doors([(url_for(e.endpoint), say(e.text)) for e in entries()])
    visitor = g.get("visitor") or _visitor()
    street = next(e for e in _STREET_HOMES if e in current_app.view_functions)
    return {
        "nav_items": items,
        "visitor": visitor,
        "home": items[0].url if visitor and items else url_for(street),
        "find_at": _find_at(),
        "export_rows": _export_rows,
        "sign_in": None if visitor else _address(guard.SIGN_IN),
    }


def _find_at() -> str | None:
    """Where the search of the frame leads, for whom it is."""
    who = guard.visitor()
    if who is None or not reaches(Action.CREDIT_READ, who.actor):
        return None
    return _address(_SEARCH)


def _export_rows() -> int:
    """How many rows the reader may take out at once."""
    return exports.allowance(guard.actor()).rows


def _doors(links: list[tuple[str, str]]) -> list[NavItem]:
    """Addresses with their labels; the nearest one above what is shown is marked."""
    here = request.path
    above = [url for url, _ in links if here == url or (url != "/" and here.startswith(f"{url}/"))]
    nearest = max(above, key=len, default=None)
    mark = "page" if nearest == here else "true"
    return [NavItem(url, label, mark if url == nearest else "") for url, label in links]


def _visitor() -> Visitor | None:
    who = guard.visitor()
    if who is None:
        return None
    own = _address(_ACCOUNT) if reaches(Action.OWN_ACCOUNT, who.actor) else None
    told, unread = _told(who) if own else (None, 0)
    sign_out = _address(_SIGN_OUT) or ""
    return Visitor(who.name, who.body_name or "", sign_out, own, told, unread)


def _told(who: guard.Principal) -> tuple[str | None, int]:
    """Where one's notifications are, and how many are unread."""
    where = _address(_TOLD)
    if where is None:
        return None, 0
    with premises().house.readers() as session:
        return where, own_notifications.unread(session, who.account_id)


def _address(endpoint: str) -> str | None:
    """Where an endpoint is, if this application has it."""
    return url_for(endpoint) if endpoint in current_app.view_functions else None
