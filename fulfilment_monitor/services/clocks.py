"""Clocks that disagree stop the sweep until a person has looked.

The application's clock is compared with the database's and, in a process that stays up, with a
clock that never jumps; never with the last run: being down for days is no jump.
"""

from datetime import UTC, datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.errors import ClockAlarm as Alarmed
from ..store.sweeps import ClockAlarm
from . import audit

_READ = {
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
    "sqlite": "SELECT (julianday('now') - 2440587.5) * 86400.0",
}


def database_offset_seconds(session: Session, now: datetime) -> int:
    """Whole seconds by which the database's clock is ahead of ours."""
    read = session.scalar(text(_READ[session.get_bind().dialect.name]))
    return round(float(read or 0) - now.timestamp())


def watch_clocks(
    session: Session, *, now: datetime, elapsed_offset_seconds: int, tolerance_seconds: int
) -> str | None:
    """Raise an alarm when clocks differ by more than the tolerance; returns its text.

    Args:
        elapsed_offset_seconds: what our clock moved beyond what the steady clock says passed.
    """
    ahead = database_offset_seconds(session, now)
    faults = []
    if abs(ahead) > tolerance_seconds:
        faults.append(f"数据库时钟与应用时钟相差 {ahead} 秒")
    if abs(elapsed_offset_seconds) > tolerance_seconds:
        faults.append(f"应用时钟跳变 {elapsed_offset_seconds} 秒")
    if not faults:
        return None
    detail = "；".join(faults)
    if _open_alarm(session) is None:
        session.add(ClockAlarm(raised_at=now, detail=detail))
        session.flush()
    return detail


def _open_alarm(session: Session) -> ClockAlarm | None:
    query = select(ClockAlarm).where(ClockAlarm.acknowledged_at.is_(None))
    return session.scalars(query.order_by(ClockAlarm.id).limit(1)).one_or_none()


def refuse_while_alarmed(session: Session) -> None:
    """Stop before anything is decided by a clock nobody trusts.

    Raises:
        ClockAlarm: an alarm has not been acknowledged.
    """
    alarm = _open_alarm(session)
    if alarm is not None:
        raised = alarm.raised_at.astimezone(UTC).isoformat(timespec="seconds")
        raise Alarmed(f"时钟告警未确认（{raised}）：{alarm.detail}", alarm=alarm.id)


def acknowledge(session: Session, *, by: Actor, now: datetime) -> int:
    """A person has looked at the clocks; sweeps go on. Returns how many alarms were open."""
    count = session.scalar(
        select(func.count()).select_from(ClockAlarm).where(ClockAlarm.acknowledged_at.is_(None))
    )
    session.execute(
        update(ClockAlarm)
        .where(ClockAlarm.acknowledged_at.is_(None))
        .values(acknowledged_at=now, acknowledged_by=by.name)
    )
    audit.note(session, by, "clock.acknowledge", "clock_alarm", "all", {"open": count}, now=now)
    return count or 0
