"""Bring a list of public bodies into the register: names, superiors, competences, successors.

Nothing of the past is edited: a superior or a competence that changes ends one row and begins the
next. What a body is called, its kind, region and level are as last said; the record of acts keeps
what they were, and a contract keeps the name under which it was signed.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.bodies import (
    Conflict,
    Entry,
    Restated,
    Span,
    closes_circle,
    entry_faults,
    restated,
)
from ..domain.errors import Issue
from ..domain.parties import Side
from . import audit
from .body_register import Matters, Register, read_register, write_register
from .office import Office


class Result(StrEnum):
    REGISTERED = "registered"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class Enrolled(NamedTuple):
    """What became of one entry; issues have pointers into it."""

    result: Result
    issues: tuple[Issue, ...]


def enrol_bodies(
    session: Session,
    entries: Sequence[Entry],
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> list[Enrolled]:
    """Enter a whole list; a superior may stand later in it than those below.

    Entries that cannot be entered are refused with their reasons, and so is every entry that needs
    a body of a refused one; the others are entered. The same list again changes nothing. An entry
    that names no first day speaks of today.
    """
    faults = [list(entry_faults(e, office.regions, today)) for e in entries]
    refused = {i: f for i, f in enumerate(faults) if any(issue.level == "error" for issue in f)}
    before = read_register(session, entries)
    while True:  # each turn refuses what needed something that the turn before refused
        plan = _Plan(before, {i: e for i, e in enumerate(entries) if i not in refused}, today)
        if not plan.refused:
            break
        refused |= {i: [*faults[i], issue] for i, issue in plan.refused.items()}
    write_register(session, before, plan.after, by=by, now=now)
    for i, acts in sorted(plan.acts.items()):
        if acts:
            action = f"organisation.{'register' if i in plan.founding else 'update'}"
            audit.note(session, by, action, "organisation", entries[i].code, acts, now=now)
    return [
        Enrolled(plan.result(i), tuple(faults[i]))
        if i not in refused
        else Enrolled(Result.REFUSED, tuple(refused[i]))
        for i in range(len(entries))
    ]


class _Refused(Exception):
    def __init__(self, pointer: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.issue = Issue(pointer, code, detail)


class _Changes(NamedTuple):
    """What one entry changes, to be carried out whole or not at all."""

    superior: Restated
    competences: dict[Matters, Restated]
    successor: int | None


class _Plan:
    """What entering some entries in order would do."""

    def __init__(self, before: Register, entries: Mapping[int, Entry], today: date) -> None:
        self.after, self._today = before.copy(), today
        self.refused: dict[int, Issue] = {}
        #: For each entry that can be entered, what it changes, as it goes on record.
        self.acts: dict[int, dict[str, Any]] = {}
        listed = {e.code for e in entries.values()}
        self.after.bodies = {
            code: b for code, b in before.bodies.items() if not b.is_new or code in listed
        }
        self._enter(entries)
        #: The first entries of bodies that were not on the register.
        self.founding: set[int] = set()
        founded: set[str] = set()
        for i in sorted(self.acts):
            code = entries[i].code
            if before.bodies[code].is_new and code not in founded:
                founded.add(code)
                self.founding.add(i)
        self._describe(entries)

    def _enter(self, entries: Mapping[int, Entry]) -> None:
        """In order; what a later entry makes possible, such as a turned-round line, comes last."""
        waiting = list(entries)
        while waiting:
            self.refused = {}
            for i in waiting:
                try:
                    self.acts[i] = self._carry_out(entries[i], self._changes(entries[i]))
                except _Refused as refusal:
                    self.refused[i] = refusal.issue
            if len(self.refused) == len(waiting):
                return
            waiting = list(self.refused)

    def result(self, i: int) -> Result:
        if i in self.founding:
            return Result.REGISTERED
        return Result.UPDATED if self.acts[i] else Result.UNCHANGED

    # --- what a body is called --------------------------------------------------------------

    def _describe(self, entries: Mapping[int, Entry]) -> None:
        """Names, kinds, regions and levels as the entry of the latest day has them."""
        said = [i for i in entries if i in self.acts]
        said.sort(key=lambda i: (entries[i].from_on or self._today, i))
        told_by = {entries[i].code: i for i in said} | {entries[i].code: i for i in self.founding}
        described: dict[str, dict[str, str]] = {}
        for i in said:
            described.setdefault(entries[i].code, {}).update(_description(entries[i]))
        for code, words in described.items():
            body = self.after.bodies[code]
            old = body.description()
            changed = {k: [old[k], v] for k, v in words.items() if old[k] != v}
            if changed:
                self.after.bodies[code] = body.described(words)
                self.acts[told_by[code]] |= words if body.is_new else {"changed": changed}

    # --- what changes from a day on ---------------------------------------------------------

    def _changes(self, entry: Entry) -> _Changes:
        body = self._body(entry.code, "/uscc")
        superior = self._superior(body, entry)
        competences = dict(self._competences(body, entry))
        return _Changes(superior, competences, self._successor(body, entry))

    def _body(self, code: str, pointer: str) -> int:
        known = self.after.bodies.get(code)
        if known is None:
            detail = f"{code} 不在登记册上，也不在本次可登记的单位中"
            raise _Refused(pointer, "body.unknown", detail)
        if known.side != Side.GOVERNMENT.value:
            raise _Refused(pointer, "body.is-enterprise", f"{code} 已登记为企业")
        return known.id

    def _superior(self, body: int, entry: Entry) -> Restated:
        spans = self.after.superiors.get(body, [])
        if entry.superior is None:
            return _ended(spans, body=None, on=entry.until_on)
        above = self._body(entry.superior, "/superior")
        said = Span(above, entry.from_on or self._today, entry.until_on)
        change = _restated(spans, said, "/superior", "上级单位")
        if change.begun is not None and closes_circle(self.after.superiors, body, change.begun):
            detail = f"{entry.superior} 在此期间是 {entry.code} 的下级，上下级不能成环"
            raise _Refused("/superior", "body.circle", detail)
        return change

    def _competences(self, body: int, entry: Entry) -> Iterable[tuple[Matters, Restated]]:
        """Those stated; and the end of those no longer stated, where any are."""
        since = entry.from_on or self._today
        stated = [(m.value, entry.region or "") for m in entry.competent_for]
        for i, key in enumerate(stated):
            said = Span(body, since, entry.until_on)
            spans = self.after.competences.get(key, [])
            yield key, _restated(spans, said, f"/competent_for/{i}", "主管单位")
        ends = since if stated else entry.until_on
        for key in sorted(self.after.matters.get(body, set()) - set(stated)):
            if not stated or key[1] == entry.region:
                yield key, _ended(self.after.competences[key], body=body, on=ends)

    def _successor(self, body: int, entry: Entry) -> int | None:
        if entry.handover is None:
            return None
        successor = self._body(entry.handover.successor, "/succeeded_by/uscc")
        known = self.after.successors.get(body, {}).get(entry.handover.on)
        if known == successor:
            return None
        if known is not None:
            detail = f"自 {entry.handover.on} 起已登记另一承继单位"
            raise _Refused("/succeeded_by/uscc", "body.stated-otherwise", detail)
        if body in self.after.ever_after(successor):
            detail = f"{entry.handover.successor} 的职责由 {entry.code} 承继，承继不能成环"
            raise _Refused("/succeeded_by/uscc", "body.circle", detail)
        return successor

    def _carry_out(self, entry: Entry, changes: _Changes) -> dict[str, Any]:
        body, acts = self.after.bodies[entry.code].id, dict[str, Any]()
        if changes.superior != _NOTHING:
            self.after.change_superior(body, changes.superior)
            acts["superior"] = {"uscc": entry.superior} | _shown(changes.superior)
        competences = {k: c for k, c in changes.competences.items() if c != _NOTHING}
        for key, change in competences.items():
            self.after.change_competence(key, change)
        if competences:
            acts["competences"] = [
                {"matter": m, "region": r, **_shown(c)} for (m, r), c in competences.items()
            ]
        if changes.successor is not None and entry.handover is not None:
            day = entry.handover.on
            self.after.successors.setdefault(body, {})[day] = changes.successor
            self.after.reasons[body, day] = entry.handover.reason
            acts["succeeded_by"] = {**entry.handover._asdict(), "on": day.isoformat()}
        return acts


_NOTHING = Restated()


def _restated(spans: Iterable[Span], said: Span, pointer: str, what: str) -> Restated:
    try:
        return restated(spans, said)
    except Conflict as conflict:
        raise _Refused(pointer, "body.stated-otherwise", f"{what}{conflict}") from None


def _ended(spans: Iterable[Span], *, body: int | None, on: date | None) -> Restated:
    """The end, from a day on, of what began before it and had none."""
    for span in spans:
        mine = body is None or span.value == body
        if on is not None and mine and span.until_on is None and span.from_on < on:
            return Restated(ended=span._replace(until_on=on))
    return _NOTHING


def _shown(change: Restated) -> dict[str, str]:
    days = {
        "ended_on": change.ended and change.ended.until_on,
        "from_on": change.begun and change.begun.from_on,
        "until_on": change.begun and change.begun.until_on,
    }
    return {name: day.isoformat() for name, day in days.items() if day is not None}


def _description(entry: Entry) -> dict[str, str]:
    words = {
        "name": entry.name,
        "kind": entry.kind.value,
        "region": entry.region,
        "level": entry.level.value if entry.level else None,
    }
    return {k: v for k, v in words.items() if v is not None}
