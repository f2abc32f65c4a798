"""Turns: transactions that do the same kind of thing come one after another."""

from sqlalchemy import text
from sqlalchemy.orm import Session

_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def take_turn(session: Session, name: str) -> None:
    """Hold a name until the transaction ends; call it before the first read.

    Whoever waited reads what the other one committed. SQLite: a transaction that writes is the
    only one from its first statement on.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_HOLD, {"name": name})
