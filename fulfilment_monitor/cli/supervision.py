"""Supervision: what the sweep proposes, and what an officer signs or declines."""

import click

from ..domain.case_codes import Supervision, label
from ..services import retaliation
from ..services import supervision as watch
from .kit import act, as_option, at_home, body_option, json_option, print_json, table

_STEPS = [s.value for s in Supervision if s is not Supervision.LISTED]


@click.group()
def supervision() -> None:
    """Supervision (督办): proposed by the sweep, signed by a person. 挂牌督办 is `case … list`."""


@supervision.command()
@click.option("--region", default="", help="only cases of this region and below")
@json_option
def proposals(region: str, as_json: bool) -> None:
    """What waits for a signature, oldest first."""
    house = at_home()
    with house.readers() as session:
        found = watch.proposals(session, house.office(), region=region)
    rows = [p.shown() for p in found]
    if as_json:
        print_json({"items": rows, "total": len(rows)})
        return
    headings = ["建议", "事项", "承办单位", "期限", "届满", "规则"]
    cells = [
        [r["step_name"], r["claim"], r["holder"] or "", r["limit"], r["due_on"], r["rule"]]
        for r in rows
    ]
    click.echo(table(headings, cells) if cells else "没有待签发的督办建议")


@supervision.command()
@click.argument("claim")
@click.argument("step", type=click.Choice(_STEPS))
@click.option("--text", required=True, help="what is demanded")
@click.option("--number", help="its 文号")
@click.option("--rule", help="the proposal it answers")
@as_option
@body_option
@json_option
def sign(
    claim: str,
    step: str,
    text: str,
    number: str | None,
    rule: str | None,
    handle: str,
    body: str | None,
    as_json: bool,
) -> None:
    """Issue a step of supervision to the body that holds the claim."""
    with act(handle, body) as desk:
        done = watch.sign(
            desk.session,
            claim,
            Supervision(step),
            text,
            number=number,
            rule=rule,
            **desk.acting,
        )
        ulid = done.ulid
    _done(label(Supervision(step)), ulid, as_json=as_json)


@supervision.command()
@click.argument("claim")
@click.argument("rule")
@click.option("--reason", required=True)
@as_option
@body_option
@json_option
def decline(
    claim: str, rule: str, reason: str, handle: str, body: str | None, as_json: bool
) -> None:
    """Do not sign what was proposed; the reason stays on record."""
    with act(handle, body) as desk:
        ulid = watch.decline(desk.session, claim, rule, reason, **desk.acting).ulid
    _done("不予签发", ulid, as_json=as_json)


@supervision.command()
@click.option("--limit", type=click.IntRange(1), default=100)
@as_option
@body_option
@json_option
def signs(limit: int, handle: str, body: str | None, as_json: bool) -> None:
    """Signs of retaliation against who complained, for the supervisor of the region alone."""
    with act(handle, body) as desk:
        who = desk.acting
        found = retaliation.list_signs(
            desk.session, by=who["by"], office=who["office"], today=who["today"], limit=limit
        )
    if as_json:
        print_json({"items": found, "total": len(found)})
        return
    columns = ("happened_on", "kind", "contract", "object", "found_on")
    cells = [[s[c] for c in columns] for s in found]
    headings = ["日期", "迹象", "合同", "依据", "发现"]
    click.echo(table(headings, cells) if cells else "没有发现迹象")


def _done(what: str, ulid: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"act": ulid})
    else:
        click.echo(f"{what} {ulid}")
