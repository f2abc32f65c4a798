"""Claims handed over, returned, taken in: the town of the case builders, and small states."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from fulfilment_monitor.domain.authority import Conflict
from fulfilment_monitor.domain.bodies import Matter
from fulfilment_monitor.domain.cases import State
from fulfilment_monitor.domain.errors import Invalid, NotOpen
from fulfilment_monitor.domain.routing import NATION
from fulfilment_monitor.house import House
from fulfilment_monitor.services import organisations, routing
from fulfilment_monitor.store.cases import RoutingDecision
from fulfilment_monitor.store.organisations import Organisation
from tests.conftest import at
from tests.services import case_builders as town
from tests.services import states
from tests.services.builders import CLERK, day, office, tamper
from tests.services.case_builders import a_world, act, the_claim
from tests.services.complaint_builders import statements

ON = day("2025-06-02")


def held_by(house: House, claim: str) -> str:
    with house.readers() as session:
        return session.get_one(Organisation, the_claim(house, claim).holder_id).code


def decisions(house: House) -> list[RoutingDecision]:
    with house.readers() as session:
        return list(session.scalars(select(RoutingDecision).order_by(RoutingDecision.id)))


def merge(house: House, old: str, new: str, on: str) -> None:
    with house.sessions.begin() as session:
        organisations.succeed(
            session, old, new, on=day(on), reason="机构改革", by=CLERK, now=at(day(on))
        )


def handed_over(house: House) -> str:
    claim = a_world(house)
    act(house, claim, "accept", "county_lead", "2025-10-21")
    act(house, claim, "transfer", "county_lead", "2025-10-22")
    return claim


@pytest.mark.proves("R-45", "R-46", "R-48")
def test_a_claim_goes_to_the_superior_and_the_reasoning_stays(house: House) -> None:
    claim = handed_over(house)
    assert held_by(house, claim) == town.COUNTY
    assert the_claim(house, claim).addressee == "superior"
    (decision,) = decisions(house)
    rule, *rows = decision.reasoning
    assert rule["rule_set"] == "属地管理、谁主管谁负责"
    assert [r["code"] for r in rows if r["chosen"]] == [town.COUNTY]
    assert town.CITY_CREDIT in [r["code"] for r in rows]
    with pytest.raises(DatabaseError), house.sessions.begin() as session:
        session.get_one(RoutingDecision, decision.id).reasoning = []


@pytest.mark.proves("R-45", "A9")
@pytest.mark.parametrize("code", [town.BUREAU, town.CENTRE, "11999999000000000X"])
def test_neither_the_respondent_nor_its_subordinate_can_be_asked_for(
    house: House, code: str
) -> None:
    claim = a_world(house)
    act(house, claim, "accept", "county_lead", "2025-10-21")
    with pytest.raises(Invalid, match="cannot handle this claim"):
        act(house, claim, "transfer", "county_lead", "2025-10-22", to=code)


def test_another_eligible_body_can_be_asked_for(house: House) -> None:
    claim = a_world(house)
    act(house, claim, "accept", "county_lead", "2025-10-21")
    act(house, claim, "transfer", "county_lead", "2025-10-22", to=town.CITY_FINANCE)
    assert held_by(house, claim) == town.CITY_FINANCE
    assert the_claim(house, claim).addressee == "competent"


def test_without_anybody_eligible_it_stays_where_it_was_taken_in(house: House) -> None:
    claim = a_world(house)
    act(house, claim, "accept", "county_lead", "2025-10-21")
    tamper(house, "DELETE FROM subordination", "DELETE FROM competence")
    with pytest.raises(NotOpen, match="no body on the register may handle it"):
        act(house, claim, "transfer", "county_lead", "2025-10-22")
    assert held_by(house, claim) == town.COUNTY_CREDIT


# --- returns ----------------------------------------------------------------------------------


@pytest.mark.proves("R-49", "R-51")
def test_the_body_named_on_return_is_next_and_a_second_return_goes_above_both(
    house: House,
) -> None:
    claim = handed_over(house)
    back = {"reason": "属市财政局主管"}
    state = act(house, claim, "return", "handler", "2025-10-23", to=town.CITY_FINANCE, **back)
    assert state is State.ACCEPTED
    assert held_by(house, claim) == town.COUNTY_CREDIT
    act(house, claim, "transfer", "county_lead", "2025-10-24")
    assert held_by(house, claim) == town.CITY_FINANCE
    assert [r["rule"] for r in decisions(house)[-1].reasoning[1:] if r["chosen"]] == [
        "named-on-return"
    ]
    act(house, claim, "return", "finance_handler", "2025-10-27", to=town.COUNTY, reason="属县里")
    act(house, claim, "transfer", "county_lead", "2025-10-28")
    # The county government and a bureau of the city have no common superior on the register:
    # whoever is higher than both.
    assert held_by(house, claim) == town.PROVINCE_CREDIT
    assert the_claim(house, claim).returned == 2


@pytest.mark.proves("R-49")
def test_with_a_common_superior_the_second_return_ends_there_and_is_the_last(house: House) -> None:
    claim = handed_over(house)
    with house.sessions.begin() as session:
        bureau, city = (
            town.people.find_body(session, c).id for c in (town.CITY_FINANCE, town.CITY)
        )
        states.below(session, bureau, city)
    act(house, claim, "return", "handler", "2025-10-23", to=town.CITY_FINANCE, reason="属市里")
    act(house, claim, "transfer", "county_lead", "2025-10-24")
    act(house, claim, "return", "finance_handler", "2025-10-27", to=town.COUNTY, reason="属县里")
    act(house, claim, "transfer", "county_lead", "2025-10-28")
    assert held_by(house, claim) == town.CITY
    with pytest.raises(NotOpen, match="keeps it"):
        act(house, claim, "return", "city_handler", "2025-10-29", to=town.COUNTY, reason="不办")


@pytest.mark.parametrize("code", [town.COUNTY, town.BUREAU, town.CENTRE, "unknown"])
def test_who_returns_names_another_body_that_may_handle_it(house: House, code: str) -> None:
    claim = handed_over(house)
    with pytest.raises(Invalid):
        act(house, claim, "return", "handler", "2025-10-23", to=code, reason="不属本级")
    assert held_by(house, claim) == town.COUNTY


def test_an_escalation_goes_to_the_superior_of_the_holder(house: House) -> None:
    claim = handed_over(house)
    act(house, claim, "escalate", "city_lead", "2025-11-03", reason="久拖不决")
    assert held_by(house, claim) == town.CITY
    assert [r["rule"] for r in decisions(house)[-1].reasoning[1:] if r["chosen"]] == [
        "common-superior"
    ]


# --- mergers ----------------------------------------------------------------------------------


@pytest.mark.proves("R-09", "A11")
def test_on_the_day_of_a_merger_the_successor_has_the_claims_and_the_staff(house: House) -> None:
    claim = handed_over(house)
    merge(house, town.COUNTY, town.CITY, "2025-10-24")
    # Posts go along: the county's handler acts for the city now.
    act(house, claim, "take_up", "handler", "2025-10-24", handler="city_handler")
    assert the_claim(house, claim).state == State.VERIFYING.value


@pytest.mark.proves("A11")
def test_the_successor_of_the_respondent_is_no_judge_of_it(house: House) -> None:
    claim = a_world(house)
    act(house, claim, "accept", "county_lead", "2025-10-21")
    merge(house, town.BUREAU, town.CITY_FINANCE, "2025-10-21")
    with pytest.raises(Invalid, match="cannot handle"):
        act(house, claim, "transfer", "county_lead", "2025-10-22", to=town.CITY_FINANCE)


@pytest.mark.proves("A10")
def test_a_named_handler_with_a_post_at_the_respondent_is_refused(house: House) -> None:
    claim = handed_over(house)
    town.a_person(house, "mover", town.COUNTY, town.Role.HANDLER)
    with house.sessions.begin() as session:
        town.people.post(
            session, "mover", town.CENTRE, town.Role.CLERK, from_on=day("2020-01-01"),
            until_on=day("2024-10-24"), by=CLERK, now=at(day("2020-01-01")),
        )  # fmt: skip
    # 24 months before 2025-10-23 is 2023-10-23: the post ended after that.
    with pytest.raises(Conflict, match="within 24 months"):
        act(house, claim, "take_up", "handler", "2025-10-23", handler="mover")
    act(house, claim, "take_up", "handler", "2026-10-24", handler="mover")


# --- who takes it in --------------------------------------------------------------------------


def test_the_credit_lead_of_the_region_takes_in_and_the_next_one_if_it_is_accused(
    house: House,
) -> None:
    with house.sessions() as session:
        bureau, county, city, nation = (
            states.a_body(session, c, r)
            for c, r in (("B", "340321"), ("L", "340321"), ("C", "340300"), ("N", None))
        )
        law = office(house)

        def intake(respondent: int, matter: str = "procurement") -> int | None:
            return routing.intake_for(session, respondent, "340321", matter, ON, law)

        assert intake(bureau) is None
        states.below(session, bureau, city)
        assert intake(bureau) == city  # nobody is registered: the nearest superior
        states.competent(session, nation, Matter.CREDIT_LEAD, NATION)
        assert intake(bureau) == nation
        states.competent(session, county, Matter.CREDIT_LEAD, "340321")
        assert intake(bureau) == county
        assert intake(county) == nation
        states.competent(session, city, Matter.SME_PAYMENT, "340300")
        assert intake(bureau, "sme_payment") == city
        assert intake(city, "sme_payment") == county
        session.rollback()


def test_who_takes_in_at_many_places_is_read_at_once(house: House) -> None:
    """A sweep raises thousands of leads: what one place costs, all of them cost."""
    with house.sessions() as session:
        law = office(house)
        nation = states.a_body(session, "N", None)
        city = states.a_body(session, "C", "340300")
        states.competent(session, nation, Matter.CREDIT_LEAD, NATION)
        states.competent(session, city, Matter.CREDIT_LEAD, "340300")
        places = [routing.Place(city, "340321", "procurement")]
        for number in range(12):
            body = states.a_body(session, f"B{number}", "340321")
            region = ("340321", "340100", "110101")[number % 3]
            matter = ("procurement", "sme_payment")[number % 2]
            places.append(routing.Place(body, region, matter))
        states.below(session, places[1].respondent_id, city)  # the city is near to it
        states.competent(session, places[2].respondent_id, Matter.SME_PAYMENT, "340321")
        session.flush()
        alone = {p: routing.intake_for(session, *p, ON, law) for p in places}
        told: list[dict[routing.Place, int | None]] = []

        def read(some: list[routing.Place]) -> int:
            work = lambda: told.append(routing.intakes(session, some, ON, law))  # noqa: E731
            return len(statements(session, work))

        assert read(places) == read(places[:1])
        session.rollback()
    assert told[0] == alone
    assert set(alone.values()) == {nation, city, places[2].respondent_id}
