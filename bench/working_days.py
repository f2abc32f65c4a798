"""Adding working days by the prefix table against the day-by-day loop of a calendar library."""

import time
from datetime import date, timedelta

import chinese_calendar

from fulfilment_monitor.domain.calendar import WorkCalendar
from fulfilment_monitor.house import load_law

_STARTS = [date(2024, 1, 1) + timedelta(days=i) for i in range(200)]
_COUNT = 10
_TIMES = 500


def _loop(start: date, count: int) -> date:
    day = start
    while count:
        day += timedelta(days=1)
        count -= chinese_calendar.is_workday(day)
    return day


def run() -> tuple[float, float, float]:
    """Microseconds a call: ours, the loop's, and how many times faster ours is."""
    law = load_law()
    calendar = WorkCalendar(law.days, law.years)
    began = time.perf_counter()
    for _ in range(_TIMES):
        for start in _STARTS:
            calendar.after_working_days(start, _COUNT)
    ours = (time.perf_counter() - began) / (_TIMES * len(_STARTS)) * 1e6
    began = time.perf_counter()
    theirs = [_loop(start, _COUNT) for start in _STARTS]
    loop = (time.perf_counter() - began) / len(_STARTS) * 1e6
    assert theirs == [calendar.after_working_days(s, _COUNT).on for s in _STARTS]
    return ours, loop, loop / ours
