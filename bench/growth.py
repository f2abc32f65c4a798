"""A day's sweep in a register that has grown: as much acts as before, beside all that does not."""

from collections.abc import Iterator
from datetime import timedelta
from statistics import median

from bench import register
from bench.places import DATABASES, Place
from bench.register import FIRST_DUE, Part, Stretch
from bench.rows import Row, Target
from bench.sweep import Days
from fulfilment_monitor.house import House

_SMALL, _LARGE, _FULL = 100_000, 300_000, 10_000_000
_TARGET = Target(2, "at most", 1.5)
#: So many days of due dates, swept from so many days after the first one on: from the first step
#: of a ladder to its last, all act.
_DAYS, _SETTLED = 110, 65
#: The rest is due when the last measured day is long over, one day after another.
_LATER, _YEARS = 60, 10 * 365


def run(place: Place) -> Iterator[Row]:
    """Small, then large, on each database."""
    small, large = place.sized(_SMALL), place.sized(_LARGE, _FULL)
    for database in DATABASES:
        with place.house(database) as house:
            yield compare(house, database, small, large)


def compare(house: House, database: str, small: int, large: int) -> Row:
    """What an acting row costs in each; the days after the small register's are as dense."""
    dense, rest = Stretch(small, _DAYS), Stretch(large - 2 * small, _YEARS)
    grown = FIRST_DUE + timedelta(days=_DAYS)
    later = grown + timedelta(days=_DAYS + _LATER)
    register.begin(house)
    register.add(house, Part(dense, FIRST_DUE))
    few = _swept(Days(house, FIRST_DUE))
    register.add(house, Part(dense, grown), Part(rest, later))
    many = _swept(Days(house, grown))
    return Row(
        "µs an acting row, large ÷ small register",
        database,
        f"{large:,} ÷ {small:,} obligations",
        many[0] / few[0],
        "×",
        _TARGET,
        {
            "large_us": many[0],
            "small_us": few[0],
            "large_acting": many[1],
            "small_acting": few[1],
            "large_÷_floor": many[2],
            "small_÷_floor": few[2],
        },
        "" if large >= _FULL else f"the target is {_FULL:,} (--full)",
    )


def _swept(days: Days) -> tuple[float, int, float]:
    """Microseconds an acting row, how many acted, and the ratio to the floor; medians."""
    days.go_to(days.day + timedelta(days=_SETTLED))
    pairs = days.pairs()
    return (
        median(p.row_us for p in pairs),
        round(median(p.acting for p in pairs)),
        median(p.ratio for p in pairs),
    )
