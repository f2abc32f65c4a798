"""The only module that knows Procrastinate, which keeps the jobs on PostgreSQL.

Loaded only where the database is PostgreSQL and the package is installed. Its tables are made by
our migrations. Traps it is written around: a connector that was opened for a worker cannot join a
transaction of ours, so there are two applications; a job of a worker that was killed stays
`doing`, also when the worker's row is gone; to retry a job whose twin waits fails.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector, SyncPsycopgConnector
from procrastinate import exceptions as faults
from procrastinate.jobs import Job, Status
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.worker import Worker
from sqlalchemy import make_url, text
from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

#: Queues jobs in transactions of ours; it is never opened.
joining = App(connector=SyncPsycopgConnector())
#: What a worker opens, and what `procrastinate --app` may be pointed at.
app = App(connector=PsycopgConnector())

#: Does the task of a name with its arguments.
Run = Callable[[str, dict[str, Any]], None]
_HEARTBEAT_SECONDS = 10.0
_STALLED_SECONDS = 30.0
_POLL_SECONDS = 5.0
_AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)

#: Begun a while ago by a worker whose own lease of ours has run out; or failed by one that did
#: not know the task, as one of an older release does not.
_ORPHANS = """
SELECT j.id FROM procrastinate_jobs j
 WHERE j.status = 'failed'
    OR j.status = 'doing'
   AND NOT EXISTS (SELECT FROM lease l
                    WHERE l.name = 'worker.' || j.worker_id AND l.until >= now())
   AND (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id AND e.type = 'started')
       < now() - interval '60 seconds'
"""
_OPEN = """
SELECT count(*) FROM procrastinate_jobs
 WHERE status IN ('todo', 'doing', 'failed') AND task_name <> 'jobs.recover'
"""


def defer(session: Session, task: str, args: dict[str, Any], key: str | None) -> bool:
    """Queue a job in the transaction of a session; False if one with this key waits already."""
    if key is None:
        _defer(session, task, args, None)
        return True
    try:
        with session.begin_nested():
            _defer(session, task, args, key)
    except faults.AlreadyEnqueued:
        return False
    return True


def _defer(session: Session, task: str, args: dict[str, Any], key: str | None) -> None:
    raw = session.connection().connection.driver_connection  # asked for here: it begins savepoints
    joining.configure_task(task, connection=raw, queueing_lock=key).defer(**args)


def count(session: Session) -> int:
    """How many jobs are not done."""
    return session.scalar(text(_OPEN)) or 0


class _Again(BaseRetryStrategy):
    """Never gives a job up: it is tried again, at longer and longer intervals."""

    def __init__(self, wait: Callable[[int], float]) -> None:
        self._wait = wait

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        log.error("job.failed", extra={"task": job.task_name, "tries": job.attempts + 1})
        return RetryDecision(retry_in={"seconds": round(self._wait(job.attempts))})


def work(
    url: str,
    tasks: Iterable[str],
    run: Run,
    *,
    wait: Callable[[int], float],
    beat: Callable[[str], None],
    every_seconds: float,
    until_empty: bool = False,
) -> None:
    """Do jobs, one at a time, until the process is told to end (SIGTERM); what is begun is done.

    Args:
        url: of the database, as SQLAlchemy writes it.
        tasks: the names of those there are.
        wait: seconds until the next try, by the number of tries before.
        beat: shows that the worker with this name is there; called every so many seconds.
        until_empty: end as soon as nothing waits.
    """
    for name in tasks:
        if name not in app.tasks:
            app.task(name=name, pass_context=True, retry=_Again(wait))(_called)
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with app.replace_connector(PsycopgConnector(conninfo=plain, min_size=1, max_size=4)):
        asyncio.run(_work(run, beat, every_seconds, wait=not until_empty))


def _called(context: JobContext, **args: Any) -> None:
    run: Run = context.additional_context["run"]
    run(context.job.task_name, args)


async def _work(run: Run, beat: Callable[[str], None], every_seconds: float, *, wait: bool) -> None:
    async with app.open_async():
        worker = Worker(
            app,
            wait=wait,
            delete_jobs="successful",
            fetch_job_polling_interval=_POLL_SECONDS,
            update_heartbeat_interval=_HEARTBEAT_SECONDS,
            stalled_worker_timeout=_STALLED_SECONDS,
            additional_context={"run": run},
        )
        beating = asyncio.create_task(_beat(worker, beat, every_seconds))
        beating.add_done_callback(lambda _: worker.stop())  # who shows no sign of life must go
        try:
            await worker.run()
        finally:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating


async def _beat(worker: Worker, beat: Callable[[str], None], every_seconds: float) -> None:
    while worker.worker_id is None:
        await asyncio.sleep(0.02)
    while True:
        await asyncio.to_thread(beat, str(worker.worker_id))
        await asyncio.sleep(every_seconds)


@app.periodic(cron="* * * * *")
@app.task(name="jobs.recover", queueing_lock="jobs.recover")
async def recover(timestamp: int) -> int:
    """Every minute: what workers had begun that are gone is to be done again."""
    manager = app.job_manager
    silent = await manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_SECONDS)
    orphans = await app.connector.execute_query_all_async(_ORPHANS)
    lost = {j.id for j in silent if j.id is not None} | {row["id"] for row in orphans}
    for number in sorted(lost):
        try:
            await manager.retry_job_by_id_async(number, retry_at=_AT_ONCE)
        except faults.UniqueViolation:  # one of its key waits already: that one will do
            await manager.finish_job_by_id_async(number, Status.FAILED, delete_job=True)
        except faults.ConnectorException:  # it came to its end meanwhile
            continue
        log.warning("job.recovered", extra={"job": number})
    return len(lost)
