"""A contract no department registered: the enterprise says so, and sees what becomes of it."""

from typing import Any

from flask import Response, render_template, request

from ..domain.access import Action
from ..domain.contracts import Field, Kind, Subject
from ..domain.errors import Invalid
from ..domain.parties import GovernmentKind, Ownership, Side, Size
from ..domain.regions import Regions
from ..premises import premises
from ..schemas.contracts import read_contract
from ..services import contract_notices
from .complaint_form import plain_amount
from .firm import bp, by_field, seen_after, typed
from .guard import actor, opens_to, principal
from .language import label

#: How many things that are owed the form has lines for.
LINES = 3
_LINE = ("title", "kind", "amount", "due_on")
_FIELDS = (
    "contract_no", "title", "field", "subject", "signed_on", "amount", "region",
    "government_name", "government_uscc", "government_kind", "ownership", "size",
)  # fmt: skip
_PLACES = {
    **{f"/{name}": name for name in _FIELDS},
    "/government": "government_name",
    "/government/uscc": "government_uscc",
    "/government/kind": "government_kind",
    "/enterprise/ownership": "ownership",
    "/enterprise/size": "size",
    "/obligations": "title_1",
    **{f"/obligations/{i}": f"title_{i + 1}" for i in range(LINES)},
    **{f"/obligations/{i}/{name}": f"{name}_{i + 1}" for i in range(LINES) for name in _LINE},
}
#: What a public body can owe an enterprise.
_KINDS = [k for k in Kind if k not in (Kind.DELIVERY, Kind.INVOICE)]


@bp.get("/firm/notices")
@opens_to(Action.CONTRACT_NOTICE)
def notices() -> str:
    """What the enterprise has stated, and how it was answered."""
    house, today = premises().house, premises().moment().today
    with house.readers() as session:
        found = contract_notices.list_own(session, by=actor(), today=today)
    stated = request.args.get("done") == "stated"
    return render_template("enterprise/notices.html", notices=found, today=today, done=stated)


@bp.get("/firm/contracts/new")
@opens_to(Action.CONTRACT_NOTICE)
def new_contract() -> str:
    """The form of a contract that is missing."""
    return _draw({"kind_1": Kind.PAYMENT.value, "government_kind": "organ"}, {})


@bp.post("/firm/contracts/new")
@opens_to(Action.CONTRACT_NOTICE)
def state_contract() -> Response | tuple[str, int]:
    """Tell the department that a contract is missing."""
    house, moment = premises().house, premises().moment()
    lines = [f"{name}_{i}" for i in range(1, LINES + 1) for name in _LINE]
    values = typed(*_FIELDS, *lines)
    regions = house.office().statute.regions
    try:
        document = _document(values, regions)
        with house.sessions.begin() as session:
            contract_notices.state(
                session,
                read_contract(document),
                document,
                by=actor(),
                now=moment.now,
                today=moment.today,
            )
    except Invalid as refusal:
        return _draw(values, by_field(refusal.issues, _PLACES)), 422
    return seen_after("enterprise.notices", done="stated")


def _document(values: dict[str, str], regions: Regions) -> dict[str, Any]:
    """The contract document; who the enterprise is follows from the account, not from the form."""
    who = principal()
    plain = ("contract_no", "title", "field", "subject", "signed_on")
    document: dict[str, Any] = {name: values[name] for name in plain}
    return _filled(
        {
            **document,
            "amount": plain_amount(values["amount"]),
            "region": _region(values["region"], regions),
            "government": _filled(
                {
                    "name": values["government_name"],
                    "uscc": values["government_uscc"].upper(),
                    "kind": values["government_kind"],
                }
            ),
            "enterprise": _filled(
                {
                    "name": who.body_name,
                    "uscc": who.body_code,
                    "ownership": values["ownership"],
                    "size": values["size"],
                }
            ),
            "obligations": [
                _filled({**_line(values, i), "key": f"item-{i}", "obligor": Side.GOVERNMENT.value})
                for i in range(1, LINES + 1)
                if any(values[f"{name}_{i}"] for name in ("title", "amount", "due_on")) or i == 1
            ],
        }
    )


def _line(values: dict[str, str], number: int) -> dict[str, str]:
    line = {name: values[f"{name}_{number}"] for name in _LINE}
    return {**line, "amount": plain_amount(line["amount"])}


def _region(text: str, regions: Regions) -> str:
    """Six digits, or the name of a place where only one has it."""
    found = regions.named(text, premises().moment().today)
    return found[0].code if len(found) == 1 else text


def _filled(parts: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in parts.items() if v not in ("", None)}


def _draw(values: dict[str, str], errors: dict[str, str]) -> str:
    choices: dict[str, Any] = {
        "field": Field,
        "subject": Subject,
        "kind": _KINDS,
        "government_kind": GovernmentKind,
        "ownership": Ownership,
        "size": Size,
    }
    return render_template(
        "enterprise/contract.html",
        values=values,
        errors=errors,
        lines=range(1, LINES + 1),
        labels=_PLACES.values(),
        choices={
            name: [(code.value, label(name, code.value)) for code in codes]
            for name, codes in choices.items()
        },
    )
