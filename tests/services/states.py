"""Small states of public bodies to route through: bodies, links and claims put in by hand."""

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from fulfilment_monitor.domain.bodies import Matter
from fulfilment_monitor.domain.case_codes import Origin
from fulfilment_monitor.domain.cases import State
from fulfilment_monitor.services import routing
from fulfilment_monitor.services.office import Office
from fulfilment_monitor.store.cases import Case, Claim
from fulfilment_monitor.store.ids import new_ulid
from fulfilment_monitor.store.organisations import (
    Competence,
    Organisation,
    Subordination,
    Succession,
)
from fulfilment_monitor.store.people import Posting
from tests.conftest import at

SINCE = date(2020, 1, 1)
LEVELS = {"340321": "county", "340322": "county", "340300": "city", "340000": "province"}


def a_body(session: Session, code: str, region: str | None = None, level: str | None = None) -> int:
    """A public body; its name is its code."""
    body = Organisation(
        code=code, name=f"单位{code}", side="government", kind="organ", region=region,
        level=level or (region and LEVELS.get(region)), recorded_at=at(SINCE),
    )  # fmt: skip
    session.add(body)
    session.flush()
    return body.id


def below(session: Session, body: int, superior: int | None, since: date = SINCE) -> None:
    """Put a body below another from a day on, in place of whatever was above it."""
    query = select(Subordination).where(
        Subordination.body_id == body, Subordination.until_on.is_(None)
    )
    for held in session.scalars(query).all():
        if held.from_on == since:
            session.delete(held)
        else:
            held.until_on = since
    session.flush()
    if superior is not None:
        session.add(
            Subordination(
                body_id=body, superior_id=superior, from_on=since, until_on=None,
                recorded_at=at(since), recorded_by="clerk",
            )
        )  # fmt: skip
        session.flush()


def competent(session: Session, body: int, matter: Matter, region: str) -> None:
    session.add(
        Competence(
            matter=matter.value, region=region, body_id=body, from_on=SINCE, until_on=None,
            recorded_at=at(SINCE), recorded_by="clerk",
        )
    )  # fmt: skip
    session.flush()


def a_claim(
    session: Session, respondent: int, office: Office, on: date, region: str = "340321"
) -> Claim:
    """A lead against a body, with whoever takes it in."""
    intake = routing.intake_for(session, respondent, region, "procurement", on, office)
    case = Case(
        ulid=new_ulid(at(on)), contract_id=None, respondent_id=respondent, region=region,
        field="procurement", origin=Origin.SCHEDULE.value, natures=[], confidential=False,
        merged_into_id=None, opened_on=on, opened_at=at(on), opened_by="system:sweep",
    )  # fmt: skip
    session.add(case)
    session.flush()
    claim = Claim(
        ulid=new_ulid(at(on)), case_id=case.id, obligation_id=None, matter="货款", lead_id=None,
        respondent_id=respondent, state=State.LEAD.value, state_on=on, intake_id=intake,
        holder_id=intake, returned=0, sme_payment=False, listed=False, contested=False,
        version=0, opened_on=on, opened_at=at(on),
    )  # fmt: skip
    session.add(claim)
    session.flush()
    return claim


# --- the same questions, asked without our code -----------------------------------------------


def answering(session: Session, body: int, on: date) -> int:
    """Who answers for a body: one succession after the other."""
    query = select(Succession).where(Succession.from_on <= on)
    after: dict[int, int] = {}
    for row in session.scalars(query.order_by(Succession.from_on, Succession.id)):
        after[row.predecessor_id] = row.successor_id
    seen = []
    while body in after and body not in seen:
        seen.append(body)
        body = after[body]
    return body


def kin(session: Session, body: int) -> set[int]:
    """All that a body came from or became, found by trying every succession again and again."""
    family, pairs = (
        {body},
        session.execute(select(Succession.predecessor_id, Succession.successor_id)).all(),
    )
    for _ in pairs:
        family |= {x for a, b in pairs if a in family or b in family for x in (a, b)}
    return family


def conflicted(session: Session, respondent: int, on: date) -> set[int]:
    """The respondent, its kin, and whatever has one of them among its superiors."""
    family = kin(session, respondent)
    links = {
        row.body_id: row.superior_id
        for row in session.scalars(select(Subordination).where(Subordination.from_on <= on))
        if row.until_on is None or row.until_on > on
    }
    found = set(family)
    for body in session.scalars(select(Organisation.id)):
        here, steps = body, 0
        while here in links and steps < 50:
            here, steps = answering(session, links[here], on), steps + 1
            if here in family:
                found.add(body)
    return found


def served(session: Session, person: int, on: date, months: int = 24) -> set[int]:
    """Bodies in which a person holds a post, or has held one in the last months."""
    year, month = divmod(on.year * 12 + on.month - 1 - months, 12)
    since = date(year, month + 1, min(on.day, 28)) + timedelta(days=max(0, on.day - 28))
    posts: Iterable[Posting] = session.scalars(
        select(Posting).where(Posting.person_id == person, Posting.from_on <= on)
    )
    return {p.body_id for p in posts if p.until_on is None or p.until_on > since}
