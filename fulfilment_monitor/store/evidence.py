"""Files that prove something, by the digest of their bytes; the bytes lie beside the database."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.evidence import FileState
from .base import Base, one_of


class EvidenceFile(Base):
    """One file, kept once however often it was handed in."""

    __tablename__ = "evidence_file"
    __table_args__ = (CheckConstraint("size > 0", name="not_empty"),)

    #: SHA-256 of the bytes, hexadecimal.
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(100))
    #: As it was called when it first came in; never used as a path.
    name: Mapped[str] = mapped_column(String(255))
    #: What the last look at the bytes found.
    state: Mapped[str] = mapped_column(one_of(FileState, "state"))
    checked_at: Mapped[datetime]
    stored_at: Mapped[datetime]
    stored_by: Mapped[str] = mapped_column(String(120))
