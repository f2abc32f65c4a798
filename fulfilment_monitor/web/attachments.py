"""Files that come with a form: looked at, put on disk, and handed out again."""

from contextlib import closing
from typing import NamedTuple

from flask import request
from werkzeug.datastructures import FileStorage

from ..domain.errors import Invalid, Issue
from ..domain.evidence import KINDS, Kept
from ..gateways import evidence_store
from ..premises import premises

#: What a file field accepts, for the browser.
ACCEPT = ",".join(f".{extension}" for extension in KINDS)
MOST_FILES = 10


class Examined(NamedTuple):
    """A file that may be handed in, still in memory."""

    kept: Kept
    content: bytes


def examine(name: str) -> list[Examined]:
    """The files of a field of the form; nothing is stored yet.

    Raises:
        Invalid: one of them may not be handed in, or there are too many.
    """
    given = [file for file in request.files.getlist(name) if file.filename]
    if len(given) > MOST_FILES:
        raise Invalid([Issue(f"/{name}", "evidence.too-many", f"at most {MOST_FILES} files")])
    return [_examined(file, f"/{name}") for file in given]


def _examined(file: FileStorage, pointer: str) -> Examined:
    most = premises().house.settings.evidence_bytes()
    with closing(file):
        found = evidence_store.examine(file.stream, file.filename or "", most, pointer)  # type: ignore[arg-type]
    return Examined(*found)


def kept(files: list[Examined]) -> list[Kept]:
    """What is said of files in the tables."""
    return [file.kept for file in files]


def put_on_disk(files: list[Examined]) -> list[Kept]:
    """Store the bytes for good: before the transaction ends that speaks of them."""
    folder = premises().house.settings.evidence_path()
    for file in files:
        evidence_store.keep(folder, file.kept.sha256, file.content)
    return kept(files)
