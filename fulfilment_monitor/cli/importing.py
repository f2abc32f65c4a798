"""Bring files into the register: recognised by content, some contracts a transaction."""

import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import click
from sqlalchemy.orm import Session

from .. import clock
from ..domain.checks import Submission
from ..domain.errors import Invalid, Issue
from ..house import House
from ..schemas.contracts import read_contract
from ..schemas.formats import HEAD, Format, recognise
from ..schemas.json_stream import read_documents
from ..schemas.reading import Read
from ..services import contracts
from ..services.office import Office
from .kit import Exit, actor_of, at_home, by_option, json_option, print_json

_CHUNK = 200
_COUNTED = ("read", "registered", "updated", "unchanged", "refused")
#: What is taken from a folder; a file that is named is taken whatever it is called.
_SUFFIXES = frozenset({".json", ".jsonl", ".xlsx", ".csv"})

#: How contract documents are read from each kind of file.
_READERS: dict[Format, Callable[[BinaryIO], Iterator[Read]]] = {
    Format.CONTRACTS: read_documents,
}


class Item(NamedTuple):
    """A document that can be registered, and where it came from."""

    source: str
    read: Read
    submission: Submission


class Report:
    """What an import did, and every issue with its place."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.issues: list[dict[str, Any]] = []
        #: What was refused, for handing its rows back.
        self.refused: list[tuple[Read, list[Issue]]] = []

    def refuse(self, source: str, read: Read, issues: Iterable[Issue]) -> None:
        """Count a document as refused, for these reasons."""
        issues = list(issues)
        self.counts["refused"] += 1
        self.note(source, read, issues)
        if read.rows:
            self.refused.append((read, issues))

    def note(self, source: str, read: Read, issues: Iterable[Issue]) -> None:
        """Put issues of a document down with their place in the file."""
        for issue in issues:
            spot = read.spot(issue.pointer)
            shown = {"source": source, "line": spot.line, **issue._asdict()}
            self.issues.append({**shown, "pointer": spot.pointer})

    def shown(self) -> dict[str, Any]:
        return {**{name: self.counts[name] for name in _COUNTED}, "issues": self.issues}


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
    done = import_paths(house, paths, actor, dry_run=dry_run)
    if report is not None:
        write_report(report, done)
    if as_json:
        print_json(done.shown())
    else:
        print_report(done, dry_run=dry_run)
    sys.exit(Exit.SOME_REFUSED if done.counts["refused"] else Exit.DONE)


def import_paths(
    house: House, paths: Iterable[Path], actor: str, *, dry_run: bool = False
) -> Report:
    """Import files in order, some documents a transaction; a dry run is one, taken back."""
    report, office = Report(), house.office()
    items = _read_all(_files(paths), report)
    if dry_run:
        with house.sessions() as session:
            while chunk := list(islice(items, _CHUNK)):
                _register(session, office, chunk, actor, report)
                session.flush()
            session.rollback()
        return report
    while chunk := list(islice(items, _CHUNK)):
        with house.sessions.begin() as session:
            _register(session, office, chunk, actor, report)
        if sys.stderr.isatty():
            click.echo(f"\r{report.counts['read']} read", nl=False, err=True)
    if sys.stderr.isatty():
        click.echo(err=True)
    return report


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(
                p for p in path.iterdir() if p.is_file() and p.suffix.lower() in _SUFFIXES
            )
        else:
            yield path


def _read_all(paths: Iterable[Path], report: Report) -> Iterator[Item]:
    """Documents that can be registered; the others are put down as refused at once."""
    for path in paths:
        with path.open("rb") as file:
            reader = _READERS.get(recognise(file.read(HEAD)), read_documents)
            file.seek(0)
            for read in reader(file):
                report.counts["read"] += 1
                submission = _submission(str(path), read, report)
                if submission is not None:
                    yield Item(str(path), read, submission)


def _submission(source: str, read: Read, report: Report) -> Submission | None:
    if read.issue is not None:  # its pointer starts at the file already
        report.refuse(source, read._replace(pointer="", spots=None), [read.issue])
        return None
    try:
        return read_contract(read.document)
    except Invalid as refusal:
        report.refuse(source, read, refusal.issues)
        return None


def _register(
    session: Session, office: Office, chunk: list[Item], actor: str, report: Report
) -> None:
    now, today = clock.moment()
    done = contracts.register_contracts(
        session,
        [item.submission for item in chunk],
        by=actor_of(actor),
        office=office,
        now=now,
        today=today,
    )
    for item, registered in zip(chunk, done, strict=True):
        report.counts[registered.result.value] += 1
        report.note(item.source, item.read, registered.issues)


def write_report(path: Path, done: Report) -> None:
    """The report as a file; CSV opens in a spreadsheet and cannot carry formulas into it."""
    if path.suffix.lower() != ".csv":
        path.write_text(json.dumps(done.shown(), ensure_ascii=False, indent=2) + "\n", "utf-8")
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["source", "line", "pointer", "code", "level", "detail"])
        for i in done.issues:
            rows.writerow(
                [_plain(i[k]) for k in ("source", "line", "pointer", "code", "level", "detail")]
            )


def _plain(value: object) -> str:
    text = str(value)
    return "'" + text if text[:1] in set("=+-@\t\r＝＋－＠") else text


def print_report(done: Report, *, dry_run: bool) -> None:
    """The report for people."""
    counts = ", ".join(f"{done.counts[name]} {name}" for name in _COUNTED)
    click.echo(counts + (" (dry run: nothing was changed)" if dry_run else ""))
    for i in done.issues:
        mark = "refused" if i["level"] == "error" else "finding"
        click.echo(
            f"{mark}  {i['source']}:{i['line']} {i['pointer'] or '/'} {i['code']}: {i['detail']}"
        )
