"""A year of days over the samples, in seconds: what the service does, told as a story."""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import click
import waitress

from .. import clock, resources
from ..app import create_app
from ..domain.authority import operator
from ..domain.checks import Submission
from ..domain.money import spell_yuan
from ..house import House, keys_of, open_ready
from ..schemas.contracts import read_contract
from ..services import contracts, leads, nightly, registry, sweeps
from ..services.sight import ALL
from ..settings import Settings
from .demo_accounts import open_accounts
from .demo_exchange import Exchange, an_exchange, lines_of
from .kit import Exit, json_option, print_json, settings, stop, table
from .stories import Scene, perform, raise_the_stage, read_stories, read_town, story_lines

FIRST, LAST = date(2025, 7, 1), date(2026, 6, 30)
_CLERK = operator("demo")
_FILE = Path("var/demo.db")


class Month(NamedTuple):
    """What one month of daily sweeps came to."""

    name: str
    registered: int
    facts: int
    alerts: int
    opened: int
    closed: int


@click.command()
@click.option("--no-serve", is_flag=True, help="tell the story and end")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@json_option
def demo(no_serve: bool, host: str, port: int, as_json: bool) -> None:
    """Play a year of days over the sample contracts, then serve the pages."""
    house = _empty_house(settings())
    samples = _samples()
    with an_exchange(house, _at(FIRST), FIRST) as exchange:
        months = play(house, samples, exchange, quiet=as_json)
        arrived = exchange.arrived()
    with house.sessions.begin() as session:
        names = open_accounts(session, keys_of(house), now=_at(LAST), today=LAST)
    with house.readers() as session:
        counts = registry.count_all(session)
        found = leads.list_leads(session, ALL).items
        told = story_lines(session)
    if as_json:
        print_json({**counts, "exchange": {"acknowledged": len(arrived)}})
    else:
        click.echo("\n".join([_story(months, counts, found), *told, "", *lines_of(arrived)]))
    if no_serve:
        return
    lines = ["", f"打开 http://{host}:{port}/login 选一个演示账号进入（Ctrl-C 结束）：", ""]
    click.echo("\n".join([*lines, *(f"  {name}" for name in names)]), err=as_json)
    evening = clock.Moment(_at(LAST), LAST)
    app = create_app(house, moment=lambda: evening, demo=True)
    try:
        waitress.serve(app, host=host, port=port, threads=4, ident=None)
    except OSError as fault:
        stop(f"cannot listen on {host}:{port} ({fault.strerror}); choose another --port")


def _empty_house(chosen: Settings) -> House:
    """A house without contracts: a fresh file, or the database that was named, if it is empty."""
    if chosen.database_url == Settings().database_url:
        for end in ("", "-wal", "-shm"):
            Path(f"{_FILE}{end}").unlink(missing_ok=True)
        chosen = replace(chosen, database_url=f"sqlite:///{_FILE}")
    house = open_ready(chosen)
    with house.readers() as session:
        held = registry.count_all(session)["contracts"]
    if held:
        message = f"the database holds {held} contracts; the demo wants an empty one"
        stop(message, Exit.CHECK_FAILED)
    return house


def _samples() -> list[Submission]:
    folder = resources.shipped("contracts_samples")
    return [
        read_contract(json.loads(path.read_text("utf-8"))) for path in sorted(folder.glob("*.json"))
    ]


def _at(day: date) -> datetime:
    """Early in the Beijing morning of a day."""
    return datetime.combine(day, time(1), UTC)


def play(
    house: House, samples: Iterable[Submission], exchange: Exchange, *, quiet: bool
) -> list[Month]:
    """Let every day of the year happen: contracts signed, facts stated, the sweep at night."""
    office, held = house.office(), list(samples)
    town, moves, secrets = read_town(), read_stories(), keys_of(house)
    cast = {one["body"]: one["handle"] for one in reversed(town["people"])}
    per_month: dict[str, Counter[str]] = {}
    day = FIRST
    while day <= LAST:
        month = per_month.setdefault(f"{day:%Y-%m}", Counter())
        month.update(_happen(house, office, held, day))
        if day == FIRST or day in moves:
            with house.sessions.begin() as session:
                scene = Scene(session, office, house.channels, secrets, cast, _at(day), day)
                if day == FIRST:
                    raise_the_stage(scene, town)
                perform(scene, moves.get(day, ()))
        done = sweeps.sweep(
            house.sessions,
            office,
            as_of=day,
            now=lambda today=day: _at(today),  # type: ignore[misc]
            exempt_from_clock=True,
        )
        nightly.follow(
            house.sessions, office, secrets, channels=house.channels, now=_at(day), today=day
        )
        if day in moves:
            exchange.send(_at(day))
        month.update(alerts=done.alerts, opened=done.leads)
        day += timedelta(days=1)
        if not quiet and sys.stderr.isatty():
            click.echo(f"\r{day}", nl=False, err=True)
    if not quiet and sys.stderr.isatty():
        click.echo("\r" + " " * 10 + "\r", nl=False, err=True)
    with house.readers() as session:
        for item in leads.list_leads(session, ALL).items:
            if item["closed_on"] is not None:
                per_month[item["closed_on"][:7]]["closed"] += 1
    keys = Month._fields[1:]
    return [Month(name, *(counts[k] for k in keys)) for name, counts in per_month.items()]


def _happen(house: House, office: Any, held: list[Submission], day: date) -> dict[str, int]:
    """What reaches the register on one day: new contracts, and facts of that day."""
    known = [
        s._replace(facts=tuple(f for f in s.facts if f.on <= day)) for s in held if _reaches(s, day)
    ]
    if not known:
        return {}
    with house.sessions.begin() as session:
        done = contracts.register_contracts(
            session, known, by=_CLERK, office=office, now=_at(day), today=day
        )
    results = Counter(r.result for r in done)
    facts = sum(f.on == day or (day == FIRST and f.on < day) for s in known for f in s.facts)
    return {"registered": results[contracts.Result.REGISTERED], "facts": facts}


def _reaches(submission: Submission, day: date) -> bool:
    signed = submission.contract.signed_on
    if signed > day:
        return False
    first = max(signed, FIRST)
    return day == first or any(f.on == day for f in submission.facts)


def _story(months: list[Month], counts: dict[str, int], found: list[dict[str, Any]]) -> str:
    rows = [[m.name, *(str(n or "") for n in m[1:])] for m in months]
    opened = [x for x in found if x["state"] == "open"]
    owed = sum(int(x["outstanding"].replace(".", "")) for x in opened if x["outstanding"])
    parts = [
        f"{counts['contracts']} 份合同、{counts['obligations']} 项义务，"
        f"{FIRST} 至 {LAST} 逐日巡检：",
        "",
        table(["月份", "登记", "事实", "提醒", "新线索", "线索消除"], rows),
        "",
        f"共提醒 {counts['alerts']} 次，线索 {counts['leads']} 条，其中 {len(opened)} 条未消除，"
        f"涉及无争议未付款 {spell_yuan(owed)} 元。",
        "",
        "未消除的线索（线索仅为疑似，未经认定）：",
        "",
        table(
            ["合同", "义务", "应于", "未付（元）", "利息测算（元）"],
            [
                [
                    x["contract_no"],
                    x["title"],
                    x["breached_on"],
                    x["outstanding"] or "—",
                    x["interest"] or "—",
                ]
                for x in opened
            ],
        ),
    ]
    late = next((x for x in found if len(x["evidence"]["basis"]) > 4), None)
    if late is not None:
        parts += ["", f"为什么是 {late['breached_on']}？（{late['contract_no']} {late['title']}）"]
        parts += [f"  {i}. {step}" for i, step in enumerate(late["evidence"]["basis"], 1)]
    return "\n".join(parts)
