"""Accounts of a demonstration: entered by a button, and of no use wherever it is in earnest.

Such an account has no password at all: a word stands in the place of its hash that no password
has. An application that is no demonstration does not begin over a database that holds one.
"""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.errors import NotFound, NotOpen
from ..domain.secrets import Secrets
from ..store.accounts import Account
from . import accounts, sign_in, web_sessions
from .sign_in import Signed

#: In the place of a password hash.
_NO_PASSWORD = "demo"  # noqa: S105 — that there is none


def open_account(
    session: Session,
    handle: str,
    name: str,
    secrets: Secrets,
    *,
    enterprise: str | None = None,
    by: Actor,
    now: datetime,
) -> None:
    """An account of a person on the register, or of an enterprise, that anybody may enter.

    Raises:
        NotFound, Invalid: see `accounts.create`.
    """
    accounts.create(
        session, handle, secrets, enterprise=enterprise, name=name, leads=True, by=by, now=now
    )
    account = accounts.find(session, handle)
    account.name, account.password_hash = name, _NO_PASSWORD
    account.code_hash = account.code_until = account.disabled_at = account.disabled_by = None
    session.flush()


def list_accounts(session: Session) -> list[Account]:
    """Its accounts, in the order they were made."""
    query = select(Account).where(Account.password_hash == _NO_PASSWORD).order_by(Account.id)
    return list(session.scalars(query))


def refuse(session: Session) -> None:
    """What is served in earnest holds no account of a demonstration.

    Raises:
        NotOpen: it holds one.
    """
    query = select(Account.id).where(Account.password_hash == _NO_PASSWORD)
    if session.scalar(query.limit(1)) is not None:
        raise NotOpen("this database was made by `demo`, and is never served in earnest")


def enter(session: Session, handle: str, *, network: str, now: datetime, today: date) -> Signed:
    """Open a session; only a door that is a demonstration calls this.

    Raises:
        NotFound: no account of a demonstration is called so.
    """
    found = next((a for a in list_accounts(session) if a.handle == handle), None)
    if found is None or found.disabled_at is not None:
        raise NotFound(f"no demonstration account {handle!r}")
    token = web_sessions.open_session(
        session, found, network=network, now=now, today=today, stepped_up=True
    )
    return Signed(token, sign_in.is_strict(session, found, today))
