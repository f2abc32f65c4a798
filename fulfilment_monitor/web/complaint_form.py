"""The complaint form: what was typed becomes the document every door reads, faults their fields."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from ..domain.contracts import Field
from ..domain.errors import Issue
from ..domain.regions import Regions

#: The fields of the form with the most characters each takes, in the order of the page.
FIELDS: Mapping[str, int] = {
    "respondent_name": 300,
    "respondent_uscc": 18,
    "region": 60,
    "contract_no": 100,
    "field": 40,
    "promise": 180,
    "due_on": 10,
    "amount": 25,
    "breach": 40,
    "words": 20_000,
    "demand": 4_000,
    "route": 40,
    "organ": 200,
    "number": 120,
    "name": 300,
    "uscc": 18,
    "contact": 300,
    "ownership": 20,
    "size": 20,
}
BOXES = ("classified", "informant", "confidential", "refuses_contact")
#: A box that is ticked until somebody unticks it.
_TICKED = ("confidential",)

#: Which field a pointer into the document speaks of; the longest that fits counts.
_PLACES = {
    "/respondent": "respondent_name",
    "/respondent/uscc": "respondent_uscc",
    "/contract/region": "region",
    "/contract/field": "field",
    "/contract_no": "contract_no",
    "/items/0": "promise",
    "/items/0/breach": "breach",
    "/items/0/amount": "amount",
    "/due_on": "due_on",
    "/words": "words",
    "/demand": "demand",
    "/judicial_status": "route",
    "/judicial_status/organ": "organ",
    "/judicial_status/number": "number",
    "/classified": "classified",
    "/complainant": "name",
    "/complainant/uscc": "uscc",
    "/complainant/contact": "contact",
    "/complainant/ownership": "ownership",
    "/complainant/size": "size",
}
_GROUPED = re.compile(r"\d{1,3}(,\d{3})+(\.\d{1,2})?")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}", re.ASCII)


class Read(NamedTuple):
    """A form as it was read: the document, without its number, and what no schema can tell."""

    document: dict[str, Any]
    issues: list[Issue]


class Fault(NamedTuple):
    """Something wrong with a field; `words` is the key of what to say."""

    field: str
    words: str


def empty() -> dict[str, str]:
    """The form before anything was typed."""
    return dict.fromkeys(FIELDS, "") | {box: "yes" if box in _TICKED else "" for box in BOXES}


def typed(form: Mapping[str, str]) -> dict[str, str]:
    """What was typed, as it goes back into the form where something has to be mended."""
    boxes = {box: "yes" if form.get(box) else "" for box in BOXES}
    return {name: form.get(name, "").replace("\r\n", "\n") for name in FIELDS} | boxes


def read_form(values: Mapping[str, str], channel: str, regions: Regions, today: date) -> Read:
    """The document of a complaint, in the shape of `schemas.complaints`."""
    said = {name: values[name].strip() for name in FIELDS if values[name].strip()}
    issues: list[Issue] = []
    if "promise" not in said:
        issues.append(Issue("/items/0", "missing-field", "what is owed is missing"))
    if said.get("field", Field.PROCUREMENT) not in list(Field):
        issues.append(Issue("/contract/field", "unknown", "no such field"))
    region = _region(said.get("region"), regions, today, issues)
    due_on = _day(said.get("due_on"), issues)
    item = {
        "breach": said.get("breach"),
        "matter": said.get("promise") and _matter(said["promise"], due_on),
        "amount": said.get("amount") and plain_amount(said["amount"]),
    }
    who = {k: said.get(k) for k in ("name", "contact", "ownership", "size")}
    suit = {k: said.get(k) for k in ("route", "organ", "number")}
    document = {
        "channel": channel,
        "respondent": _filled(
            {"name": said.get("respondent_name"), "uscc": _code(said.get("respondent_uscc"))}
        ),
        "complainant": _filled(
            {**who, "uscc": _code(said.get("uscc")), "informant": bool(values["informant"]) or None}
        ),
        "confidential": bool(values["confidential"]),
        "refuses_contact": bool(values["refuses_contact"]),
        "contract_no": said.get("contract_no"),
        "contract": _filled({"region": region, "field": said.get("field")}) or None,
        "items": [_filled(item)],
        "words": said.get("words"),
        "demand": said.get("demand"),
        "judicial_status": _filled(suit) or None,
        "classified": bool(values["classified"]) or None,
    }
    return Read(_filled(document), issues)


def source_no(token: str, document: Mapping[str, Any]) -> str | None:
    """The number of a complaint on its channel: the same form sent again has the same one.

    None for a token of which we know nothing. It tells nothing of the token, nor of the content.
    """
    if not _TOKEN.fullmatch(token):
        return None
    said = json.dumps(document, ensure_ascii=False, sort_keys=True)
    return "web-" + hashlib.sha256(f"{token}\n{said}".encode()).hexdigest()[:40]


def faults(issues: Iterable[Issue], known: Iterable[str]) -> list[Fault]:
    """What to say at which field, one sentence each, in the order of the page.

    Args:
        known: the keys of sentences there are; of a fault without one, its field says enough.
    """
    keys = set(known)
    found: dict[str, Fault] = {}
    for issue in issues:
        field = _field_of(issue.pointer)
        exact = f"complain.error.{field}.{issue.code}"
        words = exact if exact in keys else f"complain.error.{field}"
        found.setdefault(field, Fault(field, words if words in keys else "complain.error.form"))
    order = ["form", *FIELDS, *BOXES]
    return sorted(found.values(), key=lambda fault: order.index(fault.field))


def _field_of(pointer: str) -> str:
    while pointer and pointer not in _PLACES:
        pointer = pointer.rpartition("/")[0]
    return _PLACES.get(pointer, "form")


def plain_amount(text: str) -> str:
    """An amount as people type it, without what does not count.

    >>> plain_amount(" 1，200,000.50元 "), plain_amount("12,5")
    ('1200000.50', '12,5')
    """
    folded = unicodedata.normalize("NFKC", text).strip().removesuffix("元").strip()
    return folded.replace(",", "") if _GROUPED.fullmatch(folded) else folded


def _matter(promise: str, due_on: date | None) -> str:
    said = " ".join(promise.split())
    return said if due_on is None else f"应于{due_on}前履行：{said}"


def _code(text: str | None) -> str | None:
    if text is None:
        return None
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _day(text: str | None, issues: list[Issue]) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        issues.append(Issue("/due_on", "invalid-field", "this is no day"))
        return None


def _region(text: str | None, regions: Regions, on: date, issues: list[Issue]) -> str | None:
    """A region by its six digits or by its name, where only one has it."""
    if text is None:
        return None
    if regions.find(text, on) is not None:
        return text
    found = regions.named(text, on)
    if len(found) == 1:
        return found[0].code
    issues.append(Issue("/contract/region", "ambiguous" if found else "unknown", "which region?"))
    return None


def _filled(parts: Mapping[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in parts.items() if v is not None}
