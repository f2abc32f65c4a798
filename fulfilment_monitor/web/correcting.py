"""Put an item of a list right: one says what it should be, another one enters the same again."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.authority import Forbidden, Role
from ..domain.errors import Invalid, NotFound, Refusal
from ..domain.records import LISTINGS, Record, RecordState
from ..premises import premises
from ..services import credit_lists, records
from . import queries, step_form
from .case_steps import words_of
from .guard import actor, opens_to
from .language import label, say
from .step_form import FormField, Option
from .turn import acting

bp = Blueprint("correcting", __name__, template_folder="templates")

#: Who keeps a list; which one, the service knows.
KEEPERS = frozenset({Role.CREDIT_LEAD, Role.HANDLER, Role.DIRECTOR, Role.INTAKE})
_ARREARS = ("unpaid", "partly-paid", "disputed")


@bp.get("/bodies/<uscc>/record/<ulid>/correction")
@opens_to(Action.CASE_STEP)
def form(uscc: str, ulid: str) -> Response:
    """What an item says, and the form to say it right."""
    return _page(uscc, ulid, {}, {})


@bp.post("/bodies/<uscc>/record/<ulid>/correction")
@opens_to(Action.CASE_STEP)
def send(uscc: str, ulid: str) -> Response:
    """Propose a correction, or enter what another person has proposed."""
    fields = _fields(_find(uscc, ulid))
    values = step_form.typed(request.form, fields)
    asked = request.form.to_dict()
    given = step_form.details_of(values, fields)
    on = queries.read_day(request.form, "from_on") or premises().moment().today
    reason = asked.get("reason", "")
    try:
        with premises().house.sessions.begin() as session:
            if asked.get("answer") == "correct":
                credit_lists.correct(
                    session, ulid, given, reason, on=on, **acting(),
                    proposal=credit_lists.last_proposal(session, ulid),
                )  # fmt: skip
            else:
                credit_lists.propose_correction(session, ulid, given, reason, on=on, **acting())
    except Invalid as refusal:
        found = step_form.faults(refusal.issues, [*fields, _REASON])
        return _page(uscc, ulid, asked, found, status=422)
    except NotFound:
        return _page(uscc, ulid, asked, {"": say("credit.record.not_ours")}, status=404)
    except Refusal as refusal:
        return _page(uscc, ulid, asked, {"": words_of(refusal)}, status=refusal.status)
    if asked.get("answer") == "correct":
        return redirect(url_for("credit_desk.record", uscc=uscc), 303)  # type: ignore[return-value]
    return _page(uscc, ulid, {}, {}, done=True)


_REASON = FormField("reason", "", "text", True)


def _find(uscc: str, ulid: str) -> Record:
    """An item of a list that holds, for who may keep lists.

    Raises:
        Forbidden, NotFound: as they say.
    """
    if not actor().roles & KEEPERS:
        raise Forbidden("needs: " + ", ".join(sorted(KEEPERS)))
    today = premises().moment().today
    with premises().house.readers() as session:
        body = records.find_body(session, uscc)
        held = records.record_of(session, body.id, today)
    for item in held:
        if item.ulid == ulid and item.stream in LISTINGS and item.state is RecordState.EFFECTIVE:
            return item
    raise NotFound(f"no entry of a list {ulid}")


def _fields(record: Record) -> list[FormField]:
    """A field for everything a listing of this stream says, but its number."""
    found = []
    for name, detail in LISTINGS[record.stream].items():
        if name == "source_no":
            continue
        kind = "choice" if name == "arrears_state" else step_form.control(name, detail)
        options: tuple[Option, ...] = ()
        if kind == "choice":
            options = tuple(Option(c, label("arrears_state", c)) for c in _ARREARS)
        if kind == "flag":
            options = (Option("yes", say("officer.yes")), Option("no", say("officer.no")))
        found.append(
            FormField(name, say(f"credit.record.field.{name}"), kind, False, None, options)
        )
    return found


def _said(field: FormField, record: Record) -> str:
    """What an item says now, a code by its name."""
    value = record.content[field.name]
    code = ("no", "yes")[value] if isinstance(value, bool) else str(value)
    return next((o.label for o in field.options if o.code == code), code)


def _called(name: str) -> str:
    return say(f"credit.record.field.{name}")


def _page(
    uscc: str,
    ulid: str,
    values: dict[str, Any],
    errors: dict[str, str],
    *,
    status: int = 200,
    done: bool = False,
) -> Response:
    record = _find(uscc, ulid)
    fields = _fields(record)
    page = render_template(
        "oversight/correction.html",
        uscc=uscc,
        record=record,
        fields=fields,
        values=values,
        errors=errors,
        said=[(f.label, _said(f, record)) for f in fields if f.name in record.content],
        done=done,
        today=premises().moment().today.isoformat(),
    )
    return make_response(page, status)
