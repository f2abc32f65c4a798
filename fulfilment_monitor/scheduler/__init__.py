"""When things run. APScheduler says when; the database says who and whether.

With an embedded database all of it is one process: inside `serve`. Else the scheduler is one of its
own; a second one is harmless: the lease lets one lead, and a business day is one run. Where
workers are about, the leader queues the work for them; where none is, it does it itself.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.orm import Session

from .. import clock
from ..domain.errors import ClockAlarm
from ..gateways import alive, errands, upload_store
from ..house import House
from ..services import clocks, queue, sweep_shards, sweeps, workers
from ..services.leases import take_lease
from . import tasks, worker

log = logging.getLogger(__name__)

#: A leader that has been killed is followed after this many seconds.
_LEASE_SECONDS = 90
_LEAD_EVERY_SECONDS = 20
_LOOK_AGAIN_MINUTES = 10
_WORK_OFF_EVERY_SECONDS = 5
_DAILY_HOUR = 6


@dataclass
class Daily:
    """What one scheduler does, and what it remembers of its clocks."""

    house: House
    moment: Callable[[], clock.Moment] = clock.moment
    monotonic: Callable[[], float] = clock.monotonic
    owner: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        self._began: tuple[datetime, float] = (self.moment().now, self.monotonic())

    def run(self) -> sweeps.Outcome | None:
        """Sweep for today unless it has been done, or another leads, or workers will; None then.

        However many days were missed, today's run finds what they would have.
        """
        now, today = self.moment()
        with self.house.sessions.begin() as session:
            alarm = clocks.watch_clocks(
                session,
                now=now,
                elapsed_offset_seconds=self._jumped(now),
                tolerance_seconds=self.house.settings.clock_tolerance_seconds,
            )
            leads = alarm is None and self._takes_lease(session, now)  # it counts by the clock
            done = sweeps.is_done(session, today)
        if alarm is not None:
            log.error("clock.alarm", extra={"detail": alarm})
            self._began = (now, self.monotonic())  # the alarm is on record; watch from here
        if not leads or done:
            return None
        try:
            return None if self._shares_out(today, now) else self._sweeps(today)
        except ClockAlarm as refused:
            log.error("sweep.refused", extra={"detail": str(refused)})
            return None

    def _shares_out(self, today: date, now: datetime) -> bool:
        """Queue the run for the workers, if there are any."""
        if not self._is_worked(now):
            return False
        with self.house.sessions.begin() as session:
            new = sweep_shards.begin(session, self.house.office(), day=today, now=now)
        log.info("sweep.queued", extra={"shards": new, "as_of": str(today)})
        return True

    def _sweeps(self, today: date) -> sweeps.Outcome:
        """Do the run here and now, and what follows it."""
        outcome = sweeps.sweep(
            self.house.sessions,
            self.house.office(),
            as_of=today,
            now=lambda: self.moment().now,
            scheduled_for=today,
        )
        log.info("sweep.done", extra={**outcome._asdict(), "as_of": str(outcome.as_of)})
        tasks.do(self.house, "nightly", {"day": today.isoformat()}, self.moment)
        return outcome

    def lead(self) -> bool:
        """Go on leading, or begin to where nobody does."""
        with self.house.sessions.begin() as session:
            leads = self._takes_lease(session, self.moment().now)
        alive.beat(self.house.settings)
        return leads

    def _takes_lease(self, session: Session, now: datetime) -> bool:
        return take_lease(session, "sweep", self.owner, now=now, seconds=_LEASE_SECONDS)

    def give_out(self, task: str) -> bool:
        """If this one leads: see that a task is done, by a worker if there is one."""
        now = self.moment().now
        worked = self._is_worked(now)
        with self.house.sessions.begin() as session:
            if not self._takes_lease(session, now):
                return False
            if worked:
                queue.enqueue(session, task, key=task, now=now)
        if not worked:
            tasks.do(self.house, task, {}, self.moment)
        return True

    def _is_worked(self, now: datetime) -> bool:
        with self.house.readers() as session:
            return bool(workers.list_workers(session, now=now))

    def work_off(self) -> int:
        """Where there are no workers: do what waits in our own table of jobs."""
        now = self.moment().now
        with self.house.readers() as session:
            if not queue.waits(session, now=now) or workers.list_workers(session, now=now):
                return 0
        return worker.work_off(self.house, self.owner, self.moment)

    def forget(self) -> int:
        """Delete uploads that nobody came back to confirm, and errands of a month ago."""
        settings, now = self.house.settings, self.moment().now
        errands.sweep(settings.errands_path(), now)
        return upload_store.sweep(settings.uploads_path(), now)

    def _jumped(self, now: datetime) -> int:
        began, steady = self._began
        return round((now - began).total_seconds() - (self.monotonic() - steady))


def schedule(scheduler: BaseScheduler, daily: Daily) -> BaseScheduler:
    """The sweep at start, every day at six, and a look every ten minutes; tasks in between."""
    scheduler.configure(
        timezone=clock.BEIJING,
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    every_day = CronTrigger(hour=_DAILY_HOUR, day_of_week="mon-sun", timezone=clock.BEIJING)
    scheduler.add_job(daily.run, every_day, id="sweep.daily")
    soon, again = daily.moment().now, 60 * _LOOK_AGAIN_MINUTES
    scheduler.add_job(daily.run, _every(again), id="sweep.catch-up", next_run_time=soon)
    scheduler.add_job(daily.lead, _every(_LEAD_EVERY_SECONDS), id="lead")
    scheduler.add_job(daily.forget, _every(again), id="uploads.forget")
    scheduler.add_job(daily.work_off, _every(_WORK_OFF_EVERY_SECONDS), id="jobs.work-off")
    for task, seconds in tasks.EVERY_SECONDS.items():
        scheduler.add_job(daily.give_out, _every(seconds), [task], id=task)
    return scheduler


def _every(seconds: int) -> IntervalTrigger:
    return IntervalTrigger(seconds=seconds, timezone=clock.BEIJING)
