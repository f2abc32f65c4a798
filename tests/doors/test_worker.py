"""Workers: what the leading scheduler queues they do, and what one has left undone others do."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from fulfilment_monitor import clock
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.scheduler import Daily, tasks, worker
from fulfilment_monitor.services import queue, workers
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.sweeps import Lease, SweepRun
from tests.services.builders import a_document, lead_list, register, violations
from tests.services.workers import ended, in_child

pytestmark = pytest.mark.usefixtures("no_loop_of_others")


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    settings = Settings(
        database_url=database_url,
        alert_sink=str(tmp_path / "sink"),
        keys_dir=str(tmp_path / "keys"),
    )
    opened = open_house(settings)
    yield opened
    opened.close()


def show(house: House, name: str = "w") -> None:
    with house.sessions.begin() as session:
        workers.sign_in(session, name, now=clock.now())


def enqueue(house: House, task: str, **args: Any) -> None:
    with house.sessions.begin() as session:
        queue.enqueue(session, task, args, now=clock.now())


def left(house: House) -> int:
    with house.readers() as session:
        return queue.count_jobs(session)


def finished(house: House) -> list[bool]:
    with house.readers() as session:
        return [at is not None for at in session.scalars(select(SweepRun.finished_at))]


@pytest.mark.proves("R-14")
def test_what_the_leader_shares_out_a_worker_does_and_what_follows_it(
    house: House, tmp_path: Path
) -> None:
    register(house, a_document())
    show(house)
    daily = Daily(house)
    assert daily.run() is None  # it was queued
    assert (finished(house), lead_list(house)) == ([False], [])
    worker.work(house, until_empty=True)
    assert finished(house) == [True]
    assert len(lead_list(house)) == 1
    assert left(house) == 0
    assert len(list((tmp_path / "sink").iterdir())) == 1  # the night has followed
    assert daily.run() is None
    assert violations(house) == []


def test_without_workers_the_leader_does_it_all_itself(house: House) -> None:
    register(house, a_document())
    assert Daily(house).run() is not None
    assert (finished(house), len(lead_list(house)), left(house)) == ([True], 1, 0)


def test_a_leader_whose_workers_have_gone_finishes_what_they_left(house: House) -> None:
    register(house, a_document())
    show(house)
    daily = Daily(house)
    daily.run()
    with house.sessions.begin() as session:
        workers.sign_out(session, "w")
    assert daily.run() is not None
    assert (finished(house), len(lead_list(house))) == ([True], 1)


def test_where_nobody_works_the_scheduler_does_what_waits_in_our_own_table(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "_is_installed", lambda: False)
    enqueue(house, "deliver")
    show(house)
    daily = Daily(house)
    assert daily.work_off() == 0  # somebody does
    with house.sessions.begin() as session:
        workers.sign_out(session, "w")
    assert daily.work_off() == 1
    assert left(house) == 0


def test_only_the_leader_sees_to_what_comes_again_and_again(house: House) -> None:
    first, second = Daily(house), Daily(house)
    assert first.lead()
    assert not second.lead()
    assert first.give_out("deliver")
    assert not second.give_out("deliver")
    show(house)
    assert first.give_out("deliver")
    assert first.give_out("deliver")  # waits already
    assert left(house) == 1


def test_when_the_leader_is_killed_the_second_scheduler_leads_after_its_lease(
    house: House,
) -> None:
    def dies(h: House) -> None:
        Daily(h).lead()
        os.kill(os.getpid(), signal.SIGKILL)

    assert ended(in_child(house, dies)) == -signal.SIGKILL
    second = Daily(house)
    assert not second.lead()
    with house.readers() as session:
        until = session.scalars(select(Lease.until).where(Lease.name == "sweep")).one()
    now = clock.moment()
    assert (until - now.now).total_seconds() <= 90
    second.moment = lambda: clock.Moment(until + (until - now.now), now.today)
    assert second.lead()


@pytest.mark.parametrize("theirs", [True, False])
def test_a_job_that_fails_is_tried_again_until_it_is_done(
    house: House, theirs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not theirs:
        monkeypatch.setattr(queue, "_is_installed", lambda: False)
    tried: list[int] = []

    def thrice(_house: House, args: dict[str, Any], _moment: object) -> None:
        tried.append(args["n"])
        if len(tried) < 3:
            raise RuntimeError("not yet")

    monkeypatch.setitem(tasks.TASKS, f"thrice.{theirs}", thrice)  # type: ignore[arg-type]
    monkeypatch.setattr(queue, "_MOST_SECONDS", 0)
    enqueue(house, f"thrice.{theirs}", n=7)
    deadline = time.monotonic() + 20
    while left(house) and time.monotonic() < deadline:
        worker.work(house, until_empty=True)
    assert tried == [7, 7, 7]
    assert left(house) == 0


def test_a_worker_told_to_end_does_what_it_has_begun_and_nothing_more(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, done = tmp_path / "begun", tmp_path / "done"

    def slowly(_house: House, args: dict[str, Any], _moment: object) -> None:
        (begun / str(args["n"])).touch()
        time.sleep(0.5)
        (done / str(args["n"])).touch()

    for folder in (begun, done):
        folder.mkdir()
    monkeypatch.setitem(tasks.TASKS, "slowly", slowly)  # type: ignore[arg-type]
    enqueue(house, "slowly", n=1)
    enqueue(house, "slowly", n=2)
    child = in_child(house, worker.work)
    deadline = time.monotonic() + 20
    while not list(begun.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(child, signal.SIGTERM)
    assert ended(child) == 0
    assert [p.name for p in done.iterdir()] == ["1"]
    assert left(house) == 1
    with house.readers() as session:
        assert workers.list_workers(session, now=clock.now()) == []  # it has signed out


@pytest.mark.proves("G10")
def test_what_a_killed_worker_had_begun_another_does(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies_at_first(_house: House, _args: dict[str, Any], _moment: object) -> None:
        if not (tmp_path / "dead").exists():
            (tmp_path / "dead").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        (tmp_path / "done").touch()

    monkeypatch.setitem(tasks.TASKS, "dies", dies_at_first)  # type: ignore[arg-type]
    enqueue(house, "dies")
    assert ended(in_child(house, worker.work)) == -signal.SIGKILL
    assert left(house) == 1
    long_ago(house)
    if house.engine.dialect.name == "postgresql":
        enqueue(house, "jobs.recover", timestamp=0)  # as every minute
    worker.work(house, until_empty=True)
    worker.work(house, until_empty=True)
    assert (tmp_path / "done").exists()
    assert left(house) == 0


def long_ago(house: House) -> None:
    """Two minutes pass for what is known of workers."""
    with house.sessions.begin() as session:
        session.execute(text("DELETE FROM lease"))
        if house.engine.dialect.name == "postgresql":
            gone = "interval '2 minutes'"
            session.execute(text("DELETE FROM procrastinate_workers"))  # pruned: an orphan
            session.execute(text(f"UPDATE procrastinate_events SET at = at - {gone}"))
