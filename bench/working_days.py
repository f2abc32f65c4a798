"""Adding working days by the prefix table against the day-by-day loop of a calendar library."""

from collections.abc import Iterator
from datetime import date, timedelta

import chinese_calendar

from bench.places import Place
from bench.rows import Row, Target, middle, seconds
from fulfilment_monitor.domain.calendar import WorkCalendar
from fulfilment_monitor.house import load_law

_STARTS = [date(2024, 1, 1) + timedelta(days=i) for i in range(200)]
_COUNT = 10
_ROUNDS, _LOOP_TIMES = 200, 5
_TARGET = Target(7, "at least", 1_000)


def _loop(start: date, count: int) -> date:
    day = start
    while count:
        day += timedelta(days=1)
        count -= chinese_calendar.is_workday(day)
    return day


def run(place: Place) -> Iterator[Row]:
    """Ten working days after each of 200 days; both have to agree."""
    law = load_law()
    calendar = WorkCalendar(law.days, law.years)
    after = calendar.after_working_days
    if [_loop(s, _COUNT) for s in _STARTS] != [after(s, _COUNT).on for s in _STARTS]:
        raise AssertionError("the calendar and the loop do not agree")

    def ours() -> None:
        for _ in range(_ROUNDS):
            for start in _STARTS:
                after(start, _COUNT)

    def theirs() -> None:
        for start in _STARTS:
            _loop(start, _COUNT)

    call = middle(ours, 5) / (_ROUNDS * len(_STARTS))
    loop = middle(theirs, _LOOP_TIMES) / len(_STARTS)
    made = seconds(lambda: WorkCalendar(law.days, law.years))
    yield Row(
        "chinesecalendar's loop ÷ adding ten working days",
        "",
        f"{len(_STARTS)} days of 2024, {_ROUNDS} times",
        loop / call,
        "×",
        _TARGET,
        {"us_a_call": call * 1e6, "loop_us": loop * 1e6, "calendar_made_ms": made * 1e3},
    )
