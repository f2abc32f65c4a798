"""What happened, when, and who says so; and which statements count.

A statement is never edited: the other side confirms or disputes it, and a correction is a new
statement that supersedes the old one.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple


class FactKind(StrEnum):
    PERFORMED = "performed"
    REJECTED = "rejected"
    PAID = "paid"
    WAIVED = "waived"
    DISPUTED = "disputed"
    #: A dispute is withdrawn.
    UNDISPUTED = "undisputed"


class Source(StrEnum):
    GOVERNMENT = "government"
    ENTERPRISE = "enterprise"
    TREASURY = "treasury"
    BANK = "bank"
    COURT = "court"
    OFFICE = "office"


SOURCE_CHINESE = {
    Source.GOVERNMENT: "政府方",
    Source.ENTERPRISE: "企业方",
    Source.TREASURY: "国库",
    Source.BANK: "银行",
    Source.COURT: "法院",
    Source.OFFICE: "其他机关",
}


#: Whose word of a payment is enough; anybody else's is a claim until it is confirmed.
_KNOW_OF_MONEY = frozenset({Source.ENTERPRISE, Source.TREASURY, Source.BANK, Source.COURT})
_EITHER_PARTY = frozenset({Source.ENTERPRISE, Source.GOVERNMENT, Source.COURT})

#: Who may confirm or dispute whose statement: never one's own, and no body for another body.
MAY_ANSWER = {
    Source.GOVERNMENT: _KNOW_OF_MONEY,
    Source.OFFICE: _KNOW_OF_MONEY,
    Source.ENTERPRISE: frozenset({Source.GOVERNMENT, Source.COURT}),
    Source.TREASURY: _EITHER_PARTY,
    Source.BANK: _EITHER_PARTY,
    Source.COURT: frozenset({Source.ENTERPRISE, Source.GOVERNMENT}),
}


class Answer(StrEnum):
    """What the other side said of a statement."""

    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


@dataclass(frozen=True, slots=True)
class Fact:
    kind: FactKind
    on: date
    by: Source
    obligation: str | None = None
    amount_fen: int | None = None
    answer: Answer | None = None
    #: With a dispute of a payment: the part that did not arrive; None is all of it.
    disputed_fen: int | None = None
    ref: str | None = None
    note: str | None = None

    @property
    def is_disputed(self) -> bool:
        return self.answer is Answer.DISPUTED

    @property
    def is_confirmed(self) -> bool:
        return self.answer is Answer.CONFIRMED


class Money(NamedTuple):
    """Money that changed hands on a day."""

    on: date
    fen: int


class Payments(NamedTuple):
    """What the statements of payment amount to: money that arrived, and mere claims."""

    backed: tuple[Money, ...]
    claimed: tuple[Money, ...]


def weigh_payments(facts: Iterable[Fact]) -> Payments:
    """Tell money that arrived from claims that it did.

    The government side's word alone is a claim until the enterprise, the treasury, a bank or a
    court backs it. Statements of different sources that agree on day and amount speak of one
    payment; of one source, each speaks of its own.
    """
    groups: dict[Money, list[Fact]] = defaultdict(list)
    backed: list[Money] = []
    for fact in facts:
        fen = fact.amount_fen or 0
        if fact.is_disputed:
            arrived = 0 if fact.disputed_fen is None else max(0, fen - fact.disputed_fen)
            if arrived:
                backed.append(Money(fact.on, arrived))
        else:
            groups[Money(fact.on, fen)].append(fact)
    claimed: list[Money] = []
    for money, said in groups.items():
        sure, alone = _how_many(said)
        backed += [money] * sure
        claimed += [money] * alone
    return Payments(tuple(sorted(backed)), tuple(sorted(claimed)))


def _how_many(said: list[Fact]) -> tuple[int, int]:
    """Of statements that agree on day and amount: payments that are backed, and mere claims."""
    stated = Counter(f.by for f in said)
    sure = Counter(f.by for f in said if f.by in _KNOW_OF_MONEY or f.is_confirmed)
    backed = max(sure.values(), default=0)
    return backed, max(0, max(stated.values()) - backed)


def standing_dispute(facts: Collection[Fact]) -> tuple[Fact, ...]:
    """The disputes of an obligation that have not been withdrawn, oldest first."""
    open_disputes: list[Fact] = []
    if not facts:
        return ()
    for fact in sorted(facts, key=lambda f: f.on):
        if fact.kind is FactKind.DISPUTED and not fact.is_disputed:
            open_disputes.append(fact)
        elif fact.kind is FactKind.UNDISPUTED:
            open_disputes = [f for f in open_disputes if f.by is not fact.by]
    return tuple(open_disputes)


def performed_on(facts: Collection[Fact], disputes: Iterable[Fact]) -> date | None:
    """The first day the obligation was performed, as far as nobody disputes it.

    While a dispute stands, only what both sides agreed on after it counts.
    """
    if not facts:
        return None
    last_dispute = max((f.on for f in disputes), default=None)
    days = [
        f.on
        for f in facts
        if f.kind is FactKind.PERFORMED
        and not f.is_disputed
        and (last_dispute is None or (f.on > last_dispute and f.is_confirmed))
    ]
    return min(days, default=None)
