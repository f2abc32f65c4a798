"""Backups, and the files that prove something."""

import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click
from alembic.script import ScriptDirectory

from .. import clock
from .. import house as premises
from ..gateways import backups, restores, sealed
from ..gateways.audit_keys import AuditKeys
from ..services import doctor as clinic
from ..settings import Settings
from .evidence import FILE, damage_is_a_failed_check, evidence, identity_option
from .kit import Exit, actor_of, by_option, json_option, print_json, settings

__all__ = ["backup", "evidence", "restore"]

_SHOWN = ("contract", "obligation", "fact", "lead", "alert", "evidence_file")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "recipients", multiple=True, help="encrypt for this age key: age1…")
@click.option("--force", is_flag=True, help="write over a file that is there")
@click.option("--verify", is_flag=True, help="bring the copy to life elsewhere and run the doctor")
@json_option
def backup(
    file: Path, recipients: tuple[str, ...], force: bool, verify: bool, as_json: bool
) -> None:
    """Write a consistent copy of everything; exit 4 if something in it is not whole."""
    chosen = settings()
    with damage_is_a_failed_check():
        made = backups.make(
            _place(chosen),
            file,
            to=sealed.recipients(recipients),
            force=force,
            version=_version(),
            now=clock.now(),
            examine=(lambda url: _upgraded_and_examined(chosen, url)) if verify else None,
        )
    manifest = made.manifest
    wrong = [f"evidence.lacking: {s}" for s in manifest.evidence_lacking]
    wrong += [f"audit.chain: {p}" for p in manifest.chain_problems] + made.violations
    shown = {
        "file": str(file),
        "sha256": made.sha256,
        "size": made.size,
        "encrypted": bool(recipients),
        **_described(manifest),
        "violations": wrong,
    }
    if as_json:
        print_json(shown)
    else:
        click.echo(f"{file}  {made.size} bytes{', encrypted' if recipients else ''}")
        click.echo(f"sha256    {made.sha256}")
        _echo_described(manifest)
        _echo_wrong(wrong)
    sys.exit(Exit.CHECK_FAILED if wrong else Exit.DONE)


@click.command()
@click.argument("file", type=FILE)
@identity_option
@click.option("--force", is_flag=True, help="move an SQLite database that is there aside")
@click.option(
    "--accept-loss",
    type=click.IntRange(min=0),
    default=0,
    help="how many acts on record here may be given up; the very number",
)
@click.option("--upgrade", "may_upgrade", is_flag=True, help="bring an older backup up to date")
@by_option
@json_option
def restore(
    file: Path,
    identity: Path | None,
    force: bool,
    accept_loss: int,
    may_upgrade: bool,
    actor: str,
    as_json: bool,
) -> None:
    """Bring back what a backup holds; exit 4 if the backup or what it holds is not whole."""
    chosen, now = settings(), clock.now()
    place = _place(chosen)
    terms = restores.Terms(
        force=force,
        accept_loss=accept_loss,
        may_upgrade=may_upgrade,
        revisions=_revisions(chosen),
        upgrade=lambda url: premises.upgrade(replace(chosen, database_url=url)),
        examine=lambda url: _examined(chosen, url),
        by=actor_of(actor),
        now=now,
        keys=AuditKeys(chosen.keys_path()),
    )
    with damage_is_a_failed_check(), backups.closed_folder(place.scratch) as scratch:
        opened = backups.open_backup(file, identity, scratch)
        done = restores.restore(opened, place, terms)
    _warn_of_loss(done)
    age = int((now - done.manifest.created_at).total_seconds())
    if as_json:
        print_json(_restored(done, age))
    else:
        click.echo(f"restored  {file}, made {_ago(age)} ago")
        _echo_described(done.manifest)
        click.echo(f"record    now ends at act {done.head.seq}, {done.head.hash}")
        click.echo(f"epoch     {done.epoch}")
        if done.aside is not None:
            click.echo(f"aside     {done.aside}")
        _echo_wrong(done.violations)
    sys.exit(Exit.CHECK_FAILED if done.violations else Exit.DONE)


def _place(chosen: Settings) -> backups.Place:
    file = chosen.sqlite_path()
    if file is None and chosen.database_url.startswith("sqlite"):
        raise sealed.BackupFailed("a database in memory is gone with its process")
    return backups.Place(chosen.database_url, file, chosen.evidence_path())


def _version() -> str:
    """The release, where it is installed as a package."""
    try:
        return version("fulfilment-monitor")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "unreleased"


def _revisions(chosen: Settings) -> list[str]:
    script = ScriptDirectory.from_config(premises.alembic_config(chosen))
    return [r.revision for r in script.walk_revisions()][::-1]


def _upgraded_and_examined(chosen: Settings, url: str) -> list[str]:
    premises.upgrade(replace(chosen, database_url=url))
    return _examined(chosen, url)


def _examined(chosen: Settings, url: str) -> list[str]:
    """What the doctor finds in another database, the record of acts included."""
    house = premises.open_house(replace(chosen, database_url=url))
    try:
        with house.readers() as session:
            found = clinic.examine(session, house.office())[1]
    finally:
        house.close()
    return [f"{v.check}: {v.detail}" for v in found]


def _described(manifest: restores.Manifest) -> dict[str, Any]:
    return {
        "created_at": manifest.created_at.isoformat(),
        "database": manifest.kind,
        "version": manifest.version,
        "revision": manifest.revision,
        "rows": manifest.rows,
        "evidence": len(manifest.parts) - 1,
        "head": {"seq": manifest.head_seq, "hash": manifest.head_hash},
    }


def _restored(done: restores.Restored, age: int) -> dict[str, Any]:
    said = _described(done.manifest)
    return {
        **said,
        "backup_head": said["head"],
        "head": done.head._asdict(),
        "age_seconds": age,
        "epoch": done.epoch,
        "lost": None if done.lost is None else done.lost._asdict(),
        "aside": None if done.aside is None else str(done.aside),
        "violations": done.violations,
    }


def _echo_described(manifest: restores.Manifest) -> None:
    counts = [f"{name} {manifest.rows[name]}" for name in _SHOWN if name in manifest.rows]
    click.echo(f"made      {manifest.created_at.isoformat()}, release {manifest.version}")
    click.echo(f"database  {manifest.kind} at {manifest.revision}")
    click.echo(f"rows      {', '.join(counts)}")
    click.echo(f"evidence  {len(manifest.parts) - 1} files")
    click.echo(f"head      act {manifest.head_seq}, {manifest.head_hash}")


def _echo_wrong(wrong: list[str]) -> None:
    click.echo(f"{len(wrong)} violations")
    for line in wrong:
        click.echo(f"  {line}")


def _warn_of_loss(done: restores.Restored) -> None:
    if done.lost is None:
        click.echo("THE OLD DATABASE COULD NOT BE READ: what was lost is not known", err=True)
    elif done.lost.total:
        acts = ", ".join(f"{action} {count}" for action, count in done.lost.acts.items())
        click.echo(f"{done.lost.total} ACTS ON THE RECORD WERE GIVEN UP: {acts}", err=True)


def _ago(seconds: int) -> str:
    days, rest = divmod(max(seconds, 0), 86_400)
    return f"{days} d {rest // 3_600} h {rest % 3_600 // 60} min"
