"""The worker: does what is queued, one job at a time, until it is told to end."""

import logging
import secrets
import signal
from threading import Event, Thread

from .. import clock
from ..gateways import alive
from ..house import House
from ..services import queue, workers
from . import tasks

log = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS = 1
_REAP_EVERY_LOOKS = 15


def work(house: House, *, until_empty: bool = False) -> None:
    """Work until SIGTERM or SIGINT: what is begun is done, nothing more is begun.

    Args:
        until_empty: end as soon as nothing waits.
    """
    with house.readers() as session:
        theirs = queue.is_procrastinate(session)
    (_work_theirs if theirs else _work_ours)(house, until_empty)


def work_off(house: House, name: str, moment: tasks.Moments, ended: Event | None = None) -> int:
    """Do all that waits in our own table now; returns how many jobs were tried."""
    count = 0
    while not (ended is not None and ended.is_set()):
        with house.sessions.begin() as session:
            job = queue.claim(session, name, now=moment().now)
        if job is None:
            break
        _try(house, job, name, moment)
        count += 1
    return count


def _try(house: House, job: queue.Claimed, name: str, moment: tasks.Moments) -> None:
    try:
        tasks.do(house, job.task, job.args, moment)
    except Exception:  # whatever it is, the job must not be lost, nor the worker with it
        log.exception("job.failed", extra={"task": job.task, "tries": job.tries + 1})
        with house.sessions.begin() as session:
            queue.put_back(session, job, name, now=moment().now)
        return
    with house.sessions.begin() as session:
        queue.done(session, job, name)


def _show(house: House, name: str) -> None:
    with house.sessions.begin() as session:
        workers.sign_in(session, name, now=clock.now())
    alive.beat(house.settings)


def _go(house: House, name: str) -> None:
    with house.sessions.begin() as session:
        workers.sign_out(session, name)


def _work_ours(house: House, until_empty: bool) -> None:
    name, ended = secrets.token_hex(8), Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: ended.set())
    _show(house, name)
    beating = Thread(target=_beat, args=(house, name, ended), daemon=True)
    beating.start()
    looks = 0
    while not ended.is_set():
        if looks % _REAP_EVERY_LOOKS == 0:
            with house.sessions.begin() as session:
                queue.reap(session, now=clock.now())
        looks += 1
        with house.readers() as session:
            waiting = queue.waits(session, now=clock.now())
        if waiting:
            work_off(house, name, clock.moment, ended)
        elif until_empty:
            break
        else:
            ended.wait(_LOOK_EVERY_SECONDS)
    ended.set()
    beating.join()
    _go(house, name)


def _beat(house: House, name: str, ended: Event) -> None:
    """Show signs of life; a worker that cannot any more begins nothing new."""
    try:
        while not ended.wait(workers.EVERY_SECONDS):
            _show(house, name)
    finally:
        ended.set()


def _work_theirs(house: House, until_empty: bool) -> None:
    from ..store import procrastination

    names: set[str] = set()

    def show(name: str) -> None:
        names.add(name)
        _show(house, name)

    procrastination.work(
        house.settings.database_url,
        tasks.TASKS,
        lambda task, args: tasks.do(house, task, args, clock.moment),
        wait=lambda tries: queue.wait_after(tries).total_seconds(),
        beat=show,
        every_seconds=workers.EVERY_SECONDS,
        until_empty=until_empty,
    )
    for name in names:
        _go(house, name)
