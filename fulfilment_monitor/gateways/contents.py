"""What a database holds, so that a copy can be compared with what it was copied from."""

from typing import NamedTuple

from sqlalchemy import func, inspect, select, text
from sqlalchemy.orm import Session

from ..services import audit, epochs
from ..store.audit import AuditEntry, AuditHead
from ..store.evidence import EvidenceFile


class Head(NamedTuple):
    """The last act on record: its number, and its hash in hexadecimal."""

    seq: int
    hash: str


class Contents(NamedTuple):
    #: The migration it stands at; empty when it has none.
    revision: str
    #: Rows per table.
    rows: dict[str, int]
    head: Head
    epoch: int


def contents(session: Session) -> Contents:
    """Count everything; works on any release's tables."""
    names = tables(session)
    rows = {
        n: session.scalar(text(f'SELECT count(*) FROM "{n}"')) or 0  # noqa: S608 — the database's own names
        for n in names
    }
    revision = ""
    if "alembic_version" in rows:
        revision = session.scalar(text("SELECT version_num FROM alembic_version")) or ""
    number = epochs.epoch(session) if "mark" in rows else 0
    return Contents(revision, rows, head(session), number)


def tables(session: Session) -> list[str]:
    """The names of all tables."""
    return sorted(inspect(session.connection()).get_table_names())


def head(session: Session) -> Head:
    """Where the record of acts ends; (0, "") in a database that has none."""
    if "audit_head" not in tables(session):
        return Head(0, "")
    found = session.execute(select(AuditHead.seq, AuditHead.hash)).all()
    return Head(found[0].seq, bytes(found[0].hash).hex()) if len(found) == 1 else Head(0, "")


def chain_problems(session: Session) -> list[str]:
    """What is wrong with the record of acts, as `audit verify` says it."""
    if "audit_entry" not in tables(session):
        return []
    found = audit.verify(session).problems
    return [f"verdict {p.verdict}: {p.detail}" for p in found]


def evidence_of(session: Session) -> list[tuple[str, int]]:
    """Digests and sizes of the files the rows speak of."""
    if "evidence_file" not in tables(session):
        return []
    query = select(EvidenceFile.sha256, EvidenceFile.size).order_by(EvidenceFile.sha256)
    return [(sha256, size) for sha256, size in session.execute(query)]


class Loss(NamedTuple):
    """Acts on the record of one database that are not on the record of another."""

    total: int
    #: How many of each kind of act.
    acts: dict[str, int]


def loss(old: Session, new: Session) -> Loss:
    """What would be forgotten if `new` took the place of `old`.

    Records of acts are chains: up to some number the two agree, and from there on they never do.
    """
    if "audit_entry" not in tables(old):
        return Loss(0, {})
    last = old.scalar(select(func.max(AuditEntry.seq))) or 0
    agreed, beyond = 0, last
    while agreed < beyond:
        middle = (agreed + beyond + 1) // 2
        if _hash(old, middle) == _hash(new, middle) is not None:
            agreed = middle
        else:
            beyond = middle - 1
    if agreed == last:
        return Loss(0, {})
    counted = (
        select(AuditEntry.action, func.count())
        .where(AuditEntry.seq > agreed)
        .group_by(AuditEntry.action)
        .order_by(AuditEntry.action)
    )
    acts = [(str(action), int(count)) for action, count in old.execute(counted)]
    return Loss(last - agreed, dict(acts))


def _hash(session: Session, seq: int) -> bytes | None:
    found = session.scalar(select(AuditEntry.hash).where(AuditEntry.seq == seq))
    return None if found is None else bytes(found)
