"""Nobody imposes a measure alone: one accepts, another approves; until then nothing holds."""

import json

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Actor, Forbidden, Role
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.house import House
from fulfilment_monitor.services import measure_answers
from fulfilment_monitor.services.case_guards import Guarded
from fulfilment_monitor.services.measure_answers import NoGround, SecondPerson
from fulfilment_monitor.store.audit import AuditEntry
from tests.conftest import at
from tests.services import builders
from tests.services.builders import day, paid, state
from tests.services.case_builders import COUNTY_CREDIT, a_person, a_world, act, actor, drive, go
from tests.services.credit_builders import (
    REPAIRING,
    measures_drawn,
    measures_of,
    messages,
    once,
    restricted,
)

HONOURS = f"local.honours@{COUNTY_CREDIT}"
ON = "2026-01-12"


def a_proposal(house: House) -> tuple[str, str]:
    """A record whose measures are proposed, and a second person at the county's credit lead."""
    claim = a_world(house)
    a_person(house, "county_director", COUNTY_CREDIT, Role.DIRECTOR)
    drive(house, claim, "approve_determination")
    return claim, measures_of(house)[HONOURS].ulid


def accept(house: House, ulid: str, who: str, on: str = ON) -> str:
    return once(house, "accept", ulid, who, on, starts_on=day(on)).state


@pytest.mark.proves("R-116", "E2")
def test_a_measure_is_imposed_by_two_people_and_both_are_on_record(house: House) -> None:
    with measures_drawn(house):
        _, ulid = a_proposal(house)
        assert accept(house, ulid, "county_lead") == "proposed"
        assert restricted(house, "2026-02-01") == []
        assert messages(house, "measure.imposed") == []
        with pytest.raises(SecondPerson, match="cannot approve"):
            once(house, "approve", ulid, "county_lead", ON)
        with pytest.raises(NotFound):  # a second person of another body
            once(house, "approve", ulid, "city_lead", ON)
        assert once(house, "approve", ulid, "county_director", "2026-01-13").state == "imposed"
        assert restricted(house, ON) == ["local.honours"]  # from the day that was set
        assert {m["to"] for m in messages(house, "measure.imposed")} != set()
        with pytest.raises(SecondPerson, match="nobody has accepted"):
            once(house, "approve", ulid, "county_lead", "2026-01-14")
    with house.readers() as session:
        query = select(AuditEntry.action, AuditEntry.actor, AuditEntry.body).where(
            AuditEntry.object_type == "measure"
        )
        rows = session.execute(query.order_by(AuditEntry.seq)).all()
    assert [(a, who) for a, who, _ in rows] == [
        ("measure.accept", "county_lead"), ("measure.impose", "county_director"),
    ]  # fmt: skip
    assert [json.loads(bytes(b))["state"] for _, _, b in rows] == ["proposed", "imposed"]


def test_accepting_again_changes_who_has_to_be_another(house: House) -> None:
    with measures_drawn(house):
        _, ulid = a_proposal(house)
        accept(house, ulid, "county_lead")
        accept(house, ulid, "county_director", "2026-01-13")
        with pytest.raises(SecondPerson):
            once(house, "approve", ulid, "county_director", "2026-01-14")
        done = once(house, "approve", ulid, "county_lead", "2026-01-14")
        assert (done.state, str(done.starts_on)) == ("imposed", "2026-01-13")


def test_the_second_person_can_say_no_and_it_can_be_accepted_later(house: House) -> None:
    with measures_drawn(house):
        _, ulid = a_proposal(house)
        accept(house, ulid, "county_lead")
        no = once(house, "decline", ulid, "county_director", ON, "情节轻微")
        assert (no.state, no.reason, no.starts_on) == ("declined", "情节轻微", None)
        with pytest.raises(SecondPerson, match="nobody has accepted"):
            once(house, "approve", ulid, "county_director", ON)
        with pytest.raises(NotOpen):
            once(house, "decline", ulid, "county_lead", ON, "再次")
        accept(house, ulid, "county_lead", "2026-01-20")
        assert once(house, "approve", ulid, "county_director", "2026-01-20").state == "imposed"


def test_what_lost_its_ground_meanwhile_is_not_approved(house: House) -> None:
    with measures_drawn(house):
        claim, ulid = a_proposal(house)
        accept(house, ulid, "county_lead")
        act(house, claim, "object", "bureau_head", "2026-01-18", grounds="金额有误")
        with pytest.raises(NoGround, match="objection"):
            once(house, "approve", ulid, "county_director", "2026-01-19")
        said = {"outcome": "rejected", "reasons": "异议不成立"}
        act(house, claim, "decide_objection", "reviewer", "2026-01-25", **said)
        state(house, paid("2026-02-09"), "2026-02-09")
        go(house, claim, REPAIRING)
        ended = measures_of(house)[HONOURS]
        assert (ended.state, ended.starts_on, ended.answered_by) == ("ended", None, None)
        with pytest.raises(SecondPerson):
            once(house, "approve", ulid, "county_director", "2026-02-13")
        assert restricted(house, "2026-01-20") == []


def told_of(house: House, ulid: str) -> set[str]:
    return {m["state"] for m in messages(house, "measure.ended") if m["measure"] == ulid}


@pytest.mark.proves("R-123", "E2")
def test_a_measure_is_ended_by_two_people_and_both_are_on_record(house: House) -> None:
    with measures_drawn(house):
        claim, ulid = a_proposal(house)
        accept(house, ulid, "county_lead")
        once(house, "approve", ulid, "county_director", ON)
        with pytest.raises(SecondPerson, match="nobody has said"):
            once(house, "approve_end", ulid, "county_director", ON)
        state(house, paid("2026-02-09"), "2026-02-09")
        go(house, claim, REPAIRING)
        said = once(house, "confirm_end", ulid, "county_lead", "2026-02-13", on=day("2026-02-12"))
        assert (said.state, str(said.ended_on)) == ("ending", "2026-02-12")
        assert told_of(house, ulid) == {"ending"}
        close = {"reason": "repaired"}
        with pytest.raises(Guarded, match="measures have not ended"):
            act(house, claim, "close", "handler", "2026-02-27", **close)
        with pytest.raises(SecondPerson, match="cannot approve"):
            once(house, "approve_end", ulid, "county_lead", "2026-02-13")
        with pytest.raises(NotFound):  # a second person of another body
            once(house, "approve_end", ulid, "city_lead", "2026-02-13")
        done = once(house, "approve_end", ulid, "county_director", "2026-02-24")
        assert (done.state, str(done.ended_on)) == ("ended", "2026-02-12")
        assert told_of(house, ulid) == {"ending", "ended"}
        with pytest.raises(SecondPerson):
            once(house, "approve_end", ulid, "county_director", "2026-02-24")
    with house.readers() as session:
        query = select(AuditEntry.action, AuditEntry.actor).where(AuditEntry.object_id == ulid)
        acts = [tuple(row) for row in session.execute(query.order_by(AuditEntry.seq))]
    assert acts[2:] == [("measure.confirm-end", "county_lead"), ("measure.end", "county_director")]


def test_a_service_is_nobody_and_odd_dates_are_refused_at_once(house: House) -> None:
    with measures_drawn(house):
        _, ulid = a_proposal(house)
        with pytest.raises(Invalid, match="/starts_on"):
            once(house, "accept", ulid, "county_lead", ON, starts_on=day("2026-01-01"))
        body = actor(house, "county_lead", ON).body
        robot = Actor("robot", None, body, frozenset({Role.CREDIT_LEAD}))
        with pytest.raises(Forbidden, match="a person"), house.sessions.begin() as session:
            measure_answers.accept(
                session, ulid, starts_on=day(ON), by=robot, office=builders.office(house),
                now=at(day(ON)), today=day(ON),
            )  # fmt: skip
