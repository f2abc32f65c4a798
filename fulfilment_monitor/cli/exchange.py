"""What leaves for other platforms: one pass, packages, comparisons, dead letters."""

from datetime import date, timedelta
from typing import Any

import click

from .. import clock
from ..domain.case_codes import Stream
from ..domain.errors import NotFound
from ..gateways.platforms import open_platforms
from ..scheduler.outgoing import way_out
from ..services import collection as collecting
from ..services import dead_letters as letters
from ..services import deliveries, delivery_proofs, partners, reconciliations, waiting_deliveries
from ..services import packages as parcels
from .kit import (
    DAY,
    Exit,
    act,
    actor_of,
    at_home,
    json_option,
    print_json,
    stop,
    table,
)

partner_option = click.option("--partner", default="", help="of one partner only")
_HERE = actor_of("command-line")


def _now() -> Any:
    return clock.moment().now


@click.command()
@click.option("--waiting", is_flag=True, help="send nothing: list what waits, and why")
@click.option("--speed", is_flag=True, help="send nothing: seconds to a receipt in seven days")
@click.option("--told", metavar="PARTNER", help="send nothing: what it was told, with receipts")
@click.option("--since", type=DAY, help="with --told: from this day on")
@json_option
def deliver(
    waiting: bool, speed: bool, told: str | None, since: date | None, as_json: bool
) -> None:
    """Send other platforms what is due: one pass, as the scheduler does every few seconds."""
    house = at_home()
    if waiting:
        with house.readers() as session:
            found = waiting_deliveries.list_waiting(session)
        _show(found, ["partner", "topic", "why", "number", "oldest"], as_json=as_json)
        return
    if speed:
        with house.readers() as session:
            speeds = waiting_deliveries.list_speeds(session, since=_now() - timedelta(days=7))
        columns = ["partner", "number", "mean_seconds", "longest_seconds"]
        _show(speeds, columns, as_json=as_json)
        return
    if told is not None:
        with house.readers() as session:
            partners.take(session, told)
            proofs = delivery_proofs.list_told(session, told, since=since)
        columns = ["day", "topic", "key", "version", "state", "acknowledged_at", "receipt"]
        _show(proofs, columns, as_json=as_json)
        return
    way = way_out(house, _now)
    passed, held = deliveries.deliver(way), parcels.deliver(way)
    said = {**passed._asdict(), "packages": held}
    if as_json:
        print_json(said)
    else:
        click.echo("，".join(f"{k} {v}" for k, v in said.items()))


@click.command()
@click.option("--region", default="", help="of a region and below only")
@json_option
def collection(region: str, as_json: bool) -> None:
    """How complete what is collected is: by body and stream, and by channel, with the gaps."""
    house, today = at_home(), clock.moment().today
    with house.readers() as session:
        platforms = open_platforms(house.settings)
        bodies = collecting.of_bodies(session, platforms, on=today, region=region)
        came = collecting.of_channels(session, house.channels, house.maps, as_of=today)
    if as_json:
        shown = [{**b._asdict(), "gaps": [g._asdict() for g in b.gaps]} for b in bodies]
        print_json({"bodies": shown, "channels": [_read(c) for c in came]})
        return
    _show(bodies, ["body", "name", "stream", "records", "complete", "held"], as_json=False)
    for body in bodies:
        for g in body.gaps:
            parts = [*g.lacking, *(f"→ {p}" for p in g.not_held_by)]
            click.echo(f"  {body.body} {g.record}: {', '.join(parts)}")
    _show(came, ["channel", "complaints", "waiting", "dead", "missing"], as_json=False)


@click.group()
def packages() -> None:
    """The package of each calendar day."""


@packages.command("list")
@partner_option
@json_option
def list_packages(partner: str, as_json: bool) -> None:
    """Packages, the newest day first."""
    with at_home().readers() as session:
        found = parcels.list_packages(session, partner=partner)
    _show(found, ["partner", "day", "state", "items", "receipt", "why", "fault"], as_json=as_json)


@packages.command()
@json_option
def missing(as_json: bool) -> None:
    """Days whose package nobody holds; ends with status 4 if there are any."""
    with at_home().readers() as session:
        found = parcels.missing(session, today=clock.moment().today)
    _show(found, ["partner", "day", "why"], as_json=as_json)
    if found:
        stop(f"{len(found)} 个日包未送达", Exit.CHECK_FAILED)


@packages.command()
@click.argument("mapping")
@click.argument("stream", type=click.Choice([s.value for s in Stream]))
@click.option("--on", type=DAY, help="as in force on a day; today by default")
def schema(mapping: str, stream: str, on: date | None) -> None:
    """JSON Schema of what leaves for a stream, as a mapping has it."""
    found = open_platforms(at_home().settings).find(mapping)
    version = None if found is None else found.in_force(on or clock.moment().today)
    if version is None:
        raise NotFound(f"no mapping {mapping[:60]!r} is in force on that day")
    print_json(version.schema(stream))


@click.command()
@partner_option
@click.option("--day", type=DAY, help="one day; those that are due by default")
@json_option
def reconcile(partner: str, day: date | None, as_json: bool) -> None:
    """Compare what platforms hold with what they should; what is missing is sent again.

    Ends with status 4 if a day does not agree.
    """
    found = reconciliations.reconcile(way_out(at_home(), _now), partner=partner, day=day)
    _show(
        found,
        ["partner", "day", "agrees", "our_count", "their_count", "missing", "unknown"],
        as_json=as_json,
    )
    if any(not c.agrees for c in found):
        stop("有日期不一致，缺失的已重新排队", Exit.CHECK_FAILED)


@click.group("dead-letters", invoke_without_command=True)
@click.pass_context
@partner_option
@json_option
def dead_letters(ctx: click.Context, partner: str, as_json: bool) -> None:
    """Messages that were refused too often; `replay` sends them again."""
    if ctx.invoked_subcommand is not None:
        return
    with at_home().readers() as session:
        found = letters.list_dead(session, by=_HERE, partner=partner)
    _show(
        found,
        ["ulid", "partner", "topic", "key", "version", "day", "fault"],
        as_json=as_json,
    )


@dead_letters.command()
@click.argument("ulids", nargs=-1, required=True)
@click.option("--as", "handle", help="the handle of who acts; the operator by default")
@json_option
def replay(ulids: tuple[str, ...], handle: str | None, as_json: bool) -> None:
    """Send dead letters again, put into form anew."""
    if handle is not None:
        with act(handle, None) as desk:
            by, now = desk.acting["by"], desk.acting["now"]
            count = letters.replay(desk.session, ulids, by=by, now=now)
    else:
        with at_home().sessions.begin() as session:
            count = letters.replay(session, ulids, by=_HERE, now=_now())
    if as_json:
        print_json({"replayed": count})
    else:
        click.echo(f"{count} 封已重新排队")


def _show(found: Any, columns: list[str], *, as_json: bool) -> None:
    items = [_read(item) for item in found]
    if as_json:
        print_json({"items": items})
    elif items:
        rows = [["" if i[c] is None else str(i[c]) for c in columns] for i in items]
        click.echo(table(columns, rows))


def _read(item: Any) -> dict[str, Any]:
    return {k: _plain(v) for k, v in item._asdict().items()}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
