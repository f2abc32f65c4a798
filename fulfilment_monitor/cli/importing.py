"""Bring files into the register: recognised by content, some contracts a transaction."""

import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import groupby, islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import click
from sqlalchemy.orm import Session

from .. import clock
from ..domain.checks import Submission
from ..domain.errors import Invalid
from ..house import House
from ..schemas.contract_files import (
    read_contract_table,
    read_contract_workbook,
    understand,
)
from ..schemas.formats import HEAD, Format, recognise
from ..schemas.json_stream import read_documents
from ..schemas.ocds import merger, prepare, read_releases
from ..schemas.reading import Read
from ..services import contracts, publications
from ..services.office import Office
from .kit import Exit, actor_of, at_home, by_option, json_option, stop, transactions
from .refusals import Refusals
from .reports import Report

_CHUNK = 500
#: What comes in hardly ever refers to itself: circles are looked for after so many new objects.
_CIRCLES_AFTER = 100_000
#: What is taken from a folder; a file that is named is taken whatever it is called.
_SUFFIXES = frozenset({".json", ".jsonl", ".xlsx", ".csv"})

#: How contract documents are read from each kind of file.
_READERS: dict[Format, Callable[[BinaryIO], Iterator[Read]]] = {
    Format.CONTRACTS: read_documents,
    Format.WORKBOOK: read_contract_workbook,
    Format.TABLE: read_contract_table,
}


class Desk(NamedTuple):
    """Where what was read is registered: the office, who acts, and each next transaction."""

    office: Office
    actor: str
    begin: Callable[[], AbstractContextManager[Session]]
    report: Report


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--dry-run", is_flag=True, help="check everything, change nothing")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="write the issues to a file: .json, or .csv",
)
@click.option(
    "--refused",
    type=click.Path(dir_okay=False, path_type=Path),
    help="write refused rows to an Excel file, with what has to be changed",
)
@by_option
@json_option
def import_(
    paths: tuple[Path, ...],
    dry_run: bool,
    report: Path | None,
    refused: Path | None,
    actor: str,
    as_json: bool,
) -> None:
    """Enter contracts in the register: JSON documents, Excel, CSV, open contracting data."""
    house = at_home()
    with Report() as done, Refusals() as refusals:
        done.refusals = refusals if refused is not None else None
        import_paths(house, paths, actor, done, dry_run=dry_run)
        if as_json:
            done.print_json()
        else:
            done.print_text(dry_run=dry_run)
        _write(refused, refusals.write_to)
        _write(report, done.write_to)
    sys.exit(Exit.SOME_REFUSED if done.counts["refused"] else Exit.DONE)


def _write(path: Path | None, write: Callable[[Path], None]) -> None:
    """Write a file that was asked for, or say why it cannot be; the register is as it is."""
    if path is None:
        return
    try:
        write(path)
    except OSError as fault:
        stop(f"{path} cannot be written: {fault.strerror}")


def import_paths(
    house: House, paths: Iterable[Path], actor: str, report: Report, *, dry_run: bool = False
) -> None:
    """Import files in order, some documents a transaction; a dry run is one, taken back."""
    files = list(_files(paths))
    with (
        transactions(house, dry_run=dry_run) as begin,
        _progress(files) as came_to,
        _few_collections(),
    ):
        desk = Desk(house.office(), actor, begin, report)
        for published, group in groupby(files, _is_published):
            if published:  # one process may be told of in several files
                _import_releases(desk, list(group), came_to)
                continue
            for path in group:
                with path.open("rb") as file:
                    reader = _READERS.get(_format(file), read_documents)
                    for _ in _import_contracts(desk, str(path), reader(file)):
                        came_to(path, file.tell())


@contextmanager
def _few_collections() -> Iterator[None]:
    """Look for circles of objects less often: each look costs more than it finds."""
    before = gc.get_threshold()
    gc.set_threshold(_CIRCLES_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@contextmanager
def _progress(files: list[Path]) -> Iterator[Callable[[Path, int], None]]:
    """On a terminal, a bar that shows how much of the files has been read."""
    if not sys.stderr.isatty():
        yield lambda path, place: None
        return
    begins: dict[Path, int] = {}
    total = 0
    for path in files:
        begins[path] = total
        total += path.stat().st_size
    with click.progressbar(length=total, file=sys.stderr) as bar:
        yield lambda path, place: bar.update(begins[path] + place - bar.pos)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                p for p in path.iterdir() if p.is_file() and p.suffix.lower() in _SUFFIXES
            )
        else:
            yield path


def _format(file: BinaryIO) -> Format:
    head = file.read(HEAD)
    file.seek(0)
    return recognise(head)


def _is_published(path: Path) -> bool:
    with path.open("rb") as file:
        return _format(file) is Format.OCDS


def _import_contracts(desk: Desk, source: str, reads: Iterator[Read]) -> Iterator[int]:
    """Register the documents of a file; the bad ones are put down as refused at once.

    Yields the number registered with each transaction.
    """
    items = _usable(desk.report, source, reads)
    while chunk := list(islice(items, _CHUNK)):
        with desk.begin() as session:
            _register(session, desk, source, chunk)
        yield len(chunk)


def _usable(
    report: Report, source: str, reads: Iterator[Read]
) -> Iterator[tuple[Read, Submission]]:
    for read in reads:
        report.counts["read"] += 1
        if read.issue is not None:  # its pointer starts at the file already
            report.refuse(source, read._replace(pointer="", spots=None), [read.issue])
            continue
        submission, faults = understand(read)
        if submission is None:
            report.refuse(source, read, [*read.issues, *faults])
        else:
            report.note(source, read, read.issues)
            yield read, submission


def _register(
    session: Session, desk: Desk, source: str, chunk: list[tuple[Read, Submission]]
) -> None:
    now, today = clock.moment()
    done = contracts.register_contracts(
        session,
        [submission for _, submission in chunk],
        by=actor_of(desk.actor),
        office=desk.office,
        now=now,
        today=today,
    )
    for (read, _), registered in zip(chunk, done, strict=True):
        desk.report.counts[registered.result.value] += 1
        desk.report.note(source, read, registered.issues)


class Release(NamedTuple):
    """A release that can be used, and where it came from."""

    source: str
    read: Read
    given: publications.Given


def _import_releases(desk: Desk, paths: list[Path], came_to: Callable[[Path, int], None]) -> None:
    """Enter what other registers published; files that follow each other are read as one."""
    releases, merge = _releases(desk.report, paths, came_to), merger()
    while chunk := list(islice(releases, _CHUNK)):
        now, today = clock.moment()
        with desk.begin() as session:
            done = publications.add_releases(
                session,
                [release.given for release in chunk],
                merge=merge,
                by=actor_of(desk.actor),
                office=desk.office,
                now=now,
                today=today,
            )
        for release, outcome in zip(chunk, done, strict=True):
            desk.report.counts[outcome.result.value] += 1
            desk.report.note(release.source, release.read, outcome.issues)


def _releases(
    report: Report, paths: list[Path], came_to: Callable[[Path, int], None]
) -> Iterator[Release]:
    for path in paths:
        with path.open("rb") as file:
            for read in read_releases(file):
                given = _understood(report, str(path), read)
                came_to(path, file.tell())
                if given is not None:
                    yield Release(str(path), read, given)


def _understood(report: Report, source: str, read: Read) -> publications.Given | None:
    """A release; what is said of its package or record is a finding and counts as nothing."""
    if read.issue is not None and read.issue.level == "finding":
        report.note(source, read._replace(pointer=""), [read.issue])
        if read.document is None:
            return None
    report.counts["read"] += 1
    if read.issue is not None and read.issue.level != "finding":
        report.refuse(source, read._replace(pointer="", spots=None), [read.issue])
        return None
    try:
        given, findings = prepare(read.document)
    except Invalid as refusal:
        report.refuse(source, read, refusal.issues)
        return None
    report.note(source, read, findings)
    return given
