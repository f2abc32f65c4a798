"""Two workers against one on the same day of the same register, and what it costs to queue a job.

Workers are processes of their own, opened beforehand; what follows a night is left out. Each
measurement works on a fresh copy of one register.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from statistics import median
from time import perf_counter
from typing import Any
from unittest.mock import patch

from sqlalchemy import make_url, select

from bench import register
from bench.places import Place
from bench.register import FIRST_DUE, NOW, Part, Stretch
from bench.rows import Row, Target
from fulfilment_monitor import clock
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.scheduler import tasks, worker
from fulfilment_monitor.services import breaches, queue, sweep_shards, sweeps
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.sweep_sql import Shard
from fulfilment_monitor.store.sweeps import SweepRun
from tests.postgres import create_database

_TURNS = 3
_ACTING = 40_000
#: Due dates lie so far back that each payment acts, and as many leads open as payments.
_DUE_DAYS = 30
_TWICE = Target(11, "at least", 1.5)
_QUEUED = Target(13, "at most", 10)


def run(place: Place) -> Iterator[Row]:
    """Both, on PostgreSQL: SQLite has one writer."""
    contracts = place.sized(_ACTING)
    house = place.keep("postgresql")
    register.begin(house)
    register.add(house, Part(Stretch(contracts, _DUE_DAYS), FIRST_DUE))
    register.settle(house)
    day = FIRST_DUE + timedelta(days=_DUE_DAYS + 16)
    template = str(make_url(house.settings.database_url).database)
    house.close()
    taken: dict[int, list[float]] = {1: [], 2: []}
    for turn in range(_TURNS):
        for count in (1, 2):
            name = f"bench_machines_{turn}_{count}"
            url = create_database(place.server, name, template)
            taken[count].append(_shared_out(url, day, count))
            place.forget(url)
    ratios = [one / two for one, two in zip(taken[1], taken[2], strict=True)]
    yield Row(
        "two workers ÷ one, on two cores",
        "postgresql",
        f"{contracts:,} acting, each of them a lead, in shards by region",
        median(ratios),
        "×",
        _TWICE,
        {
            "acting_a_second_one": contracts / median(taken[1]),
            "acting_a_second_two": contracts / median(taken[2]),
            "ratios": sorted(round(r, 2) for r in ratios),
        },
    )
    url = create_database(place.server, "bench_machines_queued", template)
    yield _queued(url, day)
    place.forget(url)


def _shared_out(url: str, day: date, count: int) -> float:
    """Seconds that so many workers take for the shards of a day."""
    house = open_house(Settings(database_url=url))
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.machines", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(count)
    ]
    for started in workers:
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
    with house.sessions.begin() as session:
        sweep_shards.begin(session, house.office(), day=day, now=NOW)
    for started in workers:
        assert started.stdin is not None
        started.stdin.write("\n")
        started.stdin.flush()
    spans = [json.loads(started.communicate()[0]) for started in workers]
    worked = [span for span in spans if span]
    seconds = max(ended for _, ended in worked) - min(began for began, _ in worked)
    with house.readers() as session:
        run = session.scalars(select(SweepRun)).one()
        assert run.finished_at is not None
    house.close()
    return seconds


def _queued(url: str, day: date) -> Row:
    """Of a sweep's batches: the share of queueing a job, beside writing the leads."""
    house = open_house(Settings(database_url=url))
    took: dict[str, list[float]] = {"leads": [], "jobs": []}
    with ExitStack() as stack:
        stack.enter_context(_timed(breaches, "insert_new", took["leads"]))
        stack.enter_context(_timed(queue, "enqueue", took["jobs"]))
        whole = Shard(0, inside=False, regions=())
        with house.sessions.begin() as session:
            number = sweeps.begin(session, house.office(), day, NOW, None)
        done = sweeps.act(
            house.sessions, house.office(), number, as_of=day, now=lambda: NOW, shard=whole
        )
    house.close()
    return Row(
        "queueing a job in the transaction ÷ inserting its leads",
        "postgresql",
        f"{done.leads:,} leads in {len(took['jobs'])} transactions, as shipped",
        100 * sum(took["jobs"]) / sum(took["leads"]),
        "%",
        _QUEUED,
        {
            "ms_a_job": 1e3 * median(took["jobs"]),
            "ms_the_leads_of_a_batch": 1e3 * median(took["leads"]),
        },
    )


@contextmanager
def _timed(module: object, name: str, took: list[float]) -> Iterator[None]:
    work = getattr(module, name)

    def timed(*given: object, **more: object) -> object:
        began = perf_counter()
        try:
            return work(*given, **more)
        finally:
            took.append(perf_counter() - began)

    with patch.object(module, name, timed):
        yield


def _be_a_worker(house: House) -> None:
    """Work until nothing waits; say when the first shard was begun and the last one done."""
    moments: list[float] = []
    sweep = tasks.TASKS[sweep_shards.TASK]

    def timed(*given: Any) -> None:
        moments.append(clock.monotonic())
        sweep(*given)
        moments.append(clock.monotonic())

    ours = {sweep_shards.TASK: timed, sweep_shards.AFTERWARDS: lambda *_: None}
    with patch.dict(tasks.TASKS, ours):
        print("ready", flush=True)
        sys.stdin.readline()
        worker.work(house, until_empty=True)
    print(json.dumps(moments and [moments[0], moments[-1]]))


if __name__ == "__main__":
    _be_a_worker(open_house(Settings(database_url=sys.argv[1])))
