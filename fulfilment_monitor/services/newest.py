"""The newest of what somebody sees, found without walking through all that others see.

A list is in one order for everybody. Whoever sees much of it finds a page among the newest rows;
whoever sees little would walk through the whole table for it. So a page is looked for in two ways,
one after the other: among so many of the newest, and, where these do not fill it, in the indexes
that lead to what is in sight: by region, body, enterprise, or the contract itself.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    String,
    func,
    select,
    true,
    union,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from ..store.contracts import Contract
from ..store.sets import table_of
from .sight import Sight, of_contracts, of_desks
from .tallies import regions_within

#: How many of the newest rows of a table are looked through before the indexes are asked.
NEAR = 2_000

Conditions = Sequence[ColumnElement[bool]]


class Way(NamedTuple):
    """A column of contracts with an index, and the values by which contracts are in sight."""

    column: InstrumentedAttribute[Any]
    values: list[Any]


def ways_to(session: Session, seen: Sight) -> list[Way]:
    """What leads to all contracts in sight; a contract may be come to in several ways."""
    regions = sorted({r for stem in seen.stems for r in regions_within(session, stem)})
    held = list(session.scalars(of_desks(session, seen))) if seen.desks else []
    firms = [] if seen.enterprise is None else [seen.enterprise]
    found = (
        Way(Contract.region, regions),
        Way(Contract.government_id, sorted(seen.bodies)),
        Way(Contract.enterprise_id, firms),
        Way(Contract.id, held),
    )
    return [way for way in found if way.values]


def in_sight(session: Session, seen: Sight, where: Conditions = ()) -> Select[Any] | None:
    """The numbers of all contracts in sight, each once; None where that is every contract.

    Args:
        where: what they have to fulfil besides; conditions on `Contract`.
    """
    if not of_contracts(session, seen):
        return None
    parts = [
        select(Contract.id).where(way.column == _key(session, way).c.value, *where)
        for way in ways_to(session, seen)
    ]
    if not parts:
        return select(Contract.id).where(~true())
    return parts[0] if len(parts) == 1 else select(union(*parts).subquery().c.id)


def contracts(
    session: Session, seen: Sight, where: Conditions, before: int | None, limit: int | None
) -> Iterator[Select[Any]]:
    """Where to look for the numbers of the newest contracts in sight, one look after the other.

    Args:
        where: what they have to fulfil besides; conditions on `Contract`.
        before: only those with a smaller number.
    """
    behind = [*where] if before is None else [*where, Contract.id < before]
    newest_first = select(Contract.id).order_by(Contract.id.desc())
    scope = of_contracts(session, seen)
    if not scope or limit is None:
        yield newest_first.where(*scope, *behind)
        return
    yield newest_first.where(*scope, *behind, near(session, Contract.id, before))
    ways = ways_to(session, seen)
    if not ways:
        return
    found = union(*(_newest_by(session, way, behind, limit) for way in ways)).subquery()
    yield select(found.c[0]).order_by(found.c[0].desc())


def near(
    session: Session, number: InstrumentedAttribute[int], before: int | None
) -> ColumnElement[bool]:
    """Whether a row is among the newest of its table, or of those before a number.

    The bound is a number and no subquery: PostgreSQL would take that for a third of the table.
    """
    newest = before
    if newest is None:
        newest = (session.scalar(select(func.max(number))) or 0) + 1
    return number.between(newest - NEAR, newest)


def filled(session: Session, looks: Iterator[Select[Any]], limit: int | None) -> Sequence[Row[Any]]:
    """What the first of some looks finds that fills the page; else what the last one does."""
    rows: Sequence[Row[Any]] = []
    for look in looks:
        rows = session.execute(look.limit(limit)).all()
        if limit is not None and len(rows) == limit:
            break
    return rows


def _key(session: Session, way: Way) -> Any:
    """The values of a way as a table of one column, `value`: one parameter however many."""
    kind: Any = String() if way.column is Contract.region else BigInteger()
    return table_of(session, way.values, kind)


def _newest_by(session: Session, way: Way, where: Conditions, limit: int) -> Select[Any]:
    """The newest of each value, each found at the end of its stretch of the index."""
    key = _key(session, way)
    own = select(Contract.id).where(way.column == key.c.value, *where)
    own = own.order_by(Contract.id.desc()).limit(limit)
    if session.get_bind().dialect.name == "postgresql":
        beside = own.lateral()
        return select(beside.c.id).select_from(key).join(beside, true())
    contract = aliased(Contract)
    found = contract.id.in_(own.correlate(key))
    return select(contract.id).select_from(key).join(contract, found)
