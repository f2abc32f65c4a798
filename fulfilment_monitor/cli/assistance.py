"""`assist`: ask other bodies to help with a claim, and answer what one's own was asked."""

from datetime import date

import click

from .. import clock
from ..services import assistance
from .kit import DAY, act, acting, as_option, at_home, body_option, json_option, print_json, table


@click.group()
def assist() -> None:
    """Help between bodies: each has its own task and date."""


@assist.command()
@click.argument("claim")
@click.argument("uscc")
@click.option("--task", required=True, help="what it is asked to do")
@click.option("--due-on", type=DAY, help="by when; a term of the office without it")
@as_option
@body_option
@json_option
def ask(
    claim: str, uscc: str, task: str, due_on: date | None, handle: str, body: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Ask the body USCC to help with CLAIM."""
    with act(handle, body) as desk:
        found = assistance.ask(desk.session, claim, uscc, task, due_on=due_on, **desk.acting)
        said = {"request": found.ulid, "due_on": found.due_on.isoformat()}
    _print(said, as_json)


@assist.command()
@click.argument("request")
@click.option("--text", required=True)
@as_option
@body_option
@json_option
def answer(request: str, text: str, handle: str, body: str | None, as_json: bool) -> None:
    """Answer what the own body was asked."""
    with act(handle, body) as desk:
        found = assistance.answer(desk.session, request, text, **desk.acting)
        said = {"request": found.ulid, "answered_on": str(found.answered_on)}
    _print(said, as_json)


@assist.command()
@click.argument("request")
@click.option("--reason", required=True)
@as_option
@body_option
@json_option
def withdraw(request: str, reason: str, handle: str, body: str | None, as_json: bool) -> None:
    """Take a request back."""
    with act(handle, body) as desk:
        found = assistance.withdraw(desk.session, request, reason, **desk.acting)
        said = {"request": found.ulid, "withdrawn": str(found.withdrawn_because)}
    _print(said, as_json)


@assist.command("list")
@as_option
@body_option
@json_option
def list_(handle: str, body: str | None, as_json: bool) -> None:
    """What the own body was asked, the nearest date first."""
    house, today = at_home(), clock.moment().today
    by = acting(house, handle, body, today)
    with house.readers() as session:
        found = assistance.list_requests(session, by=by, office=house.office(), today=today)
    if as_json:
        print_json({"requests": found})
        return
    rows = [
        [r["id"], r["due_on"], r["respondent"], r["task"], r["answered_on"] or ""] for r in found
    ]
    if rows:
        click.echo(table(["编号", "期限", "涉及单位", "任务", "答复日"], rows))
    click.echo(f"{len(rows)} 项协办请求")


def _print(said: dict[str, str], as_json: bool) -> None:
    if as_json:
        print_json(said)
    else:
        click.echo("  ".join(said.values()))
