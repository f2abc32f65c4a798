"""Importing files against writing the same final rows bare: COPY, or one prepared INSERT a table.

The floor reads all rows that an import has written, then writes them into an empty twin of the
database, with the same keys, indexes and durability, in one transaction.
"""

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from sqlalchemy import Table, select, text

from bench import child, files
from bench.places import DATABASES, Place
from bench.register import run_plain
from bench.rows import Profile, Row, Target, profiled
from fulfilment_monitor.cli.importing import import_paths
from fulfilment_monitor.cli.reports import Report
from fulfilment_monitor.domain.search import words_of
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.base import Base
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.store.once import table_of

_CONTRACTS, _TURNS = 3_000, 3
_TARGETS = {
    "xlsx": Target(6, "at most", 6),
    "csv": Target(6, "at most", 3.5),
    "json": Target(6, "at most", 3.5),
}
_MEMORY, _BAD_COST = Target(6, "at most", 300), Target(6, "at most", 30)
_MEMORY_ROWS, _ALL_ROWS = 60_000, 1_000_000
_BAD = 0.05
_WORDS = "search_contract"


class Written(NamedTuple):
    """All rows of a database that an empty one does not have, ready to be written again."""

    #: Per table in the order of the keys: its name, its rows or the bytes of a COPY.
    tables: list[tuple[str, Any]]
    rows: int


def run(place: Place) -> Iterator[Row | Profile]:
    """Every format into both databases; what bad rows cost; memory; what is left over."""
    count = place.sized(_CONTRACTS)
    made = {kind: _file(place, kind, count) for kind in files.WRITERS}
    for database in DATABASES:
        for kind, path in made.items():
            yield from _against_floor(place, database, kind, path, count)
        yield _bad_rows(place, database, count)
    yield from _memory(place)
    yield _profile(place, made["xlsx"], "xlsx")
    yield _profile(place, made["csv"], "csv")


def _file(place: Place, kind: str, count: int, bad: float = 0.0) -> Path:
    suffix = "json" if kind == "ocds" else kind
    path = place.folder / f"{kind}-{count}-{bad}.{suffix}"
    if not path.exists():
        files.WRITERS[kind](path, files.contracts(count, bad))
    return path


def _against_floor(place: Place, database: str, kind: str, path: Path, count: int) -> Iterator[Row]:
    ours, floors, disk, done, rows = [], [], 0.0, None, 0
    for _ in range(_TURNS):
        url, twin = place.url(database), place.url(database)
        done = child.run("import", url, str(path))
        assert done.counts["registered"] == count, done.counts
        house, empty = (open_house(Settings(database_url=u)) for u in (url, twin))
        disk = (_disk(house) - _disk(empty)) / count
        written = read_back(house, empty)
        rows = written.rows
        ours.append(done.seconds)
        floors.append(write_bare(empty, written))
        for each, address in ((house, url), (empty, twin)):
            each.close()
            place.forget(address)
    assert done is not None
    sheet = count * files.ROWS
    yield Row(
        f"import of {kind} ÷ bare bulk write",
        database,
        f"{count:,} contracts, {sheet:,} rows of a sheet, {rows:,} rows written",
        median(o / f for o, f in zip(ours, floors, strict=True)),
        "×",
        _TARGETS.get(kind),
        {
            "import_s": median(ours),
            "floor_s": median(floors),
            "contracts_a_second": count / median(ours),
            "peak_mib": done.peak_mib,
        },
    )
    if kind == "csv":
        what = "the register on disk, a contract with three obligations"
        yield Row(what, database, f"{count:,} contracts", disk / 1024, "KiB")


def _disk(house: House) -> float:
    if house.engine.dialect.name == "sqlite":
        run_plain(house, ["PRAGMA wal_checkpoint(TRUNCATE)"])
        path = house.settings.sqlite_path()
        assert path is not None
        return path.stat().st_size
    with house.readers() as session:
        return float(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def read_back(house: House, empty: House) -> Written:
    """The rows that an import has added to a database."""
    sqlite = house.engine.dialect.name == "sqlite"
    tables, rows = [], 0
    for table in [*_added(house, empty), None]:
        name = _WORDS if table is None else table.name
        if table is None and sqlite:  # its text is not kept, only what finds it
            found: Any = _words(house)
        elif sqlite:
            with house.readers() as session:
                cursor: Any = session.connection().exec_driver_sql(f"SELECT * FROM {name}").cursor
                found = cursor.fetchall()
        else:
            found = _copied(house, name)
        with house.readers() as session:
            rows += session.scalar(text(f"SELECT count(*) FROM {name}")) or 0
        tables.append((name, found))
    return Written(tables, rows)


def _added(house: House, empty: House) -> list[Table]:
    """The tables that have rows now and had none: the head of the audit chain only moves."""
    found = []
    for table in Base.metadata.sorted_tables:
        count = text(f"SELECT count(*) FROM {table.name}")
        with house.readers() as session, empty.readers() as other:
            if session.scalar(count) and not other.scalar(count):
                found.append(table)
    return found


def _words(house: House) -> list[tuple[int, str]]:
    contract = table_of(Contract)
    names = "SELECT id, name FROM organisation"
    query = select(
        contract.c.id, contract.c.contract_no, contract.c.title,
        contract.c.government_id, contract.c.enterprise_id,
    )  # fmt: skip
    with house.readers() as session:
        name = {row[0]: row[1] for row in session.execute(text(names))}
        return [
            (i, " ".join(words_of(number, title, name[body], name[firm])))
            for i, number, title, body, firm in session.execute(query)
        ]


def _copied(house: House, name: str) -> bytes:
    with house.readers() as session:
        driver: Any = session.connection().connection.driver_connection
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {name} TO STDOUT (FORMAT BINARY)") as out,
        ):
            return b"".join(bytes(block) for block in out)


def write_bare(house: House, written: Written) -> float:
    """Seconds to write the rows in one transaction, commit included."""
    raw: Any = house.engine.raw_connection()
    sqlite = house.engine.dialect.name == "sqlite"
    try:
        cursor = raw.cursor()
        began = perf_counter()
        if sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        for name, rows in written.tables:
            if sqlite:
                _insert(cursor, name, rows)
            else:
                with cursor.copy(f"COPY {name} FROM STDIN (FORMAT BINARY)") as copy:
                    for at in range(0, len(rows), 1 << 20):
                        copy.write(rows[at : at + (1 << 20)])
        raw.commit()
        return perf_counter() - began
    finally:
        raw.close()


def _insert(cursor: Any, name: str, rows: list[Any]) -> None:
    columns = " (rowid, words)" if name == _WORDS else ""
    marks = ",".join("?" * len(rows[0]))
    cursor.executemany(f"INSERT INTO {name}{columns} VALUES ({marks})", rows)


def _bad_rows(place: Place, database: str, count: int) -> Row:
    """Longer by how much for each registered contract; refused ones are told why."""
    clean, bad = _file(place, "csv", count), _file(place, "csv", count, _BAD)
    costs, refused = [], 0
    for _ in range(_TURNS):
        a_contract = []
        for path in (clean, bad):
            url = place.url(database)
            done = child.run("import", url, str(path))
            a_contract.append(done.seconds / done.counts["registered"])
            refused = done.counts.get("refused", 0)
            place.forget(url)
        costs.append(100 * (a_contract[1] / a_contract[0] - 1))
    assert refused
    return Row(
        "5 % bad rows, cost a registered contract",
        database,
        f"{count:,} contracts as CSV, {refused:,} of them refused",
        median(costs),
        "%",
        _BAD_COST,
        {"costs": sorted(round(c, 1) for c in costs)},
    )


def _memory(place: Place) -> Iterator[Row]:
    rows = place.sized(_MEMORY_ROWS, _ALL_ROWS)
    for kind in ("xlsx", "csv", "json"):
        count = rows // files.ROWS
        path, url = _file(place, kind, count), place.url("sqlite")
        done = child.run("import", url, str(path))
        place.forget(url)
        path.unlink()
        yield Row(
            f"memory of an import of {kind}, peak",
            "sqlite",
            f"{count * files.ROWS:,} rows",
            done.peak_mib,
            "MiB",
            _MEMORY,
            {"before_mib": done.start_mib, "contracts_a_second": count / done.seconds},
            "" if rows >= _ALL_ROWS else f"the target is {_ALL_ROWS:,} rows (--full)",
        )


def _profile(place: Place, path: Path, kind: str) -> Profile:
    with place.house("sqlite") as house, Report() as report:
        return profiled(
            f"import of {kind}, sqlite", lambda: import_paths(house, [path], "bench", report)
        )
