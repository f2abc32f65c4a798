"""Bring a register back from a backup: check everything, then put it in place, then say so.

An SQLite database is made ready beside its place and takes it in one step, its restore already on
record. A PostgreSQL database has to be empty, and is filled in one transaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.errors import Refusal
from ..domain.evidence import FileState
from ..domain.secrets import Secrets
from ..services import epochs
from ..store.engine import open_engine, open_sessions
from ..store.keeping import no_keys
from . import backups, contents, evidence_store, postgresql_copies, sqlite_copies
from .backups import Examine, Opened, Place
from .contents import Contents, Head, Loss
from .manifests import Manifest
from .sealed import BackupDamaged, BackupFailed


class NotEmpty(Refusal):
    code = "restore.not-empty"
    title = "There is a register here already"
    status = 409


class OtherKind(Refusal):
    code = "restore.other-kind"
    title = "The backup is of another kind of database"
    status = 409


class OtherRelease(Refusal):
    code = "restore.other-release"
    title = "The backup is of another release"
    status = 409


class WouldForget(Refusal):
    """Acts on the record would be gone; whoever wants that says how many."""

    code = "restore.would-forget"
    title = "Acts on the record would be lost"
    status = 409


@dataclass(frozen=True, slots=True)
class Terms:
    """What the person who restores has agreed to, and what the house lends a hand with."""

    force: bool
    #: How many acts may be lost; it has to be the very number.
    accept_loss: int
    #: Whether an older database may be brought to this release.
    may_upgrade: bool
    #: Migrations this release knows, oldest first.
    revisions: Sequence[str]
    upgrade: Callable[[str], None]
    examine: Examine
    by: Actor
    now: datetime
    #: The keys with which the restore is put on record.
    keys: Callable[[int], Secrets | None] = no_keys


class Restored(NamedTuple):
    manifest: Manifest
    #: Where the record of acts ends now, the restore itself being its last act.
    head: Head
    epoch: int
    #: None when the old database could not be read any more.
    lost: Loss | None
    #: Where the old SQLite file lies now.
    aside: Path | None
    violations: list[str]


class _Old(NamedTuple):
    """The register that is to be replaced."""

    tables: bool
    loss: Loss | None
    epoch: int


_NOTHING = _Old(False, Loss(0, {}), 0)


def restore(opened: Opened, place: Place, terms: Terms) -> Restored:
    """Put a checked backup in the place of the database; before the last step nothing is changed.

    Raises:
        OtherKind, OtherRelease, NotEmpty, WouldForget: what `terms` do not allow.
        BackupDamaged: the database in the backup is unsound.
        BackupFailed: there is no room, or no leave to write.
        InUse: somebody still works with the old one.
    """
    if opened.manifest.kind != place.kind:
        detail = f"this is a backup of {opened.manifest.kind}, the database here is {place.kind}"
        raise OtherKind(detail)
    older = _is_older(opened.manifest, terms)
    try:
        if place.file is not None:
            return _restore_sqlite(opened, place, place.file, terms, older=older)
        return _restore_postgresql(opened, place, terms, older=older)
    except OSError as fault:
        raise BackupFailed(f"{fault.filename}: {fault.strerror}") from fault


def _is_older(manifest: Manifest, terms: Terms) -> bool:
    ours = terms.revisions[-1]
    if manifest.revision not in terms.revisions:
        detail = (
            f"the backup stands at {manifest.revision or 'no'} revision, which is not known here"
        )
        raise OtherRelease(f"{detail}; restore it with release {manifest.version} or newer")
    if manifest.revision != ours and not terms.may_upgrade:
        detail = f"the backup stands at {manifest.revision}, this release at {ours}"
        raise OtherRelease(f"{detail}; --upgrade brings it up while it is restored")
    return manifest.revision != ours


def _restore_sqlite(
    opened: Opened, place: Place, live: Path, terms: Terms, *, older: bool
) -> Restored:
    sqlite_copies.check(opened.database)
    with sqlite_copies.reading(opened.database) as session:
        _same(contents.contents(session), opened.manifest)
        old = _old_sqlite(live, session)
    _refuse(old, terms)
    url = f"sqlite:///{opened.database}"
    if older:
        terms.upgrade(url)
    violations = terms.examine(url)
    number, head = _on_record(url, opened.manifest, old, terms)
    sqlite_copies.single(opened.database)
    lacking = _put_evidence(opened, place.evidence)
    aside = sqlite_copies.put(opened.database, live, terms.now, readable=old.loss is not None)
    return Restored(opened.manifest, head, number, old.loss, aside, violations + lacking)


def _old_sqlite(live: Path, new: Session) -> _Old:
    if not live.exists():
        return _NOTHING
    try:
        with sqlite_copies.reading(live) as old:
            found = contents.contents(old)
            return _Old(bool(found.rows), contents.loss(old, new), found.epoch)
    except (DBAPIError, ValueError):  # what is left of it cannot be read; said in `Restored`
        return _Old(True, None, 0)


def _restore_postgresql(opened: Opened, place: Place, terms: Terms, *, older: bool) -> Restored:
    with postgresql_copies.opened(place.url) as session:
        if contents.tables(session):
            detail = "PostgreSQL: create an empty database, point FM_DATABASE_URL at it, restore"
            raise NotEmpty(f"the database holds tables; {detail}. --force does not help here")
    postgresql_copies.check(opened.database)
    lacking = _put_evidence(opened, place.evidence)
    postgresql_copies.load(place.url, opened.database)
    with postgresql_copies.opened(place.url) as session:
        _same(contents.contents(session), opened.manifest)
    if older:
        terms.upgrade(place.url)
    violations = terms.examine(place.url)
    number, head = _on_record(place.url, opened.manifest, _NOTHING, terms)
    return Restored(opened.manifest, head, number, Loss(0, {}), None, violations + lacking)


def _same(found: Contents, manifest: Manifest) -> None:
    """The database says of itself what the manifest says of it."""
    head = Head(manifest.head_seq, manifest.head_hash)
    if found != Contents(manifest.revision, manifest.rows, head, manifest.epoch):
        raise BackupDamaged("the database in the backup is not the one its manifest describes")


def _refuse(old: _Old, terms: Terms) -> None:
    if old.tables and not terms.force:
        raise NotEmpty("the database holds tables; --force moves it aside and restores")
    lost = 0 if old.loss is None else old.loss.total
    if old.loss is not None and lost != terms.accept_loss:
        acts = [f"{action} {count}" for action, count in old.loss.acts.items()]
        if lost == 0:
            raise WouldForget("no act would be lost; leave --accept-loss out", lost=0)
        detail = f"{lost} acts stand on the record here that the backup does not know"
        raise WouldForget(f"{detail}; --accept-loss {lost} gives them up", lost=lost, acts=acts)


def _on_record(url: str, manifest: Manifest, old: _Old, terms: Terms) -> tuple[int, Head]:
    body = {
        "backup_made_at": manifest.created_at.isoformat(),
        "backup_head": {"seq": manifest.head_seq, "hash": manifest.head_hash},
        "lost": None if old.loss is None else old.loss.total,
    }
    engine = open_engine(url)
    try:
        with open_sessions(engine, terms.keys).begin() as session:
            number = epochs.begin_epoch(session, old.epoch, body, by=terms.by, now=terms.now)
        with Session(engine) as session:
            return number, contents.head(session)
    finally:
        engine.dispose()


def _put_evidence(opened: Opened, folder: Path) -> list[str]:
    """Put the files in place; returns those the rows name and that are nowhere."""
    for sha256, content in backups.evidence_in(opened):
        evidence_store.keep(folder, sha256, content)
    lacking = opened.manifest.evidence_lacking
    gone = [s for s in lacking if evidence_store.look(folder, s) is not FileState.WHOLE]
    return [f"evidence.lacking: {s}" for s in gone]
