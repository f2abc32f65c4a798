"""Conditions on many values at once: one parameter however many there are."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    BigInteger,
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
    listed = json.dumps(list(numbers))
    if session.get_bind().dialect.name == "postgresql":
        # Written out here, which is quicker than the driver's own way; and of no type, so that the
        # server reads it once: as a text it would be read again for every row it is held against.
        array = bindparam(None, f"{{{listed[1:-1]}}}", type_=NullType())
        return column == any_(cast(array, ARRAY(BigInteger)))
    return column.in_(select(text("value")).select_from(func.json_each(listed)))


def table_of(session: Session, values: Collection[Any], kind: TypeEngine[Any]) -> TableValuedAlias:
    """Some values as a table of one column, `value`."""
    if session.get_bind().dialect.name == "postgresql":
        listed = bindparam(None, list(values), type_=ARRAY(kind), unique=True)
        return func.unnest(listed).table_valued("value").render_derived()
    return func.json_each(json.dumps(list(values))).table_valued("value")
