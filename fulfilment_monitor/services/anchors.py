"""Sign where the record ends, keep it chained, hand it to witnesses; and check what they kept.

An anchor is dropped in a transaction of its own and is no act itself: it says what the record
was, and does not move it.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ..domain.anchors import (
    NONE_BEFORE,
    SIGNED_WITH,
    Anchor,
    Receipt,
    signature_of,
    written,
)
from ..domain.audit import CHAIN
from ..domain.secrets import Keyed, KeyUnknown, Secrets
from ..store.audit import AuditAnchor, AuditHead
from . import exchange
from .audit import Problem, hash_at

TOPIC = "audit.anchor"


class Verifier(Protocol):
    """Whoever can check signatures: the keys of the house, or public keys alone."""

    def is_signed(self, signature: Keyed, content: bytes) -> bool:
        """See `Secrets.is_signed`."""


def drop(session: Session, secrets: Secrets, *, now: datetime) -> Anchor | None:
    """Sign the end of the record and queue it for the witnesses; None while nothing is on it.

    The head is held meanwhile, so that anchors are chained one after another.
    """
    query = select(AuditHead.seq, AuditHead.hash).where(AuditHead.chain == CHAIN)
    seq, hashed = session.execute(query.with_for_update()).one()
    if seq == 0:
        return None
    last = session.scalars(select(AuditAnchor).order_by(AuditAnchor.id.desc()).limit(1)).first()
    number = 1 if last is None else last.id + 1
    prev = NONE_BEFORE if last is None else _of(last).digest()
    key = secrets.sign(b"").key_id  # the key's name is among what it signs
    bare = Anchor(number, now.astimezone(UTC), seq, bytes(hashed), prev, SIGNED_WITH, key, b"")
    anchor = bare._replace(signature=secrets.sign(bare.signed()).content)
    session.add(AuditAnchor(**anchor._asdict()))
    message = exchange.Message(TOPIC, str(number), 1, written(anchor))
    exchange.enqueue(session, [message], now=now)
    return anchor


def _of(row: AuditAnchor) -> Anchor:
    return Anchor(**{name: getattr(row, name) for name in Anchor._fields})


def all_kept(session: Session) -> list[Anchor]:
    """Every anchor, in order; rows that cannot be one are for `check` to report."""
    return [s.anchor for s in _stored(session) if s.anchor is not None]


class _Stored(NamedTuple):
    """An anchor as it lies in the table; None where a row there cannot be one."""

    id: object
    anchor: Anchor | None


_READ = {
    "sqlite": """
        SELECT id, CAST(replace(at, ' ', 'T') || '+00:00' AS BLOB),
               CASE typeof(seq) WHEN 'integer' THEN seq END, CAST(hash AS BLOB),
               CAST(prev AS BLOB), CAST(alg AS BLOB), CAST(key_id AS BLOB),
               CAST(signature AS BLOB)
          FROM audit_anchor ORDER BY id""",
    "postgresql": """
        SELECT id, convert_to(
                 to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), 'UTF8'),
               seq, hash, prev, convert_to(alg, 'UTF8'), convert_to(key_id, 'UTF8'), signature
          FROM audit_anchor ORDER BY id""",
}


def _stored(session: Session) -> Iterator[_Stored]:
    for number, at, seq, hashed, prev, alg, key, signature in session.execute(
        text(_READ[session.get_bind().dialect.name])
    ):
        try:
            names = alg.decode(), key.decode()
            moment = datetime.fromisoformat(at.decode())
            if type(number) is not int or type(seq) is not int:
                raise TypeError("no number")
            parts = bytes(hashed), bytes(prev)
            yield _Stored(number, Anchor(number, moment, seq, *parts, *names, bytes(signature)))
        except (ValueError, TypeError, AttributeError):
            yield _Stored(number, None)


def check(
    session: Session, entries: int, verifier: Verifier | None, kept: Iterable[Anchor] = ()
) -> Iterator[Problem]:
    """Hold the record against its anchors, and these against those a witness kept.

    Args:
        entries: how many entries the record has.
        verifier: without one, signatures are not checked.
        kept: what a witness kept, in order.
    """
    found: dict[int, Anchor] = {}
    prev: bytes | None = NONE_BEFORE
    for number, anchor in _stored(session):
        if anchor is None or anchor.prev != prev or anchor.id != len(found) + 1:
            yield Problem(3, entries, f"anchor {number} does not follow the one before")
        if anchor is not None:
            found[anchor.id] = anchor
        prev = None if anchor is None else anchor.digest()
        if anchor is not None:
            yield from _against(session, entries, anchor, verifier)
    yield from _witnessed(session, entries, verifier, kept, found)


def _witnessed(
    session: Session,
    entries: int,
    verifier: Verifier | None,
    kept: Iterable[Anchor],
    found: dict[int, Anchor],
) -> Iterator[Problem]:
    before: Anchor | None = None
    for anchor in kept:
        if anchor != found.get(anchor.id):
            yield from _against(session, entries, anchor, verifier)
            detail = f"anchor {anchor.id} of the witness is not the one that is kept here"
            if anchor.seq <= entries:
                yield Problem(3, anchor.seq, detail)
        if before is not None and anchor.id == before.id + 1 and anchor.prev != before.digest():
            detail = f"anchor {anchor.id} of the witness does not follow the one before"
            yield Problem(3, anchor.seq, detail)
        before = anchor


def _against(
    session: Session, entries: int, anchor: Anchor, verifier: Verifier | None
) -> Iterator[Problem]:
    name = f"anchor {anchor.id}"
    if anchor.alg != SIGNED_WITH:
        yield Problem(8, anchor.seq, f"{name} has an unknown algorithm, {anchor.alg!r}")
    else:
        yield from _signature(name, anchor, verifier)
    yield from _presence(session, entries, name, anchor)


def _signature(name: str, word: Anchor | Receipt, verifier: Verifier | None) -> Iterator[Problem]:
    try:
        if verifier is not None and not verifier.is_signed(signature_of(word), word.signed()):
            yield Problem(3, word.seq, f"{name} is not signed by key {word.key_id}")
    except KeyUnknown:
        yield Problem(8, word.seq, f"{name} has an unknown key, {word.key_id!r}")


def _presence(
    session: Session, entries: int, name: str, word: Anchor | Receipt
) -> Iterator[Problem]:
    if word.seq > entries:
        detail = f"{name} speaks of entry {word.seq}, the last entry found is {entries}"
        yield Problem(4, word.seq, detail)
    elif hash_at(session, word.seq) != word.hash:
        yield Problem(3, word.seq, f"{name} has another hash for entry {word.seq}")


def check_receipt(
    session: Session, entries: int, verifier: Verifier | None, receipt: Receipt
) -> Iterator[Problem]:
    """Hold the record against a promise that an act is in it."""
    name = f"the receipt for {receipt.object_type} {receipt.object_id}"
    yield from _signature(name, receipt, verifier)
    yield from _presence(session, entries, name, receipt)
