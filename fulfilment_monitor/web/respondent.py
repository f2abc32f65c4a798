"""Claims against the own body: what was served on it, and what it may do about that."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.case_details import read_details
from ..domain.cases import Event
from ..domain.errors import Invalid, NotFound, Refusal
from ..house import keys_of
from ..premises import premises
from ..services import served
from . import queries, step_form
from .dossier import Shown
from .guard import actor, opens_to, principal
from .language import label, say
from .lights import light_of
from .proofs import brought
from .step_form import ON, FormField
from .step_pages import Place, form_page, review_page, words_of
from .turn import acting, office

bp = Blueprint("respondent", __name__, url_prefix="/desk/claims", template_folder="templates")

#: Not for a respondent: it acts as of today, and never of an office's own motion.
_NOT_ASKED = frozenset({ON, "ex_officio"})


@bp.get("")
@opens_to(Action.CASE_READ)
def claims() -> str:
    """What was taken up against the own body."""
    house, today = premises().house, premises().moment().today
    secrets = keys_of(house)
    with house.readers() as session:
        found = served.list_served(session, secrets, by=actor(), today=today)
    rows = [{**r, "light": light_of(r["days_left"])} for r in found]
    return render_template("respondent/claims.html", claims=rows)


@bp.get("/<reference>")
@opens_to(Action.CASE_READ)
def claim(reference: str) -> str:
    """One claim, as its respondent is told of it."""
    found = _show(reference)
    return render_template(
        "respondent/claim.html",
        claim={
            **found,
            "clocks": [{**c, "light": light_of(c["days_left"])} for c in found["clocks"]],
            "served": [_event(e) for e in reversed(found["served"])],
            "said": [_event(e) for e in found["said"]],
        },
        uscc=principal().body_code,
        done=queries.read_code(request.args, "done", Event),
    )


@bp.get("/<reference>/<event>")
@opens_to(Action.CASE_STEP)
def form(reference: str, event: str) -> Response:
    """The empty form of a step that is open to respondents."""
    found, wanted = _show(reference), _step(event)
    return _page(wanted, found, {}, refused=_why_closed(found, wanted))


@bp.post("/<reference>/<event>")
@opens_to(Action.CASE_STEP)
def act(reference: str, event: str) -> Response:
    """Look at what was filled in; once confirmed, do it."""
    found, wanted = _show(reference), _step(event)
    closed = _why_closed(found, wanted)
    fields = _fields(wanted)
    values = step_form.typed(request.form, fields)
    if closed:
        return _page(wanted, found, values, refused=closed, status=409)
    try:
        values = brought(values, fields)
        details = step_form.details_of(values, fields)
        kept = read_details(wanted, details)
        if request.form.get("confirmed") == "back":
            return _page(wanted, found, values)
        if request.form.get("confirmed") != "yes":
            place = _place(reference, wanted)
            return review_page(wanted, *_about(found), values, kept, 0, place=place)
        _take(reference, wanted, details)
    except Invalid as refusal:
        errors = step_form.faults(refusal.issues, fields)
        return _page(wanted, found, values, errors=errors, status=422)
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(wanted, found, values, refused=words_of(refusal), status=refusal.status)
    back = url_for("respondent.claim", reference=reference, done=wanted.value)
    return redirect(back, 303)  # type: ignore[return-value]


def _show(reference: str) -> Shown:
    house = premises().house
    secrets = keys_of(house)
    with house.readers() as session:
        return served.show_served(
            session, reference, secrets, by=actor(), office=office(), channels=house.channels,
            today=premises().moment().today,
        )  # fmt: skip


def _take(reference: str, event: Event, details: dict[str, Any]) -> None:
    house = premises().house
    secrets = keys_of(house)
    with house.sessions.begin() as session:
        served.take_step(session, reference, event, details, secrets, **acting())


def _step(name: str) -> Event:
    found = next((e for e in served.STEPS if e.value == name), None)
    if found is None:
        raise NotFound(f"no step {name}")
    return found


def _why_closed(found: Shown, event: Event) -> str | None:
    """Why a step cannot be taken now, by what the respondent knows."""
    if event in found["open"]:
        return None
    if found["contested"]:
        return say("guard.not_contested")
    return say("act.not_now", state=label("claim_state", found["state"]))


def _fields(event: Event) -> list[FormField]:
    return [f for f in step_form.fields_of(event, {}) if f.name not in _NOT_ASKED]


def _event(event: Shown) -> Shown:
    said = step_form.told(Event(event["event"]), event["details"])
    return {**event, "when": event["on"], "said": said}


# --- pages ------------------------------------------------------------------------------------


def _place(reference: str, event: Event) -> Place:
    return Place(
        url_for("respondent.claims"),
        say("served.title"),
        url_for("respondent.claim", reference=reference),
        url_for("respondent.act", reference=reference, event=event.value),
    )


def _about(found: Shown) -> tuple[Shown, Shown]:
    """The case and the claim as the pages of a step name them."""
    title = f"{label('field', found['field'])} · {label('kind', found['kind'])}"
    case = {"respondent": {"name": principal().body_name}}
    return case, {"id": found["reference"], "state": found["state"], "title": title, "version": 0}


def _page(event: Event, found: Shown, values: Any, **more: Any) -> Response:
    place = _place(found["reference"], event)
    return form_page(event, *_about(found), _fields(event), values, place=place, **more)
