"""Copies of a PostgreSQL database, by the tools that come with it."""

import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ..domain.errors import Refusal
from ..store.engine import open_engine
from .sealed import BackupDamaged, BackupFailed

#: Where distributions put them, beside PATH.
_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql*/bin",
)


class ToolMissing(Refusal):
    code = "backup.tool-missing"
    title = "A program of PostgreSQL is missing"
    status = 501


class Snapshot(NamedTuple):
    """A moment of the database that others can look at too while the session lasts."""

    session: Session
    name: str
    #: The server's major version.
    major: int


@contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """Hold the database as it is now; writers are not held up."""
    engine = open_engine(url)
    try:
        with engine.connect() as plain:
            connection = plain.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            with Session(connection) as session:
                name = session.scalar(text("SELECT pg_export_snapshot()"))
                yield Snapshot(session, str(name), _server(session))
    finally:
        engine.dispose()


def _server(session: Session) -> int:
    return int(session.scalar(text("SHOW server_version_num")) or 0) // 10_000


@contextmanager
def opened(url: str) -> Iterator[Session]:
    """A session on another database than the one in use."""
    engine = open_engine(url)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()


def program(name: str, major: int) -> Path:
    """A tool at least as new as the server, and no newer than need be.

    A dump by a newer tool may say things that an older server does not understand.

    Raises:
        ToolMissing: there is none; says what to install.
    """
    places = [p / name for pattern in _PLACES for p in Path("/").glob(pattern[1:])]
    on_path = shutil.which(name)
    if on_path:
        places.append(Path(on_path))
    versions = [(_major(p), p) for p in places if p.is_file()]
    fit = sorted((v, str(p)) for v, p in versions if v >= major)
    if not fit:
        found = ", ".join(f"{p} ({v})" for v, p in versions) or "none"
        detail = f"{name} {major} or newer is needed on PATH (postgresql-client-{major})"
        raise ToolMissing(detail, found=found)
    return Path(fit[0][1])


def _major(tool: Path) -> int:
    said = subprocess.run(  # noqa: S603 — a tool found by its name
        [tool, "--version"], capture_output=True, text=True, check=False
    ).stdout
    number = re.search(r"PostgreSQL\) (\d+)", said)
    return int(number[1]) if number else 0


def dump(url: str, held: Snapshot, to: Path) -> None:
    """Dump a held moment; the list of its contents can be read back.

    Raises:
        ToolMissing, BackupFailed.
    """
    tool = program("pg_dump", held.major)
    named = ["--no-password", "--format=custom", f"--snapshot={held.name}", f"--file={to}"]
    _run([tool, *named, f"--dbname={_address(url, to.parent)}"])
    contents = _run([program("pg_restore", held.major), "--list", to])
    if "TABLE DATA" not in contents:
        raise BackupFailed("the dump holds no tables")


def load(url: str, dumped: Path) -> None:
    """Load a dump into an empty database: all of it, or nothing.

    Raises:
        ToolMissing, BackupFailed.
    """
    with opened(url) as session:
        major = _server(session)
    tool = program("pg_restore", major)
    how = [
        "--no-password",
        "--exit-on-error",
        "--single-transaction",
        "--no-owner",
        "--no-privileges",
    ]
    _run([tool, *how, f"--dbname={_address(url, dumped.parent)}", dumped])


def check(dumped: Path) -> None:
    """Whether a dump can be listed.

    Raises:
        ToolMissing, BackupDamaged.
    """
    try:
        _run([program("pg_restore", 0), "--list", dumped])
    except BackupFailed as fault:
        raise BackupDamaged(str(fault)) from None


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """A new database on the same server, dropped afterwards.

    Raises:
        BackupFailed: the account may not create databases.
    """
    made = make_url(url).set(database=f"fm_verify_{secrets.token_hex(6)}")
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
    )
    quoted = engine.dialect.identifier_preparer.quote(str(made.database))
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {quoted} TEMPLATE template0"))
    except DBAPIError as fault:
        raise BackupFailed(f"no database to try the backup in: {fault.orig}") from None
    try:
        yield made.render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {quoted} WITH (FORCE)"))


def _address(url: str, scratch: Path) -> str:
    """The database's address for the tools, without its password: others see what runs."""
    full = make_url(url)
    asked: dict[str, str | tuple[str, ...]] = dict(full.query)
    if full.password is not None:
        file = scratch / "pgpass"
        file.touch(mode=0o600)
        escaped = str(full.password).replace("\\", "\\\\").replace(":", "\\:")
        file.write_text(f"*:*:*:*:{escaped}\n", "utf-8")
        asked["passfile"] = str(file)
    bare = URL.create(
        "postgresql", full.username, None, full.host, full.port, full.database, query=asked
    )
    return bare.render_as_string()


def _run(words: list[str | Path]) -> str:
    done = subprocess.run(  # noqa: S603 — a tool of PostgreSQL, and arguments of ours
        words, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        last = " ".join(done.stderr.split())[-500:]
        raise BackupFailed(f"{Path(words[0]).name}: {last}")
    return done.stdout
