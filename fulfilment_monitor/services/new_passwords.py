"""Choose a new password: measured against what others know of its owner, and kept."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.errors import Invalid, Issue
from ..domain.passwords import Hasher, Profile, faults
from ..store.accounts import Account
from ..store.organisations import Organisation
from ..store.people import Posting

_SITE = ("合同履约监测", "fulfilment-monitor")


def check(
    session: Session, account: Account, password: str, profile: Profile, hasher: Hasher
) -> None:
    """Refuse a password that is none.

    Raises:
        Invalid: it is too short or too long, can be guessed, or is the one before.
    """
    found = faults(password, profile, _context(session, account))
    if not found and hasher.matches(password, account.password_hash):
        found = [Issue("/password", "password.same", "新密码与原密码相同")]
    if found:
        raise Invalid(found)


def keep(account: Account, hashed: str, now: datetime) -> None:
    """A password that was chosen and hashed counts from now on."""
    account.password_hash, account.password_at = hashed, now


def _context(session: Session, account: Account) -> Iterator[str]:
    """What others know: the account, names and codes of the bodies acted for, the site."""
    yield from (account.handle, account.name, *_SITE)
    bodies = select(Posting.body_id).where(Posting.person_id == account.person_id)
    known = (Organisation.id == account.enterprise_id) | Organisation.id.in_(bodies)
    for name, code in session.execute(select(Organisation.name, Organisation.code).where(known)):
        yield from (name, code)
