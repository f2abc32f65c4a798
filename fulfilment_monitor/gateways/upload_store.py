"""Files on their way in: kept aside for one session until they are confirmed, or an hour is over.

A file lies in a folder of its own, with a name nobody can guess that only its owner's pages carry.
It may hold personal data, so nothing stays: what is confirmed, thrown away or forgotten is deleted.
"""

import json
import re
import secrets
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from ..domain.errors import NotFound
from ..domain.evidence import StoreUnusable, shown_name

LIFETIME = timedelta(hours=1)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_ABOUT, _FILE = "about.json", "file"
#: Below this many characters altogether are corrections of cells.
_MOST_CORRECTED = 1_000_000


class Held(NamedTuple):
    """A file kept aside."""

    token: str
    path: Path
    name: str
    until: datetime
    #: The sheet that was corrected, and its corrected cells by `line:column`.
    sheet: str
    cells: dict[str, str]


def hold(folder: Path, content: bytes, name: str, *, owner: str, now: datetime) -> str:
    """Keep a file aside for an owner, who has one at a time; returns its token.

    Raises:
        StoreUnusable: the disk is full or closed to us.
    """
    token = secrets.token_urlsafe(24)
    place = folder / token
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _let_go(folder, now, of=owner)
        place.mkdir(mode=0o700)
        (place / _FILE).write_bytes(content)
        about = {"owner": owner, "name": shown_name(name), "until": (now + LIFETIME).isoformat()}
        _write(place, {**about, "sheet": "", "cells": {}})
    except OSError as fault:
        shutil.rmtree(place, ignore_errors=True)
        raise StoreUnusable(f"{folder}: {fault.strerror}") from fault
    return token


def find(folder: Path, token: str, *, owner: str, now: datetime) -> Held:
    """A file kept aside, for its owner.

    Raises:
        NotFound: there is none, it is another's, or its time is over: in the same words.
    """
    about = _read(folder / token) if _TOKEN.fullmatch(token) else None
    if about is None or about["owner"] != owner or _until(about) <= now:
        raise NotFound("this upload is no longer there; please upload the file again")
    path = folder / token / _FILE
    return Held(token, path, about["name"], _until(about), about["sheet"], about["cells"])


def correct(folder: Path, held: Held, sheet: str, cells: dict[str, str]) -> None:
    """Put corrected cells beside a file; later ones replace earlier ones.

    Raises:
        StoreUnusable: there are too many, or the disk is full.
    """
    merged = {**(held.cells if sheet == held.sheet else {}), **cells}
    if sum(len(k) + len(v) for k, v in merged.items()) > _MOST_CORRECTED:
        raise StoreUnusable("too many corrections; please mend the file and upload it again")
    place = folder / held.token
    about = _read(place)
    if about is not None:
        _write(place, {**about, "sheet": sheet, "cells": merged})


def drop(folder: Path, token: str) -> None:
    """Delete a file kept aside, and all that is known of it."""
    if _TOKEN.fullmatch(token):
        shutil.rmtree(folder / token, ignore_errors=True)


def sweep(folder: Path, now: datetime) -> int:
    """Delete what nobody came back for; returns how many files."""
    return _let_go(folder, now, of=None) if folder.is_dir() else 0


def _let_go(folder: Path, now: datetime, *, of: str | None) -> int:
    """Delete what is over, and what an owner had before."""
    gone = 0
    for place in folder.iterdir():
        about = _read(place) if _TOKEN.fullmatch(place.name) else None
        if about is not None and (_until(about) <= now or about["owner"] == of):
            drop(folder, place.name)
            gone += 1
    return gone


def _read(place: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((place / _ABOUT).read_text("utf-8"))
    except (OSError, ValueError):
        return None  # none, or one that is just being written
    return found


def _until(about: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(about["until"])


def _write(place: Path, about: dict[str, Any]) -> None:
    new = place / (_ABOUT + ".new")
    new.write_text(json.dumps(about, ensure_ascii=False), "utf-8")
    new.replace(place / _ABOUT)
