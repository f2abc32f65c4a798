"""Help between bodies: ask one from the page of a claim, and answer what one's own was asked."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.errors import Invalid, NotFound, Refusal
from ..premises import premises
from ..services import assistance
from . import queries
from .case_file import find_claim, reading
from .case_steps import words_of
from .dossier import Shown
from .guard import actor, opens_to
from .language import say
from .lights import light_of
from .turn import acting, office
from .wording import TEXTS

bp = Blueprint("assisting", __name__, template_folder="templates")


@bp.get("/help")
@opens_to(Action.CASE_HELP)
def requests() -> str:
    """What the own body was asked to do, the nearest date first."""
    with premises().house.readers() as session:
        found = assistance.list_requests(session, **_known())
    rows = [{**r, "light": light_of(r["days_left"])} for r in found]
    return render_template("officer/help_requests.html", requests=rows)


@bp.get("/help/<ulid>")
@opens_to(Action.CASE_HELP)
def show(ulid: str) -> Response:
    """One request, and the form to answer it."""
    return _page(queries.check_ulid(ulid), {})


@bp.post("/help/<ulid>")
@opens_to(Action.CASE_HELP)
def answer(ulid: str) -> Response:
    """Answer what was asked."""
    try:
        with premises().house.sessions.begin() as session:
            assistance.answer(session, ulid, request.form.get("text", ""), **acting())
    except Invalid as refusal:
        return _page(ulid, _faults(refusal), 422)
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(ulid, {"": words_of(refusal)}, refusal.status)
    return redirect(url_for("assisting.requests"), 303)  # type: ignore[return-value]


@bp.get("/claims/<ulid>/help")
@opens_to(Action.CASE_STEP)
def form(ulid: str) -> Response:
    """Who was asked to help with a claim, and the form to ask another body."""
    return _ask_page(queries.check_ulid(ulid), {})


@bp.post("/claims/<ulid>/help")
@opens_to(Action.CASE_STEP)
def ask(ulid: str) -> Response:
    """Ask a body, or take a request back."""
    said = request.form
    try:
        with premises().house.sessions.begin() as session:
            if taken_back := said.get("withdraw"):
                assistance.withdraw(session, taken_back, said.get("reason", ""), **acting())
            else:
                assistance.ask(
                    session, ulid, said.get("uscc", "").strip(), said.get("task", ""),
                    due_on=queries.read_day(said, "due_on"), **acting(),
                )  # fmt: skip
    except Invalid as refusal:
        return _ask_page(ulid, _faults(refusal), 422)
    except NotFound:
        return _ask_page(ulid, {"uscc": say("help.no_body")}, 422)
    except Refusal as refusal:
        return _ask_page(ulid, {"": words_of(refusal)}, refusal.status)
    return redirect(url_for("assisting.form", ulid=ulid), 303)  # type: ignore[return-value]


def _known() -> dict[str, Any]:
    return {"by": actor(), "office": office(), "today": premises().moment().today}


def _faults(refusal: Invalid) -> dict[str, str]:
    return {i.pointer.strip("/"): _words(i.code) for i in refusal.issues}


def _words(code: str) -> str:
    ways = (f"help.fault.{code}", f"fault.{code}", "fault.wrong.text")
    return say(next(key for key in ways if key in TEXTS))


def _page(ulid: str, errors: dict[str, str], status: int = 200) -> Response:
    with premises().house.readers() as session:
        found = assistance.show_request(session, ulid, **_known())
    shown = {**found, "light": light_of(found["days_left"])}
    values = request.form.to_dict()
    page = render_template("officer/help_request.html", help=shown, values=values, errors=errors)
    return make_response(page, status)


def _ask_page(ulid: str, errors: dict[str, str], status: int = 200) -> Response:
    with premises().house.readers() as session:
        case, claim = find_claim(reading(session), ulid)
    asked: list[Shown] = [{**r, "light": light_of(r["days_left"])} for r in claim["help"]]
    page = render_template(
        "officer/help.html",
        case=case,
        claim={**claim, "help": asked},
        values=request.form.to_dict(),
        errors=errors,
        today=premises().moment().today.isoformat(),
    )
    return make_response(page, status)
