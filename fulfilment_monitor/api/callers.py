"""Who calls, and what an operation is for: a session of the pages, a key, or a signature.

An operation that does not say whom it opens to is shut, as a page is.
"""

import logging
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, NamedTuple

from flask import g, request

from ..domain import access
from ..domain.access import Action
from ..domain.api_keys import Scope
from ..domain.authority import Actor, Forbidden, Role
from ..domain.partners import BadSignature, SharedKey
from ..gateways import signatures
from ..house import keys_of
from ..premises import premises, visitor
from ..services import api_keys, nonces, partner_keys, rates
from ..services.web_sessions import NotSignedIn

log = logging.getLogger(__name__)

#: What the guard of the pages looks for on a view; it leaves the rest to us.
_MARK = "opens_to"
_SCHEME = "bearer "
#: Below it a key may come as a parameter.
OPEN311 = "/open311/v2"
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
    found = _by_signature(now) or _by_key(now) or _by_session(now)
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


def _by_signature(now: datetime) -> Caller | None:
    """A partner that signed the request, for this address of ours and nothing else."""
    if "Signature-Input" not in request.headers:
        return None
    address = request.remote_addr or ""
    house = premises().house
    try:
        key = _signing_key(now)
        if not key.is_used_from(address):
            raise BadSignature("the key is not used from there")
    except BadSignature as refused:
        log.warning("signature.invalid", extra={"detail": str(refused)})
        with house.sessions.begin() as session:
            rates.charge(session, _WRONG_KEYS, address, now=now)
        raise BadSignature("sign the request anew with a key that is in use") from None
    with house.sessions.begin() as session:
        partner_keys.touch(session, key.id, now)
    who = Actor(f"partner:{key.partner}", roles=frozenset({Role.PARTNER}))
    return Caller(who, who.name, key.scopes, has_stepped_up=False)


def _signing_key(now: datetime) -> SharedKey:
    house = premises().house
    secrets = keys_of(house)

    def find(key_id: str) -> SharedKey | None:
        with house.readers() as session:
            return partner_keys.find(session, key_id, secrets, now=now)

    def is_new(key_id: str, nonce: str) -> bool:
        try:
            with house.sessions.begin() as session:
                nonces.take(session, key_id, nonce, now=now)
        except nonces.Replayed:
            return False
        return True

    headers = dict(request.headers.items())
    body = request.get_data(cache=True)
    return signatures.verify(request.method, request.url, headers, body, find, now, is_new)


def _as_parameter() -> str | None:
    """The key where the standard of the façade has it; nowhere else."""
    if not request.path.startswith(OPEN311 + "/"):
        return None
    sent = request.form.get("api_key") or request.args.get("api_key")
    return sent and _SCHEME + sent


def _by_key(now: datetime) -> Caller | None:
    sent = request.headers.get("Authorization") or _as_parameter()
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
