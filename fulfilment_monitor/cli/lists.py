"""Lists: alerts, leads, contracts; and the figures of all of them."""

from datetime import date
from typing import Any

import click

from ..domain.alerts import Audience
from ..domain.contracts import Field
from ..domain.tallies import Measure
from ..services import alerts as alert_book
from ..services import leads as lead_book
from ..services import registry, tallies
from ..services.sight import ALL
from .kit import DAY, at_home, json_option, print_json, table

as_of_option = click.option("--as-of", type=DAY, help="as the list stood on a day")
limit_option = click.option("--limit", type=click.IntRange(0), help="how many; all by default")


def _show(
    items: list[dict[str, Any]], total: int, columns: dict[str, str], *, as_json: bool
) -> None:
    if as_json:
        print_json({"items": items, "total": total})
        return
    rows = [["" if i[c] is None else str(i[c]) for c in columns.values()] for i in items]
    if rows:
        click.echo(table(list(columns), rows))
    click.echo(f"{len(items)} of {total}")


@click.command()
@as_of_option
@limit_option
@click.option("--audience", type=click.Choice([a.value for a in Audience]))
@json_option
def alerts(as_of: date | None, limit: int | None, audience: str | None, as_json: bool) -> None:
    """Alerts, newest first."""
    house = at_home()
    with house.readers() as session:
        found = alert_book.list_alerts(
            session, ALL, house.policy, as_of=as_of, audience=audience, limit=limit
        )
    columns = {
        "raised": "raised_on",
        "contract": "contract_no",
        "obligation": "obligation",
        "rule": "rule",
        "severity": "severity",
        "due": "due_on",
    }
    _show(found.items, found.total, columns, as_json=as_json)


@click.command()
@as_of_option
@limit_option
@json_option
def leads(as_of: date | None, limit: int | None, as_json: bool) -> None:
    """Leads (线索), newest first: signs of a breach, never a breach found."""
    house = at_home()
    with house.readers() as session:
        found = lead_book.list_leads(session, ALL, as_of=as_of, limit=limit)
    columns = {
        "raised": "raised_on",
        "contract": "contract_no",
        "obligation": "obligation",
        "missed": "breached_on",
        "outstanding": "outstanding",
        "state": "state",
        "closed": "closed_on",
        "why": "closed_why",
    }
    _show(found.items, found.total, columns, as_json=as_json)


@click.command()
@limit_option
@click.option("--field", type=click.Choice([f.value for f in Field]))
@click.option("--text", help="part of the number or the title")
@json_option
def contracts(limit: int | None, field: str | None, text: str | None, as_json: bool) -> None:
    """Contracts, newest first."""
    house = at_home()
    with house.readers() as session:
        found = registry.list_contracts(session, ALL, field=field, text=text, limit=limit)
    columns = {
        "contract": "contract_no",
        "title": "title",
        "field": "field",
        "signed": "signed_on",
        "amount": "amount",
    }
    _show(found.items, found.total, columns, as_json=as_json)


_MEASURES = {
    Measure.CONTRACTS: ("contracts", "amount"),
    Measure.OPEN_LEADS: ("open leads", "outstanding"),
    Measure.CLOSED_LEADS: ("closed leads", "was outstanding"),
}


@click.command()
@click.option("--by", type=click.Choice([b.value for b in tallies.By]), default="region")
@click.option("--region", help="only regions whose code begins so; two digits are a province")
@click.option("--field", type=click.Choice([f.value for f in Field]))
@click.option("--government", help="only this body, by its code")
@json_option
def statistics(
    by: str, region: str | None, field: str | None, government: str | None, as_json: bool
) -> None:
    """Contracts and leads by region, field or body; amounts in yuan only."""
    house = at_home()
    with house.readers() as session:
        rows = tallies.report(
            session,
            tallies.By(by),
            region=region,
            field=None if field is None else Field(field),
            government=government,
        )
    if as_json:
        items = [{"key": r.key, "name": r.name, **r.figures} for r in rows]
        print_json({"by": by, "items": items})
        return
    headings = [by, *(word for words in _MEASURES.values() for word in words)]
    shown = [
        [
            r.name,
            *(str(v) for m in _MEASURES for v in r.figures.get(m, {"": 0, " ": "0.00"}).values()),
        ]
        for r in rows
    ]
    click.echo(table(headings, shown))
