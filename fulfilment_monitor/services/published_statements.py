"""Enter what exports of ours state: contracts as they were, with all facts and amendments."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select

from ..domain.checks import Submission
from ..domain.errors import Issue, Refusal
from ..store import contracts as tables
from ..store.publications import PublishedContract
from .amendments import Agreement
from .ledgers import read_files
from .published_steps import Verb, content_of
from .published_terms import Made, bind, known_contracts, recompile
from .submissions import Result

#: Said of every contract that was registered where it came from long ago.
_NOT_HERE = frozenset({"registered-late"})


class Stated(NamedTuple):
    """One contract of an export: its name in its process, and all that is said of it."""

    ocid: str
    ocds_id: str
    submission: Submission
    agreements: tuple[Agreement, ...]
    compiled: dict[str, Any]


def enter_statements(verb: Verb, stated: Sequence[Stated]) -> list[Made]:
    """Register contracts in bulk, or add what the register does not have of them yet.

    Agreements come before facts: what was agreed in time is not refused for what happened since.
    """
    bound = known_contracts(verb.session, [(s.ocid, s.ocds_id) for s in stated])
    numbered = _as_registered(verb, stated, bound)
    bare = [
        s._replace(facts=()) if given.agreements else s
        for given, s in zip(stated, numbered, strict=True)
    ]
    made = []
    for given, first in zip(stated, verb.register(bare), strict=True):
        result, issues = first.result, list(first.issues)
        for agreement in given.agreements:
            entered, refused = _agree(verb, first.contract_id, agreement)
            issues += refused
            if entered and result is Result.UNCHANGED:
                result = Result.UPDATED
        found = tuple(i for i in issues if i.code not in _NOT_HERE)
        made.append((first.contract_id, Made(result, found)))
    made = _with_facts(verb, stated, numbered, made)
    _remember(verb, stated, bound, made)
    return [done for _, done in made]


def _as_registered(
    verb: Verb, stated: Sequence[Stated], bound: dict[tuple[str, str], int]
) -> list[Submission]:
    """The statements, each under the number its contract has here."""
    query = select(tables.Contract.id, tables.Contract.contract_no).where(
        tables.Contract.id.in_(bound.values())
    )
    numbers = {row.id: row.contract_no for row in verb.session.execute(query)} if bound else {}
    return [
        s.submission._replace(
            contract=replace(
                s.submission.contract,
                contract_no=numbers.get(
                    bound.get((s.ocid, s.ocds_id), 0), s.submission.contract.contract_no
                ),
            )
        )
        for s in stated
    ]


def _agree(verb: Verb, contract_id: int, agreement: Agreement) -> tuple[bool, list[Issue]]:
    """Enter an agreement, less what is entered already; whether anything was, and why not."""
    file = read_files(verb.session, [contract_id])[contract_id]
    entered = {content_of(a) for _, a in file.amendments}
    changes = tuple(a for a in agreement.changes if content_of(a) not in entered)
    added = tuple(o for o in agreement.added if o.key not in file.obligations)
    if not changes and not added:
        return False, []
    try:
        verb.amend(
            contract_id, agreement._replace(changes=changes, added=added), _agreed_on(agreement)
        )
    except Refusal as refusal:
        detail = f"变更未登记：{refusal}"
        return False, [Issue("", "ocds.amendment-refused", detail, "finding")]
    return True, []


def _agreed_on(agreement: Agreement) -> date:
    days = [a.agreed_on for a in agreement.changes]
    return max([*days, *(o.added_on for o in agreement.added if o.added_on)])


def _with_facts(
    verb: Verb,
    stated: Sequence[Stated],
    numbered: Sequence[Submission],
    made: Iterable[tuple[int, Made]],
) -> list[tuple[int, Made]]:
    """Add the facts of those whose agreements had to be entered first."""
    waiting = [i for i, s in enumerate(stated) if s.agreements]
    done = list(made)
    if not waiting:
        return done
    for i, second in zip(waiting, verb.register([numbered[i] for i in waiting]), strict=True):
        contract_id, before = done[i]
        if before.result is Result.UNCHANGED:
            done[i] = (contract_id, before._replace(result=second.result))
    return done


def _remember(
    verb: Verb,
    stated: Sequence[Stated],
    bound: dict[tuple[str, str], int],
    made: Sequence[tuple[int, Made]],
) -> None:
    """Tie contracts that are new, or have something new, to the process they came in."""
    query = select(PublishedContract.contract_id).where(
        PublishedContract.contract_id.in_([contract_id for contract_id, _ in made])
    )
    tied = set(verb.session.scalars(query))
    fresh: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
    newer: dict[int, dict[str, Any]] = {}
    for given, (contract_id, done) in zip(stated, made, strict=True):
        name = (given.ocid, given.ocds_id)
        if done.result is Result.UNCHANGED:
            continue
        if name in bound:
            newer[contract_id] = given.compiled
        elif contract_id not in tied:
            tied.add(contract_id)
            fresh[name] = (contract_id, given.compiled)
    recompile(verb, newer)
    bind(verb, fresh)
