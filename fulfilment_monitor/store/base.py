"""The declarative base and the column types every table shares."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Date, DateTime, Enum, Integer, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant on every database; refuses naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime; pass an aware one")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _day_of(number: object) -> object:
    """The day with a number; what is no number is nothing, or a sum of SQLite's own."""
    return date.fromordinal(number) if isinstance(number, int) else number


class Day(TypeDecorator[date]):
    """A Beijing civil day: DATE on PostgreSQL, the day's ordinal number on SQLite.

    SQLite has no date type; as a number, a day can be added to, compared and indexed there
    just as a PostgreSQL date can, so one statement serves both. Day 1 is 0001-01-01.
    """

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[object]:
        kind: TypeEngine[Any] = Integer() if dialect.name == "sqlite" else Date()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: date | None, dialect: Dialect) -> object:
        if value is None or dialect.name != "sqlite":
            return value
        return value.toordinal()

    def bind_processor(self, dialect: Dialect) -> Any:
        return super().bind_processor(dialect) if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """PostgreSQL's driver speaks in dates already; nothing is looked at twice."""
        return _day_of if dialect.name == "sqlite" else None

    def coerce_compared_value(self, op: object, value: object) -> TypeEngine[object]:
        return Integer() if isinstance(value, int) else self  # type: ignore[return-value]


#: Inside numbers: eight bytes on both databases.
Id = BigInteger().with_variant(Integer, "sqlite")


def one_of(values: type[StrEnum] | Iterable[str], name: str) -> Enum:
    """A text column that holds one of some codes, checked by the database."""
    codes = [str(v) for v in values]
    return Enum(*codes, name=name, native_enum=False, create_constraint=True, length=40)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {date: Day(), datetime: UtcDateTime()}  # noqa: RUF012 — SQLAlchemy's
