"""Which governed rows a transaction has written, and their digests for the act that did it.

What goes through the session or `store.once` is seen. Rows inserted in bulk are digested at once,
as they were handed over; all others are read again just before the commit, when they are what they
will be. A program that writes a governed row by another way, or with no act, leaves a row whose
last digest is not its own: reconciling shows it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from json import JSONEncoder
from types import MappingProxyType
from typing import Any

from sqlalchemy import JSON, BigInteger, Integer, Table, Text, Update, cast, select, tuple_
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction

from ..domain.governed import GOVERNED, Key, row_digests
from .base import Base, Day
from .keeping import keeping_of

#: As short as JSON can be; what a column of JSON holds is these very characters.
as_json = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
NO_TEXTS: Mapping[str, Sequence[str]] = MappingProxyType({})

_WRITTEN = "governed.written"
#: How many rows are read by one statement.
_AT_ONCE = 400
#: How the parts of a key are read; all others are text.
_PARTS: dict[type, Any] = {Day: date.fromisoformat, BigInteger: int, Integer: int}
#: What a driver or a column's type says of a value that no program of ours has written.
UNREADABLE = (ValueError, TypeError, LookupError, OverflowError, AttributeError, DBAPIError)


class _Written:
    """Rows of one table that a transaction has written."""

    def __init__(self, table: Table) -> None:
        self.table = table
        #: The digests of rows as they were handed over, complete.
        self.fresh: dict[Key, bytes] = {}
        #: To be read before the commit.
        self.again: set[Key] = set()

    def doubt(self) -> None:
        """Something was taken back: what stands is for the database to say."""
        self.again |= self.fresh.keys()
        self.fresh.clear()


def _written(session: Session, table: Table) -> _Written:
    tables: dict[str, _Written] = session.info.setdefault(_WRITTEN, {})
    if table.name not in tables:
        tables[table.name] = _Written(table)
    return tables[table.name]


# --- what is seen -----------------------------------------------------------------------------


def saw_rows(
    session: Session,
    table: Table,
    rows: Sequence[dict[str, Any]],
    texts: Mapping[str, Sequence[str]] = NO_TEXTS,
) -> None:
    """Rows were inserted just so; what they leave out is empty, for no column has a default.

    Args:
        texts: what was written of columns of JSON, row by row, where that is known.
    """
    if table.name not in GOVERNED or not rows:
        return
    names = _key_names(table)
    if len(names) == 1:
        keys = [_plain(row[names[0]]) for row in rows]
    else:
        keys = [key_of(row[n] for n in names) for row in rows]
    columns = [
        texts.get(c) or [as_json(r.get(c)) for r in rows]
        if c in _json_names(table)
        else [r.get(c) for r in rows]
        for c in GOVERNED[table.name]
    ]
    digests = row_digests(columns, keeping_of(session).alg)
    _written(session, table).fresh.update(zip(keys, digests, strict=True))


def saw_keys(session: Session, table: Table, keys: Iterable[Iterable[Any]]) -> None:
    """Rows with these primary keys were written."""
    if table.name in GOVERNED:
        _written(session, table).again.update(key_of(k) for k in keys)


def saw_new(
    session: Session,
    table: Table,
    rows: Sequence[dict[str, Any]],
    keys: Sequence[tuple[Any, ...]],
) -> None:
    """Of some rows, those with these primary keys were inserted."""
    names = _key_names(table)
    if any(n not in rows[0] for n in names):
        saw_keys(session, table, keys)
        return
    new = set(keys)
    saw_rows(session, table, [r for r in rows if tuple(r[n] for n in names) in new])


def saw_flush(session: Session, _context: UOWTransaction) -> None:
    """What the session has just written of itself."""
    for row in (*session.new, *session.dirty):
        table = row.__table__
        if table.name in GOVERNED:
            saw_keys(session, table, [[getattr(row, n) for n in _key_names(table)]])


def saw_statement(state: ORMExecuteState) -> None:
    """An UPDATE of governed rows is about to run: which rows it will change."""
    if not state.is_update or not isinstance(state.statement, Update):
        return
    table = state.statement.table
    if not isinstance(table, Table) or table.name not in GOVERNED:
        return
    found = select(*(table.c[n] for n in _key_names(table)))
    if state.statement.whereclause is not None:
        found = found.where(state.statement.whereclause)
    if state.session.get_bind().dialect.name == "postgresql":
        found = found.with_for_update()
    saw_keys(state.session, table, state.session.execute(found, state.parameters or {}).all())


def saw_rollback(session: Session, previous: SessionTransaction) -> None:
    """A savepoint or the whole transaction was taken back."""
    if not previous.nested:
        session.info.pop(_WRITTEN, None)
        return
    for written in session.info.get(_WRITTEN, {}).values():
        written.doubt()


def take_written(session: Session) -> dict[str, dict[Key, bytes]]:
    """Digests of what the transaction has written, by table and key; flush before."""
    tables: dict[str, _Written] = session.info.pop(_WRITTEN, {})
    return {
        name: {k: d for k, d in written.fresh.items() if k not in written.again}
        | _read_again(session, name, written.again)
        for name, written in sorted(tables.items())
    }


def _read_again(session: Session, name: str, keys: set[Key]) -> dict[Key, bytes]:
    rows = dict(read_rows(session, name, sorted(keys, key=str)))
    columns = list(zip(*rows.values(), strict=True))
    alg = keeping_of(session).alg
    return dict(zip(rows, row_digests(columns, alg), strict=True)) if rows else {}


# --- reading ----------------------------------------------------------------------------------


def _plain(part: Any) -> Key:
    return part if isinstance(part, int) else key_of([part])


def key_of(parts: Iterable[Any]) -> Key:
    """A primary key as digests name it."""
    whole = list(parts)
    if len(whole) == 1 and isinstance(whole[0], int | str):
        return whole[0]
    return "|".join(p.isoformat() if isinstance(p, date) else str(p) for p in whole)


def read_rows(session: Session, name: str, keys: Sequence[Key]) -> Iterator[tuple[Key, list[Any]]]:
    """The governed columns of the rows with these keys, those that are there.

    A value that cannot be read comes as an exception in its place; it is none of ours.
    """
    table = Base.metadata.tables[name]
    for start in range(0, len(keys), _AT_ONCE):
        some = keys[start : start + _AT_ONCE]
        try:
            yield from list(_read(session, table, some, GOVERNED[name]))
        except UNREADABLE:
            for key in some:
                yield from _read_by_column(session, table, key)


def _read(
    session: Session, table: Table, keys: Sequence[Key], columns: Sequence[str]
) -> Iterator[tuple[Key, list[Any]]]:
    names, texts = _key_names(table), _json_names(table)
    shown = [cast(table.c[c], Text) if c in texts else table.c[c] for c in columns]
    own = [table.c[n] for n in names]
    wanted = [_parts(table, key) for key in keys]
    among = own[0].in_([w[0] for w in wanted]) if len(own) == 1 else tuple_(*own).in_(wanted)
    places = [i for i, c in enumerate(columns) if c in texts]
    for row in session.execute(select(*own, *shown).where(among)):
        values = list(row[len(own) :])
        for i in places:  # no JSON and JSON's own null say the same
            values[i] = "null" if values[i] is None else values[i]
        yield key_of(row[: len(own)]), values


def _read_by_column(session: Session, table: Table, key: Key) -> Iterator[tuple[Key, list[Any]]]:
    values: list[Any] = []
    for column in GOVERNED[table.name]:
        try:
            found = list(_read(session, table, [key], [column]))
        except UNREADABLE as fault:
            values.append(fault)
            continue
        if not found:
            return
        values += found[0][1]
    yield key, values


def all_keys(session: Session, name: str) -> Iterator[Key]:
    """The keys of all rows of a table, in no order."""
    table = Base.metadata.tables[name]
    own = [table.c[n] for n in _key_names(table)]
    with session.execute(select(*own).execution_options(yield_per=5_000)) as rows:
        for row in rows:
            yield key_of(row)


@lru_cache(maxsize=200)
def _key_names(table: Table) -> tuple[str, ...]:
    return tuple(c.name for c in table.primary_key)


@lru_cache(maxsize=200)
def _json_names(table: Table) -> frozenset[str]:
    return frozenset(c.name for c in table.columns if isinstance(c.type, JSON))


def _parts(table: Table, key: Key) -> tuple[Any, ...]:
    """The values of a primary key from the way digests name it."""
    kinds = [_PARTS.get(type(c.type), str) for c in table.primary_key]
    texts = [key] if len(kinds) == 1 else str(key).split("|")
    return tuple(kind(t) for kind, t in zip(kinds, texts, strict=True))
