"""Messages that were refused too often: seen, and sent again once the cause is mended.

What they say is not shown here: only what kind of thing, which, and why it was refused.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import Actor
from ..domain.deliveries import State
from ..domain.errors import NotFound, NotOpen
from ..store.partners import Delivery, Partner
from . import audit


class Shown(NamedTuple):
    """A dead letter in a list."""

    row: int
    ulid: str
    partner: str
    partner_name: str
    topic: str
    key: str
    version: int
    day: date
    refusals: int
    status: int | None
    fault: str | None


def list_dead(
    session: Session,
    *,
    by: Actor,
    partner: str = "",
    before: int | None = None,
    limit: int = 50,
) -> list[Shown]:
    """Dead letters, the newest first.

    Raises:
        Forbidden: this capacity does not see to them.
    """
    access.refuse(Action.DEAD_LETTERS, by)
    query = (
        select(Delivery, Partner)
        .join(Partner, Partner.id == Delivery.partner_id)
        .where(Delivery.state == State.DEAD.value)
        .order_by(Delivery.id.desc())
        .limit(limit)
    )
    if partner:
        query = query.where(Partner.code == partner)
    if before is not None:
        query = query.where(Delivery.id < before)
    return [
        Shown(
            d.id, d.ulid, p.code, p.name, d.topic, d.key, d.version, d.day, d.refusals,
            d.status, d.fault,
        )
        for d, p in session.execute(query)
    ]  # fmt: skip


def count_dead(session: Session) -> int:
    """How many dead letters there are."""
    query = select(func.count()).where(Delivery.state == State.DEAD.value)
    return session.scalar(query) or 0


def replay(session: Session, ulids: Collection[str], *, by: Actor, now: datetime) -> int:
    """Have dead letters sent again, put into form anew; returns how many.

    One that a later version has overtaken meanwhile is not sent: the next pass finds that.

    Raises:
        Forbidden: this capacity does not see to them.
        NotFound: there is no such message.
        NotOpen: one of them is no dead letter (any more).
    """
    access.refuse(Action.DEAD_LETTERS, by)
    for ulid in sorted(set(ulids)):
        query = select(Delivery).where(Delivery.ulid == ulid).with_for_update()
        row = session.scalars(query).one_or_none()
        if row is None:
            raise NotFound(f"no message {ulid[:40]}")
        if row.state != State.DEAD.value:
            raise NotOpen(f"{ulid} is no dead letter")
        row.state, row.refusals, row.why = State.WAITING.value, 0, None
        row.next_at, row.claimed_until = now, None
        row.content = row.digest = row.mapping = None
        said = {"partner_id": row.partner_id, "topic": row.topic, "version": row.version}
        audit.note(session, by, "dead-letter.replay", "delivery", ulid, said, now=now)
    session.flush()
    return len(set(ulids))
