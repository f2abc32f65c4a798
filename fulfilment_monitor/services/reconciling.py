"""Hold every governed row against the last act that wrote it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.audit import is_usable
from ..domain.governed import GOVERNED, Kept, Key, differing, row_digests, unpack
from ..store.audit import AuditEntry
from ..store.governed import all_keys, read_rows
from .audit import BROKEN, Problem

_PAGE = 500
#: How many rows are compared at once.
_AT_ONCE = 2_000

_Last = tuple[int, str, Kept]


def reconcile(session: Session) -> Iterator[Problem]:
    """Rows that are not as their last act left them, that are gone, or of which no act speaks.

    The acts are read from the last to the first, and a row is compared where it first turns up:
    what is kept meanwhile is which rows have been seen. The chain has to be whole.
    """
    seen: dict[str, _Seen] = {table: _Seen() for table in GOVERNED}
    waiting: dict[str, list[_Last]] = {table: [] for table in GOVERNED}
    for seq, alg, packed in _acts(session):
        told = _told(alg, packed)
        if told is None:
            yield Problem(BROKEN, seq, f"entry {seq} cannot be read; rows were not compared")
            return
        for table, rows in told:
            fresh = [k for k in rows if seen[table].add(k.key)]
            waiting[table] += [(seq, alg, k) for k in fresh]
            if len(waiting[table]) >= _AT_ONCE:
                yield from _compared(session, table, waiting[table])
                waiting[table] = []
    for table, rest in waiting.items():
        yield from _compared(session, table, rest)
    for table, known in seen.items():
        yield from _unspoken(session, table, known)


def _told(alg: str, packed: bytes) -> list[tuple[str, list[Kept]]] | None:
    """What an entry says of rows; None where that was changed into what nobody writes."""
    if not is_usable(alg):
        return None
    try:
        return list(unpack(packed))
    except (ValueError, TypeError, LookupError, AttributeError):
        return None


def from_one_moment(session: Session) -> None:
    """Read everything as it is at one moment, whoever writes meanwhile; call it first of all."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


class _Seen:
    """Keys that have turned up: a bit for each number, a set for the others."""

    def __init__(self) -> None:
        self._numbers = bytearray()
        self._others: set[Key] = set()

    def add(self, key: Key) -> bool:
        """Take a key; whether it is new."""
        if key in self:
            return False
        if isinstance(key, int) and key >= 0:
            byte = key >> 3
            if byte >= len(self._numbers):
                self._numbers.extend(bytes(byte + 1 - len(self._numbers) + (byte >> 3)))
            self._numbers[byte] |= 1 << (key & 7)
        else:
            self._others.add(key)
        return True

    def __contains__(self, key: Key) -> bool:
        if isinstance(key, int) and key >= 0:
            byte = key >> 3
            return byte < len(self._numbers) and bool(self._numbers[byte] >> (key & 7) & 1)
        return key in self._others


def _acts(session: Session) -> Iterator[tuple[int, str, bytes]]:
    """The acts that wrote governed rows, the last one first."""
    query = select(AuditEntry.seq, AuditEntry.alg, AuditEntry.rows).where(
        AuditEntry.rows.is_not(None)
    )
    below: int | None = None
    while True:
        more = query if below is None else query.where(AuditEntry.seq < below)
        page = session.execute(more.order_by(AuditEntry.seq.desc()).limit(_PAGE)).all()
        for seq, alg, packed in page:
            yield seq, alg, bytes(packed or b"")
        if len(page) < _PAGE:
            return
        below = page[-1][0]


def _compared(session: Session, table: str, last: Sequence[_Last]) -> Iterator[Problem]:
    rows = dict(read_rows(session, table, [kept.key for _, _, kept in last]))
    now = _digested(rows, last)
    for seq, _, kept in last:
        if kept.key not in now:
            detail = f"{table} {kept.key} is gone; entry {seq} wrote it"
            yield Problem(5, seq, detail, table, kept.key, None)
            continue
        columns = GOVERNED[table][: kept.covers]
        for column in differing(columns, kept.digest, now[kept.key]):
            detail = f"{table} {kept.key}: {column} is not as entry {seq} left it"
            yield Problem(5, seq, detail, table, kept.key, column)


def _digested(rows: Mapping[Key, Sequence[Any]], last: Sequence[_Last]) -> dict[Key, bytes]:
    """The rows' digests as of now, of the columns and by the algorithm of their last acts."""
    alike: dict[tuple[str, int], list[Key]] = {}
    for _, alg, kept in last:
        if kept.key in rows:
            alike.setdefault((alg, kept.covers), []).append(kept.key)
    found: dict[Key, bytes] = {}
    for (alg, covers), keys in alike.items():
        columns = list(zip(*(rows[k][:covers] for k in keys), strict=True))
        found.update(zip(keys, row_digests(columns, alg), strict=True))
    return found


def _unspoken(session: Session, table: str, known: _Seen) -> Iterator[Problem]:
    """Rows of which no act speaks: put in by hand."""
    for key in all_keys(session, table):
        if key not in known:
            detail = f"{table} {key}: no act speaks of this row"
            yield Problem(5, 0, detail, table, key, None)
