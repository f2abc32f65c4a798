"""The bytes of evidence on disk: named by their digest, written once, checked when read.

A file is complete and on the disk before anything refers to it: written beside its place under
another name, synced, renamed, and the folder synced. What a crash leaves is a file without a row.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from ..domain.errors import NotFound
from ..domain.evidence import (
    EvidenceDamaged,
    EvidenceMissing,
    FileState,
    Kept,
    StoreUnusable,
    recognise,
    shown_name,
)
from .disk import sync_folder

_CHUNK = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
#: Files under way have names that are no digests.
_UNDER_WAY = ".incoming-"


def place(folder: Path, sha256: str) -> Path:
    """Where the file of a digest lies: ab/cd/abcd….

    Raises:
        NotFound: this is no digest.
    """
    if not _DIGEST.fullmatch(sha256):
        raise NotFound(f"{sha256[:80]!r} is no SHA-256")
    return folder / sha256[:2] / sha256[2:4] / sha256


def examine(source: BinaryIO, name: str, most: int, pointer: str = "") -> tuple[Kept, bytes]:
    """Read a file that is handed in and say what it is; nothing is stored yet.

    Raises:
        Invalid: it may not be handed in; `pointer` says which of the input it is.
    """
    content = source.read(most + 1)
    shown = shown_name(name)
    media_type = recognise(shown, content, most, pointer)
    return Kept(hashlib.sha256(content).hexdigest(), len(content), media_type, shown), content


def keep(folder: Path, sha256: str, content: bytes) -> None:
    """Store bytes for good; a file that is whole is left alone, a damaged one put right.

    Raises:
        StoreUnusable: the disk is full or closed to us; nothing half-written stays.
        EvidenceDamaged: the bytes are not those of the digest.
    """
    if hashlib.sha256(content).hexdigest() != sha256:
        raise EvidenceDamaged(f"the bytes are not those of {sha256}")
    target = place(folder, sha256)
    if look(folder, sha256) is FileState.WHOLE:
        return
    try:
        _make_folders(folder, target.parent)
        _write(target, content)
    except OSError as fault:
        raise StoreUnusable(f"{target}: {fault.strerror}") from fault


def _make_folders(folder: Path, inner: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        sync_folder(folder.parent)
    for made in (inner.parent, inner):
        if made.is_symlink():
            raise OSError(0, "a link instead of a folder")
        made.mkdir(mode=0o750, exist_ok=True)
        sync_folder(made.parent)


def _write(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=_UNDER_WAY, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o440)
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
    sync_folder(target.parent)


def look(folder: Path, sha256: str) -> FileState:
    """What is there for a digest; reads the whole file."""
    try:
        for _ in chunks(folder, sha256):
            pass
    except EvidenceMissing:
        return FileState.MISSING
    except EvidenceDamaged:
        return FileState.DAMAGED
    return FileState.WHOLE


def chunks(folder: Path, sha256: str) -> Iterator[bytes]:
    """The bytes of a file. Only when the last has come are they known to be the right ones.

    Raises:
        EvidenceMissing: there is no such file.
        EvidenceDamaged: it cannot be read, or its bytes are others.
    """
    path = place(folder, sha256)
    hashed = hashlib.sha256()
    try:
        if any(p.is_symlink() for p in (path, path.parent, path.parent.parent)):
            raise EvidenceDamaged(f"a link lies in the place of {sha256}")
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                hashed.update(chunk)
                yield chunk
    except FileNotFoundError:
        raise EvidenceMissing(f"the file of {sha256} is gone") from None
    except OSError as fault:
        raise EvidenceDamaged(f"the file of {sha256} cannot be read: {fault.strerror}") from fault
    if hashed.hexdigest() != sha256:
        raise EvidenceDamaged(f"the bytes of {sha256} are not those that were handed in")


def fetch(folder: Path, sha256: str, out: Path) -> int:
    """Copy a file out; returns its size. `out` appears only when every byte is right.

    Raises:
        StoreUnusable: `out` is there already or cannot be written.
        EvidenceMissing, EvidenceDamaged: what is stored is not what was handed in.
    """
    if out.exists():
        raise StoreUnusable(f"{out} is there already")
    try:
        handle, name = tempfile.mkstemp(prefix=_UNDER_WAY, dir=out.parent)
    except OSError as fault:
        raise StoreUnusable(f"{out}: {fault.strerror}") from fault
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in chunks(folder, sha256):
                file.write(chunk)
            size = file.tell()
        os.replace(name, out)
    except BaseException as fault:
        os.unlink(name)
        if isinstance(fault, OSError):
            raise StoreUnusable(f"{out}: {fault.strerror}") from fault
        raise
    return size


def stored(folder: Path) -> Iterator[str]:
    """Whatever lies in the store: digests, and names of files that are none, below `folder`."""
    for path in sorted(p for p in folder.rglob("*") if not p.is_dir() or p.is_symlink()):
        ours = _DIGEST.fullmatch(path.name) and path == place(folder, path.name)
        yield path.name if ours else path.relative_to(folder).as_posix()
