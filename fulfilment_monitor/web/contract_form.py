"""The form of a contract: fields of a page turned into a contract document, and back.

The document is the one every other door takes, so the form can enter nothing they could not.
Fields of an obligation are called `o3-amount`; which rows count is said by `o3-keep`.
"""

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from werkzeug.datastructures import MultiDict

from ..domain.contracts import SIGNING, Clause, Kind
from ..domain.parties import GovernmentKind, Side
from ..domain.statute import Unit
from ..domain.templates import TemplateObligation

#: More obligations than anybody fills in by hand; longer contracts come as a file.
MOST_ROWS = 60

#: Field of the form → place in the document.
_PLACES = {
    "contract_no": "/contract_no",
    "title": "/title",
    "field": "/field",
    "subject": "/subject",
    "signed_on": "/signed_on",
    "amount": "/amount",
    "region": "/region",
    "enterprise-name": "/enterprise/name",
    "enterprise-uscc": "/enterprise/uscc",
    "enterprise-ownership": "/enterprise/ownership",
    "enterprise-size": "/enterprise/size",
    "enterprise-contact": "/enterprise/contact",
    "annual_rate": "/late_interest/annual_rate",
}
_ROW_PLACES = {
    "key": "/key",
    "kind": "/kind",
    "title": "/title",
    "obligor": "/obligor",
    "amount": "/amount",
    "due_on": "/due_on",
    "after": "/after",
    "length": "/within/length",
    "unit": "/within/unit",
    "other_law": "/other_law",
}
_FIELDS = {place: name for name, place in _PLACES.items()}
_ROW_FIELDS = {place: name for name, place in _ROW_PLACES.items()}
#: Where a fault of a whole thing is shown.
_WHOLES = {"/enterprise": "enterprise-uscc", "/late_interest": "annual_rate", "/obligations": "add"}
_ROW_WHOLES = {"": "title", "/within": "length", "/retention": "retention"}

_ROW = re.compile(r"/obligations/(\d+)(.*)")
_INSTITUTION = "12"
#: What is ticked from the start: what the parties owe each other under nearly every contract.
_USUAL = frozenset(Kind) - {Kind.OTHER, Kind.DEPOSIT_RETURN, Kind.INVOICE}

Values = Mapping[str, Any]


class Body(NamedTuple):
    """A body that registers its own contracts, as the register knows it."""

    code: str
    name: str
    kind: str | None
    region: str | None

    @property
    def document(self) -> dict[str, str]:
        """The party of a contract document."""
        by_code = self.code.startswith(_INSTITUTION)
        guess = GovernmentKind.INSTITUTION if by_code else GovernmentKind.ORGAN
        return {"name": self.name, "uscc": self.code, "kind": self.kind or guess.value}


class Filled(NamedTuple):
    """A form as it was sent: the document, and which row each of its obligations is."""

    document: dict[str, Any]
    rows: tuple[int, ...]

    def field(self, pointer: str) -> str:
        """The field of the form where something of the document was filled in."""
        found = _ROW.fullmatch(pointer)
        if found is not None and int(found[1]) < len(self.rows):
            name = _nearest(found[2], {**_ROW_FIELDS, **_ROW_WHOLES}) or "title"
            return f"o{self.rows[int(found[1])]}-{name}"
        if pointer.startswith("/government"):
            return "government"
        if pointer.startswith("/clauses"):
            return "clauses"
        return _nearest(pointer, {**_FIELDS, **_WHOLES}) or ""


def _nearest(pointer: str, names: Mapping[str, str]) -> str | None:
    while pointer not in names and pointer:
        pointer = pointer.rpartition("/")[0]
    return names.get(pointer)


# --- what comes in -------------------------------------------------------------------------------


def read_form(form: "MultiDict[str, str]", body: Body | None) -> Filled:
    """The document a form stands for; what was left empty is left out, as in a file."""
    document: dict[str, Any] = {}
    for name, place in _PLACES.items():
        _put(document, place, _value(name, form.get(name, "")))
    if body is not None:
        document["government"] = body.document
    document.setdefault("enterprise", {})
    clauses = [c for c in form.getlist("clauses") if c in list(Clause)]
    if clauses:
        document["clauses"] = dict.fromkeys(clauses, True)
    rows = [i for i in range(count_rows(form)) if form.get(f"o{i}-keep")]
    document["obligations"] = [_obligation(form, i) for i in rows]
    return Filled(document, tuple(rows))


def count_rows(form: Values) -> int:
    """How many obligations the form has room for."""
    text = str(form.get("rows", ""))
    return min(int(text), MOST_ROWS) if text.isascii() and text.isdigit() else 0


def _obligation(form: "MultiDict[str, str]", row: int) -> dict[str, Any]:
    terms: dict[str, Any] = {}
    for name, place in _ROW_PLACES.items():
        if name != "unit" or form.get(f"o{row}-length", "").strip():
            _put(terms, place, _value(name, form.get(f"o{row}-{name}", "")))
    if form.get(f"o{row}-retention"):
        terms["retention"] = True
    return terms


def _put(document: dict[str, Any], place: str, value: Any) -> None:
    if value is None:
        return
    *steps, last = place.split("/")[1:]
    for step in steps:
        document = document.setdefault(step, {})
    document[last] = value


def _value(name: str, text: str) -> Any:
    """What a field holds, in the shape of the document; what has no such shape stays text."""
    text = text.strip()
    if not text:
        return None
    if name == "amount":
        return text.replace(",", "").replace("，", "").replace(" ", "")
    if name == "length":
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text
    if name == "annual_rate":
        return _fraction(text)
    if name == "enterprise-uscc":
        return text.upper()
    return text


def _fraction(percent: str) -> str:
    try:
        rate = Decimal(percent.rstrip("%％ ")) / 100
    except InvalidOperation:
        return percent
    return format(rate.normalize(), "f") if rate.is_finite() else percent


# --- what goes out -------------------------------------------------------------------------------


def from_template(usual: Iterable[TemplateObligation]) -> dict[str, str]:
    """The rows of a form prefilled with what contracts of a field usually oblige to."""
    found = list(usual)
    kept = _with_causes(found, {o.key for o in found if not o.apart and o.kind in _USUAL})
    values = {"rows": str(len(found))}
    for i, o in enumerate(found):
        period = o.period
        row = {
            "keep": "yes" if o.key in kept else "",
            "key": o.key,
            "kind": o.kind.value,
            "title": o.title,
            "obligor": o.obligor.value,
            "after": o.after or "",
            "length": "" if period is None else str(period.length),
            "unit": Unit.DAY.value if period is None else period.unit.value,
            "retention": "yes" if o.retention else "",
            "other_law": o.other_law or "",
        }
        values |= {f"o{i}-{name}": value for name, value in row.items()}
    return values


def _with_causes(usual: list[TemplateObligation], kept: set[str]) -> set[str]:
    """Some obligations, and all that they count from."""
    after = {o.key: o.after for o in usual}
    for key in list(kept):
        before = after.get(key)
        while before is not None and before != SIGNING:
            kept.add(before)
            before = after.get(before)
    return kept


def from_document(document: Mapping[str, Any]) -> dict[str, Any]:
    """The form of a document that somebody else wrote; what it leaves open stays open."""
    values: dict[str, Any] = {name: _text(name, document, p) for name, p in _PLACES.items()}
    values["clauses"] = [c for c, agreed in _part(document, "clauses").items() if agreed]
    obligations = [o for o in document.get("obligations") or () if isinstance(o, Mapping)]
    values["rows"] = str(len(obligations[:MOST_ROWS]))
    for i, o in enumerate(obligations[:MOST_ROWS]):
        values |= {f"o{i}-{name}": _text(name, o, place) for name, place in _ROW_PLACES.items()}
        values[f"o{i}-keep"] = "yes"
        values[f"o{i}-retention"] = "yes" if o.get("retention") else ""
    return values


def _part(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, Mapping) else {}


def _text(name: str, document: Mapping[str, Any], place: str) -> str:
    *steps, last = place.split("/")[1:]
    for step in steps:
        document = _part(document, step)
    found = document.get(last)
    if found is None or isinstance(found, Mapping | list):
        return ""
    if name == "annual_rate":
        return format((Decimal(str(found)) * 100).normalize(), "f")
    return str(found)


def complete(values: Mapping[str, Any]) -> dict[str, Any]:
    """A form with every field in it, whatever was sent."""
    rows = count_rows(values)
    names = ("keep", "retention", *_ROW_PLACES)
    blank: dict[str, Any] = dict.fromkeys(("government", *_PLACES), "")
    blank |= {f"o{i}-{name}": "" for i in range(rows) for name in names}
    return {**blank, "clauses": [], **values, "rows": str(rows)}


def with_another(values: dict[str, Any]) -> dict[str, Any]:
    """A form with one more obligation to fill in; the same when there is room for no more."""
    row = count_rows(values)
    if row >= MOST_ROWS:
        return values
    taken = {values.get(f"o{i}-key") for i in range(row)}
    key = next(k for k in (str(n) for n in range(row + 1, 2 * MOST_ROWS + 2)) if k not in taken)
    blank = {
        "keep": "yes",
        "key": key,
        "kind": Kind.PAYMENT.value,
        "obligor": Side.GOVERNMENT.value,
        "unit": Unit.DAY.value,
    }
    added = {f"o{row}-{name}": value for name, value in blank.items()}
    return {**values, "rows": str(row + 1), **added}
