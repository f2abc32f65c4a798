"""Other platforms: which there are, and the keys shared with them."""

from datetime import date
from typing import Any

import click

from .. import clock
from ..domain.partners import Algorithm, KeyScope, PartnerKind
from ..house import keys_of
from ..services import approvals, partner_keys
from ..services import partners as book
from .kit import DAY, act, actor_of, as_option, at_home, body_option, json_option, print_json, table


@click.group()
def partner() -> None:
    """Platforms we exchange with; registering one, and its keys, takes two people."""


@partner.command("list")
@json_option
def list_(as_json: bool) -> None:
    """Every partner, and how the line to it stands."""
    with at_home().readers() as session:
        found = book.list_partners(session)
    if as_json:
        print_json({"items": [_plain(p) for p in found]})
        return
    rows = [
        [
            p.code, p.name, p.kind, p.address or "", p.region or "全部",
            "" if p.last_good_at is None else f"{p.last_good_at:%Y-%m-%d %H:%M}Z",
            p.last_fault or "",
        ]
        for p in found
    ]  # fmt: skip
    click.echo(table(["code", "name", "kind", "address", "region", "last good", "fault"], rows))


@partner.command("keys")
@click.argument("code", default="")
@json_option
def keys_(code: str, as_json: bool) -> None:
    """Keys of one partner or of all; never a secret."""
    now = clock.moment().now
    with at_home().readers() as session:
        found = partner_keys.list_keys(session, by=actor_of("command-line"), now=now, partner=code)
    if as_json:
        print_json({"items": [_plain(k) for k in found]})
        return
    rows = [
        [
            k.ulid, k.partner, k.algorithm, " ".join(k.scopes), k.state, f"{k.expires_at:%Y-%m-%d}",
            "" if k.last_used_at is None else f"{k.last_used_at:%Y-%m-%d %H:%M}Z",
        ]
        for k in found
    ]  # fmt: skip
    click.echo(
        table(["key", "partner", "algorithm", "scopes", "state", "until", "last used"], rows)
    )


def _plain(shown: Any) -> dict[str, Any]:
    return {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in shown._asdict().items()}


reason_option = click.option("--reason", required=True, help="why, for whoever decides")


@partner.command()
@click.argument("code")
@click.option("--name", required=True)
@click.option("--kind", required=True, type=click.Choice([k.value for k in PartnerKind]))
@click.option("--address", help="https://… or folder:NAME")
@click.option("--region", default="", help="six digits; all by default")
@click.option("--body", "uscc", help="of a body's system: the code of the body")
@click.option("--channel", help="of a channel: its code")
@click.option("--mapping", help="of a platform: the form its records are put into")
@click.option("--stream", "streams", multiple=True, help="only these records; all by default")
@click.option("--daily", is_flag=True, help="a package each calendar day")
@click.option("--since", type=DAY, required=True, help="messages from this day on")
@reason_option
@as_option
@json_option
def ask(code: str, reason: str, handle: str, as_json: bool, since: date, **said: Any) -> None:
    """Ask for a partner to be registered; somebody else decides."""
    asked = {"code": code, "since": since.isoformat(), **{k: v for k, v in said.items() if v}}
    if "uscc" in asked:
        asked["body"] = asked.pop("uscc")
    asked["streams"] = list(said["streams"])
    _ask("partner.register", asked, reason, handle, as_json=as_json)


@partner.command()
@click.argument("code")
@click.option("--name")
@click.option("--address")
@click.option("--mapping")
@click.option("--daily/--no-daily", default=None)
@click.option("--until", type=DAY, help="the first day nothing is sent any more")
@reason_option
@as_option
@json_option
def change(
    code: str, reason: str, handle: str, as_json: bool, until: date | None, **said: Any
) -> None:
    """Ask for a partner to be changed, or to end; somebody else decides."""
    asked = {"code": code, **{k: v for k, v in said.items() if v is not None}}
    if until is not None:
        asked["until"] = until.isoformat()
    _ask("partner.change", asked, reason, handle, as_json=as_json)


@partner.command("ask-key")
@click.argument("code")
@click.option("--scope", "scopes", multiple=True, type=click.Choice([s.value for s in KeyScope]))
@click.option(
    "--network", "networks", multiple=True, help="CIDR it may be used from; any by default"
)
@click.option("--algorithm", default=Algorithm.HMAC_SHA256.value, show_default=True,
              type=click.Choice([a.value for a in Algorithm]))  # fmt: skip
@click.option("--days", default=partner_keys.LONGEST_DAYS, show_default=True, type=int)
@reason_option
@as_option
@json_option
def ask_key(code: str, reason: str, handle: str, as_json: bool, **said: Any) -> None:
    """Ask for a key; somebody else decides, then its secret is fetched."""
    asked = {**said, "partner": code, "scopes": list(said["scopes"])}
    asked["networks"] = list(said["networks"])
    _ask("partner-key.create", asked, reason, handle, as_json=as_json)


def _ask(code: str, asked: dict[str, Any], reason: str, handle: str, *, as_json: bool) -> None:
    with act(handle, None) as desk:
        by, now = desk.acting["by"], desk.acting["now"]
        ulid = approvals.ask(desk.session, code, asked, reason, by=by, now=now)
    if as_json:
        print_json({"asked": ulid})
    else:
        click.echo(f"{ulid} 待另一人决定：fulfilment-monitor partner decide {ulid} --as …")


@partner.command()
@click.argument("ulid")
@click.option("--refuse", is_flag=True)
@click.option("--answer", default="", help="why")
@as_option
@body_option
@json_option
def decide(
    ulid: str, refuse: bool, answer: str, handle: str, body: str | None, as_json: bool
) -> None:
    """Grant what another person has asked for, or refuse it."""
    with act(handle, body) as desk:
        done = approvals.decide(
            desk.session, ulid, granted=not refuse, answer=answer, **desk.acting
        )
    said = {"act": done.act, "granted": not refuse}
    if as_json:
        print_json(said)
    else:
        click.echo(f"{done.act} {'已拒绝' if refuse else '已同意'}")


@partner.command("fetch-key")
@click.argument("key")
@as_option
@json_option
def fetch_key(key: str, handle: str, as_json: bool) -> None:
    """The secret of a key that was approved, told once; hand it over on paper or by courier."""
    house = at_home()
    with act(handle, None, house) as desk:
        by, now = desk.acting["by"], desk.acting["now"]
        secret = partner_keys.fetch(desk.session, key, keys_of(house), by=by, now=now)
    _tell(key, secret, as_json=as_json)


@partner.command("rotate-key")
@click.argument("key")
@as_option
@json_option
def rotate_key(key: str, handle: str, as_json: bool) -> None:
    """A second key like it; the first one runs out in a fortnight."""
    house = at_home()
    with act(handle, None, house) as desk:
        by, now = desk.acting["by"], desk.acting["now"]
        made, secret = partner_keys.rotate(desk.session, key, keys_of(house), by=by, now=now)
    _tell(made, secret, as_json=as_json)


@partner.command("revoke-key")
@click.argument("key")
@as_option
@json_option
def revoke_key(key: str, handle: str, as_json: bool) -> None:
    """End a key at once."""
    with act(handle, None) as desk:
        partner_keys.revoke(desk.session, key, by=desk.acting["by"], now=desk.acting["now"])
    if as_json:
        print_json({"revoked": key})
    else:
        click.echo(f"{key} 已吊销")


def _tell(key: str, secret: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"key": key, "secret": secret})
    else:
        click.echo(f"{key} {secret}")
