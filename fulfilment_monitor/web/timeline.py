"""The life of a contract in order of days: what was agreed, said, due, warned of and suspected."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from ..domain.evidence import cited

Shown = dict[str, Any]

#: The order of what happens on one day.
_ORDER = ("signing", "amendment", "fact", "agreed", "original", "due", "alert", "lead", "closed")


class Entry(NamedTuple):
    """One thing that happens on a day; `what` is the part of the contract it tells of."""

    on: str
    kind: str
    what: Shown


class Day(NamedTuple):
    on: str
    entries: list[Entry]
    #: Whether it is after the day the contract is looked at.
    later: bool


def timeline(dossier: Shown) -> list[Day]:
    """The days of a contract, oldest first.

    What was said after the day looked at is left out: on that day it was not known.
    """
    as_of = dossier["as_of"]
    entries = sorted(_entries(dossier), key=lambda e: (e.on, _ORDER.index(e.kind)))
    return [Day(on, list(day), on > as_of) for on, day in groupby(entries, lambda e: e.on)]


def _entries(dossier: Shown) -> Iterator[Entry]:
    as_of = dossier["as_of"]
    yield Entry(dossier["signed_on"], "signing", dossier)
    for amendment in dossier["amendments"]:
        if amendment["agreed_on"] <= as_of:
            papers = cited(amendment["note"] or "")
            yield Entry(amendment["agreed_on"], "amendment", {**amendment, "papers": papers})
    for fact in dossier["facts"]:
        if not fact["later"]:
            yield Entry(fact["on"], "fact", fact)
    for obligation in dossier["obligations"]:
        yield from _dates(obligation)
    for alert in dossier["alerts"]:
        yield Entry(alert["raised_on"], "alert", alert)
    for lead in dossier["leads"]:
        yield Entry(lead["raised_on"], "lead", lead)
        if lead["closed_on"] is not None:
            yield Entry(lead["closed_on"], "closed", lead)


def _dates(obligation: Shown) -> Iterator[Entry]:
    names = {"due": "due_on", "agreed": "agreed_due_on", "original": "original_due_on"}
    for kind, name in names.items():
        if obligation[name] is not None:
            yield Entry(obligation[name], kind, obligation)
