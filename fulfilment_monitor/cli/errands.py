"""Imports and exports handed to a worker, and what came of them."""

from collections.abc import Iterable
from pathlib import Path

import click

from .. import clock
from ..gateways import errands
from ..gateways.errands import Errand, Kind
from ..house import House
from ..scheduler.errand_work import TASK
from ..services import audit, queue
from ..store.ids import new_ulid
from .kit import actor_of, at_home, by_option, json_option, print_json, table


@click.group()
def errand() -> None:
    """Imports and exports that a worker does while nobody waits."""


@errand.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@by_option
@json_option
def import_(files: tuple[Path, ...], actor: str, as_json: bool) -> None:
    """Have files brought into the register, as `import` does; they are copied first."""
    _ask(Kind.IMPORT, actor, files, (), as_json=as_json)


@errand.command()
@click.option("--records", is_flag=True, help="a record package, with compiled releases")
@by_option
@json_option
def export(records: bool, actor: str, as_json: bool) -> None:
    """Have the register written as open data, as `ocds export` does."""
    _ask(Kind.EXPORT, actor, (), ("--records",) if records else (), as_json=as_json)


@errand.command("list")
@json_option
def list_errands(as_json: bool) -> None:
    """What was asked for within a month, the newest first, and what came of it."""
    found = errands.list_errands(at_home().settings.errands_path())
    if as_json:
        print_json({"items": [_shown(e) for e in found]})
    elif found:
        rows = [[e.ulid, e.kind.value, e.by, _state(e), str(e.folder)] for e in found]
        click.echo(table(["errand", "kind", "by", "state", "folder"], rows))


def _ask(
    kind: Kind, actor: str, files: Iterable[Path], words: Iterable[str], *, as_json: bool
) -> None:
    house, now = at_home(), clock.now()
    ulid = new_ulid(now)
    errands.ask(house.settings.errands_path(), ulid, kind, actor, files, words, now=now)
    _queue(house, ulid, kind, actor)
    if as_json:
        print_json({"errand": ulid})
    else:
        click.echo(ulid)


def _queue(house: House, ulid: str, kind: Kind, actor: str) -> None:
    now = clock.now()
    with house.sessions.begin() as session:
        audit.note(session, actor_of(actor), f"errand.{kind}", "errand", ulid, {}, now=now)
        until = (now + errands.KEPT).isoformat()
        queue.enqueue(session, TASK, {"errand": ulid, "until": until}, now=now)


def _shown(errand: Errand) -> dict[str, object]:
    done = errand.done_at and errand.done_at.isoformat()
    return {
        "errand": errand.ulid, "kind": errand.kind.value, "by": errand.by,
        "asked_at": errand.asked_at.isoformat(), "done_at": done, "state": _state(errand),
        "said": errand.said, "folder": str(errand.folder),
    }  # fmt: skip


def _state(errand: Errand) -> str:
    if errand.status is None:
        return "waiting"
    return "done" if errand.status == 0 else "some-refused"
