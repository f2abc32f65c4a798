"""Accounts at the machine itself: the first administrators, and help for who is locked out."""

from datetime import date, datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from .. import clock
from ..domain.authority import ROLE_CHINESE, Actor, Role
from ..domain.errors import NotFound, NotOpen
from ..domain.secrets import Secrets
from ..house import keys_of
from ..services import accounts, organisations, people
from ..services.accounts import Issued
from .kit import Exit, actor_of, at_home, by_option, json_option, print_json, stop, table

_ALL = 100_000


@click.command()
@click.option("--body", required=True, metavar="USCC", help="the body in which they hold posts")
@click.option("--body-name", help="its name, if it is not on the register yet")
@click.option("--system-admin", nargs=2, required=True, metavar="HANDLE NAME")
@click.option("--security-admin", nargs=2, required=True, metavar="HANDLE NAME")
@click.option("--audit-admin", nargs=2, required=True, metavar="HANDLE NAME")
@by_option
@json_option
def init(
    body: str,
    body_name: str | None,
    system_admin: tuple[str, str],
    security_admin: tuple[str, str],
    audit_admin: tuple[str, str],
    actor: str,
    as_json: bool,
) -> None:
    """Make the first three administrators; each gets a one-time code, shown once.

    Three different people, by staff number and name. Their accounts are closed until the codes are
    used, within three days, at /first-sign-in. There is no default password.
    """
    named = {
        Role.SYSTEM_ADMIN: system_admin,
        Role.SECURITY_ADMIN: security_admin,
        Role.AUDIT_ADMIN: audit_admin,
    }
    house, by = at_home(), actor_of(actor)
    secrets, (now, today) = keys_of(house), clock.moment()
    with house.sessions.begin() as session:
        if accounts.has_administrators(session):
            raise NotOpen("there are administrators already; see `account list`")
        if body_name is not None:
            organisations.register_body(session, body, body_name, "organ", by=by, now=now)
        made = [
            (role, _administrator(session, body, role, *who, secrets, by, now, today))
            for role, who in named.items()
        ]
    if as_json:
        print_json([{"role": role.value, **_said(issued)} for role, issued in made])
        return
    rows = [[ROLE_CHINESE[role], *_row(issued)] for role, issued in made]
    click.echo(table(["职务", "账号", "姓名", "一次性代码（只显示这一次）"], rows))
    click.echo(f"请在 {made[0][1].until:%Y-%m-%d} 前由本人打开 /first-sign-in 使用。")


def _administrator(
    session: Session,
    body: str,
    role: Role,
    handle: str,
    name: str,
    secrets: Secrets,
    by: Actor,
    now: datetime,
    today: date,
) -> Issued:
    try:
        people.find_person(session, handle)
    except NotFound:
        people.enrol(session, handle, name, by=by, now=now)
    people.post(session, handle, body, role, from_on=today, by=by, now=now)
    return accounts.create(session, handle, secrets, by=by, now=now)


@click.group()
def account() -> None:
    """Accounts for the pages."""


@account.command()
@click.argument("handle")
@click.option("--enterprise", metavar="USCC", help="for an enterprise, not for a person")
@click.option("--name", default="", help="with --enterprise: whose account it is")
@click.option("--leads", is_flag=True, help="with --enterprise: manages its other accounts")
@by_option
@json_option
def create(
    handle: str, enterprise: str | None, name: str, leads: bool, actor: str, as_json: bool
) -> None:
    """Make an account for a person on the register (see `people add`), or for an enterprise."""
    house = at_home()
    secrets, now = keys_of(house), clock.now()
    with house.sessions.begin() as session:
        issued = accounts.create(
            session,
            handle,
            secrets,
            enterprise=enterprise,
            name=name,
            leads=leads,
            by=actor_of(actor),
            now=now,
        )
    _tell(issued, as_json=as_json)


@account.command()
@click.argument("handle")
@by_option
@json_option
def code(handle: str, actor: str, as_json: bool) -> None:
    """A new one-time code; the password counts no more, the second factor still does."""
    house = at_home()
    secrets, (now, today) = keys_of(house), clock.moment()
    with house.sessions.begin() as session:
        issued = accounts.issue_code(
            session, handle, secrets, by=actor_of(actor), now=now, today=today
        )
    _tell(issued, as_json=as_json)


@account.command()
@click.argument("handle")
@by_option
def disable(handle: str, actor: str) -> None:
    """Close an account; its sessions end with their next request."""
    house = at_home()
    with house.sessions.begin() as session:
        accounts.disable(session, handle, by=actor_of(actor), now=clock.now())


@account.command("drop-factor")
@click.argument("handle")
@click.option("--yes", is_flag=True, help="the holder was identified in person")
@by_option
def drop_factor(handle: str, yes: bool, actor: str) -> None:
    """Forget a lost second factor, where no administrator is left who could ask for it."""
    if not yes:
        stop("identify the holder in person, then say --yes", Exit.USAGE)
    house = at_home()
    with house.sessions.begin() as session:
        accounts.drop_factor(session, handle, by=actor_of(actor), now=clock.now())


@account.command("list")
@json_option
def list_(as_json: bool) -> None:
    """All accounts: open, waiting for their code to be used, or closed."""
    house = at_home()
    with house.readers() as session:
        found = accounts.list_accounts(session, by=actor_of("command-line"), limit=_ALL)
    if as_json:
        print_json(
            [
                {
                    "handle": a.handle,
                    "name": a.name,
                    "enterprise": a.enterprise,
                    "state": a.state,
                    "created_at": a.created_at.isoformat(),
                }
                for a in found
            ]
        )
        return
    rows = [[a.handle, a.name, a.enterprise or "", a.state] for a in found]
    click.echo(table(["账号", "姓名", "企业", "状态"], rows))


def _tell(issued: Issued, *, as_json: bool) -> None:
    if as_json:
        print_json(_said(issued))
    else:
        click.echo(table(["账号", "姓名", "一次性代码（只显示这一次）"], [_row(issued)]))


def _row(issued: Issued) -> list[str]:
    return [issued.handle, issued.name, issued.code]


def _said(issued: Issued) -> dict[str, Any]:
    return {**issued._asdict(), "until": issued.until.isoformat()}
