"""Measures: proposed by a record to each imposing body, and ended with the record.

What the imposing bodies answer is in `measure_answers`; what may be asked, in `restrictions`.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.bodies import Level, Matter
from ..domain.case_codes import Stream
from ..domain.duedates import deadline
from ..domain.measures import (
    Drawn,
    Ground,
    MeasureState,
    Target,
    drawn,
    seat,
)
from ..domain.parties import GovernmentKind
from ..store.ids import new_ulid
from ..store.organisations import Competence, Organisation
from ..store.records import CreditEntry, Measure
from . import measure_clocks, notices
from .conflicts import read_kinship
from .hierarchy import competent_body, holds_on
from .office import Office


class Proposing(NamedTuple):
    """A record whose measures are worked out, and the day on which."""

    entry: CreditEntry
    region: str
    office: Office
    on: date
    now: datetime
    #: The body that determined; None for records from lists.
    determined_by: int | None = None


class Addressed(NamedTuple):
    """A measure a record draws, and the body that would impose it; None where none is known."""

    drawn: Drawn
    imposer_id: int | None


def propose(
    session: Session, by: Proposing, *, serious: bool = False, sme: bool = False
) -> list[Measure]:
    """Ask every imposing body about every measure the record draws; nothing is imposed by it."""
    asked: dict[tuple[str, int], list[Addressed]] = {}
    for found in addressed(session, by, serious=serious, sme=sme):
        if found.imposer_id is not None:
            asked.setdefault((found.drawn.rule.code, found.imposer_id), []).append(found)
    made = [_proposed(by, code, imposer, f) for (code, imposer), f in asked.items()]
    session.add_all(made)
    session.flush()
    measure_clocks.watch(session, made, by.office)
    for measure in made:
        tell(session, measure, "measure.proposed", [measure.imposer_id], now=by.now)
    return made


def addressed(
    session: Session, by: Proposing, *, serious: bool = False, sme: bool = False
) -> Iterator[Addressed]:
    """The measures a record draws, each with its imposing body."""
    body = session.get_one(Organisation, by.entry.body_id)
    ground = Ground(
        Stream(by.entry.stream),
        by.region,
        GovernmentKind(body.kind or GovernmentKind.ORGAN),
        by.entry.effective_on,
        serious,
        sme,
    )
    for found in drawn(by.office.measures, ground, by.office.policy.cases.measured_streams):
        yield Addressed(found, _imposer(session, found, by))


def _imposer(session: Session, found: Drawn, by: Proposing) -> int | None:
    """The body that decides on a measure: never one near the respondent, then the one above."""
    matter = found.basis.imposer
    if matter is None:
        return by.determined_by
    here = seat(found.basis.tier, by.region)
    if here is None:
        return _national(session, matter, by.on)
    while here is not None:
        competent = competent_body(session, matter, here, by.on, regions=by.office.regions)
        if competent is None:
            return None
        kinship = read_kinship(session, [competent.body_id, by.entry.body_id], by.on)
        if not kinship.near(competent.body_id, by.entry.body_id):
            return competent.body_id
        above = by.office.regions.superior(competent.region, by.on)
        here = None if above is None else above.code
    return None


def _national(session: Session, matter: Matter, on: date) -> int | None:
    query = (
        select(Competence.body_id)
        .join(Organisation, Organisation.id == Competence.body_id)
        .where(
            Competence.matter == matter.value,
            Organisation.level == Level.NATIONAL.value,
            holds_on(Competence, on),
        )
        .order_by(Competence.id)
        .limit(1)
    )
    return session.scalar(query)


def _proposed(by: Proposing, code: str, imposer: int, bases: list[Addressed]) -> Measure:
    first = bases[0].drawn
    on_body = first.basis.target in (Target.BODY, Target.PERSON)
    return Measure(
        ulid=new_ulid(by.now),
        entry_id=by.entry.id,
        code=code,
        body_id=by.entry.body_id if on_body else None,
        region=first.region or None,
        imposer_id=imposer,
        basis="；".join(dict.fromkeys(b.drawn.basis.source for b in bases)),
        state=MeasureState.PROPOSED.value,
        proposed_on=by.on,
        details={},
        version=1,
    )


def end_all(
    session: Session, entry: CreditEntry, office: Office, *, on: date, now: datetime
) -> None:
    """Imposed measures are over and their end has to be confirmed; what was proposed falls."""
    term = office.measures
    query = select(Measure).where(Measure.entry_id == entry.id).order_by(Measure.id)
    held = query.with_for_update().execution_options(populate_existing=True)
    resting = session.scalars(held).all()
    for measure in resting:
        if measure.state == MeasureState.IMPOSED.value:
            measure.state, measure.to_end_on = MeasureState.ENDING.value, on
            if term.end_term is not None:
                due = deadline(term.end_term, on, office.statute.calendar, rolls=True)
                measure.confirm_by = due.on
        elif measure.state == MeasureState.PROPOSED.value:
            measure.state, measure.ended_on = MeasureState.ENDED.value, on
            measure.starts_on = measure.due_on = None  # what one has accepted and nobody approved
            measure.answered_on = measure.answered_by = None
        else:
            continue
        measure.version += 1
        tell(session, measure, "measure.ended", [measure.imposer_id, measure.body_id], now=now)
    measure_clocks.watch(session, resting, office)


def tell(
    session: Session, measure: Measure, topic: str, to: Iterable[int | None], *, now: datetime
) -> None:
    """Say how a measure stands; who is to be called to account is never named in it."""
    said = {
        "measure": measure.ulid,
        "record": session.get_one(CreditEntry, measure.entry_id).ulid,
        "code": measure.code,
        "basis": measure.basis,
        "state": measure.state,
        "region": measure.region,
        "starts_on": _day(measure.starts_on),
        "due_on": _day(measure.due_on),
        "on": _day(measure.ended_on or measure.to_end_on or measure.answered_on),
        "confirm_by": _day(measure.confirm_by),
    }
    notices.tell(session, topic, measure.ulid, to, said, now=now)


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
