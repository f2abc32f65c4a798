"""How each obligation of a contract stands on a day: computed from terms and facts, never stored.

As of a day, the facts that happened on or before it count, whenever they were written down.
"""

from dataclasses import replace
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from .contracts import (
    REASON_CHINESE,
    Amendment,
    AmendmentKind,
    Clause,
    Contract,
    Kind,
    Obligation,
)
from .duedates import DueDate, Trigger, due_date
from .facts import (
    Fact,
    FactKind,
    Money,
    Source,
    performed_on,
    standing_dispute,
    weigh_payments,
)
from .ledger import Ledger
from .parties import Side
from .states import MET, Standing, State
from .triggers import trigger_of


def standings_at(ledger: Ledger, as_of: date) -> dict[str, Standing]:
    """How every obligation stands on a day, by key, in the order of the contract."""
    found: dict[str, Standing] = {}
    agreed = {o.added_on for o in ledger.obligations}
    delivered = {added_on: _delivered_on(ledger, added_on, as_of) for added_on in agreed}
    for first_terms in ledger.obligations:
        if first_terms.added_on is None or first_terms.added_on <= as_of:
            found[first_terms.key] = _stand(
                ledger, first_terms, found, delivered[first_terms.added_on], as_of
            )
    return {o.key: found[o.key] for o in ledger.contract.obligations if o.key in found}


def settled(ledger: Ledger) -> dict[str, tuple[date, State]]:
    """The obligations that are met by what is known, with the day and how."""
    ends = standings_at(ledger, date.max).items()
    return {
        key: (s.fulfilled_on or s.waived_on or date.max, s.state)
        for key, s in ends
        if s.state in MET
    }


def _stand(
    ledger: Ledger,
    first_terms: Obligation,
    found: dict[str, Standing],
    delivered_on: date | None,
    as_of: date,
) -> Standing:
    changes = _changes(ledger, first_terms.key, as_of) if ledger.amendments else []
    terms = _amended(first_terms, changes)
    trigger = trigger_of(ledger, terms, found, as_of)
    due = due_date(ledger.contract, terms, trigger, delivered_on, ledger.statute)
    original = None
    if changes and any(a.moves_date for a in changes):
        first_trigger = trigger_of(ledger, first_terms, found, as_of)
        first_due = due_date(
            ledger.contract, first_terms, first_trigger, delivered_on, ledger.statute
        )
        original = first_due.on
        moved = "；".join(
            f"{a.agreed_on} 双方变更（{REASON_CHINESE[a.reason]}）" for a in changes if a.moves_date
        )
        due = due._replace(basis=(f"原定日期 {original}；{moved}", *due.basis))
    said = tuple(f for f in ledger.facts.get(terms.key, ()) if f.on <= as_of)
    allotted = [p for p in ledger.allotted.get(terms.key, ()) if p[0].on <= as_of]
    return _weigh(ledger, terms, trigger, due, original, said, allotted, as_of)


def _changes(ledger: Ledger, key: str, as_of: date) -> list[Amendment]:
    return [
        a
        for a in ledger.amendments
        if a.obligation == key and a.kind is AmendmentKind.TERMS and a.agreed_on <= as_of
    ]


def _amended(terms: Obligation, changes: list[Amendment]) -> Obligation:
    for a in changes:
        if a.due_on is not None:
            terms = replace(terms, due_on=a.due_on, within=None)
        if a.within is not None:
            terms = replace(terms, due_on=None, within=a.within)
        if a.amount_fen is not None:
            terms = replace(terms, amount_fen=a.amount_fen)
    return terms


def _delivered_on(ledger: Ledger, added_on: date | None, as_of: date) -> date | None:
    """The day everything was delivered; None while something is not, or nothing is to be.

    Args:
        added_on: what a later supplement ordered does not count: nothing that was delivered
            before becomes undelivered by it.
    """
    days = []
    for o in ledger.contract.obligations:
        agreed = o.added_on is None or (added_on is not None and o.added_on <= added_on)
        if o.kind is Kind.DELIVERY and o.obligor is Side.ENTERPRISE and agreed:
            said = [f for f in ledger.facts.get(o.key, ()) if f.on <= as_of]
            days.append(performed_on(said, standing_dispute(said)))
    known = [d for d in days if d is not None]
    return max(known) if known and len(known) == len(days) else None


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
    performed, due, silent = _performed(ledger.contract, terms, due, said, disputes, as_of)
    fulfilled_on = _earlier(paid.fulfilled_on, performed)
    waived_on, due = _given_up(ledger, terms, trigger, due, said, as_of, fulfilled_on)
    remaining = paid.remaining_fen
    if remaining is not None and (fulfilled_on or waived_on):
        remaining = 0
    undisputed = None if remaining is None else remaining - _disputed_fen(disputes, remaining)
    until = fulfilled_on or as_of
    late = waived_on is None and due.on is not None and until > due.on
    rejections = [f.on for f in said if f.kind is FactKind.REJECTED and not f.is_disputed]
    in_dispute = bool(disputes) and not undisputed
    return Standing(
        obligation=terms,
        state=_state(trigger, due, waived_on, fulfilled_on, as_of, in_dispute=in_dispute),
        due=due,
        original_due_on=original,
        trigger_on=trigger.on if trigger else None,
        fulfilled_on=fulfilled_on,
        agreed_by_both=silent or _agreed_by_both(said),
        remaining_fen=remaining,
        undisputed_fen=undisputed,
        payments=paid.payments,
        claims=paid.claims,
        claimed_in_full_on=paid.claimed_in_full_on,
        disputed_since=disputes[0].on if disputes else None,
        rejected_on=min(rejections, default=None),
        waived_on=waived_on,
        reported=bool(said or allotted),
        days_late=(until - due.on).days if late and due.on else 0,
    )


def _earlier(one: date | None, other: date | None) -> date | None:
    return min(one, other) if one and other else one or other


def _performed(
    contract: Contract,
    terms: Obligation,
    due: DueDate,
    said: tuple[Fact, ...],
    disputes: tuple[Fact, ...],
    as_of: date,
) -> tuple[date | None, DueDate, bool]:
    """The day it was performed by word or deed; the reasoning; and whether by silence."""
    if terms.is_payment:
        return None, due, False
    silent = _approved_by_silence(contract, terms, due, said, as_of)
    if silent is None:
        return performed_on(said, disputes), due, False
    why = f"审核期限于 {silent} 届满未答复，按合同约定视为认可结算文件"
    return silent, due._replace(basis=(*due.basis, why)), True


def _given_up(
    ledger: Ledger,
    terms: Obligation,
    trigger: Trigger | None,
    due: DueDate,
    said: tuple[Fact, ...],
    as_of: date,
    fulfilled_on: date | None,
) -> tuple[date | None, DueDate]:
    """The day the creditor let go of it, by a waiver or an agreed end of the contract."""
    waived_on = _waived_on(terms, said)
    release = _released_on(ledger, due, trigger, as_of)
    if waived_on is not None or release is None or fulfilled_on is not None:
        return waived_on, due
    why = f"合同于 {release} 经双方同意终止，未届期义务不再履行"
    return release, due._replace(basis=(*due.basis, why))


def _state(
    trigger: Trigger | None,
    due: DueDate,
    waived_on: date | None,
    fulfilled_on: date | None,
    as_of: date,
    *,
    in_dispute: bool,
) -> State:
    """Which state holds: the first in the order waived, fulfilled, disputed, overdue, open."""
    if waived_on is not None:
        return State.WAIVED
    if fulfilled_on is not None:
        late = due.on is not None and fulfilled_on > due.on
        return State.FULFILLED_LATE if late else State.FULFILLED
    if in_dispute:
        return State.DISPUTED
    if due.on is None:
        waiting = trigger is not None and trigger.on is None
        return State.WAITING if waiting else State.UNDATED
    return State.OVERDUE if as_of > due.on else State.OPEN


def _paid(terms: Obligation, said: tuple[Fact, ...], allotted: list[tuple[Money, bool]]) -> _Paid:
    if not said and not allotted:
        return _Paid((), (), terms.amount_fen, None, None)
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
    """`performed` on a payment says that it was paid: all of it, where no amount is named."""
    paid = [f for f in said if f.kind is FactKind.PAID]
    if not terms.is_payment:
        return paid
    whole = [f for f in said if f.kind is FactKind.PERFORMED]
    return paid + [
        replace(f, kind=FactKind.PAID, amount_fen=f.amount_fen or terms.amount_fen) for f in whole
    ]


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
    if not said:
        return None
    creditor = Source.ENTERPRISE if terms.obligor is Side.GOVERNMENT else Source.GOVERNMENT
    days = [
        f.on
        for f in said
        if f.kind is FactKind.WAIVED and not f.is_disputed and (f.by is creditor or f.is_confirmed)
    ]
    return min(days, default=None)


def _released_on(ledger: Ledger, due: DueDate, trigger: Trigger | None, as_of: date) -> date | None:
    """The day an agreed termination ended what had neither fallen due nor been set going."""
    if not ledger.amendments:
        return None
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
    if not said:
        return False
    performed = [f for f in said if f.kind is FactKind.PERFORMED and not f.is_disputed]
    if not performed:
        return False
    both = {Source.GOVERNMENT, Source.ENTERPRISE} <= {f.by for f in performed}
    return both or any(f.is_confirmed for f in performed)
