"""Every cell of state, event and role through the service: who may, and what is refused how."""

from typing import NamedTuple

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from fulfilment_monitor.domain.authority import CAPACITIES, SWEEP, Actor, Conflict, Forbidden, Role
from fulfilment_monitor.domain.cases import (
    FINAL,
    TRANSITIONS,
    Event,
    IllegalStep,
    State,
    events_open,
)
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.house import House
from fulfilment_monitor.services import cases
from fulfilment_monitor.store.cases import Case, Claim
from fulfilment_monitor.store.complaints import Complaint, ComplaintClaim
from fulfilment_monitor.store.organisations import Organisation
from tests.conftest import at
from tests.services.builders import day, office
from tests.services.case_builders import COUNTY, COUNTY_CREDIT, a_world, actor

ON = "2026-01-05"
#: A complaint's pseudonym; whoever holds its receipt acts under it.
COMPLAINT = "01K7ZJ2PM0AAAAAAAAAAAAAAAA"


#: Whether a cell is open is asked in Python: on the second database one of so many is enough.
_EVERY = {"sqlite": 1, "postgresql": 5}
#: What nobody does by hand.
_OF_THE_SERVICE = {Event.REASSIGN}


class Stage(NamedTuple):
    house: House
    claim: str
    #: Somebody in each capacity who stands to the claim as that capacity does.
    actors: dict[Role, Actor]


def in_one(person: Actor, role: Role) -> Actor:
    """A person in one capacity only."""
    return person._replace(roles=frozenset({role}))


@pytest.fixture
def stage(house: House) -> Stage:
    claim = a_world(house)
    who = {
        Role.CLERK: "bureau_clerk",
        Role.HEAD: "bureau_head",
        Role.INTAKE: "county_lead",
        Role.CREDIT_LEAD: "county_lead",
        Role.HANDLER: "handler",
        Role.DIRECTOR: "director",
        Role.SUPERVISOR: "supervisor",
        Role.REVIEWER: "reviewer",
        Role.CUSTODIAN: "custodian",
        Role.RESPONDENT: "bureau_head",
    }
    actors = {role: in_one(actor(house, handle, ON), role) for role, handle in who.items()}
    actors[Role.SYSTEM] = SWEEP
    actors[Role.COMPLAINANT] = Actor(COMPLAINT, roles=frozenset({Role.COMPLAINANT}))
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        actors[role] = in_one(actors[Role.HANDLER], role)
    assert set(actors) == set(CAPACITIES)
    with house.sessions.begin() as session:
        _complain(session, claim)
    return Stage(house, claim, actors)


def _complain(session: Session, ulid: str) -> None:
    claim = session.scalars(select(Claim).where(Claim.ulid == ulid)).one()
    case = session.get_one(Case, claim.case_id)
    complaint = Complaint(
        ulid=COMPLAINT,
        case_id=case.id,
        channel="other",
        origin="complaint",
        confidential=False,
        refuses_contact=False,
        declared={},
        digest="0" * 64,
        received_on=day("2025-11-01"),
        received_at=at(day("2025-11-01")),
        recorded_by="test",
    )
    session.add(complaint)
    session.flush()
    session.add(
        ComplaintClaim(
            complaint_id=complaint.id,
            claim_id=claim.id,
            breach="arrears",
            joined_at=at(day("2025-11-01")),
        )
    )
    bodies = {
        row.code: row.id
        for row in session.scalars(
            select(Organisation).where(Organisation.code.in_([COUNTY, COUNTY_CREDIT]))
        )
    }
    claim.intake_id, claim.holder_id = bodies[COUNTY_CREDIT], bodies[COUNTY]


def put_into(session: Session, ulid: str, state: State) -> None:
    """A claim in any state, as if it had come there."""
    ended = at(day("2025-12-01")) if state in FINAL else None
    session.execute(
        update(Claim).where(Claim.ulid == ulid).values(state=state.value, closed_at=ended)
    )


def every(stage: Stage) -> int:
    return _EVERY[stage.house.engine.dialect.name]


def fire(session: Session, stage: Stage, event: Event, by: Actor, outcome: str = "") -> None:
    cases.fire(
        session,
        stage.claim,
        event,
        {"outcome": outcome} if outcome else {},
        by=by,
        office=office(stage.house),
        now=at(day(ON)),
        today=day(ON),
    )


def was_heard(session: Session, stage: Stage, event: Event, by: Actor, outcome: str) -> bool:
    """Whether somebody may do it: then it is done, or asks for details, or a guard refuses."""
    try:
        fire(session, stage, event, by, outcome)
    except (Forbidden, NotFound, Conflict):
        return False
    except (Invalid, NotOpen):
        return True
    return True


@pytest.mark.proves("I-8", "R-68")
def test_every_listed_cell_is_open_to_its_roles_and_closed_to_the_others(stage: Stage) -> None:
    with stage.house.sessions() as session:
        for t in TRANSITIONS[:: every(stage)]:
            for role, by in stage.actors.items():
                nested = session.begin_nested()
                put_into(session, stage.claim, t.source)
                speaks = role in t.roles or (
                    Role.RESPONDENT in t.roles and role in (Role.CLERK, Role.HEAD)
                )
                heard = was_heard(session, stage, t.event, by, t.outcome)
                assert heard == speaks, (t, role)
                nested.rollback()
        session.rollback()


@pytest.mark.proves("I-8")
def test_every_cell_that_is_not_listed_is_refused_with_what_is_open(stage: Stage) -> None:
    listed = {(t.source, t.event) for t in TRANSITIONS}
    everything = stage.actors[Role.HANDLER]._replace(roles=frozenset(CAPACITIES) - {Role.SYSTEM})
    with stage.house.sessions() as session:
        for state in list(State)[:: every(stage)]:
            put_into(session, stage.claim, state)
            for event in Event:
                if (state, event) in listed:
                    continue
                by = SWEEP if event in _OF_THE_SERVICE else everything
                with pytest.raises(IllegalStep) as refused:
                    fire(session, stage, event, by)
                assert refused.value.members == {"allowed": events_open(state)}
        session.rollback()


def test_who_has_nothing_to_do_with_a_claim_does_not_learn_its_state(stage: Stage) -> None:
    elsewhere = stage.actors[Role.HANDLER]._replace(body=10**9)
    with stage.house.sessions() as session, pytest.raises(NotFound, match="no claim"):
        fire(session, stage, Event.CLOSE, elsewhere)
