"""What a backup says of itself: the first member of it, `manifest.json`."""

import json
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from .sealed import BackupDamaged

NAME = "manifest.json"
FORMAT = 1
#: What databases are called inside, by kind.
DATABASES = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
_EVIDENCE = re.compile(r"evidence/[0-9a-f]{64}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Part(NamedTuple):
    """A member: its name, size in bytes and SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    #: The release that wrote it.
    version: str
    created_at: datetime
    #: `sqlite` or `postgresql`.
    kind: str
    #: The migration the database stood at.
    revision: str
    #: Rows per table.
    rows: dict[str, int]
    #: Number and hash (hexadecimal) of the last act on record.
    head_seq: int
    head_hash: str
    #: What was wrong with the record of acts when the backup was made; empty when it was whole.
    chain_problems: list[str]
    #: How often the register had been restored.
    epoch: int
    parts: tuple[Part, ...]
    #: Digests of evidence that was damaged or gone when the backup was made.
    evidence_lacking: list[str]

    def dumped(self) -> bytes:
        """As JSON."""
        parts = [p._asdict() for p in self.parts]
        said = {**asdict(self), "parts": parts, "created_at": self.created_at.isoformat()}
        said = {"format": FORMAT, "product": "fulfilment-monitor", **said}
        return json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True).encode()


_SHAPES = {
    "version": str,
    "created_at": str,
    "kind": str,
    "revision": str,
    "rows": dict,
    "head_seq": int,
    "head_hash": str,
    "chain_problems": list,
    "epoch": int,
    "parts": list,
    "evidence_lacking": list,
}


def read_manifest(content: bytes) -> Manifest:
    """A manifest from its JSON.

    Raises:
        BackupDamaged: it is not one this release can read.
    """
    try:
        said: dict[str, Any] = json.loads(content)
        if said.pop("format") != FORMAT or said.pop("product") != "fulfilment-monitor":
            raise BackupDamaged("this backup has a form that this release does not know")
        wrong = [k for k, shape in _SHAPES.items() if type(said.get(k)) is not shape]
        if wrong or set(said) != set(_SHAPES):
            raise BackupDamaged(f"the manifest is not as it should be: {', '.join(wrong)}")
        said["created_at"] = datetime.fromisoformat(said["created_at"])
        said["parts"] = tuple(_part(**p) for p in said["parts"])
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise BackupDamaged(f"the manifest cannot be read: {fault}") from None
    found = Manifest(**said)
    names = [p.name for p in found.parts]
    databases = [n for n in names if not _EVIDENCE.fullmatch(n)]
    if databases != [DATABASES.get(found.kind)] or len(set(names)) != len(names):
        raise BackupDamaged("the manifest does not name one database and its evidence")
    if found.created_at.tzinfo is None:
        raise BackupDamaged("the manifest does not say when the backup was made")
    return found


def _part(name: str, size: int, sha256: str) -> Part:
    if type(name) is not str or type(size) is not int or not _DIGEST.fullmatch(sha256):
        raise ValueError(f"no member: {name!r}")
    return Part(name, size, sha256)
