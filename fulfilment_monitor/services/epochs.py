"""Which life of the register this is: every restore begins a new one, on the record."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..store.once import insert_once
from ..store.sweeps import Mark
from . import audit

_NAME = "epoch"


def epoch(session: Session) -> int:
    """How often this register has been restored."""
    value = session.scalar(select(Mark.value).where(Mark.name == _NAME))
    return 0 if value is None else int(value)


def begin_epoch(
    session: Session, beyond: int, body: Mapping[str, Any], *, by: Actor, now: datetime
) -> int:
    """Put a restore on the record; returns the number of the epoch it begins.

    Args:
        beyond: the epoch of the register that is replaced; the new number lies above both.
        body: which backup was restored, and what was lost by it.
    """
    number = max(epoch(session), beyond) + 1
    value = str(number)
    if not insert_once(session, Mark, [{"name": _NAME, "value": value}], Mark.name):
        session.execute(update(Mark).where(Mark.name == _NAME).values(value=value))
    said = {**body, "epoch": number}
    audit.note(session, by, "database.restore", "database", "main", said, now=now)
    return number
