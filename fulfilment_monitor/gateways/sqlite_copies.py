"""Copies of an SQLite file that are consistent while others write, and putting one in place."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import chain, count
from pathlib import Path

from sqlalchemy import NullPool, create_engine
from sqlalchemy.orm import Session

from ..domain.errors import Refusal
from .disk import sync_folder
from .sealed import BackupDamaged, BackupFailed

#: What SQLite says of a file, rather than of the disk it lies on.
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
#: What SQLite keeps beside a file; with another file they would spoil it.
_BESIDE = ("-wal", "-shm", "-journal")


class InUse(Refusal):
    code = "restore.in-use"
    title = "The database is in use"
    status = 409


def copy(live: Path, to: Path) -> None:
    """Copy a database in one look, whoever writes meanwhile; the copy is a single file.

    Raises:
        BackupDamaged: the database itself is unsound.
        BackupFailed: there is no room for a copy, or no leave to read.
    """
    try:
        with closing(sqlite3.connect(live, timeout=60)) as source, closing(_open(to)) as made:
            source.backup(made)
        single(to)
    except sqlite3.DatabaseError as fault:
        broken = getattr(fault, "sqlite_errorcode", 0) & 0xFF in _BROKEN
        refusal = BackupDamaged if broken else BackupFailed
        raise refusal(f"the database cannot be copied: {fault}") from fault
    check(to)


def _open(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    return sqlite3.connect(path, timeout=60, isolation_level=None)


def single(path: Path) -> None:
    """Make a closed database one file, nothing of it in a log beside it."""
    with closing(_open(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")


def check(path: Path) -> None:
    """SQLite's own checks of a file.

    Raises:
        BackupDamaged: pages are broken, or rows refer to rows that are not there.
    """
    found: list[str] = []
    try:
        with closing(_open(path)) as connection:
            rows = connection.execute("PRAGMA integrity_check(5)").fetchall()
            found += [str(r[0]) for r in rows if r[0] != "ok"]
            broken = connection.execute("PRAGMA foreign_key_check").fetchmany(5)
            found += [f"a row of {r[0]} refers to one of {r[2]} that is not there" for r in broken]
    except sqlite3.DatabaseError as fault:
        found.append(str(fault))
    if found:
        raise BackupDamaged("the database is unsound", found=found)


@contextmanager
def reading(path: Path) -> Iterator[Session]:
    """A session on a file that leaves not a byte of it changed."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True),
        poolclass=NullPool,
    )
    with engine.connect() as connection, Session(connection) as session:
        yield session


def put(made: Path, live: Path, now: datetime, *, readable: bool) -> Path | None:
    """Give a database its place in one step; what was there is kept, and its new name returned.

    Args:
        readable: the old one can still be opened; a wreck is moved as it lies, log and all.

    Raises:
        InUse: somebody has the old one open.
    """
    aside = _free(live.with_name(f"{live.name}.before-restore-{now:%Y%m%dT%H%M%SZ}"))
    held = _hold(live) if readable and live.exists() else None
    try:
        with made.open("rb") as file:
            os.fsync(file.fileno())
        for ending in _BESIDE:
            if Path(f"{live}{ending}").exists():
                Path(f"{live}{ending}").rename(f"{aside}{ending}")
        if live.exists():
            shutil.copymode(live, made)
            _keep_as(live, aside)
        os.replace(made, live)
        sync_folder(live.parent)
    finally:
        if held is not None:
            held.close()
    return aside if aside.exists() else None


def _free(path: Path) -> Path:
    """The name, or the next one that is not taken."""
    names = (
        path.with_name(f"{path.name}{more}") for more in chain([""], (f"-{n}" for n in count(2)))
    )
    return next(name for name in names if not name.exists())


def _keep_as(live: Path, aside: Path) -> None:
    """A second name for a file, so that there is a database in its place at every moment."""
    try:
        os.link(live, aside)
    except OSError:  # a file system without links: there is none for the blink of an eye
        live.rename(aside)


def _hold(live: Path) -> sqlite3.Connection:
    """Keep everybody off a database; leaving the log of a database needs it for oneself alone."""
    connection = sqlite3.connect(live, timeout=1, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as fault:
        connection.close()
        detail = "somebody has the database open; stop serve, scheduler and web processes"
        raise InUse(f"{detail} ({fault})") from None
    return connection
