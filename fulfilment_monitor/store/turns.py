"""Turns: transactions that are about the same thing come one after another."""

from collections.abc import Iterable

from sqlalchemy import text
from sqlalchemy.orm import Session

#: By the number that is held, not by the name: two names may share one, and everybody has to take
#: them in one order. What is sorted inside is taken in that order, since OFFSET keeps it apart.
_HOLD = text(
    "SELECT pg_advisory_xact_lock(held.key) FROM ("
    "SELECT DISTINCT hashtextextended(name, 0) AS key"
    " FROM unnest(CAST(:names AS text[])) AS name ORDER BY key OFFSET 0) AS held"
)


def take_turns(session: Session, kind: str, names: Iterable[str]) -> None:
    """Hold some names of a kind until the transaction ends; call it before the first read.

    Whoever waited reads what the other one committed. No two wait for each other, as long as a
    transaction takes all its names in one call. SQLite: a transaction that writes is the only one
    from its first statement on.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_HOLD, {"names": [f"{kind}/{name}" for name in names]})
