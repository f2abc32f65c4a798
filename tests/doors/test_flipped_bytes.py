"""One byte of an SQLite file changed on its medium: a check says so, or SQLite does; none is calm.

The places lie in the pages that hold acts, anchors and governed rows. Whether a change can be seen
at all is told by the rows as SQLite alone reads them: what lies in no row has nothing to find.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from fulfilment_monitor.domain.governed import GOVERNED
from tests.conftest import at
from tests.services.builders import a_document, day, fulfilment_monitor, register
from tests.services.case_builders import a_town, complain
from tests.services.record_builders import anchored, keyed

_RECORD = ("audit_entry", "audit_anchor", "audit_head")
_NO_EFFECT, _FOUND, _CALM = "no effect", "found", "calm"


class Original(NamedTuple):
    content: bytes
    rows: object
    #: From where to where, in bytes, the pages lie that hold what is on record.
    pages: list[range]
    keys: Path


@pytest.fixture(scope="module")
def original(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Original:
    """A register with a contract, a complaint and an anchor; its keys stay in the folder."""
    folder = tmp_path_factory.mktemp("flips")
    path = folder / "whole.db"
    path.write_bytes(sqlite_template.read_bytes())
    with keyed(f"sqlite:///{path}", folder / "keys") as house:
        a_town(house)
        register(house, a_document())
        complain(house, "2025-09-11")
        anchored(house, at(day("2025-09-12")))
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        names = sorted({*GOVERNED, *_RECORD})
        marks = ",".join("?" * len(names))
        query = f"SELECT DISTINCT pageno FROM dbstat WHERE name IN ({marks}) ORDER BY pageno"
        pages = [range((n - 1) * size, n * size) for (n,) in connection.execute(query, names)]
    connection.close()
    return Original(path.read_bytes(), rows_of(path), pages, folder / "keys")


def rows_of(path: Path) -> object:
    """What is on record and governed, with the types SQLite sees; None where it cannot read it."""
    connection = sqlite3.connect(path)
    connection.text_factory = bytes
    found = {}
    try:
        for table in sorted({*GOVERNED, *_RECORD}):
            columns = GOVERNED.get(table) or ("*",)
            rows = connection.execute(f"SELECT {', '.join(columns)} FROM {table}").fetchall()
            found[table] = sorted(repr([(type(v).__name__, v) for v in row]) for row in rows)
    except sqlite3.DatabaseError:
        return None
    finally:
        connection.close()
    return found


def places(original: Original, count: int, seed: int) -> Iterator[tuple[int, int]]:
    """Where a byte is changed, and into what: half of them among what is written there."""
    random = Random(seed)
    everywhere = [i for page in original.pages for i in page]
    written = [i for i in everywhere if original.content[i]]
    for n in range(count):
        where = random.choice(written if n % 4 else everywhere)
        yield where, original.content[where] ^ (1 << random.randrange(8))


def outcome(original: Original, path: Path, where: int, byte: int) -> str:
    """What the checks say of a file with one byte changed."""
    changed = bytearray(original.content)
    changed[where] = byte
    for rest in path.parent.glob(f"{path.name}*"):
        rest.unlink()
    path.write_bytes(changed)
    touched = rows_of(path) != original.rows
    said = [
        fulfilment_monitor("audit", "verify", "--reconcile", "--json"),
        fulfilment_monitor("doctor", "--json"),
    ]
    for ran in said:
        if ran.status not in (0, 4) or "Traceback" in ran.err:
            return f"crashed: {ran.err[-400:]}"
    if any(ran.status == 4 for ran in said):
        return _FOUND
    return _CALM if touched else _NO_EFFECT


def flipped(
    original: Original, folder: Path, monkeypatch: pytest.MonkeyPatch, count: int, seed: int
) -> list[str]:
    path = folder / "flipped.db"
    monkeypatch.setenv("FM_DATABASE_URL", f"sqlite:///{path}")
    monkeypatch.setenv("FM_KEYS_DIR", str(original.keys))
    found = [(p, outcome(original, path, *p)) for p in places(original, count, seed)]
    assert not [f for f in found if f[1] not in (_FOUND, _NO_EFFECT)]
    return [told for _, told in found]


@pytest.mark.proves("E1", "I-19")
def test_a_byte_changed_on_the_medium_shows(
    original: Original, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = flipped(original, tmp_path, monkeypatch, 20, 1)
    assert found.count(_FOUND) >= 10


@pytest.mark.endurance
@pytest.mark.proves("E1", "I-19")
def test_hundreds_of_bytes_changed_on_the_medium_show(
    original: Original, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = flipped(original, tmp_path, monkeypatch, 400, 2)
    assert found.count(_FOUND) >= 200
