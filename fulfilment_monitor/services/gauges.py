"""How the service stands, as numbers for whoever watches it."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ..domain.metrics import Sample, sample
from ..store.audit import AuditAnchor, AuditEntry, AuditHead
from ..store.exchange import OutboxMessage
from ..store.sweeps import ClockAlarm, Lease, SweepRun
from . import workers
from .office import Office

_NEVER = float("inf")


def gauges(
    session: Session, office: Office, topics: Iterable[str], *, now: datetime, today: date
) -> list[Sample]:
    """Every number that the database knows.

    Args:
        topics: those somebody is meant to send; others wait for nobody.
    """
    return [
        *_sweeps(session, now),
        *_outbox(session, sorted(topics), now),
        *_record(session, now),
        *_law(office, today),
    ]


def _age(then: datetime | None, now: datetime) -> float:
    return _NEVER if then is None else max((now - then).total_seconds(), 0.0)


def _sweeps(session: Session, now: datetime) -> list[Sample]:
    done = session.scalar(
        select(func.max(SweepRun.finished_at)).where(SweepRun.scheduled_for.is_not(None))
    )
    until = session.scalar(select(Lease.until).where(Lease.name == "sweep"))
    alarms = select(func.count(ClockAlarm.id)).where(ClockAlarm.acknowledged_at.is_(None))
    found = [
        sample("fm_sweep_age_seconds", _age(done, now)),
        sample("fm_clock_alarms", session.scalar(alarms) or 0),
        sample("fm_workers", len(workers.list_workers(session, now=now))),
    ]
    if until is not None:
        found.append(sample("fm_sweep_lease_seconds", (until - now).total_seconds()))
    return found


def _outbox(session: Session, topics: list[str], now: datetime) -> list[Sample]:
    o = OutboxMessage
    query = (
        select(o.topic, func.count(), func.min(o.queued_at))
        .where(o.sent_at.is_(None), o.topic.in_(topics))
        .group_by(o.topic)
    )
    waits: dict[str, tuple[int, datetime]] = {
        row[0]: (row[1], row[2]) for row in session.execute(query)
    }
    found = []
    for topic in topics:
        count, since = waits.get(topic, (0, now))
        found.append(sample("fm_outbox_waiting", count, topic=topic))
        found.append(sample("fm_outbox_oldest_seconds", _age(since, now), topic=topic))
    oldest = select(o.queued_at).where(o.feed_no.is_(None)).order_by(o.id).limit(1)
    found.append(sample("fm_feed_oldest_seconds", _age(session.scalar(oldest) or now, now)))
    return found


def _record(session: Session, now: datetime) -> list[Sample]:
    entries = session.scalar(select(func.sum(AuditHead.seq))) or 0
    head = select(AuditEntry.at).join(
        AuditHead, and_(AuditHead.chain == AuditEntry.chain, AuditHead.seq == AuditEntry.seq)
    )
    newest = max(session.scalars(head), default=None)
    anchored = session.scalar(select(AuditAnchor.at).order_by(AuditAnchor.id.desc()).limit(1))
    return [
        sample("fm_audit_entries", entries),
        sample("fm_audit_head_age_seconds", _age(newest, now)),
        sample("fm_anchor_age_seconds", _age(anchored, now)),
    ]


def _law(office: Office, today: date) -> list[Sample]:
    """How long what is loaded of the law lasts."""
    known = office.statute.calendar.years
    last = today.year - 1
    while last + 1 in known:
        last += 1
    rates = office.statute.lpr.days
    newest = max((day for day in rates if day <= today), default=None)
    age = _NEVER if newest is None else (today - newest).days
    return [
        sample("fm_calendar_horizon_days", (date(last, 12, 31) - today).days),
        sample("fm_lpr_age_days", age),
    ]
