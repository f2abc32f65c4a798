"""Bulk inserts: of rows that must be new, and of rows that may be there already."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from ..domain.governed import GOVERNED
from .base import Base
from .bulk import write_rows
from .governed import NO_TEXTS, saw_new, saw_rows
from .ids import take_ids

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
    if not rows:
        return
    table = table_of(model)
    if table.name in GOVERNED and "id" in table.c and "id" not in rows[0]:
        ids = take_ids(session, table.name, len(rows))
        rows = [{**row, "id": i} for row, i in zip(rows, ids, strict=True)]
    if len(rows) >= _MANY:
        texts = write_rows(session.connection(), table, rows)
    else:
        session.execute(insert(table), list(rows))
        texts = NO_TEXTS
    saw_rows(session, table, rows, texts)


def insert_new(
    session: Session,
    model: type[Base],
    rows: list[dict[str, Any]],
    *,
    by: Callable[[dict[str, Any]], Any] | None = None,
) -> list[dict[str, Any]]:
    """Give rows their ids and insert them, new as far as anybody knows; returns those that were.

    One that another transaction was first with is left out.

    Args:
        by: the unique key, where two transactions may bring the same rows in different orders;
            inserted in its order they never wait for each other.
    """
    if not rows:
        return []
    for row, number in zip(rows, take_ids(session, table_of(model).name, len(rows)), strict=True):
        row["id"] = number
    ordered = rows if by is None else sorted(rows, key=by)
    try:
        with session.begin_nested():
            insert_all(session, model, ordered)
    except IntegrityError:
        new: set[int] = insert_once(session, model, ordered, model.id)  # type: ignore[attr-defined]
        return [row for row in rows if row["id"] in new]
    return rows


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
    table = table_of(model)
    once = _INSERT[session.get_bind().dialect.name](table)
    if table.name not in GOVERNED:
        statement = once.on_conflict_do_nothing().returning(returning)
        return set(session.scalars(statement, list(rows)))
    keys = [c for c in table.primary_key if c.name != returning.key]
    statement = once.on_conflict_do_nothing().returning(returning, *keys)
    new = session.execute(statement, list(rows)).all()
    names = {c.name: i for i, c in enumerate(keys, 1)} | {returning.key: 0}
    saw_new(session, table, rows, [tuple(r[names[c.name]] for c in table.primary_key) for r in new])
    return {row[0] for row in new}
