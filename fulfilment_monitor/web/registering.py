"""Register a contract by hand: choose its kind, fill in what was agreed, see each date at once."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from flask import Response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.contracts import SIGNING, Clause, Field, Kind, Subject
from ..domain.errors import Invalid, Issue
from ..domain.parties import Ownership, Side, Size
from ..domain.statute import Unit
from ..domain.templates import Templates, template_for
from ..house import load_templates
from ..premises import premises
from ..schemas.contracts import read_contract
from ..services import contracts
from ..services.foreseeing import reckon_submission
from ..services.office import Office
from ..services.registry import show_contract
from ..services.sight import bodies_of, contract_in_sight
from . import queries
from .contract_form import (
    Body,
    Filled,
    complete,
    count_rows,
    from_document,
    from_template,
    read_form,
    with_another,
)
from .desk import bp
from .faults import by_field
from .forecast import forecast
from .guard import actor, opens_to, principal
from .language import label, say

_CREATE = Action.CONTRACT_CREATE
#: What can be chosen in the form, and the kind of the names of it.
_LISTS: dict[str, tuple[type[StrEnum], str]] = {
    "fields": (Field, "field"),
    "subjects": (Subject, "subject"),
    "kinds": (Kind, "kind"),
    "sides": (Side, "source"),
    "ownerships": (Ownership, "ownership"),
    "sizes": (Size, "size"),
    "units": (Unit, "unit"),
    "clauses": (Clause, "clause"),
}


@bp.get("/contracts/new")
@opens_to(_CREATE)
def new_contract() -> str:
    """The form: empty but for what contracts of the chosen field usually oblige to."""
    today, office = premises().moment().today, premises().house.office()
    bodies = own_bodies(today)
    like = request.args.get("like", "")
    if like:
        return draw(_like(like, today, office), bodies, office)
    kind = request.args.get("kind", "")
    asked = dict(zip(("field", "subject"), kind.split("."), strict=False))
    field = queries.read_code(asked, "field", Field)
    subject = queries.read_code(asked, "subject", Subject)
    signed_on = queries.read_day(request.args, "signed_on") or today
    templates = load_templates(office.statute)
    if field is None or subject not in templates.subjects[field]:
        return _choose(templates, signed_on)
    usual = template_for(templates, field, subject, signed_on, office.statute)
    home = _home(bodies)
    values = {
        **from_template(usual),
        "field": field.value,
        "subject": subject.value,
        "signed_on": signed_on.isoformat(),
        "government": "" if home is None else home.code,
        "region": (home and home.region) or "",
    }
    return draw(values, bodies, office)


def _like(ulid: str, today: date, office: Office) -> dict[str, Any]:
    """The form filled in from a contract of one's own, without its number and its dates."""
    with premises().house.readers() as session:
        wanted = queries.check_ulid(ulid)
        contract_id = contract_in_sight(session, _CREATE, actor(), wanted, today)
        shown = show_contract(session, contract_id, as_of=today, office=office)
    owed = [{**o, "due_on": None} for o in shown["obligations"]]
    values = from_document({**shown, "obligations": owed})
    government = shown["government"].get("uscc", "")
    return {**values, "contract_no": "", "signed_on": "", "government": government}


@bp.post("/contracts/preview")
@opens_to(_CREATE)
def preview_contract() -> str:
    """Every date of what has been filled in so far; nothing is kept.

    A script asks for the dates alone; without one the whole page is drawn again with them.
    """
    today, office = premises().moment().today, premises().house.office()
    bodies = own_bodies(today)
    if "HX-Request" in request.headers:
        told = _told(_read(bodies), office, today)
        return render_template("clerk/preview.html", preview=told, names=names_of(_values()))
    values = _values()
    if request.form.get("do") == "add":
        return draw(with_another(values), bodies, office)
    told = _told(_read(bodies), office, today)
    return draw(values, bodies, office, errors=told["errors"], preview=told)


@bp.post("/contracts")
@opens_to(_CREATE)
def register_contract() -> Response | tuple[str, int] | str:
    """Enter the contract; what cannot be entered is drawn again with what is wrong."""
    house, (now, today) = premises().house, premises().moment()
    office, bodies = house.office(), own_bodies(today)
    filled = _read(bodies)
    try:
        submission = read_contract(filled.document)
        with house.sessions.begin() as session:
            done = contracts.register_contracts(
                session, [submission], by=actor(), office=office, now=now, today=today
            )[0]
            if done.result is not contracts.Result.REGISTERED:
                raise Invalid([Issue("/contract_no", "contract.number-taken", _TAKEN)])
    except Invalid as refusal:
        told = _told(filled, office, today)
        errors = by_field(refusal.issues, filled.field)
        return draw(_values(), bodies, office, errors=errors, preview=told), refusal.status
    return redirect(url_for("board.contract", ulid=done.ulid, done="registered"), 303)  # type: ignore[return-value]


_TAKEN = "本单位已登记过这个编号的合同；条款变更请在该合同页登记"


def own_bodies(today: date) -> dict[str, Body]:
    """The bodies whose contracts the actor registers, by code."""
    with premises().house.readers() as session:
        found = bodies_of(session, _CREATE, actor(), today) or {}
        return {code: Body(code, o.name, o.kind, o.region) for code, o in found.items()}


def _home(bodies: Mapping[str, Body]) -> Body | None:
    """The body the actor acts for; else the first it answers for."""
    own = bodies.get(principal().body_code or "")
    return own or next(iter(bodies.values()), None)


def _read(bodies: Mapping[str, Body]) -> Filled:
    """What was filled in; a body that is not the actor's own stays out, and so is refused."""
    chosen = request.form.get("government", "")
    body = bodies.get(chosen) if chosen else _home(bodies)
    return read_form(request.form, body or _stranger(chosen))


def _stranger(code: str) -> Body | None:
    """A body that was named though the form does not offer it: registering refuses it."""
    return Body(code, code, None, None) if code else None


def _values() -> dict[str, Any]:
    values: dict[str, Any] = request.form.to_dict()
    return {**values, "clauses": request.form.getlist("clauses")}


def _told(filled: Filled, office: Office, today: date) -> dict[str, Any]:
    """The dates of a document and what is said of it; or what keeps them from being known."""
    try:
        submission = read_contract(filled.document)
    except Invalid as refusal:
        return {"errors": by_field(refusal.issues, filled.field), "steps": [], "findings": []}
    reckoned = reckon_submission(submission, office=office, today=today)
    return {"errors": {}, "steps": forecast(reckoned), "findings": list(reckoned.issues)}


def _choose(templates: Templates, signed_on: date) -> str:
    kinds = [(f, templates.subjects[f]) for f in Field]
    return render_template("clerk/choose.html", kinds=kinds, signed_on=signed_on.isoformat())


def draw(
    values: Mapping[str, Any],
    bodies: Mapping[str, Body],
    office: Office,
    *,
    errors: Mapping[str, str] | None = None,
    preview: Mapping[str, Any] | None = None,
) -> str:
    """The form with these values in it."""
    values = complete(values)
    rows = range(count_rows(values))
    kept = {i for i in rows if values.get(f"o{i}-keep")}
    return render_template(
        "clerk/contract_form.html",
        values=values,
        errors=errors or {},
        preview=preview,
        names=names_of(values),
        usual=[i for i in rows if i in kept],
        others=[i for i in rows if i not in kept],
        after_options=lambda own: _after(values, own),
        notes=_notes(values, office),
        lists={
            "bodies": [(b.code, b.name) for b in bodies.values()],
            **{name: options(codes, kind) for name, (codes, kind) in _LISTS.items()},
        },
    )


def options(codes: Iterable[StrEnum], kind: str) -> list[tuple[str, str]]:
    """Codes to choose from, with their names."""
    return [(code.value, label(kind, code.value)) for code in codes]


def _after(values: Mapping[str, Any], own: str) -> list[tuple[str, str]]:
    """What a term of one obligation can count from: signing, or another obligation."""
    keys = [(values.get(f"o{i}-key"), values.get(f"o{i}-title")) for i in range(count_rows(values))]
    others = [(str(key), str(title or key)) for key, title in keys if key and key != own]
    return [(SIGNING, say("register.o.signing")), *others]


def names_of(values: Mapping[str, Any]) -> dict[str, str]:
    """What each field of the form is called, for whoever is sent there."""
    named = {name: say(key) for name, key in _NAMES.items()}
    for i in range(count_rows(values)):
        title = values.get(f"o{i}-title") or say("register.obligation", n=i + 1)
        named |= {f"o{i}-{name}": f"{title} · {say(key)}" for name, key in _ROW_NAMES.items()}
    return named


_NAMES = {
    "contract_no": "contract.no",
    "title": "register.contract_title",
    "field": "field",
    "subject": "subject",
    "signed_on": "signed_on",
    "amount": "contract.amount",
    "region": "region",
    "government": "government",
    "enterprise-name": "register.enterprise.name",
    "enterprise-uscc": "uscc",
    "enterprise-ownership": "register.ownership",
    "enterprise-size": "register.size",
    "enterprise-contact": "register.contact",
    "annual_rate": "late_interest",
    "clauses": "clauses",
    "add": "contract.obligations",
}
_ROW_NAMES = {
    "title": "register.o.title",
    "kind": "register.o.kind",
    "obligor": "obligor",
    "amount": "amount",
    "due_on": "register.o.due_on",
    "after": "register.o.after",
    "length": "register.o.length",
    "unit": "register.o.unit",
    "other_law": "other_law",
}


def _notes(values: Mapping[str, Any], office: Office) -> dict[str, Any]:
    """What the template says of each of its obligations, by key."""
    try:
        field, subject = Field(values.get("field", "")), Subject(values.get("subject", ""))
        signed_on = date.fromisoformat(values.get("signed_on", ""))
    except ValueError:
        return {}
    templates = load_templates(office.statute)
    if subject not in templates.subjects[field]:
        return {}
    return {o.key: o for o in template_for(templates, field, subject, signed_on, office.statute)}
