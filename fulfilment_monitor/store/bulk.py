"""Many plain rows into one table at the speed of the driver: COPY on PostgreSQL, one prepared
INSERT on SQLite.

What a row costs then is its bytes, not the machinery that would look at each value again.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

_Convert = Callable[[Any], Any] | None


@lru_cache(maxsize=200)
def _converters(table: Table, names: tuple[str, ...], dialect: Dialect) -> tuple[_Convert, ...]:
    """Per column, what turns our value into the driver's; None where they are the same."""
    types = [table.c[name].type.dialect_impl(dialect) for name in names]
    return tuple(kind.bind_processor(dialect) for kind in types)


def write_rows(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that must all be new; each has the keys of the first.

    Raises:
        sqlalchemy.exc.IntegrityError: a row breaks a constraint; none has been written.
    """
    names = tuple(rows[0])
    values = _values(rows, names, _converters(table, names, connection.dialect))
    quote = connection.dialect.identifier_preparer.quote
    columns = ", ".join(quote(name) for name in names)
    if connection.dialect.name == "postgresql":
        _copy(connection, f"COPY {quote(table.name)} ({columns}) FROM STDIN", values)
        return
    marks = ", ".join("?" * len(names))
    insert = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({marks})"  # noqa: S608 — our own names
    connection.exec_driver_sql(insert, list(values))


def _values(
    rows: Sequence[dict[str, Any]], names: tuple[str, ...], converters: tuple[_Convert, ...]
) -> Iterator[tuple[Any, ...]]:
    """The rows as tuples of what the driver takes, worked out column by column."""
    columns = []
    for name, convert in zip(names, converters, strict=True):
        column = [row[name] for row in rows]
        columns.append(column if convert is None else [convert(value) for value in column])
    return zip(*columns, strict=True)


def _copy(connection: Connection, statement: str, values: Iterator[tuple[Any, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in values:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as fault:
        base = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(
            statement, None, fault, base, dialect=connection.dialect
        ) from fault
