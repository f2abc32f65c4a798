"""Come in as whom another service vouches for; where none is set up there is no such page.

What has to come back is kept in a sealed cookie of ten minutes, never in the database: a try that
is given up leaves nothing behind.
"""

import base64
import binascii
import hmac
import json
from typing import Any, NamedTuple

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.errors import NotFound
from ..domain.secrets import Keyed, KeyUnknown, Secrets, Unsealable
from ..gateways.oidc import Begun, NotVouched, Provider
from ..house import keys_of
from ..premises import premises
from ..services import vouched
from ..services.rates import TooOften
from . import guard
from .entrance import enter, means, own_path, resting, wait_words
from .guard import opens_to, principal, visitor
from .language import say

bp = Blueprint("vouched", __name__, template_folder="templates")

_COOKIE, _PATH, _SECONDS = "sso", "/login/sso", 600
_ABOUT = b"sso.try"
#: Longer than any code or state that counts.
_MOST = 4_000


class _Try(NamedTuple):
    """What one try has to come back with, and what it is for."""

    state: str
    nonce: str
    verifier: str
    #: The account that binds; empty for signing in.
    account: str
    next: str | None
    until: int


def provider() -> Provider:
    """Who vouches.

    Raises:
        NotFound: nobody does.
    """
    found = means().provider
    if found is None:
        raise NotFound("no other service vouches for anybody here")
    return found


@bp.get("/login/sso")
@opens_to()
def begin() -> Response:
    """Send somebody to the service that vouches."""
    return _send_there("", own_path(request.args.get("next")))


@bp.get("/account/sso")
@opens_to(Action.OWN_ACCOUNT)
def begin_binding() -> Response:
    """Send the holder of an account there, to bind it; the second factor was given just now."""
    provider()
    if not principal().has_stepped_up(premises().moment().now):
        return _to(url_for(guard.STEP_UP, next=url_for("vouched.begin_binding")))
    return _send_there(principal().account, None)


@bp.post("/account/sso/end")
@opens_to(Action.OWN_ACCOUNT)
def unbind() -> Response:
    """Let nobody in from there any more."""
    provider()
    with premises().house.sessions.begin() as session:
        vouched.unbind(session, principal(), premises().moment().now)
    return _to(url_for("own.account"))


@bp.get("/login/sso/back")
@opens_to()
def back() -> Response:
    """Take whoever comes back: into the account they are bound to, or bind them to theirs."""
    there, (now, today) = provider(), premises().moment()
    house, network = premises().house, guard.network(request)
    secrets = keys_of(house)
    tried = _opened(request.cookies.get(_COOKIE, ""), secrets)
    try:
        if tried is None or tried.until < now.timestamp():
            raise NotVouched("no try is under way")
        if not hmac.compare_digest(request.args.get("state", "").encode(), tried.state.encode()):
            raise NotVouched("this is the answer to another try")
        with house.sessions.begin() as session:
            vouched.charge(session, network, now)
        code = request.args.get("code", "")[:_MOST]
        subject = there.finish(code, tried.verifier, tried.nonce, now)
        if tried.account:
            return _bound(tried, subject, secrets)
        with house.sessions.begin() as session:
            signed = vouched.enter(session, subject, secrets, network=network, now=now, today=today)
    except NotVouched:
        return _refused(say("sso.refused"), 401)
    except TooOften as rests:
        return resting(_refused(wait_words(rests), 429), rests)
    if signed is None:
        return _refused(say("sso.refused"), 401)
    return _without_try(enter(signed, tried.next))


def _bound(tried: _Try, subject: Any, secrets: Secrets) -> Response:
    """Bind whoever came back, if it is the very session that began it."""
    who = visitor()
    if who is None or who.account != tried.account:
        return _refused(say("sso.refused"), 401)
    try:
        with premises().house.sessions.begin() as session:
            vouched.bind(session, who, subject, secrets, now=premises().moment().now)
    except vouched.Taken:
        return _refused(say("sso.taken"), 409)
    except vouched.NotFresh:
        return _without_try(_to(url_for(guard.STEP_UP, next=url_for("vouched.begin_binding"))))
    return _without_try(_to(url_for("own.account")))


# --- a try --------------------------------------------------------------------------------------


def _send_there(account: str, onward: str | None) -> Response:
    try:
        begun: Begun = provider().begin()
    except NotVouched:
        return _refused(say("sso.away"), 503)
    house, now = premises().house, premises().moment().now
    until = int(now.timestamp()) + _SECONDS
    tried = _Try(begun.state, begun.nonce, begun.verifier, account, onward, until)
    sealed = keys_of(house).seal(json.dumps(tried).encode(), _ABOUT)
    kept = f"{sealed.key_id}.{base64.urlsafe_b64encode(sealed.content).decode()}"
    answer = _to(begun.url)
    answer.set_cookie(
        _COOKIE, kept, max_age=_SECONDS, path=_PATH, httponly=True, secure=request.is_secure,
        samesite="Lax",
    )  # fmt: skip
    return answer


def _opened(kept: str, secrets: Secrets) -> _Try | None:
    key_id, _, text = kept.partition(".")
    try:
        content = base64.urlsafe_b64decode(text.encode())
        return _Try(*json.loads(secrets.unseal(Keyed(key_id, content), _ABOUT)))
    except (Unsealable, KeyUnknown, binascii.Error, ValueError, TypeError):
        return None


def _without_try(answer: Response) -> Response:
    """A try counts once."""
    answer.delete_cookie(_COOKIE, path=_PATH, secure=request.is_secure, httponly=True)
    return answer


def _refused(words: str, status: int) -> Response:
    page = render_template("entrance/vouched.html", words=words)
    return _without_try(make_response(page, status))


def _to(where: str) -> Response:
    return redirect(where, 303)  # type: ignore[return-value]
