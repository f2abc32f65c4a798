"""Contracts: import documents, show one, amend one."""

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import click
from sqlalchemy.orm import Session

from .. import clock
from ..domain.checks import Submission
from ..domain.errors import Invalid, Issue, Refusal
from ..house import House
from ..schemas.amendments import read_agreement
from ..schemas.contracts import read_contract
from ..schemas.json_stream import Read, read_documents
from ..services import amendments, contracts, registry
from ..services.office import Office
from .kit import (
    DAY,
    Exit,
    actor_of,
    at_home,
    by_option,
    json_option,
    print_json,
    table,
)

_CHUNK = 200
_COUNTED = ("read", "registered", "updated", "unchanged", "refused")


class Place(NamedTuple):
    """Where a document stands: the file, its line there, and its pointer from the root."""

    source: str
    line: int
    pointer: str


class Report:
    """What an import did, and every issue with its place."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.issues: list[dict[str, Any]] = []

    def refuse(self, place: Place, issues: Iterable[Issue]) -> None:
        """Count a document as refused, for these reasons."""
        self.counts["refused"] += 1
        self.note(place, issues)

    def note(self, place: Place, issues: Iterable[Issue]) -> None:
        """Put issues of a document down with their place in the file."""
        for issue in issues:
            shown = {
                "source": place.source,
                "line": place.line,
                **issue._asdict(),
                "pointer": place.pointer + issue.pointer,
            }
            self.issues.append(shown)

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
    reads = _read_all(_files(paths), report)
    if dry_run:
        with house.sessions() as session:
            while chunk := list(islice(reads, _CHUNK)):
                _register(session, office, chunk, actor, report)
                session.flush()
            session.rollback()
        return report
    while chunk := list(islice(reads, _CHUNK)):
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
            yield from sorted(p for p in path.glob("*.json") if p.is_file())
        else:
            yield path


def _read_all(paths: Iterable[Path], report: Report) -> Iterator[tuple[Place, Submission]]:
    """Documents that can be registered; the others are put down as refused at once."""
    for path in paths:
        with path.open("rb") as file:
            for read in read_documents(file):
                report.counts["read"] += 1
                place = Place(str(path), read.line, read.pointer)
                submission = _submission(read, place, report)
                if submission is not None:
                    yield place, submission


def _submission(read: Read, place: Place, report: Report) -> Submission | None:
    if read.issue is not None:
        report.refuse(place._replace(pointer=""), [read.issue])
        return None
    try:
        return read_contract(read.document)
    except Invalid as refusal:
        report.refuse(place, refusal.issues)
        return None


def _register(
    session: Session,
    office: Office,
    chunk: list[tuple[Place, Submission]],
    actor: str,
    report: Report,
) -> None:
    now, today = clock.moment()
    done = contracts.register_contracts(
        session,
        [submission for _, submission in chunk],
        by=actor_of(actor),
        office=office,
        now=now,
        today=today,
    )
    for (place, _), registered in zip(chunk, done, strict=True):
        report.counts[registered.result.value] += 1
        report.note(place, registered.issues)


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


@click.command()
@click.argument("number")
@click.option("--as-of", type=DAY, help="the day to look at; today by default")
@click.option("--government", help="the body's code, when several use the number")
@json_option
def contract(number: str, as_of: date | None, government: str | None, as_json: bool) -> None:
    """Show one contract: how each obligation stands, and why its date is what it is."""
    house = at_home()
    day = as_of or clock.moment().today
    with house.readers() as session:
        contract_id = contracts.find_contract(session, number, government)
        shown = registry.show_contract(session, contract_id, as_of=day, office=house.office())
    if as_json:
        print_json(shown)
    else:
        click.echo(_story(shown))


def _answered(fact: dict[str, Any]) -> str:
    said = {"confirmed": "已确认", "disputed": "有异议", "superseded": "已更正"}
    words = [word for key, word in said.items() if fact.get(key)]
    return f"（{'，'.join(words)}）" if words else ""


def _story(shown: dict[str, Any]) -> str:
    lines = [
        f"{shown['contract_no']}  {shown['title']}",
        f"{shown['government']['name']}  →  {shown['enterprise']['name']}",
        f"订立 {shown['signed_on']}，截至 {shown['as_of']}",
        "",
    ]
    rows = [
        [
            o["key"],
            o["title"],
            o["state"],
            o["due_on"] or "—",
            o["remaining"] or "—",
            str(o["days_late"] or ""),
        ]
        for o in shown["obligations"]
    ]
    lines.append(table(["key", "义务", "state", "due", "remaining", "late"], rows))
    for o in shown["obligations"]:
        lines += ["", f"{o['key']}："]
        lines += [f"  {i}. {step}" for i, step in enumerate(o["basis"], 1)]
    lines += ["", "事实："]
    lines += [
        f"  {f['id']}  {f['on']}  {f['by']}  {f['kind']}  {f.get('obligation', '')}"
        f"  {f.get('amount', '')}{_answered(f)}"
        for f in shown["facts"]
    ]
    if shown["findings"]:
        lines += ["", "提示："]
        lines += [f"  {f['pointer']} {f['code']}：{f['detail']}" for f in shown["findings"]]
    if shown["leads"]:
        lines += ["", "线索："]
        lines += [
            f"  {x['obligation']} {x['rule']} 逾期自 {x['breached_on']}，{x['state']}"
            for x in shown["leads"]
        ]
    return "\n".join(lines)


def _amend(house: House, office: Office, read: Read, actor: str, *, dry_run: bool) -> list[str]:
    """Enter one agreement in a transaction of its own."""
    if read.issue is not None:
        raise Invalid([read.issue._replace(pointer="")])
    named, agreement = read_agreement(read.document)
    now, today = clock.moment()
    with house.sessions() as session:
        contract_id = contracts.find_contract(session, *named)
        entered = amendments.amend_contract(
            session,
            contract_id,
            agreement,
            by=actor_of(actor),
            office=office,
            now=now,
            today=today,
        )
        session.rollback() if dry_run else session.commit()
    return entered


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="check everything, change nothing")
@by_option
@json_option
def amend(file: Any, dry_run: bool, actor: str, as_json: bool) -> None:
    """Enter what both sides changed: a JSON document, or a list of them."""
    house = at_home()
    entered: list[str] = []
    refused: list[dict[str, Any]] = []
    office = house.office()
    for read in read_documents(file):
        try:
            entered += _amend(house, office, read, actor, dry_run=dry_run)
        except Invalid as refusal:
            refused += [
                {**i._asdict(), "pointer": read.pointer + i.pointer} for i in refusal.issues
            ]
        except Refusal as refusal:
            refused.append(Issue(read.pointer, refusal.code, str(refusal))._asdict())
    if as_json:
        print_json({"entered": entered, "refused": refused})
    else:
        click.echo(f"{len(entered)} changes entered, {len(refused)} refused")
        for issue in refused:
            click.echo(f"refused  {issue['pointer'] or '/'} {issue['code']}: {issue['detail']}")
    sys.exit(Exit.SOME_REFUSED if refused else Exit.DONE)
