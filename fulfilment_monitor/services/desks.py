"""What lies on somebody's desk, page by page: own claims, those of the body, of the line, reviews.

The most urgent come first. What somebody may not touch is not there: claims about the own body
and all near it, and about bodies lately served.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session

from ..domain.authority import Actor, Role
from ..domain.cases import State
from ..domain.contracts import Field
from ..domain.errors import Refusal
from ..store.cases import Case, Claim, ClaimDuty
from ..store.sets import among
from . import worklists
from .capacities import capacity
from .case_lists import in_reach
from .case_views import OFFICERS
from .conflicts import kept_from
from .kinship import answered_for
from .office import Office
from .worklists import Item

#: How many open objections are looked through for a reviewer.
_MOST = 500


class Desk(StrEnum):
    MINE = "mine"
    BODY = "body"
    LINE = "line"
    REVIEW = "review"


class Place(NamedTuple):
    """Where a page of a desk ended: the last row's due day and number."""

    due_on: date | None
    row: int


class Page(NamedTuple):
    items: list[Item]
    #: Where the next page begins after; None on the last one.
    after: Place | None
    #: The claims whose case this person may open; others are seen by their line alone.
    openable: frozenset[str]


def lying(
    session: Session,
    desk: Desk,
    *,
    by: Actor,
    office: Office,
    today: date,
    state: State | None = None,
    late: bool = False,
    after: Place | None = None,
    limit: int,
) -> Page:
    """A page of a desk; empty for who has no such desk."""
    where = [_of(session, desk, by, office, today), *not_kept_from(session, by, office, today)]
    if state is not None:
        where.append(Claim.state == state.value)
    query = worklists.open_claims(and_(*where)).add_columns(Claim.id)
    due = func.min(ClaimDuty.due_on)
    if late:
        query = query.having(due < today)
    if after is not None:
        query = query.having(_beyond(due, after))
    rows = [tuple(row) for row in session.execute(query.limit(limit + 1))]
    shown = rows[:limit]
    last = Place(shown[-1][-2], shown[-1][-1]) if len(rows) > limit else None
    items = [worklists.item(row[:-1]) for row in shown]
    openable = _openable(session, [row[-1] for row in shown], by, office, today)
    return Page(items, last, openable)


def _openable(
    session: Session, claims: list[int], by: Actor, office: Office, today: date
) -> frozenset[str]:
    query = select(Claim, Case).join(Case, Case.id == Claim.case_id)
    rows = session.execute(query.where(among(session, Claim.id, claims))).all()
    return frozenset(
        claim.ulid
        for claim, case in rows
        if _stands(session, case, claim, OFFICERS, by, office, today)
    )


def _stands(
    session: Session,
    case: Case,
    claim: Claim,
    roles: Iterable[Role],
    by: Actor,
    office: Office,
    today: date,
) -> bool:
    try:
        capacity(session, case, claim, roles, by, office, today)
    except Refusal:
        return False
    return True


def _beyond(due: ColumnElement[date | None], after: Place) -> ColumnElement[bool]:
    later = and_(due.is_(None), Claim.id > after.row)
    if after.due_on is None:
        return later
    same = and_(due == after.due_on, Claim.id > after.row)
    return or_(due > after.due_on, same, due.is_(None))


def _of(
    session: Session, desk: Desk, by: Actor, office: Office, today: date
) -> ColumnElement[bool]:
    if by.body is None:
        return false()
    if desk is Desk.MINE:
        return Claim.handler_id == by.person if by.person is not None else false()
    own = answered_for(session, by.body, today)
    if desk is Desk.BODY:
        return or_(among(session, Claim.holder_id, own), among(session, Claim.intake_id, own))
    if desk is Desk.LINE:
        lines = worklists.lines(session, by.body, today)
        return or_(*lines, in_reach(session, by, today))
    return among(session, Claim.id, _reviewed(session, by, office, today))


def _reviewed(session: Session, by: Actor, office: Office, today: date) -> set[int]:
    """Claims with an open objection that the actor's body decides."""
    if Role.REVIEWER not in by.roles:
        return set()
    query = (
        select(Claim, Case)
        .join(Case, Case.id == Claim.case_id)
        .where(Claim.contested.is_(True))
        .order_by(Claim.id)
        .limit(_MOST)
    )
    return {
        claim.id
        for claim, case in session.execute(query).all()
        if _stands(session, case, claim, (Role.REVIEWER,), by, office, today)
    }


def not_kept_from(
    session: Session, by: Actor, office: Office, today: date
) -> list[ColumnElement[bool]]:
    """Nothing about a body near the own one, or near one where the person served lately."""
    if by.body is None:
        return [false()]
    away = kept_from(session, by, today, recusal_months=office.policy.cases.recusal_months)
    return [~among(session, Claim.respondent_id, away)]


def seen_of(
    session: Session,
    by: Actor,
    office: Office,
    today: date,
    *,
    region: str = "",
    field: Field | None = None,
) -> list[ColumnElement[bool]]:
    """Conditions on `Claim` and `Case`: what somebody sees of the cases, for figures and lists.

    Args:
        region: only regions whose code begins so.
    """
    where = [in_reach(session, by, today), *not_kept_from(session, by, office, today)]
    if region:
        where.append(Case.region.startswith(region, autoescape=True))
    if field is not None:
        where.append(Case.field == field.value)
    return where
