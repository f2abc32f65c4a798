"""Claims leave the hands of those who have come too near, and somebody else has them at once."""

from datetime import date

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.house import House
from fulfilment_monitor.services import case_doctor, conflicts, people, recusal, worklists
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.cases import ClaimDuty
from tests.conftest import at
from tests.services import case_builders as town
from tests.services import states
from tests.services.builders import (
    CLERK,
    a_document,
    a_payment,
    day,
    office,
    register,
    tamper,
    tampered,
)
from tests.services.case_builders import a_person, a_world, act, drive, the_claim
from tests.services.test_routing import held_by, merge


def relieve(house: House, on: str, *codes: str, person: str | None = None) -> recusal.Relieved:
    with house.sessions.begin() as session:
        bodies = [people.find_body(session, c).id for c in codes] or None
        who = None if person is None else people.find_person(session, person).id
        return recusal.relieve(
            session, office=office(house), now=at(day(on)), today=day(on), bodies=bodies, person=who
        )


def give_post(house: House, handle: str, body: str, role: Role, on: str) -> None:
    with house.sessions.begin() as session:
        people.post(session, handle, body, role, from_on=day(on), by=CLERK, now=at(day(on)))


def wrong(house: House, on: str) -> list[str]:
    with house.readers() as session:
        return [c for c, _ in case_doctor.examine_cases(session, office(house), on=day(on))]


def handler_of(house: House, claim: str) -> str | None:
    with house.readers() as session:
        number = the_claim(house, claim).handler_id
        return None if number is None else session.get_one(people.Person, number).handle


# --- bodies -----------------------------------------------------------------------------------


@pytest.mark.proves("A9", "A11")
@pytest.mark.parametrize("until", ["transfer", "take_up", "find_substantiated", "refuse"])
def test_a_holder_merged_with_the_respondent_loses_the_claim_at_once(
    house: House, until: str
) -> None:
    claim = a_world(house)
    drive(house, claim, until)
    before = the_claim(house, claim)
    merge(house, town.COUNTY, town.BUREAU, "2025-12-20")
    assert "claim.holder-may-not" in wrong(house, "2025-12-20")
    done = relieve(house, "2025-12-20", town.COUNTY, town.BUREAU)
    assert [c.seat for c in done.moved] == ["holder"]
    assert held_by(house, claim) == town.CITY
    after = the_claim(house, claim)
    assert after.handler_id == (None if until in ("transfer", "take_up") else handler(house))
    assert after.state == ("transferred" if until in ("transfer", "take_up") else before.state)
    assert wrong(house, "2025-12-20") == []
    with house.readers() as session:
        running = select(ClaimDuty.body_id).where(
            ClaimDuty.ended_at.is_(None), ClaimDuty.clock.not_in(["case.accept", "case.transfer"])
        )
        assert set(session.scalars(running)) <= {after.holder_id}
    assert relieve(house, "2025-12-20") == recusal.Relieved([], [])


def handler(house: House) -> int:
    with house.readers() as session:
        return people.find_person(session, "city_handler").id


def test_whoever_took_it_in_is_replaced_too(house: House) -> None:
    claim = a_world(house)
    merge(house, town.BUREAU, town.COUNTY_CREDIT, "2025-10-21")
    assert {c.seat for c in relieve(house, "2025-10-21").moved} == {"holder"}
    assert held_by(house, claim) == town.CITY_CREDIT
    assert the_claim(house, claim).intake_id == the_claim(house, claim).holder_id
    act(house, claim, "accept", "city_lead", "2025-10-22")


def test_where_nobody_else_is_registered_it_is_said(house: House) -> None:
    a_world(house)
    merge(house, town.BUREAU, town.COUNTY_CREDIT, "2025-10-21")
    tamper(house, "DELETE FROM subordination", "DELETE FROM competence")
    assert len(relieve(house, "2025-10-21").stuck) == 2


@pytest.mark.proves("A9", "A11")
def test_who_returned_it_has_it_again_where_nobody_else_may(house: House) -> None:
    """That it said it was not competent weighs less than that the holder may never judge."""
    claim = a_world(house)
    drive(house, claim, "transfer")
    act(house, claim, "return", "handler", "2025-12-01", to=town.CITY_FINANCE, reason="属市里")
    act(house, claim, "transfer", "county_lead", "2025-12-02")
    assert held_by(house, claim) == town.CITY_FINANCE
    tamper(
        house,
        "DELETE FROM competence",
        "DELETE FROM subordination WHERE superior_id NOT IN"
        f" (SELECT id FROM organisation WHERE code = '{town.COUNTY}')",
    )
    merge(house, town.CITY_FINANCE, town.BUREAU, "2025-12-20")
    done = relieve(house, "2025-12-20", town.CITY_FINANCE, town.BUREAU)
    assert [c.seat for c in done.moved if c.seat == "holder"] == ["holder"]
    assert held_by(house, claim) == town.COUNTY


# --- people -----------------------------------------------------------------------------------


@pytest.mark.proves("A10")
def test_a_handler_who_gets_a_post_at_the_respondent_is_replaced_by_a_colleague(
    house: House,
) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    give_post(house, "handler", town.CENTRE, Role.CLERK, "2025-11-03")
    assert wrong(house, "2025-11-03") == ["claim.handler-may-not"]
    relieve(house, "2025-11-03", person="handler")
    assert handler_of(house, claim) == "other_director"
    with house.readers() as session:
        acts = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq.desc())).first()
        assert acts == "case.reassign"


@pytest.mark.proves("A10")
def test_who_left_the_respondent_stands_aside_for_the_months_of_the_office(house: House) -> None:
    a_world(house)
    a_person(house, "mover", town.CENTRE, Role.CLERK)
    with house.sessions.begin() as session:
        people.leave(
            session, "mover", town.CENTRE, Role.CLERK, on=day("2023-11-03"), by=CLERK,
            now=at(day("2023-11-03")),
        )  # fmt: skip
        bureau = people.find_body(session, town.BUREAU).id
        pair = {(people.find_person(session, "mover").id, bureau)}

        def barred(on: str) -> bool:
            return bool(conflicts.recused(session, pair, day(on), 24))

        assert barred("2025-11-02")
        assert not barred("2025-11-03")  # 24 months after the first day without the post


def test_a_post_that_was_near_on_its_last_day_counts_whatever_was_reorganised_since(
    house: House,
) -> None:
    a_world(house)
    a_person(house, "mover", town.CENTRE, Role.CLERK)
    with house.sessions.begin() as session:
        people.leave(
            session, "mover", town.CENTRE, Role.CLERK, on=day("2025-06-01"), by=CLERK,
            now=at(day("2025-06-01")),
        )  # fmt: skip
        bureau, centre, city = (
            people.find_body(session, c).id for c in (town.BUREAU, town.CENTRE, town.CITY)
        )
        states.below(session, centre, city, date(2025, 6, 2))
        pair = (people.find_person(session, "mover").id, bureau)
        assert conflicts.recused(session, {pair}, day("2025-06-03"), 24) == {pair}


def test_without_a_colleague_the_name_is_cleared_and_the_body_still_has_it(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    for handle in ("handler", "other_director"):
        give_post(house, handle, town.CENTRE, Role.CLERK, "2025-11-03")
    relieve(house, "2025-11-03")
    assert handler_of(house, claim) is None
    assert held_by(house, claim) == town.COUNTY


def test_a_handler_who_leaves_hands_over_to_the_colleague_with_the_fewest_claims(
    house: House,
) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    with house.sessions.begin() as session:
        people.leave(
            session, "handler", town.COUNTY, Role.HANDLER, on=day("2025-11-03"), by=CLERK,
            now=at(day("2025-11-03")),
        )  # fmt: skip
    relieve(house, "2025-11-03", person="handler")
    assert handler_of(house, claim) == "other_director"


# --- the doctor and the desks -----------------------------------------------------------------


@pytest.mark.proves("R-50")
def test_the_daily_look_finds_nothing_on_the_straight_way(house: House) -> None:
    claim = a_world(house)
    for step in town.WAY:
        town.go(house, claim, [step])
        assert wrong(house, step.on) == []


@pytest.mark.proves("R-50")
@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE claim SET holder_id = NULL", "claim.without-holder"),
        ("UPDATE claim SET state = 'verifying'", "claim.state-not-of-last-event"),
        ("UPDATE claim SET version = 7", "claim.version-not-its-events"),
        ("UPDATE claim SET version = 0", "claim.moved-without-event"),
        ("UPDATE claim SET outcome = 'untrue'", "claim.outcome-before-findings"),
        ("DELETE FROM routing_decision", "claim.handed-over-without-decision"),
        ("DELETE FROM claim_duty", "claim.nothing-runs"),
        ("DELETE FROM audit_entry WHERE action = 'case.transfer'", "claim.without-audit"),
        ("UPDATE claim SET holder_id = respondent_id", "claim.holder-may-not"),
        ("UPDATE claim SET intake_id = respondent_id", "claim.intake-may-not"),
        ("UPDATE claim_event SET source = 'closed' WHERE seq = 2", "claim.event-out-of-line"),
    ],
)
def test_the_daily_look_finds_what_was_done_behind_its_back(
    house: House, damage: str, check: str
) -> None:
    claim = a_world(house)
    drive(house, claim, "transfer")
    with tampered(house, damage) as session:
        found = case_doctor.examine_cases(session, office(house), on=day("2025-10-22"))
        assert check in {name for name, _ in found}


def test_every_query_of_the_daily_look_runs(house: House) -> None:
    assert wrong(house, "2025-10-22") == []


@pytest.mark.proves("R-159")
def test_a_line_has_the_claims_of_its_matter_and_no_others(house: House) -> None:
    town.a_town(house)
    register(
        house,
        a_document(a_payment(due_on="2025-09-10"), contract_no="H1"),
        a_document(a_payment(due_on="2025-09-10"), contract_no="H2", field="ppp"),
    )
    of_small = town.complain(house, "2025-10-09", contract_no="H1", channel="sme-payment").claims[0]
    other = town.complain(house, "2025-10-09", contract_no="H2").claims[0]
    act(house, of_small, "accept", "sme_intake", "2025-10-10", scope=town.IN_SCOPE)
    act(house, other, "accept", "county_lead", "2025-10-10", scope=town.IN_SCOPE)
    with house.readers() as session:
        found = {
            code: [
                item.claim
                for item in worklists.of_line(
                    session, people.find_body(session, code).id, day("2025-10-13")
                )
            ]
            for code in (town.CITY_SME, town.CITY_FINANCE, town.CITY_CREDIT, town.BUREAU)
        }
    assert found == {
        town.CITY_SME: [of_small],  # arrears of small and medium enterprises
        town.CITY_FINANCE: [of_small],  # procurement
        town.CITY_CREDIT: [of_small, other],  # leads in its region
        town.BUREAU: [],
    }


@pytest.mark.proves("R-160", "R-161")
def test_desks_show_what_lies_there_and_what_an_area_lacks(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    with house.readers() as session:
        ids = {c: people.find_body(session, c).id for c in (town.COUNTY, town.CITY_FINANCE)}
        on = day("2025-11-03")
        (item,) = worklists.of_body(session, ids[town.COUNTY], on)
        assert (item.claim, item.handler, item.state.value) == (claim, "handler", "verifying")
        assert [i.claim for i in worklists.of_line(session, ids[town.CITY_FINANCE], on)] == [claim]
        assert worklists.of_body(session, ids[town.CITY_FINANCE], on) == []
        assert worklists.of_body(session, ids[town.COUNTY], on, late=True) == []
        person = people.find_person(session, "handler").id
        assert [i.claim for i in worklists.of_person(session, person, on)] == [claim]
        desks = {d.matter.value: d for d in worklists.mechanism(session, "340321", on)}
        assert desks["credit_lead"].people == 1
        assert desks["credit_lead"].missing == ""
        assert desks["ppp"].missing.startswith("未登记")
