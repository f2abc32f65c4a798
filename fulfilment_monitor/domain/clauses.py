"""Clauses of the notices and the units they make responsible, as data: `law/clauses.toml`."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from .bodies import Matter
from .measures import Tier
from .regions import covers


class Unit(NamedTuple):
    """A unit a notice names, and how it is found on the register; neither way: it is many."""

    #: As the notice writes it.
    unit: str
    tier: Tier
    #: Competent for this matter …
    matter: Matter | None = None
    #: … or the body whose name ends so.
    name: str = ""

    @property
    def is_one(self) -> bool:
        return self.matter is not None or bool(self.name)


class Clause(NamedTuple):
    source: str
    title: str
    since: date
    leading: tuple[Unit, ...]
    responsible: tuple[Unit, ...]
    #: The region it holds in, and all below it; empty: everywhere.
    region: str = ""


def read_clauses(rows: Iterable[Mapping[str, Any]]) -> tuple[Clause, ...]:
    """The clauses of the parsed file, which ships with the law.

    Raises:
        KeyError, ValueError, TypeError: the file is out of order; it is checked by a test.
    """
    return tuple(
        Clause(
            row["source"],
            row["title"],
            row["since"],
            tuple(map(_unit, row.get("leading", []))),
            tuple(map(_unit, row.get("responsible", []))),
            row.get("region", ""),
        )
        for row in rows
    )


def _unit(row: Mapping[str, str]) -> Unit:
    matter = row.get("matter")
    return Unit(
        row["unit"],
        Tier(row.get("tier", Tier.PROVINCE)),
        None if matter is None else Matter(matter),
        row.get("name", ""),
    )


def in_force(clauses: Iterable[Clause], region: str, on: date) -> list[Clause]:
    """The clauses that hold for a region on a day, in the order they were written."""
    return [c for c in clauses if c.since <= on and covers(c.region, region)]
