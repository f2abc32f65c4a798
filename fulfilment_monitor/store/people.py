"""People and the posts they hold in bodies, from day to day."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.authority import CAPACITIES
from .base import Base, Id, one_of


class Person(Base):
    """Somebody who acts; an enterprise's staff and complainants are not among them."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    ulid: Mapped[str] = mapped_column(String(26), unique=True)
    #: The staff number or account by which the person is known; never reused.
    handle: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))


class Posting(Base):
    """A person acts in a capacity for a body, from a day on; kept when it ends."""

    __tablename__ = "posting"
    __table_args__ = (
        UniqueConstraint("person_id", "body_id", "role", "from_on"),
        Index("ix_posting_body_id", "body_id", "role"),
        CheckConstraint("until_on IS NULL OR until_on > from_on", name="forwards"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    body_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    role: Mapped[str] = mapped_column(one_of(CAPACITIES, "role"))
    from_on: Mapped[date]
    #: The first day it holds no more; empty while it holds.
    until_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))
