"""The whole sweep against a hand-written minimum on the same tables, day about."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import text

from bench.register import FIRST_DUE, NOW, fill
from fulfilment_monitor.house import House
from fulfilment_monitor.services import sweeps

_PAIRS = 5


class Measured(NamedTuple):
    acting: int
    sweep_us: float
    floor_us: float
    ratio: float
    again_ratio: float


def run(house: House, obligations: int, acting: int) -> Measured:
    """Sweep and floor in turn over successive days.

    Args:
        acting: about how many obligations have a step on each day.
    """
    due_days = max(30, obligations * 8 // acting)
    fill(house, obligations, due_days)
    office, now = house.office(), lambda: NOW
    day = FIRST_DUE + timedelta(days=35)
    sweeps.sweep(house.sessions, office, as_of=day, now=now, size=20_000)
    pairs, again, counts = [], [], []
    for _ in range(_PAIRS):
        day += timedelta(days=1)
        swept = _timed(_sweep(house, office, day))
        again.append(_timed(_sweep(house, office, day))[0] / swept[0])
        day += timedelta(days=1)
        floor = _timed(lambda d=day: _floor(house, d))
        counts.append(swept[1])
        pairs.append((swept[0] / max(1, swept[1]) * 1e6, floor[0] / max(1, floor[1]) * 1e6))
    ratios = [ours / theirs for ours, theirs in pairs]
    return Measured(
        round(median(counts)),
        median(p[0] for p in pairs),
        median(p[1] for p in pairs),
        median(ratios),
        median(again),
    )


def _sweep(house: House, office: Any, day: date) -> Callable[[], int]:
    def work() -> int:
        now: datetime = NOW
        done = sweeps.sweep(house.sessions, office, as_of=day, now=lambda: now, size=20_000)
        return done.duties

    return work


def _timed(work: Callable[[], int]) -> tuple[float, int]:
    began = time.perf_counter()
    count = work()
    return time.perf_counter() - began, count


def _floor(house: House, day: date) -> int:
    """Timers to the client, constant alerts and next timers back; no leads, no evidence."""
    sqlite = house.engine.dialect.name == "sqlite"
    on: Any = day.toordinal() if sqlite else day
    step: Any = 8 if sqlite else timedelta(days=8)
    raw = house.engine.raw_connection()
    try:
        cursor = raw.cursor()
        mark = "?" if sqlite else "%s"
        if sqlite:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("SELECT * FROM timer WHERE check_on <= ?", (on,))
        else:
            cursor.execute("DELETE FROM timer WHERE check_on <= %s RETURNING *", (on,))
        rows = cursor.fetchall()
        alerts = [
            (r[5], r[2], f"floor-{day}", r[3], "notice", "obligor", "m", on, on, 0) for r in rows
        ]
        timers = [(on + step, *r[1:9], on, r[10]) for r in rows]
        for table, values in (("alert", alerts), ("timer", timers)):
            _write(cursor, table, values, mark, sqlite=sqlite)
        if sqlite:
            cursor.execute("DELETE FROM timer WHERE check_on <= ?", (on,))
        raw.commit()
    finally:
        raw.close()
    return len(rows)


def _write(cursor: Any, table: str, rows: list[Any], mark: str, *, sqlite: bool) -> None:
    if not rows:
        return
    if sqlite:
        marks = ",".join(mark * len(rows[0]))
        cursor.executemany(f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT DO NOTHING", rows)
        return
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def growth(house: House) -> int:
    """How many alerts the table holds; printed so that a run can be checked."""
    with house.readers() as session:
        return session.scalar(text("SELECT count(*) FROM alert")) or 0
