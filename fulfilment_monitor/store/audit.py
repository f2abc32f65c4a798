"""The record of acts: appended in the transaction of the act, hash-chained."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id

#: Who brought a file is asked whenever one is named or fetched.
_OF_EVIDENCE = text("object_type = 'evidence'")


class AuditEntry(Base):
    """`body` is canonical JSON, exactly the bytes that were hashed."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        PrimaryKeyConstraint("chain", "seq"),
        UniqueConstraint("chain", "prev"),
        Index(
            "ix_audit_entry_evidence",
            "object_id",
            "actor",
            postgresql_where=_OF_EVIDENCE,
            sqlite_where=_OF_EVIDENCE,
        ),
    )

    chain: Mapped[str] = mapped_column(String(20))
    seq: Mapped[int] = mapped_column(BigInteger, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    action: Mapped[str] = mapped_column(String(60))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(80))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    alg: Mapped[str] = mapped_column(String(10))
    #: Digests of the governed rows that the transaction wrote, as it left them, with its last act
    #: (see `domain.governed.pack`), and the hash of these bytes; empty where it wrote none.
    rows: Mapped[bytes | None] = mapped_column(LargeBinary)
    row_hash: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    #: HMAC of the hash under a key outside the database, and which key; empty without one.
    key_id: Mapped[str | None] = mapped_column(String(40))
    mac: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    prev: Mapped[bytes] = mapped_column(LargeBinary(32))
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditHead(Base):
    """The end of a chain; the only audit row that is ever updated."""

    __tablename__ = "audit_head"

    chain: Mapped[str] = mapped_column(String(20), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditAnchor(Base):
    """The head of the record at a moment, signed, and given to witnesses outside; appended."""

    __tablename__ = "audit_anchor"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    #: The digest of the anchor before.
    prev: Mapped[bytes] = mapped_column(LargeBinary(32))
    alg: Mapped[str] = mapped_column(String(20))
    key_id: Mapped[str] = mapped_column(String(40))
    signature: Mapped[bytes] = mapped_column(LargeBinary)
