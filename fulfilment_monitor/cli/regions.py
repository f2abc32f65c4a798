"""Administrative regions: what a code stands for on a day, and what changed since the release."""

import csv
from datetime import date
from pathlib import Path

import click

from .. import clock
from ..domain.errors import Invalid, Issue, NotFound
from ..domain.regions import Region
from ..services.regions import load_regions
from .kit import DAY, actor_of, at_home, by_option, json_option, print_json

_COLUMNS = ("code", "name", "valid_from", "valid_to", "successor")


@click.group()
def regions() -> None:
    """Administrative regions (GB/T 2260), each code with the days on which it holds."""


@regions.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@by_option
@json_option
def load(file: Path, actor: str, as_json: bool) -> None:
    """Enter changed regions (CSV: code,name,valid_from,valid_to,successor)."""
    house = at_home()
    rows = _read(file)
    known = house.office().statute.regions
    with house.sessions.begin() as session:
        changed = load_regions(session, rows, known, by=actor_of(actor), now=clock.moment().now)
    if as_json:
        print_json({"read": len(rows), "changed": changed})
    else:
        click.echo(f"{len(rows)} read, {len(changed)} changed")


@regions.command()
@click.argument("code")
@click.option("--as-of", type=DAY, help="the day to look at; today by default")
@json_option
def show(code: str, as_of: date | None, as_json: bool) -> None:
    """What a code stands for: its place among regions, and everything it ever stood for."""
    found = at_home().office().statute.regions
    day = as_of or clock.moment().today
    if not found.versions(code):
        raise NotFound(f"{code!r} is no region")
    became = found.now_of(code, day)
    shown = {
        "code": code,
        "as_of": day.isoformat(),
        "path": [{"code": r.code, "name": r.name} for r in found.path(code, day)],
        "now": None if became is None else {"code": became.code, "name": became.name},
        "fault": found.fault(code, day),
        "versions": [
            {k: v.isoformat() if isinstance(v, date) else v for k, v in r._asdict().items()}
            for r in found.versions(code)
        ],
    }
    if as_json:
        print_json(shown)
        return
    click.echo(shown["fault"] or " › ".join(r.name for r in found.path(code, day)))
    for r in found.versions(code):
        ended = f"至 {r.valid_to}" if r.valid_to else "至今"
        click.echo(f"  {r.code} {r.name}：自 {r.valid_from} {ended}")


def _read(path: Path) -> list[Region]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except UnicodeDecodeError:
        raise Invalid([Issue("", "csv.encoding", "the file is not UTF-8")]) from None
    missing = [c for c in _COLUMNS if not rows or c not in rows[0]]
    if missing:
        detail = f"columns are missing: {', '.join(missing)}"
        raise Invalid([Issue("/1", "csv.columns", detail)])
    return [_region(row, i) for i, row in enumerate(rows)]


def _region(row: dict[str, str], index: int) -> Region:
    first, last = _day(row, index, "valid_from"), None
    if row["valid_to"]:
        last = _day(row, index, "valid_to")
    return Region(row["code"], row["name"] or "", first, last, row["successor"] or None)


def _day(row: dict[str, str], index: int, column: str) -> date:
    try:
        return date.fromisoformat(row[column] or "")
    except ValueError:
        detail = f"{row[column]!r} is no day"
        raise Invalid([Issue(f"/{index}/{column}", "csv.day", detail)]) from None
