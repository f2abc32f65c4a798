"""Fixtures of the long tests: a seed to repeat a run by, databases by the dozen, a report."""

import os
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from random import Random

import psycopg
import pytest
from sqlalchemy import make_url

from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.settings import Settings
from tests.conftest import _TEMPLATE
from tests.postgres import create_database, drop_database

#: Puts a figure of this test into the report: its name and its value.
Tell = Callable[[str, object], None]


@pytest.fixture
def tell(request: pytest.FixtureRequest) -> Tell:
    """Print a figure, and put it into the report (a property in pytest's own XML)."""

    def say(name: str, value: object) -> None:
        print(f"{name}: {value}")  # noqa: T201 — shown by pytest when a test fails
        request.node.user_properties.append((name, value))

    return say


@pytest.fixture
def rng(tell: Tell) -> Random:
    """Chance, another each time; ENDURANCE_SEED=n repeats a run."""
    given = os.environ.get("ENDURANCE_SEED")  # noqa: TID251 — no setting of the product
    seed = int(given) if given else secrets.randbelow(10**9)
    tell("seed", seed)
    return Random(seed)


class Databases:
    """Migrated databases of one kind, which go when the test ends."""

    def __init__(self, kind: str, template: Path, server: str, folder: Path) -> None:
        self.kind, self._template, self._server, self._folder = kind, template, server, folder
        self._made = 0
        self._ending = ExitStack()

    def new(self, **settings: object) -> House:
        """A house on an empty register."""
        return self._open(self._template, _TEMPLATE, settings)

    def copy(self, house: House, **settings: object) -> House:
        """A house on a copy of a register, which must not be in use."""
        house.close()
        if self.kind == "postgresql":
            name = make_url(house.settings.database_url).database
            assert name is not None
            return self._open(self._template, name, settings)
        path = house.settings.sqlite_path()
        assert path is not None
        assert not path.with_name(f"{path.name}-wal").exists(), "it is still in use"
        return self._open(path, _TEMPLATE, settings)

    def _open(self, path: Path, template: str, settings: dict[str, object]) -> House:
        self._made += 1
        if self.kind == "postgresql":
            name = f"endurance_{self._folder.name}_{self._made}".lower()
            self._ending.callback(drop_database, self._server, name)
            url = create_database(self._server, name, template=template)
        else:
            file = self._folder / f"{self._made}.db"
            file.write_bytes(path.read_bytes())
            url = f"sqlite:///{file}"
        keys = {"keys_dir": str(self._folder / f"{self._made}.keys")}
        house = open_house(Settings(database_url=url, **{**keys, **settings}))  # type: ignore[arg-type]
        self._ending.callback(house.close)
        return house

    def version(self) -> str:
        """Of the library or the server."""
        if self.kind == "sqlite":
            return f"SQLite {sqlite3.sqlite_version}"
        with psycopg.connect(self._server.replace("+psycopg", "")) as connection:
            return f"PostgreSQL {connection.info.parameter_status('server_version')}"

    def close(self) -> None:
        """Let go of them all."""
        self._ending.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path: Path, tell: Tell
) -> Iterator[Databases]:
    """As many databases of either kind as a test wants."""
    server = request.getfixturevalue("postgres") if request.param == "postgresql" else ""
    made = Databases(request.param, sqlite_template, server, tmp_path)
    tell("database", made.version())
    yield made
    made.close()
