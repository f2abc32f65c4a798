"""Bring files into the register: recognised by content, some contracts a transaction."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import click
from sqlalchemy.orm import Session

from .. import clock
from ..domain.checks import Submission
from ..domain.errors import Invalid
from ..house import House
from ..schemas.contracts import read_contract
from ..schemas.formats import HEAD, Format, recognise
from ..schemas.json_stream import read_documents
from ..schemas.reading import Read
from ..services import contracts
from ..services.office import Office
from .kit import Exit, actor_of, at_home, by_option, json_option
from .reports import Report

_CHUNK = 200
#: What is taken from a folder; a file that is named is taken whatever it is called.
_SUFFIXES = frozenset({".json", ".jsonl", ".xlsx", ".csv"})

#: How contract documents are read from each kind of file.
_READERS: dict[Format, Callable[[BinaryIO], Iterator[Read]]] = {
    Format.CONTRACTS: read_documents,
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
@by_option
@json_option
def import_(
    paths: tuple[Path, ...], dry_run: bool, report: Path | None, actor: str, as_json: bool
) -> None:
    """Enter contract documents (JSON: one, or a list) in the register."""
    house = at_home()
    with Report() as done:
        import_paths(house, paths, actor, done, dry_run=dry_run)
        if report is not None:
            done.write_to(report)
        if as_json:
            done.print_json()
        else:
            done.print_text(dry_run=dry_run)
    sys.exit(Exit.SOME_REFUSED if done.counts["refused"] else Exit.DONE)


def import_paths(
    house: House, paths: Iterable[Path], actor: str, report: Report, *, dry_run: bool = False
) -> None:
    """Import files in order, some documents a transaction; a dry run is one, taken back."""
    files = list(_files(paths))
    with _transactions(house, dry_run=dry_run) as begin, _progress(files) as came_to:
        desk = Desk(house.office(), actor, begin, report)
        for path in files:
            with path.open("rb") as file:
                reader = _READERS.get(_format(file), read_documents)
                for _ in _import_contracts(desk, str(path), reader(file)):
                    came_to(path, file.tell())


@contextmanager
def _transactions(
    house: House, *, dry_run: bool
) -> Iterator[Callable[[], AbstractContextManager[Session]]]:
    """What begins each transaction; those of a dry run are one, and it is taken back."""
    if not dry_run:
        yield house.sessions.begin
        return
    with house.sessions() as session:

        @contextmanager
        def rehearsed() -> Iterator[Session]:
            yield session
            session.flush()

        yield rehearsed
        session.rollback()


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
        try:
            submission = read_contract(read.document)
        except Invalid as refusal:
            report.refuse(source, read, refusal.issues)
        else:
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
