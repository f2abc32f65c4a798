"""The daily sweep: look at every duty whose time has come, raise alerts, open leads.

Safe to run twice, late, after a crash or in several workers at once. What a sweep does to a
duty is one transaction, and the keys of alerts and leads are unique in the database.
"""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from ..domain.authority import SWEEP
from ..store.ids import new_ulid, take_ids
from ..store.once import insert_once
from ..store.sweep_sql import Batch, Shard, sweep_batch
from ..store.sweeps import SweepRun, SweepShard
from . import audit, breaches, duties, exchange, leads, pipeline, queue, tallies, timers
from .clocks import refuse_while_alarmed
from .failpoints import Reach, nothing
from .office import Office
from .policies import keep_policy, lock_timers

_BATCH_SIZE = 2_000
#: The task that takes messages out of the outbox.
DELIVER = "deliver"


class Outcome(NamedTuple):
    """What a run newly did."""

    as_of: date
    duties: int
    alerts: int
    leads: int


def sweep(
    sessions: sessionmaker[Session],
    office: Office,
    *,
    as_of: date,
    now: Callable[[], datetime],
    scheduled_for: date | None = None,
    exempt_from_clock: bool = False,
    size: int = _BATCH_SIZE,
    reach: Reach = nothing,
) -> Outcome:
    """Do everything that is due to be done as of a day.

    Args:
        as_of: the day to act for; it may lie in the past, which first sets every timer back.
        scheduled_for: the business day a scheduler runs it for; the same day is one run.
        exempt_from_clock: a day given by hand does not depend on any clock.
        reach: called with the name of each point at which a crash must do no harm.

    Raises:
        ClockAlarm: two clocks disagree and nobody has acknowledged it.
    """
    with sessions.begin() as session:
        run_id = begin(session, office, as_of, now(), scheduled_for, exempt=exempt_from_clock)
    total = act(sessions, office, run_id, as_of=as_of, now=now, size=size, reach=reach)
    with sessions.begin() as session:
        finish(session, run_id, now())
    return total


def act(
    sessions: sessionmaker[Session],
    office: Office,
    run_id: int,
    *,
    as_of: date,
    now: Callable[[], datetime],
    shard: Shard | None = None,
    size: int = _BATCH_SIZE,
    reach: Reach = nothing,
) -> Outcome:
    """Act on everything that is due in a run, or in a shard of it, batch by batch."""
    total = Outcome(as_of, 0, 0, 0)
    wait, after = False, None
    while True:
        reach("sweep.before_batch")
        with _undisturbed(), sessions.begin() as session:
            told_id = next(iter(take_ids(session, "outbox_message", 1)))
            batch = sweep_batch(
                session,
                as_of=as_of,
                run_id=run_id,
                told_id=told_id,
                size=1 if wait else size,  # who waits holds nothing another may wait for
                wait=wait,
                shard=shard,
                after=after,
            )
            reach("sweep.after_alerts")
            opened = _follow_up(session, batch, run_id, told_id, as_of, office, now())
            _count(session, run_id, shard, batch, opened)
            if shard and (batch.alerts or opened):  # no key: two shards would wait for each other
                queue.enqueue(session, DELIVER, now=now())
            reach("sweep.before_commit")
        reach("sweep.after_commit")
        total = _plus(total, batch, opened)
        if wait and not batch.duties:
            break
        wait = not batch.duties  # what another sweep still holds must be done before we say so
        after = batch.last  # who waits begins at the start: something may have come in meanwhile
    return total


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No search for garbage while a batch is worked on: it makes a great many rows and no cycles.

    Each search would look at all there is, and find nothing; after the batch they go on.
    """
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def begin(
    session: Session,
    office: Office,
    as_of: date,
    now: datetime,
    scheduled_for: date | None,
    *,
    exempt: bool = False,
) -> int:
    """Make ready for a run, and return its number; that of a business day is the same again.

    Raises:
        ClockAlarm: two clocks disagree and nobody has acknowledged it.
    """
    if not exempt:
        refuse_while_alarmed(session)
    keep_policy(session, office, now=now)
    pipeline.take_in_earlier(session, office, on=as_of, now=now)
    _go_back(session, office, as_of)
    if scheduled_for is None:
        return _new_run(session, as_of, now).id
    return _run_of_day(session, as_of, now, scheduled_for)


def _run_of_day(session: Session, as_of: date, now: datetime, scheduled_for: date) -> int:
    """The one run of a business day, whichever scheduler comes first."""
    row = {"as_of": as_of, "scheduled_for": scheduled_for, "started_at": now}
    new = insert_once(session, SweepRun, [row], SweepRun.id)
    known = select(SweepRun.id).where(SweepRun.scheduled_for == scheduled_for)
    return next(iter(new), None) or session.scalars(known).one()


def _new_run(session: Session, as_of: date, now: datetime) -> SweepRun:
    run = SweepRun(as_of=as_of, started_at=now)
    session.add(run)
    session.flush()  # its number goes into every row the run writes
    return run


def _go_back(session: Session, office: Office, as_of: date) -> None:
    """A day before the last one swept: set every timer back, so that it is seen as it was."""
    looked = duties.newest_run(session)
    if looked.as_of is not None and as_of < looked.as_of:
        lock_timers(session)
        timers.rebuild(session, office)


def _plus(total: Outcome, batch: Batch, opened: int) -> Outcome:
    return Outcome(
        total.as_of,
        total.duties + batch.duties,
        total.alerts + batch.alerts,
        total.leads + opened,
    )


def _follow_up(
    session: Session,
    batch: Batch,
    run_id: int,
    told_id: int,
    as_of: date,
    office: Office,
    now: datetime,
) -> int:
    """Evidence for the breaches of a batch, endings for what was cured, and the record of both."""
    if batch.alerts:
        body = {"run": run_id, "as_of": as_of.isoformat(), "alerts": batch.alerts}
        message = exchange.Message("alerts.raised", new_ulid(now), 1, body, told_id)
        exchange.enqueue(session, [message], now=now)
    closed = leads.close_after(session, batch.ended, by=SWEEP, now=now)
    closed += leads.close_settled(session, batch.ended, office, now=now)
    raising = breaches.Raising(run_id, as_of, now, office.policy.version)
    opened = breaches.open_leads(session, batch.breached, raising)
    pipeline.cured(session, closed, office, on=as_of, now=now)
    pipeline.take_in(session, opened, office, on=as_of, now=now)
    if batch.alerts or opened or closed:
        done = {
            "as_of": as_of,
            "duties": batch.duties,
            "alerts": batch.alerts,
            "leads": [lead.ulid for lead in opened],
            "closed": closed,
            "policy": office.policy.version,
        }
        audit.note(session, SWEEP, "sweep.batch", "sweep_run", str(run_id), done, now=now)
    return len(opened)


def _count(session: Session, run_id: int, shard: Shard | None, batch: Batch, opened: int) -> None:
    """Add a batch to what its run has done; a run that was killed keeps what it had done.

    A shard counts for itself: workers would wait for each other on the row of their run.
    """
    if not batch.duties:
        return
    counted: type[SweepRun | SweepShard] = SweepRun if shard is None else SweepShard
    session.execute(
        update(counted)
        .where(counted.id == (run_id if shard is None else shard.id))
        .values(
            duties=counted.duties + batch.duties,
            alerts=counted.alerts + batch.alerts,
            leads=counted.leads + opened,
        )
    )


def finish(session: Session, run_id: int, now: datetime) -> bool:
    """Say that a run is finished, with what its shards have done; False if somebody was first."""
    acted, raised, opened = [
        select(func.coalesce(func.sum(column), 0))
        .where(SweepShard.run_id == run_id)
        .scalar_subquery()
        for column in (SweepShard.duties, SweepShard.alerts, SweepShard.leads)
    ]
    statement = (
        update(SweepRun)
        .where(SweepRun.id == run_id, SweepRun.finished_at.is_(None))
        .values(
            finished_at=now,
            duties=SweepRun.duties + acted,
            alerts=SweepRun.alerts + raised,
            leads=SweepRun.leads + opened,
        )
    )
    new = session.execute(statement.returning(SweepRun.id)).first() is not None
    tallies.fold(session)
    return new


def rehearse(
    sessions: sessionmaker[Session], office: Office, *, as_of: date, now: Callable[[], datetime]
) -> Outcome:
    """What a sweep would do, without doing it."""
    total = Outcome(as_of, 0, 0, 0)
    with sessions() as session:
        moment = now()
        keep_policy(session, office, now=moment)
        run = _new_run(session, as_of, moment)
        _go_back(session, office, as_of)
        while True:
            told_id = next(iter(take_ids(session, "outbox_message", 1)))
            batch = sweep_batch(
                session, as_of=as_of, run_id=run.id, told_id=told_id, size=_BATCH_SIZE
            )
            if not batch.duties:
                break
            opened = _follow_up(session, batch, run.id, told_id, as_of, office, moment)
            total = _plus(total, batch, opened)
        session.rollback()
    return total


def is_done(session: Session, day: date) -> bool:
    """Whether the scheduled run of a business day has finished."""
    query = select(SweepRun.id).where(
        SweepRun.scheduled_for == day, SweepRun.finished_at.is_not(None)
    )
    return session.scalar(query) is not None
