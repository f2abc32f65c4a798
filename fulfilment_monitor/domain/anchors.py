"""Anchors and receipts: signed words about the record, held by people who do not hold it.

An anchor says where the record ended at a moment. A receipt promises to somebody that the act
that concerns them is in it. Both are JSON that anybody can check with the public key alone.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from .audit import CHAIN, canonical
from .errors import Refusal
from .secrets import Keyed

SIGNED_WITH = "ed25519"
#: What the first anchor follows.
NONE_BEFORE = bytes(32)
_ANCHOR = "fulfilment-anchor/1"
_RECEIPT = "fulfilment-receipt/1"


class NotReadable(Refusal):
    code = "audit.unreadable"
    title = "This is no anchor and no receipt"
    status = 422


class Anchor(NamedTuple):
    """The end of the record at a moment; `prev` is the digest of the anchor before."""

    id: int
    at: datetime
    seq: int
    hash: bytes
    prev: bytes
    alg: str
    key_id: str
    signature: bytes

    def signed(self) -> bytes:
        """The bytes that are signed."""
        return canonical(_without_signature(_ANCHOR, self))

    def digest(self) -> bytes:
        """What the next anchor holds on to: this one and its signature."""
        return hashlib.sha256(self.signed() + self.signature).digest()


class Receipt(NamedTuple):
    """A promise that an act is on record, with its number and its hash."""

    object_type: str
    object_id: str
    action: str
    at: datetime
    seq: int
    hash: bytes
    key_id: str
    signature: bytes

    def signed(self) -> bytes:
        """The bytes that are signed."""
        return canonical(_without_signature(_RECEIPT, self))


def signature_of(word: Anchor | Receipt) -> Keyed:
    """Its signature, and the key it names."""
    return Keyed(word.key_id, word.signature)


def _without_signature(form: str, word: Anchor | Receipt) -> dict[str, Any]:
    said = {k: v for k, v in word._asdict().items() if k != "signature"}
    return {"form": form, "chain": CHAIN, **{k: _shown(v) for k, v in said.items()}}


def _shown(value: Any) -> Any:
    match value:
        case bytes():
            return value.hex()
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def written(word: Anchor | Receipt) -> dict[str, Any]:
    """As JSON, for whoever keeps it."""
    form = _ANCHOR if isinstance(word, Anchor) else _RECEIPT
    return {**_without_signature(form, word), "signature": word.signature.hex()}


def read_anchors(text: str) -> list[Anchor]:
    """Anchors from JSON lines, in their order; those written twice count once.

    Raises:
        NotReadable: a line is no anchor.
    """
    found = {}
    for n, line in enumerate(text.splitlines(), 1):
        if line.strip():
            anchor = Anchor(**_members(_json(line, n), _ANCHOR, Anchor._fields, n))
            found[anchor.id, anchor.signature] = anchor
    if not found:
        raise NotReadable("there is no anchor in this file")
    return sorted(found.values(), key=lambda a: (a.id, a.seq))


def read_receipt(text: str) -> Receipt:
    """A receipt from its JSON.

    Raises:
        NotReadable: it is none.
    """
    return Receipt(**_members(_json(text, 1), _RECEIPT, Receipt._fields, 1))


def _json(text: str, line: int) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise NotReadable(f"line {line} is no JSON object")
    return said


_SHAPES: dict[str, type] = {"id": int, "seq": int}
_BYTES = ("hash", "prev", "signature")


def _members(said: dict[str, Any], form: str, names: tuple[str, ...], line: int) -> dict[str, Any]:
    wrong = [n for n in names if type(said.get(n)) is not _SHAPES.get(n, str)]
    if said.get("form") != form or said.get("chain") != CHAIN or wrong:
        raise NotReadable(f"line {line} is not of the form {form}")
    try:
        plain: dict[str, Any] = {
            n: bytes.fromhex(said[n]) if n in _BYTES else said[n] for n in names
        }
        plain["at"] = at = datetime.fromisoformat(said["at"])
    except ValueError:
        raise NotReadable(f"line {line} is not of the form {form}") from None
    if at.tzinfo is None:
        raise NotReadable(f"line {line} does not say in which time zone it is")
    return plain
