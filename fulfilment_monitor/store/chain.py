"""Audit entries collect on the session during a verb and are chained just before it commits.

The head of the chain is the last lock a transaction takes, so it cannot take part in a deadlock.
"""

from datetime import UTC
from typing import NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from ..domain.audit import ALGORITHM, CHAIN, GENESIS, Act, canonical, entry_hash
from .audit import AuditEntry, AuditHead

_PENDING = "audit.pending"


class _Head(NamedTuple):
    seq: int
    hash: bytes


def record(session: Session, act: Act) -> None:
    """Put an act on the record of the transaction under way."""
    session.info.setdefault(_PENDING, []).append(act._replace(at=act.at.astimezone(UTC)))


def write_pending(session: Session) -> None:
    """Chain what was recorded; called when the session is about to commit."""
    acts: list[Act] = session.info.pop(_PENDING, [])
    if not acts:
        return
    session.flush()
    head = _lock_head(session)
    rows = []
    for act in acts:
        body = canonical(act.body)
        seq = head.seq + 1
        hashed = entry_hash(head.hash, CHAIN, seq, act, body)
        rows.append(
            {
                "chain": CHAIN,
                "seq": seq,
                "at": act.at,
                "actor": act.actor,
                "action": act.action,
                "object_type": act.object_type,
                "object_id": act.object_id,
                "body": body,
                "alg": ALGORITHM,
                "prev": head.hash,
                "hash": hashed,
            }
        )
        head = _Head(seq, hashed)
    session.execute(insert(AuditEntry), rows)
    session.execute(
        update(AuditHead).where(AuditHead.chain == CHAIN).values(seq=head.seq, hash=head.hash)
    )


def _lock_head(session: Session) -> _Head:
    query = select(AuditHead.seq, AuditHead.hash).where(AuditHead.chain == CHAIN)
    found = session.execute(query.with_for_update()).one_or_none()
    if found is None:  # migration 0001 makes the head; an emptied table is refused, not healed
        raise RuntimeError("the audit chain has no head; the database has been tampered with")
    return _Head(found.seq, bytes(found.hash) or GENESIS)
