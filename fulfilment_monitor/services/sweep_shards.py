"""A sweep shared out by region: each shard is a job, and the day is done when all of them are."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import chain

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, sessionmaker

from ..domain.shards import cut
from ..store.contracts import Contract
from ..store.duties import Timer
from ..store.once import insert_all
from ..store.sweep_sql import Shard
from ..store.sweeps import SweepRun, SweepShard
from . import queue, sweeps
from .failpoints import Reach, nothing
from .office import Office

TASK = "sweep.shard"
#: Queued in the transaction that finishes a run.
AFTERWARDS = "nightly"
#: Less than one batch is no shard; more shards than a few per worker help nobody.
_WORTH, _PARTS = 2_000, 16


def begin(session: Session, office: Office, *, day: date, now: datetime) -> int:
    """Begin the run of a business day, or go on with it: queue every shard that is unfinished.

    Returns how many jobs are new; none when they all wait already.

    Raises:
        ClockAlarm: two clocks disagree and nobody has acknowledged it.
    """
    run_id = sweeps.begin(session, office, day, now, day)
    run = session.scalars(
        select(SweepRun).where(SweepRun.id == run_id).with_for_update()
    ).one()  # of two who begin at once, one plans
    if run.finished_at is not None:
        return 0
    known = select(SweepShard.id, SweepShard.finished_at).where(SweepShard.run_id == run_id)
    if not session.execute(known).all():
        insert_all(session, SweepShard, list(_plan(session, run_id, day)))
    open_ones = [row.id for row in session.execute(known) if row.finished_at is None]
    new = [
        queue.enqueue(session, TASK, {"shard": number}, key=f"{TASK}.{number}", now=now)
        for number in open_ones
    ]
    return sum(new)


def _plan(session: Session, run_id: int, day: date) -> Iterator[dict[str, object]]:
    """The shards of a run, the largest first, what is left last; on SQLite there is one."""
    shards: list[list[str]] = []
    if session.get_bind().dialect.name == "postgresql":
        query = (
            select(Contract.region, func.count())
            .join(Timer, Timer.contract_id == Contract.id)
            .where(Timer.check_on <= day)
            .group_by(Contract.region)
        )
        due = {row[0]: row[1] for row in session.execute(query)}
        shards = cut(due, worth=_WORTH, parts=_PARTS)
    blank = {"run_id": run_id, "duties": 0, "alerts": 0, "leads": 0, "finished_at": None}
    for regions in shards:
        yield {**blank, "inside": True, "regions": regions}
    yield {**blank, "inside": False, "regions": sorted(chain.from_iterable(shards))}


def sweep_shard(
    sessions: sessionmaker[Session],
    office: Office,
    number: int,
    *,
    now: Callable[[], datetime],
    reach: Reach = nothing,
) -> sweeps.Outcome | None:
    """Do a shard; the last one of a run finishes it. None if nothing was left to do."""
    with sessions.begin() as session:
        found = _unfinished(session, number)
    if found is None:
        return None
    run_id, as_of, shard = found
    outcome = sweeps.act(sessions, office, run_id, as_of=as_of, now=now, shard=shard, reach=reach)
    reach("shard.before_end")
    with sessions.begin() as session:
        _end(session, run_id, number, as_of, now())
    return outcome


def _unfinished(session: Session, number: int) -> tuple[int, date, Shard] | None:
    query = (
        select(SweepRun.id, SweepRun.as_of, SweepShard.inside, SweepShard.regions)
        .join(SweepRun, SweepRun.id == SweepShard.run_id)
        .where(
            SweepShard.id == number,
            SweepShard.finished_at.is_(None),
            SweepRun.finished_at.is_(None),
        )
    )
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    return row.id, row.as_of, Shard(number, row.inside, tuple(row.regions))


def _end(session: Session, run_id: int, number: int, as_of: date, now: datetime) -> None:
    """A shard is finished; with the last one the run is, and what follows it is queued."""
    session.scalars(select(SweepRun.id).where(SweepRun.id == run_id).with_for_update()).one()
    ended = update(SweepShard).where(SweepShard.id == number).values(finished_at=now)
    session.execute(ended)
    open_ones = select(SweepShard.id).where(
        SweepShard.run_id == run_id, SweepShard.finished_at.is_(None)
    )
    if session.scalars(open_ones.limit(1)).first() is not None:
        return
    if sweeps.finish(session, run_id, now):
        day = as_of.isoformat()
        queue.enqueue(session, AFTERWARDS, {"day": day}, key=f"{AFTERWARDS}.{day}", now=now)
