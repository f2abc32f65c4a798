"""What leaves for people: one digest a day for each recipient and way, and how it fared.

Whoever takes one to send it puts off its next attempt at once: so nobody else has it meanwhile, and
who dies with it in hand loses nothing. At least once: its ULID tells a gateway what it has had.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from ..domain.metrics import Sample, sample
from ..domain.notifications import OUTSIDE, Notifying, Way, pause
from ..domain.secrets import Keyed, Secrets
from ..store.accounts import Account
from ..store.ids import new_ulid
from ..store.notifications import Notification, NotificationAddress, NotificationDelivery
from ..store.once import insert_once
from . import enterprise_contacts

_MONTH = timedelta(days=30)


class Digest(NamedTuple):
    """One to be sent."""

    id: int
    ulid: str
    way: Way
    to: str
    #: How many notifications it tells of.
    unread: int


class Address(NamedTuple):
    """Where somebody wants to be written to; either may be empty."""

    email: str = ""
    phone: str = ""


def compose(session: Session, *, now: datetime, today: date) -> int:
    """Put what waits into the digests of today; returns how many are new.

    One that still waits to be sent takes in what is new; after it was sent, that is for tomorrow.
    One that somebody is sending, or that rests before another attempt, takes nothing in.
    """
    made = 0
    for way in OUTSIDE:
        wants, into = _columns(way)
        n, d = Notification, NotificationDelivery
        waits = _unread(), wants.is_(True), into.is_(None)
        going = select(d.id).where(
            d.recipient == n.recipient, d.way == way.value, d.state == "waiting"
        )
        query = select(n.recipient, n.account_id, n.enterprise_id).where(
            *waits, ~exists(going.correlate(n))
        )
        rows = [
            {
                "ulid": new_ulid(now),
                "recipient": r.recipient,
                "account_id": r.account_id,
                "enterprise_id": r.enterprise_id,
                "way": way.value,
                "day": today,
                "state": "waiting",
                "attempts": 0,
                "next_at": now,
                "fault": None,
                "created_at": now,
                "ended_at": None,
            }
            for r in session.execute(query.distinct().order_by(n.recipient))
        ]
        made += len(insert_once(session, d, rows, d.id))
        newest = select(func.max(d.id)).where(
            d.recipient == n.recipient,
            d.way == way.value,
            d.state == "waiting",
            d.next_at <= now,
        )
        session.execute(
            update(n)
            .where(*waits)
            .values({into: newest.correlate(n).scalar_subquery()})
            .execution_options(synchronize_session=False)
        )
    return made


def take(
    session: Session, secrets: Secrets, notifying: Notifying, *, now: datetime, limit: int = 50
) -> list[Digest]:
    """Digests whose time has come, to be sent by whoever took them; what is over is stopped."""
    d = NotificationDelivery
    query = (
        select(d)
        .where(d.state == "waiting", d.next_at <= now)
        .order_by(d.next_at, d.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = []
    for row in session.scalars(query):
        way = Way(row.way)
        count = _count(session, way, row.id)
        to = "" if count == 0 else _address(session, row, way, secrets)
        if count == 0 or not to:
            _end(row, "stopped" if count == 0 else "no-address", now)
        elif row.attempts >= notifying.attempts:
            _end(row, "failed", now)
        else:
            row.attempts += 1
            row.next_at = now + pause(row.attempts)
            found.append(Digest(row.id, row.ulid, way, to, count))
    return found


def arrived(session: Session, digests: Iterable[Digest], *, now: datetime) -> None:
    """These were handed over."""
    for digest in digests:
        row = session.get_one(NotificationDelivery, digest.id, with_for_update=True)
        if row.state == "waiting":
            row.fault = None
            _end(row, "sent", now)


def failed(session: Session, digest: Digest, fault: str, *, for_good: bool, now: datetime) -> None:
    """This one was not taken; it is tried again later, or never where that is for good."""
    row = session.get_one(NotificationDelivery, digest.id, with_for_update=True)
    if row.state != "waiting":
        return
    row.fault = fault[:80]
    if for_good:
        _end(row, "failed", now)


def _end(row: NotificationDelivery, state: str, now: datetime) -> None:
    row.state, row.ended_at = state, now


def _columns(
    way: Way,
) -> tuple[InstrumentedAttribute[bool], InstrumentedAttribute[int | None]]:
    n = Notification
    return (n.by_email, n.email_id) if way is Way.EMAIL else (n.by_sms, n.sms_id)


def _unread() -> ColumnElement[bool]:
    return Notification.read_at.is_(None) & Notification.closed_at.is_(None)


def _count(session: Session, way: Way, digest: int) -> int:
    into = _columns(way)[1]
    query = select(func.count()).select_from(Notification).where(into == digest, _unread())
    return session.scalar(query) or 0


# --- where people are reached -----------------------------------------------------------------


def _address(session: Session, row: NotificationDelivery, way: Way, secrets: Secrets) -> str:
    """Where a digest goes; empty where nobody has said, or the account is closed."""
    if row.enterprise_id is not None:
        kept = enterprise_contacts.to_reach(session, row.enterprise_id, secrets)
        found = Address() if kept is None else Address(kept.contact.email, kept.contact.phone)
    else:
        assert row.account_id is not None
        account = session.get_one(Account, row.account_id)
        found = Address() if account.disabled_at else address_of(session, account.id, secrets)
    return found.email if way is Way.EMAIL else found.phone


def address_of(session: Session, account: int, secrets: Secrets) -> Address:
    """Where the holder of an account wants to be written to.

    Raises:
        Unsealable: the row was changed or moved.
    """
    row = session.get(NotificationAddress, account)
    if row is None:
        return Address()
    content = secrets.unseal(Keyed(row.key_id, bytes(row.sealed)), _about(account))
    return Address(**json.loads(content))


def keep_address(
    session: Session, account: int, address: Address, secrets: Secrets, *, now: datetime
) -> None:
    """Put an address in the place of the one before; an empty one takes it away."""
    row = session.get(NotificationAddress, account, with_for_update=True)
    if not any(address):
        if row is not None:
            session.delete(row)
        return
    sealed = secrets.seal(json.dumps(address._asdict()).encode(), _about(account))
    if row is None:
        row = NotificationAddress(account_id=account)
        session.add(row)
    row.key_id, row.sealed, row.recorded_at = sealed.key_id, sealed.content, now


def _about(account: int) -> bytes:
    return f"notification_address.sealed/{account}".encode()


# --- for whoever watches ----------------------------------------------------------------------


def gauges(session: Session, *, now: datetime) -> list[Sample]:
    """How old the oldest unsent digest is, and how many were given up of late, by way."""
    d = NotificationDelivery
    oldest = select(d.way, func.min(d.created_at)).where(d.state == "waiting").group_by(d.way)
    given_up = (
        select(d.way, func.count())
        .where(d.state == "failed", d.ended_at > now - _MONTH)
        .group_by(d.way)
    )
    waits = {row[0]: row[1] for row in session.execute(oldest)}
    failures = {row[0]: row[1] for row in session.execute(given_up)}
    found = []
    for way in OUTSIDE:
        age = max((now - waits.get(way.value, now)).total_seconds(), 0.0)
        found.append(sample("fm_notifications_oldest_seconds", age, way=way.value))
        found.append(sample("fm_notifications_failed", failures.get(way.value, 0), way=way.value))
    return found


class Given(NamedTuple):
    """A digest that was given up, or found no address."""

    ulid: str
    who: str
    way: str
    day: date
    state: str
    fault: str | None


def given_up(session: Session, *, limit: int) -> list[Given]:
    """Digests that did not arrive, the newest first; whose by the handle of the account."""
    d = NotificationDelivery
    query = (
        select(d.ulid, func.coalesce(Account.handle, d.recipient), d.way, d.day, d.state, d.fault)
        .outerjoin(Account, Account.id == d.account_id)
        .where(d.state.in_(("failed", "no-address")))
        .order_by(d.ended_at.desc(), d.id.desc())
        .limit(limit)
    )
    return [Given(*row) for row in session.execute(query)]
