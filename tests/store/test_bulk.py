"""The driver's bulk way writes exactly what the ordinary way would have written."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Enum,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from fulfilment_monitor.house import House
from fulfilment_monitor.store import metadata
from fulfilment_monitor.store.base import Day, UtcDateTime
from fulfilment_monitor.store.bulk import write_rows
from fulfilment_monitor.store.once import insert_all
from fulfilment_monitor.store.reference import CalendarDay
from tests.store.test_migrations import a_row, unbound

__all__ = ["unbound"]

#: What breaks writers that quote, split or guess.
AWKWARD = "a\tb\nc\\N 'd' \"e\" 合同\\"
AT = datetime(2025, 9, 10, 1, 2, 3, 456789, tzinfo=UTC)


def rows_of(table: Table) -> list[dict[str, object]]:
    """Three rows: as little as possible, everything filled in, everything awkward."""
    least = {**{c.name: None for c in table.columns}, **a_row(table)}
    keys = [c for c in table.columns if c.primary_key]
    rows = []
    for i in range(3):
        row = dict(least)
        for column in table.columns:
            if row[column.name] is None and i:
                row[column.name] = a_row_value(column, i)
            if column.unique or column in keys or in_a_unique_key(table, column.name):
                row[column.name] = distinct(row[column.name], i)
        rows.append(row)
    return rows


def a_row_value(column: Column[Any], i: int) -> object:
    """Something awkward of the column's type."""
    if isinstance(column.type, Enum):
        return column.type.enums[-1]
    kinds: list[tuple[type, object]] = [
        (Day, date(2025, 9, i)),
        (UtcDateTime, AT),
        (Boolean, True),
        (String, AWKWARD[: getattr(column.type, "length", None) or 40]),
        (LargeBinary, bytes(range(32))),
        (Integer, 2**31 - i),
        (BigInteger, 2**53 + i),
    ]
    found = (value for kind, value in kinds if isinstance(column.type, kind))
    return next(found, {"a": AWKWARD, "b": [1, None, True]})


def in_a_unique_key(table: Table, name: str) -> bool:
    return any(name in c.columns for c in table.constraints if isinstance(c, UniqueConstraint))


def distinct(value: object, i: int) -> object:
    match value:
        case bool():
            return value
        case int():
            return value + i
        case str():
            return value if len(value) > 5 else f"{value}{i}"
        case datetime() | date():
            return value + timedelta(days=i)
        case bytes():
            return value + bytes([i])
    return value


def written(connection: Connection, table: Table, *, bulk: bool) -> list[tuple[object, ...]]:
    taken_back = connection.begin_nested()
    rows = rows_of(table)
    try:
        if bulk:
            write_rows(connection, table, rows)
        else:
            connection.execute(insert(table), rows)
        return sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
    finally:
        taken_back.rollback()


def test_every_table_reads_back_alike_whichever_way_it_was_written(unbound: Connection) -> None:
    compared = 0
    for table in metadata.sorted_tables:
        try:
            expected = written(unbound, table, bulk=False)
        except IntegrityError:
            continue  # a check about two columns together, which these rows know nothing of
        assert written(unbound, table, bulk=True) == expected, table.name
        compared += 1
    assert compared >= 20


def test_a_broken_constraint_is_the_same_refusal_and_nothing_is_written(house: House) -> None:
    rows = [
        {"day": date(2027, 1, 1) + timedelta(days=i), "kind": "off_adjusted"} for i in range(30)
    ]
    with pytest.raises(IntegrityError), house.sessions.begin() as session:
        insert_all(session, CalendarDay, [*rows, rows[0]])
    with house.readers() as session:
        assert session.scalars(select(CalendarDay.day)).all() == []


def test_rows_may_name_their_columns_in_any_order(house: House) -> None:
    rows: list[dict[str, object]] = [
        {"day": date(2027, 1, 1) + timedelta(days=i), "kind": "off_adjusted"} for i in range(30)
    ]
    rows[7] = dict(reversed(rows[7].items()))
    with house.sessions.begin() as session:
        insert_all(session, CalendarDay, rows)
    with house.readers() as session:
        assert len(session.scalars(select(CalendarDay.day)).all()) == 30
