"""Partners: registered and changed by one, decided by another."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..domain import partners as rules
from ..domain.authority import Actor
from ..domain.errors import Invalid, Issue, NotFound
from ..store.organisations import Organisation
from ..store.partners import Partner
from . import audit, people
from .office import Office


def check_register(session: Session, asked: Mapping[str, Any]) -> None:
    """Whether a partner could be registered as asked; see `domain.partners.Registration`."""
    found = rules.read_registration(asked, None)
    if _find(session, found.code) is not None:
        raise Invalid([Issue("/code", "taken", "已有此代码的伙伴平台")])
    if found.body:
        people.find_body(session, found.body)


def do_register(
    session: Session,
    asked: Mapping[str, Any],
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Register a partner; it gets messages once it has an address, and a key that was fetched."""
    check_register(session, asked)
    r = rules.read_registration(asked, None)
    reply = None if r.channel is None else str(asked.get("reply") or rules.REPLIES + r.channel)
    partner = Partner(
        code=r.code,
        name=r.name,
        kind=r.kind.value,
        address=r.address,
        region=r.region,
        body_id=people.find_body(session, r.body).id if r.body else None,
        channel=r.channel,
        topics=rules.topics_of(r.kind, reply),
        streams=list(r.streams),
        mapping=r.mapping,
        daily=r.daily,
        since=r.since,
        registered_at=now,
        registered_by=by.name,
        failures=0,
    )
    session.add(partner)
    session.flush()
    said = {"kind": r.kind, "address": r.address, "since": r.since, "mapping": r.mapping}
    audit.note(session, by, "partner.register", "partner", r.code, said, now=now)


#: What may be changed of a partner; its code, its kind and what it gets stay what they are.
_CHANGED = ("name", "address", "mapping", "daily", "until")


def check_change(session: Session, asked: Mapping[str, Any]) -> None:
    """Whether a partner could be changed as asked: its code, and what is to be another."""
    _changes(take(session, str(asked.get("code", ""))), asked)


def do_change(
    session: Session,
    asked: Mapping[str, Any],
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Change where and how a partner is reached, or let it end; what waits goes the new way."""
    partner = take(session, str(asked.get("code", "")))
    changes = _changes(partner, asked)
    for name, value in changes.items():
        setattr(partner, name, value)
    partner.failures, partner.rests_until = 0, None
    audit.note(session, by, "partner.change", "partner", partner.code, changes, now=now)


def _changes(partner: Partner, asked: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {k: asked[k] for k in _CHANGED if k in asked}
    whole = {
        "code": partner.code,
        "name": partner.name,
        "kind": partner.kind,
        "address": partner.address,
        "region": partner.region,
        "body": partner.body_id and "known",
        "channel": partner.channel,
        "mapping": partner.mapping,
        "daily": partner.daily,
        "since": partner.since,
        **wanted,
    }
    read = rules.read_registration(whole, None)
    until = wanted.get("until")
    if isinstance(until, str):
        try:
            until = date.fromisoformat(until)
        except ValueError:
            raise Invalid([Issue("/until", "invalid", "须为日期，例如 2026-01-01")]) from None
    if not wanted:
        raise Invalid([Issue("/", "missing", "请说明变更内容")])
    new = {"until": until} if "until" in wanted else {}
    names = ("name", "address", "mapping", "daily")
    return {k: getattr(read, k) for k in names if k in wanted} | new


class Listed(NamedTuple):
    """A partner in a list."""

    code: str
    name: str
    kind: str
    address: str | None
    region: str
    body: str | None
    channel: str | None
    mapping: str | None
    daily: bool
    since: date
    until: date | None
    failures: int
    rests_until: datetime | None
    last_good_at: datetime | None
    last_fault: str | None


def list_partners(session: Session) -> list[Listed]:
    """Every partner that was ever registered, and how the line to it stands."""
    query = (
        select(Partner, Organisation.code)
        .outerjoin(Organisation, Organisation.id == Partner.body_id)
        .order_by(Partner.code)
    )
    return [
        Listed(
            p.code, p.name, p.kind, p.address, p.region, body, p.channel, p.mapping, p.daily,
            p.since, p.until, p.failures, p.rests_until, p.last_good_at, p.last_fault,
        )
        for p, body in session.execute(query)
    ]  # fmt: skip


def take(session: Session, code: str) -> Partner:
    """A partner by its code.

    Raises:
        NotFound: there is none.
    """
    found = _find(session, code)
    if found is None:
        raise NotFound(f"no partner {code[:40]!r} is registered")
    return found


def live(session: Session, today: date) -> list[Partner]:
    """The partners something is sent to today."""
    query = select(Partner).where(
        Partner.address.is_not(None), or_(Partner.until.is_(None), Partner.until > today)
    )
    return list(session.scalars(query.order_by(Partner.id)))


def _find(session: Session, code: str) -> Partner | None:
    return session.scalars(select(Partner).where(Partner.code == code)).one_or_none()
