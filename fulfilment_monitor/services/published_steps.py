"""Follow what was published of contracts step by step, all contracts of a batch abreast."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.checks import Submission
from ..domain.contracts import Amendment, Contract
from ..domain.documents import fact_document
from ..domain.errors import Refusal
from ..domain.facts import Fact, FactKind, Source
from ..domain.ocds.process import Plan, Step
from ..domain.ocds.statements import MILESTONE_REF
from ..domain.ocds.values import Note
from ..store import contracts as tables
from ..store import facts as rows
from ..store.once import insert_all
from . import amendments, audit, contracts, facts
from .amendments import Agreement
from .duties import changed
from .ledgers import File, read_files
from .office import Office
from .reckoning import reckon_many

_BOTH = frozenset({Source.GOVERNMENT, Source.ENTERPRISE})

#: Statements that have a reference, by who made them and by it.
_Stated = dict[tuple[Source, str | None], tuple[rows.Fact, Fact]]


@dataclass(frozen=True, slots=True)
class Verb:
    """What every act of one import shares."""

    session: Session
    by: Actor
    office: Office
    now: datetime
    today: date

    def note(self, action: str, kind: str, name: str, body: dict[str, Any]) -> None:
        """Put an act on the record."""
        audit.note(self.session, self.by, action, kind, name, body, now=self.now)

    def register(self, submissions: Sequence[Submission]) -> list[contracts.Registered]:
        return contracts.register_contracts(
            self.session,
            submissions,
            by=self.by,
            office=self.office,
            now=self.now,
            today=self.today,
        )

    def amend(self, contract_id: int, agreement: Agreement, on: date) -> None:
        """Enter an agreement as of the day it became known, which a publication proves."""
        amendments.amend_contract(
            self.session,
            contract_id,
            agreement,
            by=self.by,
            office=self.office,
            now=self.now,
            today=on,
        )


class Followed(NamedTuple):
    """A contract on the register, and what was published of it."""

    id: int
    plan: Plan
    #: Registered just now, with the first step of the plan.
    fresh: bool

    @property
    def here(self) -> tuple[str, ...]:
        """Where notes on the whole contract point."""
        return ("contracts", self.plan.ocds_id)


def follow(verb: Verb, followed: Sequence[Followed]) -> dict[int, list[Note]]:
    """Bring contracts up to date with what was published, one release after another.

    A contract just registered has its first step; every later one is told as it came. Of one that
    was known before, only what the newest release states is compared: older statements that were
    corrected since do not come back. Returns what is worth a look, by the contract's id.
    """
    desk = _Desk(verb, followed)
    for i in range(max((len(f.plan.steps) for f in followed), default=0)):
        wave = [f for f in followed if i < len(f.plan.steps) and not (f.fresh and i == 0)]
        desk.agree([(f, *desk.opened(f, i)) for f in desk.read(wave)])
        desk.state([f for f in wave if f.fresh or i == len(f.plan.steps) - 1], i)
    desk.reckon(followed)
    return desk.notes


class _Desk:
    """The files of a batch; what is written to several is written at once.

    A contract is reckoned once, at the end: nobody sees how it stands between two of its steps, and
    whether a change is possible is told by its ledger and by leads, which a change does not close.
    """

    def __init__(self, verb: Verb, followed: Sequence[Followed]) -> None:
        self.verb = verb
        self.notes: dict[int, list[Note]] = {f.id: [] for f in followed}
        self._files: dict[int, File] = {}
        #: Contracts whose duties are not yet what their ledgers say.
        self._behind: set[int] = set()
        held = sorted(f.id for f in followed if not f.fresh)
        if held:  # in the order in which all take them
            query = select(tables.Contract.id).where(tables.Contract.id.in_(held))
            query = query.order_by(tables.Contract.id).with_for_update(key_share=True)
            verb.session.execute(query).all()

    def read(self, wanted: Sequence[Followed]) -> Sequence[Followed]:
        """Have the files of contracts as they are now."""
        missing = [f.id for f in wanted if f.id not in self._files]
        if missing:
            self._files |= read_files(self.verb.session, missing)
        return wanted

    def opened(self, f: Followed, i: int) -> tuple[Step, list[Agreement]]:
        """A step of a contract, and the agreements it comes to that are not entered yet."""
        step, file = f.plan.steps[i], self._files[f.id]
        if i == 0 and f.plan.contract is not None:
            step = _completed(step, f.plan.contract, file)
            self.notes[f.id] += _other_parties(f.plan.contract, file, f.here)
        return step, _agreements(file, step)

    def agree(self, waiting: Iterable[tuple[Followed, Step, list[Agreement]]]) -> None:
        """Enter what releases changed or added, unless it is no longer possible."""
        left = [w for w in waiting if w[2]]
        while left:  # one agreement of each contract at a time: the next is weighed after it
            self.read([f for f, _, _ in left])
            entered = []
            for f, step, parts in left:
                part, on = parts.pop(0), max(step.on, step.agreed_on)
                file = self._files[f.id]
                try:
                    amendments._check(self.verb.session, file, part, self.verb.office, on)
                except Refusal as refusal:
                    detail = f"{step.agreed_on} 的变更未登记：{refusal}"
                    self.notes[f.id].append(Note(f.here, "ocds.amendment-refused", detail))
                    continue
                self._enter(file, part)
                entered.append(f)
            self._changed(entered)
            left = [w for w in left if w[2]]

    def _enter(self, file: File, part: Agreement) -> None:
        """What `amendments.amend_contract` writes, less the reckoning."""
        verb, contract_id, keys = self.verb, file.row.id, file.keys
        if part.added:
            start = len(file.obligations)
            owed = [(contract_id, start + i, o) for i, o in enumerate(part.added)]
            keys |= {
                row["key"]: row["id"]
                for row in contracts.obligation_rows(verb.session, owed, verb.now)
            }
        changes = amendments._rows(verb.session, contract_id, keys, part, verb.by, verb.now)
        insert_all(verb.session, tables.Amendment, changes)
        body = {
            "changes": [amendments._shown(a) for a in part.changes],
            "added": [o.key for o in part.added],
            "agreed_by": sorted(s.value for s in part.agreed_by),
        }
        verb.note("contract.amend", "contract", file.row.ulid, body)

    def state(self, wave: Sequence[Followed], i: int) -> None:
        """Add statements that are new; one that was changed is corrected, and the old one stays."""
        found: list[tuple[Followed, list[Fact]]] = []
        for f in self.read(wave):
            new, changed = _compared(self._files[f.id], f.plan.steps[i].facts)
            for fact, old in changed:
                self._correct(f, fact, old)
            if new:
                found.append((f, new))
        self.read([f for f, _ in found])
        facts.write_facts(
            self.verb.session,
            [(f.id, self._files[f.id].keys, fact) for f, new in found for fact in new],
            self.verb.by,
            self.verb.now,
        )
        for f, new in found:
            body = {"facts": [fact_document(fact) for fact in new], "confirmed": []}
            self.verb.note("fact.state", "contract", self._files[f.id].row.ulid, body)
        self._changed([f for f, _ in found])

    def _correct(self, f: Followed, fact: Fact, old: rows.Fact) -> None:
        try:
            facts.state_fact(
                self.verb.session,
                f.id,
                fact,
                by=self.verb.by,
                office=self.verb.office,
                now=self.verb.now,
                supersedes=old.ulid,
            )
        except Refusal as refusal:
            detail = f"“{fact.ref}”的更正未登记：{refusal}"
            self.notes[f.id].append(Note(f.here, "ocds.correction-refused", detail))
        self._files.pop(f.id, None)

    def _changed(self, some: Sequence[Followed]) -> None:
        for f in some:
            self._files.pop(f.id, None)
            self._behind.add(f.id)

    def reckon(self, some: Sequence[Followed]) -> None:
        """Bring duties, timers and leads in line with what has been entered."""
        behind = self.read([f for f in some if f.id in self._behind])
        verb, files = self.verb, [self._files[f.id] for f in behind]
        reckon_many(verb.session, changed(files, verb.office), verb.office, now=verb.now)
        self._behind -= {f.id for f in behind}


def _other_parties(contract: Contract, file: File, here: tuple[str, ...]) -> list[Note]:
    """Parties that were published otherwise, or not at all, when the contract was registered."""
    pairs = (
        (contract.government, file.terms.government),
        (contract.enterprise, file.terms.enterprise),
    )
    return [
        Note(here, "party.differs", f"登记时为“{old.name}”，现公布为“{new.name}”；登记内容不变")
        for new, old in pairs
        if new.code != old.code
    ]


def _completed(step: Step, contract: Contract, file: File) -> Step:
    """The first step of a contract that is on the register: what its terms lack is added."""
    missing = [o for o in contract.obligations if o.key not in file.obligations]
    return step._replace(added=tuple(replace(o, added_on=step.on) for o in missing))


def _agreements(file: File, step: Step) -> list[Agreement]:
    """What a release changed or added and is not entered: a supplement, then each change."""
    entered = {content_of(a) for _, a in file.amendments}
    changes = [a for a in step.changes if content_of(a) not in entered]
    added = tuple(o for o in step.added if o.key not in file.obligations)
    parts = [Agreement((), added, _BOTH, step.rationale)] if added else []
    return [*parts, *(Agreement((a,), (), _BOTH, step.rationale) for a in changes)]


def content_of(a: Amendment) -> tuple[object, ...]:
    return a.kind, a.obligation, a.agreed_on, a.due_on, a.within, a.amount_fen


def _compared(
    file: File, stated: Iterable[Fact]
) -> tuple[list[Fact], list[tuple[Fact, rows.Fact]]]:
    """Statements that are new, and those that correct another, each with that one."""
    old: _Stated = {(f.by, f.ref): (row, f) for row, f in file.facts if f.ref is not None}
    gone = {(f.by, f.ref) for _, f in file.superseded if f.ref is not None}
    new: list[Fact] = []
    changed: list[tuple[Fact, rows.Fact]] = []
    for fact in stated:
        if fact.obligation is not None and fact.obligation not in file.obligations:
            continue
        known = old.pop((fact.by, fact.ref), None) or _replaced(fact, old)
        if known is None:
            if not (fact.kind is FactKind.PERFORMED and (fact.by, fact.ref) in gone):
                new.append(fact)
        elif not _same(known[1], fact):
            changed.append((fact, known[0]))
    return new, changed


def _replaced(fact: Fact, old: _Stated) -> tuple[rows.Fact, Fact] | None:
    """The bare word that a milestone was paid, in whose place the payment itself now stands."""
    if fact.kind is not FactKind.PAID or fact.obligation is None:
        return None
    return old.pop((fact.by, MILESTONE_REF + fact.obligation), None)


def _same(a: Fact, b: Fact) -> bool:
    return (a.kind, a.obligation, a.on, a.amount_fen) == (b.kind, b.obligation, b.on, b.amount_fen)
