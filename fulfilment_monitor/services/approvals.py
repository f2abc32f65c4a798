"""Acts that need a second person: asked for by one, decided by another, and then done.

`ACTS` says of each act who may ask and who may decide; a new act is a line there. Whoever asked
never decides, and nobody gives anything to themselves; the database refuses the first as well.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import Actor, Forbidden, Role
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..store.accounts import Approval
from ..store.ids import new_ulid
from . import (
    audit,
    contact_changes,
    dead_letters,
    issued_keys,
    law_changes,
    organisations,
    partner_keys,
    partners,
    posts,
    subscriptions,
)
from .office import Office

_LONGEST = 1000

#: What is done with what was asked, by who decides; a check refuses what could never be done.
Check = Callable[[Session, Mapping[str, Any]], None]
Do = Callable[[Session, Mapping[str, Any], Actor, Office, datetime, date], None]


class Act(NamedTuple):
    """Something that needs a second person."""

    asks: Action
    #: Who may decide; of one who asks and one who decides, each is somebody else.
    decides: frozenset[Role]
    check: Check
    do: Do
    #: The person it is about, by handle, if it is about one: never who asks or decides.
    about: str | None = None
    #: Where the code of the body stands within which it is asked for, decided and seen.
    within: str | None = None


#: Another security administrator; the system administrator where there is only one.
_SECOND = frozenset({Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN})

#: Whoever may ask for a change of the law may decide one that another has asked for.
_OF_LAW = frozenset({Role.SECURITY_ADMIN, Role.CREDIT_LEAD})

#: A system administrator sends dead letters again alone; a credit lead asks one, or another lead.
_OF_LETTERS = frozenset({Role.SYSTEM_ADMIN, Role.CREDIT_LEAD})

ACTS: Mapping[str, Act] = {
    "post.give": Act(Action.ROLE_GRANT, _SECOND, posts.check_give, posts.do_give, "handle"),
    "factor.drop": Act(Action.ROLE_GRANT, _SECOND, posts.check_drop, posts.do_drop, "handle"),
    "api-key.create": Act(
        Action.PARTNER_KEYS, _SECOND, issued_keys.check_create, issued_keys.do_create
    ),
    "partner.register": Act(
        Action.PARTNER_KEYS, _SECOND, partners.check_register, partners.do_register
    ),
    "partner.change": Act(Action.PARTNER_KEYS, _SECOND, partners.check_change, partners.do_change),
    "partner-key.create": Act(
        Action.PARTNER_KEYS, _SECOND, partner_keys.check_create, partner_keys.do_create
    ),
    "webhook.create": Act(
        Action.PARTNER_KEYS, _SECOND, subscriptions.check_create, subscriptions.do_create
    ),
    "dead-letter.replay": Act(
        Action.DEAD_LETTERS,
        _OF_LETTERS,
        dead_letters.check_replay,
        dead_letters.do_replay,
    ),
    contact_changes.ACT: Act(
        Action.CONTACT_REPLACE,
        frozenset({Role.CREDIT_LEAD}),
        contact_changes.check,
        contact_changes.do,
        within="office",
    ),
    "calendar.load": Act(
        Action.LAW_CHANGE, _OF_LAW, law_changes.check_calendar, law_changes.do_calendar
    ),
    "lpr.load": Act(Action.LAW_CHANGE, _OF_LAW, law_changes.check_rates, law_changes.do_rates),
}


class Decided(NamedTuple):
    """What was decided upon."""

    act: str
    asked: Mapping[str, Any]


class Shown(NamedTuple):
    """An approval in a list."""

    row: int
    ulid: str
    act: str
    asked: Mapping[str, Any]
    reason: str
    asked_at: datetime
    asked_by: str
    granted: bool | None
    answer: str | None
    decided_at: datetime | None
    decided_by: str | None
    #: Whether who looks may decide it.
    open_to_me: bool


def ask(
    session: Session,
    act: str,
    asked: Mapping[str, Any],
    reason: str,
    *,
    by: Actor,
    now: datetime,
) -> str:
    """Ask for an act; nothing is done until somebody else has decided. Returns its name.

    Raises:
        Forbidden: this capacity cannot ask for it, or would be given it.
        Invalid, NotFound: it could not be done.
    """
    known = _act(act)
    access.refuse(known.asks, by)
    _refuse_self(known, asked, by)
    if not 0 < len(reason.strip()) <= _LONGEST:
        raise Invalid([Issue("/reason", "invalid", f"请说明理由，1 至 {_LONGEST} 个字符")])
    known.check(session, asked)
    row = Approval(
        ulid=new_ulid(now),
        act=act,
        asked=dict(asked),
        reason=reason.strip(),
        asked_at=now,
        asked_by=by.name,
        asked_by_id=_person(by),
    )
    session.add(row)
    session.flush()
    said = {"act": act, "asked": dict(asked), "reason": row.reason}
    audit.note(session, by, "approval.ask", "approval", row.ulid, said, now=now)
    return row.ulid


def decide(
    session: Session,
    ulid: str,
    *,
    granted: bool,
    answer: str = "",
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> Decided:
    """Grant what was asked, and do it; or refuse it. Returns what it was.

    Raises:
        NotFound: nothing was asked under this name.
        Forbidden: this capacity does not decide it, or it is one's own.
        NotOpen: it was decided already.
        Invalid: it cannot be done any more.
    """
    row = _lock(session, ulid)
    act = _act(row.act)
    _refuse_decider(act, row, by, organisations.code_of(session, by.body))
    if row.decided_at is not None:
        raise NotOpen("it was decided already")
    row.granted, row.answer = granted, answer.strip()[:_LONGEST] or None
    row.decided_at, row.decided_by, row.decided_by_id = now, by.name, _person(by)
    session.flush()
    said = {"act": row.act, "granted": granted, "answer": row.answer}
    audit.note(session, by, "approval.decide", "approval", row.ulid, said, now=now)
    if granted:
        act.do(session, row.asked, by, office, now, today)
    return Decided(row.act, row.asked)


def list_asked(
    session: Session, *, by: Actor, open_only: bool = False, before: int | None = None, limit: int
) -> list[Shown]:
    """What was asked, newest first; of acts this capacity asks for or decides.

    Raises:
        Forbidden: there are none.
    """
    codes = [c for c, act in ACTS.items() if _sees(act, by)]
    if not codes:
        raise Forbidden("you neither ask for nor decide what needs two people")
    query = select(Approval).where(Approval.act.in_(codes)).order_by(Approval.id.desc())
    if open_only:
        query = query.where(Approval.decided_at.is_(None))
    if before is not None:
        query = query.where(Approval.id < before)
    code = organisations.code_of(session, by.body)
    for name, act in ACTS.items():
        if act.within is not None:  # what another office asked for is not for this one
            own = Approval.asked[act.within].as_string() == code
            query = query.where((Approval.act != name) | own)
    return [_shown(row, by, code) for row in session.scalars(query.limit(limit))]


def _shown(row: Approval, by: Actor, code: str | None) -> Shown:
    return Shown(
        row.id, row.ulid, row.act, row.asked, row.reason, row.asked_at, row.asked_by,
        row.granted, row.answer, row.decided_at, row.decided_by, _may_decide(row, by, code),
    )  # fmt: skip


def _may_decide(row: Approval, by: Actor, code: str | None) -> bool:
    act = ACTS.get(row.act)
    if act is None or row.decided_at is not None:
        return False
    try:
        _refuse_decider(act, row, by, code)
    except Forbidden:
        return False
    return True


def _refuse_decider(act: Act, row: Approval, by: Actor, code: str | None) -> None:
    if not by.roles & act.decides:
        wanted = sorted(r.value for r in act.decides)
        raise Forbidden("needs: " + ", ".join(wanted), roles=wanted)
    if act.within is not None and row.asked.get(act.within) != code:
        raise Forbidden("another office asked for it")
    if row.asked_by_id == by.person:
        raise Forbidden("nobody decides what they asked for")
    _refuse_self(act, row.asked, by)


def _refuse_self(act: Act, asked: Mapping[str, Any], by: Actor) -> None:
    if act.about is not None and asked.get(act.about) == by.name:
        raise Forbidden("nobody gives anything to themselves")


def _sees(act: Act, by: Actor) -> bool:
    return bool(by.roles & act.decides) or bool(access.reaches(act.asks, by))


def _act(code: str) -> Act:
    if code not in ACTS:
        raise NotFound(f"no act {code!r} needs a second person")
    return ACTS[code]


def _lock(session: Session, ulid: str) -> Approval:
    query = select(Approval).where(Approval.ulid == ulid).with_for_update()
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(f"nothing was asked as {ulid}")
    return found


def _person(by: Actor) -> int:
    if by.person is None:
        raise Forbidden("two people decide this, and the service is none")
    return by.person
