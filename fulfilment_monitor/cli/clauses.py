"""Who answers for which clause of the notices, and what each unit has still to do."""

from datetime import date
from typing import Any

import click

from .. import clock
from ..house import load_clauses
from ..services import clauses as duties_of_units
from ..services import people
from .kit import DAY, at_home, json_option, print_json, table


@click.command()
@click.argument("region")
@click.option("--as-of", type=DAY, help="as of this day; today if left out")
@json_option
def clauses(region: str, as_of: date | None, as_json: bool) -> None:
    """The clauses of the notices in force in REGION: who leads, who answers, what is open."""
    house, day = at_home(), as_of or clock.moment().today
    office = house.office()
    with house.readers() as session:
        found = duties_of_units.list_clauses(session, load_clauses(), region, day, office)
    if as_json:
        print_json({"as_of": day.isoformat(), "region": region, "items": found})
        return
    rows = [
        [c["source"], c["title"], part, u["unit"], _named(u), _open(u)]
        for c in found
        for part, units in (("牵头", c["leading"]), ("责任", c["responsible"]))
        for u in units
    ]
    click.echo(table(["条款", "事项", "分工", "单位", "登记单位", "待办"], rows))


def _named(unit: dict[str, Any]) -> str:
    if unit["body"] is not None:
        return str(unit["body"]["name"])
    return "未登记" if unit["registered"] is False else ""


def _open(unit: dict[str, Any]) -> str:
    return "" if unit["tasks"] is None else str(unit["tasks"]["open"])


@click.command()
@click.argument("uscc")
@click.option("--as-of", type=DAY, help="as of this day; today if left out")
@json_option
def tasks(uscc: str, as_of: date | None, as_json: bool) -> None:
    """What a unit has still to do: claims in its hands, measures that wait for it."""
    house, day = at_home(), as_of or clock.moment().today
    office = house.office()
    with house.readers() as session:
        body = people.find_body(session, uscc)
        found = duties_of_units.open_tasks(session, body.id, day, office)
    if as_json:
        print_json({"as_of": day.isoformat(), "uscc": uscc, "items": found})
        return
    rows = [[t["kind"], t["id"], t["what"], t["due_on"] or "", _late(t)] for t in found]
    click.echo(table(["类别", "编号", "事项", "期限", "逾期"], rows))


def _late(task: dict[str, Any]) -> str:
    return "是" if task["late"] else ""
