"""Keys of the API: found by the hash of their token, which is kept nowhere."""

import hashlib
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from ..domain.authority import Actor, Role
from ..store.accounts import ApiKey
from .web_sessions import NotSignedIn

#: What every token begins with, so that one is known where it should not be.
PREFIX = "fmk_"
#: That a key is in use is written down at most this often.
_TOUCH = timedelta(minutes=5)


class KeyHolder(NamedTuple):
    """Whose key a request came with, and what the key is good for."""

    actor: Actor
    key: str
    scopes: frozenset[str]
    #: Whether its use should be written down.
    wants_touch: bool


def hash_of(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def find(session: Session, token: str, *, address: str, now: datetime) -> KeyHolder:
    """Who calls with a token: of a body, as a clerk of it would; of nobody, as another platform.

    Args:
        address: where the call comes from.

    Raises:
        NotSignedIn: there is no such key, it has expired or was revoked, or it may not be used
            from there: in the same words.
    """
    query = select(ApiKey).where(ApiKey.token_hash == hash_of(token))
    key = session.scalars(query).one_or_none()
    if (
        key is None
        or key.revoked_at is not None
        or key.expires_at <= now
        or not _comes_from(address, key.networks)
    ):
        raise NotSignedIn("this key is not valid here")
    role = Role.PARTNER if key.body_id is None else Role.CLERK
    actor = Actor(f"key:{key.ulid}", None, key.body_id, frozenset({role}))
    idle = key.last_used_at is None or now - key.last_used_at >= _TOUCH
    return KeyHolder(actor, key.ulid, frozenset(key.scopes), idle)


def touch(session: Session, ulid: str, now: datetime) -> None:
    """The key was used."""
    earlier = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < now)
    session.execute(update(ApiKey).where(ApiKey.ulid == ulid, earlier).values(last_used_at=now))


def _comes_from(address: str, networks: list[str]) -> bool:
    """Whether an address lies in one of some networks; none given means any."""
    if not networks:
        return True
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in ip_network(n, strict=False) for n in networks)
