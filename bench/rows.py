"""What a benchmark says: one figure, what it is measured against, and what it should come to."""

import cProfile
import os
import pstats
import time
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from types import MappingProxyType
from typing import Any, NamedTuple

#: Seconds after which no further run is begun.
_LONG = 4.0


class Target(NamedTuple):
    """What a figure should come to; `number` is the line in the list of targets."""

    number: int
    #: "at most" or "at least"
    sense: str
    figure: float

    def met(self, value: float) -> bool:
        """Whether a figure reaches it."""
        return value <= self.figure if self.sense == "at most" else value >= self.figure

    def shown(self) -> str:
        """As it stands in a table.

        >>> Target(1, "at most", 2.2).shown()
        '≤ 2.2'
        """
        return f"{'≤' if self.sense == 'at most' else '≥'} {self.figure:g}"


class Row(NamedTuple):
    """One figure. Ratios have the unit `×`; the absolute figures behind them stand in `beside`."""

    what: str
    #: sqlite, postgresql, or nothing where no database takes part
    database: str
    #: What it was measured on, in words.
    size: str
    value: float
    unit: str
    target: Target | None = None
    #: The figures behind it, by name.
    beside: Mapping[str, Any] = MappingProxyType({})
    #: Why the target cannot be judged on this run, such as a smaller size.
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """For results.json."""
        row = self._asdict() | {"beside": dict(self.beside)}
        if self.target is not None:
            row["target"] = {**self.target._asdict(), "met": self.target.met(self.value)}
        return row


class Profile(NamedTuple):
    """Where the time of one run went: lines of [share in %, calls, what], dearest first."""

    name: str
    lines: list[tuple[float, int, str]]


def seconds(work: Callable[[], Any]) -> float:
    """How long a piece of work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def middle(work: Callable[[], Any], times: int) -> float:
    """The median of some runs of it, in seconds; of fewer when they take long."""
    taken: list[float] = []
    while len(taken) < times and sum(taken) < _LONG:
        taken.append(seconds(work))
    return median(taken)


def profiled(name: str, work: Callable[[], Any], most: int = 12) -> Profile:
    """Run it once under cProfile; shares are of the time spent in a function itself."""
    watch = cProfile.Profile()
    watch.runcall(work)
    return Profile(name, dearest(pstats.Stats(watch), most))


def dearest(stats: pstats.Stats, most: int) -> list[tuple[float, int, str]]:
    """The functions that took the most time themselves."""
    found: Iterable[tuple[Any, Any]] = stats.stats.items()  # type: ignore[attr-defined]
    total = sum(spent for _, (_, _, spent, _, _) in found) or 1.0
    lines = [
        (round(100 * spent / total, 1), calls, _place(*where))
        for where, (_, calls, spent, _, _) in found
    ]
    return sorted(lines, reverse=True)[:most]


def _place(file: str, line: int, name: str) -> str:
    if file == "~":
        return name
    parts = file.split(os.sep)
    return f"{'/'.join(parts[-2:])}:{line} {name}"
