"""What everybody may do with the own account: password, second factor, sessions.

A change of what one signs in with ends every session but this one, which goes on under another
token. Source: `docs/access.md`.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from ..domain.authority import ADMINISTRATORS
from ..domain.errors import Invalid, Issue, NotOpen
from ..domain.passwords import Hasher, Profile
from ..domain.secrets import Secrets
from ..store.accounts import Account, RecoveryCode, WebSession
from . import audit, factors, new_passwords, rates, sign_in, web_sessions
from .factors import Offered
from .sign_in import FACTOR, Refused, Signed
from .web_sessions import Principal


class Running(NamedTuple):
    """A session as its owner sees it."""

    id: int
    network: str
    opened_at: datetime
    seen_at: datetime
    current: bool


class Own(NamedTuple):
    """An account as its owner sees it."""

    handle: str
    name: str
    password_at: datetime | None
    has_factor: bool
    recovery_left: int
    running: list[Running]


def show(session: Session, who: Principal) -> Own:
    """The account of who is signed in."""
    account = session.get_one(Account, who.account_id)
    open_ = select(WebSession).where(
        WebSession.account_id == account.id, WebSession.ended_at.is_(None)
    )
    left = select(func.count()).where(
        RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None)
    )
    return Own(
        account.handle,
        account.name,
        account.password_at,
        account.totp_sealed is not None,
        session.scalar(left) or 0,
        [
            Running(s.id, s.network, s.opened_at, s.seen_at, s.id == who.session_id)
            for s in session.scalars(open_.order_by(WebSession.id.desc()))
        ],
    )


def change_password(
    sessions: sessionmaker[Session],
    hasher: Hasher,
    profile: Profile,
    who: Principal,
    old: str,
    new: str,
    *,
    network: str,
    now: datetime,
) -> Signed:
    """Another password in place of the old one.

    Raises:
        TooOften: too many wrong passwords.
        Refused: the old one is not right.
        Invalid: the new one is none.
    """
    with sessions.begin() as session:
        account = session.get_one(Account, who.account_id)
        rates.charge(session, sign_in.PAIR, account.handle, network, now=now)
        handle, hashed = account.handle, account.password_hash
    if not hasher.matches(old, hashed):
        raise Refused("the password is not right")
    with sessions.begin() as session:
        rates.forgive(session, sign_in.PAIR, handle, network, now=now)
    with sessions.begin() as session:
        account = session.get_one(Account, who.account_id)
        before = new_passwords.former(session, account.id, profile)
    was_used = new_passwords.is_former(hasher, new, before)
    with sessions.begin() as session:
        account = session.get_one(Account, who.account_id)
        new_passwords.check(session, account, new, profile, hasher, was_used=was_used)
    made = hasher.hash(new)
    with sessions.begin() as session:
        account = _lock(session, who)
        if account.password_hash != hashed:
            raise Refused("the password was changed meanwhile")
        new_passwords.keep(session, account, made, profile, now)
        return _renewed(session, who, "account.password", "password", now)


def offer_factor(session: Session, who: Principal, secrets: Secrets, now: datetime) -> Offered:
    """A seed for a new second factor."""
    return factors.offer(session.get_one(Account, who.account_id), secrets, now)


def change_factor(
    sessions: sessionmaker[Session],
    secrets: Secrets,
    who: Principal,
    sealed: str,
    code: str,
    old_code: str,
    *,
    now: datetime,
) -> tuple[Signed, list[str]]:
    """Another second factor in place of the old one, if there is one; and new recovery codes.

    Args:
        old_code: of the factor there is, or a recovery code.

    Raises:
        TooOften: too many wrong codes.
        Invalid: one of the codes is not right, or the offer is too old.
    """
    with sessions.begin() as session:
        rates.charge(session, FACTOR, who.account, now=now)
    with sessions.begin() as session:
        account = _lock(session, who)
        has = account.totp_sealed is not None
        if has and not factors.give(session, account, old_code, secrets, now):
            raise Invalid([Issue("/old_code", "code.wrong", "验证码不正确，或已使用过")])
        codes = factors.take_up(session, account, sealed, code, secrets, now)
        rates.forgive(session, FACTOR, who.account, now=now)
        signed = _renewed(session, who, "account.factor", "second-factor", now)
    return signed, codes


def renew_recovery(session: Session, who: Principal, secrets: Secrets, now: datetime) -> list[str]:
    """Ten recovery codes in place of those before; the second factor was given just now.

    Raises:
        Refused: it was not.
        NotOpen: there is no second factor.
    """
    if not who.has_stepped_up(now):
        raise Refused("the second factor has to be given anew")
    account = _lock(session, who)
    if account.totp_sealed is None:
        raise NotOpen("there is no second factor that could be lost")
    audit.note(session, who.actor, "account.recovery", "account", who.account, {}, now=now)
    return factors.new_recovery(session, account, secrets, now)


def end_others(session: Session, who: Principal, now: datetime) -> None:
    """End every session but this one."""
    web_sessions.end_all(session, who.account_id, "ended", now, but=who.session_id)
    audit.note(session, who.actor, "session.end-all", "account", who.account, {}, now=now)


def _lock(session: Session, who: Principal) -> Account:
    query = select(Account).where(Account.id == who.account_id).with_for_update()
    return session.scalars(query).one()


def _renewed(session: Session, who: Principal, action: str, why: str, now: datetime) -> Signed:
    web_sessions.end_all(session, who.account_id, why, now, but=who.session_id)
    fresh = who.has_stepped_up(now)
    token = web_sessions.renew(session, who.session_id, now=now, stepped_up=fresh)
    audit.note(session, who.actor, action, "account", who.account, {}, now=now)
    return Signed(token, bool(who.roles & ADMINISTRATORS))
