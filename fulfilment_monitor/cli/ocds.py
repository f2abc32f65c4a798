"""Open Contracting Data Standard: export and check; `import` reads it."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import click

from ..domain.errors import Issue
from ..domain.ocds.values import exact_json
from ..schemas.ocds import read_releases, schema_errors
from ..services.contracts import find_contract
from ..services.ocds_export import PACKAGE, Exported, export_releases
from .kit import Exit, at_home, json_option, print_json


@click.group()
def ocds() -> None:
    """Open contracting data (OCDS 1.1)."""


@ocds.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--records", is_flag=True, help="a record package, with compiled releases")
@click.option("--contract", "numbers", multiple=True, help="only the process of this contract")
@json_option
def export(file: Path, records: bool, numbers: tuple[str, ...], as_json: bool) -> None:
    """Write contracts of procurement, bidding, PPP and government investment as open data."""
    house = at_home()
    with house.readers() as session:
        only = None if not numbers else [find_contract(session, n) for n in numbers]
        found = export_releases(session, office=house.office(), contract_ids=only)
        with _replacing(file) as out:
            written = write_package(out, found, records=records)
    if as_json:
        print_json({"file": str(file), "written": written})
    else:
        click.echo(f"{written} {'records' if records else 'releases'} written to {file}")


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    """A file that appears under its name only when it is whole."""
    beside = path.with_name(path.name + ".part")
    try:
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_package(file: TextIO, found: Iterable[Exported], *, records: bool = False) -> int:
    """A release or record package, a process a line; returns how many."""
    name = "records" if records else "releases"
    file.write(exact_json(PACKAGE)[:-1] + f',"{name}":[')
    count = 0
    newest: datetime | None = None
    for exported in found:
        member = _record(exported.release) if records else exported.release
        file.write(("," if count else "") + "\n" + exact_json(member))
        newest = exported.changed_at if newest is None else max(newest, exported.changed_at)
        count += 1
    dated = "" if newest is None else f',"publishedDate":"{newest.isoformat()}"'
    file.write(f"\n]{dated}}}\n")
    return count


def _record(release: dict[str, Any]) -> dict[str, Any]:
    """One release and what it compiles to: itself."""
    compiled = {**release, "tag": ["compiled"], "id": f"{release['ocid']}-{release['date']}"}
    return {"ocid": release["ocid"], "releases": [release], "compiledRelease": compiled}


@ocds.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def check(file: Path, as_json: bool) -> None:
    """Check every release of a file against the schema of the standard, 1.1.5."""
    count, errors = 0, list[Issue]()
    with file.open("rb") as opened:
        for read in read_releases(opened):
            count += read.document is not None
            if read.issue is not None:
                errors.append(read.issue)
            if read.document is not None:
                found = schema_errors(read.document)
                errors += [e._replace(pointer=read.pointer + e.pointer) for e in found]
    if as_json:
        print_json({"releases": count, "errors": [e._asdict() for e in errors]})
    else:
        for e in errors:
            click.echo(f"{e.pointer or '/'} {e.code}: {e.detail}")
        click.echo(f"{count} releases, {len(errors)} errors")
    sys.exit(Exit.CHECK_FAILED if errors else Exit.DONE)
