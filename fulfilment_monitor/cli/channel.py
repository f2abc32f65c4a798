"""What one channel sends: its folder, its interface, and messages that could not be applied."""

from pathlib import Path

import click

from .. import clock
from ..domain.secrets import Secrets
from ..gateways import channel_drops
from ..house import House, inbox_desk, keys_of
from ..scheduler.incoming import ask, take_drop
from ..services import inbox, inbox_work
from .kit import Exit, actor_of, at_home, by_option, json_option, print_json, stop, table


@click.group()
def channel() -> None:
    """What channels send: folders, interfaces, and messages that could not be applied."""


@channel.command()
@click.argument("code", metavar="CHANNEL")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@json_option
def drop(code: str, folder: Path, as_json: bool) -> None:
    """Read the files in a folder and apply them; good rows of a bad file are kept.

    A file ends in done/, or in refused/ beside a report that names row and column (status 3).
    """
    house, secrets = _house_of(code)
    done = take_drop(house, code, folder, secrets, clock.moment())
    worked = inbox_work.work(inbox_desk(house, secrets, clock.moment))
    if as_json:
        files = [{"name": d.name, "to": str(d.path), **_counts(d.read)} for d in done]
        print_json({"files": files, "inbox": worked._asdict()})
    else:
        for d in done:
            click.echo(f"{d.name}: {d.read.kept} kept, {d.read.new} new → {d.path}")
            for i in d.read.refused[:20]:
                click.echo(f"  {i.pointer or '/'}: {i.detail} [{i.code}]", err=True)
        _say(worked)
    if any(d.read.refused for d in done):
        raise SystemExit(Exit.SOME_REFUSED)


def _counts(read: channel_drops.Read) -> dict[str, object]:
    return {"kept": read.kept, "new": read.new, "refused": [i._asdict() for i in read.refused]}


@channel.command()
@click.argument("code", metavar="CHANNEL")
@json_option
def pull(code: str, as_json: bool) -> None:
    """Ask a channel for what is new at the URL of its mapping, and apply it."""
    house, secrets = _house_of(code)
    kept, new, refused = ask(house, code, secrets, clock.moment)
    worked = inbox_work.work(inbox_desk(house, secrets, clock.moment))
    if as_json:
        issues = [i._asdict() for i in refused]
        print_json({"kept": kept, "new": new, "refused": issues, "inbox": worked._asdict()})
    else:
        click.echo(f"{kept} kept, {new} new")
        for i in refused:
            click.echo(f"  {i.pointer or '/'}: {i.detail} [{i.code}]", err=True)
        _say(worked)
    if refused:
        raise SystemExit(Exit.SOME_REFUSED)


@channel.command()
@json_option
def work(as_json: bool) -> None:
    """Apply what waits in the inbox; the scheduler does so every minute."""
    house = at_home()
    worked = inbox_work.work(inbox_desk(house, keys_of(house), clock.moment))
    if as_json:
        print_json(worked._asdict())
    else:
        _say(worked)


@channel.command()
@click.option("--channel", "code", help="of one channel only")
@by_option
@json_option
def dead(code: str | None, actor: str, as_json: bool) -> None:
    """Messages that were laid aside: codes and places, never what they say."""
    house = at_home()
    with house.readers() as session:
        found = inbox.dead(session, by=actor_of(actor), channel=code)
    if as_json:
        rows = [{**d._asdict(), "received_at": d.received_at.isoformat()} for d in found]
        print_json({"items": rows})
        return
    headings = ["回执", "渠道", "发送方", "次数", "原因", "位置"]
    places = [", ".join(e["pointer"] or "/" for e in d.errors) for d in found]
    cells = [
        [d.receipt, d.channel, d.sender, str(d.attempts), d.code, p]
        for d, p in zip(found, places, strict=True)
    ]
    click.echo(table(headings, cells))


@channel.command()
@click.argument("receipt")
@by_option
@json_option
def replay(receipt: str, actor: str, as_json: bool) -> None:
    """Put a message that was laid aside back into the queue, and apply it."""
    house = at_home()
    with house.sessions.begin() as session:
        inbox.replay(session, receipt, by=actor_of(actor), now=clock.now())
    state = inbox_work.apply_now(inbox_desk(house, keys_of(house), clock.moment), receipt)
    if as_json:
        print_json({"receipt": receipt, "state": state.value})
    else:
        click.echo(f"{receipt} {state.value}")


def _house_of(code: str) -> tuple[House, Secrets]:
    house = at_home()
    if house.maps.find(code) is None:
        known = ", ".join(f.channel for f in house.maps)
        stop(f"{code} has no mapping; one of: {known}")
    return house, keys_of(house)


def _say(worked: inbox_work.Worked) -> None:
    click.echo(f"{worked.applied} applied, {worked.refused} to be tried again, {worked.dead} dead")
