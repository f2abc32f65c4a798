"""What an audit entry says and how entries are chained, so that tampering shows."""

import hashlib
import json
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

ALGORITHM = "sha256"
#: What entries may be hashed with; one chain may hold several. SM3 needs an OpenSSL that has it.
ALGORITHMS = (ALGORITHM, "sm3")
CHAIN = "main"
#: What the first entry follows.
GENESIS = bytes(32)
_MARK = b"fulfilment-audit/1"
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
#: An act takes its moment when it begins and is chained when it ends; acts overlap.
_LONGEST_ACT = timedelta(hours=1)


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
    return _CANONICAL.encode(_plain(body)).encode()


def digest(body: Mapping[str, Any]) -> str:
    """SHA-256 of a body in its one form, hexadecimal: names a document without repeating it."""
    return hashlib.sha256(canonical(body)).hexdigest()


def _plain(value: Any) -> Any:
    kind = type(value)  # asked first for what there is most of
    if kind is str:
        return value if value.isascii() else unicodedata.normalize("NFC", value)
    if kind is dict:
        return {_plain(k if type(k) is str else str(k)): _plain(v) for k, v in value.items()}
    if kind is list:
        return [_plain(v) for v in value]
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


def is_usable(alg: str) -> bool:
    """Whether entries can be hashed with an algorithm here."""
    return alg in ALGORITHMS and alg in hashlib.algorithms_available


def entry_hash(
    prev: bytes,
    chain: str,
    seq: int,
    act: Act,
    body: bytes,
    row_hash: bytes | None = None,
    alg: str = ALGORITHM,
) -> bytes:
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
    rows = [] if row_hash is None else [row_hash]
    return hash_of([prev, *(t.encode() for t in texts), body, *rows], alg)


def hash_of(fields: Iterable[bytes], alg: str = ALGORITHM) -> bytes:
    """The hash of an entry's fields; lengths before them make every split of them unique."""
    hashed = hashlib.new(alg, _MARK)
    for field in fields:
        hashed.update(len(field).to_bytes(8, "big"))
        hashed.update(field)
    return hashed.digest()


def rows_hash(packed: bytes, alg: str = ALGORITHM) -> bytes:
    """The hash of what an act says of governed rows."""
    return hashlib.new(alg, packed).digest()


class Order:
    """Sees the moments of the entries one by one, and finds those out of the order of time.

    Of two entries of which the later one is older, the next entry shows which one is odd: the
    earlier, made while a clock was ahead, or the later, made while it was behind. Either way it
    is said once, and what follows is held against the one that is not odd.
    """

    def __init__(self) -> None:
        self._newest: tuple[int, datetime] | None = None
        self._older: tuple[int, datetime] | None = None

    def see(self, seq: int, at: datetime) -> int | None:
        """Take the next entry; returns the number of one that turns out to be odd."""
        odd = None
        if self._newest is not None and self._older is not None:
            odd = self._newest if self._is_before(at) else self._older
            if odd is self._newest:
                self._newest = self._older
            self._older = None
        if self._is_before(at):
            self._older = seq, at
        elif self._newest is None or at > self._newest[1]:
            self._newest = seq, at
        return odd and odd[0]

    def end(self) -> int | None:
        """There are no more; returns the last one if it was odd."""
        return self._older and self._older[0]

    def _is_before(self, at: datetime) -> bool:
        return self._newest is not None and at < self._newest[1] - _LONGEST_ACT
