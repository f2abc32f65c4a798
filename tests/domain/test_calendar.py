"""Working days: against an independent table, and against arithmetic itself."""

from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.calendar import DayKind, WorkCalendar
from tests.domain.builders import calm, day
from tests.model.compare import statute

CALENDAR = statute().calendar
ONE_DAY = timedelta(days=1)
FIRST, LAST = date(2019, 1, 1), date(2026, 12, 31)
#: Every day of the years whose notice is shipped, as another project has typed them in.
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
WORKED = [d for d in DAYS if chinese_calendar.is_workday(d)]

any_day = st.dates(date(2000, 1, 1), date(2200, 12, 31))
counts = st.integers(1, 400)


def test_every_day_from_2019_to_2026_is_worked_or_not_as_an_independent_table_has_it():
    assert [d for d in DAYS if CALENDAR.is_working_day(d)] == WORKED


def test_working_days_are_counted_as_over_that_table_from_every_day():
    first = 0  # the place in WORKED of the first working day after `start`
    for start in DAYS:
        first += first < len(WORKED) and WORKED[first] <= start
        for count in (1, 2, 3, *range(5, 121, 5)):
            if first + count <= len(WORKED):
                end = CALENDAR.after_working_days(start, count)
                assert end == (WORKED[first + count - 1], False), (start, count)


def test_a_day_of_rest_rolls_to_the_next_day_of_that_table():
    place = 0
    for last in DAYS:
        place += place < len(WORKED) and WORKED[place] < last
        if place < len(WORKED):
            assert CALENDAR.roll(last) == (WORKED[place], False), last


@pytest.mark.proves("I-14")
@calm
@given(any_day, counts, counts)
def test_counting_on_is_counting_at_once(start, a, b):
    halfway = CALENDAR.after_working_days(start, a).on
    assert (
        CALENDAR.after_working_days(halfway, b).on == CALENDAR.after_working_days(start, a + b).on
    )


@pytest.mark.proves("I-14")
@calm
@given(any_day, counts)
def test_a_count_ends_on_a_working_day_and_counts_back_to_its_length(start, count):
    end = CALENDAR.after_working_days(start, count).on
    assert CALENDAR.is_working_day(end)
    assert CALENDAR.working_days_between(start, end) == count


@calm
@given(any_day, st.integers(0, 500), st.integers(0, 400))
def test_a_later_start_never_ends_earlier(start, later, count):
    end = CALENDAR.after_working_days(start, count).on
    assert end <= CALENDAR.after_working_days(start + timedelta(days=later), count).on


@calm
@given(any_day)
def test_rolling_skips_days_of_rest_only_and_only_forward(last):
    rolled = CALENDAR.roll(last).on
    skipped = [last + timedelta(days=n) for n in range((rolled - last).days)]
    assert CALENDAR.is_working_day(rolled)
    assert not any(CALENDAR.is_working_day(d) for d in skipped)
    assert CALENDAR.roll(rolled).on == rolled


def test_a_count_of_none_is_the_day_itself_or_the_next_working_day():
    assert CALENDAR.after_working_days(day("2026-02-28"), 0).on == day("2026-02-28")  # worked Sat.
    assert CALENDAR.after_working_days(day("2026-02-18"), 0).on == day("2026-02-24")  # Spring F.


@pytest.mark.parametrize(
    ("last", "rolled"),
    [
        ("2031-01-01", "2031-01-02"),  # a Wednesday, then an ordinary Thursday
        ("2031-05-01", "2031-05-05"),  # Thursday and Friday off, then a weekend
        ("2031-10-01", "2031-10-06"),  # Wednesday to Friday off, then a weekend
        ("2031-02-01", "2031-02-03"),  # a plain Saturday
        ("2031-04-04", "2031-04-04"),  # 清明 has no fixed day: a Friday like any other
    ],
)
def test_a_year_without_notice_rests_on_weekends_and_fixed_holidays_and_is_provisional(
    last, rolled
):
    assert CALENDAR.roll(day(last)) == (day(rolled), True)


def test_a_count_that_only_ends_in_a_year_without_notice_is_provisional():
    # Thu 2026-12-31; Fri 2027-01-01 is a fixed holiday, then a weekend; Mon 01-04, Tue 01-05
    assert CALENDAR.after_working_days(day("2026-12-31"), 2) == (day("2027-01-05"), True)
    assert CALENDAR.after_working_days(day("2026-12-30"), 1) == (day("2026-12-31"), False)


def test_a_rest_that_reaches_into_a_year_without_notice_is_provisional():
    # Sat 2022-12-31 rests until Tue 2023-01-03; here only the notice of 2022 is loaded.
    calendar = WorkCalendar({}, frozenset({2022}))
    assert calendar.roll(day("2022-12-31")) == (day("2023-01-02"), True)
    assert calendar.roll(day("2022-12-30")) == (day("2022-12-30"), False)


def test_a_loaded_notice_makes_the_dates_of_its_year_certain():
    notice = {day("2031-10-06"): DayKind.OFF, day("2031-10-04"): DayKind.WORKED}
    calendar = WorkCalendar({**CALENDAR.exceptions, **notice}, CALENDAR.years | {2031})
    assert calendar.knows(day("2031-10-01"))
    assert not CALENDAR.knows(day("2031-10-01"))
    assert calendar.roll(day("2031-10-04")) == (day("2031-10-04"), False)  # a Saturday worked
    assert calendar.roll(day("2031-10-05")) == (day("2031-10-07"), False)


def test_a_notice_may_have_people_work_on_what_is_otherwise_a_fixed_holiday():
    notice = {day("2031-10-03"): DayKind.WORKED}
    assert WorkCalendar(notice, frozenset()).is_working_day(day("2031-10-03"))
    assert not WorkCalendar({}, frozenset()).is_working_day(day("2031-10-03"))
    assert WorkCalendar({}, frozenset({2031})).is_working_day(day("2031-10-03"))  # a Friday


@pytest.mark.parametrize("start", ["1999-12-31", "2260-12-30", "2261-01-01"])
def test_working_days_beyond_the_table_are_refused_and_not_guessed(start):
    with pytest.raises(OverflowError, match="2000 to 2260"):
        CALENDAR.after_working_days(day(start), 10)


def test_beyond_the_table_a_day_is_worked_from_monday_to_friday():
    assert CALENDAR.is_working_day(day("1999-12-31"))  # a Friday
    assert not CALENDAR.is_working_day(day("2261-01-05"))  # a Saturday
    assert not CALENDAR.is_working_day(CALENDAR.LAST + ONE_DAY * 5)
