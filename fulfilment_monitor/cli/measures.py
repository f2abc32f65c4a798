"""Measures: what waits for whom, each imposing body's answer, and what is still missing."""

from datetime import date
from typing import Any

import click

from .. import clock
from ..domain.measures import Target
from ..services import measure_answers, measure_takers, repairs
from ..services import restrictions as limits
from ..store.records import Measure
from .credit import on_option, reason_option
from .kit import DAY, act, as_option, at_home, body_option, json_option, print_json, table


@click.group()
def measures() -> None:
    """Measures (惩戒措施): proposed by records, answered by the bodies that impose them."""


@measures.command("open")
@on_option
@click.option("--region", default="", help="a region and all below it, for records without any")
@json_option
def open_(on: date | None, region: str, as_json: bool) -> None:
    """Unanswered proposals, unconfirmed ends, overdue orders, and records without a measure."""
    house, day = at_home(), on or clock.moment().today
    with house.readers() as session:
        office = house.office()
        found = limits.open_measures(session, day, office)
        bare = limits.unpunished(session, day, office, region=region)
        lost = limits.unaddressed(session, day, office, region=region)
    if as_json:
        missing = {"without_measure": bare, "without_imposer": lost}
        print_json({"on": day.isoformat(), **found._asdict(), **missing})
        return
    for heading, rows in zip(("待答复", "待确认终止", "逾期未整改"), found, strict=True):
        click.echo(f"{heading}：{len(rows)}")
        if rows:
            click.echo(_listed(rows))
    click.echo(f"有效记录未实施措施：{len(bare)}")
    for row in bare:
        click.echo(f"  {row['record']}  {row['body']['name']}  {row['days']} 天")
    click.echo(f"没有登记实施单位的措施：{len(lost)}")


def _listed(rows: list[dict[str, Any]]) -> str:
    cells = [
        [r["measure"], r["label"], r["imposer"]["name"], r["body"], r["since"], str(r["days"])]
        for r in rows
    ]
    return table(["措施", "名称", "实施单位", "失信主体", "起算", "天数"], cells)


@measures.command()
@on_option
@click.option("--county", is_flag=True, help="counties and districts instead of cities")
@json_option
def areas(on: date | None, county: bool, as_json: bool) -> None:
    """Cities, or counties, with an effective record of a body in their area."""
    house, day = at_home(), on or clock.moment().today
    target = Target.COUNTY if county else Target.CITY
    with house.readers() as session:
        found = limits.areas(session, day, house.office(), target)
    if as_json:
        print_json({"on": day.isoformat(), "areas": found})
        return
    rows = [[a["region"], a["name"] or "", str(a["count"])] for a in found]
    click.echo(table(["区划", "名称", "有效记录"], rows))


@measures.command()
@click.argument("region")
@on_option
@json_option
def guidance(region: str, on: date | None, as_json: bool) -> None:
    """Every effective record of a region, with what is missing before its repair."""
    house, day = at_home(), on or clock.moment().today
    with house.readers() as session:
        found = repairs.guidance(session, region, day, house.office())
    if as_json:
        print_json({"on": day.isoformat(), "records": found})
        return
    rows = [[r["record"], r["body"]["name"], "；".join(r["missing"])] for r in found]
    click.echo(table(["记录", "失信主体", "尚缺"], rows))


@measures.command()
@click.argument("region")
@on_option
@json_option
def takers(region: str, on: date | None, as_json: bool) -> None:
    """The measures a level may draw, who imposes each, and which levels below have nobody."""
    house, day = at_home(), on or clock.moment().today
    office = house.office()
    with house.readers() as session:
        found = measure_takers.catalogue_of(session, region, day, office)
        lacking = measure_takers.levels_without(session, region, day, office)
    if as_json:
        print_json({"on": day.isoformat(), "measures": found, "levels_without": lacking})
        return
    names = [(m, m["imposer"]["name"] if m["imposer"] else m["matter"] or "") for m in found]
    rows = [[m["code"], m["label"], m["source"], name] for m, name in names]
    click.echo(table(["代码", "措施", "依据", "实施单位"], rows))
    for level in lacking:
        click.echo(f"{level['region']} {level['name']}：未登记 {'、'.join(level['missing'])}")


@measures.command()
@click.argument("measure")
@click.option("--starts-on", type=DAY, required=True)
@click.option("--due-on", type=DAY, help="by when an order is to be done")
@click.option("--say", "said", multiple=True, metavar="NAME=TEXT", help="text, place, organ …")
@as_option
@body_option
@json_option
def accept(
    measure: str, starts_on: date, due_on: date | None, said: tuple[str, ...], handle: str,
    body: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Say that a measure is to be imposed; another person of the body approves it."""
    details = dict(s.partition("=")[::2] for s in said)
    more = {"starts_on": starts_on, "due_on": due_on, "details": details}
    _answer(measure_answers.accept, measure, handle, body, as_json, **more)


@measures.command()
@click.argument("measure")
@as_option
@body_option
@json_option
def approve(measure: str, handle: str, body: str | None, as_json: bool) -> None:
    """Impose what another person of the body has accepted."""
    _answer(measure_answers.approve, measure, handle, body, as_json)


@measures.command()
@click.argument("measure")
@reason_option
@as_option
@body_option
@json_option
def decline(measure: str, reason: str, handle: str, body: str | None, as_json: bool) -> None:
    """Say that a measure does not apply, and why."""
    _answer(measure_answers.decline, measure, handle, body, as_json, reason=reason)


@measures.command("confirm-end")
@click.argument("measure")
@click.option("--on", type=DAY, required=True, help="the day it was ended")
@as_option
@body_option
@json_option
def confirm_end(measure: str, on: date, handle: str, body: str | None, as_json: bool) -> None:
    """Say that a measure was ended; another person of the body approves it."""
    _answer(measure_answers.confirm_end, measure, handle, body, as_json, on=on)


@measures.command("approve-end")
@click.argument("measure")
@as_option
@body_option
@json_option
def approve_end(measure: str, handle: str, body: str | None, as_json: bool) -> None:
    """Confirm the end that another person of the body has written down."""
    _answer(measure_answers.approve_end, measure, handle, body, as_json)


def _answer(
    verb: Any, ulid: str, handle: str, body: str | None, as_json: bool, **said: Any
) -> None:
    with act(handle, body) as desk:
        done: Measure = verb(desk.session, ulid, **desk.acting, **said)
        state = done.state
    if as_json:
        print_json({"measure": ulid, "state": state})
    else:
        click.echo(f"{ulid}  {state}")
