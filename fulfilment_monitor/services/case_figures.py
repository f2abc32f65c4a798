"""Figures of claims, of what somebody sees: what is late and where, how far claims get, how long.

Counted in the database and returned in groups; nothing of a single claim leaves this module.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from ..domain.case_codes import Verification
from ..domain.cases import Event, State
from ..store.cases import Case, Claim, ClaimDuty, ClaimEvent
from ..store.organisations import Organisation

#: The stages of the funnel: reached by the first of some events.
STAGES: tuple[tuple[str, frozenset[Event]], ...] = (
    ("accepted", frozenset({Event.ACCEPT, Event.HAND_DOWN})),
    ("transferred", frozenset({Event.TRANSFER, Event.HAND_DOWN})),
    ("verifying", frozenset({Event.TAKE_UP})),
    (
        "found",
        frozenset({Event.FIND_SUBSTANTIATED, Event.FIND_UNSUBSTANTIATED, Event.FIND_DISPUTED}),
    ),
    ("rectifying", frozenset({Event.RECTIFY})),
    ("determined", frozenset({Event.APPROVE_DETERMINATION})),
)

_TRUE = (Verification.TRUE, Verification.PARTLY_TRUE)
#: What was found true comes to these by `confirm_rectified` or a confirmed repair alone.
_PUT_RIGHT = (State.RECTIFIED, State.CLOSED)

Where = Sequence[ColumnElement[bool]]


class Late(NamedTuple):
    """Open claims past the last day of a clock, in one region at one body."""

    region: str
    body: str | None
    body_uscc: str | None
    number: int
    #: Days past, one for each claim.
    days: tuple[int, ...]


class Stage(NamedTuple):
    """How many claims have come so far, and after how many days, as the median."""

    name: str
    number: int
    days: int | None


def late(session: Session, where: Where, today: date) -> list[Late]:
    """Where open claims are late: by region and by the body that has them in hand."""
    due = (
        select(ClaimDuty.claim_id, func.min(ClaimDuty.due_on).label("due_on"))
        .where(ClaimDuty.ended_at.is_(None))
        .group_by(ClaimDuty.claim_id)
        .subquery()
    )
    holder = aliased(Organisation)
    keys = (Case.region, holder.name, holder.code, due.c.due_on)
    query = (
        select(*keys, func.count())
        .select_from(Claim)
        .join(Case, Case.id == Claim.case_id)
        .join(due, due.c.claim_id == Claim.id)
        .outerjoin(holder, holder.id == Claim.holder_id)
        .where(Claim.closed_at.is_(None), due.c.due_on < today, *where)
        .group_by(*keys)
    )
    found: dict[tuple[str, str | None, str | None], list[int]] = defaultdict(list)
    for region, body, code, due_on, number in session.execute(query):
        found[region, body, code] += [(today - due_on).days] * number
    rows = [Late(*key, len(days), tuple(sorted(days))) for key, days in found.items()]
    return sorted(rows, key=lambda r: (-r.number, r.region, r.body or ""))


def open_states(session: Session, where: Where) -> dict[str, int]:
    """Open claims by state."""
    query = (
        select(Claim.state, func.count())
        .join(Case, Case.id == Claim.case_id)
        .where(Claim.closed_at.is_(None), *where)
        .group_by(Claim.state)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def stages(session: Session, where: Where) -> list[Stage]:
    """How far all claims have come; the first stage is that there was one."""
    total = select(func.count()).select_from(Claim).join(Case, Case.id == Claim.case_id)
    found = [Stage("opened", session.scalar(total.where(*where)) or 0, None)]
    for name, events in STAGES:
        first = (
            select(ClaimEvent.claim_id, func.min(ClaimEvent.on).label("on"))
            .where(ClaimEvent.event.in_([e.value for e in events]))
            .group_by(ClaimEvent.claim_id)
            .subquery()
        )
        query = (
            select(Claim.opened_on, first.c.on, func.count())
            .join(Case, Case.id == Claim.case_id)
            .join(first, first.c.claim_id == Claim.id)
            .where(*where)
            .group_by(Claim.opened_on, first.c.on)
        )
        took = [((on - opened).days, n) for opened, on, n in session.execute(query)]
        found.append(Stage(name, sum(n for _, n in took), median(took)))
    return found


class Rectified(NamedTuple):
    """Of the claims that were found true, wholly or in part, how many were fully put right."""

    true: int
    done: int


def rectified(session: Session, where: Where) -> Rectified:
    """How many true claims there are, and how many of them were rectified to the last fen.

    Source: 蚌信用办〔2024〕1号 二（二）: 推动全部完成整改.
    """
    done = func.count().filter(Claim.state.in_([s.value for s in _PUT_RIGHT]))
    query = (
        select(func.count(), done)
        .select_from(Claim)
        .join(Case, Case.id == Claim.case_id)
        .where(Claim.verification.in_([v.value for v in _TRUE]), *where)
    )
    return Rectified(*session.execute(query).one())


def median(counted: Iterable[tuple[int, int]]) -> int | None:
    """The lower median of values, each with how often it occurs.

    >>> median([(3, 1), (10, 2)]), median([])
    (10, None)
    """
    ordered = sorted(counted)
    half = (sum(n for _, n in ordered) + 1) // 2
    for value, number in ordered:
        half -= number
        if half <= 0:
            return value
    return None
