"""Keys of the API as they are issued: asked for, approved by a second person, fetched, ended.

A key that was approved has no token yet; who sees to keys fetches it, once, and hands it over.
Rotating makes a second key of the same scopes and lets the first run out.
"""

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from ipaddress import ip_network
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.api_keys import Scope
from ..domain.authority import Actor
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..store.accounts import ApiKey
from ..store.ids import new_ulid
from ..store.organisations import Organisation
from . import audit, people
from .api_keys import PREFIX, hash_of
from .office import Office

#: No key lives longer; of two keys of one rotation the older one runs on this long.
LONGEST_DAYS = 365
_OVERLAP = timedelta(days=14)
_TOKEN_BYTES = 32
_LONGEST_LABEL = 120
#: Stands in the place of a token's hash until the token is fetched; no hash is as short.
_NO_TOKEN = b"none:"


class Shown(NamedTuple):
    """A key in a list."""

    row: int
    ulid: str
    label: str
    body: str | None
    scopes: list[str]
    networks: list[str]
    state: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


def check_create(session: Session, asked: Mapping[str, Any]) -> None:
    """Whether a key could be made as asked: label, body, scopes, networks, days."""
    _read(session, asked)


def do_create(
    session: Session,
    asked: Mapping[str, Any],
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Make the key; its token is fetched by whoever sees to keys."""
    fields = _read(session, asked)
    key = ApiKey(
        ulid=new_ulid(now),
        token_hash=b"",
        created_at=now,
        created_by=by.name,
        expires_at=now + timedelta(days=fields.pop("days")),
        **fields,
    )
    key.token_hash = _NO_TOKEN + key.ulid.encode()
    session.add(key)
    session.flush()
    said = {"label": key.label, "scopes": key.scopes, "networks": key.networks}
    audit.note(session, by, "api-key.create", "api_key", key.ulid, said, now=now)


def fetch(session: Session, ulid: str, *, by: Actor, now: datetime) -> str:
    """The token of a key that was approved; told once.

    Raises:
        Forbidden: this is no security administrator.
        NotFound: there is no such key.
        NotOpen: its token was fetched, or it has ended.
    """
    access.refuse(Action.PARTNER_KEYS, by)
    key = _lock(session, ulid)
    if state_of(key, now) != "waiting":
        raise NotOpen("the token of this key was fetched already, or the key has ended")
    token = _give_token(key)
    audit.note(session, by, "api-key.fetch", "api_key", key.ulid, {}, now=now)
    return token


def rotate(session: Session, ulid: str, *, by: Actor, now: datetime) -> str:
    """Another key of the same scopes, for as long as the first was; returns its token, once.

    The first one runs out in a fortnight, so that both work while the other side changes over.

    Raises:
        Forbidden: this is no security administrator.
        NotFound: there is no such key.
        NotOpen: it is not in use.
    """
    access.refuse(Action.PARTNER_KEYS, by)
    old = _lock(session, ulid)
    if state_of(old, now) != "open":
        raise NotOpen("only a key in use is rotated")
    new = ApiKey(
        ulid=new_ulid(now),
        label=old.label,
        body_id=old.body_id,
        token_hash=b"",
        scopes=old.scopes,
        networks=old.networks,
        created_at=now,
        created_by=by.name,
        expires_at=now + (old.expires_at - old.created_at),
    )
    token = _give_token(new)
    session.add(new)
    old.expires_at = min(old.expires_at, now + _OVERLAP)
    session.flush()
    audit.note(session, by, "api-key.rotate", "api_key", new.ulid, {"instead_of": ulid}, now=now)
    return token


def revoke(session: Session, ulid: str, *, by: Actor, now: datetime) -> None:
    """End a key; the next call with it is refused.

    Raises:
        Forbidden: this is no security administrator.
        NotFound: there is no such key.
        NotOpen: it has ended already.
    """
    access.refuse(Action.PARTNER_KEYS, by)
    key = _lock(session, ulid)
    if key.revoked_at is not None:
        raise NotOpen("this key was revoked already")
    key.revoked_at, key.revoked_by = now, by.name
    audit.note(session, by, "api-key.revoke", "api_key", key.ulid, {}, now=now)


def list_keys(
    session: Session, *, by: Actor, now: datetime, before: int | None = None, limit: int = 50
) -> list[Shown]:
    """Keys, newest first; never their tokens.

    Raises:
        Forbidden: this is no security administrator.
    """
    access.refuse(Action.PARTNER_KEYS, by)
    query = (
        select(ApiKey, Organisation.name)
        .outerjoin(Organisation, Organisation.id == ApiKey.body_id)
        .order_by(ApiKey.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(ApiKey.id < before)
    return [
        Shown(
            key.id, key.ulid, key.label, body, key.scopes, key.networks, state_of(key, now),
            key.created_at, key.expires_at, key.last_used_at,
        )
        for key, body in session.execute(query)
    ]  # fmt: skip


def state_of(key: ApiKey, now: datetime) -> str:
    """`waiting` for its token to be fetched, `open`, `expired` or `revoked`."""
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at <= now:
        return "expired"
    return "waiting" if bytes(key.token_hash).startswith(_NO_TOKEN) else "open"


def _give_token(key: ApiKey) -> str:
    token = PREFIX + secrets.token_urlsafe(_TOKEN_BYTES)
    key.token_hash = hash_of(token)
    return token


def _lock(session: Session, ulid: str) -> ApiKey:
    query = select(ApiKey).where(ApiKey.ulid == ulid).with_for_update()
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(f"no key {ulid}")
    return found


def _read(session: Session, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of the key that is asked for, and for how many days."""
    label, scopes = str(asked.get("label", "")).strip(), list(asked.get("scopes", ()))
    networks, body = list(asked.get("networks", ())), asked.get("body")
    issues: list[Issue] = []
    if not 0 < len(label) <= _LONGEST_LABEL:
        issues.append(Issue("/label", "invalid", f"1 至 {_LONGEST_LABEL} 个字符"))
    if not scopes or set(scopes) - set(Scope):
        issues.append(Issue("/scopes", "invalid", "至少选择一项权限"))
    issues += [
        Issue("/networks", "invalid", f"{n} 不是网段，例如 203.0.113.0/24")
        for n in networks
        if not _is_network(n)
    ]
    days = asked.get("days")
    if not isinstance(days, int) or not 0 < days <= LONGEST_DAYS:
        issues.append(Issue("/days", "invalid", f"1 至 {LONGEST_DAYS} 日"))
    if issues:
        raise Invalid(issues)
    return {
        "label": label,
        "body_id": people.find_body(session, body).id if body else None,
        "scopes": sorted(set(scopes)),
        "networks": networks,
        "days": days,
    }


def _is_network(text: object) -> bool:
    try:
        ip_network(str(text))
    except ValueError:
        return False
    return True
