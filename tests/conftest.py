"""Fixtures: every test that touches tables runs on SQLite and on PostgreSQL."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from fulfilment_monitor import house as premises
from fulfilment_monitor.settings import Settings
from tests.apps import making_apps_quickly
from tests.engines import compiling_once
from tests.postgres import create_database, drop_database, memory_folder, postgres_server

#: Names a migrated SQLite file that is there already: whoever runs many sessions makes one.
TEMPLATE_OPTION = "--sqlite-template"
#: The template every PostgreSQL test copies: migrated once.
_TEMPLATE = "fulfilment_template"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(TEMPLATE_OPTION, metavar="FILE", help="a migrated SQLite file to copy")


def pytest_collection_finish() -> None:
    """What was collected lives as long as the session: the collector need not look at it again."""
    gc.collect()
    gc.freeze()


def at(day: date) -> datetime:
    """Nine in the morning in Beijing."""
    return datetime(day.year, day.month, day.day, 1, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """What one test has compiled serves them all."""
    with compiling_once(), making_apps_quickly():
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own, with a migrated template database."""
    with (
        TemporaryDirectory(prefix="fm-pg-") as base,
        postgres_server(Path(base), memory_folder()) as url,
    ):
        template = create_database(url, _TEMPLATE)
        premises.upgrade(Settings(database_url=template))
        yield url


@pytest.fixture(scope="session")
def sqlite_template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A migrated SQLite file, copied for each test; the one that is given, if there is one."""
    given = request.config.getoption(TEMPLATE_OPTION)
    if given:
        return Path(given)
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    premises.upgrade(Settings(database_url=f"sqlite:///{path}"))
    return path


#: Every test that touches tables runs on each of them.
KINDS = ("sqlite", "postgresql")


@contextmanager
def fresh_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """A fresh, migrated database of the kind a fixture is asked for; a file lies in the folder."""
    if request.param == "sqlite":
        yield _copied(request.getfixturevalue("sqlite_template"), folder)
        return
    server = request.getfixturevalue("postgres")
    name = f"t_{abs(hash((request.node.nodeid, str(folder)))):x}"
    yield create_database(server, name, template=_TEMPLATE)
    drop_database(server, name)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database of either kind."""
    with fresh_database(request, tmp_path) as url:
        yield url


@pytest.fixture(autouse=True)
def keys_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds the keys of another, whatever database a command works on."""
    monkeypatch.setenv("FM_KEYS_DIR", str(tmp_path / "keys"))


@pytest.fixture
def no_loop_of_others() -> Iterator[None]:
    """The browser of other tests keeps a loop in this thread; a worker begins one of its own."""
    theirs = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(theirs)


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[premises.House]:
    """Everything a door opens with, on a fresh database."""
    with opened_house(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def one_house(sqlite_template: Path, tmp_path: Path) -> Iterator[premises.House]:
    """The same on SQLite alone, for what a door says whatever the database."""
    with opened_house(_copied(sqlite_template, tmp_path), tmp_path) as opened:
        yield opened


def _copied(template: Path, folder: Path) -> str:
    path = folder / "fulfilment.db"
    path.write_bytes(template.read_bytes())
    return f"sqlite:///{path}"


@contextmanager
def opened_house(url: str, folder: Path) -> Iterator[premises.House]:
    """A house on a database, with all it keeps in a folder."""
    kept = ("keys_dir", "evidence_dir", "uploads_dir", "exchange_dir")
    places = {name: str(folder / name.removesuffix("_dir")) for name in kept}
    places["message_sink"] = str(folder / "messages")
    opened = premises.open_house(Settings(database_url=url, **places))
    yield opened
    opened.close()
