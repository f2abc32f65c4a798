"""What lies on whose desk: open claims of a body, a person or a line; and what an area lacks."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from ..domain.authority import Role
from ..domain.bodies import MATTER_CHINESE, Matter
from ..domain.cases import STATE_CHINESE, State
from ..domain.regions import stem
from ..store.cases import Case, Claim, ClaimDuty
from ..store.organisations import Competence, Organisation
from ..store.people import Person, Posting
from ..store.sets import among
from .hierarchy import holds_on
from .kinship import answered_for, read_kinship

_MOST = 200


class Item(NamedTuple):
    """An open claim as it lies on a desk; nothing of it tells who complained."""

    claim: str
    case: str
    respondent: str
    region: str
    field: str
    state: State
    state_on: date
    #: The body and the person that have it in hand.
    holder: str | None
    handler: str | None
    #: The nearest last day of a clock that runs; None where none has a limit.
    due_on: date | None

    def shown(self, on: date) -> dict[str, Any]:
        """As a row of a report."""
        late = 0 if self.due_on is None else max(0, (on - self.due_on).days)
        return {**self._asdict(), "state_name": STATE_CHINESE[self.state], "late_days": late}


def of_body(session: Session, body: int, on: date, *, late: bool = False) -> list[Item]:
    """Claims a body has to act on, also those it took over from others."""
    mine = answered_for(session, body, on)
    return _items(session, among(session, Claim.holder_id, mine), on, late=late)


def of_person(session: Session, person: int, on: date, *, late: bool = False) -> list[Item]:
    """Claims a person handles."""
    return _items(session, Claim.handler_id == person, on, late=late)


def of_line(session: Session, body: int, on: date, *, late: bool = False) -> list[Item]:
    """Claims of the fields and regions a body is competent for, whoever has them in hand.

    Source: 蚌信用办〔2024〕1号 三（一）: each department for its own field.
    """
    found = lines(session, body, on)
    return _items(session, or_(*found), on, late=late) if found else []


def lines(session: Session, body: int, on: date) -> list[ColumnElement[bool]]:
    """The matters and regions a body is competent for, each as a condition; one of them holds."""
    competence = Competence
    query = select(competence.matter, competence.region).where(
        among(session, competence.body_id, answered_for(session, body, on)),
        holds_on(competence, on),
    )
    return [_line(Matter(matter), region) for matter, region in session.execute(query)]


def _line(matter: Matter, region: str) -> ColumnElement[bool]:
    area = Case.region.startswith(stem(region), autoescape=True)
    if matter is Matter.CREDIT_LEAD:  # leads the mechanism: every field
        return area
    if matter is Matter.SME_PAYMENT:
        return area & Claim.sme_payment.is_(True)
    return area & (Case.field == matter.value)


def _items(session: Session, which: ColumnElement[bool], on: date, *, late: bool) -> list[Item]:
    query = open_claims(which)
    if late:
        query = query.having(func.min(ClaimDuty.due_on) < on)
    found = session.execute(query.limit(_MOST))
    return [item(tuple(row)) for row in found]


def item(row: tuple[Any, ...]) -> Item:
    """An item of a row of `open_claims`."""
    return Item(*row)._replace(state=State(row[5]))


def open_claims(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """Open claims, the most urgent first."""
    respondent, holder = aliased(Organisation), aliased(Organisation)
    due = func.min(ClaimDuty.due_on)
    shown = (
        Claim.ulid,
        Case.ulid,
        respondent.name,
        Case.region,
        Case.field,
        Claim.state,
        Claim.state_on,
        holder.name,
        Person.handle,
    )
    running = (ClaimDuty.claim_id == Claim.id) & ClaimDuty.ended_at.is_(None)
    return (
        select(*shown, due)
        .select_from(Claim)
        .join(Case, Case.id == Claim.case_id)
        .join(respondent, respondent.id == Claim.respondent_id)
        .outerjoin(holder, holder.id == Claim.holder_id)
        .outerjoin(Person, Person.id == Claim.handler_id)
        .outerjoin(ClaimDuty, running)
        .where(Claim.closed_at.is_(None), which)
        .group_by(Claim.id, *shown)
        .order_by(due.is_(None), due, Claim.id)
    )


# --- what an area has, and what it lacks ------------------------------------------------------


class Desk(NamedTuple):
    """Who is in charge of a matter in a region, and how many people act there."""

    matter: Matter
    body: str | None
    people: int

    @property
    def missing(self) -> str:
        """What has to be entered, in one sentence; empty where nothing is missing."""
        if self.body is None:
            return f"未登记“{MATTER_CHINESE[self.matter]}”的主管单位"
        return "" if self.people else f"{self.body}未登记经办人员"


def mechanism(session: Session, region: str, on: date) -> list[Desk]:
    """Every matter in a region, with who is in charge of it; for the level above to look at.

    Source: 蚌信用办〔2024〕1号 三（一）: 各县区要建立工作机制，明确责任分工.
    """
    query = select(Competence.matter, Competence.body_id).where(
        Competence.region == region, holds_on(Competence, on)
    )
    registered = {Matter(matter): body for matter, body in session.execute(query)}
    kinship = read_kinship(session, registered.values(), on)
    now = {matter: kinship.answering(body) for matter, body in registered.items()}
    names = _names(session, set(now.values()))
    staff = {body: _staff(session, body, on) for body in set(now.values())}
    return [
        Desk(m, names[now[m]] if m in now else None, staff[now[m]] if m in now else 0)
        for m in Matter
    ]


def _names(session: Session, bodies: set[int]) -> Mapping[int, str]:
    query = select(Organisation.id, Organisation.name)
    found = session.execute(query.where(among(session, Organisation.id, bodies)))
    return {row[0]: row[1] for row in found}


def _staff(session: Session, body: int, on: date) -> int:
    acting = [Role.INTAKE.value, Role.HANDLER.value, Role.CREDIT_LEAD.value]
    query = select(func.count(func.distinct(Posting.person_id))).where(
        among(session, Posting.body_id, answered_for(session, body, on)),
        Posting.role.in_(acting),
        Posting.from_on <= on,
        or_(Posting.until_on.is_(None), Posting.until_on > on),
    )
    return session.scalar(query) or 0
