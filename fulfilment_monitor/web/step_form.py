"""The form of a step of a case, generated from the table of details: one field for each.

What was typed becomes the details `services.cases.fire` takes; faults go back to their fields.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from ..domain.case_details import COUNT, DAY, DETAILS, FLAG, TEXTS, YUAN, Detail, OneOf
from ..domain.cases import Event
from ..domain.errors import Invalid, Issue
from ..domain.scope import Question
from .faults import told as explained
from .language import label, say
from .wording import TEXTS as WORDS

#: The day a step has effect goes with every event.
ON = "on"
#: Texts of one line.
_SHORT = frozenset(
    {"document_no", "organ", "number", "handler", "to", "contract", "lead", "article", "agreed_on"}
)
#: The kind of labels of a code, by event and detail, or by detail alone.
_KINDS: Mapping[tuple[Event | None, str], str] = {
    (None, "excuse"): "excuse",
    (None, "verification"): "verification",
    (None, "breach"): "breach",
    (None, "violation"): "violation",
    (None, "route"): "route",
    (None, "how"): "contact",
    (Event.REJECT, "reason"): "reject_reason",
    (Event.DISMISS, "reason"): "dismiss_reason",
    (Event.CLOSE, "reason"): "close_reason",
    (Event.DECIDE_OBJECTION, "outcome"): "objection_answer",
    (Event.RECORD_JUDGMENT, "outcome"): "judgment",
}
_DIGITS = re.compile(r"\d{1,6}", re.ASCII)


class Option(NamedTuple):
    code: str
    label: str


class FormField(NamedTuple):
    """One field: `kind` says which control it is."""

    name: str
    label: str
    kind: str
    required: bool
    hint: str | None = None
    options: tuple[Option, ...] = ()


def kind_of(event: Event, name: str) -> str:
    """Which list the codes of a detail are named in."""
    return _KINDS.get((event, name)) or _KINDS[None, name]


def name_of(event: Event, name: str) -> str:
    """What a detail is called, in the language of the page."""
    own = f"detail.{event.value}.{name}"
    return say(own if own in WORDS else f"detail.{name}")


def fields_of(event: Event, choices: Mapping[str, Iterable[Option]]) -> list[FormField]:
    """The fields of an event, in the order of the table, and the day it has effect.

    Args:
        choices: what can be chosen for a detail that the table leaves open, where it is known.
    """
    found = []
    for name, detail in DETAILS[event].items():
        options = tuple(choices.get(name, ()))
        kind = "choice" if options else control(name, detail)
        if kind in ("choice", "flag"):
            options = options or _options(event, name, detail)
        found.append(
            FormField(name, name_of(event, name), kind, detail.required, _hint(name), options)
        )
    return [*found, FormField(ON, say("detail.on"), "day", False, say("detail.on.hint"))]


def control(name: str, detail: Detail) -> str:
    """Which control a detail is given in."""
    if isinstance(detail.read, OneOf):
        return "choice"
    kinds = {DAY.read: "day", YUAN.read: "yuan", FLAG.read: "flag", TEXTS.read: "lines"}
    kinds[COUNT.read] = "count"
    if name in ("scope", "evidence"):
        return name
    return kinds.get(detail.read) or ("line" if name in _SHORT else "text")


def _options(event: Event, name: str, detail: Detail) -> tuple[Option, ...]:
    if not isinstance(detail.read, OneOf):
        return (Option("yes", say("officer.yes")), Option("no", say("officer.no")))
    kind = kind_of(event, name)
    return tuple(Option(code, label(kind, code)) for code in detail.read.allowed)


def _hint(name: str) -> str | None:
    key = f"detail.{name}.hint"
    return say(key) if key in WORDS else None


# --- reading ----------------------------------------------------------------------------------


def typed(form: MultiDict[str, str], fields: Iterable[FormField]) -> dict[str, Any]:
    """What stands in the fields, to be shown again; boxes as lists."""
    return {
        f.name: form.getlist(f.name) if f.kind == "scope" else form.get(f.name, "").strip()
        for f in fields
    }


def details_of(values: Mapping[str, Any], fields: Iterable[FormField]) -> dict[str, Any]:
    """What was typed as details; an empty field is none."""
    found = {}
    for field in fields:
        value = values.get(field.name)
        if field.name != ON and (value or field.kind == "scope"):
            found[field.name] = _read(field.kind, value)
    return found


def _read(kind: str, value: Any) -> Any:
    if kind in ("lines", "evidence"):
        return [line.strip() for line in str(value).splitlines() if line.strip()]
    if kind == "flag":
        return {"yes": True, "no": False}.get(value, value)
    if kind == "count":
        return int(value) if _DIGITS.fullmatch(value) else value
    if kind == "yuan":
        return str(value).replace(",", "").replace("，", "")
    if kind == "scope":
        return {q.value: q.value in value for q in Question}
    return value


def day_of(values: Mapping[str, Any]) -> date | None:
    """The day a step has effect; None for today.

    Raises:
        Invalid: it is no day.
    """
    text = values.get(ON, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid([Issue(f"/{ON}", "wrong", "a day")]) from None


def faults(issues: Iterable[Issue], fields: Iterable[FormField]) -> dict[str, str]:
    """Each fault at its field, in the language of the page; what fits none stands alone."""
    kinds = {f.name: f.kind for f in fields}
    if "evidence" in kinds:
        kinds["evidence_files"] = "evidence"
    found: dict[str, str] = {}
    for issue in issues:
        name = issue.pointer.strip("/").partition("/")[0]
        key = f"fault.{issue.code}"
        if issue.code == "wrong":
            key = f"fault.wrong.{kinds.get(name, 'text')}"
        words = say(key) if key in WORDS else explained(issue)
        found[name if name in kinds else ""] = words
    return found


# --- showing ----------------------------------------------------------------------------------


def told(event: Event, details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Details as they are kept, for people: names and values."""
    wanted = DETAILS[event]
    return [
        (name_of(event, name), _told(event, name, wanted[name], value))
        for name, value in details.items()
        if name in wanted
    ]


def _told(event: Event, name: str, detail: Detail, value: Any) -> str:
    if isinstance(detail.read, OneOf):
        return label(kind_of(event, name), str(value))
    if isinstance(value, bool):
        return say("officer.yes" if value else "officer.no")
    if isinstance(value, dict):
        return "；".join(
            f"{label('scope', k)}：{say('officer.yes' if v else 'officer.no')}"
            for k, v in value.items()
        )
    if isinstance(value, list):
        return "；".join(str(v) for v in value)
    if detail.read is YUAN.read:
        return f"{value} {say('form.yuan')}"
    return str(value)
