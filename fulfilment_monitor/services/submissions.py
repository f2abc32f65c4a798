"""What a submission amounts to, before anything of it is written."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from ..domain.checks import Submission, fact_findings, findings, late_registration
from ..domain.documents import changed_terms, to_document
from ..domain.errors import Issue
from ..domain.facts import Answer, Fact
from ..domain.ledger import Ledger
from ..domain.states import Standing
from .ledgers import File
from .office import Office


class Result(StrEnum):
    REGISTERED = "registered"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class Known(NamedTuple):
    """What is there already of a contract: its document, and statements with their ids."""

    document: dict[str, Any]
    keys: Collection[str]
    facts: Sequence[tuple[int, Fact]]
    superseded: Sequence[tuple[int, Fact]] = ()


class Difference(NamedTuple):
    """What a submission adds to a contract that is there already: no terms, only facts."""

    issues: tuple[Issue, ...]
    added: list[Fact]
    #: The ids of statements that are confirmed now.
    confirmed: list[int]

    @property
    def says_more(self) -> bool:
        """Whether there is anything to write."""
        return bool(self.added or self.confirmed)


def known(file: File) -> Known:
    """What the register holds of a contract."""
    return Known(
        file.row.document,
        file.obligations,
        [(row.id, fact) for row, fact in file.facts],
        [(row.id, fact) for row, fact in file.superseded],
    )


def worth_a_look(
    submission: Submission,
    ledger: Ledger,
    standings: Iterable[Standing],
    office: Office,
    today: date,
) -> tuple[Issue, ...]:
    """The findings on a contract that comes to the register, with pointers into its document."""
    contract = submission.contract
    issues = findings(ledger, standings)
    issues += late_registration(contract, today, office.policy.registration_days)
    issues += fact_findings(submission.facts, contract.obligations, today)
    return tuple(submission.located(issue) for issue in issues)


def difference(known: Known, submission: Submission) -> Difference:
    """What is new in a document that comes again; a changed term is a finding."""
    issues = tuple(changed_terms(known.document, to_document(submission.contract)))
    added, confirmed = _new_facts(known, submission.facts)
    usable = [f for f in added if f.obligation is None or f.obligation in known.keys]
    return Difference(issues, usable, confirmed)


def _new_facts(known: Known, given: Iterable[Fact]) -> tuple[list[Fact], list[int]]:
    """Facts that are not on the ledger yet, and the ids of those that are now confirmed.

    Matched by the source's reference where there is one, else by content and count. A statement
    that was corrected since is known, and does not come back.
    """
    stored: dict[tuple[object, ...], list[tuple[int, Answer | None]]] = defaultdict(list)
    for fact_id, fact in known.facts:
        stored[_content(fact)].append((fact_id, fact.answer))
    for fact_id, fact in known.superseded:
        stored[_content(fact)].append((fact_id, Answer.DISPUTED))
    alike: dict[tuple[object, ...], list[Fact]] = defaultdict(list)
    for fact in given:
        alike[_content(fact)].append(fact)
    added: list[Fact] = []
    confirmed: list[int] = []
    for content, facts_given in alike.items():
        new, upgraded = _matched(facts_given, stored[content])
        added += new
        confirmed += upgraded
    return added, confirmed


def _matched(
    given: list[Fact], stored: list[tuple[int, Answer | None]]
) -> tuple[list[Fact], list[int]]:
    """Of facts alike in content: those beyond the stored ones, and stored ones now confirmed."""
    left = sorted(stored, key=lambda s: (s[1] is not Answer.CONFIRMED, s[1] is not None))
    sure = [f for f in given if f.is_confirmed]
    plain = [f for f in given if not f.is_confirmed]
    while sure and left and left[0][1] is Answer.CONFIRMED:
        sure.pop()
        left.pop(0)
    unsaid = [s for s in left if s[1] is None]
    for _ in range(min(len(plain), len(unsaid))):
        plain.pop()
        left.remove(unsaid.pop())
    upgraded = [unsaid.pop() for _ in range(min(len(sure), len(unsaid)))]
    left = [s for s in left if s not in upgraded]
    new = [*sure[len(upgraded) :], *plain]
    return new[len(left) :], [fact_id for fact_id, _ in upgraded]


def _content(fact: Fact) -> tuple[object, ...]:
    if fact.ref is not None:
        return fact.by, fact.ref
    return fact.kind, fact.obligation, fact.on, fact.by, fact.amount_fen
