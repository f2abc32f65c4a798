"""Tell people what concerns them: what is new in the outbox becomes rows for those who read it.

It is read as the change feed is, so that nothing is passed by, and up to where is written in the
same transaction; a row is unique for a recipient and an event. So a run that dies repeats nothing.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased, sessionmaker

from ..domain.leads import LeadState
from ..domain.notifications import ALERTS, TOPICS, Notifying, Watch, Way
from ..store.cases import Claim, ClaimDuty
from ..store.duties import Duty
from ..store.leads import Lead
from ..store.notifications import Notification, NotificationDelivery
from ..store.once import insert_once
from ..store.sweeps import Mark
from . import feed
from .notification_items import Item, items_of
from .notification_readers import Readers, Recipient
from .office import Office

_MARK = "notifications.place"
_TOGETHER = 100
#: What was said longer ago is news to nobody.
_FRESH = timedelta(days=7)
#: So many rows go at once.
_FORGOTTEN = 5_000


def gather(
    sessions: sessionmaker[Session],
    readers: sessionmaker[Session],
    office: Office,
    notifying: Notifying,
    *,
    now: datetime,
    today: date,
) -> int:
    """Tell people what is new; returns how many rows that made."""
    feed.catch_up(readers, sessions)
    count, more = 0, True
    while more:
        with sessions.begin() as session:
            made, more = _step(session, office, notifying, now, today)
            count += made
    with sessions.begin() as session:
        close(session, now=now)
        forget(session, notifying, now=now)
    return count


def _step(
    session: Session, office: Office, notifying: Notifying, now: datetime, today: date
) -> tuple[int, bool]:
    insert_once(session, Mark, [{"name": _MARK, "value": "0"}], Mark.name)
    mark = session.scalars(select(Mark).where(Mark.name == _MARK).with_for_update()).one()
    page = feed.read(session, [ALERTS, *TOPICS], int(mark.value), _TOGETHER)
    readers = Readers(session, office, today)
    rows: list[dict[str, Any]] = []
    for change in page.changes:
        if now - change.at <= _FRESH:
            for item in items_of(session, change, notifying, today):
                rows += _rows(item, readers, now)
    new = insert_once(session, Notification, rows, Notification.id)
    mark.value = str(page.last)
    return len(new), page.more


def _rows(item: Item, readers: Readers, now: datetime) -> list[dict[str, Any]]:
    """A row for each who reads it, with the ways of all rules that name them."""
    ways: dict[Recipient, set[Way]] = {}
    for rule in item.rules:
        for recipient in readers.of(item.about, rule.to, item.bodies):
            ways.setdefault(recipient, set()).update(rule.ways)
    return [
        {
            "recipient": recipient.name,
            "account_id": recipient.account,
            "enterprise_id": recipient.enterprise,
            "event": item.event,
            "rule": item.rule,
            "severity": item.severity.value,
            "about": item.about.value,
            "matter": item.matter,
            "watch": item.watch.value,
            "thing_id": item.thing_id,
            "due_on": item.due_on,
            "raised_on": item.raised_on,
            "at": now,
            "by_email": Way.EMAIL in found,
            "by_sms": Way.SMS in found,
            "email_id": None,
            "sms_id": None,
            "read_at": None,
            "closed_at": None,
        }
        for recipient, found in sorted(ways.items())
        if recipient.account is not None or found & {Way.EMAIL, Way.SMS}
    ]


# --- what is over -----------------------------------------------------------------------------


def close(session: Session, *, now: datetime) -> int:
    """Nobody is told any more of what is closed, nor of a step that a later one has overtaken.

    Returns: of how many rows that was.
    """
    n, later = Notification, aliased(Notification)
    held = {
        Watch.DUTY: select(Duty.id).where(
            Duty.obligation_id == n.thing_id,
            Duty.due_on == n.due_on,
            Duty.replaced_at.is_(None),
            Duty.until_on.is_(None),
        ),
        Watch.CLOCK: select(ClaimDuty.id).where(
            ClaimDuty.claim_id == n.thing_id,
            ClaimDuty.due_on == n.due_on,
            ClaimDuty.ended_at.is_(None),
        ),
        Watch.CLAIM: select(Claim.id).where(Claim.id == n.thing_id, Claim.closed_at.is_(None)),
        Watch.LEAD: select(Lead.id).where(
            Lead.id == n.thing_id, Lead.state == LeadState.OPEN.value
        ),
    }
    overtaken = select(later.id).where(
        later.closed_at.is_(None),
        later.watch == n.watch,
        later.thing_id == n.thing_id,
        later.due_on == n.due_on,
        later.recipient == n.recipient,
        later.id > n.id,
    )
    ends = [(watch, ~exists(going_on.correlate(n))) for watch, going_on in held.items()]
    ends += [(watch, exists(overtaken.correlate(n))) for watch in (Watch.DUTY, Watch.CLOCK)]
    count = 0
    for watch, is_over in ends:
        over = update(n).where(n.closed_at.is_(None), n.watch == watch.value, is_over)
        done = session.execute(
            over.values(closed_at=now).execution_options(synchronize_session=False)
        )
        count += done.rowcount  # type: ignore[attr-defined]
    return count


def forget(session: Session, notifying: Notifying, *, now: datetime) -> None:
    """What was read or is over for long goes, and so do digests of that age."""
    n, d = Notification, NotificationDelivery
    oldest = now - timedelta(days=notifying.keep_days)
    over = or_(n.read_at < oldest, n.closed_at < oldest, n.at < oldest - timedelta(days=365))
    old = select(n.id).where(over).limit(_FORGOTTEN)
    session.execute(delete(n).where(n.id.in_(old)))
    used = or_(n.email_id == d.id, n.sms_id == d.id)
    gone = select(d.id).where(d.ended_at < oldest, ~exists(select(n.id).where(used).correlate(d)))
    session.execute(delete(d).where(d.id.in_(gone.limit(_FORGOTTEN))))
