"""Work for whoever has time, queued in the transaction of the rows that make it necessary.

One port. On PostgreSQL Procrastinate keeps the jobs, if it is installed; else the table `job`
does, which the rest of this module is about. Every task may be done twice, or late, without harm:
a job says that there is something to do, the rows say what.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from importlib.util import find_spec
from typing import Any, NamedTuple

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, aliased

from ..store.jobs import Job
from ..store.once import insert_once
from . import workers

_MOST_SECONDS = 600


def enqueue(
    session: Session,
    task: str,
    args: dict[str, Any] | None = None,
    *,
    key: str | None = None,
    now: datetime,
) -> bool:
    """Queue a job; it is there when, and only when, this transaction is committed.

    Args:
        args: what JSON can say.
        key: of one key one job waits at most; False if one does. Two transactions with one key
            wait for each other: not for what many do at once.
    """
    if is_procrastinate(session):
        from ..store import procrastination

        return procrastination.defer(session, task, args or {}, key)
    row = {
        "task": task,
        "args": args or {},
        "key": key,
        "queued_at": now,
        "due_at": now,
        "owner": None,
        "tries": 0,
    }
    return bool(insert_once(session, Job, [row], Job.id))


def is_procrastinate(session: Session) -> bool:
    """Whether Procrastinate keeps the jobs of this database."""
    return session.get_bind().dialect.name == "postgresql" and _is_installed()


@cache
def _is_installed() -> bool:
    return find_spec("procrastinate") is not None


# --- the table of our own ---------------------------------------------------------------------


class Claimed(NamedTuple):
    """A job somebody has begun."""

    id: int
    task: str
    args: dict[str, Any]
    tries: int


def waits(session: Session, *, now: datetime) -> bool:
    """Whether a job could be begun; a look that holds up nobody."""
    return session.scalar(select(_due(now).exists())) or False


def claim(session: Session, worker: str, *, now: datetime) -> Claimed | None:
    """The job that has waited longest, for this worker alone; commit before it is done."""
    oldest = _due(now).order_by(Job.id).limit(1).with_for_update(skip_locked=True)
    statement = update(Job).where(Job.id == oldest.scalar_subquery()).values(owner=worker)
    row = session.execute(statement.returning(Job.id, Job.task, Job.args, Job.tries)).first()
    return None if row is None else Claimed(*row)


def _due(now: datetime) -> Any:
    return select(Job.id).where(Job.owner.is_(None), Job.due_at <= now)


def done(session: Session, job: Claimed, worker: str) -> None:
    """A job is done, and gone; unless it was taken from this worker meanwhile."""
    session.execute(delete(Job).where(Job.id == job.id, Job.owner == worker))


def put_back(session: Session, job: Claimed, worker: str, *, now: datetime) -> datetime | None:
    """A job that failed is tried again later, and never given up; when, or None if not by us."""
    again = now + wait_after(job.tries)
    return again if _free(session, Job.id == job.id, Job.owner == worker, due_at=again) else None


def wait_after(tries: int) -> timedelta:
    """How long to wait after a job has failed, having been tried so often before.

    >>> [wait_after(n).seconds for n in (0, 1, 2, 8, 9, 1000)]
    [2, 4, 8, 512, 600, 600]
    """
    return timedelta(seconds=min(2 ** min(tries + 1, 32), _MOST_SECONDS))


def reap(session: Session, *, now: datetime) -> int:
    """Give back what workers had begun that are gone; returns how many jobs wait again."""
    held = set(session.scalars(select(Job.owner).where(Job.owner.is_not(None)).distinct()))
    gone = held - set(workers.list_workers(session, now=now))
    return _free(session, Job.owner.in_(gone), due_at=now) if gone else 0


def _free(session: Session, *which: Any, due_at: datetime) -> int:
    """Jobs wait again, unless one of their key does already: that one will do."""
    twin = aliased(Job)
    waiting = select(twin.id).where(twin.key == Job.key, twin.owner.is_(None)).exists()
    session.execute(delete(Job).where(*which, waiting))
    freed = update(Job).where(*which).values(owner=None, due_at=due_at, tries=Job.tries + 1)
    return len(session.execute(freed.returning(Job.id)).all())


def count_jobs(session: Session) -> int:
    """How many wait or are being done, in either queue."""
    if is_procrastinate(session):
        from ..store import procrastination

        return procrastination.count(session)
    return session.scalar(select(func.count()).select_from(Job)) or 0


def tasks_waiting(session: Session) -> Sequence[str]:
    """The tasks of the jobs in our own table, for whoever wants to know what lies there."""
    return list(session.scalars(select(Job.task).order_by(Job.id)))
