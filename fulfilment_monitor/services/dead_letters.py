"""Messages that were refused too often: seen, and sent again once the cause is mended.

What they say is not shown here: only what kind of thing, which, and why it was refused.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import Actor, Forbidden, Role
from ..domain.deliveries import State
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..store.partners import Delivery, Partner
from . import audit
from .office import Office


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
        Forbidden: this is no system administrator.
    """
    _refuse(by)
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
        Forbidden: this is no system administrator.
        NotFound: there is no such message.
        NotOpen: one of them is no dead letter (any more).
    """
    _refuse(by)
    return _replay(session, ulids, by, now)


def check_replay(session: Session, asked: Mapping[str, Any]) -> None:
    """Whether the dead letters that a credit lead asks for, by `ulids`, can be sent again."""
    for ulid in _named(asked):
        _lock(session, ulid)


def do_replay(
    session: Session,
    asked: Mapping[str, Any],
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Have them sent again, once another person has agreed."""
    _replay(session, _named(asked), by, now)


def _named(asked: Mapping[str, Any]) -> list[str]:
    named = [str(u) for u in asked.get("ulids", ())]
    if not named:
        raise Invalid([Issue("/ulids", "missing", "请选择死信")])
    return named


def _lock(session: Session, ulid: str) -> Delivery:
    query = select(Delivery).where(Delivery.ulid == ulid).with_for_update()
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NotFound(f"no message {ulid[:40]}")
    if row.state != State.DEAD.value:
        raise NotOpen(f"{ulid} is no dead letter")
    return row


def _refuse(by: Actor) -> None:
    """Of the two who may replay, a credit lead needs a second person, and asks for one."""
    access.refuse(Action.DEAD_LETTERS, by)
    if not by.is_service and Role.SYSTEM_ADMIN not in by.roles:
        raise Forbidden("needs: system_admin")


def _replay(session: Session, ulids: Collection[str], by: Actor, now: datetime) -> int:
    for ulid in sorted(set(ulids)):
        row = _lock(session, ulid)
        row.state, row.refusals, row.why = State.WAITING.value, 0, None
        row.next_at, row.claimed_until = now, None
        row.content = row.digest = row.mapping = None
        said = {"partner_id": row.partner_id, "topic": row.topic, "version": row.version}
        audit.note(session, by, "dead-letter.replay", "delivery", ulid, said, now=now)
    session.flush()
    return len(set(ulids))
