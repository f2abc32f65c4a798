"""What registering would do, told before anybody does it: nothing is written or held."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from ..domain.access import Action
from ..domain.allotment import open_ledger
from ..domain.authority import Actor
from ..domain.checks import Submission
from ..domain.documents import to_document
from ..domain.duedates import DueDate
from ..domain.errors import Issue
from ..domain.expecting import expected_dates
from ..domain.facts import Answer, Fact
from ..domain.standings import standings_at
from ..domain.states import Standing
from ..store.contracts import Contract
from ..store.organisations import Organisation
from .ledgers import read_files
from .office import Office
from .sight import refuse_body
from .submissions import Difference, Known, Result, difference, known, worth_a_look

Name = tuple[str, str]


class Foreseen(NamedTuple):
    """What would become of one submission; issues are findings on its document."""

    result: Result
    issues: tuple[Issue, ...]


class Reckoned(NamedTuple):
    """One contract as it would stand on a day, and the dates to expect if all goes as agreed."""

    standings: Mapping[str, Standing]
    #: By key, for what has no date yet: its date if each step before it is done on its last day.
    expected: Mapping[str, DueDate]
    issues: tuple[Issue, ...]


def reckon_submission(submission: Submission, *, office: Office, today: date) -> Reckoned:
    """Every date of a contract, by the very steps that registering takes."""
    ledger = open_ledger(submission.contract, submission.facts, (), office.statute)
    standings = standings_at(ledger, today)
    issues = worth_a_look(submission, ledger, standings.values(), office, today)
    return Reckoned(standings, expected_dates(ledger, today), issues)


def foresee_contracts(
    session: Session,
    submissions: Sequence[Submission],
    *,
    by: Actor,
    office: Office,
    today: date,
) -> list[Foreseen]:
    """What `register_contracts` would make of some submissions, in their order.

    Raises:
        Forbidden: the actor enters no contracts, or not those of these bodies.
    """
    codes = {s.contract.government.code for s in submissions}
    refuse_body(session, Action.CONTRACT_CREATE, by, codes, today)
    there = _there(session, submissions)
    return [_foresee(there, s, office, today) for s in submissions]


def _foresee(
    there: dict[Name, Known], submission: Submission, office: Office, today: date
) -> Foreseen:
    name = _name(submission)
    before = there.get(name)
    if before is None:
        contract = submission.contract
        keys = {o.key for o in contract.obligations}
        numbered = list(enumerate(submission.facts, 1))
        there[name] = Known(to_document(contract), keys, numbered)
        issues = reckon_submission(submission, office=office, today=today).issues
        return Foreseen(Result.REGISTERED, issues)
    found = difference(before, submission)
    there[name] = _with(before, found)
    changed = found.added or found.confirmed
    return Foreseen(Result.UPDATED if changed else Result.UNCHANGED, found.issues)


def _with(before: Known, found: Difference) -> Known:
    """What would be known after a document that came again: the next one may come yet again."""
    facts = [_answered(row, found.confirmed) for row in before.facts]
    newest = max((number for number, _ in (*facts, *before.superseded)), default=0)
    facts += enumerate(found.added, newest + 1)
    return before._replace(facts=facts)


def _answered(row: tuple[int, Fact], confirmed: Iterable[int]) -> tuple[int, Fact]:
    number, fact = row
    return (number, replace(fact, answer=Answer.CONFIRMED)) if number in confirmed else row


def _there(session: Session, submissions: Sequence[Submission]) -> dict[Name, Known]:
    names = {_name(s) for s in submissions}
    query = (
        select(Contract.id, Organisation.code, Contract.contract_no)
        .join(Organisation, Organisation.id == Contract.government_id)
        .where(tuple_(Organisation.code, Contract.contract_no).in_(names))
    )
    ids = {row.id: (row.code, row.contract_no) for row in session.execute(query)}
    return {ids[i]: known(file) for i, file in read_files(session, ids).items()}


def _name(submission: Submission) -> Name:
    return submission.contract.government.code, submission.contract.contract_no


def expected_of(
    session: Session, contract_id: int, *, office: Office, as_of: date
) -> dict[str, DueDate]:
    """The dates to expect under a registered contract, by key of the obligation."""
    ledger = read_files(session, [contract_id])[contract_id].ledger(office.statute)
    return expected_dates(ledger, as_of)
