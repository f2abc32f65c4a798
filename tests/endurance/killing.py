"""Kill workers inside their work, and count only the kills that landed there."""

import mmap
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from enum import IntEnum
from random import Random
from typing import NamedTuple

from sqlalchemy import event

from fulfilment_monitor.house import House
from fulfilment_monitor.services.failpoints import Reach, nothing
from tests.services.workers import dies_at, ended, in_child

#: What a worker does, told which fail points it comes to.
Work = Callable[[House, Reach], object]

_LONGEST_WAIT = 0.3  # seconds from the first transaction to a kill at a random time
_OFTEN = 0.001


class Where(IntEnum):
    """Where a worker is: before its first transaction, in one, at its end, or between two."""

    BEFORE = 0
    INSIDE = 1
    COMMITTING = 2
    BETWEEN = 3


class Watch:
    """A byte that a worker writes and its parent reads."""

    def __init__(self) -> None:
        self._byte = mmap.mmap(-1, 1)  # shared across a fork

    @property
    def where(self) -> Where:
        return Where(self._byte[0])

    def follow(self, house: House) -> None:
        """Called in the worker: tell of each writing transaction from now on."""
        told = {
            "after_begin": Where.INSIDE,
            "before_commit": Where.COMMITTING,
            "after_commit": Where.BETWEEN,
            "after_rollback": Where.BETWEEN,
        }
        for name, where in told.items():
            event.listen(house.sessions, name, lambda *_, where=where: self._say(where))

    def _say(self, where: Where) -> None:
        self._byte[0] = where


class Died(NamedTuple):
    """Where a worker was killed, and whether that counts."""

    place: str
    counts: bool


def kill_at(house: House, work: Work, point: str, nth: int) -> Died | None:
    """Run a worker that dies the nth time it comes to a point; None if it ended first."""
    return _by_itself(in_child(house, lambda h: work(h, dies_at(point, nth))), point)


def _by_itself(child: int, point: str) -> Died | None:
    status = ended(child)
    assert status in (0, -signal.SIGKILL), f"a worker ended with {status}"
    return Died(point, counts=True) if status else None


def kill_at_some_time(house: House, work: Work, rng: Random) -> Died | None:
    """Kill a worker at a random time after its first transaction began; None if it ended first.

    It counts when a transaction was open: the worker is stopped, then looked at, then killed.
    """
    watch = Watch()

    def watched(house: House) -> None:
        watch.follow(house)
        work(house, nothing)

    child = in_child(house, watched)
    while watch.where is Where.BEFORE:
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            return _by_itself(child, "never")
        time.sleep(_OFTEN)
    time.sleep(rng.uniform(0, _LONGEST_WAIT))
    os.kill(child, signal.SIGSTOP)
    _, status = os.waitpid(child, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        assert os.waitstatus_to_exitcode(status) == 0
        return None
    where = watch.where
    os.kill(child, signal.SIGKILL)
    ended(child)
    inside = where in (Where.INSIDE, Where.COMMITTING)
    return Died(f"at random, {where.name.lower()}", counts=inside)


class Killer:
    """Chooses how the next worker dies, and keeps count."""

    def __init__(self, rng: Random, points: Sequence[str], most_nth: int) -> None:
        self._rng, self._points, self._most_nth = rng, points, most_nth
        self.places: Counter[str] = Counter()
        self.missed: Counter[str] = Counter()

    @property
    def counted(self) -> int:
        return self.places.total()

    def until_done(self, house: House, work: Work) -> None:
        """Start workers and kill them until one comes to the end of its work."""
        while (died := self._next(house, work)) is not None:
            (self.places if died.counts else self.missed)[died.place] += 1

    def _next(self, house: House, work: Work) -> Died | None:
        if self._rng.random() < 0.4:
            return kill_at_some_time(house, work, self._rng)
        nth = self._rng.randint(1, self._most_nth)
        return kill_at(house, work, self._rng.choice(self._points), nth)
