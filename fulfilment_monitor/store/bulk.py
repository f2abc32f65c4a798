"""Many plain rows into one table at the speed of the driver: COPY on PostgreSQL, one prepared
INSERT on SQLite.

What a row costs then is its bytes, not the machinery that would look at each value again: values
are turned into what is written column by column, each once, for most of a column are alike.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Connection, LargeBinary, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError

from .governed import as_json

_Convert = Callable[[Any], Any] | None
#: How many rows go into one block of a COPY.
_BLOCK = 500
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@lru_cache(maxsize=200)
def _converters(table: Table, names: tuple[str, ...], dialect: Dialect) -> tuple[_Convert, ...]:
    """Per column, what turns our value into the driver's; None where they are the same."""
    types = [table.c[name].type for name in names]
    return tuple(
        None
        if isinstance(kind, JSON | LargeBinary)  # text already; bytes are bytes
        else kind.dialect_impl(dialect).bind_processor(dialect)
        for kind in types
    )


def write_rows(
    connection: Connection, table: Table, rows: Sequence[dict[str, Any]]
) -> Mapping[str, Sequence[str]]:
    """Insert rows that must all be new; each has the keys of the first.

    Returns: what was written of columns of JSON, row by row.

    Raises:
        sqlalchemy.exc.IntegrityError: a row breaks a constraint; none has been written.
    """
    names = tuple(rows[0])
    given = {name: [row[name] for row in rows] for name in names}
    texts = {n: _texts(given[n]) for n in names if isinstance(table.c[n].type, JSON)}
    copied = connection.dialect.name == "postgresql"
    columns = []
    for name, convert in zip(names, _converters(table, names, connection.dialect), strict=True):
        column = texts.get(name, given[name])
        if copied:
            column = list(map(_Turned(convert, _copied).__getitem__, column))
        elif convert is not None:
            column = list(map(_Turned(convert).__getitem__, column))
        columns.append(column)
    quote = connection.dialect.identifier_preparer.quote
    listed, values = ", ".join(quote(name) for name in names), zip(*columns, strict=True)
    if copied:
        _copy(connection, f"COPY {quote(table.name)} ({listed}) FROM STDIN", values)
    else:
        marks = ", ".join("?" * len(names))
        insert = f"INSERT INTO {quote(table.name)} ({listed}) VALUES ({marks})"  # noqa: S608 — our own names
        connection.exec_driver_sql(insert, list(values))
    return texts


def _texts(column: Sequence[Any]) -> list[str]:
    """A column of JSON as text; the same thing in many rows is looked at once."""
    known: dict[int, str] = {}
    for value in column:
        if id(value) not in known:
            known[id(value)] = as_json(value)
    return [known[id(value)] for value in column]


class _Turned(dict[Any, Any]):
    """The values of a column as they are written, each turned once."""

    def __init__(self, *steps: _Convert) -> None:
        self._steps = [step for step in steps if step is not None]

    def __missing__(self, value: Any) -> Any:
        turned = value
        for step in self._steps:
            turned = step(turned)
        self[value] = turned
        return turned


def _copied(value: Any) -> str:
    """A value as COPY reads it."""
    match value:
        case None:
            return "\\N"
        case str():
            plain = not ("\\" in value or "\n" in value or "\t" in value or "\r" in value)
            return value if plain else value.translate(_ESCAPED)
        case bool():
            return "t" if value else "f"
        case int() | float() | Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case bytes() | memoryview():
            return "\\\\x" + value.hex()
    raise TypeError(f"no way to copy {type(value).__name__}")


def _copy(connection: Connection, statement: str, values: Iterable[tuple[str, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for block in _blocks(map("\t".join, values)):
                copy.write(block)
    except connection.dialect.loaded_dbapi.Error as fault:
        base = connection.dialect.loaded_dbapi.Error
        raise DBAPIError.instance(
            statement, None, fault, base, dialect=connection.dialect
        ) from fault


def _blocks(lines: Iterator[str]) -> Iterator[str]:
    while some := list(islice(lines, _BLOCK)):
        yield "\n".join(some) + "\n"
