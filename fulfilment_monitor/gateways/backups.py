"""Write a backup: the database as it is at one moment, then the files its rows speak of.

A file of evidence is on disk before its row is, so the files read after the database hold all
that the copied rows name.
"""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, NamedTuple

from sqlalchemy.orm import Session

from ..domain.evidence import FileState
from . import contents, evidence_store, manifests, postgresql_copies, sealed, sqlite_copies
from .manifests import Manifest, Part
from .sealed import BackupDamaged, BackupFailed, Member, Recipient

#: Puts a copied database, given by its URL, through further checks; returns what they find.
Examine = Callable[[str], list[str]]


class Place(NamedTuple):
    """What is backed up, and where."""

    url: str
    #: The file, when it is an SQLite database.
    file: Path | None
    evidence: Path

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return "postgresql" if self.file is None else "sqlite"

    @property
    def scratch(self) -> Path:
        """Beside what is copied: the same disk, and open to the same people."""
        return self.evidence.parent if self.file is None else self.file.parent


class Made(NamedTuple):
    manifest: Manifest
    #: Of the file as it was written.
    sha256: str
    size: int
    #: What the further checks found wrong with the copy.
    violations: list[str]


@contextmanager
def closed_folder(beside: Path) -> Iterator[Path]:
    """A folder for what must be unpacked for a moment; nobody else may look into it.

    Raises:
        BackupFailed: there is no room, or no leave to write there.
    """
    try:
        beside.mkdir(parents=True, exist_ok=True)
        folder = TemporaryDirectory(prefix=".fm-backup-", dir=beside)
    except OSError as fault:
        raise BackupFailed(f"{beside}: {fault.strerror}") from fault
    with folder as name:
        yield Path(name)


def make(
    place: Place,
    out: Path,
    *,
    to: Sequence[Recipient],
    force: bool,
    version: str,
    now: datetime,
    examine: Examine | None = None,
) -> Made:
    """Write a backup to a file that appears only when it is complete.

    Raises:
        BackupFailed: nothing was written.
        BackupDamaged: the database itself is unsound; nothing was written.
    """
    _refuse_target(place, out, force=force)
    with closed_folder(place.scratch) as folder:
        database = folder / manifests.DATABASES[place.kind]
        with _copied(place, database) as session:
            found = contents.contents(session)
            problems = contents.chain_problems(session)
            files = contents.evidence_of(session)
        if not found.rows:
            raise BackupFailed("the database is empty")
        violations = [] if examine is None else _examined(place, database, examine, found)
        whole = [f for f in files if evidence_store.look(place.evidence, f[0]) is FileState.WHOLE]
        digest, size = sealed.digest_of(database)
        manifest = Manifest(
            version=version,
            created_at=now,
            kind=place.kind,
            revision=found.revision,
            rows=found.rows,
            head_seq=found.head.seq,
            head_hash=found.head.hash,
            chain_problems=problems,
            epoch=found.epoch,
            parts=(
                Part(database.name, size, digest),
                *(Part(f"evidence/{sha256}", size, sha256) for sha256, size in whole),
            ),
            evidence_lacking=sorted({f[0] for f in files} - {f[0] for f in whole}),
        )
        members = _members(manifest, database, place.evidence)
        written, size = sealed.write(out, members, to, force=force)
    return Made(manifest, written, size, violations)


def _refuse_target(place: Place, out: Path, *, force: bool) -> None:
    if place.file is not None and not place.file.exists():
        raise BackupFailed(f"there is no database {place.file}")
    ours = [] if place.file is None else [place.file, *map(Path, _beside(place.file))]
    target = out.resolve()
    if target in [p.resolve() for p in ours] or place.evidence.resolve() in target.parents:
        raise BackupFailed(f"{out} is part of what is backed up")
    if out.is_dir() or (out.exists() and not force):
        raise BackupFailed(f"{out} is there already; --force writes over it")
    if not out.parent.is_dir():
        raise BackupFailed(f"there is no folder {out.parent}")


def _beside(file: Path) -> list[str]:
    return [f"{file}{ending}" for ending in ("-wal", "-shm", "-journal")]


@contextmanager
def _copied(place: Place, database: Path) -> Iterator[Session]:
    """Copy the database; the session sees exactly what was copied."""
    try:
        if place.file is not None:
            sqlite_copies.copy(place.file, database)
            with sqlite_copies.reading(database) as session:
                yield session
        else:
            with postgresql_copies.snapshot(place.url) as held:
                postgresql_copies.dump(place.url, held, database)
                yield held.session
    except OSError as fault:
        raise BackupFailed(f"{fault.filename or database}: {fault.strerror}") from fault


def _examined(
    place: Place, database: Path, examine: Examine, found: contents.Contents
) -> list[str]:
    """Bring the copy to life somewhere else and look at it there."""
    if place.file is not None:
        tried = database.with_name("tried.db")
        shutil.copyfile(database, tried)
        return examine(f"sqlite:///{tried}")
    with postgresql_copies.scratch_database(place.url) as url:
        postgresql_copies.load(url, database)
        with postgresql_copies.opened(url) as session:
            differs = contents.contents(session) != found
        return [*(["the copy counts otherwise"] if differs else []), *examine(url)]


def _members(manifest: Manifest, database: Path, evidence: Path) -> Iterator[Member]:
    said = manifest.dumped()
    yield Member(manifests.NAME, len(said), [said])
    first, *files = manifest.parts
    yield Member(first.name, first.size, _chunks(database))
    for part in files:
        yield Member(part.name, part.size, evidence_store.chunks(evidence, part.sha256))


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(sealed.CHUNK):
            yield chunk


class Opened(NamedTuple):
    """A backup of which every byte has been checked."""

    manifest: Manifest
    #: The tar, decrypted where it had to be.
    tar: Path
    #: The database, taken out of it.
    database: Path


def open_backup(path: Path, keys: Path | None, folder: Path) -> Opened:
    """Check a backup to the last byte; only its database is taken out, into a closed folder.

    Raises:
        KeyRefused: it is encrypted, and not for this key.
        BackupDamaged: it is not what was written, or not ours.
    """
    tar = sealed.open_sealed(path, keys, folder)
    found = sealed.members(tar)
    name, size, content = next(found, ("", 0, None))
    if content is None or name != manifests.NAME or size > 1 << 30:
        raise BackupDamaged("the backup does not begin with its manifest")
    manifest = manifests.read_manifest(content.read())
    expected = {p.name: p for p in manifest.parts}
    database = folder / manifest.parts[0].name
    for name, _, content in found:
        part = expected.pop(name, None)
        if part is None:
            raise BackupDamaged(f"the backup holds {name!r}, which its manifest does not name")
        taken = _poured(content, database if part is manifest.parts[0] else None)
        if taken != (part.sha256, part.size):
            raise BackupDamaged(f"{name} is not what the manifest says")
    if expected:
        raise BackupDamaged(f"the backup lacks {sorted(expected)[0]}")
    return Opened(manifest, tar, database)


def _poured(content: IO[bytes], to: Path | None) -> tuple[str, int]:
    try:
        return sealed.pour(content, to)
    except OSError as fault:
        raise BackupFailed(f"{to or 'the backup'}: {fault.strerror}") from fault


def evidence_in(opened: Opened) -> Iterator[tuple[str, bytes]]:
    """The files of evidence in a backup: digest and bytes."""
    for name, _, content in sealed.members(opened.tar):
        if name.startswith("evidence/"):
            yield name.removeprefix("evidence/"), content.read()


def newest_at(folder: Path) -> datetime | None:
    """When the newest file of a folder was written; None if there is none, or no such folder."""
    times = [p.stat().st_mtime for p in folder.glob("*") if p.is_file()]
    return datetime.fromtimestamp(max(times), UTC) if times else None
