"""Measures that wait for the reader's body: answer a proposal, approve it, confirm an end."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.errors import Invalid, NotFound, Refusal
from ..premises import premises
from ..services import measure_answers
from ..services.restrictions import open_measures
from . import queries
from .case_steps import words_of
from .dossier import Shown
from .guard import actor, opens_to
from .language import say
from .turn import acting, office
from .wording import TEXTS

bp = Blueprint("measures_desk", __name__, template_folder="templates")

#: What is said with a measure besides its days; which it needs, the catalogue knows.
_SAID = ("text", "place", "approved_by", "organ", "number")


@bp.get("/measures")
@opens_to(Action.MEASURE_SET)
def index() -> str:
    """What waits: proposals, ends to be confirmed, orders past their date."""
    return render_template("officer/measures.html", waiting=_waiting())


@bp.get("/measures/<ulid>")
@opens_to(Action.MEASURE_SET)
def measure(ulid: str) -> Response:
    """One measure that waits, with what can be done about it."""
    return _page(queries.check_ulid(ulid), {})


@bp.post("/measures/<ulid>")
@opens_to(Action.MEASURE_SET)
def answer(ulid: str) -> Response:
    """Accept, approve, decline; say that it was ended, or approve that."""
    found = _find(queries.check_ulid(ulid))
    said = request.form.get("answer", "")
    if said not in _DOING:
        raise queries.BadQuery(f"answer: one of {', '.join(_DOING)}")
    try:
        with premises().house.sessions.begin() as session:
            _DOING[said](session, found["measure"])
    except Invalid as refusal:
        return _page(ulid, {i.pointer.strip("/"): _words(i.code) for i in refusal.issues}, 422)
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(ulid, {"": words_of(refusal)}, refusal.status)
    return redirect(url_for("measures_desk.index"), 303)  # type: ignore[return-value]


def _words(code: str) -> str:
    key = f"fault.{code}"
    return say(key if key in TEXTS else "fault.wrong.text")


def _accept(session: Any, ulid: str) -> None:
    details = {n: t for n in _SAID if (t := request.form.get(n, "").strip())}
    starts = _day("starts_on") or premises().moment().today
    measure_answers.accept(
        session, ulid, starts_on=starts, due_on=_day("due_on"), details=details, **acting()
    )


def _approve(session: Any, ulid: str) -> None:
    measure_answers.approve(session, ulid, **acting())


def _decline(session: Any, ulid: str) -> None:
    measure_answers.decline(session, ulid, request.form.get("reason", ""), **acting())


def _end(session: Any, ulid: str) -> None:
    on = _day("on") or premises().moment().today
    measure_answers.confirm_end(session, ulid, on=on, **acting())


def _approve_end(session: Any, ulid: str) -> None:
    measure_answers.approve_end(session, ulid, **acting())


_DOING = {
    "accept": _accept,
    "approve": _approve,
    "decline": _decline,
    "end": _end,
    "approve_end": _approve_end,
}


def _day(name: str) -> date | None:
    return queries.read_day(request.form, name)


def _waiting() -> dict[str, list[Shown]]:
    body = actor().body
    if body is None:
        raise NotFound("no body to act for")
    today = premises().moment().today
    with premises().house.readers() as session:
        return open_measures(session, today, office(), imposer_id=body)._asdict()


def _find(ulid: str) -> Shown:
    for kind, rows in _waiting().items():
        for row in rows:
            if row["measure"] == ulid:
                return {**row, "kind": kind}
    raise NotFound(f"no measure {ulid}")


def _page(ulid: str, errors: dict[str, str], status: int = 200) -> Response:
    found = _find(ulid)
    rule = premises().house.measures.rules.get(found["code"])
    page = render_template(
        "officer/measure.html",
        measure=found,
        dated=rule is not None and rule.dated,
        said=_SAID,
        needed=measure_answers.NEEDED.get(found["code"], ()),
        values=request.form.to_dict(),
        errors=errors,
        today=premises().moment().today.isoformat(),
    )
    return make_response(page, status)
