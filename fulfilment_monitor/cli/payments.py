"""Payment lists: what the treasury, a bank or a finance system says was paid."""

import hashlib
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import click
from sqlalchemy.orm import Session

from .. import clock
from ..domain.errors import Issue
from ..domain.facts import Source
from ..domain.money import show_yuan
from ..domain.payment_lines import spell_decision
from ..domain.payment_outcomes import RESULT_CHINESE, SETTLED, Candidate, Outcome, Result
from ..gateways.payment_workbook import Heading, Returned, write_template, write_undecided
from ..schemas.contract_columns import Column
from ..schemas.payment_lists import COLUMNS, DATA_SHEET, TEMPLATE_COLUMNS, Entry, read_list
from ..services.office import Office
from ..services.payments import PaymentList, book_lines
from .kit import Exit, actor_of, at_home, by_option, json_option, print_json, transactions

_CHUNK = 500
#: Days a bank may take over a payment order, a long weekend included.
_APART_DAYS = 5
_COUNTED = ("read", *(r.value for r in Result))
_SUFFIXES = (".xlsx", ".csv", ".json")
_SOURCES = (Source.TREASURY, Source.BANK, Source.GOVERNMENT, Source.COURT)
_WIDTHS = {"text": 32, "payer_name": 24, "payee_name": 24, "payer_code": 22, "payee_code": 22}
_INVALID = Outcome(Result.INVALID, "payment.invalid", "")


def _heading(column: Column) -> Heading:
    must = "【必填】" if column.required else ""
    return Heading(column.place, column.heading, _WIDTHS.get(column.place, 16), must + column.note)


#: The columns of a line that comes back; the decision stands last.
_RETURNED = (
    *(_heading(c) for c in COLUMNS if c.place != "decision"),
    Heading("result", "结果", 14),
    Heading("why", "说明", 40),
    Heading("candidates", "候选", 52, "登记簿中可能对应的合同与义务，可照抄到“决定”"),
    *(_heading(c) for c in COLUMNS if c.place == "decision"),
)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def payments() -> None:
    """Payment lists of the treasury, a bank or a finance system."""


class _Report:
    """What became of the lines, and those that come back."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.issues: list[dict[str, Any]] = []
        self.undecided: list[Returned] = []

    def count(self, source: str, entry: Entry, outcome: Outcome) -> None:
        """Count a line, and keep it if it comes back."""
        self.counts["read"] += 1
        self.counts[outcome.result.value] += 1
        issues = list(entry.issues)
        if outcome.result not in SETTLED and outcome.result is not Result.INVALID:
            issues.append(Issue(entry.pointer, outcome.code, outcome.why))
        self.issues += [{"source": source, "line": entry.line, **i._asdict()} for i in issues]
        if outcome.result not in SETTLED and entry.shown:
            self.undecided.append(_returned(source, entry, outcome))

    @property
    def came_back(self) -> bool:
        return self.counts["read"] > sum(self.counts[r.value] for r in SETTLED)

    def shown(self) -> dict[str, Any]:
        return {**{name: self.counts[name] for name in _COUNTED}, "issues": self.issues}


class _Job(NamedTuple):
    """How lists are booked: by whom, with what, and each next transaction."""

    office: Office
    actor: str
    begin: Callable[[], AbstractContextManager[Session]]
    report: _Report


def _undecided_path(_ctx: click.Context, _param: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix.lower() not in _SUFFIXES:
        raise click.BadParameter(f"the name has to end in one of {', '.join(_SUFFIXES)}")
    return path


@payments.command("import")
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option(
    "--source",
    type=click.Choice([s.value for s in _SOURCES]),
    required=True,
    help="whose list it is; what the government side says stays a claim until it is backed",
)
@click.option(
    "--undecided",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=_undecided_path,
    help="write what nobody can be sure of to a file (.xlsx, .csv, .json): decide, import it again",
)
@click.option(
    "--days-apart",
    type=click.IntRange(0, 31),
    default=_APART_DAYS,
    show_default=True,
    help="how many days two sources may be apart over the same payment",
)
@click.option("--dry-run", is_flag=True, help="match everything, change nothing")
@by_option
@json_option
def import_(
    files: tuple[Path, ...],
    source: str,
    undecided: Path | None,
    days_apart: int,
    dry_run: bool,
    actor: str,
    as_json: bool,
) -> None:
    """Book a list of payments: each line where it certainly belongs; the others come back."""
    house, report = at_home(), _Report()
    with transactions(house, dry_run=dry_run) as begin:
        job = _Job(house.office(), actor, begin, report)
        for path in files:
            _book_file(job, path, PaymentList(Source(source), path.name, _digest(path), days_apart))
    if undecided is not None:
        headings = [*_RETURNED, Heading("place", "出处", 24)]
        write_undecided(undecided, DATA_SHEET, headings, report.undecided, "decision")
    if as_json:
        print_json(report.shown())
    else:
        _print(report, dry_run=dry_run)
    sys.exit(Exit.SOME_REFUSED if report.came_back else Exit.DONE)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _book_file(job: _Job, path: Path, of: PaymentList) -> None:
    """Book one file, some lines a transaction; what was booked before a crash is known then."""
    with path.open("rb") as file:
        entries = read_list(file)
        while chunk := list(islice(entries, _CHUNK)):
            now, today = clock.moment()
            lines = [e.payment for e in chunk if e.payment is not None]
            with job.begin() as session:
                by = actor_of(job.actor)
                done = iter(book_lines(session, lines, of, by=by, office=job.office, now=now))
                session.expunge_all()  # a dry run keeps its session; nothing read is used again
            for entry in chunk:
                outcome = _INVALID if entry.payment is None else next(done)
                job.report.count(str(path), _with_findings(entry, today), outcome)


def _with_findings(entry: Entry, today: date) -> Entry:
    if entry.payment is None or entry.payment.on <= today:
        return entry
    detail = f"{entry.payment.on} 尚未到来；到当日才计入"
    issue = Issue(entry.pointer, "fact-in-future", detail, "finding")
    return entry._replace(issues=(*entry.issues, issue))


def _returned(source: str, entry: Entry, outcome: Outcome) -> Returned:
    """A line as it is handed back: what it says, why it came back, what it may be."""
    why = "；".join(i.detail for i in entry.issues if i.level == "error") or outcome.why
    beside = {
        "place": f"{source}:{entry.line}",
        "result": RESULT_CHINESE[outcome.result],
        "why": why,
        "candidates": "\n".join(map(_spelled, outcome.candidates)),
    }
    values = {**entry.shown, **beside}
    if outcome.nth > 1 and outcome.account is not None and "ref" not in values:
        values.setdefault("nth", f"{outcome.nth}|{outcome.account.ulid}")
    return Returned(values, tuple(spell_decision(c.decision) for c in outcome.candidates))


def _spelled(candidate: Candidate) -> str:
    due = "未定" if candidate.due_on is None else candidate.due_on.isoformat()
    owed = candidate.remaining_fen
    left = "金额未定" if owed is None else f"尚欠 {show_yuan(owed)} 元"
    return f"{spell_decision(candidate.decision)}（应付日 {due}，{left}）"


def _print(report: _Report, *, dry_run: bool) -> None:
    counts = ", ".join(f"{report.counts[name]} {name}" for name in _COUNTED)
    click.echo(counts + (" (dry run: nothing was changed)" if dry_run else ""))
    for i in report.issues:
        mark = "returned" if i["level"] == "error" else "finding"
        place = f"{i['source']}:{i['line']} {i['pointer'] or '/'}"
        click.echo(f"{mark}  {place} {i['code']}: {i['detail']}")


@payments.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def template(file: Path) -> None:
    """Write an empty payment list (.xlsx) with its columns explained."""
    if file.suffix.lower() != ".xlsx":
        raise click.BadParameter("the name has to end in .xlsx", param_hint="FILE.xlsx")
    write_template(file, DATA_SHEET, [_heading(c) for c in TEMPLATE_COLUMNS])
