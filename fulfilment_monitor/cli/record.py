"""The record of acts: check it, sign where it ends, promise that an act is in it."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from .. import clock
from ..domain.anchors import read_receipt, written
from ..gateways import anchor_sink
from ..house import House, keys_of
from ..services import anchors, inclusion, reconciling
from ..services import audit as record
from .kit import Exit, at_home, json_option, print_json

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def audit() -> None:
    """The record of acts."""


@audit.command()
@click.option("--anchor", "kept", type=FILE, help="anchors that a witness kept, as JSON lines")
@click.option("--receipt", type=FILE, help="a receipt that somebody was given")
@click.option("--reconcile", is_flag=True, help="hold every governed row against its last act")
@click.option("--since", type=click.IntRange(min=0), default=0, help="begin after this entry")
@click.option(
    "--public-key",
    "public",
    type=FILE,
    multiple=True,
    help="check signatures with this key (PEM) instead of those of the house",
)
@json_option
def verify(
    kept: Path | None,
    receipt: Path | None,
    reconcile: bool,
    since: int,
    public: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Walk the chain; exit 4 when anything was changed, removed or put in."""
    house = at_home()
    keys = house.keys.checking()
    verifier = _public(public) if public else keys and keys.secrets
    if verifier is None and (kept or receipt):
        click.echo("signatures are not checked: no key (--public-key)", err=True)
    promise = None if receipt is None else read_receipt(_text(receipt))
    witnessed = [] if kept is None else anchor_sink.read(kept)
    with house.readers() as session:
        reconciling.from_one_moment(session)
        found = record.verify(session, keys, since=since)
        problems = [*found.problems]
        problems += anchors.check(session, found.entries, verifier, witnessed)
        if promise is not None:
            problems += anchors.check_receipt(session, found.entries, verifier, promise)
        if reconcile and not any(p.verdict == record.BROKEN for p in problems):
            problems += reconciling.reconcile(session)
    _show(found._replace(problems=tuple(problems)), as_json=as_json)
    sys.exit(Exit.CHECK_FAILED if problems else Exit.DONE)


def _public(paths: tuple[Path, ...]) -> anchors.Verifier:
    from ..gateways.public_keys import read_public_keys

    return read_public_keys(paths)


def _text(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


def _show(found: record.Verified, *, as_json: bool) -> None:
    if as_json:
        shown = {
            "entries": found.entries,
            "head": found.head,
            "ok": found.ok,
            "problems": [_said(p) for p in found.problems],
        }
        print_json(shown)
        return
    click.echo(f"{found.entries} entries, {'whole' if found.ok else 'NOT WHOLE'}")
    for problem in found.problems:
        click.echo(f"  verdict {problem.verdict}: {problem.detail}")


def _said(problem: record.Problem) -> dict[str, Any]:
    return {k: v for k, v in problem._asdict().items() if v is not None}


@audit.command()
@json_option
def anchor(as_json: bool) -> None:
    """Sign where the record ends, and hand it to the witnesses (FM_ANCHOR_SINK)."""
    house = at_home()
    secrets = keys_of(house)
    folder = house.settings.anchor_sink
    dropped = anchor_sink.anchor(house.sessions, secrets, folder, clock.now())
    if as_json:
        print_json({"anchor": None if dropped is None else written(dropped)})
    elif dropped is None:
        click.echo("nothing is on record yet")
    else:
        click.echo(json.dumps(written(dropped), ensure_ascii=False, sort_keys=True))


@audit.command()
@click.argument("kind")
@click.argument("name")
def receipt(kind: str, name: str) -> None:
    """A signed promise that the last act about a thing is on record, as JSON: fact 01J…"""
    house: House = at_home()
    secrets = keys_of(house)
    with house.readers() as session:
        print_json(written(inclusion.of_entry(session, kind, name, secrets)))
