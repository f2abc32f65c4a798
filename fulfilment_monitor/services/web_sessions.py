"""Sessions of the pages: opened at sign-in, looked up by the hash of their token, ended for good.

Idle and absolute limits differ for the three administrators, as do how many may run beside each
other (等保 8.1.4.1; `docs/access.md`).
"""

import hashlib
import hmac
import secrets
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..domain.authority import ADMINISTRATORS, Actor, Role
from ..domain.errors import Invalid, NotFound, Refusal
from ..store.accounts import Account, WebSession
from ..store.organisations import Organisation
from . import audit, people

#: How long the second factor counts as given just now.
STEP_UP = timedelta(minutes=5)
#: A session is written to at most this often.
_TOUCH = timedelta(minutes=1)
_TOKEN_BYTES = 32


class Limits(NamedTuple):
    idle: timedelta
    whole: timedelta
    beside: int


_STAFF = Limits(timedelta(minutes=30), timedelta(hours=10), 3)
_ADMIN = Limits(timedelta(minutes=15), timedelta(hours=4), 1)


class NotSignedIn(Refusal):
    """No session, or one that has ended."""

    code = "not-signed-in"
    title = "Please sign in"
    status = 401


class Principal(NamedTuple):
    """Who a request comes from, and in which capacity it acts."""

    actor: Actor
    session_id: int
    account: str
    account_id: int
    name: str
    #: The body or enterprise acted for, by name and code; None for who holds no post.
    body_name: str | None
    body_code: str | None
    stepped_up_at: datetime | None
    #: What every form of this session carries.
    csrf: str

    @property
    def roles(self) -> frozenset[Role]:
        """The capacities held."""
        return self.actor.roles

    def has_stepped_up(self, now: datetime) -> bool:
        """Whether the second factor was given a short while ago."""
        return self.stepped_up_at is not None and now - self.stepped_up_at <= STEP_UP


def open_session(
    session: Session,
    account: Account,
    *,
    network: str,
    now: datetime,
    today: date,
    body: int | None = None,
    stepped_up: bool = False,
) -> str:
    """A session of an account; returns its token, which is kept nowhere.

    Of sessions beside it, the oldest end where there would be too many.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    limits = _limits(actor_of(session, account, body, today).roles)
    running = list(
        session.scalars(
            select(WebSession)
            .where(WebSession.account_id == account.id, WebSession.ended_at.is_(None))
            .order_by(WebSession.id.desc())
            .with_for_update()
        )
    )
    for old in running[limits.beside - 1 :]:
        old.ended_at, old.ended_why = now, "too-many"
    session.add(
        WebSession(
            token_hash=_hash(token),
            account_id=account.id,
            body_id=body,
            network=network[:60],
            opened_at=now,
            seen_at=now,
            stepped_up_at=now if stepped_up else None,
        )
    )
    audit.note(session, Actor(account.handle), "session.open", "account", account.ulid, {}, now=now)
    return token


def renew(
    session: Session,
    session_id: int,
    *,
    now: datetime,
    stepped_up: bool = False,
    body: int | None = None,
) -> str:
    """Another token for a session that goes on; the one before opens nothing any more.

    Args:
        stepped_up: the second factor was given just now; otherwise it has to be given anew.
        body: acted for from now on, where it is another.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    opened = session.get_one(WebSession, session_id)
    opened.token_hash, opened.seen_at = _hash(token), now
    opened.stepped_up_at = now if stepped_up else None
    opened.body_id = opened.body_id if body is None else body
    session.flush()
    return token


def find(
    session: Session,
    token: str,
    *,
    network: str,
    now: datetime,
    today: date,
    for_administrators: bool = True,
) -> Principal:
    """Who holds a token; their posts are those of today.

    Args:
        for_administrators: whether the request comes from where administrators may work.

    Raises:
        NotSignedIn: there is no such session, it ended, was idle too long, or its account is
            closed; or an administrator's is used from another network.
    """
    query = (
        select(WebSession, Account)
        .join(Account, Account.id == WebSession.account_id)
        .where(WebSession.token_hash == _hash(token))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotSignedIn("no such session")
    opened, account = row[0], row[1]
    actor = actor_of(session, account, opened.body_id, today)
    limits = _limits(actor.roles)
    if (
        opened.ended_at is not None
        or account.disabled_at is not None
        or now - opened.seen_at > limits.idle
        or now - opened.opened_at > limits.whole
        or (limits is _ADMIN and (opened.network != network or not for_administrators))
    ):
        raise NotSignedIn("this session has ended")
    body = None if actor.body is None else session.get(Organisation, actor.body)
    return Principal(
        actor,
        opened.id,
        account.ulid,
        account.id,
        account.name,
        None if body is None else body.name,
        None if body is None else body.code,
        opened.stepped_up_at,
        hmac.digest(token.encode(), b"form", "sha256").hex(),
    )


def touch(session: Session, session_id: int, now: datetime) -> None:
    """The session was used."""
    session.execute(
        update(WebSession)
        .where(WebSession.id == session_id, WebSession.seen_at < now)
        .values(seen_at=now)
    )


def wants_touch(session: Session, session_id: int, now: datetime) -> bool:
    """Whether the last use was written down long enough ago."""
    seen = session.scalar(select(WebSession.seen_at).where(WebSession.id == session_id))
    return seen is not None and now - seen >= _TOUCH


def end(session: Session, session_id: int, why: str, now: datetime) -> None:
    """End a session for good."""
    session.execute(
        update(WebSession)
        .where(WebSession.id == session_id, WebSession.ended_at.is_(None))
        .values(ended_at=now, ended_why=why)
    )


def end_all(
    session: Session, account_id: int, why: str, now: datetime, *, but: int | None = None
) -> None:
    """End every session of an account, or all but one."""
    session.execute(
        update(WebSession)
        .where(
            WebSession.account_id == account_id,
            WebSession.ended_at.is_(None),
            WebSession.id != (but or 0),
        )
        .values(ended_at=now, ended_why=why)
    )


def actor_of(session: Session, account: Account, body: int | None, today: date) -> Actor:
    """In which capacities an account acts today; of a person with posts in several bodies, one.

    Somebody without a post signs in all the same, and may do nothing.
    """
    if account.enterprise_id is not None:
        return Actor(account.handle, None, account.enterprise_id, frozenset({Role.ENTERPRISE}))
    chosen = None if body is None else session.get_one(Organisation, body).code
    try:
        return people.acting(session, account.handle, today, chosen)
    except Invalid:  # posts in several bodies: the first, until another is chosen
        first = people.bodies_of(session, account.handle, today)[0]
        return people.acting(session, account.handle, today, first.code)
    except NotFound:  # no post any more
        return Actor(account.handle, account.person_id)


def _limits(roles: frozenset[Role]) -> Limits:
    return _ADMIN if roles & ADMINISTRATORS else _STAFF


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
