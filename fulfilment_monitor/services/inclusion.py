"""Receipts of inclusion: a signed promise that an act is on record, for whom it concerns.

Whoever holds one is a witness: if the act is taken out, the promise stands above or beside what
is left (`audit verify --receipt`).
"""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.anchors import Receipt
from ..domain.errors import NotFound
from ..domain.secrets import Secrets
from ..store.audit import AuditEntry


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
    query = select(AuditEntry).where(
        AuditEntry.object_type == object_type, AuditEntry.object_id == object_id
    )
    if actions:
        query = query.where(AuditEntry.action.in_(actions))
    entry = session.scalars(query.order_by(AuditEntry.seq.desc()).limit(1)).first()
    if entry is None:
        raise NotFound(f"no act on record is about {object_type} {object_id}")
    key = secrets.sign(b"").key_id  # the key's name is among what it signs
    bare = Receipt(
        entry.object_type, entry.object_id, entry.action, entry.at, entry.seq, entry.hash, key, b""
    )
    return bare._replace(signature=secrets.sign(bare.signed()).content)
