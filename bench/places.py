"""Where is measured: databases made for the run, on servers that lose nothing."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from sqlalchemy import make_url

from fulfilment_monitor.house import House, open_house, upgrade
from fulfilment_monitor.settings import Settings
from tests import postgres

DATABASES = ("sqlite", "postgresql")
#: The tests' server forgives a crash; a benchmark pays for what a register pays for.
_DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "1GB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "30min",
}


@dataclass
class Place:
    """A folder and a PostgreSQL server for the run, and how large everything is to be."""

    folder: Path
    server: str
    #: Multiplies every default size.
    scale: float = 1.0
    #: The sizes of the targets: 10 M obligations, 5 M rows deep, 1 M rows imported.
    full: bool = False
    #: The large register that one benchmark leaves for the next, by database.
    kept: dict[str, House] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def sized(self, usual: int, full: int | None = None) -> int:
        """A size: the usual one, or the one of the targets; times the scale."""
        whole = full if self.full and full is not None else usual
        return max(1, round(whole * self.scale))

    def url(self, database: str) -> str:
        """The address of a new, migrated database: a copy of one that was migrated once."""
        number = next(self._numbers)
        if database == "sqlite":
            made = self.folder / f"bench{number}.db"
            shutil.copyfile(self._template_file, made)
            return f"sqlite:///{made}"
        template = self._template_database
        return postgres.create_database(self.server, f"bench{number}", template)

    @cached_property
    def _template_file(self) -> Path:
        path = self.folder / "template.db"
        upgrade(Settings(database_url=f"sqlite:///{path}"))
        return path

    @cached_property
    def _template_database(self) -> str:
        upgrade(Settings(database_url=postgres.create_database(self.server, "bench_template")))
        return "bench_template"

    def forget(self, url: str) -> None:
        """Remove a database and what it takes on the disk."""
        path = Settings(database_url=url).sqlite_path()
        if path is None:
            postgres.drop_database(self.server, str(make_url(url).database))
            return
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)

    def keep(self, database: str) -> House:
        """A house on a new database that stays until the run ends; the one before it goes."""
        if database in self.kept:
            before = self.kept.pop(database)
            before.close()
            self.forget(before.settings.database_url)
        house = open_house(Settings(database_url=self.url(database)))
        self.kept[database] = house
        return house

    @contextmanager
    def house(self, database: str) -> Iterator[House]:
        """A house on a new database, removed afterwards."""
        url = self.url(database)
        house = open_house(Settings(database_url=url))
        try:
            yield house
        finally:
            house.close()
            self.forget(url)


@contextmanager
def opened(*, scale: float, full: bool) -> Iterator[Place]:
    """A place for one run."""
    with TemporaryDirectory(prefix="fm-bench-") as folder, patch.dict(postgres.SETTINGS, _DURABLE):
        base = Path(folder)
        with postgres.postgres_server(base) as server:
            place = Place(base, server, scale, full)
            try:
                yield place
            finally:
                for house in place.kept.values():
                    house.close()
