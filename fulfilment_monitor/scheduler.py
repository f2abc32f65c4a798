"""When things run. APScheduler says when; the database says who and whether.

One process: inside `serve` for an embedded database, else `fulfilment-monitor scheduler`. A
second one is harmless: the lease lets one lead, and a business day is one run.
"""

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger

from . import clock
from .domain.errors import ClockAlarm
from .domain.secrets import Secrets
from .gateways import anchor_sink, file_sink, upload_store
from .house import House, keys_of
from .services import clocks, nightly, sweeps
from .services.leases import take_lease

log = logging.getLogger(__name__)

_LEASE_SECONDS = 900
_LOOK_AGAIN_MINUTES = 10
_DAILY_HOUR = 6


@dataclass
class Daily:
    """The daily job of one process, and what it remembers of its clocks."""

    house: House
    moment: Callable[[], clock.Moment] = clock.moment
    monotonic: Callable[[], float] = clock.monotonic
    owner: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        self._began: tuple[datetime, float] = (self.moment().now, self.monotonic())

    def run(self) -> sweeps.Outcome | None:
        """Sweep for today unless it has been done, or another leads; None if so.

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
            leads = alarm is None and take_lease(  # a lease counts by the clock that is in doubt
                session, "sweep", self.owner, now=now, seconds=_LEASE_SECONDS
            )
            done = sweeps.is_done(session, today)
        if alarm is not None:
            log.error("clock.alarm", extra={"detail": alarm})
            self._began = (now, self.monotonic())  # the alarm is on record; watch from here
        if not leads or done:
            return None
        office = self.house.office()
        try:
            outcome = sweeps.sweep(
                self.house.sessions,
                office,
                as_of=today,
                now=lambda: self.moment().now,
                scheduled_for=today,
            )
        except ClockAlarm as refused:
            log.error("sweep.refused", extra={"detail": str(refused)})
            return None
        log.info("sweep.done", extra={**outcome._asdict(), "as_of": str(outcome.as_of)})
        keys = keys_of(self.house)
        nightly.follow(
            self.house.sessions, office, keys, channels=self.house.channels, now=now, today=today
        )
        self.anchor(keys)
        self.deliver()
        return outcome

    def anchor(self, keys: Secrets | None = None) -> None:
        """Sign where the record of acts ends; a witness's folder gets it, if one is set."""
        folder, now = self.house.settings.anchor_sink, self.moment().now
        anchor_sink.anchor(self.house.sessions, keys or keys_of(self.house), folder, now)

    def deliver(self) -> int:
        """Hand what waits in the outbox to the file sink, if one is set."""
        folder = self.house.settings.alert_sink
        if not folder:
            return 0
        return file_sink.deliver(
            self.house.sessions, self.house.policy, Path(folder), lambda: self.moment().now
        )

    def forget(self) -> int:
        """Delete uploads that nobody came back to confirm."""
        return upload_store.sweep(self.house.settings.uploads_path(), self.moment().now)

    def _jumped(self, now: datetime) -> int:
        began, steady = self._began
        return round((now - began).total_seconds() - (self.monotonic() - steady))


def schedule(scheduler: BaseScheduler, daily: Daily) -> BaseScheduler:
    """The sweep at start, every day at six, and a look every ten minutes; an anchor every hour.

    Uploads that are over are looked for every ten minutes too.
    """
    scheduler.configure(
        timezone=clock.BEIJING,
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    every_day = CronTrigger(hour=_DAILY_HOUR, day_of_week="mon-sun", timezone=clock.BEIJING)
    scheduler.add_job(daily.run, every_day, id="sweep.daily")
    soon = daily.moment().now
    again = IntervalTrigger(minutes=_LOOK_AGAIN_MINUTES, timezone=clock.BEIJING)
    scheduler.add_job(daily.run, again, id="sweep.catch-up", next_run_time=soon)
    forget = IntervalTrigger(minutes=_LOOK_AGAIN_MINUTES, timezone=clock.BEIJING)
    scheduler.add_job(daily.forget, forget, id="uploads.forget")
    hourly = IntervalTrigger(hours=1, timezone=clock.BEIJING)
    scheduler.add_job(daily.anchor, hourly, id="record.anchor")
    return scheduler
