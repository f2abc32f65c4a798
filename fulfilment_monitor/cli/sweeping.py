"""The sweep, the scheduler that starts it, and the clocks it trusts."""

from datetime import date
from pathlib import Path

import click

from .. import clock as clocks_of_ours
from ..gateways import file_sink
from ..house import keys_of
from ..services import clocks, nightly, sweeps
from .kit import DAY, actor_of, at_home, by_option, json_option, print_json


@click.command()
@click.option("--as-of", type=DAY, help="the day to sweep for; today by default")
@click.option("--dry-run", is_flag=True, help="say what would be raised, and raise nothing")
@json_option
def sweep(as_of: date | None, dry_run: bool, as_json: bool) -> None:
    """The daily check: raise what is due, open leads past the grace period."""
    house = at_home()
    now, today = clocks_of_ours.moment()
    office = house.office()
    if dry_run:
        done = sweeps.rehearse(house.sessions, office, as_of=as_of or today, now=clocks_of_ours.now)
    else:
        if as_of is None:
            with house.sessions.begin() as session:
                clocks.watch_clocks(
                    session,
                    now=now,
                    elapsed_offset_seconds=0,
                    tolerance_seconds=house.settings.clock_tolerance_seconds,
                )
        done = sweeps.sweep(
            house.sessions,
            office,
            as_of=as_of or today,
            now=clocks_of_ours.now,
            exempt_from_clock=as_of is not None,
        )
        day = as_of or today
        nightly.follow(
            house.sessions,
            office,
            keys_of(house),
            channels=house.channels,
            maps=house.maps,
            now=now,
            today=day,
        )
        if house.settings.alert_sink:
            folder = Path(house.settings.alert_sink)
            file_sink.deliver(house.sessions, house.policy, folder, clocks_of_ours.now)
    shown = {**done._asdict(), "as_of": done.as_of.isoformat()}
    if as_json:
        print_json(shown)
    else:
        raised = f"{done.alerts} alerts, {done.leads} leads"
        word = "would raise" if dry_run else "raised"
        click.echo(f"{shown['as_of']}: {done.duties} duties acted, {word} {raised}")


@click.group()
def clock() -> None:
    """Clocks that disagreed."""


@clock.command()
@by_option
@json_option
def acknowledge(actor: str, as_json: bool) -> None:
    """You have looked at the clocks: sweeps go on."""
    house = at_home()
    with house.sessions.begin() as session:
        count = clocks.acknowledge(session, by=actor_of(actor), now=clocks_of_ours.moment().now)
    if as_json:
        print_json({"acknowledged": count})
    else:
        click.echo(f"{count} alarms acknowledged")
