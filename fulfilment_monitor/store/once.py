"""Bulk inserts: of rows that must be new, and of rows that may be there already."""

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Session

from .base import Base
from .bulk import write_rows

T = TypeVar("T")

#: From how many rows on the driver's own bulk way pays.
_MANY = 20

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def table_of(model: type[Base]) -> Table:
    """The table behind a model, for statements that carry many plain rows."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def insert_all(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that must all be new, in one statement; each has the keys of the first."""
    if len(rows) >= _MANY:
        write_rows(session.connection(), table_of(model), rows)
    elif rows:
        session.execute(insert(table_of(model)), list(rows))


def insert_once(
    session: Session,
    model: type[Base],
    rows: Sequence[dict[str, Any]],
    returning: InstrumentedAttribute[T],
) -> set[T]:
    """Insert `rows`, skipping any whose unique key exists; returns `returning` of the new ones.

    The one idempotency primitive. Safe under concurrency: the database decides, not a read
    before the write.
    """
    if not rows:
        return set()
    once = _INSERT[session.get_bind().dialect.name](table_of(model))
    statement = once.on_conflict_do_nothing().returning(returning)
    return set(session.scalars(statement, list(rows)))
