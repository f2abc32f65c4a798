"""Conditions on many values at once: one parameter however many there are."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    TableValuedAlias,
    any_,
    bindparam,
    cast,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import NullType, TypeEngine


def among(
    session: Session, column: InstrumentedAttribute[Any], numbers: Collection[int]
) -> ColumnElement[bool]:
    """Whether a column holds one of some numbers."""
    dialect = session.get_bind().dialect.name
    return _holds(dialect, column, bindparam(None, written(dialect, numbers), type_=NullType()))


def among_named(
    dialect: str, column: InstrumentedAttribute[Any] | Column[Any], name: str
) -> ColumnElement[bool]:
    """As `among`, in a statement that is made once: the numbers come under a name, `written`."""
    return _holds(dialect, column, bindparam(name, type_=NullType()))


def written(dialect: str, numbers: Collection[int]) -> str:
    """Numbers as one parameter; written out here, which is quicker than the driver's own way."""
    listed = json.dumps(list(numbers))
    return f"{{{listed[1:-1]}}}" if dialect == "postgresql" else listed


def _holds(dialect: str, column: Any, numbers: BindParameter[Any]) -> ColumnElement[bool]:
    """PostgreSQL gets them as of no type, and reads them once: as a text they would be read again
    for every row they are held against."""
    found: ColumnElement[bool]
    if dialect == "postgresql":
        found = column == any_(cast(numbers, ARRAY(BigInteger)))
    else:
        found = column.in_(select(text("value")).select_from(func.json_each(numbers)))
    return found


def table_of(session: Session, values: Collection[Any], kind: TypeEngine[Any]) -> TableValuedAlias:
    """Some values as a table of one column, `value`."""
    if session.get_bind().dialect.name == "postgresql":
        listed = bindparam(None, list(values), type_=ARRAY(kind), unique=True)
        return func.unnest(listed).table_valued("value").render_derived()
    return func.json_each(json.dumps(list(values))).table_valued("value")
