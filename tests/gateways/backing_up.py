"""What tests of backups arrange: the tools of PostgreSQL, a place, a backup, another place."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import make_url

from fulfilment_monitor.gateways import backups, restores
from fulfilment_monitor.gateways.backups import Place
from fulfilment_monitor.house import House, alembic_config, open_house, upgrade
from fulfilment_monitor.services import doctor
from fulfilment_monitor.settings import Settings
from tests.conftest import at
from tests.postgres import bundled_binaries, create_database, drop_database, system_binaries
from tests.services.builders import CLERK, day, office

NOW = at(day("2025-10-01"))
#: Migrations, oldest first.
REVISIONS = [
    r.revision for r in ScriptDirectory.from_config(alembic_config(Settings())).walk_revisions()
][::-1]


def with_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put pg_dump and pg_restore of the server the tests run on first on PATH."""
    folders = [str(f) for f in (*system_binaries(), *bundled_binaries())]
    monkeypatch.setenv("PATH", os.pathsep.join([*folders, os.environ["PATH"]]))  # noqa: TID251


def settings_of(url: str, folder: Path) -> Settings:
    return Settings(database_url=url, evidence_dir=str(folder / "evidence"))


def place_of(settings: Settings) -> Place:
    return Place(settings.database_url, settings.sqlite_path(), settings.evidence_path())


def make(house: House, out: Path, evidence: Path, **given: object) -> backups.Made:
    """A plain backup of a house."""
    chosen = {"to": [], "force": False, "version": "1", "now": NOW, **given}
    place = Place(house.settings.database_url, house.settings.sqlite_path(), evidence)
    return backups.make(place, out, **chosen)  # type: ignore[arg-type]


def terms(house: House, **given: object) -> restores.Terms:
    """What a person agrees to who wants nothing special."""

    def examine(url: str) -> list[str]:
        opened = open_house(replace(house.settings, database_url=url))
        try:
            with opened.readers() as session:
                found = doctor.examine(session, office(opened))[1]
        finally:
            opened.close()
        return [f"{v.check}: {v.detail}" for v in found]

    usual = {
        "force": False,
        "accept_loss": 0,
        "may_upgrade": False,
        "revisions": REVISIONS,
        "upgrade": lambda url: upgrade(replace(house.settings, database_url=url)),
        "examine": examine,
        "by": CLERK,
        "now": NOW,
        "keys": house.keys,
    }
    return restores.Terms(**{**usual, **given})  # type: ignore[arg-type]


@contextmanager
def another_database(house: House, folder: Path) -> Iterator[str]:
    """The URL of an empty database of the same kind."""
    folder.mkdir(exist_ok=True)
    if house.engine.dialect.name == "sqlite":
        yield f"sqlite:///{folder}/restored.db"
        return
    server = make_url(house.settings.database_url)
    name = f"{server.database}_r"
    url = server.render_as_string(hide_password=False)
    yield create_database(url, name)
    drop_database(url, name)


def restore(house: House, backup: Path, place: Place, **given: object) -> restores.Restored:
    """Restore a plain backup on the terms given."""
    with backups.closed_folder(place.scratch) as scratch:
        opened = backups.open_backup(backup, None, scratch)
        return restores.restore(opened, place, terms(house, **given))
