"""What people were not told, because it did not arrive."""

import click

from ..services import notification_digests
from .kit import at_home, json_option, print_json


@click.command()
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@json_option
def notifications(limit: int, as_json: bool) -> None:
    """Digests that were given up or found no address, the newest first; never what they said."""
    house = at_home()
    with house.readers() as session:
        found = notification_digests.given_up(session, limit=limit)
    if as_json:
        print_json({"items": [{**g._asdict(), "day": g.day.isoformat()} for g in found]})
        return
    for given in found:
        click.echo(
            f"{given.day}  {given.way:5}  {given.state:10}  {given.who}  {given.fault or ''}"
        )
    click.echo(f"{len(found)} digests", err=True)
