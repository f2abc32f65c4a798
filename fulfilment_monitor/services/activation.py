"""The first sign-in, or the one after a reset: with a one-time code, to choose what counts then.

Nothing is kept between the two steps: the offered seed travels sealed in the form, and the code is
given again with it. Only when all of it is right does the account open.
"""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from ..domain.authority import Actor
from ..domain.errors import Invalid, Issue
from ..domain.passwords import Hasher, Profile
from ..domain.secrets import Secrets
from ..store.accounts import Account
from . import accounts, audit, factors, new_passwords, sign_in
from .factors import Offered
from .sign_in import Refused, Signed


class Holder(NamedTuple):
    """Who a one-time code is of, and what is asked for."""

    handle: str
    name: str
    #: A seed to take up; None where the account has its second factor already.
    offered: Offered | None
    #: Whether the account may go without a second factor.
    optional: bool


class Chosen(NamedTuple):
    """What somebody with a one-time code chooses."""

    handle: str
    one_time: str
    password: str
    #: The offer as it was shown, and a code of it; or a code of the second factor there is.
    sealed: str
    code: str
    network: str


class Opened(NamedTuple):
    signed: Signed
    #: Told once; none where the second factor was there already, or was left out.
    recovery: list[str]


def begin(
    sessions: sessionmaker[Session],
    secrets: Secrets,
    handle: str,
    one_time: str,
    *,
    network: str,
    now: datetime,
    sealed: str = "",
) -> Holder:
    """Who holds a one-time code.

    Args:
        sealed: the offer made before, for a form that is shown once more.

    Raises:
        TooOften: this account, from this network, or this network rests for a while.
        Refused: there is no such account, or the code is not its own, or is used or too old.
    """
    with sessions.begin() as session:
        sign_in.charge(session, handle, network, now)
        account = _holder(session, handle, one_time, secrets, now)
        if account is not None:
            sign_in.forgive(session, handle, network, now)
            return _asked(account, sealed, secrets, now)
        _note_refusal(session, now)
    raise Refused("the account or the code is not right")


def finish(
    sessions: sessionmaker[Session],
    hasher: Hasher,
    secrets: Secrets,
    profile: Profile,
    chosen: Chosen,
    *,
    now: datetime,
    today: date,
) -> Opened:
    """Open the account, and a session of it.

    Raises:
        TooOften, Refused: see `begin`.
        Invalid: the password is none, or the code of the second factor is not right.
    """
    with sessions.begin() as session:
        sign_in.charge(session, chosen.handle, chosen.network, now)
        account = _holder(session, chosen.handle, chosen.one_time, secrets, now)
        if account is None:
            _note_refusal(session, now)
        else:
            new_passwords.check(session, account, chosen.password, profile, hasher)
            before = new_passwords.former(session, account.id, profile)
    if account is None:
        raise Refused("the account or the code is not right")
    if new_passwords.is_former(hasher, chosen.password, before):
        raise new_passwords.refused()
    hashed = hasher.hash(chosen.password)
    with sessions.begin() as session:
        account = _holder(session, chosen.handle, chosen.one_time, secrets, now)
        if account is None:
            raise Refused("the code was used meanwhile")
        recovery = _take_factor(session, account, chosen, secrets, now)
        new_passwords.keep(session, account, hashed, profile, now)
        account.code_hash = account.code_until = None
        account.disabled_at = account.disabled_by = None
        session.flush()
        who = Actor(account.handle)
        audit.note(session, who, "account.activate", "account", account.ulid, {}, now=now)
        signed = sign_in.opened_now(session, account, chosen.network, now=now, today=today)
        sign_in.forgive(session, chosen.handle, chosen.network, now)
    return Opened(signed, recovery)


def _holder(
    session: Session, handle: str, one_time: str, secrets: Secrets, now: datetime
) -> Account | None:
    query = select(Account).where(Account.handle == handle).with_for_update()
    found = session.scalars(query).one_or_none()
    if found is None:
        accounts.code_hashes(one_time, secrets)  # as long as for one that there is
        return None
    return found if accounts.has_code(found, one_time, secrets, now) else None


def _asked(account: Account, sealed: str, secrets: Secrets, now: datetime) -> Holder:
    offered = None
    if account.totp_sealed is None:
        again = factors.offered_again(account, sealed, secrets, now) if sealed else None
        offered = again or factors.offer(account, secrets, now)
    return Holder(account.handle, account.name, offered, not accounts.needs_factor(account))


def _take_factor(
    session: Session, account: Account, chosen: Chosen, secrets: Secrets, now: datetime
) -> list[str]:
    if account.totp_sealed is not None:
        if not factors.give(session, account, chosen.code, secrets, now):
            raise Invalid([Issue("/code", "code.wrong", "验证码不正确，或已使用过")])
        return []
    if not chosen.code.strip() and not accounts.needs_factor(account):
        return []
    return factors.take_up(session, account, chosen.sealed, chosen.code, secrets, now)


def _note_refusal(session: Session, now: datetime) -> None:
    audit.note(session, Actor("public"), "session.refused", "account", "unknown", {}, now=now)
