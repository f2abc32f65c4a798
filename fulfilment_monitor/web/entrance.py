"""Come in and go out: sign in, the second factor anew, the first time with a one-time code.

A session's token travels in a cookie that scripts do not see; every entrance gives a new one.
"""

from typing import Any, NamedTuple

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from ..domain.errors import Invalid, NotFound
from ..domain.passwords import LONGEST, SHORTEST, Hasher, Profile
from ..gateways.oidc import Provider
from ..house import keys_of
from ..premises import premises
from ..services import activation, demonstration, sign_in
from ..services.activation import Chosen, Holder
from ..services.rates import TooOften
from ..services.sign_in import Given, PasswordDue, Refused, Signed
from . import guard
from .guard import opens_to, visitor
from .language import say
from .navigation import entries

bp = Blueprint("entrance", __name__, template_folder="templates")

_KEY = "fulfilment_monitor.entrance"
#: Longer than any handle, code or password that counts.
_MOST = 400
_LONGEST_PATH = 500


class Means(NamedTuple):
    """What the entrance works with."""

    hasher: Hasher
    #: Whether this is a demonstration, whose accounts are entered by a button.
    demo: bool
    #: The service that vouches for people, if there is one.
    provider: Provider | None = None


def furnish(app: Flask, hasher: Hasher, *, demo: bool, provider: Provider | None = None) -> None:
    """Give an application its entrance."""
    app.extensions[_KEY] = Means(hasher, demo, provider)
    app.register_blueprint(bp)


def means() -> Means:
    """What the entrance of this application works with."""
    found: Means = current_app.extensions[_KEY]
    return found


def profile() -> Profile:
    """The rule book passwords follow here."""
    return Profile(premises().house.settings.password_profile)


def field(name: str) -> str:
    """What a form says, cut where nothing counts any more."""
    return request.form.get(name, "")[:_MOST]


# --- in -----------------------------------------------------------------------------------------


@bp.get("/login", endpoint="sign_in")
@opens_to()
def sign_in_page() -> Response:
    """The form, and in a demonstration its accounts."""
    return _sign_in_form()


@bp.post("/login")
@opens_to()
def signing_in() -> Response:
    """Open a session, if all is right."""
    house, (now, today) = premises().house, premises().moment()
    given = Given(
        field("handle").strip(),
        field("password"),
        field("code"),
        guard.network(request),
        field("new_password"),
        for_administrators=guard.for_administrators(request),
    )
    if given.new_password != field("again"):
        return _sign_in_form({"again": say("password.differs")}, renewing=True, status=422)
    try:
        signed = sign_in.sign_in(
            house.sessions, means().hasher, keys_of(house), profile(), given, now=now, today=today
        )
    except Refused:
        return _sign_in_form({"": say("entrance.refused")}, status=401)
    except TooOften as rests:
        return resting(_sign_in_form({"": wait_words(rests)}, status=429), rests)
    except PasswordDue:
        return _sign_in_form({"": say("entrance.due")}, renewing=True, status=403)
    except Invalid as refused:
        told = {"new_password": refused.issues[0].detail}
        return _sign_in_form(told, renewing=True, status=422)
    return enter(signed, own_path(request.form.get("next")))


@bp.post("/login/demo")
@opens_to()
def enter_demo() -> Response:
    """Open a session of an account of the demonstration."""
    if not means().demo:
        raise NotFound("this is no demonstration")
    house, (now, today) = premises().house, premises().moment()
    with house.sessions.begin() as session:
        signed = demonstration.enter(
            session, field("handle"), network=guard.network(request), now=now, today=today
        )
    return enter(signed, own_path(request.form.get("next")))


@bp.get("/home")
@opens_to()
def landing() -> Response:
    """Where one's capacities lead; who has none sees the own account."""
    found = entries()
    if not found:
        return _to(url_for("own.account"))
    return _to(url_for(found[0].endpoint))


@bp.post("/logout")
@opens_to()
def sign_out() -> Response:
    """End the session; its token opens nothing any more."""
    who = visitor()
    if who is not None:
        with premises().house.sessions.begin() as session:
            sign_in.sign_out(session, who, premises().moment().now)
    answer = _to(url_for(guard.SIGN_IN))
    answer.delete_cookie(guard.cookie_name(), secure=request.is_secure, httponly=True)
    return answer


def enter(signed: Signed, where: str | None = None) -> Response:
    """Lead in whoever has a session now."""
    return keep(_to(where or url_for("entrance.landing")), signed)


def keep(answer: Response, signed: Signed) -> Response:
    """Hand over the token of a session; whatever the browser had before ends with it."""
    if (old := visitor()) is not None and request.endpoint in _REPLACING:
        with premises().house.sessions.begin() as session:
            sign_in.sign_out(session, old, premises().moment().now)
    answer.set_cookie(
        guard.cookie_name(),
        signed.token,
        httponly=True,
        secure=request.is_secure,
        samesite="Strict" if signed.strict else "Lax",
        path="/",
    )
    return answer


#: Where another session may begin while one is open.
_REPLACING = frozenset(
    {"entrance.signing_in", "entrance.enter_demo", "entrance.choose", "vouched.back"}
)


def own_path(text: str | None) -> str | None:
    """A path of ours to go on to; anything that could lead elsewhere is none.

    >>> own_path("/cases?x=1"), own_path("//evil.example"), own_path("https://evil.example")
    ('/cases?x=1', None, None)
    >>> own_path("/\\\\evil.example"), own_path("/a\\nb"), own_path(None)
    (None, None, None)
    """
    if not text or len(text) > _LONGEST_PATH or not text.startswith("/") or not text.isprintable():
        return None
    if text.startswith("//") or "\\" in text:
        return None
    return text


# --- the second factor anew ---------------------------------------------------------------------


@bp.get("/step-up")
@opens_to()
def step_up() -> Response:
    """Ask for the second factor again, before something sensitive."""
    if visitor() is None:
        return _to(url_for(guard.SIGN_IN, next=own_path(request.args.get("next"))))
    return _step_up_form()


@bp.post("/step-up")
@opens_to()
def stepped_up() -> Response:
    """Take the second factor again: the session goes on under another token."""
    who, house, (now, today) = visitor(), premises().house, premises().moment()
    if who is None:
        return _to(url_for(guard.SIGN_IN, next=own_path(request.form.get("next"))))
    try:
        signed = sign_in.step_up(
            house.sessions, keys_of(house), who, field("code"), now=now, today=today
        )
    except Refused:
        return _step_up_form({"code": say("code.wrong")}, status=422)
    except TooOften as rests:
        return resting(_step_up_form({"": wait_words(rests)}, status=429), rests)
    return enter(signed, own_path(request.form.get("next")))


# --- the first time -----------------------------------------------------------------------------


@bp.get("/first-sign-in")
@opens_to()
def first_page() -> Response:
    """Ask for the one-time code."""
    return _page("entrance/first.html", values={}, errors={})


@bp.post("/first-sign-in")
@opens_to()
def first() -> Response:
    """Take a one-time code, and ask what counts from now on."""
    try:
        holder = _begin()
    except Refused:
        errors = {"": say("first.refused")}
        return _page("entrance/first.html", 401, values=request.form, errors=errors)
    except TooOften as rests:
        errors = {"": wait_words(rests)}
        answer = _page("entrance/first.html", 429, values=request.form, errors=errors)
        return resting(answer, rests)
    return _choosing(holder)


@bp.post("/first-sign-in/choose")
@opens_to()
def choose() -> Response:
    """Take password and second factor; open the account and a session."""
    house, (now, today) = premises().house, premises().moment()
    chosen = Chosen(
        field("handle").strip(),
        field("one_time"),
        field("password"),
        field("sealed"),
        field("code"),
        guard.network(request),
    )
    try:
        if chosen.password != field("again"):
            return _choosing(_begin(), {"again": say("password.differs")})
        opened = activation.finish(
            house.sessions, means().hasher, keys_of(house), profile(), chosen, now=now, today=today
        )
    except Refused:
        errors = {"": say("first.refused")}
        return _page("entrance/first.html", 401, values={}, errors=errors)
    except TooOften as rests:
        answer = _page("entrance/first.html", 429, values={}, errors={"": wait_words(rests)})
        return resting(answer, rests)
    except Invalid as refused:
        return _choosing(_begin(), told(refused))
    if not opened.recovery:
        return enter(opened.signed)
    answer = _page("entrance/recovery.html", codes=opened.recovery, onward="entrance.landing")
    return keep(answer, opened.signed)


# --- pieces -------------------------------------------------------------------------------------


def told(refused: Invalid) -> dict[str, str]:
    """What is wrong with the fields of a form, by their names."""
    return {i.pointer.lstrip("/").partition("/")[0]: i.detail for i in reversed(refused.issues)}


def _begin() -> Holder:
    house = premises().house
    return activation.begin(
        house.sessions,
        keys_of(house),
        field("handle").strip(),
        field("one_time"),
        network=guard.network(request),
        now=premises().moment().now,
        sealed=field("sealed"),
    )


def _choosing(holder: Holder, errors: dict[str, str] | None = None) -> Response:
    return _page(
        "entrance/choose.html",
        422 if errors else 200,
        holder=holder,
        one_time=field("one_time"),
        errors=errors or {},
        shortest=SHORTEST,
        longest=LONGEST,
    )


def _sign_in_form(
    errors: dict[str, str] | None = None, *, renewing: bool = False, status: int = 200
) -> Response:
    accounts: list[Any] = []
    if means().demo:
        with premises().house.readers() as session:
            accounts = demonstration.list_accounts(session)
    return _page(
        "entrance/sign_in.html",
        status,
        values={"handle": field("handle")},
        errors=errors or {},
        renewing=renewing,
        next=own_path(request.values.get("next")),
        demo=accounts,
        vouches=means().provider is not None,
    )


def _step_up_form(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    where = own_path(request.values.get("next"))
    return _page("entrance/step_up.html", status, errors=errors or {}, next=where)


def _page(template: str, status: int = 200, **words: Any) -> Response:
    return make_response(render_template(template, **words), status)


def _to(where: str) -> Response:
    return redirect(where, 303)  # type: ignore[return-value]


def wait_words(rests: TooOften) -> str:
    seconds = rests.members["retry_after"]
    assert isinstance(seconds, int)
    if seconds < 60:
        return say("entrance.wait", n=seconds)
    return say("entrance.wait.minutes", n=-(-seconds // 60))


def resting(answer: Response, rests: TooOften) -> Response:
    answer.headers["Retry-After"] = str(rests.members["retry_after"])
    return answer
