"""How each obligation of a contract stands on a day: computed from terms and facts, never stored.

As of a day, the facts that happened on or before it count, whenever they were written down.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import accumulate
from typing import NamedTuple

from .contracts import (
    SIGNING,
    Amendment,
    AmendmentKind,
    Clause,
    Contract,
    Kind,
    Obligation,
)
from .duedates import DueDate, Trigger, due_date, under_decree
from .facts import (
    Fact,
    FactKind,
    Money,
    Source,
    performed_on,
    standing_dispute,
    weigh_payments,
)
from .parties import Side
from .statute import Statute


class State(StrEnum):
    UNDATED = "undated"
    #: The event its term counts from has not happened yet.
    WAITING = "waiting"
    OPEN = "open"
    OVERDUE = "overdue"
    FULFILLED = "fulfilled"
    FULFILLED_LATE = "fulfilled_late"
    DISPUTED = "disputed"
    WAIVED = "waived"


MET = frozenset({State.FULFILLED, State.FULFILLED_LATE, State.WAIVED})


@dataclass(frozen=True, slots=True)
class Standing:
    """One obligation on one day."""

    obligation: Obligation
    state: State
    due: DueDate
    #: The due date under the terms as first agreed, where an amendment moved it.
    original_due_on: date | None
    trigger_on: date | None
    #: The day it was performed or paid in full; or, for an acceptance, accepted.
    fulfilled_on: date | None
    #: Whether both sides vouch for the performance.
    agreed_by_both: bool
    remaining_fen: int | None
    #: What is owed and not disputed (条例 第十五条); None without an amount.
    undisputed_fen: int | None
    payments: tuple[Money, ...]
    claims: tuple[Money, ...]
    #: The day by which claims and payments together cover the whole amount.
    claimed_in_full_on: date | None
    disputed_since: date | None
    rejected_on: date | None
    waived_on: date | None
    #: Whether anybody has stated any fact about it: "not reported" is not "unpaid".
    reported: bool
    days_late: int


class Ledger(NamedTuple):
    """A contract with everything said about it, sorted for reckoning."""

    contract: Contract
    obligations: tuple[Obligation, ...]
    facts: dict[str, tuple[Fact, ...]]
    #: Parts of payments that named no obligation, by the obligation they went to.
    allotted: dict[str, list[tuple[Money, bool]]]
    #: Money paid beyond everything owed, when no obligation was named.
    surplus: list[Money]
    amendments: tuple[Amendment, ...]
    statute: Statute


def in_order(obligations: Iterable[Obligation]) -> tuple[Obligation, ...]:
    """Obligations so that each comes after the one it counts from.

    Raises:
        ValueError: they count from each other in a circle, or from one that does not exist.
    """
    waiting, done, ordered = list(obligations), {SIGNING}, []
    while waiting:
        ready = [o for o in waiting if o.after is None or o.after in done]
        if not ready:
            raise ValueError(", ".join(o.key for o in waiting))
        ordered += ready
        done |= {o.key for o in ready}
        waiting = [o for o in waiting if o.key not in done]
    return tuple(ordered)


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
    arrived = [(m, True) for m in weighed.backed] + [(m, False) for m in weighed.claimed]
    for money, backed in sorted(arrived, key=lambda pair: (pair[0].on, not pair[1])):
        _allot(ledger, money, backed=backed)
    return ledger


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


def standings_at(ledger: Ledger, as_of: date) -> dict[str, Standing]:
    """How every obligation stands on a day, by key, in the order of the contract."""
    found: dict[str, Standing] = {}
    for first_terms in ledger.obligations:
        if first_terms.added_on is None or first_terms.added_on <= as_of:
            found[first_terms.key] = _stand(ledger, first_terms, found, as_of)
    return {o.key: found[o.key] for o in ledger.contract.obligations if o.key in found}


def _stand(
    ledger: Ledger, first_terms: Obligation, found: dict[str, Standing], as_of: date
) -> Standing:
    changes = [
        a
        for a in ledger.amendments
        if a.obligation == first_terms.key
        and a.kind is AmendmentKind.TERMS
        and a.agreed_on <= as_of
    ]
    terms = _amended(first_terms, changes)
    trigger = _trigger(ledger, terms, found, as_of)
    delivered_on = _delivered_on(ledger, as_of)
    due = due_date(ledger.contract, terms, trigger, delivered_on, ledger.statute)
    original = None
    if any(a.moves_date for a in changes):
        first_trigger = _trigger(ledger, first_terms, found, as_of)
        first_due = due_date(
            ledger.contract, first_terms, first_trigger, delivered_on, ledger.statute
        )
        original = first_due.on
        moved = "；".join(
            f"{a.agreed_on} 双方变更（{a.reason.value}）" for a in changes if a.moves_date
        )
        due = due._replace(basis=(f"原定日期 {original}；{moved}", *due.basis))
    said = tuple(f for f in ledger.facts.get(terms.key, ()) if f.on <= as_of)
    allotted = [p for p in ledger.allotted.get(terms.key, ()) if p[0].on <= as_of]
    return _weigh(ledger, terms, trigger, due, original, said, allotted, as_of)


def _amended(terms: Obligation, changes: list[Amendment]) -> Obligation:
    for a in changes:
        if a.due_on is not None:
            terms = replace(terms, due_on=a.due_on, after=None, within=None)
        if a.within is not None:
            terms = replace(terms, due_on=None, within=a.within)
        if a.amount_fen is not None:
            terms = replace(terms, amount_fen=a.amount_fen)
    return terms


def _delivered_on(ledger: Ledger, as_of: date) -> date | None:
    """The day everything was delivered; None while something is not, or nothing is to be."""
    days = []
    for o in ledger.contract.obligations:
        agreed = o.added_on is None or o.added_on <= as_of
        if o.kind is Kind.DELIVERY and o.obligor is Side.ENTERPRISE and agreed:
            said = [f for f in ledger.facts.get(o.key, ()) if f.on <= as_of]
            days.append(performed_on(said, standing_dispute(said)))
    known = [d for d in days if d is not None]
    return max(known) if known and len(known) == len(days) else None


def _trigger(
    ledger: Ledger, terms: Obligation, found: dict[str, Standing], as_of: date
) -> Trigger | None:
    if terms.after is None:
        return None
    if terms.after == SIGNING:
        day = ledger.contract.signed_on
        return Trigger(day, (f"合同于 {day} 订立",))
    before = found.get(terms.after)
    if before is None:
        return Trigger(None, ("所依据的义务尚未订立",))
    if before.obligation.kind is Kind.ACCEPTANCE and _deems_acceptance(ledger.contract, terms):
        return _after_acceptance(before, found, as_of)
    kind = before.obligation.kind
    if kind is Kind.SETTLEMENT:
        return _after(before, statutory=before.agreed_by_both)
    return _after(before, statutory=kind in (Kind.DELIVERY, Kind.ACCEPTANCE))


def _after(before: Standing, *, statutory: bool) -> Trigger:
    title = before.obligation.title
    if before.fulfilled_on is None:
        return Trigger(None, (f"待“{title}”完成后起算",), statutory)
    return Trigger(before.fulfilled_on, (f"“{title}”于 {before.fulfilled_on} 完成",), statutory)


def _deems_acceptance(contract: Contract, terms: Obligation) -> bool:
    """Whether a buyer's late acceptance leaves the payment term running (条例 第十条第二款)."""
    return (
        terms.kind is Kind.PAYMENT and terms.obligor is Side.GOVERNMENT and under_decree(contract)
    )


def _after_acceptance(acceptance: Standing, found: dict[str, Standing], as_of: date) -> Trigger:
    """From the pass; or, when the buyer lets the agreed period lapse, from the end of the period.

    The goods are not accepted thereby; only the payment term starts. A rejection in time, or a
    disputed delivery, stops it. A later acceptance does not move it.
    """
    ends = acceptance.due.on
    passed, rejected = acceptance.fulfilled_on, acceptance.rejected_on
    if acceptance.obligation.within is None or ends is None:
        return _after(acceptance, statutory=True)
    if passed is not None and passed <= ends:
        return _after(acceptance, statutory=True)
    if rejected is not None and rejected <= ends:
        if passed is not None:
            return _after(acceptance, statutory=True)
        return Trigger(None, (f"验收于 {rejected} 未通过，待通过后起算",), statutory=True)
    if as_of <= ends or _delivery_disputed(acceptance, found):
        return _after(acceptance, statutory=True)
    return Trigger(
        ends,
        (
            *acceptance.due.basis,
            f"买方未在验收期限内完成验收，付款期限自验收期满之日 {ends} 起算"
            "（保障中小企业款项支付条例第十条第二款）；不视为验收合格",
        ),
        statutory=True,
        provisional=acceptance.due.provisional,
    )


def _delivery_disputed(standing: Standing | None, found: dict[str, Standing]) -> bool:
    """Whether a delivery that leads up to this is in dispute."""
    while standing is not None:
        if standing.obligation.kind is Kind.DELIVERY and standing.disputed_since is not None:
            return True
        standing = found.get(standing.obligation.after or "")
    return False


def _approved_by_silence(
    contract: Contract, terms: Obligation, due: DueDate, said: tuple[Fact, ...], as_of: date
) -> date | None:
    """The day a settlement counts as approved because nobody answered in time.

    Only where the contract says so; otherwise the review is merely overdue.
    """
    agreed = Clause.SILENCE_APPROVES_SETTLEMENT in contract.clauses
    ends = due.on
    if not agreed or terms.kind is not Kind.SETTLEMENT or ends is None or as_of <= ends:
        return None
    if terms.obligor is not Side.GOVERNMENT:
        return None
    answers = (FactKind.PERFORMED, FactKind.REJECTED, FactKind.DISPUTED)
    return None if any(f.kind in answers and f.on <= ends for f in said) else ends


class _Paid(NamedTuple):
    payments: tuple[Money, ...]
    claims: tuple[Money, ...]
    remaining_fen: int | None
    fulfilled_on: date | None
    claimed_in_full_on: date | None


def _weigh(
    ledger: Ledger,
    terms: Obligation,
    trigger: Trigger | None,
    due: DueDate,
    original: date | None,
    said: tuple[Fact, ...],
    allotted: list[tuple[Money, bool]],
    as_of: date,
) -> Standing:
    disputes = standing_dispute(said)
    paid = _paid(terms, said, allotted)
    performed = None if terms.is_payment else performed_on(said, disputes)
    silent = _approved_by_silence(ledger.contract, terms, due, said, as_of)
    if silent is not None:
        why = f"审核期限于 {silent} 届满未答复，按合同约定视为认可结算文件"
        performed, due = silent, due._replace(basis=(*due.basis, why))
    fulfilled_on = min((d for d in (paid.fulfilled_on, performed) if d), default=None)
    remaining = 0 if fulfilled_on and paid.remaining_fen is not None else paid.remaining_fen
    disputed = _disputed_fen(disputes, remaining)
    undisputed = None if remaining is None else remaining - disputed
    waived_on, release = _waived_on(terms, said), _released_on(ledger, due, trigger, as_of)
    if release is not None and waived_on is None and fulfilled_on is None:
        waived_on = release
        due = due._replace(
            basis=(*due.basis, f"合同于 {release} 经双方同意终止，未届期义务不再履行")
        )
    if waived_on is not None and remaining is not None:
        remaining = undisputed = 0
    late_from = due.on if due.on is not None else date.max
    if waived_on is not None:
        state = State.WAIVED
    elif fulfilled_on is not None:
        state = State.FULFILLED_LATE if fulfilled_on > late_from else State.FULFILLED
    elif disputes and not undisputed:
        state = State.DISPUTED
    elif due.on is None:
        waiting = trigger is not None and trigger.on is None
        state = State.WAITING if waiting else State.UNDATED
    else:
        state = State.OVERDUE if as_of > due.on else State.OPEN
    until = fulfilled_on or as_of
    late = waived_on is None and due.on is not None and until > due.on
    rejections = [f.on for f in said if f.kind is FactKind.REJECTED and not f.is_disputed]
    return Standing(
        obligation=terms,
        state=state,
        due=due,
        original_due_on=original,
        trigger_on=trigger.on if trigger else None,
        fulfilled_on=fulfilled_on,
        agreed_by_both=silent is not None or _agreed_by_both(said),
        remaining_fen=remaining,
        undisputed_fen=undisputed,
        payments=paid.payments,
        claims=paid.claims,
        claimed_in_full_on=paid.claimed_in_full_on,
        disputed_since=disputes[0].on if disputes else None,
        rejected_on=min(rejections, default=None),
        waived_on=waived_on,
        reported=bool(said or allotted),
        days_late=(until - late_from).days if late else 0,
    )


def _paid(terms: Obligation, said: tuple[Fact, ...], allotted: list[tuple[Money, bool]]) -> _Paid:
    weighed = weigh_payments(_statements_of_payment(terms, said))
    payments = tuple(sorted([*weighed.backed, *(m for m, backed in allotted if backed)]))
    claims = tuple(sorted([*weighed.claimed, *(m for m, backed in allotted if not backed)]))
    if terms.amount_fen is None:
        first = payments[0].on if payments and terms.is_payment else None
        claimed = claims[0].on if claims and terms.is_payment else None
        return _Paid(payments, claims, None, first, claimed)
    return _Paid(
        payments,
        claims,
        max(0, terms.amount_fen - sum(m.fen for m in payments)),
        _covered_on(payments, terms.amount_fen),
        _covered_on(tuple(sorted((*payments, *claims))), terms.amount_fen) if claims else None,
    )


def _statements_of_payment(terms: Obligation, said: tuple[Fact, ...]) -> list[Fact]:
    """`performed` on a payment says that all of it was paid."""
    paid = [f for f in said if f.kind is FactKind.PAID]
    if not terms.is_payment:
        return paid
    whole = [f for f in said if f.kind is FactKind.PERFORMED]
    return paid + [replace(f, kind=FactKind.PAID, amount_fen=terms.amount_fen) for f in whole]


def _covered_on(payments: tuple[Money, ...], amount_fen: int) -> date | None:
    totals = accumulate(m.fen for m in payments)
    return next((m.on for m, t in zip(payments, totals, strict=True) if t >= amount_fen), None)


def _disputed_fen(disputes: tuple[Fact, ...], remaining_fen: int | None) -> int:
    if not disputes or remaining_fen is None:
        return 0
    if any(f.amount_fen is None for f in disputes):
        return remaining_fen
    return min(remaining_fen, sum(f.amount_fen or 0 for f in disputes))


def _waived_on(terms: Obligation, said: tuple[Fact, ...]) -> date | None:
    """A waiver needs the side that is owed; nobody forgives a debt of their own."""
    creditor = Source.ENTERPRISE if terms.obligor is Side.GOVERNMENT else Source.GOVERNMENT
    days = [
        f.on
        for f in said
        if f.kind is FactKind.WAIVED and not f.is_disputed and (f.by is creditor or f.is_confirmed)
    ]
    return min(days, default=None)


def _released_on(ledger: Ledger, due: DueDate, trigger: Trigger | None, as_of: date) -> date | None:
    """The day an agreed termination ended what had neither fallen due nor been set going."""
    ends = [
        a.agreed_on
        for a in ledger.amendments
        if a.kind is AmendmentKind.TERMINATION and a.agreed_on <= as_of
    ]
    if not ends:
        return None
    day = min(ends)
    set_going = trigger is not None and trigger.on is not None and trigger.on <= day
    return None if set_going or (due.on is not None and due.on <= day) else day


def _agreed_by_both(said: tuple[Fact, ...]) -> bool:
    performed = [f for f in said if f.kind is FactKind.PERFORMED and not f.is_disputed]
    both = {Source.GOVERNMENT, Source.ENTERPRISE} <= {f.by for f in performed}
    return both or any(f.is_confirmed for f in performed)
