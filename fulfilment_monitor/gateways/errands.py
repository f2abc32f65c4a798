"""Imports and exports that a worker does: their files, and what came of them, in a folder each.

Such a folder may hold personal data, and is deleted after a month.
"""

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from ..domain.errors import NotFound
from ..domain.evidence import StoreUnusable

KEPT = timedelta(days=30)
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_ASKED, _DONE = "asked.json", "done.json"


class Kind(StrEnum):
    IMPORT = "import"
    EXPORT = "export"


class Errand(NamedTuple):
    """What a worker has been asked for."""

    ulid: str
    kind: Kind
    by: str
    asked_at: datetime
    #: The files to import, in order, in the folder.
    files: list[str]
    #: What else the command is told.
    words: list[str]
    folder: Path
    done_at: datetime | None = None
    #: As the command ended: 0, or 3 where some of what it read was refused.
    status: int | None = None
    #: What it printed: counts and issues of an import.
    said: dict[str, Any] | None = None


def place(root: Path, ulid: str) -> Path:
    """The folder of an errand.

    Raises:
        NotFound: this names none.
    """
    if not _ULID.fullmatch(ulid):
        raise NotFound(f"no errand {ulid[:40]!r}")
    return root / ulid


def ask(
    root: Path, ulid: str, kind: Kind, by: str, files: Iterable[Path], words: Iterable[str],
    *, now: datetime,
) -> None:  # fmt: skip
    """Lay down what is asked for, with copies of the files it needs.

    Raises:
        StoreUnusable: the disk is full or closed to us.
    """
    folder = place(root, ulid)
    try:
        folder.mkdir(mode=0o700, parents=True)
        names = []
        for n, path in enumerate(files):
            names.append(f"{n}{path.suffix.lower()}")
            shutil.copyfile(path, folder / names[-1])
        asked = {"kind": kind, "by": by, "at": now.isoformat(), "files": names}
        _write(folder / _ASKED, {**asked, "words": list(words)})
    except OSError as fault:
        shutil.rmtree(folder, ignore_errors=True)
        raise StoreUnusable(f"{folder}: {fault.strerror}") from fault


def find(root: Path, ulid: str) -> Errand:
    """An errand, and what came of it if it is done.

    Raises:
        NotFound: there is none, or it was long ago.
    """
    folder = place(root, ulid)
    asked = _read(folder / _ASKED)
    if asked is None:
        raise NotFound(f"no errand {ulid}")
    done = _read(folder / _DONE) or {}
    return Errand(
        ulid, Kind(asked["kind"]), asked["by"], datetime.fromisoformat(asked["at"]),
        asked["files"], asked["words"], folder,
        datetime.fromisoformat(done["at"]) if done else None, done.get("status"), done.get("said"),
    )  # fmt: skip


def list_errands(root: Path) -> list[Errand]:
    """All there are, the newest first."""
    return [find(root, ulid) for ulid in sorted(_ulids(root), reverse=True)]


def finish(errand: Errand, status: int, said: dict[str, Any] | None, *, now: datetime) -> None:
    """Keep what came of an errand."""
    _write(errand.folder / _DONE, {"at": now.isoformat(), "status": status, "said": said})


def sweep(root: Path, now: datetime) -> int:
    """Delete what was asked for a month ago; returns how many."""
    over = [ulid for ulid in _ulids(root) if find(root, ulid).asked_at + KEPT <= now]
    for ulid in over:
        shutil.rmtree(root / ulid, ignore_errors=True)
    return len(over)


def _ulids(root: Path) -> Iterator[str]:
    for folder in root.iterdir() if root.is_dir() else ():
        if _ULID.fullmatch(folder.name) and (folder / _ASKED).exists():
            yield folder.name


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except OSError:
        return None
    return found


def _write(path: Path, said: dict[str, Any]) -> None:
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(said, ensure_ascii=False), "utf-8")
    beside.replace(path)
