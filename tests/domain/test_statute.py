"""Periods, versions of the law and rates: against the cases worked out in the statutes."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.calendar import WorkCalendar
from fulfilment_monitor.domain.errors import RateUnknown, UnknownTerm
from fulfilment_monitor.domain.statute import Period, Unit, lpr_table, read_statute
from tests.domain.builders import calm, day, days, months, working_days
from tests.model.compare import statute

LAW = statute()
CALENDAR = LAW.calendar


def years(length):
    return Period(length, Unit.YEAR)


# --- counting ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "period", "raw", "last"),
    [
        # 12 days of January and 18 of February; Spring Festival until Mon 02-23
        ("2026-01-19", days(30), "2026-02-18", "2026-02-24"),
        ("2026-01-31", days(30), "2026-03-02", "2026-03-02"),  # 28 of February and 2
        # no 31 February: its last day, a Saturday, but worked
        ("2026-01-31", months(1), "2026-02-28", "2026-02-28"),
        # 26 of August, 30 of September, 4 of October; National Day until Wed 10-08
        ("2025-08-05", days(60), "2025-10-04", "2025-10-09"),
        # Feb 11, 12, 13, 14 (Sat., worked), 24, 25, 26, 27, 28 (Sat., worked), Mon Mar 2
        ("2026-02-10", working_days(10), "2026-03-02", "2026-03-02"),
        # May 6, 7, 8, 9 (Sat., worked), 11; 1 to 5 May are Labour Day
        ("2026-04-30", working_days(5), "2026-05-11", "2026-05-11"),
        ("2026-07-03", days(30), "2026-08-02", "2026-08-03"),  # a Sunday
        ("2026-07-03", days(90), "2026-10-01", "2026-10-08"),  # National Day until 10-07
    ],
)
def test_a_period_ends_where_the_statutes_worked_it_out(start, period, raw, last):
    assert period.unrolled_end(day(start), CALENDAR) == day(raw)
    assert period.end(day(start), CALENDAR) == (day(last), False)


@pytest.mark.parametrize(
    ("start", "period", "last"),
    [
        ("2024-01-31", months(1), "2024-02-29"),
        ("2025-01-31", months(1), "2025-02-28"),
        ("2025-01-30", months(1), "2025-02-28"),
        ("2025-02-28", months(1), "2025-03-28"),  # the corresponding day, not the end of March
        ("2025-08-31", months(6), "2026-02-28"),
        ("2025-10-31", months(13), "2026-11-30"),
        ("2024-02-29", years(1), "2025-02-28"),
        ("2024-02-29", years(4), "2028-02-29"),
        ("2025-12-31", months(2), "2026-02-28"),
    ],
)
def test_months_and_years_end_on_the_corresponding_day_or_the_last_of_the_month(
    start, period, last
):
    assert period.unrolled_end(day(start), CALENDAR) == day(last)


def test_the_starting_day_is_not_counted():
    assert days(1).unrolled_end(day("2025-09-01"), CALENDAR) == day("2025-09-02")
    assert working_days(1).end(day("2025-09-01"), CALENDAR).on == day("2025-09-02")
    assert days(0).unrolled_end(day("2025-09-01"), CALENDAR) == day("2025-09-01")


def test_days_of_rest_inside_a_period_count_and_only_the_last_day_moves():
    # 2025-09-15 + 30 = 10-15, a Wednesday, with all of National Day inside
    assert days(30).end(day("2025-09-15"), CALENDAR).on == day("2025-10-15")


def test_a_last_day_of_rest_moves_to_the_next_working_day():
    # 2025-09-01 + 30 = 10-01; National Day with 中秋 lasts until Wed 10-08
    assert days(30).end(day("2025-09-01"), CALENDAR).on == day("2025-10-09")


def test_a_worked_weekend_day_ends_a_period_and_counts_as_a_working_day():
    # Sun 2025-09-28 is worked for National Day: 2025-08-29 + 30 = 09-28
    assert days(30).end(day("2025-08-29"), CALENDAR).on == day("2025-09-28")
    assert working_days(1).end(day("2025-09-26"), CALENDAR).on == day("2025-09-28")


def test_a_period_that_does_not_roll_ends_as_counted_and_needs_no_calendar():
    assert days(30).end(day("2025-09-01"), CALENDAR, rolls=False) == (day("2025-10-01"), False)
    assert days(30).end(day("2031-09-01"), CALENDAR, rolls=False) == (day("2031-10-01"), False)


def test_an_end_in_a_year_without_notice_is_provisional_and_a_start_there_is_not():
    # 2031-09-01 + 30 = Wed 10-01, a fixed holiday like 10-02 and 10-03; then a weekend
    assert days(30).end(day("2031-09-01"), CALENDAR) == (day("2031-10-06"), True)
    # 2018-12-17 + 30 = Wed 2019-01-16: no day of 2018 was asked about
    assert days(30).end(day("2018-12-17"), CALENDAR) == (day("2019-01-16"), False)
    # 2026-12-02 + 30 = Fri 2027-01-01, a fixed holiday, then a weekend
    assert days(30).end(day("2026-12-02"), CALENDAR) == (day("2027-01-04"), True)
    assert days(29).end(day("2026-12-02"), CALENDAR) == (day("2026-12-31"), False)


periods = st.builds(
    Period, st.integers(0, 400), st.sampled_from([Unit.DAY, Unit.WORKING_DAY, Unit.MONTH])
)
starts = st.dates(date(2000, 1, 1), date(2150, 12, 31))


@pytest.mark.proves("I-14")
@calm
@given(starts, st.integers(0, 400), periods)
def test_a_later_start_never_ends_earlier(start, later, period):
    end = period.end(start, CALENDAR).on
    assert end <= period.end(start + timedelta(days=later), CALENDAR).on


@pytest.mark.proves("I-14")
@calm
@given(starts, periods)
def test_a_period_ends_on_a_working_day_not_before_its_raw_end(start, period):
    raw, end = period.unrolled_end(start, CALENDAR), period.end(start, CALENDAR).on
    assert CALENDAR.is_working_day(end)
    assert start <= raw <= end
    assert CALENDAR.working_days_between(raw, end) <= 1


@calm
@given(starts, st.integers(1, 400), st.sampled_from([Unit.DAY, Unit.WORKING_DAY, Unit.MONTH]))
def test_a_longer_period_never_ends_earlier(start, length, unit):
    shorter, longer = Period(length - 1, unit), Period(length, unit)
    assert shorter.end(start, CALENDAR).on <= longer.end(start, CALENDAR).on


def test_a_period_is_named_in_chinese():
    named = [str(p) for p in (days(30), working_days(10), months(1), years(2))]
    assert named == ["30日", "10个工作日", "1个月", "2年"]


# --- versions of the law -------------------------------------------------------------------------


@pytest.mark.parametrize("term", ["payment.organ", "payment.organ.ceiling"])
@pytest.mark.parametrize(
    ("signed_on", "decree"),
    [
        ("2020-08-31", None),
        ("2020-09-01", "第728号"),
        ("2025-05-31", "第728号"),
        ("2025-06-01", "第802号"),
        ("2026-11-20", "第802号"),
    ],
)
def test_the_payment_decree_holds_in_the_version_of_the_day(term, signed_on, decree):
    found = LAW.find(term, day(signed_on))
    assert (found and decree in found.source) == (None if decree is None else True)


def test_the_payment_terms_are_thirty_and_sixty_days_in_both_versions():
    lengths = {(t.id, t.length, t.unit) for t in LAW.terms if t.id.startswith("payment.organ")}
    assert lengths == {
        ("payment.organ", 30, Unit.DAY),
        ("payment.organ.ceiling", 60, Unit.DAY),
    }


def test_the_complaint_clocks_run_as_the_decree_of_2025_has_them():
    received = day("2026-07-03")
    limits = [
        LAW.term(name, received).period.end(received, CALENDAR).on
        for name in ("case.forward", "case.handle", "case.handle.ceiling")
    ]
    # 10 working days: 07-17; 30 days: Sun 08-02; 90 days in all: 10-01, National Day until 10-07
    assert limits == [day("2026-07-17"), day("2026-08-03"), day("2026-10-08")]


def test_a_term_that_was_not_yet_law_is_refused_with_the_day_of_its_first_version():
    with pytest.raises(UnknownTerm, match=r"'case\.handle' was not in force .* 2025-06-01"):
        LAW.term("case.handle", day("2025-05-31"))


def test_a_term_nobody_knows_is_refused_with_those_that_are_known():
    with pytest.raises(UnknownTerm, match=r"no term 'payment\.never'") as refused:
        LAW.term("payment.never", day("2026-01-01"))
    assert "payment.organ" in refused.value.members["known"]
    assert refused.value.code == "statute.unknown-term"


def test_no_two_versions_of_one_term_or_limit_hold_on_the_same_day():
    for entries in (LAW.terms, LAW.limits):
        ordered = sorted(entries, key=lambda e: (e.id, e.in_force_from))
        for _, group in groupby(ordered, key=lambda e: e.id):
            versions = list(group)
            for earlier, later in pairwise(versions):
                assert earlier.in_force_to is not None
                assert earlier.in_force_to < later.in_force_from
                assert not earlier.holds_on(later.in_force_from)


def test_every_entry_of_the_law_names_its_source_and_how_sure_we_are():
    for entry in (*LAW.terms, *LAW.limits):
        assert entry.source
        assert entry.about
        assert entry.confidence in ("verified", "secondary")


def test_a_share_is_read_exactly():
    retention = next(e for e in LAW.limits if e.id == "con.retention")
    assert retention.at_most == Decimal("0.03")


TERM = {
    "id": "a", "about": "b", "length": 1, "unit": "day", "source": "c", "chosen_by": "event",
    "in_force_from": date(2020, 1, 1),
}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({**TERM, "lenght": 2}, TypeError),
        ({k: v for k, v in TERM.items() if k != "source"}, TypeError),
        ({k: v for k, v in TERM.items() if k != "unit"}, KeyError),
        ({**TERM, "unit": "fortnight"}, ValueError),
    ],
)
def test_an_entry_of_the_wrong_shape_is_never_read_as_law(row, fault):
    empty = WorkCalendar({}, frozenset())
    assert read_statute({"term": [TERM], "limit": []}, empty, lpr_table([])).terms[0].length == 1
    with pytest.raises(fault):
        read_statute({"term": [row], "limit": []}, empty, lpr_table([]))


# --- the loan prime rate -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signed_on", "floor"),
    [
        ("2019-08-19", None),  # the day before the first
        ("2019-08-20", "0.0425"),
        ("2024-10-20", "0.0335"),
        ("2024-10-21", "0.0310"),  # holds from the day it is published, not from the month
        ("2025-05-19", "0.0310"),
        ("2025-05-20", "0.0300"),
        ("2026-09-19", "0.0300"),
    ],
)
def test_the_floor_is_the_last_rate_published_on_or_before_signing(signed_on, floor):
    assert LAW.lpr.on(day(signed_on)) == (floor and Decimal(floor))


@pytest.mark.parametrize("signed_on", ["2026-09-20", "2026-10-01", "2031-01-01"])
def test_past_the_next_publication_the_floor_is_unknown_and_not_guessed(signed_on):
    with pytest.raises(RateUnknown, match="2026-08-20"):
        LAW.lpr.on(day(signed_on))


def test_a_newly_loaded_rate_makes_the_floor_known_again():
    rows = [(d, r * 100) for d, r in zip(LAW.lpr.days, LAW.lpr.rates, strict=True)]
    table = lpr_table([(day("2026-09-21"), Decimal("2.90")), *rows])
    assert table.on(day("2026-09-20")) == Decimal("0.03")
    assert table.on(day("2026-10-19")) == Decimal("0.029")
    with pytest.raises(RateUnknown):
        table.on(day("2026-10-20"))
