"""Receipts of inclusion: a signed promise that an act is on record, for whom it concerns.

Whoever holds one is a witness: if the act is taken out, the promise stands above or beside what
is left (`audit verify --receipt`). A complainant is given one with the lookup code, and again
with every look-up once the act lies below an anchor.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from ..domain.anchors import Receipt
from ..domain.audit import CHAIN
from ..domain.errors import NotFound
from ..domain.secrets import Secrets
from ..store.audit import AuditAnchor, AuditEntry


def of_entry(
    session: Session,
    object_type: str,
    object_id: str,
    secrets: Secrets,
    actions: Collection[str] = (),
) -> Receipt:
    """The promise for the last act on record about a thing; ask after the act is committed.

    Args:
        actions: of which acts; of any, if none is named.

    Raises:
        NotFound: no such act is on record.
    """
    query = _about(object_type, object_id)
    if actions:
        query = query.where(AuditEntry.action.in_(actions))
    entry = session.execute(query.order_by(AuditEntry.seq.desc()).limit(1)).first()
    if entry is None:
        raise NotFound(f"no act on record is about {object_type} {object_id}")
    return _promise(entry, secrets)


#: The act by which a complaint came on record.
RECEIVED = "complaint.receive"
#: By how much two clocks may differ, or a transaction outlast the moment it began.
_SLACK = timedelta(minutes=10)


def of_complaint(
    session: Session, complaint: str, received_at: datetime, secrets: Secrets
) -> Receipt | None:
    """The promise for the receipt of a complaint, once an anchor stands above it; else None.

    One statement whatever there is: the act is sought between the anchors around its moment, for
    the record has no index of what its entries are about.
    """
    before = select(func.max(AuditAnchor.seq)).where(AuditAnchor.at <= received_at - _SLACK)
    after = select(func.min(AuditAnchor.seq)).where(AuditAnchor.at >= received_at + _SLACK)
    query = _about("complaint", complaint).where(
        AuditEntry.action == RECEIVED,
        AuditEntry.seq > func.coalesce(before.scalar_subquery(), 0),
        AuditEntry.seq <= after.scalar_subquery(),
    )
    entry = session.execute(query.order_by(AuditEntry.seq).limit(1)).first()
    return None if entry is None else _promise(entry, secrets)


def _about(object_type: str, object_id: str) -> Select[str, str, str, datetime, int, bytes]:
    e = AuditEntry
    query = select(e.object_type, e.object_id, e.action, e.at, e.seq, e.hash)
    return query.where(e.chain == CHAIN, e.object_type == object_type, e.object_id == object_id)


def _promise(entry: Row[str, str, str, datetime, int, bytes], secrets: Secrets) -> Receipt:
    key = secrets.sign(b"").key_id  # the key's name is among what it signs
    bare = Receipt(
        entry.object_type, entry.object_id, entry.action, entry.at, entry.seq, entry.hash, key, b""
    )
    return bare._replace(signature=secrets.sign(bare.signed()).content)
