"""Open the database, the same way everywhere."""

import json
import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from .chain import write_pending

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=60000",
    "recursive_triggers=ON",
    "secure_delete=ON",
    "temp_store=MEMORY",
)


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


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
        url, json_serializer=_as_json, connect_args={"timeout": 60} if sqlite else {}
    )
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_reading if for_reading else _begin_immediate)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def open_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions whose audit entries are written just before they commit."""
    sessions = sessionmaker(engine, expire_on_commit=False, autoflush=False)
    event.listen(sessions, "before_commit", write_pending)
    return sessions
