"""Work that is to be done by whoever has time: jobs, where Procrastinate does not keep them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id

_WAITING = text("owner IS NULL")


class Job(Base):
    """Written in the transaction that made it necessary; gone when it is done."""

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_key", "key", unique=True, postgresql_where=_WAITING, sqlite_where=_WAITING),
        Index("ix_job_due_at", "due_at", postgresql_where=_WAITING, sqlite_where=_WAITING),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    task: Mapped[str] = mapped_column(String(40))
    args: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: Of one key, one job waits at most; the one that is being done does not count.
    key: Mapped[str | None] = mapped_column(String(80))
    queued_at: Mapped[datetime]
    #: Not before; later after each failure.
    due_at: Mapped[datetime]
    #: The worker that does it now.
    owner: Mapped[str | None] = mapped_column(String(40))
    tries: Mapped[int] = mapped_column(Integer, default=0)
