"""People who act in cases, and the posts they hold in bodies."""

from datetime import date

import click

from .. import clock
from ..domain.authority import ROLE_CHINESE, Role
from ..services import people as staff
from ..services import rearrangements
from .kit import DAY, actor_of, at_home, by_option, json_option, print_json, say_relieved, table

_ROLE = click.Choice([r.value for r in staff.POSTS])
_body_option = click.option("--body", required=True, metavar="USCC", help="the body")
_role_option = click.option("--role", required=True, type=_ROLE, help="the capacity")


@click.group()
def people() -> None:
    """People and the posts they hold."""


@people.command()
@click.argument("handle")
@click.argument("name")
@by_option
def add(handle: str, name: str, actor: str) -> None:
    """Enter a person under a staff number or account, which is never used again."""
    house = at_home()
    now, _ = clock.moment()
    with house.sessions.begin() as session:
        person = staff.enrol(session, handle, name, by=actor_of(actor), now=now)
        click.echo(f"{person.handle} {person.name}")


@people.command()
@click.argument("handle")
@_body_option
@_role_option
@click.option("--from", "from_on", type=DAY, help="the first day; today unless told otherwise")
@click.option("--until", "until_on", type=DAY, help="the first day it holds no more")
@by_option
def post(
    handle: str, body: str, role: str, from_on: date | None, until_on: date | None, actor: str
) -> None:
    """Give a person a post; claims the person may no longer handle go to others at once."""
    house = at_home()
    now, today = clock.moment()
    office = house.office()
    with house.sessions.begin() as session:
        done = rearrangements.post(
            session,
            handle,
            body,
            Role(role),
            from_on=from_on or today,
            until_on=until_on,
            by=actor_of(actor),
            office=office,
            now=now,
            today=today,
        )
    say_relieved(done)


@people.command()
@click.argument("handle")
@_body_option
@_role_option
@click.option("--on", type=DAY, help="the first day it holds no more; today unless told otherwise")
@by_option
def leave(handle: str, body: str, role: str, on: date | None, actor: str) -> None:
    """End a post; claims the person has in hand there go to colleagues at once."""
    house = at_home()
    now, today = clock.moment()
    office = house.office()
    with house.sessions.begin() as session:
        done = rearrangements.leave(
            session,
            handle,
            body,
            Role(role),
            on=on or today,
            by=actor_of(actor),
            office=office,
            now=now,
            today=today,
        )
    say_relieved(done)


@people.command("list")
@click.option("--body", metavar="USCC", help="one body only")
@click.option("--on", type=DAY, help="the day; today unless told otherwise")
@json_option
def list_(body: str | None, on: date | None, as_json: bool) -> None:
    """Who holds which post on a day."""
    house = at_home()
    _, today = clock.moment()
    with house.readers() as session:
        found = staff.list_staff(session, on or today, body)
    if as_json:
        print_json([{**s.shown(), **_days(s)} for s in found])
        return
    rows = [
        [s.handle, s.name, s.body_name, ROLE_CHINESE[s.role], *(d or "" for d in _days(s).values())]
        for s in found
    ]
    click.echo(table(["账号", "姓名", "单位", "职务", "起", "止"], rows))


def _days(held: staff.Staff) -> dict[str, str | None]:
    until = None if held.until_on is None else held.until_on.isoformat()
    return {"from_on": held.from_on.isoformat(), "until_on": until}
