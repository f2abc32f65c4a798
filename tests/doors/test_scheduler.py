"""The scheduler: once a business day, however many processes, restarts and missed days."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from apscheduler.events import EVENT_JOB_EXECUTED
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import insert, select

from fulfilment_monitor import clock
from fulfilment_monitor.clock import BEIJING, Moment
from fulfilment_monitor.gateways import upload_store
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.scheduler import Daily, schedule
from fulfilment_monitor.scheduler.tasks import EVERY_SECONDS
from fulfilment_monitor.services import clocks, sweeps
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.sweeps import SweepRun
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    a_document,
    day,
    lead_list,
    register,
    rules_raised,
    violations,
)

#: Wide enough for a clock that tests set to days long past.
ANY_CLOCK = 10**9


class Wall:
    """A clock on the wall, and the steady clock behind it, both moved by hand."""

    def __init__(self, written: str) -> None:
        self.now = at(day(written))
        self.steady = 0.0

    def moment(self) -> Moment:
        return Moment(self.now, self.now.astimezone(BEIJING).date())

    def monotonic(self) -> float:
        return self.steady

    def wait(self, **span: int) -> None:
        """Time passes."""
        self.now += timedelta(**span)
        self.steady += timedelta(**span).total_seconds()

    def jump(self, **span: int) -> None:
        """Somebody moves the hands."""
        self.now += timedelta(**span)


@pytest.fixture
def open_all_hours(database_url: str, tmp_path: Path) -> Iterator[House]:
    """A house whose guard takes any clock, with a folder for alerts."""
    settings = Settings(
        database_url=database_url,
        alert_sink=str(tmp_path / "sink"),
        uploads_dir=str(tmp_path / "uploads"),
        clock_tolerance_seconds=ANY_CLOCK,
        keys_dir=str(tmp_path / "keys"),
    )
    house = open_house(settings)
    yield house
    house.close()


def runs(house: House) -> list[tuple[str, bool]]:
    """The business days on which it ran, and whether the run was finished."""
    with house.readers() as session:
        rows = session.scalars(select(SweepRun).order_by(SweepRun.id)).all()
    return [(str(r.scheduled_for), r.finished_at is not None) for r in rows]


def test_a_business_day_is_one_run(open_all_hours: House) -> None:
    register(open_all_hours, a_document())
    wall = Wall("2025-09-25")
    daily = Daily(open_all_hours, wall.moment, wall.monotonic)
    outcome = daily.run()
    assert outcome is not None
    assert (str(outcome.as_of), outcome.leads) == ("2025-09-25", 1)
    for _ in range(3):
        wall.wait(minutes=10)
        assert daily.run() is None
    wall.wait(days=1)
    assert daily.run() is not None
    assert runs(open_all_hours) == [("2025-09-25", True), ("2025-09-26", True)]


@pytest.mark.proves("G6")
def test_a_business_day_begins_at_midnight_in_beijing(open_all_hours: House) -> None:
    wall = Wall("2025-09-25")
    daily = Daily(open_all_hours, wall.moment, wall.monotonic)
    daily.run()
    wall.wait(hours=14, minutes=59)  # 23:59 in Beijing
    assert daily.run() is None
    wall.wait(minutes=1)
    assert daily.run() is not None
    assert runs(open_all_hours)[-1] == ("2025-09-26", True)


def test_two_of_them_do_what_one_would_have_done(open_all_hours: House) -> None:
    register(open_all_hours, *(a_document(contract_no=f"HT-{n}") for n in range(5)))
    wall = Wall("2025-09-24")
    dailies = [Daily(open_all_hours, wall.moment, wall.monotonic) for _ in range(2)]
    for _ in range(4):
        for daily in dailies:
            daily.run()
        wall.wait(days=1)
    assert len(lead_list(open_all_hours)) == 5
    assert runs(open_all_hours) == [(f"2025-09-{n}", True) for n in (24, 25, 26, 27)]
    assert violations(open_all_hours) == []


def test_while_one_leads_the_other_waits_and_takes_over_when_it_is_gone(
    open_all_hours: House,
) -> None:
    wall = Wall("2025-09-24")
    first, second = (Daily(open_all_hours, wall.moment, wall.monotonic) for _ in range(2))
    assert first.run() is not None
    wall.wait(minutes=10)
    assert second.run() is None
    wall.wait(days=1)  # the first one is gone, and so is its lease
    assert second.run() is not None


@pytest.mark.proves("R-14", "G11")
def test_days_that_were_missed_are_made_good(open_all_hours: House, tmp_path: Path) -> None:
    register(open_all_hours, a_document())  # due 2025-09-10
    wall = Wall("2025-09-09")
    Daily(open_all_hours, wall.moment, wall.monotonic).run()
    wall.wait(days=30)
    again = Daily(open_all_hours, wall.moment, wall.monotonic)
    outcome = again.run()
    assert outcome is not None
    # T+0, T+1, T+7, T+10 (nobody has reported anything) and T+15 fell into the gap
    assert (outcome.alerts, outcome.leads) == (5, 1)
    assert rules_raised(open_all_hours)[-1] == "payment.t+15"
    assert [i["breached_on"] for i in lead_list(open_all_hours)] == ["2025-09-10"]
    sink = (tmp_path / "sink" / "alerts-2025-10-09.jsonl").read_text("utf-8")
    assert len(sink.splitlines()) == 6


def test_a_run_that_was_cut_short_is_finished_not_repeated(open_all_hours: House) -> None:
    register(open_all_hours, a_document())
    wall = Wall("2025-09-25")
    unfinished = {"as_of": day("2025-09-25"), "scheduled_for": day("2025-09-25")}
    counts = {"duties": 0, "alerts": 0, "leads": 0}
    with open_all_hours.sessions.begin() as session:
        session.execute(insert(SweepRun).values(**unfinished, **counts, started_at=wall.now))
    assert Daily(open_all_hours, wall.moment, wall.monotonic).run() is not None
    assert runs(open_all_hours) == [("2025-09-25", True)]
    assert len(lead_list(open_all_hours)) == 1


def test_alerts_that_a_crash_left_in_the_outbox_leave_with_the_next_run(
    open_all_hours: House, tmp_path: Path
) -> None:
    register(open_all_hours, a_document())
    swept = at(day("2025-09-25"))
    sweeps.sweep(
        open_all_hours.sessions,
        open_all_hours.office(),
        as_of=day("2025-09-25"),
        now=lambda: swept,
        scheduled_for=day("2025-09-25"),
    )  # and here the process ends
    wall = Wall("2025-09-26")
    Daily(open_all_hours, wall.moment, wall.monotonic).run()
    sink = (tmp_path / "sink" / "alerts-2025-09-25.jsonl").read_text("utf-8")
    assert len(sink.splitlines()) == 2


# --- the guard, with the tolerance that ships -------------------------------------------------


class Today(Wall):
    """The real clock, from which only the test departs."""

    def __init__(self) -> None:
        super().__init__("2025-01-01")
        self.off = timedelta()
        self.began = clock.monotonic()

    def moment(self) -> Moment:
        now: datetime = clock.now() + self.off
        return Moment(now, now.astimezone(BEIJING).date())

    def monotonic(self) -> float:
        return clock.monotonic() - self.began + self.steady

    def jump(self, **span: int) -> None:
        self.off += timedelta(**span)

    def wait(self, **span: int) -> None:
        self.off += timedelta(**span)
        self.steady += timedelta(**span).total_seconds()


def alarms(house: House) -> int:
    with house.sessions.begin() as session:
        return clocks.acknowledge(session, by=CLERK, now=clock.now())


def test_the_real_clock_raises_no_alarm(house: House) -> None:
    assert Daily(house).run() is not None
    assert alarms(house) == 0


@pytest.mark.proves("E7")
@pytest.mark.parametrize("days", [-1, 3])
def test_a_clock_that_was_moved_stops_the_daily_run_until_acknowledged(
    house: House, days: int
) -> None:
    register(house, a_document())
    today = Today()
    daily = Daily(house, today.moment, today.monotonic)
    today.jump(days=days)
    assert daily.run() is None
    assert (runs(house), lead_list(house)) == ([], [])
    today.jump(days=-days)  # put right, but nobody has looked yet
    assert daily.run() is None
    assert alarms(house) == 1
    assert daily.run() is not None
    assert len(lead_list(house)) == 1


def test_being_down_for_days_is_no_jump(house: House) -> None:
    # a machine that slept: both clocks moved on, and the database's with them
    today = Today()
    today.wait(days=-5)
    daily = Daily(house, today.moment, today.monotonic)
    today.wait(days=5)
    assert daily.run() is not None
    assert alarms(house) == 0


def test_a_machine_that_is_started_again_compares_with_the_database_only(house: House) -> None:
    Daily(house).run()
    assert Daily(house, clock.moment, lambda: clock.monotonic() + 10**7).run() is None
    assert alarms(house) == 0


# --- when -------------------------------------------------------------------------------------


def test_the_jobs_are_daily_at_six_in_beijing_and_a_look_every_ten_minutes(house: House) -> None:
    scheduler = schedule(BackgroundScheduler(), Daily(house))
    jobs = {job.id: job for job in scheduler.get_jobs()}
    ours = ["jobs.work-off", "lead", "sweep.catch-up", "sweep.daily", "uploads.forget"]
    assert sorted(jobs) == sorted([*EVERY_SECONDS, *ours])
    fires, moment = [], datetime(2025, 9, 20, 12, tzinfo=BEIJING)  # a Saturday
    for _ in range(9):
        moment = jobs["sweep.daily"].trigger.get_next_fire_time(None, moment)
        fires.append(moment.isoformat())
        moment += timedelta(seconds=1)
    assert fires == [f"2025-09-{n}T06:00:00+08:00" for n in range(21, 30)]
    assert jobs["sweep.catch-up"].trigger.interval == timedelta(minutes=10)


def test_it_sweeps_as_soon_as_it_is_started(house: House) -> None:
    register(house, a_document())
    scheduler, swept = BackgroundScheduler(), Event()
    schedule(scheduler, Daily(house)).add_listener(lambda _: swept.set(), EVENT_JOB_EXECUTED)
    scheduler.start()
    assert swept.wait(30)
    scheduler.shutdown()
    assert len(lead_list(house)) == 1


def test_uploads_nobody_comes_back_for_are_deleted(open_all_hours: House) -> None:
    wall = Wall("2025-07-01")
    folder = open_all_hours.settings.uploads_path()
    upload_store.hold(folder, b"a,b", "x.csv", owner="1", now=wall.now)
    daily = Daily(open_all_hours, wall.moment, wall.monotonic)
    wall.wait(minutes=59)
    assert daily.forget() == 0
    wall.wait(minutes=1)
    assert daily.forget() == 1
    assert list(folder.iterdir()) == []
