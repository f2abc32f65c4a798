"""Keys shared with partners: asked for by one, decided by another, ended at once.

A key that was approved has no secret yet: whoever sees to keys fetches it, once, and hands it over.
Of two keys of a rotation both hold for a fortnight, so that the other side can change over.
"""

import secrets as chance
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from ipaddress import ip_network
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import Actor
from ..domain.clocks import beijing_day
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..domain.partners import Algorithm, KeyScope, SharedKey
from ..domain.secrets import Keyed, Secrets
from ..store.ids import new_ulid
from ..store.partners import Partner, PartnerKey
from . import audit
from .office import Office
from .partners import take

#: No key lives longer; of two keys of one rotation the older one runs on this long.
LONGEST_DAYS = 365
OVERLAP = timedelta(days=14)
#: Live keys a partner may have: the one in use, and the one that comes after it.
LIVE_KEYS = 2
_SECRET_BYTES = 32
#: That a key is in use is written down at most this often.
_TOUCH = timedelta(minutes=5)


class ShownKey(NamedTuple):
    """A key in a list; never its secret."""

    ulid: str
    partner: str
    algorithm: str
    scopes: list[str]
    networks: list[str]
    #: `waiting` for its secret to be fetched, `open`, `expired` or `revoked`.
    state: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


def check_create(session: Session, asked: Mapping[str, Any]) -> None:
    """Whether a key could be made as asked: partner, algorithm, scopes, networks, days."""
    take(session, str(asked.get("partner", "")))
    _read_key(asked)


def do_create(
    session: Session,
    asked: Mapping[str, Any],
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Make the key; its secret is fetched by whoever sees to keys.

    Raises:
        NotOpen: the partner has two live keys already.
    """
    fields, days = _read_key(asked)
    partner = _hold(session, str(asked["partner"]))
    _refuse_third(session, partner, now)
    key = PartnerKey(
        ulid=new_ulid(now),
        partner_id=partner.id,
        created_at=now,
        created_by=by.name,
        expires_at=now + timedelta(days=days),
        **fields,
    )
    session.add(key)
    session.flush()
    said = {"partner": partner.code, **fields}
    audit.note(session, by, "partner-key.create", "partner_key", key.ulid, said, now=now)


def fetch(session: Session, ulid: str, secrets: Secrets, *, by: Actor, now: datetime) -> str:
    """The secret of a key that was approved, in hexadecimal; told once.

    Raises:
        Forbidden: this is no security administrator.
        NotFound: there is no such key.
        NotOpen: its secret was fetched, or it has ended.
    """
    access.refuse(Action.PARTNER_KEYS, by)
    key = _lock(session, ulid)
    if _state(key, now) != "waiting":
        raise NotOpen("the secret of this key was fetched already, or the key has ended")
    secret = _give_secret(key, secrets)
    session.flush()
    audit.note(session, by, "partner-key.fetch", "partner_key", key.ulid, {}, now=now)
    return secret


def rotate(
    session: Session, ulid: str, secrets: Secrets, *, by: Actor, now: datetime
) -> tuple[str, str]:
    """Another key like it, for as long as the first was: its id and its secret, told once.

    The first one runs out in a fortnight; until then both hold, and we go on signing with it.

    Raises:
        Forbidden: this is no security administrator.
        NotFound: there is no such key.
        NotOpen: it is not in use, or the partner has two live keys already.
    """
    access.refuse(Action.PARTNER_KEYS, by)
    old = _lock(session, ulid)
    if _state(old, now) != "open":
        raise NotOpen("only a key in use is rotated")
    partner = session.get_one(Partner, old.partner_id, with_for_update=True)
    _refuse_third(session, partner, now)
    new = PartnerKey(
        ulid=new_ulid(now),
        partner_id=old.partner_id,
        algorithm=old.algorithm,
        scopes=old.scopes,
        networks=old.networks,
        created_at=now,
        created_by=by.name,
        expires_at=now + (old.expires_at - old.created_at),
    )
    secret = _give_secret(new, secrets)
    session.add(new)
    old.expires_at = min(old.expires_at, now + OVERLAP)
    session.flush()
    said = {"instead_of": ulid}
    audit.note(session, by, "partner-key.rotate", "partner_key", new.ulid, said, now=now)
    return new.ulid, secret


def revoke(session: Session, ulid: str, *, by: Actor, now: datetime) -> None:
    """End a key: the next request signed with it is refused, and nothing leaves under it.

    Raises:
        Forbidden: this is no security administrator.
        NotFound: there is no such key.
        NotOpen: it was revoked already.
    """
    access.refuse(Action.PARTNER_KEYS, by)
    key = _lock(session, ulid)
    if key.revoked_at is not None:
        raise NotOpen("this key was revoked already")
    key.revoked_at, key.revoked_by = now, by.name
    session.flush()
    audit.note(session, by, "partner-key.revoke", "partner_key", key.ulid, {}, now=now)


def list_keys(session: Session, *, by: Actor, now: datetime, partner: str = "") -> list[ShownKey]:
    """Keys of one partner or of all, newest first.

    Raises:
        Forbidden: this is no security administrator.
    """
    access.refuse(Action.PARTNER_KEYS, by)
    query = select(PartnerKey, Partner.code).join(Partner, Partner.id == PartnerKey.partner_id)
    if partner:
        query = query.where(Partner.code == partner)
    return [
        ShownKey(
            k.ulid, code, k.algorithm, k.scopes, k.networks, _state(k, now),
            k.created_at, k.expires_at, k.last_used_at,
        )
        for k, code in session.execute(query.order_by(PartnerKey.id.desc()))
    ]  # fmt: skip


def find(session: Session, key_id: str, secrets: Secrets, *, now: datetime) -> SharedKey | None:
    """The live key with an id, as a signature is verified with it; None where there is none.

    What ran out, was revoked, was never fetched or belongs to a partner that has ended is none.
    Its networks and scopes are the caller's to look at: `is_used_from`, `scopes`.
    """
    query = (
        select(PartnerKey, Partner.code)
        .join(Partner, Partner.id == PartnerKey.partner_id)
        .where(PartnerKey.ulid == key_id, *_is_open(now), _has_not_ended(now))
    )
    row = session.execute(query).one_or_none()
    return None if row is None else _shared(row[0], row[1], secrets)


def signing_key(
    session: Session, partner: Partner, secrets: Secrets, *, now: datetime
) -> SharedKey | None:
    """The key we sign with what leaves for a partner: of two the older, which both sides have."""
    query = select(PartnerKey).where(PartnerKey.partner_id == partner.id, *_is_open(now))
    for key in session.scalars(query.order_by(PartnerKey.id)):
        if KeyScope.DELIVER.value in key.scopes:
            return _shared(key, partner.code, secrets)
    return None


def touch(session: Session, ulid: str, now: datetime) -> None:
    """A key was used; written down at most every five minutes."""
    idle = or_(PartnerKey.last_used_at.is_(None), PartnerKey.last_used_at <= now - _TOUCH)
    statement = update(PartnerKey).where(PartnerKey.ulid == ulid, idle)
    session.execute(statement.values(last_used_at=now))


def _is_open(now: datetime) -> Iterable[Any]:
    return (
        PartnerKey.revoked_at.is_(None),
        PartnerKey.expires_at > now,
        PartnerKey.sealed.is_not(None),
    )


def _has_not_ended(now: datetime) -> Any:
    return or_(Partner.until.is_(None), Partner.until > beijing_day(now))


def _state(key: PartnerKey, now: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at <= now:
        return "expired"
    return "waiting" if key.sealed is None else "open"


def _give_secret(key: PartnerKey, secrets: Secrets) -> str:
    secret = chance.token_bytes(_SECRET_BYTES)
    key.key_id, key.sealed = secrets.seal(secret, _about(key.ulid))
    return secret.hex()


def _shared(key: PartnerKey, partner: str, secrets: Secrets) -> SharedKey:
    sealed = Keyed(str(key.key_id), bytes(key.sealed or b""))
    return SharedKey(
        key.ulid,
        partner,
        Algorithm(key.algorithm),
        secrets.unseal(sealed, _about(key.ulid)),
        frozenset(key.scopes),
        tuple(key.networks),
    )


def _about(ulid: str) -> bytes:
    return b"partner-key\x00" + ulid.encode()


def _refuse_third(session: Session, partner: Partner, now: datetime) -> None:
    query = select(func.count()).where(
        PartnerKey.partner_id == partner.id,
        PartnerKey.revoked_at.is_(None),
        PartnerKey.expires_at > now,
    )
    if (session.scalar(query) or 0) >= LIVE_KEYS:
        raise NotOpen("this partner has two live keys; revoke one first")


def _hold(session: Session, code: str) -> Partner:
    take(session, code)
    return session.scalars(select(Partner).where(Partner.code == code).with_for_update()).one()


def _lock(session: Session, ulid: str) -> PartnerKey:
    query = select(PartnerKey).where(PartnerKey.ulid == ulid).with_for_update()
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(f"no key {ulid[:40]}")
    return found


def _read_key(asked: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The columns of the key that is asked for, and for how many days."""
    scopes, networks = list(asked.get("scopes", ())), list(asked.get("networks", ()))
    algorithm, days = asked.get("algorithm", Algorithm.HMAC_SHA256.value), asked.get("days")
    issues: list[Issue] = []
    if algorithm not in list(Algorithm):
        issues.append(Issue("/algorithm", "invalid", "须为 " + "、".join(Algorithm)))
    if not scopes or set(scopes) - set(KeyScope):
        issues.append(Issue("/scopes", "invalid", "至少选择一项权限"))
    issues += [
        Issue("/networks", "invalid", f"{n} 不是网段，例如 203.0.113.0/24")
        for n in networks
        if not _is_network(n)
    ]
    if not isinstance(days, int) or not 0 < days <= LONGEST_DAYS:
        issues.append(Issue("/days", "invalid", f"1 至 {LONGEST_DAYS} 日"))
    if issues or not isinstance(days, int):
        raise Invalid(issues)
    return {"algorithm": algorithm, "scopes": sorted(set(scopes)), "networks": networks}, days


def _is_network(text: object) -> bool:
    try:
        ip_network(str(text))
    except ValueError:
        return False
    return True
