"""Choose a new password: measured against what others know of its owner, and kept."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..domain.errors import Invalid, Issue
from ..domain.passwords import HISTORY, Hasher, Profile, faults, remembered
from ..store.accounts import Account, FormerPassword
from ..store.organisations import Organisation
from ..store.people import Posting

_SITE = ("合同履约监测", "fulfilment-monitor")


def former(session: Session, account_id: int, profile: Profile) -> list[str]:
    """The hashes of passwords an account had before, the newest first; as many as a profile asks.

    Compare with `is_former` outside every transaction: each takes as long as a sign-in.
    """
    query = select(FormerPassword.password_hash).where(FormerPassword.account_id == account_id)
    newest = query.order_by(FormerPassword.id.desc()).limit(remembered(profile))
    return list(session.scalars(newest)) if remembered(profile) else []


def is_former(hasher: Hasher, password: str, hashes: Iterable[str]) -> bool:
    """Whether a password is one of those an account had before."""
    return any(hasher.matches(password, hashed) for hashed in hashes)


def check(
    session: Session,
    account: Account,
    password: str,
    profile: Profile,
    hasher: Hasher,
    *,
    was_used: bool = False,
) -> None:
    """Refuse a password that is none.

    Args:
        was_used: whether `is_former` has found it.

    Raises:
        Invalid: it is too short or too long, can be guessed, or is one the account had before.
    """
    found = faults(password, profile, _context(session, account))
    if not found and hasher.matches(password, account.password_hash):
        found = [Issue("/password", "password.same", "新密码与原密码相同")]
    if found:
        raise Invalid(found)
    if was_used:
        raise refused()


def refused() -> Invalid:
    """The refusal of a password that an account had before."""
    detail = f"新密码与最近 {HISTORY} 次用过的密码相同"
    return Invalid([Issue("/password", "password.former", detail)])


def keep(session: Session, account: Account, hashed: str, profile: Profile, now: datetime) -> None:
    """A password that was chosen and hashed counts from now on; those too old are forgotten."""
    if account.password_hash is not None and remembered(profile):
        session.add(
            FormerPassword(
                account_id=account.id, password_hash=account.password_hash, replaced_at=now
            )
        )
        session.flush()
    account.password_hash, account.password_at = hashed, now
    mine = FormerPassword.account_id == account.id
    newest = select(FormerPassword.id).where(mine).order_by(FormerPassword.id.desc())
    kept = list(session.scalars(newest.limit(remembered(profile)))) if remembered(profile) else []
    session.execute(delete(FormerPassword).where(mine, FormerPassword.id.not_in(kept)))


def _context(session: Session, account: Account) -> Iterator[str]:
    """What others know: the account, names and codes of the bodies acted for, the site."""
    yield from (account.handle, account.name, *_SITE)
    bodies = select(Posting.body_id).where(Posting.person_id == account.person_id)
    known = (Organisation.id == account.enterprise_id) | Organisation.id.in_(bodies)
    for name, code in session.execute(select(Organisation.name, Organisation.code).where(known)):
        yield from (name, code)
