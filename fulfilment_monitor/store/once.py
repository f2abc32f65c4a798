"""Insert rows unless their unique key is taken: the one idempotency primitive."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

_INSERT = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_once(
    session: Session,
    table: Any,
    rows: Sequence[dict[str, Any]],
    returning: ColumnElement[Any],
) -> set[Any]:
    """Insert `rows`, skipping any whose unique key exists; returns `returning` of the new ones.

    Safe under concurrency: the database decides, not a read before the write.
    """
    if not rows:
        return set()
    insert = _INSERT[session.get_bind().dialect.name]
    statement = insert(table).on_conflict_do_nothing().returning(returning)
    return set(session.scalars(statement, list(rows)))
