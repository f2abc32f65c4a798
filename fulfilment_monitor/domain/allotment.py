"""The ledger of a contract: what was said of each obligation, and which payment paid what."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from .contracts import Amendment, Contract, Kind
from .facts import Fact, FactKind, Money, weigh_payments
from .ledger import Ledger, in_order
from .parties import Side
from .standings import standings_at
from .statute import Statute


def open_ledger(
    contract: Contract,
    facts: Iterable[Fact],
    amendments: Iterable[Amendment],
    statute: Statute,
) -> Ledger:
    """Sort what is known about a contract, and allot payments that named no obligation.

    Source for the order: 民法典 第五百六十条 (due before not due, then oldest due first).
    """
    named: dict[str, list[Fact]] = defaultdict(list)
    unnamed: list[Fact] = []
    for fact in sorted(facts, key=lambda f: f.on):
        if fact.obligation is None:
            unnamed.append(fact)
        else:
            named[fact.obligation].append(fact)
    unnamed = [fact for fact in unnamed if not _corroborates(fact, named)]
    ledger = Ledger(
        contract,
        in_order(contract.obligations),
        {key: tuple(said) for key, said in named.items()},
        defaultdict(list),
        [],
        tuple(sorted(amendments, key=lambda a: a.agreed_on)),
        statute,
    )
    weighed = weigh_payments(unnamed)
    written: dict[Money, int] = {}
    for fact in unnamed:  # several of one day in the order in which they were written
        written.setdefault(Money(fact.on, fact.amount_fen or 0), len(written))
    arrived = [(m, True) for m in weighed.backed] + [(m, False) for m in weighed.claimed]
    for money, backed in sorted(arrived, key=lambda a: (a[0].on, not a[1], written.get(a[0], 0))):
        _allot(ledger, money, backed=backed)
    return ledger


def _corroborates(fact: Fact, named: dict[str, list[Fact]]) -> bool:
    """Put a payment that names no obligation beside another source's that does, if they agree.

    Day and amount agree, and the source has not spoken of it yet: it is the same payment.
    """
    for key, said in named.items():
        same = [
            f
            for f in said
            if f.kind is FactKind.PAID and (f.on, f.amount_fen) == (fact.on, fact.amount_fen)
        ]
        told = Counter(f.by for f in same)
        if told[fact.by] < max(told.values(), default=0):
            said.append(replace(fact, obligation=key))
            return True
    return False


def _allot(ledger: Ledger, money: Money, *, backed: bool) -> None:
    """Spread one payment over what the government side owes on the day it was made."""
    turns: dict[tuple[date, int], dict[str, int]] = defaultdict(dict)
    for place, (key, standing) in enumerate(standings_at(ledger, money.on).items()):
        terms, due_on = standing.obligation, standing.due.on
        open_fen = standing.remaining_fen or 0
        if not backed:
            open_fen -= sum(m.fen for m in standing.claims)
        payable = terms.is_payment or terms.kind is Kind.POLICY_FULFILMENT
        if terms.obligor is Side.GOVERNMENT and payable and open_fen > 0:
            turns[(due_on, 0) if due_on else (date.max, place)][key] = open_fen
    left = money.fen
    for _, owed in sorted(turns.items()):
        for key, part in _pro_rata(min(left, sum(owed.values())), owed).items():
            ledger.allotted[key].append((Money(money.on, part), backed))
            left -= part
    if left and backed:
        ledger.surplus.append(Money(money.on, left))


def _pro_rata(fen: int, owed: dict[str, int]) -> dict[str, int]:
    """Shares of `fen` in proportion to what is owed, exact; odd fen go to the first in order."""
    total = sum(owed.values())
    shares = {key: fen * amount // total for key, amount in owed.items()}
    odd = fen - sum(shares.values())
    for key in list(shares)[:odd]:
        shares[key] += 1
    return {key: part for key, part in shares.items() if part}
