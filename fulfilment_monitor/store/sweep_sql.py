"""The sweep as SQL: one batch of timers becomes alerts and next timers, in the database.

Cost follows what acts: a batch reads a contiguous range of `timer`, and nothing else of size.
A step of a ladder is news when its day lies after the last look; at the first look ever, the
steps already passed count as one, the highest. Both statements say the same in two dialects.
"""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Integer, bindparam, text
from sqlalchemy.orm import Session

from .base import Day

_NEVER = -32768  # before any step of any ladder
#: Where a timer stands in the order of batches: its day and its duty.
Place = tuple[date, int]
_START: Place = (date.min, 0)
_FAR = date(9999, 12, 31)

_BATCH_SQLITE = "(SELECT * FROM timer WHERE (check_on, duty_id) <= (:last_on, :last_duty))"

#: SQLite: the first offset that is news for a timer `t` on day :d.
_FROM_DAY = """
  COALESCE(
    t.seen_on - t.due_on + 1,
    (SELECT max(l.days) FROM ladder_step l
      WHERE l.ladder = t.ladder
        AND l.days <= min(:d, max(t.base_on, COALESCE(
              (SELECT r.as_of FROM sweep_run r
                WHERE r.id > t.born_run AND r.id < :run AND r.finished_at IS NOT NULL
                ORDER BY r.id LIMIT 1), :d))) - t.due_on),
    :never)
"""
_ALERTS = f"""
  INSERT INTO alert (due_on, obligation_id, rule, contract_id, severity, audiences, message,
                     holds_from, raised_on, told_id)
  SELECT s.due_on, s.obligation_id, l.rule, s.contract_id, l.severity, l.audiences, l.message,
         s.due_on + l.days, :d, :told
    FROM (SELECT t.*, {_FROM_DAY} AS from_day FROM {_BATCH_SQLITE} t
           WHERE t.until_on IS NULL OR t.until_on > :d) s
    JOIN ladder_step l
      ON l.ladder = s.ladder AND l.days >= s.from_day AND l.days <= :d - s.due_on
   WHERE true
  ON CONFLICT DO NOTHING
"""  # noqa: S608 — no value from outside
_NEXT = f"""
  INSERT INTO timer (check_on, duty_id, obligation_id, contract_id, ladder, due_on, base_on,
                     until_on, lead_on, seen_on, born_run)
  SELECT n.next_on, n.duty_id, n.obligation_id, n.contract_id, n.ladder, n.due_on, n.base_on,
         n.until_on, n.lead_on, :d, n.born_run
    FROM (SELECT t.*, min(
             COALESCE(t.due_on + (SELECT min(l.days) FROM ladder_step l
                                   WHERE l.ladder = t.ladder AND l.days > :d - t.due_on), :far),
             CASE WHEN t.lead_on > :d THEN t.lead_on ELSE :far END,
             CASE WHEN t.lead_on IS NOT NULL AND t.until_on > :d
                  THEN t.until_on ELSE :far END) AS next_on
            FROM {_BATCH_SQLITE} t
           WHERE t.until_on IS NULL OR t.until_on > :d) n
   WHERE n.next_on < :far
"""  # noqa: S608 — no value from outside
_CLAIM_POSTGRESQL = """
  DELETE FROM timer WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM timer t WHERE check_on <= :d {inside}
     ORDER BY check_on, duty_id LIMIT :n FOR UPDATE {skip}))
  RETURNING *
"""
#: A shard reads on from where its last batch ended: what lies before belongs to other shards.
_SHARD_POSTGRESQL = """
       AND (check_on, duty_id) > (:after_on, :after_duty)
       AND (((SELECT c.region FROM contract c WHERE c.id = t.contract_id)
             LIKE ANY (CAST(:regions AS text[]))) IS TRUE) = :inside
"""
#: Ladders as arrays, so that a timer's place on its ladder is one look, not one per step. `k` is
#: how many steps lie behind it; `from_day` the first offset that is news.
_POSTGRESQL = """
WITH claimed AS MATERIALIZED ({claim}),
     ladders AS MATERIALIZED (
       SELECT ladder, array_agg(days ORDER BY days) AS days FROM ladder_step GROUP BY ladder),
     first_looks AS MATERIALIZED (
       SELECT b.born_run, COALESCE((
                SELECT r.as_of FROM sweep_run r
                 WHERE r.id > b.born_run AND r.id < :run AND r.finished_at IS NOT NULL
                 ORDER BY r.id LIMIT 1), :d) AS on_day
         FROM (SELECT DISTINCT born_run FROM claimed) b),
     placed AS MATERIALIZED (
       SELECT t.*, l.days, width_bucket(:d - t.due_on, l.days) AS k,
              COALESCE(t.seen_on - t.due_on + 1,
                       l.days[width_bucket(LEAST(:d, GREATEST(t.base_on, f.on_day)) - t.due_on,
                                           l.days)],
                       :never) AS from_day
         FROM claimed t
         JOIN first_looks f ON f.born_run = t.born_run
         LEFT JOIN ladders l ON l.ladder = t.ladder
        WHERE t.until_on IS NULL OR t.until_on > :d),
     alerts AS (
       INSERT INTO alert (due_on, obligation_id, rule, contract_id, severity, audiences, message,
                          holds_from, raised_on, told_id)
       SELECT s.due_on, s.obligation_id, l.rule, s.contract_id, l.severity, l.audiences,
              l.message, s.due_on + l.days, :d, :told
         FROM placed s
         JOIN ladder_step l
           ON l.ladder = s.ladder AND l.days >= s.from_day AND l.days <= :d - s.due_on
       ON CONFLICT DO NOTHING RETURNING 1),
     nexts AS (
       INSERT INTO timer (check_on, duty_id, obligation_id, contract_id, ladder, due_on, base_on,
                          until_on, lead_on, seen_on, born_run)
       SELECT n.next_on, n.duty_id, n.obligation_id, n.contract_id, n.ladder, n.due_on, n.base_on,
              n.until_on, n.lead_on, :d, n.born_run
         FROM (SELECT p.*, LEAST(p.due_on + p.days[p.k + 1],
                                 CASE WHEN p.lead_on > :d THEN p.lead_on END,
                                 CASE WHEN p.lead_on IS NOT NULL AND p.until_on > :d
                                      THEN p.until_on END) AS next_on
                 FROM placed p) n
        WHERE n.next_on IS NOT NULL
       RETURNING 1)
SELECT (SELECT count(*) FROM claimed) AS duties,
       (SELECT count(*) FROM alerts) AS alerts,
       (SELECT count(*) FROM nexts) AS nexts,
       ARRAY(SELECT c.duty_id FROM claimed c
              WHERE c.lead_on <= :d AND (c.until_on IS NULL OR c.until_on > :d)) AS breached,
       ARRAY(SELECT c.duty_id FROM claimed c WHERE c.until_on <= :d) AS ended,
       last.check_on, last.duty_id
  FROM (SELECT 1) one
  LEFT JOIN (SELECT check_on, duty_id FROM claimed
              ORDER BY check_on DESC, duty_id DESC LIMIT 1) last ON true
"""


class Shard(NamedTuple):
    """The part of a sweep inside some regions, or outside of them all."""

    id: int
    inside: bool
    #: Beginnings of codes of regions.
    regions: tuple[str, ...]


class Batch(NamedTuple):
    """What one batch did, and the duties that need evidence or an ending."""

    duties: int
    alerts: int
    breached: list[int]
    ended: list[int]
    #: The last timer of the batch, on PostgreSQL.
    last: Place | None = None


def sweep_batch(
    session: Session,
    *,
    as_of: date,
    run_id: int,
    told_id: int,
    size: int,
    wait: bool = False,
    shard: Shard | None = None,
    after: Place | None = None,
) -> Batch:
    """Move one batch of timers that are due to act; an empty batch means nothing is left.

    Args:
        told_id: the outbox message that will tell of the alerts.
        wait: on PostgreSQL, wait for timers another sweep holds instead of skipping them.
        shard: on PostgreSQL, only the timers of its regions. SQLite has one writer and no shards.
        after: of a shard, only timers that stand after this one; an empty batch then means
            nothing is left behind it.
    """
    if session.get_bind().dialect.name == "sqlite":
        return _sweep_sqlite(session, as_of, run_id, told_id, size)
    given = {"d": as_of, "never": _NEVER, "n": size, "run": run_id, "told": told_id}
    if shard is not None:
        given |= _part(shard, after or _START)
    done = session.execute(_SQL_POSTGRESQL[wait, shard is not None], given).one()
    last = None if done.check_on is None else (done.check_on, done.duty_id)
    return Batch(done.duties, done.alerts, list(done.breached), list(done.ended), last)


def _part(shard: Shard, after: Place) -> dict[str, object]:
    beginnings = [f"{begin}%" for begin in shard.regions]
    return {
        "inside": shard.inside,
        "regions": beginnings,
        "after_on": after[0],
        "after_duty": after[1],
    }


def _statement(sql: str, *names: str) -> Any:
    known = ("d", "far", "last_on", "after_on")
    days = [bindparam(n, type_=Day()) for n in known if n in names]
    return text(sql).bindparams(*days)


def _postgresql(*, wait: bool, shard: bool) -> Any:
    skip = "" if wait else "SKIP LOCKED"
    claim = _CLAIM_POSTGRESQL.format(skip=skip, inside=_SHARD_POSTGRESQL if shard else "")
    days = ("d", "after_on") if shard else ("d",)
    sql = _POSTGRESQL.format(claim=claim)
    return _statement(sql, *days).bindparams(bindparam("never", type_=Integer()))


_SQL_POSTGRESQL = {
    (wait, shard): _postgresql(wait=wait, shard=shard)
    for wait in (False, True)
    for shard in (False, True)
}


_SQL_SQLITE = {
    "last": _statement(
        "SELECT check_on, duty_id FROM timer WHERE check_on <= :d"
        " ORDER BY check_on, duty_id LIMIT 1 OFFSET :skip",
        "d",
    ).columns(check_on=Day()),
    "marked": _statement(
        f"SELECT duty_id, lead_on <= :d AND (until_on IS NULL OR until_on > :d) AS breached,"  # noqa: S608 — no value from outside
        f" until_on <= :d AS ended FROM {_BATCH_SQLITE} t",
        "d",
        "last_on",
    ),
    "alerts": _statement(_ALERTS, "d", "last_on"),
    "nexts": _statement(_NEXT, "d", "far", "last_on"),
    "gone": _statement(
        "DELETE FROM timer WHERE (check_on, duty_id) <= (:last_on, :last_duty)", "last_on"
    ),
}
_ANY_DUTY = 2**62


def _sweep_sqlite(session: Session, as_of: date, run_id: int, told_id: int, size: int) -> Batch:
    """The one writer holds the file, so a range of keys is a batch nobody else can touch."""
    last = session.execute(_SQL_SQLITE["last"], {"d": as_of, "skip": size - 1}).one_or_none()
    last_on, last_duty = (as_of, _ANY_DUTY) if last is None else (last.check_on, last.duty_id)
    given = {"d": as_of, "last_on": last_on, "last_duty": last_duty}
    marked = session.execute(_SQL_SQLITE["marked"], given).all()
    if not marked:
        return Batch(0, 0, [], [])
    more = {**given, "run": run_id, "told": told_id, "never": _NEVER}
    alerts: Any = session.execute(_SQL_SQLITE["alerts"], more)
    session.execute(_SQL_SQLITE["nexts"], {**given, "far": _FAR})
    session.execute(_SQL_SQLITE["gone"], {"last_on": last_on, "last_duty": last_duty})
    return Batch(
        len(marked),
        alerts.rowcount,
        [row.duty_id for row in marked if row.breached],
        [row.duty_id for row in marked if row.ended],
    )
