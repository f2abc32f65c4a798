"""The rows of `law/templates.toml`, and what must hold of them before anybody relies on one."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any, NamedTuple, Protocol

from .contracts import SIGNING, Field, Kind, Subject
from .money import parse_yuan
from .parties import Side
from .statute import Rule, Statute, read_rules

#: What the statutory payment term can follow.
_PAID_FOR = frozenset({Kind.DELIVERY, Kind.ACCEPTANCE, Kind.SETTLEMENT})


class Version(Protocol):
    """One version of anything the law sets."""

    @property
    def id(self) -> str: ...
    @property
    def about(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def confidence(self) -> str: ...
    @property
    def in_force_from(self) -> date: ...
    @property
    def in_force_to(self) -> date | None: ...


class Band(NamedTuple):
    """A term for settled amounts of up to so many fen; None is without bound."""

    up_to_fen: int | None
    term: str


@dataclass(frozen=True, slots=True)
class Row:
    """One obligation of the data file; see there for what each field means."""

    key: str
    kind: Kind
    title: str
    obligor: Side
    places: frozenset[tuple[Field, Subject]]
    after: str | None = None
    event: str | None = None
    term: str | None = None
    bands: tuple[Band, ...] = ()
    default: str | None = None
    ceiling: str | None = None
    see: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    unless: str | None = None
    agree: str | None = None
    retention: bool = False
    apart: bool = False
    note: str = ""
    source: str = ""

    @property
    def terms(self) -> tuple[str, ...]:
        """The ids of every term it names."""
        single = [t for t in (self.term, self.default, self.ceiling) if t is not None]
        return (*single, *(b.term for b in self.bands), *self.see)


@dataclass(frozen=True, slots=True)
class Templates:
    #: The subjects that contracts of a field have, the usual one first.
    subjects: Mapping[Field, tuple[Subject, ...]]
    #: What a contract of a field is called.
    names: Mapping[Field, str]
    rows: tuple[Row, ...]
    rules: tuple[Rule, ...]

    def rows_of(self, field: Field, subject: Subject) -> list[Row]:
        return [r for r in self.rows if (field, subject) in r.places]


def read_templates(
    data: Mapping[str, Any], statute: Statute, rules: Iterable[Mapping[str, Any]]
) -> Templates:
    """The templates from the parsed `templates.toml`.

    Args:
        rules: the `rule` tables of `terms.toml`.

    Raises:
        ValueError: with every fault, such as an id that names nothing, or a gap between versions.
        TypeError: a row has a field it should not have; KeyError: it lacks one.
    """
    kinds = [(Field(f["field"]), f) for f in data["field"]]
    templates = Templates(
        {field: tuple(map(Subject, f["subjects"])) for field, f in kinds},
        {field: f["name"] for field, f in kinds},
        tuple(_row(row) for row in data["obligation"]),
        read_rules(rules),
    )
    faults = [
        *(f"no template for {field.value}" for field in Field if field not in templates.names),
        *(
            f"{row.key}: {fault}"
            for row in templates.rows
            for fault in _id_faults(row, templates, statute)
        ),
        *_place_faults(templates, statute),
    ]
    if faults:
        raise ValueError("; ".join(faults))
    return templates


def _row(row: Mapping[str, Any]) -> Row:
    shape: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    places = shape.pop("for")
    bands = [
        Band(parse_yuan(b["up_to"]) if "up_to" in b else None, b["term"])
        for b in shape.pop("bands", ())
    ]
    return Row(
        **{
            **shape,
            "kind": Kind(shape["kind"]),
            "obligor": Side(shape["obligor"]),
            "places": frozenset((Field(f), Subject(s)) for f in places for s in places[f]),
            "bands": tuple(bands),
        }
    )


def _id_faults(row: Row, templates: Templates, statute: Statute) -> Iterator[str]:
    rules = [*row.rules, *([row.unless] if row.unless else [])]
    named: list[tuple[Iterable[str], Collection[Version]]] = [
        (row.terms, statute.terms),
        (row.limits, statute.limits),
        (rules, templates.rules),
    ]
    for names, versions in named:
        for name in names:
            yield from _version_faults(name, [v for v in versions if v.id == name])
    if not (row.terms or row.limits or row.rules or row.source):
        yield "names no source"
    bounds = [b.up_to_fen for b in row.bands]
    known = [b for b in bounds if b is not None]
    if bounds and (bounds != [*sorted(set(known)), None]):
        yield "bands have to rise, and the last is without bound"


def _version_faults(name: str, versions: list[Version]) -> Iterator[str]:
    """Whether a thing is in force on every signing day from its first version on."""
    ordered = sorted(versions, key=lambda v: v.in_force_from)
    if not ordered:
        yield f"{name!r} names nothing of its kind"
    for before, after in zip_longest(ordered, ordered[1:]):
        ends = before.in_force_to
        if after is None and ends is not None:
            yield f"{name!r} is not in force after {ends}"
        if after is not None and (ends is None or ends + timedelta(1) != after.in_force_from):
            yield f"{name!r} has a gap or an overlap before {after.in_force_from}"


def _place_faults(templates: Templates, statute: Statute) -> Iterator[str]:
    offered = {(f, s) for f, subjects in templates.subjects.items() for s in subjects}
    for place in sorted({p for r in templates.rows for p in r.places} - offered):
        yield f"{place[0].value} has no subject {place[1].value}"
    since = {t.id: t.since for t in statute.terms}
    for field, subject in sorted(offered):
        seen: dict[str, Row] = {}
        rows = templates.rows_of(field, subject)
        if not rows:
            yield f"{field.value}, {subject.value}: no obligations"
        for row in rows:
            if row.key in seen:
                yield f"{field.value}, {subject.value}: {row.key!r} twice"
            for fault in _count_faults(row, seen, since):
                yield f"{field.value}, {subject.value}, {row.key}: {fault}"
            seen[row.key] = row


def _count_faults(row: Row, seen: Mapping[str, Row], since: Mapping[str, str]) -> Iterator[str]:
    """Whether a row counts from what its terms count from, and leaves open what it should."""
    before = seen.get(row.after or "")
    if row.after is not None and row.after != SIGNING and before is None:
        yield f"counts from {row.after!r}, which is not above"
    if before is not None and (
        (before.apart and not row.apart) or before.unless not in (None, row.unless)
    ):
        yield f"counts from {row.after!r}, which may be left out"
    event = SIGNING if row.after == SIGNING else before.event if before else None
    for name in [*([row.term] if row.term else []), *(b.term for b in row.bands)]:
        if since.get(name) != event:
            yield f"{name!r} counts from {since.get(name)!r}, not from {event!r}"
    if row.default is not None and (
        row.kind is not Kind.PAYMENT
        or row.obligor is not Side.GOVERNMENT
        or row.retention
        or before is None
        or before.kind not in _PAID_FOR
    ):
        yield "the payment term of the decree does not reach this"
    settled = row.term or row.bands or row.default
    usual = None if settled else "due_on" if row.after is None else "within"
    if row.agree != usual:
        yield f"agree has to be {usual!r}"
