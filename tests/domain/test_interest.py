"""Late interest: the worked sums, the floor, and what holds for any amount and any days."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.facts import Money
from fulfilment_monitor.domain.interest import (
    DAY_BASES,
    DECREE_FROM,
    floor_findings,
    late_interest,
    rate_for,
)
from tests.domain.builders import a_rate, calm, day, interest, paid
from tests.model.compare import statute

STATUTORY = a_rate()
DUE = date(2026, 1, 31)


# --- the sums ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("annual", "day_basis", "fen"),
    [
        (None, 365, 22_500_00),  # 1,000,000 × 0.0005 × 45
        ("0.03", 365, 3_698_63),  # 1,000,000 × 0.03 / 365 × 45 = 3,698.630…
        ("0.03", 360, 3_750_00),
    ],
)
def test_interest_on_a_million_45_days_late(annual, day_basis, fen):
    # 2026-01-31 + 45 = 28 days of February and 17 of March
    rate = a_rate(annual, day_basis)
    assert interest("1000000.00", "2026-01-31", "2026-03-17", rate).total_fen == fen


def test_the_day_basis_of_an_agreed_rate_is_shown_with_it():
    assert DAY_BASES == (365, 360)
    for basis in DAY_BASES:
        assert f"一年{basis}日" in a_rate("0.03", basis).basis
    assert a_rate("0.0300").shown == "0.03"
    assert STATUTORY.shown == "0.0005"


def test_interest_runs_from_the_day_after_the_due_date_and_counts_both_ends():
    one_day = interest("100.00", "2026-01-31", "2026-02-01", STATUTORY)
    (segment,) = one_day.segments
    assert (segment.from_on, segment.to_on, segment.days) == (
        day("2026-02-01"), day("2026-02-01"), 1,
    )  # fmt: skip
    assert one_day.total_fen == 5  # 100 × 0.0005


@pytest.mark.parametrize("until", ["2026-01-31", "2026-01-30", "2025-01-01"])
def test_up_to_the_due_date_there_is_none(until):
    assert interest("1000000.00", "2026-01-31", until, STATUTORY) == (0, STATUTORY, (), ())


def test_a_payment_still_bears_interest_on_its_own_day():
    # 10 days on 100 yuan, then 5 on 40: (1,000 + 200) × 0.0005 = 0.60
    found = interest("100.00", "2026-01-01", "2026-01-16", STATUTORY, paid("60.00", "2026-01-11"))
    assert [(s.from_on, s.to_on, s.remaining_fen, s.fen) for s in found.segments] == [
        (day("2026-01-02"), day("2026-01-11"), 100_00, 50),
        (day("2026-01-12"), day("2026-01-16"), 40_00, 10),
    ]
    assert found.total_fen == 60


def test_a_payment_on_the_due_date_or_before_lowers_what_bears_interest_from_the_start():
    earlier, on_the_day = paid("30.00", "2025-12-01"), paid("30.00", "2026-01-01")
    found = interest("100.00", "2026-01-01", "2026-01-11", STATUTORY, on_the_day, earlier)
    # 40 × 0.0005 × 10 = 0.20
    assert [(s.remaining_fen, s.days, s.fen) for s in found.segments] == [(40_00, 10, 20)]


def test_paid_in_full_on_the_due_date_bears_none():
    whole = paid("100.00", "2026-01-01")
    assert interest("100.00", "2026-01-01", "2026-12-31", STATUTORY, whole).total_fen == 0


def test_payments_after_the_last_day_asked_about_are_ignored():
    late, later = paid("60.00", "2026-01-16"), paid("40.00", "2026-01-17")
    found = interest("100.00", "2026-01-01", "2026-01-16", STATUTORY, late, later)
    # 15 days on 100 yuan, the payment of the last day included: 100 × 15 × 0.0005 = 0.75
    assert [(s.days, s.remaining_fen) for s in found.segments] == [(15, 100_00)]
    assert found.total_fen == 75
    without = interest("100.00", "2026-01-01", "2026-01-16", STATUTORY, late)
    assert without == found


def test_two_payments_on_one_day_make_one_cut():
    one, other = paid("10.00", "2026-01-11"), paid("20.00", "2026-01-11")
    found = interest("100.00", "2026-01-01", "2026-01-12", STATUTORY, one, other)
    assert [(s.days, s.remaining_fen) for s in found.segments] == [(10, 100_00), (1, 70_00)]


def test_after_the_last_fen_nothing_runs_on():
    whole = paid("100.01", "2026-01-11")  # a fen too much
    found = interest("100.00", "2026-01-01", "2026-12-31", STATUTORY, whole)
    assert [(s.to_on, s.remaining_fen) for s in found.segments] == [(day("2026-01-11"), 100_00)]


def test_the_total_is_rounded_once_and_its_parts_each_for_itself():
    # Three days of 0.005 yuan: each part half a fen, rounded up to 1; together 1.5, rounded to 2.
    cuts = [paid("0.01", "2026-01-02"), paid("0.01", "2026-01-03")]
    found = interest("10.00", "2026-01-01", "2026-01-04", STATUTORY, *cuts)
    # 10.00 × 0.0005 = 0.00500; 9.99 × 0.0005 = 0.004995; 9.98 × 0.0005 = 0.00499
    assert [s.fen for s in found.segments] == [1, 0, 0]
    assert found.total_fen == 1  # 0.014985 yuan
    same = interest("10.00", "2026-01-01", "2026-01-04", STATUTORY)
    assert same.total_fen == 2  # 0.015 yuan: half a fen up


def test_half_a_fen_rounds_up():
    assert interest("10.00", "2026-01-01", "2026-01-02", STATUTORY).total_fen == 1  # 0.005 yuan
    assert interest("9.99", "2026-01-01", "2026-01-02", STATUTORY).total_fen == 0  # 0.004995


# --- which rate ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signed_on", "annual", "in_scope", "per_day"),
    [
        ("2025-07-01", None, True, Fraction(5, 10_000)),
        ("2020-09-01", None, True, Fraction(5, 10_000)),
        ("2020-08-31", None, True, None),  # before the decree
        ("2025-07-01", None, False, None),  # a large firm, or a promise
        ("2025-07-01", "0.0365", True, Fraction(1, 10_000)),
        ("2025-07-01", "0.0365", False, Fraction(1, 10_000)),  # what is agreed holds for anyone
        ("2019-01-01", "0.0365", True, Fraction(1, 10_000)),
        ("2025-07-01", "0", True, Fraction(0)),  # agreed to be none; the floor is a finding
    ],
)
def test_the_agreed_rate_goes_first_and_the_statutory_one_is_for_small_firms_since_the_decree(
    signed_on, annual, in_scope, per_day
):
    agreed = None if annual is None else Decimal(annual)
    rate = rate_for(day(signed_on), agreed, in_scope=in_scope)
    assert (rate and rate.per_day) == per_day


def test_without_any_rate_nothing_is_computed_and_a_finding_says_why():
    found = interest("1000000.00", "2026-01-31", "2026-03-17", None)
    assert (found.total_fen, found.rate, found.segments) == (0, None, ())
    assert [(i.code, i.level) for i in found.findings] == [("no-statutory-rate", "finding")]


@pytest.mark.parametrize(
    ("signed_on", "annual", "code"),
    [
        ("2025-05-20", "0.0299", "agreed-rate-below-floor"),  # LPR 3.00 % from this day
        ("2025-05-20", "0.03", None),
        ("2025-05-19", "0.03", "agreed-rate-below-floor"),  # still 3.10 %
        ("2025-05-19", "0.031", None),
        ("2024-10-20", "0.0334", "agreed-rate-below-floor"),  # 3.35 %
        ("2024-10-20", "0.0335", None),
        ("2026-09-20", "0.05", "lpr-unknown"),
        ("2020-08-31", "0.0001", None),  # before the decree there is no floor
        ("2025-05-20", None, None),
    ],
)
def test_an_agreed_rate_is_held_against_the_lpr_of_the_day_of_signing(signed_on, annual, code):
    agreed = None if annual is None else Decimal(annual)
    found = floor_findings(day(signed_on), agreed, statute(), in_scope=True)
    assert [(i.code, i.pointer, i.level) for i in found] == (
        [] if code is None else [(code, "/late_interest/annual_rate", "finding")]
    )


def test_the_finding_about_a_low_rate_shows_both_rates_and_decides_nothing():
    low = Decimal("0.02")
    (finding,) = floor_findings(day("2025-05-20"), low, statute(), in_scope=True)
    assert "2.00%" in finding.detail
    assert "3.00%" in finding.detail
    rate = rate_for(day("2025-05-20"), low, in_scope=True)
    assert rate.per_day == Fraction(2, 100 * 365)


@pytest.mark.parametrize(
    ("signed_on", "annual", "floor", "article"),
    [
        # 728号 art. 15 until 2025-05-31, 802号 art. 17 from then on; on either day the LPR of
        # 2025-05-20 holds
        ("2025-05-31", "0.0299", "3.00%", "（国务院令第728号）第十五条"),
        ("2025-06-01", "0.0299", "3.00%", "（国务院令第802号）第十七条"),
    ],
)
def test_the_finding_about_a_low_rate_names_the_article_in_force_at_signing(
    signed_on, annual, floor, article
):
    (finding,) = floor_findings(day(signed_on), Decimal(annual), statute(), in_scope=True)
    assert floor in finding.detail
    assert article in finding.detail
    # what applies instead the article does not say: the statutory rate stands beside the floor
    assert "万分之五" in finding.detail


def test_who_is_not_protected_has_no_floor():
    assert floor_findings(day("2025-05-20"), Decimal("0.01"), statute(), in_scope=False) == ()


def test_findings_about_the_rate_travel_with_the_sum():
    findings = floor_findings(day("2025-05-20"), Decimal("0.01"), statute(), in_scope=True)
    rate = a_rate("0.01")
    found = late_interest(100_00, DUE, DUE + timedelta(days=9), rate, findings=findings)
    assert [i.code for i in found.findings] == ["agreed-rate-below-floor"]


def test_the_decree_starts_on_the_first_of_september_2020():
    assert day("2020-09-01") == DECREE_FROM


# --- for any amount and any days -----------------------------------------------------------------

amounts = st.integers(1, 10**12)
lateness = st.integers(0, 2000)
rates = st.sampled_from([STATUTORY, a_rate("0.0365"), a_rate("0.03", 360), a_rate("0.0435")])
payments = st.lists(st.builds(Money, st.dates(DUE, date(2031, 1, 1)), amounts), max_size=5)


def total(fen, late, rate, payments=(), due_on=DUE):
    return late_interest(fen, due_on, due_on + timedelta(days=late), rate, payments).total_fen


@pytest.mark.proves("I-5")
@calm
@given(amounts, lateness, rates, payments)
def test_a_day_more_or_a_fen_more_never_costs_less(fen, late, rate, payments):
    now = total(fen, late, rate, payments)
    assert 0 <= now <= total(fen, late + 1, rate, payments)
    assert now <= total(fen + 1, late, rate, payments)
    assert total(fen, 0, rate, payments) == 0


@pytest.mark.proves("I-5")
@calm
@given(amounts, lateness, lateness, rates)
def test_interest_over_adjoining_spans_adds_up_but_for_the_rounding(fen, first, then, rate):
    whole = total(fen, first + then, rate)
    parts = total(fen, first, rate) + total(fen, then, rate, due_on=DUE + timedelta(days=first))
    assert abs(whole - parts) <= 1


@pytest.mark.proves("I-5")
@calm
@given(amounts, lateness, rates, payments)
def test_the_segments_cover_each_day_once_and_make_the_total(fen, late, rate, payments):
    until = DUE + timedelta(days=late)
    found = late_interest(fen, DUE, until, rate, payments)
    spans = [(s.from_on, s.to_on) for s in found.segments]
    assert all(a <= b for a, b in spans)
    assert all(b + timedelta(days=1) == c for (_, b), (c, _) in pairwise(spans))
    if spans:
        assert spans[0][0] == DUE + timedelta(days=1)
        assert spans[-1][1] <= until
    exact = sum(s.days * s.remaining_fen for s in found.segments) * rate.per_day
    assert found.total_fen == int(exact + Fraction(1, 2))  # once, half up
    # and the same, day by day: what was still owed when the day began
    owed = 0
    for n in range(1, late + 1):
        gone = sum(m.fen for m in payments if m.on < DUE + timedelta(days=n))
        owed += max(0, fen - gone)
    assert exact == owed * rate.per_day


@calm
@given(amounts, lateness, rates, st.permutations([("2026-02-03", 5), ("2026-02-01", 7)]))
def test_the_order_in_which_payments_are_told_does_not_matter(fen, late, rate, told):
    as_told = [Money(day(on), amount) for on, amount in told]
    assert total(fen, late, rate, as_told) == total(fen, late, rate, sorted(as_told))
