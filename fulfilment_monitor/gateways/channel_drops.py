"""Folders into which channels without an interface put files; each file is read once.

A file is taken by renaming it, so that two processes never read one at the same time; a crash
leaves it where the next run finds it, and what it held is known again by its numbers. Afterwards
it lies in `done/` or, where rows were refused, in `refused/`, beside a report that names row and
column. Its good rows are kept in either case.
"""

import csv
import io
import logging
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..domain.errors import Invalid, Issue
from .disk import sync_folder

log = logging.getLogger(__name__)

_TAKING, _DONE, _REFUSED = "taking", "done", "refused"
_KINDS = frozenset({".csv", ".xlsx", ".json"})
_HEADINGS = ("row", "column", "code", "detail")
#: The mark by which spreadsheets know UTF-8.
_BOM = "\ufeff"


class Read(NamedTuple):
    """What came of one file."""

    kept: int
    new: int
    refused: list[Issue]


class Dropped(NamedTuple):
    name: str
    #: Where it lies now.
    path: Path
    read: Read


def take(folder: Path, read: Callable[[str, BinaryIO], Read]) -> list[Dropped]:
    """Read every file of a folder; what an earlier run left half done comes first.

    Args:
        read: keeps what is in a file, by its name and bytes. `Invalid` refuses the file as a
            whole; anything else leaves it for the next run.
    """
    for name in (_TAKING, _DONE, _REFUSED):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return [_finish(folder, path, read) for path in _taken(folder)]


def _taken(folder: Path) -> Iterator[Path]:
    """The files to be read, each ours alone, by name."""
    yield from sorted(p for p in (folder / _TAKING).iterdir() if _is_file(p))
    for path in sorted(folder.iterdir()):
        if not _is_ready(path):
            continue
        mine = folder / _TAKING / path.name
        try:
            os.rename(path, mine)
        except FileNotFoundError:
            continue  # somebody else was quicker
        sync_folder(folder)
        yield mine


def _is_ready(path: Path) -> bool:
    """Whether a file is whole: who writes one names it otherwise, or elsewhere, until then."""
    return path.suffix.lower() in _KINDS and path.name[0] not in ".~" and _is_file(path)


def _is_file(path: Path) -> bool:
    """A file itself: what a link points to is not ours to move."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


def _finish(folder: Path, path: Path, read: Callable[[str, BinaryIO], Read]) -> Dropped:
    try:
        with path.open("rb") as file:
            found = read(path.name, file)
    except Invalid as refused:
        found = Read(0, 0, refused.issues)
    place = folder / (_REFUSED if found.refused else _DONE)
    target = _free(place, path.name)
    if found.refused:
        _write(target.with_name(target.name + ".report.csv"), _report(found.refused))
    os.rename(path, target)
    sync_folder(place)
    said = {"kept": found.kept, "refused": len(found.refused), "to": place.name}
    log.info("channel.file", extra=said)
    return Dropped(path.name, target, found)


def _free(place: Path, name: str) -> Path:
    """A name nothing has: what came before is never written over."""
    stem, suffix = os.path.splitext(name)
    target, n = place / name, 1
    while target.exists():
        n += 1
        target = place / f"{stem}-{n}{suffix}"
    return target


def _report(refused: list[Issue]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_HEADINGS)
    for issue in refused:
        row, _, column = issue.pointer.removeprefix("/").partition("/")
        plain = [_plain(v) for v in (row, column)]
        writer.writerow([*plain, issue.code, issue.detail])
    return _BOM + text.getvalue()


def _plain(step: str) -> str:
    """A step of a pointer as it stands in the file, and no formula."""
    text = step.replace("~1", "/").replace("~0", "~")
    return "'" + text if text[:1] in "=+-@" and text else text


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
