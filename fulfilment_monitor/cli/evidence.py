"""Files that prove something: hand them in, get them back, look after them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from .. import clock
from ..domain.errors import Invalid
from ..domain.evidence import EvidenceDamaged, EvidenceMissing, FileState, StoreUnusable
from ..gateways import backups, evidence_store, scrubs, sealed
from ..house import House
from ..services import evidence as files
from .kit import Exit, actor_of, at_home, by_option, json_option, print_json, stop, table

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
identity_option = click.option(
    "--identity", type=FILE, help="the file of the secret key, when the backup is encrypted"
)


@contextmanager
def damage_is_a_failed_check() -> Iterator[None]:
    """What is not whole any more ends with the status of a failed check."""
    try:
        yield
    except (EvidenceDamaged, EvidenceMissing, sealed.BackupDamaged) as refusal:
        found = refusal.members.get("found", [])
        more = "".join(f"\n  {line}" for line in found) if isinstance(found, list) else ""
        stop(f"{refusal} [{refusal.code}]{more}", Exit.CHECK_FAILED)


@click.group()
def evidence() -> None:
    """Files that prove something."""


@evidence.command()
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=FILE)
@by_option
@json_option
def add(paths: tuple[Path, ...], actor: str, as_json: bool) -> None:
    """Keep files: pdf, png, jpg, tif, docx, xlsx, ofd, txt, csv."""
    house = at_home()
    stored: list[dict[str, Any]] = []
    refused: list[dict[str, str]] = []
    for path in paths:
        try:
            stored.append(_add(house, path, actor))
        except Invalid as refusal:
            refused += [
                {"file": str(path), "code": i.code, "detail": i.detail} for i in refusal.issues
            ]
        except StoreUnusable as refusal:
            refused.append({"file": str(path), "code": refusal.code, "detail": str(refusal)})
    if as_json:
        print_json({"stored": stored, "refused": refused})
    else:
        for row in stored:
            click.echo(f"{row['sha256']}  {row['name']}")
        for fault in refused:
            click.echo(f"refused  {fault['file']} {fault['code']}: {fault['detail']}", err=True)
    sys.exit(Exit.SOME_REFUSED if refused else Exit.DONE)


def _add(house: House, path: Path, actor: str) -> dict[str, Any]:
    with path.open("rb") as file:
        kept, content = evidence_store.examine(file, path.name, house.settings.evidence_bytes())
    evidence_store.keep(house.settings.evidence_path(), kept.sha256, content)
    with house.sessions.begin() as session:
        files.keep_files(session, [kept], by=actor_of(actor), now=clock.now())
    return kept._asdict()


@evidence.command()
@click.argument("sha256")
@click.argument("out", type=click.Path(path_type=Path))
@json_option
def get(sha256: str, out: Path, as_json: bool) -> None:
    """Copy a file out, if every byte of it is as it was handed in; exit 4 if not."""
    house = at_home()
    with house.readers() as session:
        row = files.find_file(session, sha256)
    with damage_is_a_failed_check():
        size = evidence_store.fetch(house.settings.evidence_path(), sha256, out)
    if as_json:
        print_json({"sha256": sha256, "name": row.name, "size": size, "file": str(out)})
    else:
        click.echo(f"{out}  {size} bytes  {row.name}")


@evidence.command(name="list")
@click.option("--state", type=click.Choice([s.value for s in FileState]))
@click.option("--limit", type=click.IntRange(min=1))
@json_option
def list_(state: str | None, limit: int | None, as_json: bool) -> None:
    """The files that are kept, newest first."""
    house = at_home()
    wanted = None if state is None else FileState(state)
    with house.readers() as session:
        found = files.list_files(session, state=wanted, limit=limit)
    if as_json:
        print_json(found._asdict())
        return
    rows = [[str(i[k]) for k in ("sha256", "size", "state", "name")] for i in found.items]
    click.echo(table(["sha256", "size", "state", "name"], rows))
    click.echo(f"{found.total} in all")


@evidence.command()
@click.option("--heal-from", "backup", type=FILE, help="a backup to take whole files from")
@identity_option
@by_option
@json_option
def scrub(backup: Path | None, identity: Path | None, actor: str, as_json: bool) -> None:
    """Read every file again; exit 4 if one is damaged or gone."""
    house = at_home()
    folder = house.settings.evidence_path()
    by = actor_of(actor)
    if backup is None:
        found = scrubs.scrub(house.sessions, folder, by=by, now=clock.now)
    else:
        with damage_is_a_failed_check(), backups.closed_folder(folder.parent) as scratch:
            opened = backups.open_backup(backup, identity, scratch)
            whole = backups.evidence_in(opened)
            found = scrubs.scrub(house.sessions, folder, by=by, now=clock.now, backup=whole)
    _show(found, as_json=as_json)
    sys.exit(Exit.CHECK_FAILED if found.broken else Exit.DONE)


def _show(found: scrubs.Scrubbed, *, as_json: bool) -> None:
    by_state = {
        state.value: [s for s, its in found.broken.items() if its is state]
        for state in (FileState.DAMAGED, FileState.MISSING)
    }
    lists = {**by_state, "healed": found.healed, "orphans": found.orphans}
    if as_json:
        print_json({"checked": found.checked, **lists})
        return
    click.echo(f"{found.checked} checked, {len(found.broken)} not whole")
    for what, names in lists.items():
        for name in names:
            click.echo(f"  {what}: {name}")
