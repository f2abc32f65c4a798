"""The register of bodies as a whole, for a list that is entered at once: read, then written back.

Of bodies only those the list speaks of are read; of superiors, competences and successions all,
because a circle may run through any of them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.bodies import Entry, Restated, Span, applied
from ..domain.parties import Side
from ..store.ids import take_ids
from ..store.once import insert_all
from ..store.organisations import Competence, Organisation, Subordination, Succession
from . import search

T = TypeVar("T")
#: Codes asked for in one query; SQLite takes 32 766 at most.
_AT_ONCE = 1_000

#: A matter and the region it is about.
Matters = tuple[str, str]


class Known(NamedTuple):
    """A body as the register has it, or is about to have it."""

    id: int
    name: str
    kind: str | None
    region: str | None
    level: str | None
    side: str = Side.GOVERNMENT.value
    is_new: bool = False

    def description(self) -> dict[str, str | None]:
        """What can be said of it anew."""
        return {"name": self.name, "kind": self.kind, "region": self.region, "level": self.level}

    def described(self, words: Mapping[str, str]) -> "Known":
        """The same body with some of that said anew."""
        return self._replace(
            name=words.get("name", self.name),
            kind=words.get("kind", self.kind),
            region=words.get("region", self.region),
            level=words.get("level", self.level),
        )


@dataclass(slots=True)
class Register:
    """What the register says; spans by the body below, and by matter and region."""

    bodies: dict[str, Known] = field(default_factory=dict)
    superiors: dict[int, list[Span]] = field(default_factory=dict)
    competences: dict[Matters, list[Span]] = field(default_factory=dict)
    #: For each body, what it ever was competent for.
    matters: dict[int, set[Matters]] = field(default_factory=dict)
    successors: dict[int, dict[date, int]] = field(default_factory=dict)
    #: Why a body took over from another: from which day, and on what it rests.
    reasons: dict[tuple[int, date], str] = field(default_factory=dict)

    def copy(self) -> "Register":
        """One that can be changed without changing this one."""
        return Register(
            dict(self.bodies),
            dict(self.superiors),
            dict(self.competences),
            {body: set(keys) for body, keys in self.matters.items()},
            {body: dict(days) for body, days in self.successors.items()},
            dict(self.reasons),
        )

    def change_superior(self, body: int, change: Restated) -> None:
        self.superiors[body] = applied(self.superiors.get(body, []), change)

    def change_competence(self, key: Matters, change: Restated) -> None:
        self.competences[key] = applied(self.competences.get(key, []), change)
        if change.begun is not None:
            self.matters.setdefault(change.begun.value, set()).add(key)

    def ever_after(self, body: int) -> set[int]:
        """A body and all that ever answer for it."""
        reached, waiting = {body}, [body]
        while waiting:
            following = set(self.successors.get(waiting.pop(), {}).values()) - reached
            reached |= following
            waiting += following
        return reached


def read_register(session: Session, entries: Sequence[Entry]) -> Register:
    """What a list of entries is held against; bodies it founds are there with their ids."""
    if session.get_bind().dialect.name == "postgresql":  # SQLite has one writer anyway
        session.execute(text("LOCK TABLE organisation IN EXCLUSIVE MODE"))
    found = Register()
    codes = {e.code for e in entries} | {e.superior for e in entries if e.superior}
    codes |= {e.handover.successor for e in entries if e.handover}
    for some in _parts(sorted(codes), _AT_ONCE):
        for row in session.scalars(select(Organisation).where(Organisation.code.in_(some))):
            found.bodies[row.code] = Known(
                row.id, row.name, row.kind, row.region, row.level, row.side
            )
    new = list(dict.fromkeys(e.code for e in entries if e.code not in found.bodies))
    for code, number in zip(new, take_ids(session, "organisation", len(new)), strict=True):
        found.bodies[code] = Known(number, "", None, None, None, is_new=True)
    superiors, competences = defaultdict(list), defaultdict(list)
    for s in session.scalars(select(Subordination)):
        superiors[s.body_id].append(Span(s.superior_id, s.from_on, s.until_on))
    for c in session.scalars(select(Competence)):
        competences[c.matter, c.region].append(Span(c.body_id, c.from_on, c.until_on))
        found.matters.setdefault(c.body_id, set()).add((c.matter, c.region))
    found.superiors, found.competences = dict(superiors), dict(competences)
    for pair in session.scalars(select(Succession)):
        found.successors.setdefault(pair.predecessor_id, {})[pair.from_on] = pair.successor_id
    return found


def write_register(
    session: Session, before: Register, after: Register, *, by: Actor, now: datetime
) -> None:
    """Write what is different, in a few statements."""
    said = {"recorded_at": now, "recorded_by": by.name}
    _write_bodies(session, before, after, now)
    _write_spans(
        session,
        Subordination,
        _differences(before.superiors, after.superiors),
        lambda body, s: {"body_id": body, "superior_id": s.value},
        lambda body: {"body_id": body},
        said,
    )
    _write_spans(
        session,
        Competence,
        _differences(before.competences, after.competences),
        lambda key, s: {"matter": key[0], "region": key[1], "body_id": s.value},
        lambda key: {"matter": key[0], "region": key[1]},
        said,
    )
    handovers = [
        {
            "predecessor_id": body,
            "successor_id": successor,
            "from_on": day,
            "reason": after.reasons[body, day],
            **said,
        }
        for body, days in after.successors.items()
        for day, successor in days.items()
        if day not in before.successors.get(body, {})
    ]
    insert_all(session, Succession, handovers)


def _write_bodies(session: Session, before: Register, after: Register, now: datetime) -> None:
    new = []
    for code, body in after.bodies.items():
        if body == before.bodies[code]:
            continue
        row = body.description()
        if before.bodies[code].is_new:
            whole = {"id": body.id, "code": code, "side": body.side, "recorded_at": now, **row}
            new.append(whole)
        else:
            session.execute(update(Organisation).where(Organisation.id == body.id).values(row))
    insert_all(session, Organisation, new)
    search.write_anew(session, search.contracts_with(session, _renamed(before, after)))


def _renamed(before: Register, after: Register) -> dict[int, str]:
    """Bodies with another name than before, and the name they had."""
    known = (before.bodies[code] for code, body in after.bodies.items() if not body.is_new)
    said = {body.id: body.name for body in after.bodies.values()}
    return {body.id: body.name for body in known if body.name != said[body.id]}


def _differences(
    before: dict[T, list[Span]], after: dict[T, list[Span]]
) -> Iterator[tuple[T, Span, bool]]:
    """Spans that are new (True), or end on another day than they did."""
    for key, spans in after.items():
        known = {s.from_on: s for s in before.get(key, ())}
        for span in spans:
            if known.get(span.from_on) != span:
                yield key, span, span.from_on not in known


def _write_spans(
    session: Session,
    model: type[Subordination] | type[Competence],
    differences: Iterable[tuple[T, Span, bool]],
    row: Callable[[T, Span], dict[str, Any]],
    whose: Callable[[T], dict[str, Any]],
    said: dict[str, Any],
) -> None:
    begun = []
    for key, span, is_new in differences:
        if is_new:
            days = {"from_on": span.from_on, "until_on": span.until_on}
            begun.append({**row(key, span), **days, **said})
        else:
            mine = select(model.id).filter_by(**whose(key), from_on=span.from_on)
            ending = update(model).where(model.id.in_(mine)).values(until_on=span.until_on)
            session.execute(ending)
    insert_all(session, model, begun)


def _parts(values: Sequence[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part
