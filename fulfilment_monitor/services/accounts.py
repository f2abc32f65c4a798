"""Accounts: made by a system administrator, opened with a one-time code, closed at once.

An account is of a person on the register or of somebody for an enterprise. Until its code is used
it cannot sign in; a new code lets its holder choose a new password, and nothing else: whoever has a
second factor has to give it all the same.
"""

from datetime import date, datetime, timedelta
from secrets import randbits
from typing import NamedTuple

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import ADMINISTRATORS, Actor, Forbidden, Role, handle_fault
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..domain.parties import Side
from ..domain.receipts import BITS, plain, spell
from ..domain.secrets import Purpose, Secrets
from ..store.accounts import Account, RecoveryCode
from ..store.ids import new_ulid
from ..store.once import insert_once
from ..store.organisations import Organisation
from ..store.people import Person, Posting
from . import audit, people, web_sessions

#: How long a one-time code may be used.
CODE_LIVES = timedelta(days=3)
_LONGEST_NAME = 120


class Issued(NamedTuple):
    """A one-time code, told once."""

    handle: str
    name: str
    code: str
    until: datetime


class Shown(NamedTuple):
    """An account in a list."""

    row: int
    ulid: str
    handle: str
    name: str
    enterprise: str | None
    state: str
    created_at: datetime
    created_by: str


# --- making and closing -------------------------------------------------------------------------


def create(
    session: Session,
    handle: str,
    secrets: Secrets,
    *,
    enterprise: str | None = None,
    name: str = "",
    leads: bool = False,
    by: Actor,
    now: datetime,
) -> Issued:
    """A new account, closed until its code is used.

    Args:
        enterprise: the code of the enterprise it acts for; without one, the handle is that of a
            person on the register.
        name: of staff the register knows it.
        leads: whether it may open and close accounts of the same enterprise.

    Raises:
        Forbidden: this is neither a system administrator nor who leads that enterprise's accounts.
        NotFound: there is no such person or enterprise.
        Invalid: the handle has an account, or cannot be one.
    """
    firm = None if enterprise is None else _firm(session, enterprise)
    refuse(session, by, None if firm is None else firm.id)
    person = people.find_person(session, handle) if firm is None else None
    if person is None:
        _check_words(session, handle, name)
    row = {
        "ulid": new_ulid(now),
        "handle": handle,
        "name": name if person is None else person.name,
        "person_id": person and person.id,
        "enterprise_id": firm and firm.id,
        "leads": leads and firm is not None,
        "totp_step": 0,
        "disabled_at": now,
        "disabled_by": by.name,
        "created_at": now,
        "created_by": by.name,
    }
    if not insert_once(session, Account, [row], Account.handle):
        raise Invalid([Issue("/handle", "taken", f"{handle} 已有账户")])
    account = find(session, handle, lock=True)
    said = {"handle": handle, "enterprise": enterprise, "leads": account.leads}
    audit.note(session, by, "account.create", "account", account.ulid, said, now=now)
    return _issue(account, secrets, now)


def issue_code(
    session: Session, handle: str, secrets: Secrets, *, by: Actor, now: datetime, today: date
) -> Issued:
    """A new one-time code; sessions end, and the password counts no more.

    Raises:
        Forbidden: this is neither a system administrator nor who leads that enterprise's accounts;
            or the account is an administrator's: its code is made at the machine.
        NotFound: there is no such account.
    """
    account = find(session, handle, by=by, lock=True)
    if not by.is_service and _is_administrator(session, account, today):
        raise Forbidden("the code of an administrator is made at the machine itself")
    account.password_hash, account.disabled_at = None, account.disabled_at or now
    account.disabled_by = account.disabled_by or by.name
    web_sessions.end_all(session, account.id, "reset", now)
    audit.note(session, by, "account.code", "account", account.ulid, {}, now=now)
    return _issue(account, secrets, now)


def disable(session: Session, handle: str, *, by: Actor, now: datetime) -> None:
    """Close an account; the next request of its sessions is refused.

    Raises:
        Forbidden: this is neither a system administrator nor who leads that enterprise's accounts.
        NotFound: there is no such account.
        NotOpen: it is closed already, or one's own.
    """
    account = find(session, handle, by=by, lock=True)
    if account.handle == by.name:
        raise NotOpen("nobody closes the own account")
    if account.disabled_at is not None and account.code_hash is None:
        raise NotOpen(f"{handle} is closed already")
    account.disabled_at, account.disabled_by = now, by.name
    account.code_hash = account.code_until = None
    web_sessions.end_all(session, account.id, "disabled", now)
    audit.note(session, by, "account.disable", "account", account.ulid, {}, now=now)


def drop_factor(session: Session, handle: str, *, by: Actor, now: datetime) -> None:
    """Forget a lost second factor; the account waits for a code, and then for a new one.

    Whoever calls this has made sure that two people decided it.
    """
    account = find(session, handle, lock=True)
    account.totp_key = account.totp_sealed = account.password_hash = None
    account.disabled_at, account.disabled_by = now, by.name
    account.code_hash = account.code_until = None
    void_recovery(session, account.id, now)
    web_sessions.end_all(session, account.id, "second-factor", now)
    audit.note(session, by, "account.factor.drop", "account", account.ulid, {}, now=now)


def refuse(session: Session, by: Actor, enterprise: int | None) -> None:
    """The first line of every verb on an account of staff, or of an enterprise.

    Raises:
        Forbidden: this is neither a system administrator nor who leads that enterprise's accounts.
    """
    if access.reaches(Action.ACCOUNT_MANAGE, by):
        return
    access.refuse(Action.STAFF_MANAGE, by)
    own = enterprise is not None and by.body == enterprise
    if not own or not leads_accounts(session, by):
        raise Forbidden("accounts of your own enterprise only, by who leads them")


def leads_accounts(session: Session, by: Actor) -> bool:
    """Whether an enterprise's account may open and close accounts beside it."""
    query = select(Account.leads).where(
        Account.handle == by.name, Account.enterprise_id == by.body, Account.disabled_at.is_(None)
    )
    return by.body is not None and bool(session.scalar(query))


# --- looking up ---------------------------------------------------------------------------------


def find(session: Session, handle: str, *, by: Actor | None = None, lock: bool = False) -> Account:
    """An account by what its holder signs in as; one that `by` may manage, where it is given.

    Raises:
        NotFound: there is none, or it is not for them: in the same words.
        Forbidden: they manage no accounts at all.
    """
    query = select(Account).where(Account.handle == handle)
    found = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if by is not None and not access.reaches(Action.ACCOUNT_MANAGE, by):
        refuse(session, by, by.body)
        if found is None or found.enterprise_id != by.body:
            found = None
    if found is None:
        raise NotFound(f"no account {handle!r}")
    return found


def list_accounts(
    session: Session,
    *,
    by: Actor,
    text: str | None = None,
    after: int = 0,
    limit: int = 50,
) -> list[Shown]:
    """Accounts by number; of an enterprise's own, only those.

    Raises:
        Forbidden: they manage no accounts at all.
    """
    query = (
        select(Account, Organisation.name)
        .outerjoin(Organisation, Organisation.id == Account.enterprise_id)
        .where(Account.id > after)
        .order_by(Account.id)
        .limit(limit)
    )
    if not access.reaches(Action.ACCOUNT_MANAGE, by):
        refuse(session, by, by.body)
        query = query.where(Account.enterprise_id == by.body)
    if text:
        query = query.where(
            or_(
                Account.handle.contains(text, autoescape=True),
                Account.name.contains(text, autoescape=True),
            )
        )
    return [_shown(account, firm) for account, firm in session.execute(query)]


def _shown(account: Account, firm: str | None) -> Shown:
    return Shown(
        account.id,
        account.ulid,
        account.handle,
        account.name,
        firm,
        state_of(account),
        account.created_at,
        account.created_by,
    )


def state_of(account: Account) -> str:
    """`open`, `waiting` for its code to be used, or `closed`."""
    if account.disabled_at is None:
        return "open"
    return "closed" if account.code_hash is None else "waiting"


def has_administrators(session: Session) -> bool:
    """Whether there is any account of a person who ever held one of the three posts."""
    query = select(Posting.id).where(
        Posting.role.in_([r.value for r in ADMINISTRATORS]),
        Posting.person_id.in_(select(Account.person_id)),
    )
    return session.scalar(query.limit(1)) is not None


def needs_factor(account: Account) -> bool:
    """Whether it cannot sign in without a second factor: all staff, and who leads accounts."""
    return account.enterprise_id is None or account.leads


# --- codes --------------------------------------------------------------------------------------


def has_code(account: Account, code: str, secrets: Secrets, now: datetime) -> bool:
    """Whether this is the one-time code of an account, and it may still be used."""
    hashes = code_hashes(code, secrets)
    if account.code_hash is None or account.code_until is None or account.code_until < now:
        return False
    return bytes(account.code_hash) in hashes


def code_hashes(code: str, secrets: Secrets) -> list[bytes]:
    """What a code may be kept as."""
    return [m.content for m in secrets.macs(Purpose.DIGEST, b"account-code\x00" + plain(code))]


def new_code(secrets: Secrets) -> tuple[str, bytes]:
    """A code of 120 random bits, and what of it is kept; it is too long to be guessed."""
    code = spell(randbits(BITS))
    return code, code_hashes(code, secrets)[0]


def void_recovery(session: Session, account_id: int, now: datetime) -> None:
    """No recovery code of an account counts any more."""
    session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
    )


def _issue(account: Account, secrets: Secrets, now: datetime) -> Issued:
    code, account.code_hash = new_code(secrets)
    account.code_until = now + CODE_LIVES
    return Issued(account.handle, account.name, code, account.code_until)


def _is_administrator(session: Session, account: Account, today: date) -> bool:
    if account.person_id is None:
        return False
    held = {Role(p.role) for p in people.posts_of(session, account.person_id, today)}
    return bool(held & ADMINISTRATORS)


def _firm(session: Session, code: str) -> Organisation:
    found = session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()
    if found is None or found.side != Side.ENTERPRISE.value:
        raise NotFound(f"no enterprise {code!r} is on the register")
    return found


def _check_words(session: Session, handle: str, name: str) -> None:
    if fault := handle_fault(handle):
        raise Invalid([Issue("/handle", "invalid", fault)])
    if not 0 < len(name.strip()) <= _LONGEST_NAME:
        raise Invalid([Issue("/name", "invalid", f"1 至 {_LONGEST_NAME} 个字符")])
    if session.scalar(select(Person.id).where(Person.handle == handle)) is not None:
        raise Invalid([Issue("/handle", "taken", f"{handle} 是登记人员的账号")])
