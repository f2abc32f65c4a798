"""Conditions on many values at once: one parameter however many there are."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, any_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session


def among(
    session: Session, column: InstrumentedAttribute[Any], numbers: Collection[int]
) -> ColumnElement[bool]:
    """Whether a column holds one of some numbers."""
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(bindparam(None, list(numbers), type_=ARRAY(BigInteger)))
    listed = select(text("value")).select_from(func.json_each(json.dumps(list(numbers))))
    return column.in_(listed)
