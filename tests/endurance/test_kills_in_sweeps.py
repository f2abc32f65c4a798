"""Hundreds of kills -9 inside sweeps leave what a sweep that nobody killed leaves."""

from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest

from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import sweeps
from fulfilment_monitor.services.failpoints import Reach, nothing
from tests.conftest import at
from tests.endurance.conftest import Databases, Tell
from tests.endurance.killing import Killer
from tests.endurance.remains import differences, remains
from tests.model.chains import random_document
from tests.services.builders import office
from tests.services.registers import register, violations

pytestmark = pytest.mark.endurance

POINTS = ("sweep.before_batch", "sweep.after_alerts", "sweep.before_commit", "sweep.after_commit")
KILLS = 200
CONTRACTS, DAYS = 120, 5
FIRST = date(2024, 6, 1)


@pytest.mark.proves("G2", "I-1", "I-2", "I-3", "R-14")
def test_two_hundred_kills_inside_sweeps_lose_nothing_and_double_nothing(
    databases: Databases, rng: Random, tell: Tell
) -> None:
    killed, missed, series = Counter[str](), Counter[str](), 0
    found = {"alerts": 0, "leads": 0}
    while killed.total() < KILLS:
        series += 1
        killer = Killer(rng, POINTS, most_nth=4)
        alerts, leads = one_series(databases, rng, killer, scheduled=bool(series % 2))
        found = {"alerts": found["alerts"] + alerts, "leads": found["leads"] + leads}
        killed += killer.places
        missed += killer.missed
    tell("kills counted", killed.total())
    tell("where", dict(sorted(killed.items())))
    tell("kills not counted", missed.total())
    tell("series, each equal to its unkilled twin", series)
    tell("alerts and leads compared", found)


def one_series(
    databases: Databases, rng: Random, killer: Killer, *, scheduled: bool
) -> tuple[int, int]:
    """Some days of sweeps with kills, and the same without; how many alerts and leads arose."""
    ground = databases.new()
    documents = [random_document(rng) for _ in range(CONTRACTS)]
    register(ground, [read_contract(d) for d in documents], FIRST)
    twin, house = databases.copy(ground), databases.copy(ground)
    size, day = rng.choice((3, 7, 15)), FIRST
    for _ in range(DAYS):
        day += timedelta(days=rng.randint(1, 200))
        killer.until_done(house, lambda h, reach, d=day: sweep(h, d, size, scheduled, reach))
        sweep(twin, day, 500, scheduled, nothing)
    left = remains(house)
    assert differences(left, remains(twin)) == []
    assert violations(house) == []
    assert sweep(house, day, size, False, nothing)[1:] == (0, 0, 0)
    return len(left["alert"]), len(left["lead"])


def sweep(house: House, day: date, size: int, scheduled: bool, reach: Reach) -> sweeps.Outcome:
    return sweeps.sweep(
        house.sessions,
        office(house),
        as_of=day,
        now=lambda: at(day),
        scheduled_for=day if scheduled else None,
        size=size,
        reach=reach,
    )
