"""Identifiers: numbers inside, taken in blocks; ULIDs for URLs and messages."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Two characters at a time.
_PAIRS = tuple(one + other for one in _CROCKFORD for other in _CROCKFORD)
_SHIFTS = tuple(range(120, -1, -10))
_RANDOM_BITS = 80
#: The usual letters of five bits, and those of a ULID.
_AS_ULID = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _CROCKFORD.encode())


def take_ids(session: Session, table: str, count: int) -> range | list[int]:
    """`count` fresh primary keys of a table, for rows that are written in bulk.

    SQLite: its one writer holds the file, so the next numbers are ours; rows are never deleted.
    PostgreSQL: the table's own sequence.
    """
    if session.get_bind().dialect.name == "sqlite":
        last = session.scalar(select(func.max(text("id"))).select_from(text(table))) or 0
        return range(last + 1, last + 1 + count)
    taken = text(
        f"SELECT nextval(s.name) FROM (SELECT CAST(pg_get_serial_sequence('{table}', 'id')"  # noqa: S608 — the table's name is ours
        " AS regclass) AS name OFFSET 0) s, generate_series(1, :n)"
    )
    return list(session.scalars(taken, {"n": count}))


def new_ulid(now: datetime) -> str:
    """A ULID: milliseconds, then 80 random bits; sorts by time, tells nothing else."""
    number = int(now.timestamp() * 1000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return _written(number, _SHIFTS)


def new_ulids(now: datetime, count: int) -> list[str]:
    """Many ULIDs of one moment, in order: whoever writes them adds to the end of an index."""
    when = _written(int(now.timestamp() * 1000), _SHIFTS[-5:])
    drawn = base64.b32encode(secrets.token_bytes(_RANDOM_BITS // 8 * count)).translate(_AS_ULID)
    chance = drawn.decode()
    return sorted(when + chance[i : i + 16] for i in range(0, 16 * count, 16))


def _written(number: int, shifts: Sequence[int]) -> str:
    return "".join([_PAIRS[number >> shift & 1023] for shift in shifts])
