"""Subscribers of webhooks: asked for, fetched, rotated, ended; and what was laid aside."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

import click
from sqlalchemy.orm import Session

from .. import clock
from ..domain.authority import Actor
from ..domain.feed import Kind
from ..gateways import outward
from ..gateways import webhooks as gateway
from ..house import House, keys_of
from ..services import approvals, subscriptions
from ..services import webhooks as events
from .kit import acting, as_option, at_home, json_option, print_json, table

_MOST = 200


class _Desk(NamedTuple):
    house: House
    session: Session
    by: Actor
    now: datetime


@contextmanager
def _at_desk(handle: str) -> Iterator[_Desk]:
    """One transaction of somebody of the register."""
    house, (now, today) = at_home(), clock.moment()
    by = acting(house, handle, None, today)
    with house.sessions.begin() as session:
        yield _Desk(house, session, by, now)


@click.group()
def webhook() -> None:
    """Tell other systems what changed."""


@webhook.command("list")
@as_option
@json_option
def list_(handle: str, as_json: bool) -> None:
    """Subscribers, newest first; never their secrets."""
    with _at_desk(handle) as desk:
        found = subscriptions.list_all(desk.session, by=desk.by, limit=_MOST)
    if as_json:
        print_json({"subscribers": [_plain(s._asdict()) for s in found]})
        return
    rows = [
        [s.ulid, s.label, s.state, s.url, ", ".join(s.kinds), f"{s.told}/{s.waiting}/{s.dead}"]
        for s in found
    ]
    click.echo(table(["订阅", "名称", "状态", "网址", "内容", "已达/待推/未达"], rows))


@webhook.command()
@click.argument("label")
@click.argument("url")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    required=True,
    type=click.Choice([kind.value for kind in Kind]),
)
@click.option("--body", help="the body whose system it is; without it another platform")
@click.option("--reason", required=True)
@as_option
@json_option
def ask(
    label: str, url: str, kinds: tuple[str, ...], body: str | None, reason: str, handle: str,
    as_json: bool,
) -> None:  # fmt: skip
    """Ask for a subscriber; a second person decides on the pages."""
    asked = {"label": label, "url": url, "kinds": list(kinds), **({"body": body} if body else {})}
    with _at_desk(handle) as desk:
        ulid = approvals.ask(
            desk.session, "webhook.create", asked, reason, by=desk.by, now=desk.now
        )
    _said("approval", ulid, as_json)


@webhook.command()
@click.argument("subscriber")
@as_option
@json_option
def fetch(subscriber: str, handle: str, as_json: bool) -> None:
    """Show the secret of an approved subscriber, once; from then on it is told what changes."""
    with _at_desk(handle) as desk:
        secret = subscriptions.fetch(
            desk.session, subscriber, keys_of(desk.house), by=desk.by, now=desk.now
        )
    _said("secret", secret, as_json)


@webhook.command()
@click.argument("subscriber")
@as_option
@json_option
def rotate(subscriber: str, handle: str, as_json: bool) -> None:
    """Show another secret, once; for a fortnight both sign."""
    with _at_desk(handle) as desk:
        secret = subscriptions.rotate(
            desk.session, subscriber, keys_of(desk.house), by=desk.by, now=desk.now
        )
    _said("secret", secret, as_json)


@webhook.command()
@click.argument("subscriber")
@as_option
def disable(subscriber: str, handle: str) -> None:
    """Tell a subscriber nothing more; what waits for it is kept."""
    with _at_desk(handle) as desk:
        subscriptions.disable(desk.session, subscriber, by=desk.by, now=desk.now)


@webhook.command()
@click.argument("subscriber")
@as_option
def resume(subscriber: str, handle: str) -> None:
    """Tell a subscriber again, from where it stood."""
    with _at_desk(handle) as desk:
        subscriptions.resume(desk.session, subscriber, by=desk.by, now=desk.now)


@webhook.command()
@as_option
@json_option
def letters(handle: str, as_json: bool) -> None:
    """Events that were tried too often."""
    with _at_desk(handle) as desk:
        found = events.dead(desk.session, by=desk.by, limit=_MOST)
    if as_json:
        print_json({"letters": [_plain(m._asdict()) for m in found]})
        return
    rows = [[m.ulid, m.label, m.topic, m.subject, str(m.tries), m.fault or ""] for m in found]
    click.echo(table(["事件", "订阅", "类型", "对象", "次数", "原因"], rows))


@webhook.command()
@click.argument("event")
@as_option
def replay(event: str, handle: str) -> None:
    """Tell an event again that was laid aside."""
    with _at_desk(handle) as desk:
        events.replay(desk.session, event, by=desk.by, now=desk.now)


@webhook.command()
@json_option
def deliver(as_json: bool) -> None:
    """Tell every subscriber now what waits for it; the scheduler does so every minute."""
    house = at_home()
    told = gateway.deliver(
        house.sessions,
        house.readers,
        keys_of(house),
        house.office(),
        outward.allowed(house.settings),
        now=lambda: clock.moment().now,
        today=clock.moment().today,
    )
    if as_json:
        print_json(told._asdict())
    else:
        click.echo(f"{told.delivered} delivered, {told.failed} failed")


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON has it: moments as text, the number inside left out."""
    kept = {k: v for k, v in row.items() if k != "row"}
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in kept.items()}


def _said(name: str, value: str, as_json: bool) -> None:
    if as_json:
        print_json({name: value})
    else:
        click.echo(value)
