"""What one was told oneself: how much is unread, the list, and that it was read."""

from collections.abc import Collection
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.contacts import Contact, check_contact, masked
from ..domain.secrets import Secrets
from ..store.contracts import Contract
from ..store.notifications import Notification
from . import audit
from .notification_digests import Address, address_of, keep_address
from .web_sessions import Principal

#: Beyond this a count says only that there are more.
MOST_COUNTED = 99


class Own(NamedTuple):
    """A notification as its reader sees it."""

    id: int
    rule: str
    severity: str
    about: str
    matter: str | None
    #: The number of a contract.
    contract_no: str | None
    due_on: date | None
    raised_on: date
    read_at: datetime | None
    closed_at: datetime | None


def unread(session: Session, account: int) -> int:
    """How much waits; one more than `MOST_COUNTED` stands for any number."""
    n = Notification
    some = select(n.id).where(n.account_id == account, n.read_at.is_(None), n.closed_at.is_(None))
    counted = select(func.count()).select_from(some.limit(MOST_COUNTED + 1).subquery())
    return session.scalar(counted) or 0


def list_own(
    session: Session, who: Principal, *, everything: bool, before: int | None, limit: int
) -> list[Own]:
    """The own notifications, newest first: what is unread, or all there are.

    Raises:
        Forbidden: no capacity of an account.
    """
    access.refuse(Action.OWN_ACCOUNT, who.actor)
    n = Notification
    query = (
        select(
            n.id, n.rule, n.severity, n.about, n.matter, Contract.contract_no, n.due_on,
            n.raised_on, n.read_at, n.closed_at,
        )
        .outerjoin(Contract, (Contract.ulid == n.matter) & (n.about == "contract"))
        .where(n.account_id == who.account_id)
        .order_by(n.id.desc())
        .limit(limit)
    )  # fmt: skip
    if not everything:
        query = query.where(n.read_at.is_(None), n.closed_at.is_(None))
    if before is not None:
        query = query.where(n.id < before)
    return [Own._make(row) for row in session.execute(query)]


def mark_read(
    session: Session, who: Principal, *, only: Collection[int] | None, upto: int, now: datetime
) -> int:
    """These were read; returns how many had not been.

    Args:
        only: some of them; None for all up to a number, which is what a page has shown.
    """
    access.refuse(Action.OWN_ACCOUNT, who.actor)
    n = Notification
    these = n.id <= upto if only is None else n.id.in_(only)
    done = session.execute(
        update(n)
        .where(n.account_id == who.account_id, n.read_at.is_(None), these)
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )
    count: int = done.rowcount  # type: ignore[attr-defined]
    return count


def own_address(session: Session, who: Principal, secrets: Secrets) -> Address:
    """Where one is written to, masked."""
    found = address_of(session, who.account_id, secrets)
    shown = masked(Contact("", found.phone, found.email)) if any(found) else None
    return Address() if shown is None else Address(found.email and shown.email, shown.phone)


def change_address(
    session: Session, who: Principal, email: str, phone: str, secrets: Secrets, *, now: datetime
) -> None:
    """Take another address, or none at all.

    Raises:
        Invalid: one that cannot be one.
    """
    access.refuse(Action.OWN_ACCOUNT, who.actor)
    address = Address()
    if email.strip() or phone.strip():
        checked = check_contact({"name": "-", "email": email, "phone": phone})
        address = Address(checked.email, checked.phone)
    keep_address(session, who.account_id, address, secrets, now=now)
    said = {"email": bool(address.email), "phone": bool(address.phone)}
    audit.note(session, who.actor, "account.address", "account", who.account, said, now=now)
