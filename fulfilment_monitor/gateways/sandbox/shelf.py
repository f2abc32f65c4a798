"""What the sandbox holds: messages by id, the greatest version of each thing, and what came when.

An SQLite file, or memory; one connection behind one lock.
"""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

_TABLES = """
CREATE TABLE IF NOT EXISTS message (
  id TEXT PRIMARY KEY, topic TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL,
  day TEXT NOT NULL, digest TEXT NOT NULL, body TEXT NOT NULL, receipt TEXT NOT NULL,
  ready_at TEXT NOT NULL, effect TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS thing (
  topic TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (topic, key)
);
CREATE TABLE IF NOT EXISTS package (
  id TEXT PRIMARY KEY, day TEXT NOT NULL, count INTEGER NOT NULL, receipt TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS arrival (
  number INTEGER PRIMARY KEY, at TEXT NOT NULL, id TEXT NOT NULL, topic TEXT NOT NULL,
  key TEXT NOT NULL, version INTEGER NOT NULL, what TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS lost (id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS hook (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL, at TEXT NOT NULL
);
"""


class Malformed(Exception):
    """What came is not what the wire describes."""


class OtherContent(Exception):
    """An id that is held came again with another content."""


class Held(NamedTuple):
    """A message as it is held."""

    id: str
    topic: str
    key: str
    version: int
    day: str
    digest: str
    receipt: str
    ready_at: str
    #: `applied`, or `ignored` where a later version was there already.
    effect: str


_HELD = "SELECT id, topic, key, version, day, digest, receipt, ready_at, effect FROM message "
_MEMBERS = {"id": str, "topic": str, "key": str, "version": int, "digest": str, "body": dict}


def read_message(sent: Any, day: str | None = None) -> dict[str, Any]:
    """A message as it was sent; of a package, with the day of the package.

    Raises:
        Malformed: a member is missing, of another kind, or the digest is not that of the body.
    """
    if not isinstance(sent, Mapping):
        raise Malformed("no object")
    if day is not None and sent.get("day", day) != day:
        raise Malformed("an item is of another day than its package")
    found = {**sent, "day": day} if day is not None else dict(sent)
    for name, kind in {**_MEMBERS, "day": str}.items():
        if type(found.get(name)) is not kind:
            raise Malformed(f"{name} is missing, or no {kind.__name__}")
    if digest(found["body"]) != found["digest"]:
        raise Malformed("the digest is not that of the body")
    return found


def digest(body: Any) -> str:
    """SHA-256 of a body as canonical JSON."""
    said = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()


def digest_of(pairs: list[tuple[str, str]]) -> str:
    """The digest of a list: of the lines `id digest`, sorted."""
    lines = sorted(f"{ident} {own}".encode() for ident, own in pairs)
    return hashlib.sha256(b"\n".join(lines)).hexdigest()


class Shelf:
    """Everything that was received."""

    def __init__(self, path: str = ":memory:") -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def keep(self, message: Mapping[str, Any], *, at: datetime, ready_at: datetime) -> Held:
        """Hold a message; its effect happens once, and only if nothing later was there before.

        Raises:
            OtherContent: its id is held with another content.
        """
        m = message
        with self._lock:
            held = self.find(m["id"])
            if held is not None:
                if held.digest != m["digest"]:
                    raise OtherContent(m["id"])
                self._note(m, at, "again")
                return held
            self._db.execute("BEGIN IMMEDIATE")
            applied = self._db.execute(
                "INSERT INTO thing VALUES (?, ?, ?, ?) ON CONFLICT (topic, key) DO UPDATE SET "
                "version = excluded.version, body = excluded.body "
                "WHERE excluded.version > thing.version",
                (m["topic"], m["key"], m["version"], _text(m["body"])),
            ).rowcount
            found = _held(m, "applied" if applied else "ignored", ready_at)
            self._db.execute(
                "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*found[:6], _text(m["body"]), *found[6:]),
            )
            self._note(m, at, found.effect)
            self._db.execute("COMMIT")
            return found

    def has_come(self, ident: str) -> bool:
        """Whether a message has come before, though it was lost."""
        return self.find(ident) is not None or ident in self.lost()

    def lose(self, message: Mapping[str, Any], *, at: datetime, ready_at: datetime) -> Held:
        """Acknowledge a message, and forget it."""
        with self._lock:
            self._insert("INSERT OR IGNORE INTO lost VALUES (?)", message["id"])
            self._note(message, at, "lost")
            return _held(message, "lost", ready_at)

    def keep_package(self, ident: str, day: str, count: int) -> str:
        """Hold a package, whose messages are held each for itself; its receipt."""
        receipt = _receipt(ident)
        self._insert(
            "INSERT OR IGNORE INTO package VALUES (?, ?, ?, ?)", ident, day, count, receipt
        )
        return receipt

    def keep_hook(self, ident: str, name: str, event: Mapping[str, Any], at: datetime) -> bool:
        """Hold an event of a webhook; whether it is new."""
        kind = str(event.get("type"))
        return self._insert(
            "INSERT OR IGNORE INTO hook VALUES (?, ?, ?, ?, ?)",
            ident, name, kind, _text(event), at.isoformat(),
        )  # fmt: skip

    def find(self, ident: str) -> Held | None:
        """A message that is held."""
        rows = self._rows(_HELD + "WHERE id = ?", ident)
        return Held(*rows[0]) if rows else None

    def held(self, day: str | None = None) -> list[Held]:
        """Messages in the order they came; of one day, if one is asked for."""
        query = _HELD + "WHERE ? IS NULL OR day = ? ORDER BY rowid"
        rows = self._rows(query, day, day)
        return [Held(*row) for row in rows]

    def things(self) -> dict[tuple[str, str], tuple[int, Any]]:
        """The greatest version of each thing, and what it says."""
        rows = self._rows("SELECT topic, key, version, body FROM thing")
        return {(topic, key): (version, json.loads(body)) for topic, key, version, body in rows}

    def arrivals(self) -> list[tuple[str, str, str, int, str]]:
        """What came, in order: id, topic, key, version, and what was done with it."""
        return self._rows("SELECT id, topic, key, version, what FROM arrival ORDER BY number")

    def packages(self) -> list[tuple[str, str, int, str]]:
        """Packages: id, day, count, receipt."""
        return self._rows("SELECT id, day, count, receipt FROM package ORDER BY rowid")

    def lost(self) -> set[str]:
        """The ids of messages that were acknowledged and not kept."""
        return {row[0] for row in self._rows("SELECT id FROM lost")}

    def hooks(self) -> list[tuple[str, str, Any]]:
        """Events of webhooks in the order they came: id, subscriber, event."""
        rows = self._rows("SELECT id, name, body FROM hook ORDER BY rowid")
        return [(ident, name, json.loads(body)) for ident, name, body in rows]

    def _note(self, message: Mapping[str, Any], at: datetime, what: str) -> None:
        m = message
        self._db.execute(
            "INSERT INTO arrival (at, id, topic, key, version, what) VALUES (?, ?, ?, ?, ?, ?)",
            (at.isoformat(), m["id"], m["topic"], m["key"], m["version"], what),
        )

    def _insert(self, statement: str, *values: Any) -> bool:
        with self._lock:
            return self._db.execute(statement, values).rowcount == 1

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._db.execute(query, values).fetchall()


def _held(message: Mapping[str, Any], effect: str, ready_at: datetime) -> Held:
    m = message
    return Held(
        m["id"], m["topic"], m["key"], m["version"], m["day"], m["digest"],
        _receipt(m["id"]), ready_at.isoformat(), effect,
    )  # fmt: skip


def _receipt(ident: str) -> str:
    return f"sandbox-{hashlib.sha256(ident.encode()).hexdigest()[:12]}"


def _text(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True)
