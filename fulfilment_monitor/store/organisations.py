"""Bodies and enterprises, and who took over from whom."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ..domain.bodies import Matter
from ..domain.parties import Side
from .base import Base, Id, one_of


class Organisation(Base):
    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: The unified social credit code, or `scheme:id` in a foreign register.
    code: Mapped[str] = mapped_column(String(120), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    side: Mapped[str] = mapped_column(one_of(Side, "side"))
    #: 机关 or 事业单位; empty for enterprises.
    kind: Mapped[str | None] = mapped_column(String(20))
    #: GB/T 2260 code of the place a body serves, and its level; empty while nobody has said.
    region: Mapped[str | None] = mapped_column(String(6))
    level: Mapped[str | None] = mapped_column(String(20))
    recorded_at: Mapped[datetime]


class Succession(Base):
    """From a day on, one body answers for another; both stay on the register."""

    __tablename__ = "succession"
    __table_args__ = (
        UniqueConstraint("predecessor_id", "from_on"),
        CheckConstraint("predecessor_id <> successor_id", name="two_bodies"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    from_on: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))


class Subordination(Base):
    """Which body stands above another, from a day on; a body has one superior at a time."""

    __tablename__ = "subordination"
    __table_args__ = (
        UniqueConstraint("body_id", "from_on"),
        CheckConstraint("body_id <> superior_id", name="two_bodies"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    body_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    superior_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    from_on: Mapped[date]
    #: The first day it holds no more; empty while it holds.
    until_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))


class Competence(Base):
    """Which body is competent for a matter in a region, from a day on."""

    __tablename__ = "competence"
    __table_args__ = (
        UniqueConstraint("matter", "region", "from_on"),
        Index("ix_competence_body_id", "body_id"),
    )

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    matter: Mapped[str] = mapped_column(one_of(Matter, "matter"))
    region: Mapped[str] = mapped_column(String(6))
    body_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(120))
