"""A year in which clocks are moved: nothing is swept by a clock that nobody trusts."""

from collections import Counter
from datetime import date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import func, select

from fulfilment_monitor.house import House
from fulfilment_monitor.scheduler import Daily
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import clocks, sweeps
from fulfilment_monitor.store.sweeps import ClockAlarm, SweepRun
from tests.conftest import at
from tests.endurance.conftest import Databases, Tell
from tests.endurance.remains import Remains, differences, remains
from tests.endurance.worlds import World
from tests.model.chains import random_document
from tests.services.builders import CLERK, office
from tests.services.registers import register, violations

pytestmark = pytest.mark.endurance

FIRST = date(2025, 1, 1)
CONTRACTS, DAYS = 60, 200
JUMPS = (-400, -30, -1, 3, 30, 400)


class Town:
    """A register, its daily job, and the world's clocks."""

    def __init__(self, house: House) -> None:
        self.house, self.world = house, World(at(FIRST), house)
        self.owner = "the only one"
        self.start()

    def start(self) -> None:
        """A process begins: it remembers nothing."""
        self.daily = Daily(self.house, self.world.moment, self.world.monotonic, self.owner)

    def day(self) -> date:
        """The day it truly is."""
        return (self.world.moment().now - self.world.off).date()

    def acknowledge(self) -> int:
        with self.house.sessions.begin() as session:
            return clocks.acknowledge(session, by=CLERK, now=self.world.moment().now)

    def counts(self) -> tuple[int, int]:
        """How many runs there were, and how many alarms."""
        with self.house.readers() as session:
            runs = session.scalar(select(func.count()).select_from(SweepRun))
            alarms = session.scalar(select(func.count()).select_from(ClockAlarm))
        return runs or 0, alarms or 0


def a_town(ground: House, databases: Databases) -> Town:
    return Town(databases.copy(ground))


@pytest.mark.proves("E7", "G5", "G11")
def test_a_year_of_moved_clocks_sweeps_what_a_year_of_true_ones_sweeps(
    databases: Databases, rng: Random, tell: Tell
) -> None:
    ground = databases.new()
    register(ground, [read_contract(random_document(rng)) for _ in range(CONTRACTS)], FIRST)
    town, seen = a_town(ground, databases), Counter[str]()
    swept = []
    for _ in range(DAYS):
        town.world.wait(days=(gap := rng.choice((1, 1, 1, 1, 2, 9))))
        seen["gaps of days"] += gap > 1
        if rng.random() < 0.3:
            town.start()  # the gap was a machine that was down
            seen["restarts"] += 1
        if rng.random() < 0.4:
            seen["jumps"] += jump_about(town, rng, seen)
        outcome = town.daily.run()
        assert outcome is not None
        assert outcome.as_of == town.day()
        swept.append(outcome.as_of)
    twin = databases.copy(ground)
    for day in swept:
        sweeps.sweep(twin.sessions, office(twin), as_of=day, now=lambda d=day: at(d))
    assert differences(by_day(town.house), by_day(twin)) == []
    # an act under a clock set back may stay on the record as one out of order
    faults = [v.detail[:9] for v in violations(town.house)]
    assert faults == ["verdict 6"] * len(faults)
    assert len(faults) <= seen["acknowledged too early"]
    tell("business days swept", len(swept))
    tell("what happened", dict(sorted(seen.items())))
    tell("alarms", town.counts()[1])


def jump_about(town: Town, rng: Random, seen: Counter[str]) -> int:
    """Move the hands once or more, look each time, and put them right; returns how often."""
    before, jumps = town.counts(), rng.randint(1, 4)
    for _ in range(jumps):
        town.world.off = timedelta(days=rng.choice(JUMPS))
        if rng.random() < 0.3:
            town.start()  # started again by a clock that is wrong
        assert town.daily.run() is None
        seen["looks refused"] += 1
        if town.world.off < timedelta() and rng.random() < 0.5:  # it is not all right yet
            assert town.acknowledge() == 1
            assert town.daily.run() is None
            seen["acknowledged too early"] += 1
    town.world.off = timedelta()
    assert town.daily.run() is None  # right again, but nobody has looked
    assert town.counts()[0] == before[0]
    assert town.counts()[1] > before[1]
    assert town.acknowledge() == 1
    return jumps


def by_day(house: House) -> Remains:
    """What a register holds, without the instants: the twin was swept at nine."""
    return {k: v for k, v in remains(house).items() if k in ("timer", "alert", "tally")}


@pytest.mark.proves("G5", "I-2")
def test_a_clock_that_is_moved_within_a_run_changes_nothing_but_the_time_of_the_record(
    databases: Databases, rng: Random, tell: Tell
) -> None:
    ground = databases.new()
    register(ground, [read_contract(random_document(rng)) for _ in range(CONTRACTS)], FIRST)
    twin, runs = databases.copy(ground), 0
    sweeps.sweep(twin.sessions, office(twin), as_of=FIRST, now=lambda: at(FIRST), size=5)
    for days in JUMPS:
        house, readings = databases.copy(ground), 0

        def now(days: int = days) -> datetime:
            nonlocal readings
            readings += 1
            return at(FIRST + timedelta(days=days if readings % 3 == 0 else 0))

        sweeps.sweep(house.sessions, office(house), as_of=FIRST, now=now, size=5)
        assert differences(by_day(house), by_day(twin)) == []
        assert {v.detail[:9] for v in violations(house)} == {"verdict 6"}  # time ran backwards
        runs += 1
    tell("runs with a moved clock", runs)


@pytest.mark.parametrize("days", [3, 400])
def test_a_process_started_after_a_clock_was_put_right_sweeps_at_once(
    databases: Databases, days: int
) -> None:
    town = Town(databases.new())
    town.world.off = timedelta(days=days)
    assert town.daily.run() is None
    town.world.off = timedelta()
    town.owner = "another"
    town.start()
    town.acknowledge()
    assert town.daily.run() is not None
