"""Programs for open contracting data beside ours, all on one and the same package.

A package of processes with three releases each: the contract, an amendment, and its fulfilment.
Every program is a process of its own, timed with the start of its interpreter, as ours is.
"""

import csv
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from bench import child
from bench.ocds_values import TABLES, write_values
from bench.peers import NotHere, missing, run_peer, version_of
from bench.places import DATABASES, Place
from bench.rows import Profile, Row, Target, profiled, seconds
from fulfilment_monitor.domain.ocds.codes import TAGS
from fulfilment_monitor.domain.ocds.values import exact_json
from fulfilment_monitor.schemas.ocds import read_releases
from fulfilment_monitor.schemas.ocds.standard import SCHEMA
from tests.services import ocds_documents as of

_PROCESSES, _FULL = 3_000, 20_000
#: Of the whole import, which registers what it reads.
_IMPORTED, _IMPORTED_FULL = 300, 2_000
_TIMES = 3
#: How many releases a process has, and rows of each table a process comes to.
_RELEASES = 3
_ROWS = {"contracts": 3, "milestones": 15, "transactions": 2}
#: What flatten-tool calls the same tables.
_FLATTENED = {
    "contracts": "contracts",
    "milestones": "con_imp_milestones",
    "transactions": "con_imp_transactions",
}
_NUMBER = "000000000"
_IMPORT = "OCDS import, end to end, against ocdskit compile"
_RELEASE_SCHEMA = "https://standard.open-contracting.org/schema/1__1__5/release-schema.json"


class Input(NamedTuple):
    """The package, a folder for what is written, and how many processes it speaks of."""

    package: Path
    folder: Path
    processes: int

    @property
    def size(self) -> str:
        megabytes = self.package.stat().st_size / 1e6
        releases = self.processes * _RELEASES
        return f"{self.processes:,} processes, {releases:,} releases, {megabytes:.0f} MB"


def run(place: Place) -> Iterable[Row | Profile]:
    """Decoding, whole imports, and how long the others take beside them."""
    given = make_input(place.folder / "ocds", place.sized(_PROCESSES, _FULL))
    one = make_input(place.folder / "ocds-one", 1)
    decoded = _decode(given)
    yield from _against_flatten_tool(given, one, decoded)
    smaller = make_input(place.folder / "ocds-import", place.sized(_IMPORTED, _IMPORTED_FULL))
    yield from _against_ocdskit(smaller, place)
    checked = _seconds_of("check", given)
    what = "checking against libcoveocds, which has more checks"
    yield from _aside(what, "libcoveocds", _libcoveocds, given, checked)
    what = "decoding against ocdscardinal, which only counts"
    yield from _aside(what, "ocdscardinal", _ocdscardinal, given, decoded)
    yield profiled("decoding OCDS", lambda: write_values(smaller.package, smaller.folder))
    with place.house(DATABASES[0]) as house:
        yield profiled("OCDS import", lambda: child.import_files(house, str(smaller.package)))


def make_input(folder: Path, processes: int) -> Input:
    """Write the package; nothing in it is anybody's."""
    folder.mkdir(parents=True, exist_ok=True)
    package = folder / "package.json"
    head, tail = exact_json(of.a_package()).split('"releases":[]')
    template = ",".join(exact_json(release) for release in _releases())
    with package.open("w", encoding="utf-8") as file:
        file.write(f'{head}"releases":[')
        for number in range(processes):
            between = "," if number else ""
            file.write(between + template.replace(_NUMBER, f"{number:09d}"))
        file.write(f"]{tail}")
    return Input(package, folder, processes)


def _releases() -> Iterator[of.Document]:
    """One process, under a number that is replaced: agreed, amended, half fulfilled."""
    due = ["2024-03-15", "2024-05-15", "2024-06-14", "2024-07-15", "2024-12-13"]
    kinds = ["delivery", "delivery", "payment", "delivery", "payment"]
    planned = [
        of.a_milestone(n, kind, on) for n, (kind, on) in enumerate(zip(kinds, due, strict=True), 1)
    ]
    for milestone in planned:
        if milestone["type"] == "payment":
            milestone["value"] = of.money("50000.00")
    moved = [{**m, "dueDate": "2024-06-14T00:00:00+02:00"} if m["id"] == 2 else m for m in planned]
    met = [of.met(m, m["dueDate"][:10]) if m["id"] <= 3 else m for m in moved]
    paid = (
        of.a_transaction("T-1", "2024-06-14", "30000.00"),
        of.a_transaction("T-2", "2024-06-28", "20000.00"),
    )
    amended = {
        "amendments": [{"id": "1", "date": "2024-03-08T00:00:00+02:00", "description": "later"}]
    }
    terms = {"id": f"C-{_NUMBER}", "value": of.money("100000.00")}
    steps = (
        ("2024-01-12", "contract", of.a_contract(*planned, **terms)),
        ("2024-03-11", "contractAmendment", of.a_contract(*moved, **terms, **amended)),
        ("2024-07-01", "implementation", of.a_contract(*met, paid=paid, **terms, **amended)),
    )
    for n, (on, tag, contract) in enumerate(steps, 1):
        name = f"{of.OCID}-{_NUMBER}"
        yield of.a_release(n, on, contract, ocid=name, id=f"{name}-{n}", tag=[tag])


# --- ours -----------------------------------------------------------------------------------------


def _decode(given: Input) -> float:
    """Our decoding, and a look whether it gave every row."""
    out = given.folder / "ours"
    out.mkdir(exist_ok=True)
    took = median(_seconds_of("rows", given, out) for _ in range(_TIMES))
    _expect(given, {name: out / f"{name}.csv" for name in TABLES}, headings=0)
    return took


def _seconds_of(what: str, given: Input, *more: Path) -> float:
    command = [sys.executable, "-m", "bench.ocds_values", what, given.package, *more]
    return seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))


def _expect(given: Input, tables: dict[str, Path], headings: int) -> None:
    for name, path in tables.items():
        with path.open(encoding="utf-8", newline="") as file:
            found = sum(1 for _ in csv.reader(file)) - headings
        if found != _ROWS[name] * given.processes:
            raise AssertionError(f"{path.name}: {found} rows")


def _import(given: Input, place: Place, database: str) -> float:
    """The whole import in a process of its own: kept, merged, checked, registered, explained."""
    url = place.url(database)
    done: list[child.Done] = []
    took = seconds(lambda: done.append(child.run("import", url, str(given.package))))
    place.forget(url)
    if done[0].counts.get("registered") != given.processes or done[0].counts.get("refused"):
        raise AssertionError(f"not all were registered: {done[0].counts}")
    return took


# --- the others -----------------------------------------------------------------------------------


def _against_flatten_tool(given: Input, one: Input, ours: float) -> Iterator[Row]:
    """Both as they are started; and beside it both without what they take for one process."""
    what = "decoding OCDS to rows against flatten-tool"
    try:
        theirs, start = _flatten(given), _flatten(one)
    except NotHere as why:
        yield missing(what, given.size, why)
        return
    started = (theirs - start) / (ours - _decode(one))
    beside = {**_beside("flatten-tool", ours, theirs, given), "without_start": started}
    yield Row(what, "", given.size, theirs / ours, "×", Target(12, "at least", 10), beside)


def _flatten(given: Input) -> float:
    out = given.folder / "flat"
    options = ("-f", "csv", "-o", out, "--root-list-path", "releases", "--root-id", "ocid")
    command = ("flatten-tool", "flatten", given.package, *options)
    took = median(run_peer("flatten-tool", *command).seconds for _ in range(_TIMES))
    _expect(given, {name: out / f"{file}.csv" for name, file in _FLATTENED.items()}, headings=1)
    return took


def _against_ocdskit(given: Input, place: Place) -> Iterator[Row]:
    """First the same work, releases merged to a line for each process; then the whole import.

    The import checks every release against the schema, keeps it, merges after each one to see what
    changed, and registers contracts with due dates, amendments, facts and the record of all that:
    `ocdskit compile` reads, merges once and writes.
    """
    out = given.folder / "compiled.jsonl"
    command = ("ocdskit", "compile", "--schema", SCHEMA)
    try:
        theirs = median(
            run_peer("ocdskit", *command, stdin=given.package, out=out).seconds
            for _ in range(_TIMES)
        )
    except NotHere as why:
        yield missing("merging OCDS releases against ocdskit compile", given.size, why)
        yield missing(_IMPORT, given.size, why)
        return
    own = given.folder / "compiled-ours.jsonl"
    merged = median(_seconds_of("compile", given, own) for _ in range(_TIMES))
    if _merged(own) != _merged(out):
        raise AssertionError("not the same processes were merged")
    what = "merging OCDS releases against ocdskit compile"
    beside = _beside("ocdskit", merged, theirs, given)
    yield Row(what, "", given.size, theirs / merged, "×", None, beside)
    for database in DATABASES:
        ours = _import(given, place, database)
        beside = _beside("ocdskit", ours, theirs, given)
        yield Row(
            _IMPORT, database, given.size, theirs / ours, "×", Target(12, "at least", 1), beside
        )


def _merged(lines: Path) -> dict[str, int]:
    """Of each process, how many milestones its merged release has."""
    found = {}
    with lines.open(encoding="utf-8") as file:
        for release in map(json.loads, file):
            works = [c["implementation"]["milestones"] for c in release["contracts"]]
            found[release["ocid"]] = sum(map(len, works))
    return found


def _aside(
    what: str, peer: str, work: Callable[[Input], float], given: Input, ours: float
) -> Iterator[Row]:
    """A peer that does something else with the same package: no target, for orientation."""
    try:
        theirs = work(given)
    except NotHere as why:
        yield missing(what, given.size, why)
        return
    yield Row(what, "", given.size, theirs / ours, "×", None, _beside(peer, ours, theirs, given))


def _libcoveocds(given: Input) -> float:
    """With the schema that all of them use, so that nothing is fetched."""
    standard = given.folder / "standard.zip"
    draft = {"$schema": "http://json-schema.org/draft-04/schema#"}
    package = {
        **draft,
        "type": "object",
        "required": ["releases"],
        "properties": {
            "releases": {"type": "array", "items": {"$ref": _RELEASE_SCHEMA}},
        },
    }
    schemas = {
        "release-schema": SCHEMA.read_text("utf-8"),
        "release-package-schema": exact_json(package),
        "versioned-release-validation-schema": exact_json(draft),
    }
    with zipfile.ZipFile(standard, "w") as archive:
        archive.writestr("standard/", "")
        for name, schema in schemas.items():
            archive.writestr(f"standard/schema/{name}.json", schema)
        tags = "".join(f"{tag},{tag},\n" for tag in sorted(TAGS))  # with no list at all it stops
        archive.writestr(
            "standard/schema/codelists/releaseTag.csv", f"Code,Title,Description\n{tags}"
        )
    options = ("-d", "-e", "-o", given.folder / "cove", "-s", "1.1", "--standard-zip", standard)
    return run_peer("libcoveocds", "libcoveocds", given.package, *options).seconds


def _ocdscardinal(given: Input) -> float:
    """On the same releases one a line: it reads nothing else."""
    lines = given.folder / "lines.jsonl"
    with given.package.open("rb") as file, lines.open("w", encoding="utf-8") as out:
        out.writelines(exact_json(read.document) + "\n" for read in read_releases(file))
    script = Path(__file__).parent / "outside" / "cardinal_coverage.py"
    return run_peer("ocdscardinal", script, lines).seconds


def _beside(peer: str, ours: float, theirs: float, given: Input) -> dict[str, Any]:
    releases = given.processes * _RELEASES
    return {
        "peer": f"{peer} {version_of(peer)}",
        "product_s": ours,
        "theirs_s": theirs,
        "product_releases_s": releases / ours,
        "theirs_releases_s": releases / theirs,
    }
