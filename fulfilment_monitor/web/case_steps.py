"""One step of a claim: the form of its details, a look at what will be recorded, the act."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.case_details import read_details
from ..domain.cases import Event
from ..domain.errors import Invalid, NotFound, Refusal
from ..domain.scope import Question
from ..premises import premises
from ..services import cases, scoping
from ..services.cases import Stale
from . import queries, step_form
from .case_file import MOVES, Reading, find_claim, reading, reason_of
from .dossier import Shown
from .guard import actor, opens_to
from .language import label, say
from .proofs import brought
from .step_form import FormField, Option
from .step_pages import form_page, review_page, words_of
from .turn import acting

bp = Blueprint("case_steps", __name__, template_folder="templates")


@bp.get("/claims/<ulid>/<event>")
@opens_to(Action.CASE_STEP)
def form(ulid: str, event: str) -> Response:
    """The empty form of a step, prefilled where the record knows the answer."""
    with premises().house.readers() as session:
        read, wanted = reading(session), _event(event)
        case, claim = find_claim(read, ulid)
        fields = _fields(wanted, claim)
        values = _prefilled(wanted, claim)
        refused = _why_closed(read, claim, wanted)
    return form_page(wanted, case, claim, fields, values, refused=refused)


@bp.post("/claims/<ulid>/<event>")
@opens_to(Action.CASE_STEP)
def act(ulid: str, event: str) -> Response:
    """Look at what was filled in; once confirmed, do it."""
    with premises().house.readers() as session:
        read, wanted = reading(session), _event(event)
        case, claim = find_claim(read, ulid)
    fields = _fields(wanted, claim)
    values = step_form.typed(request.form, fields)
    version = queries.read_row(request.form, "version") or 0
    try:
        values = brought(values, fields)
        details = step_form.details_of(values, fields)
        on = step_form.day_of(values)
        kept = read_details(wanted, details)
        if request.form.get("confirmed") == "back":
            return form_page(wanted, case, claim, fields, values, version=version)
        if request.form.get("confirmed") != "yes":
            return review_page(wanted, case, claim, values, kept, version)
        _fire(ulid, wanted, details, on=on, version=version)
    except Invalid as refusal:
        found = step_form.faults(refusal.issues, fields)
        return form_page(
            wanted, case, claim, fields, values, errors=found, status=422, version=version
        )
    except Stale:
        return _stale(wanted, ulid, version)
    except NotFound:
        raise
    except Refusal as refusal:
        refused = words_of(refusal)
        return form_page(
            wanted,
            case,
            claim,
            fields,
            values,
            refused=refused,
            status=refusal.status,
            version=version,
        )
    return redirect(url_for("case_file.case", ulid=ulid, done=wanted.value), 303)  # type: ignore[return-value]


def _event(name: str) -> Event:
    found = next((e for e in Event if e.value == name and e not in MOVES), None)
    if found is None:
        raise NotFound(f"no step {name}")
    return found


def _fire(ulid: str, event: Event, details: dict[str, Any], **more: Any) -> None:
    with premises().house.sessions.begin() as session:
        cases.fire(session, ulid, event, details, **acting(), **more)


def _why_closed(read: Reading, claim: Shown, event: Event) -> str | None:
    """Why the step cannot be taken now; None where nothing but details stands in its way."""
    closed = cases.closed_to(read.session, claim["id"], **read.known)
    if event.value not in closed:
        return say("act.not_now", state=label("claim_state", claim["state"]))
    why = closed[event.value]
    return None if why is None else reason_of(why)


# --- the form ---------------------------------------------------------------------------------


def _fields(event: Event, claim: Shown) -> list[FormField]:
    return step_form.fields_of(event, _choices(event, claim))


def _choices(event: Event, claim: Shown) -> Mapping[str, list[Option]]:
    if event is Event.WITHDRAW:
        left = [s for s in claim["sources"] if s["withdrawn_on"] is None]
        return {"complaint": [Option(s["complaint"], s["complaint"]) for s in left]}
    return {}


def _prefilled(event: Event, claim: Shown) -> dict[str, Any]:
    """What the record already says."""
    if event is Event.TAKE_UP:
        return {"handler": actor().name}
    scope = claim.get("scope")
    if event is Event.ACCEPT and scope:
        return {"scope": [a["question"] for a in scope if a["yes"]]}
    if event is Event.REJECT and scope:
        return dict(_door(scope) or {})
    return {}


def _door(scope: list[Shown]) -> dict[str, str] | None:
    answers = [
        scoping.ScopeAnswer(Question(a["question"]), a["yes"], a["known"], a["reason"])
        for a in scope
    ]
    return scoping.door(answers)


# --- pages ------------------------------------------------------------------------------------


def _stale(event: Event, ulid: str, version: int) -> Response:
    """Somebody was faster: what happened meanwhile, and the way back to a fresh form."""
    with premises().house.readers() as session:
        case, claim = find_claim(reading(session), ulid)
    newer = [e for e in claim["events"] if e["seq"] > version]
    course = [
        {**e, "when": e["on"], "said": step_form.told(Event(e["event"]), e["details"])}
        for e in newer
    ]
    page = render_template(
        "officer/step_stale.html", event=event, case=case, claim=claim, course=course
    )
    return make_response(page, 409)
