"""Shards of a sweep: all of them together do what one sweep would have done, and no more."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select, text

from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.services import queue, sweep_shards
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.sweeps import SweepRun, SweepShard
from tests.conftest import _TEMPLATE, at
from tests.endurance.remains import differences, remains
from tests.postgres import create_database, drop_database
from tests.services.builders import (
    a_document,
    a_payment,
    day,
    office,
    paid,
    register,
    state,
    sweep,
    violations,
)

#: Two provinces, one of them with several counties, and one region nobody knows.
REGIONS = ("330102", "330106", "330110", "330702", "340321", "340321", "340102", "")
FIRST = day("2025-09-08")


def begin(house: House, on: date) -> int:
    with house.sessions.begin() as session:
        return sweep_shards.begin(session, office(house), day=on, now=at(on))


def shards(house: House) -> list[SweepShard]:
    with house.readers() as session:
        return list(session.scalars(select(SweepShard).order_by(SweepShard.id)))


def act(house: House, number: int, on: date) -> bool:
    done = sweep_shards.sweep_shard(house.sessions, office(house), number, now=lambda: at(on))
    return done is not None


def runs(house: House) -> list[tuple[str, bool, int]]:
    with house.readers() as session:
        rows = session.scalars(select(SweepRun).order_by(SweepRun.id)).all()
    return [(str(r.scheduled_for), r.finished_at is not None, r.leads) for r in rows]


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_shards, "_WORTH", 2)
    monkeypatch.setattr(sweep_shards, "_PARTS", 4)


@pytest.fixture
def pair(postgres: str, tmp_path: Path) -> Iterator[tuple[House, House]]:
    """Two registers that are told the same."""
    found = []
    for name in ("whole", "sharded"):
        url = create_database(postgres, f"shards_{name}", template=_TEMPLATE)
        found.append(open_house(Settings(database_url=url, keys_dir=str(tmp_path / name))))
    yield found[0], found[1]
    for house, name in zip(found, ("whole", "sharded"), strict=True):
        house.close()
        drop_database(postgres, f"shards_{name}")


def a_register(house: House) -> None:
    """Payments due over some days, in all regions; some are paid in time, some late."""
    documents = [
        a_document(
            a_payment(due_on=str(FIRST + timedelta(days=n % 5))),
            contract_no=f"HT-{n}",
            region=REGIONS[n % len(REGIONS)] or "340321",
        )
        for n in range(32)
    ]
    register(house, *documents)


@pytest.mark.proves("G1", "I-1", "I-2", "R-14")
def test_all_shards_together_do_exactly_what_one_sweep_does(
    pair: tuple[House, House], small_shards: None
) -> None:
    whole, sharded = pair
    for house in pair:
        a_register(house)
    for n, span in enumerate((0, 3, 10, 17, 30)):
        on = FIRST + timedelta(days=span)
        sweep(whole, on.isoformat())
        assert begin(sharded, on) == len([s for s in shards(sharded) if not s.finished_at])
        numbers = [s.id for s in shards(sharded) if s.finished_at is None]
        Random(n).shuffle(numbers)
        assert all(act(sharded, number, on) for number in numbers)
        for house in pair:  # what comes in between two sweeps
            state(house, paid(str(on)), str(on), number=f"HT-{n}")
    assert len(shards(sharded)) > 10
    ours, theirs = remains(sharded), remains(whole)
    assert differences(ours, theirs) == []
    assert [r[1:] for r in runs(sharded)] == [r[1:] for r in runs(whole)]
    assert violations(sharded) == []


def test_shards_lie_inside_different_regions_and_the_last_outside_of_all(
    pair: tuple[House, House], small_shards: None
) -> None:
    _, house = pair
    a_register(house)
    begin(house, FIRST)
    found = shards(house)
    assert [s.inside for s in found] == [True] * (len(found) - 1) + [False]
    assert found[-1].regions == sorted(r for s in found[:-1] for r in s.regions)
    assert len(found) == 5
    assert {len(region) for region in found[-1].regions} <= {2, 4, 6}


@pytest.mark.proves("G2")
def test_a_day_is_done_when_its_last_shard_is_and_then_the_night_is_queued(
    house: House, small_shards: None
) -> None:
    a_register(house)
    on = FIRST + timedelta(days=20)
    begin(house, on)
    *first, last = [s.id for s in shards(house)]
    for number in first:
        act(house, number, on)
    assert [r[1] for r in runs(house)] == [False]
    assert act(house, last, on)
    assert runs(house) == [(str(on), True, 32)]
    assert waiting(house).count("nightly") == 1
    for number in (*first, last):  # a job that is done again finds nothing to do
        assert not act(house, number, on)
    assert runs(house) == [(str(on), True, 32)]
    assert begin(house, on) == 0


def waiting(house: House) -> list[str]:
    with house.readers() as session:
        if queue.is_procrastinate(session):
            names = text("SELECT task_name FROM procrastinate_jobs ORDER BY id")
            return list(session.scalars(names))
        return list(queue.tasks_waiting(session))


def test_beginning_again_queues_only_what_is_neither_done_nor_waits(
    house: House, small_shards: None
) -> None:
    a_register(house)
    assert begin(house, FIRST) == len(shards(house))
    before = len(shards(house))
    assert begin(house, FIRST) == 0
    assert len(shards(house)) == before
    assert waiting(house) == [sweep_shards.TASK] * before


def test_a_run_whose_workers_are_gone_is_finished_by_one_sweep(
    house: House, small_shards: None
) -> None:
    from fulfilment_monitor.services import sweeps

    a_register(house)
    on = FIRST + timedelta(days=20)
    begin(house, on)
    numbers = [s.id for s in shards(house)]
    if len(numbers) > 1:
        act(house, numbers[0], on)
    done = sweeps.sweep(
        house.sessions, office(house), as_of=on, now=lambda: at(on), scheduled_for=on
    )
    assert runs(house) == [(str(on), True, 32)]
    assert done.leads <= 32
    assert not act(house, numbers[-1], on)
    assert violations(house) == []
