"""Enter what was published as contracts of the register: terms once, then step by step."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.checks import Submission, faults
from ..domain.contracts import Amendment, Contract
from ..domain.errors import Issue, Refusal
from ..domain.facts import Fact, FactKind, Source
from ..domain.ocds.codes import LOCAL_PREFIX
from ..domain.ocds.process import Plan, Step
from ..domain.ocds.statements import MILESTONE_REF
from ..domain.ocds.values import Note, exact_json, fitted
from ..store import contracts as tables
from ..store import facts as rows
from ..store.once import insert_once
from ..store.organisations import Organisation
from ..store.publications import PublishedContract
from . import amendments, audit, contracts, facts
from .amendments import Agreement
from .contracts import Result
from .ledgers import File, read_files
from .office import Office

_LONGEST_NUMBER = 100
_BOTH = frozenset({Source.GOVERNMENT, Source.ENTERPRISE})
#: Findings of ours that say nothing of a contract that was concluded elsewhere.
_HOME_ONLY = frozenset({"unknown-region", "registered-late", "due-on-rest-day"})


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


class Made(NamedTuple):
    """What became of one published contract."""

    result: Result
    issues: tuple[Issue, ...] = ()
    notes: tuple[Note, ...] = ()


def enter_plans(
    verb: Verb, planned: Sequence[tuple[str, Sequence[Plan]]]
) -> dict[tuple[str, str], Made]:
    """Register the contracts of some processes that are new, and bring the others up to date."""
    plans = {(ocid, p.ocds_id): p for ocid, some in planned for p in some}
    known = known_contracts(verb.session, plans)
    made: dict[tuple[str, str], Made] = {}
    fresh: dict[tuple[str, str], Submission] = {}
    numbers = _Numbers(verb.session, [(n[0], p.contract) for n, p in plans.items() if p.contract])
    for name, plan in plans.items():
        if plan.contract is None or name in known:
            continue
        numbered = replace(plan.contract, contract_no=numbers.take(name[0], plan.contract))
        submission = Submission(numbered, plan.steps[0].facts)
        wrong = faults(submission)
        if wrong:
            why = "；".join(f"{i.pointer} {i.detail}" for i in wrong[:5])
            note = Note(("contracts", name[1]), "ocds.contract-not-entered", f"未登记：{why}")
            made[name] = Made(Result.UPDATED, (), (note,))
        else:
            fresh[name] = submission
    registered = verb.register(list(fresh.values())) if fresh else []
    ids = {n: r.contract_id for n, r in zip(fresh, registered, strict=True)}
    bind(verb, {name: (ids[name], plans[name].compiled) for name in fresh})
    for name, entered in zip(fresh, registered, strict=True):
        notes = [
            *_findings(name[1], entered.issues),
            *_follow(verb, ids[name], plans[name], fresh=True),
        ]
        made[name] = Made(entered.result, (), (*notes, *_spellings(verb, fresh[name].contract)))
    for name, contract_id in known.items():
        notes = _follow(verb, contract_id, plans[name], fresh=False)
        recompile(verb, contract_id, plans[name].compiled)
        made[name] = Made(Result.UPDATED, (), tuple(notes))
    return made


def _findings(ocds_id: str, issues: Iterable[Issue]) -> list[Note]:
    """What the register itself finds in a new contract."""
    here = ("contracts", ocds_id)
    return [Note(here, i.code, i.detail) for i in issues if i.code not in _HOME_ONLY]


def _spellings(verb: Verb, contract: Contract) -> list[Note]:
    """A party that stands on the register under another name: the identifier decides."""
    parties = (contract.government, contract.enterprise)
    query = select(Organisation.code, Organisation.name).where(
        Organisation.code.in_([p.code for p in parties])
    )
    names = {row.code: row.name for row in verb.session.execute(query)}
    return [
        Note(
            ("parties",),
            "party.spellings",
            f"{p.code} 在册名称为“{names[p.code]}”，此处为“{p.name}”",
        )
        for p in parties
        if names.get(p.code, p.name) != p.name
    ]


def known_contracts(
    session: Session, names: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    wanted = list(names)
    query = select(
        PublishedContract.ocid, PublishedContract.ocds_id, PublishedContract.contract_id
    ).where(PublishedContract.ocid.in_({ocid for ocid, _ in wanted}))
    found = {(ocid, _key(i)): contract_id for ocid, i, contract_id in session.execute(query)}
    return {
        name: found[name[0], _key(name[1])] for name in wanted if (name[0], _key(name[1])) in found
    }


def _key(ocds_id: str) -> str:
    return fitted(ocds_id, 200)


#: Ids that tell a contract from its neighbours in one process, and from no other.
_COUNTS = re.compile(r"(contract[-_ ]?)?\d{0,3}", re.IGNORECASE | re.ASCII)


class _Numbers:
    """Numbers for new contracts: the publisher's own where the buyer has no other of that name."""

    def __init__(self, session: Session, new: Iterable[tuple[str, Contract]]) -> None:
        named = [(c.government.code, n) for ocid, c in new for n in _candidates(ocid, c)]
        query = (
            select(Organisation.code, tables.Contract.contract_no)
            .join(Organisation, Organisation.id == tables.Contract.government_id)
            .where(
                Organisation.code.in_({code for code, _ in named}),
                tables.Contract.contract_no.in_({number for _, number in named}),
            )
        )
        self._taken = {(row[0], row[1]) for row in session.execute(query)} if named else set()

    def take(self, ocid: str, contract: Contract) -> str:
        """A free number, the same whenever the same things are known."""
        body = contract.government.code
        candidates = _candidates(ocid, contract)
        number = next((n for n in candidates if (body, n) not in self._taken), candidates[-1])
        self._taken.add((body, number))
        return number


def _candidates(ocid: str, contract: Contract) -> list[str]:
    """The publisher's number, unless it only counts the contracts of a process."""
    own = contract.contract_no
    wanted = [own, f"{ocid}/{own}", f"{ocid}/{own}/ocds"]
    if _COUNTS.fullmatch(own) and not ocid.startswith(LOCAL_PREFIX):
        wanted = wanted[1:]
    return [fitted(name, _LONGEST_NUMBER) for name in wanted]


def bind(verb: Verb, made: dict[tuple[str, str], tuple[int, dict[str, Any]]]) -> None:
    entries = [
        {
            "contract_id": contract_id,
            "ocid": ocid,
            "ocds_id": _key(ocds_id),
            "compiled": {"contract": exact_json(compiled)},
            "updated_at": verb.now,
        }
        for (ocid, ocds_id), (contract_id, compiled) in made.items()
    ]
    insert_once(verb.session, PublishedContract, entries, PublishedContract.contract_id)


def recompile(verb: Verb, contract_id: int, compiled: dict[str, Any]) -> None:
    row = verb.session.get_one(PublishedContract, contract_id)
    row.compiled, row.updated_at = {"contract": exact_json(compiled)}, verb.now
    verb.session.flush()  # the next read of this transaction goes to the table


# --- steps --------------------------------------------------------------------------------------


def _follow(verb: Verb, contract_id: int, plan: Plan, *, fresh: bool) -> list[Note]:
    """Bring a contract up to date with what was published, one release after another.

    A contract just registered has its first step; every later one is told as it came. Of one that
    was known before, only what the newest release states is compared: older statements that were
    corrected since do not come back.
    """
    notes: list[Note] = []
    here = ("contracts", plan.ocds_id)
    for i, step in enumerate(plan.steps):
        if fresh and i == 0:
            continue
        file = read_files(verb.session, [contract_id])[contract_id]
        if i == 0 and plan.contract is not None:
            step = _completed(step, plan.contract, file)
            notes += _other_parties(plan.contract, file, here)
        notes += _agree(verb, contract_id, file, step, here)
        if fresh or i == len(plan.steps) - 1:
            notes += _state(verb, contract_id, step.facts, here)
    return notes


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


def _agree(
    verb: Verb, contract_id: int, file: File, step: Step, here: tuple[str, ...]
) -> list[Note]:
    """Enter what a release changed or added, unless it is entered already or no longer possible."""
    entered = {content_of(a) for _, a in file.amendments}
    changes = [a for a in step.changes if content_of(a) not in entered]
    added = [o for o in step.added if o.key not in file.obligations]
    notes: list[Note] = []
    parts = [Agreement((a,), (), _BOTH, step.rationale) for a in changes]
    if added:
        parts.insert(0, Agreement((), tuple(added), _BOTH, step.rationale))
    for part in parts:
        try:
            verb.amend(contract_id, part, max(step.on, step.agreed_on))
        except Refusal as refusal:
            detail = f"{step.agreed_on} 的变更未登记：{refusal}"
            notes.append(Note(here, "ocds.amendment-refused", detail))
    return notes


def content_of(a: Amendment) -> tuple[object, ...]:
    return a.kind, a.obligation, a.agreed_on, a.due_on, a.within, a.amount_fen


def _state(
    verb: Verb, contract_id: int, stated: Sequence[Fact], here: tuple[str, ...]
) -> list[Note]:
    """Add statements that are new; one that was changed is corrected, and the old one stays."""
    file = read_files(verb.session, [contract_id])[contract_id]
    old: _Stated = {(f.by, f.ref): (row, f) for row, f in file.facts if f.ref is not None}
    gone = {(f.by, f.ref) for _, f in file.superseded if f.ref is not None}
    new: list[Fact] = []
    notes: list[Note] = []
    for fact in stated:
        if fact.obligation is not None and fact.obligation not in file.obligations:
            continue
        known = old.pop((fact.by, fact.ref), None) or _replaced(fact, old)
        if known is None:
            if not (fact.kind is FactKind.PERFORMED and (fact.by, fact.ref) in gone):
                new.append(fact)
            continue
        row, said = known
        if _same(said, fact):
            continue
        try:
            facts.state_fact(
                verb.session,
                contract_id,
                fact,
                by=verb.by,
                office=verb.office,
                now=verb.now,
                supersedes=row.ulid,
            )
        except Refusal as refusal:
            notes.append(
                Note(here, "ocds.correction-refused", f"“{fact.ref}”的更正未登记：{refusal}")
            )
    if new:
        facts.add_facts(
            verb.session, contract_id, new, (), by=verb.by, office=verb.office, now=verb.now
        )
    return notes


def _replaced(fact: Fact, old: _Stated) -> tuple[rows.Fact, Fact] | None:
    """The bare word that a milestone was paid, in whose place the payment itself now stands."""
    if fact.kind is not FactKind.PAID or fact.obligation is None:
        return None
    return old.pop((fact.by, MILESTONE_REF + fact.obligation), None)


def _same(a: Fact, b: Fact) -> bool:
    return (a.kind, a.obligation, a.on, a.amount_fen) == (b.kind, b.obligation, b.on, b.amount_fen)
