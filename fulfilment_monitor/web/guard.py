"""Who comes in, and to what: every page says what it is for, and a page that says nothing is shut.

A session is found by its cookie before the page is called. What changes something has to come
from a page of ours: the browser's `Origin`, and a token that only the session's forms carry.
"""

import hmac
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, TypeVar

from flask import Flask, Request, Response, current_app, g, redirect, request, url_for
from werkzeug.exceptions import HTTPException

from ..domain import access
from ..domain.access import Action
from ..domain.authority import VISITOR, Actor, Forbidden
from ..premises import premises, visitor
from ..services import web_sessions
from ..services.web_sessions import NotSignedIn, Principal
from . import origin

_MARK = "opens_to"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: Where the second factor is asked for, and whoever is not signed in is sent.
SIGN_IN, STEP_UP = "entrance.sign_in", "entrance.step_up"
FORM_TOKEN = "csrf_token"  # noqa: S105 — the name of a field
_HEADER = "X-CSRF-Token"

View = TypeVar("View", bound=Callable[..., Any])


def opens_to(*actions: Action) -> Callable[[View], View]:
    """A page for who may do one of some actions; with none, for everybody on the street."""

    def mark(view: View) -> View:
        setattr(view, _MARK, actions)
        return view

    return mark


def keep(app: Flask) -> None:
    """Put the guard at every door of an application."""
    app.before_request(_guard)
    app.context_processor(_who)


def principal() -> Principal:
    """Who is signed in.

    Raises:
        NotSignedIn: nobody is.
    """
    found = visitor()
    if found is None:
        raise NotSignedIn("please sign in")
    return found


def actor() -> Actor:
    """Who acts: an account, or anybody from the street."""
    found = visitor()
    return VISITOR if found is None else found.actor


def opening_of(app: Flask, endpoint: str, method: str = "GET") -> tuple[Action, ...] | None:
    """What an endpoint says it is for: actions, none for everybody, or None where it is shut."""
    view = app.view_functions[endpoint]
    if endpoint == "static" or endpoint.endswith(".static"):
        return ()
    by_method = getattr(getattr(view, "view_class", None), method.lower(), None)
    found: tuple[Action, ...] | None = getattr(by_method or view, _MARK, None)
    return found


def _guard() -> Response | None:
    g.principal = _look_up(request)
    if request.endpoint is None:
        return None  # no such page: the answer is the same for everybody
    method = "GET" if request.method == "HEAD" else request.method
    wanted = opening_of(current_app, request.endpoint, method)
    if wanted is None:
        raise Forbidden("this page is not open to anybody")
    refuse_foreign(request)
    if not wanted:
        return None
    if g.principal is None:
        return _to_sign_in()
    for action in wanted:
        if access.reaches(action, g.principal.actor):
            return _stepped_up(action)
    access.refuse(wanted[0], g.principal.actor)
    return None


def _look_up(asked: Request) -> Principal | None:
    token = asked.cookies.get(cookie_name())
    if not token or not token.isascii():
        return None
    house, (now, today) = premises().house, premises().moment()
    with house.readers() as session:
        try:
            found = web_sessions.find(
                session, token, network=network(asked), now=now, today=today,
                for_administrators=for_administrators(asked),
            )  # fmt: skip
        except NotSignedIn:
            return None
        due = web_sessions.wants_touch(session, found.session_id, now)
    if due:
        with house.sessions.begin() as session:
            web_sessions.touch(session, found.session_id, now)
    return found


def cookie_name() -> str:
    """The name of the session's cookie: bound to this host wherever the connection is secure."""
    return "__Host-session" if request.is_secure else "session"


def network(asked: Request) -> str:
    """The prefix of the network a request comes from."""
    address = asked.remote_addr or ""
    if ":" in address:
        return ":".join(address.split(":")[:3])
    return ".".join(address.split(".")[:3])


def for_administrators(asked: Request) -> bool:
    """Whether a request comes from where administrators may work."""
    networks = premises().house.settings.admin_addresses()
    if not networks:
        return True
    try:
        address = ip_address(asked.remote_addr or "")
    except ValueError:
        return False
    return any(address in network for network in networks)


def refuse_foreign(asked: Request) -> None:
    """What changes something comes from a page of ours.

    Raises:
        ForeignOrigin: the browser says it comes from elsewhere.
        Forbidden: somebody is signed in, and the token of the session's forms is missing.
    """
    who = visitor()
    origin.refuse_foreign(asked, may_hide=who is not None)
    if who is None or asked.method in _SAFE:
        return  # there is nothing that a foreign page could borrow
    given = asked.headers.get(_HEADER) or asked.form.get(FORM_TOKEN, "")
    if not hmac.compare_digest(given.encode(), who.csrf.encode()):
        raise Forbidden("this form was not sent from your session; open the page again")


def _stepped_up(action: Action) -> Response | None:
    if action not in access.STEP_UP or request.method in _SAFE:
        return None
    if principal().has_stepped_up(premises().moment().now):
        return None
    return redirect(url_for(STEP_UP, next=_page_above(request.path)), 303)  # type: ignore[return-value]


def _page_above(path: str) -> str | None:
    """The page a form stands on: the nearest address at or above the one it is sent to."""
    routes = current_app.url_map.bind("")
    while path:
        try:
            routes.match(path, method="GET")
        except HTTPException:
            path = path.rpartition("/")[0]
        else:
            return path
    return None


def _to_sign_in() -> Response:
    if request.method in _SAFE and request.accept_mimetypes.accept_html:
        where = request.full_path.rstrip("?")
        return redirect(url_for(SIGN_IN, next=where))  # type: ignore[return-value]
    raise NotSignedIn("please sign in")


def _who() -> dict[str, Any]:
    """What every template knows: who is signed in, and the token of their forms."""
    found = visitor()
    return {
        "who": found,
        "csrf_field": FORM_TOKEN,
        "csrf_token": "" if found is None else found.csrf,
        "may": lambda code: bool(access.reaches(Action(code), actor())),
    }
