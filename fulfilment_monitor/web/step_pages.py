"""The pages of a step: its form and the look at what will be recorded, at any desk."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask import Response, make_response, render_template, url_for

from ..domain.cases import Event, IllegalStep, State, step
from ..domain.errors import Refusal
from ..domain.scope import Question
from ..premises import premises
from . import step_form
from .attachments import ACCEPT
from .dossier import Shown
from .language import label, say
from .step_form import FormField
from .wording import TEXTS


class Place(NamedTuple):
    """Where a step stands: its list and what that is called, its claim, and where it is sent."""

    desk: str
    desk_name: str
    back: str
    target: str


def _of_officer(event: Event, claim: Shown) -> Place:
    return Place(
        url_for("officer.worklist"),
        say("work.title"),
        url_for("case_file.case", ulid=claim["id"]),
        url_for("case_steps.act", ulid=claim["id"], event=event.value),
    )


def form_page(
    event: Event,
    case: Shown,
    claim: Shown,
    fields: list[FormField],
    values: Mapping[str, Any],
    *,
    errors: Mapping[str, str] | None = None,
    refused: str | None = None,
    status: int = 200,
    version: int | None = None,
    place: Place | None = None,
) -> Response:
    """The form of a step, with what is wrong or stands in its way."""
    page = render_template(
        "officer/step.html",
        event=event,
        place=place or _of_officer(event, claim),
        case=case,
        claim=claim,
        fields=fields,
        values=values,
        errors=errors or {},
        refused=refused,
        basis=_basis(event, claim),
        accept=ACCEPT,
        questions=[(q.value, label("scope", q.value)) for q in Question],
        version=claim["version"] if version is None else version,
    )
    return make_response(page, status)


def _basis(event: Event, claim: Shown) -> str | None:
    try:
        return step(State(claim["state"]), event).basis
    except IllegalStep:
        return None


def review_page(
    event: Event,
    case: Shown,
    claim: Shown,
    values: Mapping[str, Any],
    kept: Mapping[str, Any],
    version: int,
    place: Place | None = None,
) -> Response:
    """What will be recorded, with everything typed carried along."""
    said = {k: values[k] if k == "amount" else v for k, v in kept.items()}
    carried = [
        (name, text)
        for name, value in values.items()
        for text in (value if isinstance(value, list) else [value])
    ]
    return make_response(
        render_template(
            "officer/step_review.html",
            event=event,
            place=place or _of_officer(event, claim),
            case=case,
            claim=claim,
            said=step_form.told(event, said),
            on=values.get(step_form.ON) or premises().moment().today.isoformat(),
            carried=[*carried, ("version", str(version))],
        )
    )


def words_of(refusal: Refusal) -> str:
    """What a refusal says, in words of the page; its own where the page has none."""
    guard = refusal.members.get("guard")
    for key in (f"guard.{guard}", f"refused.{refusal.code}"):
        if key in TEXTS:
            return say(key)
    return say("refused.other", detail=str(refusal))
