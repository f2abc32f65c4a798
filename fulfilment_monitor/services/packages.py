"""The package of each calendar day: all messages of the day for a platform, and an empty one too.

It is a second way to the same end: items have the ids they have as messages, and whoever holds one
already takes it for what it is. A day whose package nobody holds is found and told.
Source: 黑营商发〔2023〕19号 一: 每日通过省政务数据共享交换平台.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..domain.clocks import BEIJING
from ..domain.deliveries import (
    Outcome,
    Said,
    State,
    back_off,
    digest_of_day,
    read_answer,
    read_receipt,
)
from ..domain.partners import RECORDS
from ..domain.platforms import Unmappable
from ..store.exchange import OutboxMessage
from ..store.ids import new_ulid
from ..store.once import insert_once
from ..store.organisations import Organisation
from ..store.partners import Delivery, Package, Partner
from . import delivery_forms, delivery_marks, exchange, notices, partners
from .deliveries import LEASE, Line, Parcel, Way, line_to
from .delivery_forms import NOT_IN_FORCE, Form, NotYet
from .office import Office

#: Items of one request; a day with more goes in parts.
PART = 500
#: A package has to be acknowledged so many days after its day, or somebody is told.
_LATE_DAYS = 2
#: Under which whoever leads an area is told that the package of a day is missing.
MISSING = "package.missing"
_ASK_AGAIN = timedelta(minutes=5)


def deliver(way: Way) -> int:
    """Make the packages of all days that are over, send what is due; returns how many are held."""
    form, now = way.form(), way.now()
    with way.sessions.begin() as session:
        waiting = _prepare(session, form, now)
    return sum(_send(way, number) for number in waiting)


def _prepare(session: Session, form: Form, now: datetime) -> list[int]:
    """The packages that are due, by number; those of new days are made."""
    found: list[int] = []
    for partner in partners.live(session, form.today):
        if not partner.daily:
            continue
        days = _days(partner, form.today)
        known = set(session.scalars(select(Package.day).where(Package.partner_id == partner.id)))
        rows = [_row(partner.id, day, now) for day in days if day not in known]
        insert_once(session, Package, rows, Package.ulid)
        query = select(Package.id).where(
            Package.partner_id == partner.id,
            Package.state.in_((State.WAITING.value, State.TAKEN.value)),
            Package.next_at <= now,
            or_(Package.claimed_until.is_(None), Package.claimed_until <= now),
        )
        found += session.scalars(query.order_by(Package.day))
    return found


def _days(partner: Partner, today: date) -> Iterable[date]:
    last = today if partner.until is None else min(today, partner.until)
    return (partner.since + timedelta(n) for n in range(max((last - partner.since).days, 0)))


def _row(partner: int, day: date, now: datetime) -> dict[str, Any]:
    return {
        "ulid": new_ulid(now),
        "partner_id": partner,
        "day": day,
        "state": State.WAITING.value,
        "attempts": 0,
        "refusals": 0,
        "next_at": now,
    }


class _Packed(NamedTuple):
    line: Line
    shown: dict[str, Any]
    parcels: list[Parcel]
    #: It was sent, and its receipt is still to come.
    asks: bool


def _send(way: Way, number: int) -> bool:
    """Send one package in its parts; whether the partner holds it now."""
    with way.sessions.begin() as session:
        packed = _pack(session, way.form(), number, way.now())
    if packed is None:
        return False
    outcome = _ask(way, packed) if packed.asks else _post(way, packed)
    with way.sessions.begin() as session:
        _mark(session, number, packed, outcome, way.now(), way.spread())
    return outcome.said is Said.ACKNOWLEDGED


def _ask(way: Way, packed: _Packed) -> Outcome:
    ulid = str(packed.shown["id"])
    return read_receipt(way.carrier.receipt(packed.line, ulid, packed.shown["day"]), ulid)


def _post(way: Way, packed: _Packed) -> Outcome:
    """All parts one after another; what the last one was answered, or the first that failed."""
    parts = [packed.parcels[n : n + PART] for n in range(0, len(packed.parcels), PART)] or [[]]
    outcome, day = Outcome(Said.UNAVAILABLE), packed.shown["day"].isoformat()
    for n, parcels in enumerate(parts, 1):
        items = [p.shown() for p in parcels]
        shown = {**packed.shown, "day": day, "part": n, "parts": len(parts), "items": items}
        outcome = read_answer(way.carrier.package(packed.line, shown), str(shown["id"]))
        if outcome.said not in (Said.ACKNOWLEDGED, Said.TAKEN):
            break
    return outcome


def _pack(session: Session, form: Form, number: int, now: datetime) -> _Packed | None:
    """A package as it stands, held for a while; None where it cannot be sent now."""
    query = select(Package).where(Package.id == number).with_for_update(skip_locked=True)
    package = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if package is None or (package.claimed_until is not None and package.claimed_until > now):
        return None
    partner = session.get_one(Partner, package.partner_id)
    line = line_to(session, partner, form, now)
    if line is None:
        return None
    mapping = form.platforms.find(partner.mapping)
    version = None if mapping is None else mapping.in_force(form.today)
    if mapping is not None and version is None:
        opens = datetime.combine(mapping.opens_on(), time(), BEIJING)
        package.why, package.next_at = NOT_IN_FORCE, max(opens, now + LEASE)
        return None
    parcels = _items(session, form, partner, package.day)
    package.why, package.claimed_until = None, now + LEASE
    package.count = len(parcels)
    package.digest = digest_of_day((p.ulid, p.digest) for p in parcels)
    package.mapping = None if version is None else version.name
    shown = {
        "id": package.ulid,
        "day": package.day,
        "mapping": version and {"code": version.mapping, "version": version.version},
        "count": package.count,
        "digest": package.digest,
    }
    return _Packed(line, shown, parcels, package.state == State.TAKEN.value)


def _items(session: Session, form: Form, partner: Partner, day: date) -> list[Parcel]:
    """The messages of a day in their form; what has none is refused as a message, not here."""
    query = (
        select(Delivery, OutboxMessage.body)
        .join(OutboxMessage, OutboxMessage.id == Delivery.message_id)
        .where(
            Delivery.partner_id == partner.id,
            Delivery.day == day,
            Delivery.topic == RECORDS,
            Delivery.state.not_in((State.OVERTAKEN.value, State.DEAD.value)),
        )
        .order_by(Delivery.id)
    )
    found = []
    for row, body in session.execute(query).all():
        try:
            content = delivery_forms.put(session, form, partner, row, body)
        except Unmappable:
            continue
        if not isinstance(content, NotYet):
            found.append(
                Parcel(
                    row.id, row.ulid, row.topic, row.key, row.version, row.day,
                    str(row.digest), content,
                )
            )  # fmt: skip
    session.flush()
    return found


def _mark(
    session: Session,
    number: int,
    packed: _Packed,
    outcome: Outcome,
    now: datetime,
    spread: float,
) -> None:
    query = select(Package).where(Package.id == number).with_for_update()
    package = session.scalars(query.execution_options(populate_existing=True)).one()
    package.claimed_until = None
    if package.state == State.ACKNOWLEDGED.value:
        return
    package.status, package.fault = outcome.status, outcome.fault
    package.attempts += 1
    match outcome.said:
        case Said.ACKNOWLEDGED:
            package.state, package.receipt = State.ACKNOWLEDGED.value, outcome.receipt
            package.sent_at, package.acknowledged_at = package.sent_at or now, now
            _hold_items(session, packed.parcels, f"package {package.ulid}", now)
        case Said.TAKEN:
            package.state, package.sent_at = State.TAKEN.value, package.sent_at or now
            package.next_at = now + _ASK_AGAIN
        case Said.UNKNOWN:
            package.state, package.next_at = State.WAITING.value, now
        case Said.REFUSED | Said.UNAVAILABLE:  # a package is told of by its day, and never dead
            package.refusals += outcome.said is Said.REFUSED
            package.next_at = now + back_off(package.attempts, spread)
    partner = session.get_one(Partner, package.partner_id)
    is_down = outcome.said is Said.UNAVAILABLE and outcome.status is None
    delivery_marks.note(session, partner.code, outcome, is_down, now, spread)


def _hold_items(session: Session, parcels: Iterable[Parcel], receipt: str, now: datetime) -> None:
    """What a package carried is held, whichever way it would have gone."""
    rows = [p.row for p in parcels]
    for start in range(0, len(rows), PART):
        query = select(Delivery).where(
            Delivery.id.in_(rows[start : start + PART]),
            Delivery.state.in_((State.WAITING.value, State.TAKEN.value)),
        )
        for row in session.scalars(query.with_for_update()):
            delivery_marks.acknowledge(session, row, receipt, now)


# --- what is shown ----------------------------------------------------------------------------


class Shown(NamedTuple):
    """A package in a list."""

    partner: str
    day: date
    state: str
    why: str | None
    items: int | None
    digest: str | None
    mapping: str | None
    acknowledged_at: datetime | None
    receipt: str | None
    fault: str | None


def list_packages(session: Session, *, partner: str = "", limit: int = 50) -> list[Shown]:
    """Packages, the newest day first."""
    query = select(Package, Partner.code).join(Partner, Partner.id == Package.partner_id)
    if partner:
        query = query.where(Partner.code == partner)
    return [
        Shown(
            code, p.day, p.state, p.why, p.count, p.digest, p.mapping, p.acknowledged_at,
            p.receipt, p.fault,
        )
        for p, code in session.execute(query.order_by(Package.day.desc(), Package.id).limit(limit))
    ]  # fmt: skip


class Missing(NamedTuple):
    """A day whose package nobody holds."""

    partner: str
    region: str
    day: date
    #: `not-made`, or how the package stands, or why it waits.
    why: str


def missing(session: Session, *, today: date) -> list[Missing]:
    """The days whose packages should be held by now and are not, the oldest first."""
    found = []
    for partner in partners.live(session, today):
        if not partner.daily:
            continue
        query = select(Package).where(Package.partner_id == partner.id)
        known = {p.day: p for p in session.scalars(query)}
        for day in _days(partner, today - timedelta(_LATE_DAYS - 1)):
            package = known.get(day)
            if package is None or package.state != State.ACKNOWLEDGED.value:
                why = "not-made" if package is None else package.why or package.state
                found.append(Missing(partner.code, partner.region, day, why))
    return sorted(found, key=lambda m: (m.day, m.partner))


def report_missing(session: Session, office: Office, *, now: datetime, today: date) -> int:
    """Tell the credit leads of an area and above of days that are missing, once each.

    Returns: how many messages are new.
    """
    messages = []
    for m in missing(session, today=today):
        said = {"partner": m.partner, "day": m.day.isoformat(), "why": m.why}
        above = notices.leads_above(session, m.region, office, today) if m.region else []
        leads: list[int | None] = [*above] or [None]
        for lead in leads:
            code = None if lead is None else session.get_one(Organisation, lead).code
            key = f"{m.partner}:{m.day}:{lead or '-'}"
            body = {**said, "to": code, "on": today.isoformat()}
            messages.append(exchange.Message(MISSING, key, 1, body))
    return exchange.enqueue(session, messages, now=now)
