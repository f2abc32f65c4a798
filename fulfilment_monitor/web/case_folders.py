"""Make one case of two, or take one apart: with a reason, by who takes complaints in."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.errors import Invalid, NotFound, Refusal
from ..premises import premises
from ..services import folders
from . import queries
from .case_file import find, reading
from .case_steps import words_of
from .guard import opens_to
from .language import say
from .turn import acting

bp = Blueprint("case_folders", __name__, template_folder="templates")


@bp.get("/cases/<ulid>/folder")
@opens_to(Action.CASE_STEP)
def form(ulid: str) -> Response:
    """Merge this case into another one, or split claims off."""
    return _page(ulid, {})


@bp.post("/cases/<ulid>/merge")
@opens_to(Action.CASE_STEP)
def merge(ulid: str) -> Response:
    """Put all claims into another case."""
    into, reason = request.form.get("into", "").strip(), request.form.get("reason", "").strip()
    return _move(ulid, lambda session: folders.merge(session, ulid, into, reason, **acting()))


@bp.post("/cases/<ulid>/split")
@opens_to(Action.CASE_STEP)
def split(ulid: str) -> Response:
    """Put some claims into a case of their own."""
    claims, reason = request.form.getlist("claims"), request.form.get("reason", "").strip()
    return _move(ulid, lambda session: folders.split(session, ulid, claims, reason, **acting()))


@bp.post("/cases/<ulid>/undo")
@opens_to(Action.CASE_STEP)
def undo(ulid: str) -> Response:
    """Undo a merge or a split of this case."""
    move, reason = request.form.get("move", ""), request.form.get("reason", "").strip()
    with premises().house.readers() as session:
        known = {m["id"] for m in find(reading(session), ulid)["moves"]}
    if move not in known:
        raise NotFound(f"no merge or split {move}")
    return _move(ulid, lambda session: folders.undo(session, move, reason, **acting()))


def _move(ulid: str, doing: Any) -> Response:
    with premises().house.readers() as session:
        find(reading(session), ulid)
    if not request.form.get("reason", "").strip():
        return _page(ulid, {"": say("folder.reason.missing")}, 422)
    try:
        with premises().house.sessions.begin() as session:
            doing(session)
    except Invalid as refusal:
        found = {"": "；".join(say(f"folder.fault.{i.code}") for i in refusal.issues)}
        return _page(ulid, found, 422)
    except NotFound:
        return _page(ulid, {"": say("folder.fault.unknown")}, 422)
    except Refusal as refusal:
        return _page(ulid, {"": words_of(refusal)}, refusal.status)
    return redirect(url_for("case_file.case", ulid=ulid), 303)  # type: ignore[return-value]


def _page(ulid: str, errors: dict[str, str], status: int = 200) -> Response:
    with premises().house.readers() as session:
        case = find(reading(session), queries.check_ulid(ulid))
    page = render_template(
        "officer/folder.html", case=case, errors=errors, values=request.form.to_dict()
    )
    return make_response(page, status)
