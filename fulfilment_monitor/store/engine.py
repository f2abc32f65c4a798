"""Open the database, the same way everywhere."""

import sqlite3
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.orm import Session, sessionmaker

from ..domain.audit import ALGORITHM
from ..domain.secrets import Secrets
from . import governed
from .chain import write_pending
from .keeping import Keeping, keep_by, no_keys

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=60000",
    "recursive_triggers=ON",
    "secure_delete=ON",
    "temp_store=MEMORY",
)


def open_engine(url: str, *, for_reading: bool = False) -> Engine:
    """An engine whose transactions neither lose updates nor lose commits.

    Args:
        for_reading: on SQLite, transactions that hold up no writer; they must not write.

    SQLite: `BEGIN IMMEDIATE` (a plain BEGIN lets two writers read first, and one loses), WAL with
    `synchronous=FULL` (NORMAL may lose commits when the power goes).
    """
    sqlite = url.startswith("sqlite")
    if url.startswith("postgresql://"):  # the bare name means another driver in each release
        url = "postgresql+psycopg://" + url.removeprefix("postgresql://")
    engine = create_engine(
        url,
        json_serializer=governed.as_json,
        hide_parameters=True,  # what goes in has no place in a log or in the text of a fault
        connect_args={"timeout": 60} if sqlite else {},
    )
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_reading if for_reading else _begin_immediate)
        event.listen(engine, "handle_error", _name_the_cause)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    """Compiling a plan takes longer than any query of a page: PostgreSQL is not to."""
    with connection.cursor() as cursor:
        cursor.execute("SET jit = off")
    connection.commit()  # what is set in a transaction goes back with it


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _name_the_cause(context: ExceptionContext) -> None:
    """A full disk ends the whole transaction in SQLite, its savepoints with it.

    To go back to one fails then, and must not hide what went wrong first.
    """
    cause = context.original_exception.__context__
    going_back = (context.statement or "").startswith("ROLLBACK TO SAVEPOINT")
    if going_back and cause is not None:
        raise cause


def open_sessions(
    engine: Engine,
    keys: Callable[[int], Secrets | None] = no_keys,
    alg: str = ALGORITHM,
) -> sessionmaker[Session]:
    """Sessions whose audit entries are written just before they commit.

    Args:
        keys: the keys for the entry with a number; it gets a keyed hash once there are some.
        alg: the algorithm new entries are hashed with.
    """
    info = keep_by(Keeping(alg, keys))
    sessions = sessionmaker(engine, expire_on_commit=False, autoflush=False, info=info)
    event.listen(sessions, "after_flush", governed.saw_flush)
    event.listen(sessions, "do_orm_execute", governed.saw_statement)
    event.listen(sessions, "after_soft_rollback", governed.saw_rollback)
    event.listen(sessions, "before_commit", write_pending)
    return sessions
