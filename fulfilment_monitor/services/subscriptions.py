"""Subscribers of webhooks: asked for, approved by a second person, given a secret, ended.

One that was approved has no secret yet; who sees to keys fetches it, once, and hands it over.
Rotating gives a second one, and for a fortnight both sign.
"""

import secrets as chance
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import Actor, Role
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..domain.feed import FAMILIES, Kind
from ..domain.outward import AddressRefused, read_target
from ..domain.secrets import Keyed, Secrets
from ..domain.webhooks import OVERLAP, SECRET_BYTES, EventState, SubscriptionState, show_secret
from ..store.ids import new_ulid
from ..store.organisations import Organisation
from ..store.webhooks import Subscription, WebhookEvent, WebhookSecret
from . import audit, feed, people
from .office import Office

_LONGEST_LABEL = 120
_COUNTED = (EventState.DELIVERED, EventState.WAITING, EventState.DEAD)


class Shown(NamedTuple):
    """A subscriber in a list."""

    row: int
    ulid: str
    label: str
    url: str
    kinds: list[str]
    body: str | None
    state: str
    #: How many events it was told, how many wait, how many are dead letters.
    told: int
    waiting: int
    dead: int
    last_good_at: datetime | None
    last_fault: str | None
    next_at: datetime
    created_at: datetime


def check_create(session: Session, asked: Mapping[str, Any]) -> None:
    """Whether a subscriber could be made as asked: label, url, kinds, body."""
    _read(session, asked)


def do_create(
    session: Session,
    asked: Mapping[str, Any],
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Make the subscriber; it is told what changes from now on, once its secret was fetched."""
    fields = _read(session, asked)
    while feed.give_places(session):
        session.flush()  # what was before is history, whether it had its place or not
    head = feed.newest(session)
    row = Subscription(
        ulid=new_ulid(now),
        state=SubscriptionState.WAITING.value,
        places=dict.fromkeys(fields["kinds"], head),
        sequence=0,
        next_at=now,
        created_at=now,
        created_by=by.name,
        **fields,
    )
    session.add(row)
    session.flush()
    said = {"label": row.label, "url": row.url, "kinds": row.kinds}
    audit.note(session, by, "webhook.create", "subscription", row.ulid, said, now=now)


def fetch(session: Session, ulid: str, secrets: Secrets, *, by: Actor, now: datetime) -> str:
    """The secret of a subscriber that was approved; told once, and it is told what changes.

    Raises:
        Forbidden: this is no security administrator.
        NotFound: there is no such subscriber.
        NotOpen: its secret was fetched, or it was disabled.
    """
    row = _lock(session, ulid, by)
    if row.state != SubscriptionState.WAITING:
        raise NotOpen("the secret of this subscriber was fetched already, or it was disabled")
    row.state, row.next_at = SubscriptionState.ACTIVE.value, now
    told = _give_secret(session, row, secrets, now)
    audit.note(session, by, "webhook.fetch", "subscription", row.ulid, {}, now=now)
    return told


def rotate(session: Session, ulid: str, secrets: Secrets, *, by: Actor, now: datetime) -> str:
    """Another secret, told once; for a fortnight both sign, so that the other side can change over.

    Raises:
        Forbidden: this is no security administrator.
        NotFound: there is no such subscriber.
        NotOpen: it is not told anything.
    """
    row = _lock(session, ulid, by)
    if row.state != SubscriptionState.ACTIVE:
        raise NotOpen("only the secret of a subscriber that is told something is rotated")
    for old in _live(session, row, now):
        old.expires_at = min(old.expires_at or now + OVERLAP, now + OVERLAP)
    told = _give_secret(session, row, secrets, now)
    audit.note(session, by, "webhook.rotate", "subscription", row.ulid, {}, now=now)
    return told


def disable(session: Session, ulid: str, *, by: Actor, now: datetime) -> None:
    """Tell a subscriber nothing more; what waits for it stays.

    Raises:
        Forbidden: this is no security administrator.
        NotFound: there is no such subscriber.
        NotOpen: it is disabled already.
    """
    row = _lock(session, ulid, by)
    if row.state == SubscriptionState.DISABLED:
        raise NotOpen("this subscriber is disabled already")
    end(row, by.name, now)
    audit.note(session, by, "webhook.disable", "subscription", row.ulid, {}, now=now)


def resume(session: Session, ulid: str, *, by: Actor, now: datetime) -> None:
    """Tell a subscriber again, from where it stood: the same address, approved once already.

    Raises:
        Forbidden: this is no security administrator.
        NotFound: there is no such subscriber.
        NotOpen: it is not disabled.
    """
    row = _lock(session, ulid, by)
    if row.state != SubscriptionState.DISABLED:
        raise NotOpen("this subscriber is not disabled")
    has_secret = bool(_live(session, row, now))
    row.state = (SubscriptionState.ACTIVE if has_secret else SubscriptionState.WAITING).value
    row.disabled_at = row.disabled_by = row.last_fault = None
    row.next_at = now
    audit.note(session, by, "webhook.resume", "subscription", row.ulid, {}, now=now)


def end(row: Subscription, by: str, now: datetime) -> None:
    """Disable a subscriber that is held."""
    row.state = SubscriptionState.DISABLED.value
    row.disabled_at, row.disabled_by = now, by
    row.claim = row.claimed_until = None


def list_all(
    session: Session, *, by: Actor, before: int | None = None, limit: int = 50
) -> list[Shown]:
    """Subscribers, newest first; never their secrets.

    Raises:
        Forbidden: this is no security administrator.
    """
    access.refuse(Action.PARTNER_KEYS, by)
    query = (
        select(Subscription, Organisation.name)
        .outerjoin(Organisation, Organisation.id == Subscription.body_id)
        .order_by(Subscription.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Subscription.id < before)
    rows = session.execute(query).all()
    counts = _counts(session, [row.id for row, _ in rows])
    return [_shown(row, body, counts) for row, body in rows]


def _shown(row: Subscription, body: str | None, counts: Mapping[tuple[int, str], int]) -> Shown:
    told, waiting, dead = (counts.get((row.id, state.value), 0) for state in _COUNTED)
    return Shown(
        row.id, row.ulid, row.label, row.url, row.kinds, body, row.state, told, waiting, dead,
        row.last_good_at, row.last_fault, row.next_at, row.created_at,
    )  # fmt: skip


def secrets_of(session: Session, row: Subscription, secrets: Secrets, now: datetime) -> list[bytes]:
    """The secrets that sign for a subscriber, the newest first."""
    found = sorted(_live(session, row, now), key=lambda s: s.id, reverse=True)
    return [secrets.unseal(Keyed(s.key_id, bytes(s.sealed)), _about(row)) for s in found]


def actor_of(row: Subscription) -> Actor:
    """As whom a subscriber reads: a clerk of its body, or another platform."""
    role = Role.PARTNER if row.body_id is None else Role.CLERK
    return Actor(f"webhook:{row.ulid}", None, row.body_id, frozenset({role}))


def _give_secret(session: Session, row: Subscription, secrets: Secrets, now: datetime) -> str:
    secret = chance.token_bytes(SECRET_BYTES)
    sealed = secrets.seal(secret, _about(row))
    session.add(
        WebhookSecret(
            subscription_id=row.id, key_id=sealed.key_id, sealed=sealed.content, created_at=now
        )
    )
    return show_secret(secret)


def _live(session: Session, row: Subscription, now: datetime) -> list[WebhookSecret]:
    query = select(WebhookSecret).where(WebhookSecret.subscription_id == row.id)
    return [s for s in session.scalars(query) if s.expires_at is None or s.expires_at > now]


def _about(row: Subscription) -> bytes:
    return b"webhook\x00" + row.ulid.encode()


def _counts(session: Session, rows: list[int]) -> dict[tuple[int, str], int]:
    e = WebhookEvent
    query = (
        select(e.subscription_id, e.state, func.count())
        .where(e.subscription_id.in_(rows))
        .group_by(e.subscription_id, e.state)
    )
    return {(owner, state): number for owner, state, number in session.execute(query)}


def _lock(session: Session, ulid: str, by: Actor) -> Subscription:
    access.refuse(Action.PARTNER_KEYS, by)
    query = select(Subscription).where(Subscription.ulid == ulid).with_for_update()
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(f"no subscriber {ulid}")
    return found


def _read(session: Session, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the subscriber that is asked for."""
    label, url = str(asked.get("label", "")).strip(), str(asked.get("url", "")).strip()
    kinds, body = sorted(set(asked.get("kinds", ()))), asked.get("body")
    issues: list[Issue] = []
    if not 0 < len(label) <= _LONGEST_LABEL:
        issues.append(Issue("/label", "invalid", f"1 至 {_LONGEST_LABEL} 个字符"))
    try:
        read_target(url)
    except AddressRefused:
        issues.append(Issue("/url", "invalid", "须为 https://主机/路径，不含用户名和片段"))
    if not kinds or set(kinds) - set(Kind):
        issues.append(Issue("/kinds", "invalid", "至少选择一类变更"))
    elif closed := _closed(kinds, body):
        issues.append(Issue("/kinds", "invalid", f"不指明单位的平台不能订阅：{'、'.join(closed)}"))
    if issues:
        raise Invalid(issues)
    return {
        "label": label,
        "url": url,
        "kinds": kinds,
        "body_id": people.find_body(session, body).id if body else None,
    }


def _closed(kinds: list[str], body: object) -> list[str]:
    """Kinds that nobody of this capacity reads."""
    role = Role.CLERK if body else Role.PARTNER
    actor = Actor("webhook", None, None, frozenset({role}))
    return [k for k in kinds if not access.reaches(FAMILIES[Kind(k)].action, actor)]
