"""Runs of the daily sweep, who may start them, and alarms that stop them."""

from datetime import date, datetime

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, Id


class SweepRun(Base):
    """One run; unfinished while `finished_at` is empty. The number orders finished runs."""

    __tablename__ = "sweep_run"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    as_of: Mapped[date]
    #: The business day a scheduler ran it for: unique, so that two schedulers do it once.
    scheduled_for: Mapped[date | None] = mapped_column(unique=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    duties: Mapped[int] = mapped_column(Integer, default=0)
    alerts: Mapped[int] = mapped_column(Integer, default=0)
    leads: Mapped[int] = mapped_column(Integer, default=0)


class SweepShard(Base):
    """The part of a run that lies inside some regions, or outside of them all: one job.

    The shards of a run are all inside different regions but one, which is what is left.
    """

    __tablename__ = "sweep_shard"
    __table_args__ = (Index("ix_sweep_shard_run_id", "run_id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("sweep_run.id"))
    inside: Mapped[bool] = mapped_column(Boolean)
    #: Beginnings of codes of regions.
    regions: Mapped[list[str]] = mapped_column(JSON)
    duties: Mapped[int] = mapped_column(Integer, default=0)
    alerts: Mapped[int] = mapped_column(Integer, default=0)
    leads: Mapped[int] = mapped_column(Integer, default=0)
    finished_at: Mapped[datetime | None]


class Lease(Base):
    """Who leads a job for now; it runs out by itself."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(120))
    until: Mapped[datetime]


class ClockAlarm(Base):
    """Two clocks disagreed; nothing is swept until a person has acknowledged it."""

    __tablename__ = "clock_alarm"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    raised_at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(String(300))
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(120))


class Mark(Base):
    """Small facts the service keeps about itself, such as the policy its timers are keyed by."""

    __tablename__ = "mark"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))
