"""Late interest on a payment: a computation (测算), never a claim.

Source: 保障中小企业款项支付条例 第十七条 (728: 第十五条): the agreed rate, not below the one-year
LPR at signing; without one, 0.05 % a day.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from .errors import Issue, RateUnknown
from .facts import Money
from .money import half_up
from .statute import Statute

#: The first day on which a contract could be signed under the payment decree (728号 第二十九条).
DECREE_FROM = date(2020, 9, 1)
_DEFAULT_PER_DAY = Decimal("0.0005")
DAY_BASES = (365, 360)


class Rate(NamedTuple):
    """A rate of late interest, exact, and how to name it."""

    per_day: Fraction
    shown: str
    basis: str


class Segment(NamedTuple):
    """Days during which the same amount was owed; both ends count."""

    from_on: date
    to_on: date
    remaining_fen: int
    fen: int

    @property
    def days(self) -> int:
        return (self.to_on - self.from_on).days + 1


class Interest(NamedTuple):
    total_fen: int
    rate: Rate | None
    segments: tuple[Segment, ...]
    findings: tuple[Issue, ...]


@lru_cache(maxsize=1_000)
def rate_for(
    signed_on: date, annual_rate: Decimal | None, *, in_scope: bool, day_basis: int = 365
) -> Rate | None:
    """The daily rate of late interest, or None where neither contract nor decree gives one.

    Args:
        in_scope: the enterprise is an SME that sold goods, works or services.
        day_basis: days a year for an agreed yearly rate; no law fixes it, so it is shown.
    """
    if annual_rate is not None:
        shown = format(annual_rate.normalize(), "f")
        return Rate(
            Fraction(annual_rate) / day_basis, shown, f"约定年利率，按一年{day_basis}日折算"
        )
    if in_scope and signed_on >= DECREE_FROM:
        return Rate(Fraction(_DEFAULT_PER_DAY), str(_DEFAULT_PER_DAY), "法定日利率万分之五")
    return None


def floor_findings(
    signed_on: date, annual_rate: Decimal | None, statute: Statute, *, in_scope: bool
) -> tuple[Issue, ...]:
    """Whether an agreed rate lies under the one-year LPR at signing; decides nothing."""
    if annual_rate is None or not in_scope or signed_on < DECREE_FROM:
        return ()
    where = "/late_interest/annual_rate"
    try:
        floor = statute.lpr.on(signed_on)
    except RateUnknown as unknown:
        return (Issue(where, "lpr-unknown", str(unknown), "finding"),)
    if floor is None or annual_rate >= floor:
        return ()
    rule = statute.rule("interest.agreed-floor", signed_on)
    detail = (
        f"约定年利率 {annual_rate * 100:f}% 低于合同订立时一年期LPR {floor * 100:f}%"
        f"（{rule.source}）；"
        "仍按约定利率测算，改按何种利率条例未作规定，未约定时的每日万分之五仅供对照"
    )
    return (Issue(where, "agreed-rate-below-floor", detail, "finding"),)


def late_interest(
    principal_fen: int,
    due_on: date,
    until: date,
    rate: Rate | None,
    payments: Iterable[Money] = (),
    findings: tuple[Issue, ...] = (),
) -> Interest:
    """Interest from the day after the due date to the day of payment, on what was still owed.

    Args:
        until: the last day counted; payments after it are ignored.

    The total is rounded once, half a fen up; the amounts of the segments are rounded each for
    itself and may not add up to it.
    """
    if rate is None:
        missing = Issue(
            "/signed", "no-statutory-rate", "合同未约定利率，且不适用法定利率", "finding"
        )
        return Interest(0, None, (), (*findings, missing))
    per_day, whole = rate.per_day.numerator, rate.per_day.denominator
    exact, segments = 0, []
    for start, end, owed in _owed(principal_fen, due_on, until, sorted(payments)):
        part = owed * per_day * ((end - start).days + 1)
        exact += part
        segments.append(Segment(start, end, owed, half_up(part, whole)))
    return Interest(half_up(exact, whole), rate, tuple(segments), findings)


def _owed(
    principal_fen: int, due_on: date, until: date, payments: list[Money]
) -> Iterable[tuple[date, date, int]]:
    """The stretches of days after the due date with the amount still owed on them."""
    owed, start = principal_fen, due_on + timedelta(days=1)
    for on, fen in payments:
        if on > until:
            break
        if on >= start and owed > 0:
            yield start, on, owed
            start = on + timedelta(days=1)
        owed -= fen
    if owed > 0 and start <= until:
        yield start, until, owed
