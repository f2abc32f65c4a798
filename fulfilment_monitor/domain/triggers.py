"""What a term counts from: another obligation performed, or the law's stand-in for it."""

from collections.abc import Mapping
from datetime import date

from .contracts import SIGNING, Contract, Kind, Obligation
from .duedates import Trigger, under_decree
from .ledger import Ledger
from .parties import Side
from .states import Standing


def trigger_of(
    ledger: Ledger, terms: Obligation, found: Mapping[str, Standing], as_of: date
) -> Trigger | None:
    """Day zero of an obligation's term on a day, and why; None where it counts from nothing."""
    if terms.after is None:
        return None
    if terms.after == SIGNING:
        day = ledger.contract.signed_on
        return Trigger(day, (f"合同于 {day} 订立",))
    before = found.get(terms.after)
    if before is None:
        return Trigger(None, ("所依据的义务尚未订立",))
    if before.obligation.kind is Kind.ACCEPTANCE and _deems_acceptance(ledger.contract, terms):
        return _after_acceptance(ledger, before, found, as_of)
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
    """Whether a buyer's late acceptance leaves the payment term running.

    Source: 条例 第十条第二款 (728: 第九条第二款).
    """
    return (
        terms.kind is Kind.PAYMENT and terms.obligor is Side.GOVERNMENT and under_decree(contract)
    )


def _after_acceptance(
    ledger: Ledger, acceptance: Standing, found: Mapping[str, Standing], as_of: date
) -> Trigger:
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
    if as_of <= ends or dispute_upstream(acceptance, found, Kind.DELIVERY):
        return _after(acceptance, statutory=True)
    rule = ledger.statute.rule("payment.acceptance-delayed", ledger.contract.signed_on)
    return Trigger(
        ends,
        (
            *acceptance.due.basis,
            f"买方未在验收期限内完成验收，付款期限自验收期满之日 {ends} 起算"
            f"（{rule.source}）；不视为验收合格",
        ),
        statutory=True,
        provisional=acceptance.due.provisional,
    )


def dispute_upstream(
    standing: Standing, found: Mapping[str, Standing], kind: Kind | None = None
) -> bool:
    """Whether something that leads up to this, or this itself, is in dispute.

    Args:
        kind: look only at obligations of this kind.
    """
    at: Standing | None = standing
    while at is not None:
        if at.disputed_since is not None and kind in (None, at.obligation.kind):
            return True
        at = found.get(at.obligation.after or "")
    return False
