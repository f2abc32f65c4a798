"""How messages reach other platforms: signed requests over HTTP, or files in a folder.

What comes back is read as far as it can be believed, and no further; see docs/exchange.md.
"""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ..domain.clocks import BEIJING
from ..domain.deliveries import Answer
from ..domain.errors import Refusal
from ..domain.partners import FOLDER
from ..services.deliveries import Line, Parcel
from . import outward, signatures
from .disk import sync_folder

_JSON = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
_LONGEST_RECEIPT = 1000


class Carriers:
    """Whoever is asked knows by the address of a partner which way to go."""

    def __init__(self, allow: outward.Allowed, folder: Path, now: Callable[[], datetime]) -> None:
        self._http = _Http(allow, now)
        self._folder = _Folder(folder, now)

    def _to(self, line: Line) -> "_Http | _Folder":
        return self._folder if line.address.startswith(FOLDER) else self._http

    def message(self, line: Line, parcel: Parcel) -> Answer:
        """See `services.deliveries.Carrier`."""
        return self._to(line).message(line, parcel)

    def receipt(self, line: Line, ulid: str, day: date) -> Answer:
        """See `services.deliveries.Carrier`."""
        return self._to(line).receipt(line, ulid, day)

    def package(self, line: Line, shown: dict[str, Any]) -> Answer:
        """See `services.deliveries.Carrier`."""
        return self._to(line).package(line, shown)

    def held(self, line: Line, day: date, *, items: bool) -> Answer | None:
        """See `services.deliveries.Carrier`."""
        return self._to(line).held(line, day, items=items)


class _Http:
    def __init__(self, allow: outward.Allowed, now: Callable[[], datetime]) -> None:
        self._allow, self._now = allow, now

    def message(self, line: Line, parcel: Parcel) -> Answer:
        return self._post(line, "/messages", parcel.shown())

    def receipt(self, line: Line, ulid: str, day: date) -> Answer:
        return self._ask("GET", line, f"/messages/{ulid}", b"")

    def package(self, line: Line, shown: dict[str, Any]) -> Answer:
        return self._post(line, "/packages", shown)

    def held(self, line: Line, day: date, *, items: bool) -> Answer | None:
        wanted = {"day": day.isoformat(), **({"items": "1"} if items else {})}
        return self._ask("GET", line, f"/reconciliation?{urlencode(wanted)}", b"")

    def _post(self, line: Line, path: str, shown: Mapping[str, Any]) -> Answer:
        return self._ask("POST", line, path, _bytes({**shown, "sent_at": _at(self._now())}))

    def _ask(self, method: str, line: Line, path: str, body: bytes) -> Answer:
        assert line.key is not None, "nothing leaves unsigned"
        url = line.address + path
        headers = {**_JSON, **signatures.sign(method, url, body, line.key, now=self._now())}
        try:
            if method == "GET":
                found = outward.get(url, headers, allow=self._allow)
            else:
                found = outward.post(url, body, headers, allow=self._allow)
        except Refusal as refused:  # not open, or no whole answer came
            return Answer(None, None, refused.code)
        return Answer(found.status, _content(found.body))


class _Folder:
    """A file for each message, whole or not at all; beside it, once it is there, its digest.

    `NAME/out/DAY/ID.json`, then `ID.json.sha256`. Whoever takes them away puts the receipt as a
    line of text into `NAME/in/ID.ack`.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._root, self._now = folder, now

    def message(self, line: Line, parcel: Parcel) -> Answer:
        return self._write(line, parcel.day.isoformat(), parcel.ulid, parcel.shown())

    def package(self, line: Line, shown: dict[str, Any]) -> Answer:
        ulid = str(shown["id"])
        part = ulid if shown["parts"] == 1 else f"{ulid}-{shown['part']}"
        written = self._write(line, "packages", part, shown)
        return written if written.status is None else self.receipt(line, ulid, date.min)

    def receipt(self, line: Line, ulid: str, day: date) -> Answer:
        try:
            with (self._of(line) / "in" / f"{ulid}.ack").open(encoding="utf-8") as file:
                words = file.read(_LONGEST_RECEIPT).strip()
        except FileNotFoundError:
            return Answer(202, {"id": ulid})
        except (OSError, UnicodeDecodeError):
            return Answer(None, None, "folder-unreadable")
        return Answer(200, {"id": ulid, "receipt": words})

    def held(self, line: Line, day: date, *, items: bool) -> Answer | None:
        return None

    def _write(self, line: Line, folder: str, name: str, shown: Mapping[str, Any]) -> Answer:
        out = self._of(line) / "out" / folder
        content = _bytes({**shown, "sent_at": _at(self._now())})
        digest = f"{hashlib.sha256(content).hexdigest()}  {name}.json\n".encode()
        try:
            out.mkdir(parents=True, exist_ok=True)
            (self._of(line) / "in").mkdir(exist_ok=True)
            _put(out / f"{name}.json", content)
            _put(out / f"{name}.json.sha256", digest)
            sync_folder(out)
        except OSError:
            return Answer(None, None, "folder-unwritable")
        return Answer(202, {"id": name})

    def _of(self, line: Line) -> Path:
        return self._root / line.address.removeprefix(FOLDER)


def _put(path: Path, content: bytes) -> None:
    """A whole file under its name, or none."""
    half = path.with_name(path.name + ".part")
    with half.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def _bytes(shown: Mapping[str, Any]) -> bytes:
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":")).encode()


def _at(now: datetime) -> str:
    return now.astimezone(BEIJING).isoformat(timespec="seconds")


def _content(body: bytes) -> Any:
    """What JSON says; None for anything that is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
