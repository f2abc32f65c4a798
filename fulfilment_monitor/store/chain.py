"""Audit entries collect on the session during a verb and are chained just before it commits.

The head of the chain is the last lock a transaction takes, so it cannot take part in a deadlock.
"""

from datetime import UTC
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..domain.audit import CHAIN, GENESIS, Act, canonical, entry_hash, rows_hash
from ..domain.governed import pack
from ..domain.secrets import Purpose
from .audit import AuditEntry, AuditHead
from .governed import take_written
from .keeping import Keeping, keeping_of
from .once import insert_all

_PENDING = "audit.pending"


class _Head(NamedTuple):
    seq: int
    hash: bytes


def record(session: Session, act: Act) -> None:
    """Put an act on the record of the transaction under way."""
    session.info.setdefault(_PENDING, []).append(act._replace(at=act.at.astimezone(UTC)))


def write_pending(session: Session) -> None:
    """Chain what was recorded; called when the session is about to commit.

    The last act carries the digests of the governed rows the transaction wrote.
    """
    if session.in_nested_transaction():  # a savepoint is let go; the head is the last lock of all
        return
    acts: list[Act] = session.info.pop(_PENDING, [])
    if not acts:
        return
    session.flush()
    keeping = keeping_of(session)
    written = take_written(session)
    packed = pack(written) if any(written.values()) else None
    head = _lock_head(session)
    rows = []
    for n, act in enumerate(acts, 1):
        row = _entry(keeping, head, act, packed if n == len(acts) else None)
        rows.append(row)
        head = _Head(row["seq"], row["hash"])
    insert_all(session, AuditEntry, rows)
    session.execute(
        update(AuditHead).where(AuditHead.chain == CHAIN).values(seq=head.seq, hash=head.hash)
    )


def _entry(keeping: Keeping, head: _Head, act: Act, packed: bytes | None) -> dict[str, Any]:
    body, seq, alg = canonical(act.body), head.seq + 1, keeping.alg
    row_hash = None if packed is None else rows_hash(packed, alg)
    hashed = entry_hash(head.hash, CHAIN, seq, act, body, row_hash, alg)
    secrets = keeping.keys(seq)
    keyed = None if secrets is None else secrets.mac(Purpose.AUDIT, hashed)
    return {
        "chain": CHAIN,
        "seq": seq,
        "at": act.at,
        "actor": act.actor,
        "action": act.action,
        "object_type": act.object_type,
        "object_id": act.object_id,
        "body": body,
        "alg": alg,
        "rows": packed,
        "row_hash": row_hash,
        "key_id": None if keyed is None else keyed.key_id,
        "mac": None if keyed is None else keyed.content,
        "prev": head.hash,
        "hash": hashed,
    }


def _lock_head(session: Session) -> _Head:
    query = select(AuditHead.seq, AuditHead.hash).where(AuditHead.chain == CHAIN)
    found = session.execute(query.with_for_update()).one_or_none()
    if found is None:  # migration 0001 makes the head; an emptied table is refused, not healed
        raise RuntimeError("the audit chain has no head; the database has been tampered with")
    return _Head(found.seq, bytes(found.hash) or GENESIS)
