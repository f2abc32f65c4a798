"""The own account: password, second factor, recovery codes, sessions, the body acted for."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.authority import ADMINISTRATORS
from ..domain.errors import Invalid
from ..domain.passwords import LONGEST, SHORTEST
from ..house import keys_of
from ..premises import premises
from ..services import own_account, sign_in, vouched
from ..services.factors import Offered
from ..services.rates import TooOften
from ..services.sign_in import Refused
from . import guard
from .entrance import enter, field, keep, means, profile, resting, told, wait_words
from .guard import opens_to, principal
from .language import say

bp = Blueprint("own", __name__, template_folder="templates")


@bp.get("/account")
@opens_to(Action.OWN_ACCOUNT)
def account() -> Response:
    """What there is to see of the own account."""
    today = premises().moment().today
    with premises().house.readers() as session:
        own = own_account.show(session, principal())
        bodies = sign_in.bodies(session, principal(), today)
        bound = vouched.bound_at(session, principal())
    return _page(
        "own/account.html",
        own=own,
        bodies=[(b.code, b.name) for b in bodies],
        roles=sorted(principal().roles),
        vouches=means().provider is not None and not principal().roles & ADMINISTRATORS,
        bound=bound,
    )


@bp.post("/account/body")
@opens_to(Action.OWN_ACCOUNT)
def body() -> Response:
    """Act for another body from now on."""
    now, today = premises().moment()
    with premises().house.sessions.begin() as session:
        signed = sign_in.switch(session, principal(), field("body"), now=now, today=today)
    return enter(signed)


@bp.post("/account/sessions/end")
@opens_to(Action.OWN_ACCOUNT)
def end_others() -> Response:
    """End every session but this one."""
    with premises().house.sessions.begin() as session:
        own_account.end_others(session, principal(), premises().moment().now)
    return redirect(url_for("own.account"), 303)  # type: ignore[return-value]


@bp.get("/account/password")
@opens_to(Action.OWN_ACCOUNT)
def password_page() -> Response:
    """The form for another password."""
    return _password_form()


@bp.post("/account/password")
@opens_to(Action.OWN_ACCOUNT)
def password() -> Response:
    """Take another password."""
    house, now = premises().house, premises().moment().now
    if field("password") != field("again"):
        return _password_form({"again": say("password.differs")}, 422)
    try:
        signed = own_account.change_password(
            house.sessions,
            means().hasher,
            profile(),
            principal(),
            field("old"),
            field("password"),
            network=guard.network(request),
            now=now,
        )
    except Refused:
        return _password_form({"old": say("password.wrong")}, 422)
    except TooOften as rests:
        return resting(_password_form({"": wait_words(rests)}, 429), rests)
    except Invalid as refused:
        return _password_form(told(refused), 422)
    return enter(signed, url_for("own.account"))


@bp.get("/account/factor")
@opens_to(Action.OWN_ACCOUNT)
def factor_page() -> Response:
    """Offer another second factor."""
    house, now = premises().house, premises().moment().now
    with house.readers() as session:
        offered = own_account.offer_factor(session, principal(), keys_of(house), now)
    return _factor_form(offered)


@bp.post("/account/factor")
@opens_to(Action.OWN_ACCOUNT)
def factor() -> Response:
    """Take another second factor; its recovery codes are shown once."""
    house, now = premises().house, premises().moment().now
    try:
        signed, codes = own_account.change_factor(
            house.sessions,
            keys_of(house),
            principal(),
            field("sealed"),
            field("code"),
            field("old_code"),
            now=now,
        )
    except (Invalid, TooOften) as refused:
        errors = told(refused) if isinstance(refused, Invalid) else {"": wait_words(refused)}
        with house.readers() as session:
            offered = own_account.offer_factor(session, principal(), keys_of(house), now)
        return _factor_form(offered, errors, refused.status)
    answer = _page("entrance/recovery.html", codes=codes, onward="own.account")
    return keep(answer, signed)


@bp.post("/account/recovery")
@opens_to(Action.OWN_ACCOUNT)
def recovery() -> Response:
    """Ten other recovery codes, shown once."""
    house, now = premises().house, premises().moment().now
    if not principal().has_stepped_up(now):
        where = url_for(guard.STEP_UP, next=url_for("own.account"))
        return redirect(where, 303)  # type: ignore[return-value]
    with house.sessions.begin() as session:
        codes = own_account.renew_recovery(session, principal(), keys_of(house), now)
    return _page("entrance/recovery.html", codes=codes, onward="own.account")


def _password_form(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    return _page(
        "own/password.html", status, errors=errors or {}, shortest=SHORTEST, longest=LONGEST
    )


def _factor_form(
    offered: Offered, errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    with premises().house.readers() as session:
        has = own_account.show(session, principal()).has_factor
    return _page("own/factor.html", status, offered=offered, has_factor=has, errors=errors or {})


def _page(template: str, status: int = 200, **words: Any) -> Response:
    return make_response(render_template(template, **words), status)
