"""Who complained: asked for with a motive, approved by the custodian, seen once."""

import json

import click

from ..domain.vault import ITEM_CHINESE, Item, shown_items
from ..house import keys_of
from ..services import receipts
from ..services import vault as vaults
from .kit import act, as_option, body_option, json_option, print_json


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
@as_option
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
    with act(handle, body) as desk:
        request = vaults.ask_to_open(desk.session, complaint, items, motive, **desk.acting)
        asked = {"request": request.ulid, "items": request.items}
    if as_json:
        print_json(asked)
    else:
        click.echo(f"{asked['request']}  {shown_items(items)}，待身份保管人批准")


@vault.command()
@click.argument("request")
@click.option("--approve/--refuse", required=True, default=None)
@as_option
@body_option
@json_option
def decide(request: str, approve: bool, handle: str, body: str | None, as_json: bool) -> None:
    """Approve or refuse a request of somebody else, as custodian."""
    with act(handle, body) as desk:
        vaults.decide(desk.session, request, approve=approve, **desk.acting)
    if as_json:
        print_json({"request": request, "approved": approve})
    else:
        click.echo(f"{request}  {'已批准，24小时内有效' if approve else '未批准'}")


@vault.command("open")
@click.argument("request")
@as_option
@body_option
@json_option
def open_(request: str, handle: str, body: str | None, as_json: bool) -> None:
    """See what was approved: once, and on record; the complainant is shown that it was seen."""
    with act(handle, body) as desk:
        found = vaults.open_items(desk.session, request, keys_of(desk.house), **desk.acting)
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        shown = "无" if value is None else value
        text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
        click.echo(f"{ITEM_CHINESE[Item(name)]}：{text}")


@vault.command("replace-receipt")
@click.argument("request")
@as_option
@body_option
@json_option
def replace_receipt(request: str, handle: str, body: str | None, as_json: bool) -> None:
    """A new lookup code, as custodian, for a complainant whose contact REQUEST has verified."""
    with act(handle, body) as desk:
        code = receipts.replace(desk.session, request, keys_of(desk.house), **desk.acting)
    if as_json:
        print_json({"code": code})
    else:
        click.echo(code)
