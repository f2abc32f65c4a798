"""What changes who is near whom takes effect on claims in the same transaction."""

import pytest

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.bodies import Entry, Handover
from fulfilment_monitor.house import House
from fulfilment_monitor.services import rearrangements
from fulfilment_monitor.services.case_guards import Guarded
from fulfilment_monitor.services.recusal import Relieved
from tests.conftest import at
from tests.services import case_builders as town
from tests.services.builders import CLERK, day, office
from tests.services.case_builders import (
    a_person,
    a_world,
    act,
    clocks_of,
    drive,
    events_of,
    the_claim,
)
from tests.services.test_case_clocks import ANSWER, extend, handed_over
from tests.services.test_conflicts import handler_of, wrong
from tests.services.test_routing import held_by

ON = "2025-12-01"


def succeed(house: House, old: str, new: str, on: str, today: str = ON) -> Relieved:
    with house.sessions.begin() as session:
        return rearrangements.succeed(
            session, old, new, on=day(on), reason="机构改革", by=CLERK, office=office(house),
            now=at(day(today)), today=day(today),
        )  # fmt: skip


def enrol(house: House, *entries: Entry, today: str = ON) -> Relieved:
    with house.sessions.begin() as session:
        done, relieved = rearrangements.enrol_bodies(
            session, entries, by=CLERK, office=office(house), now=at(day(today)), today=day(today)
        )
    assert [d.issues for d in done] == [()] * len(entries)
    return relieved


@pytest.mark.proves("A9", "A11")
def test_with_the_merger_itself_the_claim_is_in_other_hands(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    done = succeed(house, town.COUNTY, town.BUREAU, ON)
    assert [c.seat for c in done.moved] == ["holder"]
    assert held_by(house, claim) == town.CITY
    assert wrong(house, ON) == []


def test_a_merger_that_is_decided_counts_before_its_day(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    assert succeed(house, town.COUNTY, town.BUREAU, "2026-01-01").stuck == []
    assert held_by(house, claim) == town.COUNTY_CREDIT  # the level's own, while there is one


@pytest.mark.proves("A11")
@pytest.mark.parametrize("how", ["successor", "superior"])
def test_a_list_of_bodies_has_the_same_effect(house: House, how: str) -> None:
    claim = a_world(house)
    drive(house, claim, "transfer")
    row = next(e for e in town.BODIES if e.code == town.COUNTY)
    entry = row._replace(from_on=day(ON), superior=None)
    if how == "successor":
        entry = entry._replace(handover=Handover(town.BUREAU, day(ON), "机构改革"))
    else:  # the holder now stands below the respondent
        other = next(e for e in town.BODIES if e.code == town.BUREAU)
        assert enrol(house, other._replace(from_on=day(ON), superior=town.CITY)).moved == []
        entry = entry._replace(superior=town.BUREAU)
    assert [c.seat for c in enrol(house, entry).moved] == ["holder"]
    assert held_by(house, claim) == town.CITY


@pytest.mark.proves("A10")
def test_with_the_post_itself_a_colleague_has_the_claim(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    with house.sessions.begin() as session:
        done = rearrangements.post(
            session, "handler", town.CENTRE, Role.CLERK, from_on=day(ON), by=CLERK,
            office=office(house), now=at(day(ON)), today=day(ON),
        )  # fmt: skip
    assert [c.seat for c in done.moved] == ["handler"]
    assert handler_of(house, claim) == "other_director"
    with house.sessions.begin() as session:
        rearrangements.leave(
            session, "other_director", town.COUNTY, Role.HANDLER, on=day(ON), by=CLERK,
            office=office(house), now=at(day(ON)), today=day(ON),
        )  # fmt: skip
    assert handler_of(house, claim) is None  # nobody else is a handler there


# --- the time that has run --------------------------------------------------------------------


@pytest.mark.parametrize("answered", [False, True])
def test_who_steps_aside_hands_on_the_time_that_is_left(house: House, answered: bool) -> None:
    claim = handed_over(house, "2025-11-19")  # 30 days: 2025-12-19
    if answered:
        act(house, claim, "answer", "handler", "2025-11-28", **ANSWER)
    succeed(house, town.COUNTY, town.BUREAU, ON)
    assert events_of(house, claim)[-1] == "escalate"
    assert the_claim(house, claim).state == "transferred"
    running = clocks_of(house, claim)
    assert running.get("case.handle") == (None if answered else "2025-12-19")
    assert "case.take_up" in running
    assert wrong(house, ON) == []
    act(house, claim, "take_up", "city_handler", "2025-12-02", handler="city_handler")


def test_an_escalation_sets_no_time_of_the_decree_anew(house: House) -> None:
    claim = handed_over(house, "2025-11-19")  # 19 + 30 = 49, less 30: 2025-12-19, a Friday
    act(house, claim, "escalate", "city_lead", "2025-12-01", reason="久拖不决")
    assert clocks_of(house, claim)["case.handle"] == "2025-12-19"
    assert clocks_of(house, claim)["case.take_up"] is None  # that begins anew: nobody has it
    act(house, claim, "take_up", "city_handler", "2025-12-02", handler="city_handler")
    # 90 days from the one receipt: 11 in November, 31, 31, 17 in February: 2026-02-17, in the
    # Spring Festival; it rolls to 2026-02-24. From 2025-12-01 it would have been 2026-03-02.
    a_person(house, "city_director", town.CITY, Role.DIRECTOR)
    with pytest.raises(Guarded, match="at most until 2026-02-24"):
        extend(house, claim, "2025-12-19", "2026-02-25", who="city_director")
    extend(house, claim, "2025-12-19", "2026-02-24", who="city_director")
    a_person(house, "province_lead", town.PROVINCE_CREDIT, Role.CREDIT_LEAD)
    act(house, claim, "escalate", "province_lead", "2026-01-05", reason="仍无结果")
    assert clocks_of(house, claim)["case.handle"] == "2026-02-24"


def test_after_the_written_result_an_escalation_starts_no_second_one(house: House) -> None:
    claim = handed_over(house, "2025-11-19")
    act(house, claim, "answer", "handler", "2025-12-19", **ANSWER)
    act(house, claim, "escalate", "city_lead", "2026-01-05", reason="久拖不决")
    assert clocks_of(house, claim) == {"case.take_up": None}
