"""Hand-written minima on the same tables: what no register could do without, and nothing else."""

from datetime import date, timedelta
from typing import Any

from fulfilment_monitor.house import House

#: On what day a timer rings next, where nothing is looked up: far enough to be out of the way.
_NEXT = 8


def sweep_day(house: House, day: date) -> int:
    """Move the timers of a day: to the client, constant alerts and next timers back.

    No ladder, no catching up, no leads, evidence, interest, outbox, figures or audit.
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
