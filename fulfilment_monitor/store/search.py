"""The words of each contract: FTS5 on SQLite, a tsvector with its GIN index on PostgreSQL.

The table is made by a migration and known to no model: on SQLite it is a virtual one.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    String,
    TableClause,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal_column,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import InstrumentedAttribute, Session

from ..domain.search import Phrase

_NAME = "search_contract"
#: The number of the contract in either table.
_NUMBER = {"sqlite": "rowid", "postgresql": "contract_id"}
#: How many of the newest contracts are looked through before the index is asked.
_NEAR = 20_000
_REPLACE = {
    "sqlite": text(
        "INSERT OR REPLACE INTO search_contract (rowid, words) VALUES (:number, :words)"
    ),
    "postgresql": text(
        "INSERT INTO search_contract VALUES (:number, CAST(:words AS tsvector))"
        " ON CONFLICT (contract_id) DO UPDATE SET words = excluded.words"
    ),
}
_DIFFERING = text(
    "SELECT g.number FROM unnest(CAST(:numbers AS bigint[]), CAST(:vectors AS text[]))"
    " AS g (number, words) LEFT JOIN search_contract s ON s.contract_id = g.number"
    " WHERE s.words IS DISTINCT FROM CAST(g.words AS tsvector) ORDER BY 1"
)
_DIFFERING_SQLITE = text(
    "SELECT g.value ->> 0 FROM json_each(:given) g LEFT JOIN search_contract s"
    " ON s.rowid = g.value ->> 0 WHERE s.words IS NOT g.value ->> 1 ORDER BY 1"
)


def write_words(session: Session, words: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Enter the words of contracts that have just been registered, by their numbers."""
    if session.get_bind().dialect.name == "sqlite":
        rows = [(number, " ".join(found)) for number, found in words]
        insert = f"INSERT INTO {_NAME} (rowid, words) VALUES (?, ?)"  # noqa: S608 — our own name
        session.connection().exec_driver_sql(insert, rows)
        return
    driver: Any = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {_NAME} FROM STDIN") as copy:
        for number, found in words:
            copy.write_row((number, _vector(found)))


def differing(session: Session, words: Sequence[tuple[int, Sequence[str]]]) -> list[int]:
    """Of contracts and the words they should have: the numbers of those that have others."""
    if session.get_bind().dialect.name == "sqlite":
        given = json.dumps([(number, " ".join(found)) for number, found in words])
        return list(session.scalars(_DIFFERING_SQLITE, {"given": given}))
    numbers = [number for number, _ in words]
    vectors = [_vector(found) for _, found in words]
    return list(session.scalars(_DIFFERING, {"numbers": numbers, "vectors": vectors}))


def replace_words(session: Session, words: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Enter the words of contracts in place of those they have, if they have any."""
    if not words:
        return
    dialect = session.get_bind().dialect.name
    written = " ".join if dialect == "sqlite" else _vector
    rows = [{"number": number, "words": written(found)} for number, found in words]
    session.execute(_REPLACE[dialect], rows)


def _vector(words: Sequence[str]) -> str:
    """A tsvector as it is written: each word with its place, so that phrases can be asked for."""
    return " ".join(f"'{word}':{place}" for place, word in enumerate(words, 1))


def searched(session: Session) -> tuple[TableClause, ColumnElement[int]]:
    """The table to join, and its column with the number of the contract."""
    name = _NUMBER[session.get_bind().dialect.name]
    found = table(_NAME, column(name, BigInteger))
    return found, found.c[name]


def holds(session: Session, phrases: Sequence[Phrase]) -> ColumnElement[bool]:
    """Whether a row of the table holds every phrase."""
    if session.get_bind().dialect.name == "sqlite":
        asked = " AND ".join(_fts5(p) for p in phrases)
        condition: Any = text(f"{_NAME} MATCH :words").bindparams(words=asked)
        return condition
    asked = " & ".join(_tsquery(p) for p in phrases)
    # Written out: a plan that is kept for any words at all reads the whole table for a rare one.
    words = bindparam("words", asked, String, literal_execute=True)
    return literal_column(f"{_NAME}.words").op("@@")(cast(words, TSQUERY))


def hits(session: Session, phrases: Sequence[Phrase], most: int) -> int:
    """How many rows hold every phrase; counted no further than `most`."""
    words, number = searched(session)
    found = select(number).select_from(words).where(holds(session, phrases)).limit(most)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def speaks(
    session: Session, contract_id: InstrumentedAttribute[int], phrases: Sequence[Phrase]
) -> ColumnElement[bool]:
    """Whether a contract holds every phrase: its one row of words is looked up."""
    words, number = searched(session)
    return exists().select_from(words).where(number == contract_id, holds(session, phrases))


def stretches(
    session: Session,
    source: FromClause,
    number: ColumnElement[int],
    where: Sequence[ColumnElement[bool]],
    before: int | None,
) -> Iterator[Select[Any]]:
    """Numbers of the contracts found, newest first: of each stretch in turn until a page is full.

    PostgreSQL would rather walk from the newest back than sort what its index finds, which for a
    rare word means the whole table. So it walks a short way, where common words fill a page, and
    sorts only what is found of the others.

    Args:
        source: the table of words, joined to what `where` speaks of; `number` is its column.
    """
    found = select(number).select_from(source).where(*where)
    if before is not None:
        found = found.where(number < before)
    if session.get_bind().dialect.name == "sqlite":  # FTS5 keeps its rows in this order
        yield found.order_by(number.desc())
        return
    newest: Any = before
    if before is None:
        newest = select(func.max(number)).correlate(None).scalar_subquery() + 1
    yield found.where(number >= newest - _NEAR).order_by(number.desc())
    yield found.order_by((number + 0).desc())


def _fts5(phrase: Phrase) -> str:
    return f'"{" ".join(phrase.words)}"' + (" *" if phrase.open_end else "")


def _tsquery(phrase: Phrase) -> str:
    quoted = [f"'{word}'" for word in phrase.words]
    if phrase.open_end:
        quoted[-1] += ":*"
    return f"({' <-> '.join(quoted)})"
