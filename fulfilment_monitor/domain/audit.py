"""What an audit entry says and how entries are chained, so that tampering shows."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

ALGORITHM = "sha256"
CHAIN = "main"
#: What the first entry follows.
GENESIS = bytes(32)
_MARK = b"fulfilment-audit/1"


class Act(NamedTuple):
    """Who did what to which thing, and when."""

    at: datetime
    actor: str
    action: str
    object_type: str
    object_id: str
    body: Mapping[str, Any]


def canonical(body: Mapping[str, Any]) -> bytes:
    """The one form of a body: sorted keys, NFC, UTF-8; days as text; no floats.

    >>> canonical({"b": 1, "a": date(2025, 6, 1)})
    b'{"a":"2025-06-01","b":1}'
    """
    plain = _plain(body)
    return json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of a body in its one form, hexadecimal: names a document without repeating it."""
    return hashlib.sha256(canonical(body)).hexdigest()


def _plain(value: Any) -> Any:
    if type(value) is str:  # most of what there is
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    match value:
        case Mapping():
            return {_plain(str(k)): _plain(v) for k, v in value.items()}
        case str():
            return unicodedata.normalize("NFC", value)
        case float():
            raise TypeError("no floats in an audit entry")
        case date():
            return value.isoformat()
        case list() | tuple():
            return [_plain(v) for v in value]
        case frozenset() | set():
            return sorted(_plain(v) for v in value)
        case _:
            return value


def entry_hash(prev: bytes, chain: str, seq: int, act: Act, body: bytes) -> bytes:
    """The hash of an entry that follows the one with the hash `prev`."""
    texts = (
        chain,
        str(seq),
        act.at.isoformat(timespec="microseconds"),
        act.actor,
        act.action,
        act.object_type,
        act.object_id,
    )
    return hash_of([prev, *(t.encode() for t in texts), body])


def hash_of(fields: Iterable[bytes]) -> bytes:
    """The hash of an entry's fields; lengths before them make every split of them unique."""
    hashed = hashlib.new(ALGORITHM, _MARK)
    for field in fields:
        hashed.update(len(field).to_bytes(8, "big"))
        hashed.update(field)
    return hashed.digest()
