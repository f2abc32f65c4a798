"""Sign in as whom another service vouches for: an account that exists, is open, and was bound.

The binding is made by the account's own holder, with the second factor given just now. Nothing is
created by it, and no capacity comes from outside: posts are those of the register, and what asks
for the second factor anew asks for ours. The three administrators do not come in this way.
"""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import ADMINISTRATORS, Forbidden
from ..domain.errors import NotOpen, Refusal
from ..domain.secrets import Purpose, Secrets
from ..domain.vouching import Subject
from ..store.accounts import Account, AccountSubject
from . import audit, rates, sign_in, web_sessions
from .sign_in import Signed
from .web_sessions import Principal


class Taken(NotOpen):
    """The subject is bound to another account."""

    code = "sso.taken"
    title = "Bound to another account"


class NotFresh(Refusal):
    """The second factor has to be given anew."""

    code = "sso.not-fresh"
    title = "Give the second factor again"
    status = 403


def enter(
    session: Session,
    subject: Subject,
    secrets: Secrets,
    *,
    network: str,
    now: datetime,
    today: date,
) -> Signed | None:
    """Open a session of the account a subject is bound to; None where there is none.

    The session has not given the second factor: what asks for it anew, asks.
    """
    account = _account_of(session, subject, secrets)
    if account is None or account.disabled_at is not None or account.password_hash is None:
        return None
    if sign_in.is_strict(session, account, today):
        return None
    token = web_sessions.open_session(session, account, network=network, now=now, today=today)
    who = web_sessions.actor_of(session, account, None, today)
    audit.note(session, who, "session.vouched", "account", account.ulid, {}, now=now)
    rates.refund(session, sign_in.NETWORK, network, now=now)
    return Signed(token, strict=False)


def charge(session: Session, network: str, now: datetime) -> None:
    """Count a try; commit before it is made.

    Raises:
        TooOften: it rests.
    """
    rates.charge(session, sign_in.NETWORK, network, now=now)


def bind(
    session: Session, who: Principal, subject: Subject, secrets: Secrets, *, now: datetime
) -> None:
    """Let a subject enter one's own account from now on; one at a time.

    Raises:
        NotFresh: the second factor was not given just now.
        Forbidden: administrators do not come in this way.
        Taken: it enters another account.
    """
    if who.roles & ADMINISTRATORS:
        raise Forbidden("administrators sign in here, with both factors")
    if not who.has_stepped_up(now):
        raise NotFresh("the second factor has to be given anew")
    other = _account_of(session, subject, secrets)
    if other is not None and other.id != who.account_id:
        raise Taken("this identity enters another account")
    unbind(session, who, now)
    hashed = secrets.mac(Purpose.DIGEST, subject.content).content
    session.add(
        AccountSubject(
            account_id=who.account_id, subject_hash=hashed, bound_at=now, bound_by=who.actor.name
        )
    )
    session.flush()
    audit.note(session, who.actor, "account.bind", "account", who.account, {}, now=now)


def unbind(session: Session, who: Principal, now: datetime) -> None:
    """Nobody enters one's own account from elsewhere any more."""
    query = select(AccountSubject).where(
        AccountSubject.account_id == who.account_id, AccountSubject.ended_at.is_(None)
    )
    for row in session.scalars(query.with_for_update()):
        row.ended_at, row.ended_by = now, who.actor.name
        audit.note(session, who.actor, "account.unbind", "account", who.account, {}, now=now)
    session.flush()


def bound_at(session: Session, who: Principal) -> datetime | None:
    """Since when a subject enters one's own account; None where none does."""
    query = select(AccountSubject.bound_at).where(
        AccountSubject.account_id == who.account_id, AccountSubject.ended_at.is_(None)
    )
    return session.scalar(query.limit(1))


def _account_of(session: Session, subject: Subject, secrets: Secrets) -> Account | None:
    """The account a subject is bound to, under whatever key it was hashed."""
    hashes = [h.content for h in secrets.macs(Purpose.DIGEST, subject.content)]
    query = (
        select(Account)
        .join(AccountSubject, AccountSubject.account_id == Account.id)
        .where(AccountSubject.subject_hash.in_(hashes), AccountSubject.ended_at.is_(None))
    )
    return session.scalars(query.limit(1)).one_or_none()
