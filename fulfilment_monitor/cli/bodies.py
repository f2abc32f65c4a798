"""Public bodies: their register, and who took over from whom."""

from datetime import date

import click

from .. import clock
from ..domain.parties import GovernmentKind
from ..services import organisations as body_book
from .kit import DAY, actor_of, at_home, by_option, json_option, print_json


@click.group()
def organisations() -> None:
    """Bodies, and who took over from whom."""


@organisations.command()
@click.argument("predecessor")
@click.argument("successor")
@click.option("--on", type=DAY, required=True, help="the first day the successor answers")
@click.option("--reason", required=True, help="the document or event it rests on")
@click.option("--name", help="the successor's name, if it is not on the register yet")
@click.option("--kind", type=click.Choice([k.value for k in GovernmentKind]), default="organ")
@by_option
@json_option
def succeed(
    predecessor: str,
    successor: str,
    on: date,
    reason: str,
    name: str | None,
    kind: str,
    actor: str,
    as_json: bool,
) -> None:
    """Record that one body answers for another from a day on (both by their codes)."""
    house, now = at_home(), clock.moment().now
    by = actor_of(actor)
    with house.sessions.begin() as session:
        if name is not None:
            body_book.register_body(session, successor, name, kind, by=by, now=now)
        body_book.succeed(session, predecessor, successor, on=on, reason=reason, by=by, now=now)
    shown = {"predecessor": predecessor, "successor": successor, "on": on.isoformat()}
    if as_json:
        print_json(shown)
    else:
        click.echo(f"{successor} answers for {predecessor} from {on}")
