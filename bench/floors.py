"""Hand-written minima on the same tables: what no register could do without, and nothing else."""

from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import text

from bench.imports import Written, write_bare
from bench.places import Place
from bench.register import run_plain
from fulfilment_monitor.house import House

#: On what day a timer rings next, where nothing is looked up: far enough to be out of the way.
_NEXT = 8


def sweep_day(house: House, day: date) -> int:
    """Move the timers of a day: to the client, constant alerts and next timers back.

    No ladder, no catching up, no leads, evidence, interest, cases, outbox, figures or audit.
    """
    sqlite = house.engine.dialect.name == "sqlite"
    raw: Any = house.engine.raw_connection()
    try:
        cursor = raw.cursor()
        moved = _sqlite(cursor, day) if sqlite else _postgresql(cursor, day)
        raw.commit()
    finally:
        raw.close()
    return moved


def _sqlite(cursor: Any, day: date) -> int:
    on = day.toordinal()
    cursor.execute("BEGIN IMMEDIATE")
    rows = cursor.execute("SELECT * FROM timer WHERE check_on <= ?", (on,)).fetchall()
    cursor.executemany(
        "INSERT INTO alert VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
        ((r[5], r[2], f"floor-{on}", r[3], "notice", "obligor", "m", on, on, 0) for r in rows),
    )
    cursor.execute("DELETE FROM timer WHERE check_on <= ?", (on,))
    cursor.executemany(
        "INSERT INTO timer VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        ((on + _NEXT, *r[1:9], on, r[10]) for r in rows),
    )
    return len(rows)


_DATE, _BIG, _INT, _TEXT = "date", "int8", "int4", "text"
_ALERT = (_DATE, _BIG, "varchar", _BIG, *["varchar"] * 3, _DATE, _DATE, _BIG)
_TIMER = (_DATE, _BIG, _BIG, _BIG, "varchar", _DATE, _DATE, _DATE, _DATE, _DATE, _INT)


def _postgresql(cursor: Any, day: date) -> int:
    cursor.execute("DELETE FROM timer WHERE check_on <= %s RETURNING *", (day,))
    rows, rule, after = cursor.fetchall(), f"floor-{day}", day + timedelta(days=_NEXT)
    alerts = ((r[5], r[2], rule, r[3], "notice", "obligor", "m", day, day, 0) for r in rows)
    timers = ((after, *r[1:9], day, r[10]) for r in rows)
    for table, types, values in (("alert", _ALERT, alerts), ("timer", _TIMER, timers)):
        with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(types)
            for row in values:
                copy.write_row(row)
    return len(rows)


class Bare(NamedTuple):
    """What a sweep wrote, written once more: how long it took, and the rows by table."""

    seconds: float
    rows: dict[str, int]


#: What a sweep leaves, and which rows of it are those of a day.
_LEFT = {
    "alert": "raised_on = {day}",
    "timer": "seen_on = {day}",
    "lead": "raised_on = {day}",
    "complaint_case": "opened_on = {day}",
    "claim": "opened_on = {day}",
    "claim_duty": "from_on = {day}",
    "outbox_message": "id > {last}",
}


def last_message(house: House) -> int:
    """The number of the newest message."""
    with house.readers() as session:
        return session.scalar(text("SELECT max(id) FROM outbox_message")) or 0


def write_again(place: Place, house: House, day: date, last: int) -> Bare:
    """Write the rows a sweep has left into an empty twin: same keys and indexes, one transaction.

    They are read beforehand. Foreign keys are not looked up: the twin has no contracts.

    Args:
        last: the newest message from before the sweep.
    """
    database = house.engine.dialect.name
    tables, counts = [], {}
    for name, where in _LEFT.items():
        shown = str(day.toordinal()) if database == "sqlite" else f"'{day}'"
        rows = f"FROM {name} WHERE {where.format(day=shown, last=last)}"
        with house.readers() as session:
            counts[name] = session.scalar(text(f"SELECT count(*) {rows}")) or 0
        if counts[name]:
            tables.append((name, _read(house, f"SELECT * {rows}")))
    off = {
        "sqlite": ["PRAGMA foreign_keys=OFF"],
        "postgresql": [f"ALTER TABLE {name} DISABLE TRIGGER ALL" for name in _LEFT],
    }
    with place.house(database) as twin:
        run_plain(twin, off[database])
        seconds = write_bare(twin, Written(tables, sum(counts.values())))
    return Bare(seconds, counts)


def _read(house: House, query: str) -> Any:
    """Rows as the driver has them, or as PostgreSQL copies them."""
    raw: Any = house.engine.raw_connection()
    try:
        cursor = raw.cursor()
        if house.engine.dialect.name == "sqlite":
            return cursor.execute(query).fetchall()
        with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT BINARY)") as out:
            return b"".join(bytes(block) for block in out)
    finally:
        raw.close()
