"""What a partner holds of a day beside what it should: by count and digest, then by name.

An acknowledgement is a word; this is the proof. What is missing is sent again, and just that.
Source: 蚌信用办〔2024〕1号 二（三）: 实时全量共享.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain.deliveries import Answer, Held, State, digest_of_day, read_held
from ..store.partners import Delivery, Partner, Reconciliation
from . import delivery_marks, partners
from .deliveries import Line, Way, line_to
from .delivery_forms import is_same

#: How far back days are compared that did not agree, or never were.
_BACK_DAYS = 35
#: The receipt of what was found by comparison.
FOUND = "reconciled"
_RESENT = "missing-there"
_KEPT = 1000


class Compared(NamedTuple):
    """How one day of one partner was found."""

    partner: str
    day: date
    agrees: bool
    our_count: int
    their_count: int
    #: The ids sent again, and how many it holds that we do not know.
    missing: tuple[str, ...]
    unknown: int


def reconcile(way: Way, *, partner: str = "", day: date | None = None) -> list[Compared]:
    """Compare the days that are due, or one; returns what was found. Nothing else is asked.

    Days are due that are over and did not agree yet, back to five weeks; a partner that does not
    answer is asked another time.
    """
    found = []
    form = way.form()
    with way.sessions.begin() as session:
        lines = [
            (p.id, line)
            for p in partners.live(session, form.today)
            if partner in ("", p.code) and (line := line_to(session, p, form, way.now()))
        ]
        due = [(n, line, day or d) for n, line in lines for d in _due(session, n, form.today, day)]
    for number, line, each in due:
        compared = _compare(way, number, line, each)
        if compared is not None:
            found.append(compared)
    return found


def _due(session: Session, partner: int, today: date, day: date | None) -> list[date]:
    if day is not None:
        return [day]
    days = select(Delivery.day).where(
        Delivery.partner_id == partner,
        Delivery.day < today,
        Delivery.day >= today - timedelta(_BACK_DAYS),
    )
    latest = (
        select(func.max(Reconciliation.id))
        .where(Reconciliation.partner_id == partner)
        .group_by(Reconciliation.day)
    )
    agreed = select(Reconciliation.day).where(Reconciliation.id.in_(latest), Reconciliation.agrees)
    wanted = set(session.scalars(days.distinct())) | {today - timedelta(1)}
    return sorted(wanted - set(session.scalars(agreed)))


def _compare(way: Way, number: int, line: Line, day: date) -> Compared | None:
    held = _held(way.carrier.held(line, day, items=False))
    if held is None:
        return None
    with way.sessions.begin() as session:
        if _agrees(_expected(session, number, day), held):  # never so of keyed digests
            return _write(session, number, line.code, day, held, (), 0, way.now())
    held = _held(way.carrier.held(line, day, items=True))
    if held is None or held.items is None:
        return None
    with way.sessions.begin() as session:
        return _settle(session, number, line.code, day, held, way)


def _held(answer: Answer | None) -> Held | None:
    return read_held(answer.content) if answer is not None and answer.status == 200 else None


def _rows(session: Session, partner: int, day: date) -> list[Delivery]:
    query = select(Delivery).where(Delivery.partner_id == partner, Delivery.day == day)
    return list(session.scalars(query.order_by(Delivery.id).with_for_update()))


def _expected(session: Session, partner: int, day: date) -> dict[str, str]:
    """What the partner took in of a day, and should hold: by id the digest."""
    theirs = (State.ACKNOWLEDGED.value, State.TAKEN.value)
    return {r.ulid: str(r.digest) for r in _rows(session, partner, day) if r.state in theirs}


def _agrees(ours: dict[str, str], held: Held) -> bool:
    return held.number == len(ours) and held.digest == digest_of_day(ours.items())


def _settle(
    session: Session,
    partner: int,
    code: str,
    day: date,
    held: Held,
    way: Way,
) -> Compared:
    """Name what is missing and have it sent again; what is there unheard of is acknowledged."""
    theirs, now, secrets = dict(held.items or {}), way.now(), way.form().secrets
    missing: list[str] = []
    for row in _rows(session, partner, day):
        is_there = is_same(row, theirs.pop(row.ulid, None), secrets)
        if is_there and row.state != State.ACKNOWLEDGED.value:
            # Overtaken too: it arrived, its answer was lost, and then a later version came.
            delivery_marks.acknowledge(session, row, FOUND, now)
        elif not is_there and row.state in (State.TAKEN.value, State.ACKNOWLEDGED.value):
            row.state, row.why = State.WAITING.value, _RESENT
            row.next_at, row.acknowledged_at, row.claimed_until = now, None, None
            missing.append(row.ulid)
    session.flush()
    return _write(session, partner, code, day, held, tuple(missing), len(theirs), now)


def _write(
    session: Session,
    partner: int,
    code: str,
    day: date,
    held: Held,
    missing: tuple[str, ...],
    unknown: int,
    now: datetime,
) -> Compared:
    ours = _expected(session, partner, day)
    agrees = not missing and held.number == len(ours)  # what is unknown there is one more
    if agrees:
        for row in _rows(session, partner, day):
            if row.state == State.TAKEN.value:
                delivery_marks.acknowledge(session, row, FOUND, now)
    count = len(ours) + len(missing)
    session.add(
        Reconciliation(
            partner_id=partner,
            day=day,
            at=now,
            our_count=count,
            our_digest=digest_of_day(ours.items()),
            their_count=held.number,
            their_digest=held.digest,
            agrees=agrees,
            missing=list(missing[:_KEPT]),
            unknown=unknown,
        )
    )
    session.flush()
    return Compared(code, day, agrees, count, held.number, missing, unknown)


class Shown(NamedTuple):
    """A comparison in a list."""

    partner: str
    day: date
    at: datetime
    agrees: bool
    our_count: int
    their_count: int
    missing: int
    unknown: int


def list_reconciliations(session: Session, *, partner: str = "", limit: int = 50) -> list[Shown]:
    """Comparisons, the newest first."""
    query = select(Reconciliation, Partner.code).join(
        Partner, Partner.id == Reconciliation.partner_id
    )
    if partner:
        query = query.where(Partner.code == partner)
    return [
        Shown(code, r.day, r.at, r.agrees, r.our_count, r.their_count, len(r.missing), r.unknown)
        for r, code in session.execute(query.order_by(Reconciliation.id.desc()).limit(limit))
    ]
