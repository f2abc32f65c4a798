"""Sign in: a password and a second factor, checked in the same time whoever asks.

The password is hashed outside every transaction, because it takes long. Tries are counted before
they are made (`services.rates`); one answer stands for every reason of a refusal.
"""

from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from ..domain.authority import ADMINISTRATORS, Actor
from ..domain.errors import Refusal
from ..domain.passwords import Hasher, Profile, is_due
from ..domain.secrets import Secrets
from ..store.accounts import Account
from ..store.organisations import Organisation
from . import accounts, audit, factors, new_passwords, people, rates, web_sessions
from .web_sessions import Principal

#: An account from one network: 0 to 60 seconds, and after the fifth failure fifteen minutes.
PAIR = rates.Rule("sign-in", timedelta(minutes=30), (0, 2, 10, 60, 900))
#: All accounts from one network: what a whole office may get wrong.
NETWORK = rates.Rule("sign-in.network", timedelta(minutes=5), (*[0] * 99, 300))
#: Codes for one account whose password was right: nobody guesses one of a million so.
FACTOR = rates.Rule("second-factor", timedelta(hours=1), (*[0] * 19, 900))


class Refused(Refusal):
    """Whatever was wrong: an account that does not exist is refused in the same words."""

    code = "sign-in.refused"
    title = "Not signed in"
    status = 401


class Given(NamedTuple):
    """What somebody signs in with, and from where."""

    handle: str
    password: str
    code: str
    network: str
    #: Another password to begin with; asked for where the old one is too old.
    new_password: str = ""
    #: Whether it comes from where administrators may work.
    for_administrators: bool = True


class Signed(NamedTuple):
    """A session that was opened, or is open on."""

    token: str
    #: Whether its cookie is for our own pages only, even when a link leads here.
    strict: bool


class PasswordDue(Refusal):
    """All was right, but the password is too old: sign in with a new one beside it."""

    code = "password.due"
    title = "The password has to be changed"
    status = 403


class _Known(NamedTuple):
    account_id: int
    password_hash: str | None


def sign_in(
    sessions: sessionmaker[Session],
    hasher: Hasher,
    secrets: Secrets,
    profile: Profile,
    given: Given,
    *,
    now: datetime,
    today: date,
) -> Signed:
    """Open a session.

    Raises:
        TooOften: this account, from this network, or this network rests for a while.
        Refused: anything is wrong.
        PasswordDue: the password is too old, and no new one was given.
        Invalid: the new password is none.
    """
    with sessions.begin() as session:
        rates.charge(session, NETWORK, given.network, now=now)
        rates.charge(session, PAIR, given.handle, given.network, now=now)
        known = _known(session, given.handle)
    right = hasher.matches(given.password, known and known.password_hash)
    made, was_used = None, False
    if right and given.new_password and known is not None:
        made = hasher.hash(given.new_password)
        with sessions.begin() as session:
            before = new_passwords.former(session, known.account_id, profile)
        was_used = new_passwords.is_former(hasher, given.new_password, before)
    with sessions.begin() as session:
        account = None if known is None else _lock(session, known.account_id)
        if (
            account is None
            or known is None
            or not right
            or account.password_hash != known.password_hash
            or not _has_factor(session, account, given, secrets, now)
            or (not given.for_administrators and is_strict(session, account, today))
        ):
            _note_refusal(session, account, now)
            signed = None
        else:
            if made is not None:
                new_passwords.check(
                    session, account, given.new_password, profile, hasher, was_used=was_used
                )
                new_passwords.keep(session, account, made, profile, now)
                web_sessions.end_all(session, account.id, "password", now)
            elif is_due(profile, account.password_at, now):
                raise PasswordDue("please choose a new password")
            signed = opened_now(session, account, given.network, now=now, today=today)
            forgive(session, given.handle, given.network, now)
            rates.forgive(session, FACTOR, account.ulid, now=now)
    if signed is None:
        raise Refused("the account, the password or the code is not right")
    if made is None and known is not None and hasher.is_outdated(known.password_hash or ""):
        _rehash(sessions, hasher, known, given.password)
    return signed


def step_up(
    sessions: sessionmaker[Session],
    secrets: Secrets,
    who: Principal,
    code: str,
    *,
    now: datetime,
    today: date,
) -> Signed:
    """Give the second factor anew: the session goes on under another token.

    Raises:
        TooOften: too many wrong codes.
        Refused: the code is not right, or was used already.
    """
    with sessions.begin() as session:
        rates.charge(session, FACTOR, who.account, now=now)
    with sessions.begin() as session:
        account = _lock(session, who.account_id)
        if account is None or not factors.give(session, account, code, secrets, now):
            signed = None
        else:
            token = web_sessions.renew(session, who.session_id, now=now, stepped_up=True)
            signed = Signed(token, bool(who.roles & ADMINISTRATORS))
            rates.forgive(session, FACTOR, who.account, now=now)
            audit.note(session, who.actor, "session.step-up", "account", who.account, {}, now=now)
    if signed is None:
        raise Refused("the code is not right, or was used already")
    return signed


def switch(
    session: Session, who: Principal, body_code: str, *, now: datetime, today: date
) -> Signed:
    """Act for another body in which posts are held; the second factor has to be given anew.

    Raises:
        NotFound: no post is held there today.
    """
    actor = people.acting(session, who.actor.name, today, body_code)
    token = web_sessions.renew(session, who.session_id, now=now, body=actor.body)
    said = {"body": body_code}
    audit.note(session, actor, "session.switch", "account", who.account, said, now=now)
    return Signed(token, bool(actor.roles & ADMINISTRATORS))


def bodies(session: Session, who: Principal, today: date) -> list[Organisation]:
    """The bodies somebody may choose to act for."""
    if who.actor.person is None:
        return []
    return people.bodies_of(session, who.actor.name, today)


def sign_out(session: Session, who: Principal, now: datetime) -> None:
    """End this session."""
    web_sessions.end(session, who.session_id, "signed-out", now)
    audit.note(session, who.actor, "session.end", "account", who.account, {}, now=now)


# --- pieces -------------------------------------------------------------------------------------


def opened_now(
    session: Session, account: Account, network: str, *, now: datetime, today: date
) -> Signed:
    """A session for who has just proved to be the holder of an account, with both factors."""
    factor = account.totp_sealed is not None
    token = web_sessions.open_session(
        session, account, network=network, now=now, today=today, stepped_up=factor
    )
    return Signed(token, is_strict(session, account, today))


def charge(session: Session, handle: str, network: str, now: datetime) -> None:
    """Count a try to prove that one is the holder of an account.

    Raises:
        TooOften: it rests.
    """
    rates.charge(session, NETWORK, network, now=now)
    rates.charge(session, PAIR, handle, network, now=now)


def forgive(session: Session, handle: str, network: str, now: datetime) -> None:
    """The try was right."""
    rates.refund(session, NETWORK, network, now=now)
    rates.forgive(session, PAIR, handle, network, now=now)


def _known(session: Session, handle: str) -> _Known | None:
    query = select(Account.id, Account.password_hash, Account.disabled_at)
    row = session.execute(query.where(Account.handle == handle)).one_or_none()
    if row is None or row[2] is not None:
        return None
    return _Known(row[0], row[1])


def _lock(session: Session, account_id: int) -> Account | None:
    """The account, unless it was closed."""
    query = select(Account).where(Account.id == account_id, Account.disabled_at.is_(None))
    return session.scalars(query.with_for_update()).one_or_none()


def _has_factor(
    session: Session, account: Account, given: Given, secrets: Secrets, now: datetime
) -> bool:
    if account.totp_sealed is None:
        return not accounts.needs_factor(account)
    try:
        with session.begin_nested():
            rates.charge(session, FACTOR, account.ulid, now=now)
    except rates.TooOften:  # in the same words as all else: that the password is right stays unsaid
        return False
    return factors.give(session, account, given.code, secrets, now)


def is_strict(session: Session, account: Account, today: date) -> bool:
    """Whether an account's cookie is for our own pages only."""
    actor = web_sessions.actor_of(session, account, None, today)
    return bool(actor.roles & ADMINISTRATORS)


def _note_refusal(session: Session, account: Account | None, now: datetime) -> None:
    """On record for every account and for none: what was typed as a name may be a password."""
    ulid = "unknown" if account is None else account.ulid
    who = Actor("public" if account is None else account.handle)
    audit.note(session, who, "session.refused", "account", ulid, {}, now=now)


def _rehash(sessions: sessionmaker[Session], hasher: Hasher, known: _Known, password: str) -> None:
    made = hasher.hash(password)
    with sessions.begin() as session:
        account = session.get_one(
            Account, known.account_id, with_for_update=True, populate_existing=True
        )
        if account.password_hash == known.password_hash:
            account.password_hash = made
