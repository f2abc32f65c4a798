"""Who calls, and what an operation is for: a session of the pages, or a key.

An operation that does not say whom it opens to is shut, as a page is.
"""

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, NamedTuple

from flask import g, request

from ..domain import access
from ..domain.access import Action
from ..domain.api_keys import Scope
from ..domain.authority import Actor, Forbidden
from ..premises import premises, visitor
from ..services import api_keys, rates
from ..services.web_sessions import NotSignedIn

#: What the guard of the pages looks for on a view; it leaves the rest to us.
_MARK = "opens_to"
_SCHEME = "bearer "
_LONGEST_TOKEN = 200
_SAFE = frozenset({"GET", "HEAD"})

#: Keys that are none, from one address: a hundred are looked up, then it rests; right ones pass.
_WRONG_KEYS = rates.Rule("api-key", timedelta(minutes=5), (*[0] * 99, 300))

View = Callable[..., Any]


class StepUpNeeded(Forbidden):
    """The second factor was given too long ago, or cannot be given at all: a key has none."""

    code = "step-up-needed"
    title = "Give the second factor again"


class Caller(NamedTuple):
    """Who calls."""

    actor: Actor
    #: What it is known by; an Idempotency-Key means nothing to anybody else.
    name: str
    #: What a key is good for; None for a person, who is not limited so.
    scopes: frozenset[str] | None
    has_stepped_up: bool


def caller() -> Caller:
    """Who calls the operation that is being answered."""
    found: Caller = g.caller
    return found


def actor() -> Actor:
    """In which capacity the caller acts."""
    return caller().actor


def opens_to(action: Action, scope: Scope | None) -> Callable[[View], View]:
    """An operation for who may do something; a key needs the scope as well.

    Without a scope it is for persons only.
    """

    def mark(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            _admit(action, scope)
            return view(*args, **kwargs)

        keys = [] if scope is None else [{"apiKey": [scope.value]}]
        said = {"security": [*keys, {"session": []}]}
        return _public(_documented(guarded, said))

    return mark


def opens_to_everybody(view: View) -> View:
    """An operation for everybody, which asks for nothing."""
    return _public(_documented(view, {"security": []}))


def refuse_without_step_up() -> None:
    """Some acts ask for the second factor anew.

    Raises:
        StepUpNeeded: it was not given a short while ago.
    """
    if not caller().has_stepped_up:
        raise StepUpNeeded("sign in on the pages, confirm the second factor there, and try again")


def _public(view: View) -> View:
    setattr(view, _MARK, ())
    return view


def _documented(view: View, said: dict[str, Any]) -> View:
    known: dict[str, Any] = deepcopy(getattr(view, "_apidoc", {}))
    known["manual_doc"] = {**known.get("manual_doc", {}), **said}
    view._apidoc = known  # type: ignore[attr-defined]
    return view


def _admit(action: Action, scope: Scope | None) -> None:
    now = premises().moment().now
    found = _by_key(now) or _by_session(now)
    if found.scopes is not None and (scope is None or scope.value not in found.scopes):
        needed = "keys are not for this" if scope is None else f"this key lacks {scope.value}"
        raise Forbidden(needed, scope=scope and scope.value)
    access.refuse(action, found.actor)
    g.caller = found
    if action in access.STEP_UP and request.method not in _SAFE:
        refuse_without_step_up()


def _by_session(now: datetime) -> Caller:
    who = visitor()
    if who is None:
        raise NotSignedIn("sign in, or send a key: Authorization: Bearer …")
    return Caller(who.actor, f"account:{who.account}", None, who.has_stepped_up(now))


def _by_key(now: datetime) -> Caller | None:
    sent = request.headers.get("Authorization")
    if sent is None:
        return None
    token = sent[len(_SCHEME) :].strip()
    known = sent.lower().startswith(_SCHEME) and token.isascii() and len(token) <= _LONGEST_TOKEN
    if not known:
        raise NotSignedIn("send a key: Authorization: Bearer …")
    house, address = premises().house, request.remote_addr or ""
    try:
        with house.readers() as session:
            found = api_keys.find(session, token, address=address, now=now)
    except NotSignedIn:
        with house.sessions.begin() as session:
            rates.charge(session, _WRONG_KEYS, address, now=now)
        raise
    if found.wants_touch:
        with house.sessions.begin() as session:
            api_keys.touch(session, found.key, now)
    return Caller(found.actor, f"key:{found.key}", found.scopes, has_stepped_up=False)
