"""People and posts as the security administrators see to them.

Entering a person and ending a post take effect at once; giving a post, and forgetting a lost second
factor, need a second person (`services.approvals`).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import Actor, Role
from ..domain.errors import Invalid, Issue
from . import accounts, people, rearrangements
from .office import Office


def enter(session: Session, handle: str, name: str, *, by: Actor, now: datetime) -> None:
    """Enter a person, who holds no post yet.

    Raises:
        Forbidden: this is no security administrator.
        Invalid: the handle is taken, or is none.
    """
    access.refuse(Action.ROLE_GRANT, by)
    people.enrol(session, handle, name, by=by, now=now)


def end(
    session: Session,
    handle: str,
    body: str,
    role: Role,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """End a post today; claims the person has in hand there go to colleagues at once.

    Raises:
        Forbidden: this is no security administrator.
        NotFound: there is no such post.
    """
    access.refuse(Action.ROLE_GRANT, by)
    rearrangements.leave(
        session, handle, body, role, on=today, by=by, office=office, now=now, today=today
    )


def check_give(session: Session, asked: Mapping[str, Any]) -> None:
    """Whether a post could be given: person, body and post are what they should be."""
    person = people.find_person(session, _text(asked, "handle"))
    people.find_body(session, _text(asked, "body"))
    role, from_on, until_on = _post(asked)
    people.refuse_post(session, person, role, from_on, until_on)


def do_give(
    session: Session,
    asked: Mapping[str, Any],
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Give the post; claims the person may no longer handle go to others at once."""
    role, from_on, until_on = _post(asked)
    rearrangements.post(
        session,
        _text(asked, "handle"),
        _text(asked, "body"),
        role,
        from_on=max(from_on, today),  # nobody has held a post before it was decided
        until_on=until_on,
        by=by,
        office=office,
        now=now,
        today=today,
    )


def check_drop(session: Session, asked: Mapping[str, Any]) -> None:
    """Whether there is a second factor to forget."""
    if accounts.find(session, _text(asked, "handle")).totp_sealed is None:
        raise Invalid([Issue("/handle", "no-factor", "该账户没有第二因素")])


def do_drop(
    session: Session,
    asked: Mapping[str, Any],
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Forget a lost second factor."""
    accounts.drop_factor(session, _text(asked, "handle"), by=by, now=now)


def _post(asked: Mapping[str, Any]) -> tuple[Role, date, date | None]:
    try:
        role = Role(_text(asked, "role"))
        until = asked.get("until_on")
        return (
            role,
            date.fromisoformat(_text(asked, "from_on")),
            date.fromisoformat(until) if until else None,
        )
    except ValueError:
        raise Invalid([Issue("/role", "invalid", "职务或日期不正确")]) from None


def _text(asked: Mapping[str, Any], name: str) -> str:
    found = asked.get(name)
    if not isinstance(found, str) or not found:
        raise Invalid([Issue(f"/{name}", "missing", "此项必填")])
    return found
