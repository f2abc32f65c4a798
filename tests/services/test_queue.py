"""The queue: a job is there when its transaction is, and is done once it is begun; none is lost."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from fulfilment_monitor.house import House
from fulfilment_monitor.services import queue, workers
from tests.conftest import at
from tests.services.builders import day

NINE = at(day("2025-09-10"))


def later(seconds: int) -> datetime:
    return NINE + timedelta(seconds=seconds)


def enqueue(house: House, task: str = "deliver", key: str | None = None) -> bool:
    with house.sessions.begin() as session:
        return queue.enqueue(session, task, {"n": 1}, key=key, now=NINE)


def count(house: House) -> int:
    with house.readers() as session:
        return queue.count_jobs(session)


class TestBothQueues:
    """On SQLite our own table, on PostgreSQL Procrastinate."""

    def test_what_is_taken_back_queues_nothing(self, house: House) -> None:
        with house.sessions() as session:
            queue.enqueue(session, "deliver", now=NINE)
            session.rollback()
        assert count(house) == 0
        enqueue(house)
        assert count(house) == 1

    def test_of_one_key_one_job_waits(self, house: House) -> None:
        assert enqueue(house, key="deliver")
        assert not enqueue(house, key="deliver")
        assert enqueue(house, key="another")
        assert enqueue(house)
        assert enqueue(house)
        assert count(house) == 4

    def test_a_key_that_waits_leaves_the_transaction_whole(self, house: House) -> None:
        enqueue(house, key="deliver")
        with house.sessions.begin() as session:
            queue.enqueue(session, "anchor", now=NINE)
            assert not queue.enqueue(session, "deliver", key="deliver", now=NINE)
            queue.enqueue(session, "nightly", now=NINE)
        assert count(house) == 3


def test_procrastinate_keeps_the_jobs_on_postgresql_and_our_table_elsewhere(house: House) -> None:
    enqueue(house)
    on_postgresql = house.engine.dialect.name == "postgresql"
    with house.readers() as session:
        assert queue.is_procrastinate(session) == on_postgresql
        assert queue.waits(session, now=NINE) == (not on_postgresql)
        if on_postgresql:
            row = session.execute(text("SELECT task_name, args FROM procrastinate_jobs")).one()
            assert tuple(row) == ("deliver", {"n": 1})


@pytest.fixture
def ours(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A house where Procrastinate is not installed."""
    monkeypatch.setattr(queue, "_is_installed", lambda: False)
    return house


def claim(house: House, worker: str, now: datetime = NINE) -> queue.Claimed | None:
    with house.sessions.begin() as session:
        return queue.claim(session, worker, now=now)


def test_a_job_is_begun_by_one_and_gone_when_it_is_done(ours: House) -> None:
    enqueue(ours)
    job = claim(ours, "a")
    assert job is not None
    assert (job.task, job.args, job.tries) == ("deliver", {"n": 1}, 0)
    assert claim(ours, "b") is None
    with ours.sessions.begin() as session:
        queue.done(session, job, "a")
    assert count(ours) == 0


def test_jobs_are_begun_in_the_order_they_came(ours: House) -> None:
    for task in ("anchor", "deliver", "nightly"):
        enqueue(ours, task)
    found = [claim(ours, "a") for _ in range(3)]
    assert [job.task for job in found if job] == ["anchor", "deliver", "nightly"]


def test_what_failed_waits_longer_each_time_and_is_never_given_up(ours: House) -> None:
    enqueue(ours)
    now, waited = NINE, []
    for _ in range(12):
        job = claim(ours, "a", now)
        assert job is not None
        with ours.sessions.begin() as session:
            again = queue.put_back(session, job, "a", now=now)
        assert again is not None
        assert claim(ours, "a", again - timedelta(seconds=1)) is None
        waited.append(round((again - now).total_seconds()))
        now = again
    assert waited == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]


def test_of_one_key_another_may_wait_while_one_is_being_done(ours: House) -> None:
    enqueue(ours, key="deliver")
    job = claim(ours, "a")
    assert job is not None
    assert enqueue(ours, key="deliver")
    with ours.sessions.begin() as session:  # it failed: the one that waits will do
        assert queue.put_back(session, job, "a", now=NINE) is None
    assert count(ours) == 1
    assert claim(ours, "b") is not None


@pytest.mark.proves("G10")
def test_what_a_killed_worker_had_begun_waits_again_when_its_lease_has_run_out(
    ours: House,
) -> None:
    for worker in ("a", "b"):
        with ours.sessions.begin() as session:
            workers.sign_in(session, worker, now=NINE)
        enqueue(ours)
        assert claim(ours, worker) is not None
    with ours.sessions.begin() as session:
        assert queue.reap(session, now=later(60)) == 0
    with ours.sessions.begin() as session:
        workers.sign_in(session, "b", now=later(60))  # and of a nothing is heard any more
    with ours.sessions.begin() as session:
        assert queue.reap(session, now=later(61)) == 1
    job = claim(ours, "b", later(61))
    assert job is not None
    assert job.tries == 1


def test_a_job_that_was_taken_from_a_worker_is_not_ended_by_it(ours: House) -> None:
    enqueue(ours)
    job = claim(ours, "a")
    assert job is not None
    with ours.sessions.begin() as session:
        assert queue.reap(session, now=NINE) == 1  # a never showed itself
    assert claim(ours, "b") is not None
    with ours.sessions.begin() as session:
        queue.done(session, job, "a")
        assert queue.put_back(session, job, "a", now=NINE) is None
    assert count(ours) == 1


def test_workers_are_known_while_they_show_themselves(house: House) -> None:
    def known(seconds: int) -> list[str]:
        with house.readers() as session:
            return workers.list_workers(session, now=later(seconds))

    for worker, seconds in (("a", 0), ("b", 30)):
        with house.sessions.begin() as session:
            workers.sign_in(session, worker, now=later(seconds))
    assert (known(30), known(61), known(91)) == (["a", "b"], ["b"], [])
    with house.sessions.begin() as session:
        workers.sign_out(session, "b")
    assert known(30) == ["a"]
