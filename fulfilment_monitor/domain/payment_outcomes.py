"""What can become of a line of a payment list, and what it takes to say so."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from .accounts import Account, is_payable, reckon_account
from .facts import Fact, Source
from .payment_lines import Decision, PaymentLine
from .statute import Statute


class Result(StrEnum):
    """What became of a line; the last four come back."""

    BOOKED = "booked"
    CORROBORATED = "corroborated"
    KNOWN = "known"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"
    CONTRADICTING = "contradicting"
    INVALID = "invalid"


RESULT_CHINESE = {
    Result.BOOKED: "已登记",
    Result.CORROBORATED: "已印证",
    Result.KNOWN: "此前已登记",
    Result.AMBIGUOUS: "不能唯一确定",
    Result.UNKNOWN: "未找到合同",
    Result.CONTRADICTING: "与登记不符",
    Result.INVALID: "填写有误",
}
SETTLED = frozenset({Result.BOOKED, Result.CORROBORATED, Result.KNOWN})


class How(StrEnum):
    """By what the contracts of a line were found."""

    NUMBER = "number"
    TEXT = "text"
    PARTIES = "parties"
    DECISION = "decision"
    #: Not at all; contracts of the same parties may be offered as a help.
    NOTHING = "nothing"


class Found(NamedTuple):
    """The contracts a line may concern."""

    how: How
    accounts: tuple[Account, ...] = ()
    #: There are more of them than anybody wants to look through.
    more: bool = False


class Candidate(NamedTuple):
    """What a person may choose: a contract, and an obligation that is still owed."""

    decision: Decision
    due_on: date | None
    remaining_fen: int | None


class Outcome(NamedTuple):
    """What became of a line, and why; a statement to write and claims to answer, if any."""

    result: Result
    code: str
    why: str
    account: Account | None = None
    fact: Fact | None = None
    #: Statements (their ids) that this source contradicts by naming another day.
    answered: tuple[int, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    #: Of equal lines without numbers in this contract: which one this is.
    nth: int = 1


@dataclass(slots=True)
class Told:
    """What a list has told so far: equal lines are told apart by counting."""

    lines: Counter[tuple[object, ...]] = field(default_factory=Counter)
    #: Statements (their ids) this list has written itself; 0 is one about to be written.
    ours: set[int] = field(default_factory=lambda: {0})


class Matter(NamedTuple):
    """What every line of a list is judged by."""

    source: Source
    statute: Statute
    #: Days a bank may take: statements of two sources so far apart may speak of one payment.
    apart_days: int
    told: Told


def content(line: PaymentLine, account: Account) -> tuple[object, ...]:
    """What makes lines without numbers equal."""
    return account.id, line.on, line.fen


_MOST_CONTRACTS, _MOST_CANDIDATES = 10, 12


def returned(
    result: Result, code: str, why: str, found: Found, line: PaymentLine, matter: Matter
) -> Outcome:
    """A line that comes back, with what it might be."""
    offered = _candidates(line, found.accounts[:_MOST_CONTRACTS], matter)
    if len(found.accounts) != 1 or found.how is How.NOTHING:
        return Outcome(result, code, why, candidates=offered)
    account = found.accounts[0]
    nth = matter.told.lines[content(line, account)] + 1
    return Outcome(result, code, why, account, candidates=offered, nth=nth)


def _candidates(
    line: PaymentLine, accounts: Sequence[Account], matter: Matter
) -> tuple[Candidate, ...]:
    """What is still owed, of the same amount first, then by due date; else the contracts."""
    numbers = Counter(a.contract.contract_no for a in accounts)
    names = [
        a.ulid if numbers[a.contract.contract_no] > 1 else a.contract.contract_no for a in accounts
    ]
    owed = [
        Candidate(Decision(name, s.obligation.key), s.due.on, s.remaining_fen)
        for name, account in zip(names, accounts, strict=True)
        for s in reckon_account(account, line.on, matter.statute).at_end.values()
        if is_payable(s.obligation) and s.remaining_fen != 0
    ]
    owed.sort(key=lambda c: (c.remaining_fen != line.fen, c.due_on or date.max))
    return tuple(owed[:_MOST_CANDIDATES] or (Candidate(Decision(n), None, 0) for n in names))
