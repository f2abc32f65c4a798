"""Two schedulers on one database: a business day is one run, also when the leader dies in it."""

import os
import signal
from collections import Counter
from datetime import date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from fulfilment_monitor.clock import BEIJING, Moment
from fulfilment_monitor.house import House
from fulfilment_monitor.scheduler import Daily
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import sweeps
from fulfilment_monitor.store.sweeps import SweepRun
from tests.conftest import at
from tests.endurance.conftest import Databases, Tell
from tests.endurance.remains import differences, remains
from tests.model.chains import random_document
from tests.services.builders import office
from tests.services.registers import register, violations
from tests.services.workers import ended, in_child

pytestmark = pytest.mark.endurance

FIRST = date(2025, 3, 3)
CONTRACTS, DAYS, KILLED = 100, 50, 25
#: Wide enough for a clock that stands at days long past.
ANY_CLOCK = 10**9
#: How often a process looks on a day, and the seconds between: the lease is 90 seconds.
LOOKS, SOON, AGAIN = 4, 20, 60
_SWEPT, _LOOKED = 10, 0


def looks(house: House, first: datetime, *, again: int, dies_at: int | None = None) -> None:
    """A scheduler's process for a while: it looks some times, and may die in a transaction."""
    seconds = 0

    def moment() -> Moment:
        now = first + timedelta(seconds=seconds)
        return Moment(now, now.astimezone(BEIJING).date())

    if dies_at is not None:
        die_in(house, dies_at)
    daily, outcomes = Daily(house, moment, lambda: float(seconds)), []
    for _ in range(LOOKS):
        try:
            outcomes.append(daily.run())
        except IntegrityError:  # both began the day's run at once; the scheduler looks again
            assert again == AGAIN
        seconds += again
    assert len([o for o in outcomes if o is not None]) <= 1
    os._exit(_SWEPT if any(outcomes) else _LOOKED)


def die_in(house: House, nth: int) -> None:
    """Die when the nth transaction is about to commit; the first is the look itself."""
    left = nth

    def count(_session: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(house.sessions, "before_commit", count)


@pytest.mark.proves("G1", "I-1", "I-2")
def test_two_schedulers_sweep_fifty_business_days_once_each(
    databases: Databases, rng: Random, tell: Tell
) -> None:
    ground = databases.new()
    register(ground, [read_contract(random_document(rng)) for _ in range(CONTRACTS)], FIRST)
    house = databases.copy(ground, clock_tolerance_seconds=ANY_CLOCK)
    twin, seen = databases.copy(ground), Counter[str]()
    days = [FIRST + timedelta(days=n) for n in range(DAYS)]
    deadly = set(rng.sample(days, KILLED))
    for day in days:
        if day in deadly:
            die_and_be_replaced(house, day, rng)
            seen["leader killed within the run"] += 1
        elif rng.random() < 0.5:
            assert together(house, day, SOON) == [_LOOKED, _SWEPT]
            seen["one led, the other looked on"] += 1
        else:  # a leader so slow that its lease runs out: the other helps
            assert _SWEPT in together(house, day, AGAIN)
            seen["lease ran out under a leader"] += 1
        sweeps.sweep(twin.sessions, office(twin), as_of=day, now=lambda d=day: at(d))
    with house.readers() as session:
        query = select(SweepRun.scheduled_for, SweepRun.finished_at).order_by(SweepRun.id)
        runs = list(session.execute(query))
    house.close()
    assert [r.scheduled_for for r in runs] == days
    assert all(r.finished_at for r in runs)
    names = ("timer", "alert", "tally", "alerts told of", "batches")
    ours, theirs = remains(house), remains(twin)
    assert differences({n: ours[n] for n in names}, theirs) == []
    assert violations(house) == []
    tell("business days, each one finished run", len(runs))
    tell("days", dict(sorted(seen.items())))


def together(house: House, day: date, again: int) -> list[int]:
    """Two processes at the same time; what became of them."""
    children = [in_child(house, lambda h: looks(h, at(day), again=again)) for _ in range(2)]
    return sorted(ended(c) for c in children)


def die_and_be_replaced(house: House, day: date, rng: Random) -> None:
    """The leader dies in its run; a second process takes over when the lease has run out."""
    nth = rng.randint(3, 5)  # the look, the beginning, the batch, the empty one, the end
    first = in_child(house, lambda h: looks(h, at(day), again=SOON, dies_at=nth))
    assert ended(first) == -signal.SIGKILL
    with house.readers() as session:
        run = select(SweepRun.id, SweepRun.finished_at).where(SweepRun.scheduled_for == day)
        assert session.execute(run).one().finished_at is None
    later = at(day) + timedelta(minutes=1)
    assert ended(in_child(house, lambda h: looks(h, later, again=AGAIN))) == _SWEPT
