"""The keys of this service: which there are, and a new one for a purpose."""

from typing import Any

import click

from ..domain.secrets import Purpose
from ..gateways import keyring
from ..house import keys_of
from .kit import at_home, json_option, print_json, table


@click.group()
def keys() -> None:
    """Keys outside the database."""


@keys.command("list")
@json_option
def list_(as_json: bool) -> None:
    """The ids of all keys, the one that writes first; never the keys."""
    house = at_home()
    ring = keys_of(house)
    found: dict[str, Any] = {p.value: ring.ids(p) for p in Purpose}
    if as_json:
        print_json({"folder": str(house.settings.keys_path()), "keys": found})
        return
    click.echo(table(["purpose", "keys"], [[p, ", ".join(ids)] for p, ids in found.items()]))
    click.echo(str(house.settings.keys_path()))


@keys.command()
@click.argument("purpose", type=click.Choice([p.value for p in Purpose]))
@json_option
def rotate(purpose: str, as_json: bool) -> None:
    """Add a key that writes from now on; the old ones go on reading. Restart what is running."""
    house = at_home()
    keys_of(house)
    made = keyring.rotate(house.settings.keys_path(), Purpose(purpose))
    if as_json:
        print_json({"key": made})
    else:
        click.echo(made)
