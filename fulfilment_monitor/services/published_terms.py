"""Enter what was published as contracts of the register, and bring those it knows up to date."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.checks import Submission, faults
from ..domain.contracts import Contract
from ..domain.errors import Issue
from ..domain.ocds.codes import LOCAL_PREFIX
from ..domain.ocds.process import Plan
from ..domain.ocds.values import Note, exact_json, fitted
from ..store import contracts as tables
from ..store.once import insert_once
from ..store.organisations import Organisation
from ..store.publications import PublishedContract
from .published_steps import Followed, Verb, follow
from .submissions import Result

_LONGEST_NUMBER = 100
#: Findings of ours that say nothing of a contract that was concluded elsewhere.
_HOME_ONLY = frozenset({"unknown-region", "registered-late", "due-on-rest-day"})


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
    contracts_now = {**{n: ids[n] for n in fresh}, **known}
    told = follow(verb, [Followed(contracts_now[n], plans[n], n in fresh) for n in contracts_now])
    names = _names(verb.session, [s.contract for s in fresh.values()])
    for name, entered in zip(fresh, registered, strict=True):
        found = _findings(name[1], entered.issues)
        notes = (*found, *told[ids[name]], *_spellings(names, fresh[name].contract))
        made[name] = Made(entered.result, (), notes)
    recompile(verb, {contract_id: plans[n].compiled for n, contract_id in known.items()})
    for name, contract_id in known.items():
        made[name] = Made(Result.UPDATED, (), tuple(told[contract_id]))
    return made


def _findings(ocds_id: str, issues: Iterable[Issue]) -> list[Note]:
    """What the register itself finds in a new contract."""
    here = ("contracts", ocds_id)
    return [Note(here, i.code, i.detail) for i in issues if i.code not in _HOME_ONLY]


def _names(session: Session, contracts: Iterable[Contract]) -> dict[str, str]:
    """The names on the register of all parties, by their codes."""
    codes = {p.code for c in contracts for p in (c.government, c.enterprise)}
    query = select(Organisation.code, Organisation.name).where(Organisation.code.in_(codes))
    return {row.code: row.name for row in session.execute(query)} if codes else {}


def _spellings(names: dict[str, str], contract: Contract) -> list[Note]:
    """A party that stands on the register under another name: the identifier decides."""
    return [
        Note(
            ("parties",),
            "party.spellings",
            f"{p.code} 在册名称为“{names[p.code]}”，此处为“{p.name}”",
        )
        for p in (contract.government, contract.enterprise)
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


def recompile(verb: Verb, compiled: Mapping[int, dict[str, Any]]) -> None:
    """Put down how contracts look now that more was published of them."""
    query = select(PublishedContract).where(PublishedContract.contract_id.in_(compiled))
    for row in verb.session.scalars(query).all() if compiled else ():
        row.compiled = {"contract": exact_json(compiled[row.contract_id])}
        row.updated_at = verb.now
    verb.session.flush()  # the next read of this transaction goes to the table
