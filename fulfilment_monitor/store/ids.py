"""Identifiers: numbers inside, taken in blocks; ULIDs for URLs and messages."""

import secrets
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Two characters at a time.
_PAIRS = tuple(one + other for one in _CROCKFORD for other in _CROCKFORD)
_SHIFTS = range(120, -1, -10)
_RANDOM_BITS = 80


def take_ids(session: Session, table: str, count: int) -> range | list[int]:
    """`count` fresh primary keys of a table, for rows that are written in bulk.

    SQLite: its one writer holds the file, so the next numbers are ours; rows are never deleted.
    PostgreSQL: the table's own sequence.
    """
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(text("id"))).select_from(text(table))) or 0
        return range(last + 1, last + 1 + count)
    taken = text(
        f"SELECT nextval(pg_get_serial_sequence('{table}', 'id')) FROM generate_series(1, :n)"  # noqa: S608 — the table's name is ours
    )
    return list(session.scalars(taken, {"n": count}))


def new_ulid(now: datetime) -> str:
    """A ULID: milliseconds, then 80 random bits; sorts by time, tells nothing else."""
    number = int(now.timestamp() * 1000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
