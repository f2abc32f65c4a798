"""Who complained: asked for with a motive, approved by the custodian, seen once."""

import json

import click

from .. import clock
from ..domain.vault import ITEM_CHINESE, Item, shown_items
from ..house import keys_of
from ..services import receipts
from ..services import vault as vaults
from .kit import acting, at_home, json_option, print_json

person_option = click.option("--by", "handle", required=True, help="the handle of who acts")
body_option = click.option("--body", "body", help="the body acted for, where there are several")


@click.group()
def vault() -> None:
    """Identities of complainants."""


@vault.command()
@click.argument("complaint")
@click.option(
    "--item",
    "items",
    multiple=True,
    required=True,
    type=click.Choice([i.value for i in Item]),
    help="what has to be known; may be given several times",
)
@click.option("--motive", required=True, help="why it has to be known")
@person_option
@body_option
@json_option
def ask(
    complaint: str,
    items: tuple[str, ...],
    motive: str,
    handle: str,
    body: str | None,
    as_json: bool,
) -> None:
    """Ask to see who complained; the custodian decides."""
    house = at_home()
    now, today = clock.moment()
    by, office = acting(house, handle, body, today), house.office()
    with house.sessions.begin() as session:
        request = vaults.ask_to_open(
            session, complaint, items, motive, by=by, office=office, now=now, today=today
        )
        asked = {"request": request.ulid, "items": request.items}
    if as_json:
        print_json(asked)
    else:
        click.echo(f"{asked['request']}  {shown_items(items)}，待身份保管人批准")


@vault.command()
@click.argument("request")
@click.option("--approve/--refuse", required=True, default=None)
@person_option
@body_option
@json_option
def decide(request: str, approve: bool, handle: str, body: str | None, as_json: bool) -> None:
    """Approve or refuse a request of somebody else, as custodian."""
    house = at_home()
    now, today = clock.moment()
    by, office = acting(house, handle, body, today), house.office()
    with house.sessions.begin() as session:
        vaults.decide(session, request, approve=approve, by=by, office=office, now=now, today=today)
    if as_json:
        print_json({"request": request, "approved": approve})
    else:
        click.echo(f"{request}  {'已批准，24小时内有效' if approve else '未批准'}")


@vault.command("open")
@click.argument("request")
@person_option
@body_option
@json_option
def open_(request: str, handle: str, body: str | None, as_json: bool) -> None:
    """See what was approved: once, and on record; the complainant is shown that it was seen."""
    house = at_home()
    secrets = keys_of(house)
    now, today = clock.moment()
    by, office = acting(house, handle, body, today), house.office()
    with house.sessions.begin() as session:
        found = vaults.open_items(
            session, request, secrets, by=by, office=office, now=now, today=today
        )
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        shown = "无" if value is None else value
        text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
        click.echo(f"{ITEM_CHINESE[Item(name)]}：{text}")


@vault.command("replace-receipt")
@click.argument("request")
@person_option
@body_option
@json_option
def replace_receipt(request: str, handle: str, body: str | None, as_json: bool) -> None:
    """A new lookup code, as custodian, for a complainant whose contact REQUEST has verified."""
    house = at_home()
    secrets = keys_of(house)
    now, today = clock.moment()
    by, office = acting(house, handle, body, today), house.office()
    with house.sessions.begin() as session:
        code = receipts.replace(
            session, request, secrets, by=by, office=office, now=now, today=today
        )
    if as_json:
        print_json({"code": code})
    else:
        click.echo(code)
