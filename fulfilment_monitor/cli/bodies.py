"""Public bodies: their register, who stands above whom, and who took over from whom."""

import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import click

from .. import clock
from ..domain.bodies import LEVEL_CHINESE, MATTER_CHINESE, Entry, Level, Matter
from ..domain.contracts import FIELD_CHINESE, Field
from ..domain.errors import Invalid
from ..domain.parties import GovernmentKind
from ..house import House
from ..schemas.bodies import KIND_LABELS, read_body, read_body_rows
from ..schemas.csv_stream import read_csv
from ..schemas.formats import HEAD, Format, recognise
from ..schemas.json_stream import read_documents
from ..schemas.reading import Read
from ..schemas.xlsx_stream import read_xlsx
from ..services import coverage as coverages
from ..services import directory, enrolment, rearrangements
from ..services import organisations as body_book
from .kit import (
    DAY,
    Exit,
    actor_of,
    at_home,
    by_option,
    json_option,
    print_json,
    say_relieved,
    stop,
    table,
)
from .reports import Report

#: How lists of bodies are read from each kind of file.
_READERS: dict[Format, Callable[[BinaryIO], Iterator[Read]]] = {
    Format.CONTRACTS: read_documents,
    Format.WORKBOOK: lambda file: read_body_rows(read_xlsx(file)),
    Format.TABLE: lambda file: read_body_rows(read_csv(file)),
}
_KINDS = {code: name for name, code in KIND_LABELS.items()}
_UNKNOWN = "未知"
_MISSING = {"level": "层级", "region": "区划", "superior": "上级"}


@click.group()
def organisations() -> None:
    """Bodies, their superiors, and who took over from whom."""


# --- the list ---------------------------------------------------------------------------------


@organisations.command("import")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
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
    """Enter lists of public bodies (Excel, CSV or JSON), all of them at once."""
    house = at_home()
    with Report() as done:
        import_bodies(house, paths, actor, done, dry_run=dry_run)
        if report is not None:
            done.write_to(report)
        if as_json:
            done.print_json()
        else:
            done.print_text(dry_run=dry_run)
    sys.exit(Exit.SOME_REFUSED if done.counts["refused"] else Exit.DONE)


def import_bodies(
    house: House, paths: Iterable[Path], actor: str, report: Report, *, dry_run: bool = False
) -> None:
    """Read all files, then enter them in one transaction: each may name bodies of another."""
    office = house.office()
    items = list(_entries(paths, report))
    now, today = clock.moment()
    with house.sessions() as session:
        done, relieved = rearrangements.enrol_bodies(
            session,
            [entry for _, _, entry in items],
            by=actor_of(actor),
            office=office,
            now=now,
            today=today,
        )
        if dry_run:
            session.rollback()
        else:
            session.commit()
            say_relieved(relieved, err=True)
    for (source, read, _), enrolled in zip(items, done, strict=True):
        if enrolled.result is enrolment.Result.REFUSED:
            report.refuse(source, read, enrolled.issues)
        else:
            report.counts[enrolled.result.value] += 1
            report.note(source, read, enrolled.issues)


def _entries(paths: Iterable[Path], report: Report) -> Iterator[tuple[str, Read, Entry]]:
    for path in paths:
        with path.open("rb") as file:
            kind = recognise(file.read(HEAD))
            if kind not in _READERS:
                stop(f"{path}: no list of bodies can be read from a file of this kind ({kind})")
            file.seek(0)
            for read in _READERS[kind](file):
                report.counts["read"] += 1
                issue = read.issue
                if issue is not None:  # its pointer starts at the file already
                    report.refuse(str(path), read._replace(pointer="", spots=None), [issue])
                    continue
                try:
                    yield str(path), read, read_body(read.document)
                except Invalid as refusal:
                    report.refuse(str(path), read, refusal.issues)


# --- looking things up ------------------------------------------------------------------------


@organisations.command("list")
@click.option("--as-of", type=DAY, help="superiors as of this day; today if left out")
@json_option
def list_(as_of: date | None, as_json: bool) -> None:
    """All bodies with their superiors."""
    with at_home().readers() as session:
        found = directory.list_bodies(session, as_of=as_of or clock.moment().today)
    if as_json:
        print_json({"items": found})
        return
    headings = ["代码", "名称", "类型", "区划", "层级", "上级单位"]
    click.echo(table(headings, [_listed(body) for body in found]))


def _listed(body: dict[str, Any]) -> list[str]:
    named = [_kind(body["kind"]), body["region"], _level(body["level"]), body["superior"]]
    return [body["uscc"], body["name"], *(word or _UNKNOWN for word in named)]


@organisations.command()
@click.argument("code")
@click.option("--as-of", type=DAY, help="as it stands on this day; today if left out")
@json_option
def show(code: str, as_of: date | None, as_json: bool) -> None:
    """One body: what it is competent for, who stands above and below it, who took over."""
    house, day = at_home(), as_of or clock.moment().today
    regions = house.office().regions
    with house.readers() as session:
        found = directory.show_body(session, code, as_of=day, regions=regions)
    if as_json:
        print_json({"as_of": day.isoformat(), **found})
        return
    click.echo(table([f"{found['uscc']}", f"截至 {day}"], _shown(found)))


def _shown(body: dict[str, Any]) -> list[list[str]]:
    place = f"{body['region']} {body['place'] or '（区划未知）'}" if body["region"] else _UNKNOWN
    rows = [
        ["名称", body["name"]],
        ["类型", _kind(body["kind"]) or _UNKNOWN],
        ["区划", place],
        ["层级", _level(body["level"]) or _UNKNOWN],
        ["合同数", str(body["contracts"])],
        ["现责任单位", _named(body["responsible"])],
    ]
    rows += [["上级", _named(a)] for a in body["ancestors"]] or [["上级", _UNKNOWN]]
    rows += [["下级", _named(b)] for b in body["subordinates"]]
    rows += [["上级沿革", f"{_named(s)} {_span(s)}"] for s in body["superiors"]]
    rows += [
        ["主管事项", f"{MATTER_CHINESE[Matter(c['matter'])]} {c['region']} {_span(c)}"]
        for c in body["competent_for"]
    ]
    rows += [
        ["承继", f"{s['predecessor']} → {s['successor']} {s['on']} {s['reason']}"]
        for s in body["successions"]
    ]
    return rows


def _named(body: dict[str, Any]) -> str:
    return f"{body['name']}（{body['uscc']}）"


def _span(row: dict[str, Any]) -> str:
    return f"{row['from_on']} 起" + (f"，至 {row['until_on']} 前" if row["until_on"] else "")


def _kind(code: str | None) -> str | None:
    return _KINDS[code] if code else None


def _level(code: str | None) -> str | None:
    return LEVEL_CHINESE[Level(code)] if code else None


# --- coverage ---------------------------------------------------------------------------------


@organisations.command()
@click.option("--as-of", type=DAY, help="as it stands on this day; today if left out")
@json_option
def coverage(as_of: date | None, as_json: bool) -> None:
    """Which bodies have no contract here, and how much of what is due nothing is heard of."""
    day = as_of or clock.moment().today
    with at_home().readers() as session:
        found = coverages.coverage(session, as_of=day)
    if as_json:
        print_json(_report(found))
    else:
        click.echo("\n\n".join(_tables(found)))


def _report(found: coverages.Coverage) -> dict[str, Any]:
    return {
        "as_of": found.as_of.isoformat(),
        "totals": found.totals(),
        "indicators": [i.shown() for i in found.indicators],
        "by_field": found.fields,
        "by_region": found.regions,
        "by_level": {level or "unknown": n for level, n in found.levels.items()},
        "rows": [row.shown() for row in found.rows],
    }


def _tables(found: coverages.Coverage) -> Iterator[str]:
    totals = found.totals()
    yield (
        f"截至 {found.as_of}：单位 {totals['bodies']} 个，有合同的 {totals['with_contract']} 个；"
        f"合同 {totals['contracts']} 份；政府方到期义务 {totals['due']} 项，"
        f"其中未报告 {totals['silent']} 项"
    )
    shares = [
        [i.id, i.name, _number(i.numerator), _number(i.denominator), i.share or _UNKNOWN, i.note]
        for i in found.indicators
    ]
    yield table(["指标", "名称", "分子", "分母", "比率", "说明"], shares)
    counted = [["领域", FIELD_CHINESE[Field(f)], str(n)] for f, n in found.fields.items()]
    counted += [["区划", code, str(n)] for code, n in found.regions.items()]
    counted += [["层级", _level(x) or _UNKNOWN, str(n)] for x, n in found.levels.items()]
    yield table(["合同", "按", "份数"], counted)
    rows = [
        [r.code, r.name, str(r.contracts), str(r.due), str(r.silent), _share(r)]
        for r in found.rows
        if r.has_contract
    ]
    yield table(["单位", "名称", "合同", "到期义务", "未报告", "未报告率"], rows)
    yield table(["没有合同的单位", "名称"], [[r.code, r.name] for r in found.without_contract])
    gaps = [[r.code, r.name, "、".join(_MISSING[m] for m in r.unknown)] for r in found.incomplete]
    yield table(["待补信息的单位", "名称", "未知"], gaps)


def _number(count: int | None) -> str:
    return _UNKNOWN if count is None else str(count)


def _share(row: coverages.BodyRow) -> str:
    return row.shown()["silent_share"] or "—"


# --- succession -------------------------------------------------------------------------------


@organisations.command()
@click.argument("predecessor")
@click.argument("successor")
@click.option("--on", type=DAY, required=True, help="the first day the successor answers")
@click.option("--reason", required=True, help="the document or event it rests on")
@click.option("--name", help="the successor's name, if it is not on the register yet")
@click.option("--kind", type=click.Choice([k.value for k in GovernmentKind]), default="organ")
@by_option
@json_option
def succeed(
    predecessor: str,
    successor: str,
    on: date,
    reason: str,
    name: str | None,
    kind: str,
    actor: str,
    as_json: bool,
) -> None:
    """Record that one body answers for another from a day on (both by their codes)."""
    house = at_home()
    now, today = clock.moment()
    by, office = actor_of(actor), house.office()
    with house.sessions.begin() as session:
        if name is not None:
            body_book.register_body(session, successor, name, kind, by=by, now=now)
        relieved = rearrangements.succeed(
            session, predecessor, successor, on=on, reason=reason, by=by, office=office, now=now,
            today=today,
        )  # fmt: skip
    say_relieved(relieved, err=True)
    shown = {"predecessor": predecessor, "successor": successor, "on": on.isoformat()}
    if as_json:
        print_json(shown)
    else:
        click.echo(f"{successor} answers for {predecessor} from {on}")
