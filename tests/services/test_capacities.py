"""In which capacity somebody stands to a claim: held at all, for this one, without conflict."""

import pytest
from sqlalchemy import event

from fulfilment_monitor.domain.authority import SWEEP, Actor, Conflict, Forbidden, Role
from fulfilment_monitor.domain.errors import NotFound
from fulfilment_monitor.house import House
from fulfilment_monitor.services import capacities, cases
from fulfilment_monitor.store.cases import Case
from tests.services import case_builders as town
from tests.services.builders import day, office, tamper
from tests.services.case_builders import a_person, a_world, actor, drive
from tests.services.test_routing import merge

ON = "2025-10-23"


def stands(house: House, claim: str, who: str | Actor, *roles: Role, on: str = ON) -> str:
    """The capacity found, or the name of the refusal."""
    by = who if isinstance(who, Actor) else actor(house, who, on)
    with house.sessions() as session:
        row = cases.hold_claim(session, claim)
        case = session.get_one(Case, row.case_id)
        try:
            found = capacities.capacity(session, case, row, roles, by, office(house), day(on))
        except (Forbidden, NotFound, Conflict) as refusal:
            return type(refusal).__name__
        return found.value


def handed_over(house: House) -> str:
    claim = a_world(house)
    drive(house, claim, "transfer")
    return claim


def test_each_capacity_is_held_by_those_who_stand_to_the_claim_and_by_nobody_else(
    house: House,
) -> None:
    claim = handed_over(house)
    expected = {
        ("handler", Role.HANDLER): "handler",
        ("director", Role.DIRECTOR): "director",
        ("city_handler", Role.HANDLER): "NotFound",
        ("finance_handler", Role.HANDLER): "NotFound",
        ("county_lead", Role.INTAKE): "intake",
        ("city_lead", Role.INTAKE): "NotFound",
        ("sme_intake", Role.INTAKE): "NotFound",
        ("county_lead", Role.CREDIT_LEAD): "credit_lead",
        ("city_lead", Role.CREDIT_LEAD): "credit_lead",
        ("supervisor", Role.SUPERVISOR): "supervisor",
        ("reviewer", Role.REVIEWER): "reviewer",
        ("custodian", Role.CUSTODIAN): "custodian",
        ("bureau_clerk", Role.RESPONDENT): "respondent",
        ("bureau_head", Role.RESPONDENT): "respondent",
        ("bureau_clerk", Role.HANDLER): "Forbidden",
        ("handler", Role.DIRECTOR): "Forbidden",
        ("handler", Role.INTAKE): "Forbidden",
    }
    found = {key: stands(house, claim, *key) for key in expected}
    assert found == expected


def test_the_first_capacity_that_fits_is_taken(house: House) -> None:
    claim = handed_over(house)
    assert stands(house, claim, "county_lead", Role.CREDIT_LEAD, Role.INTAKE) == "intake"
    assert stands(house, claim, "city_lead", Role.CREDIT_LEAD, Role.INTAKE) == "credit_lead"
    assert stands(house, claim, SWEEP, Role.SYSTEM, Role.HANDLER) == "system"
    assert stands(house, claim, SWEEP, Role.HANDLER) == "Forbidden"


@pytest.mark.proves("A9", "A10")
def test_those_near_the_respondent_are_refused_as_such(house: House) -> None:
    claim = handed_over(house)
    a_person(house, "both", town.COUNTY, Role.HANDLER)
    with house.sessions.begin() as session:
        town.people.post(
            session, "both", town.CENTRE, Role.CLERK, from_on=day("2020-01-01"),
            until_on=day("2024-01-01"), by=town.CLERK, now=town.at(day("2024-01-01")),
        )  # fmt: skip
    assert stands(house, claim, "both", Role.HANDLER) == "Conflict"
    assert stands(house, claim, "both", Role.HANDLER, on="2026-01-01") == "handler"
    merge(house, town.COUNTY, town.BUREAU, "2026-02-01")
    assert stands(house, claim, "director", Role.DIRECTOR, on="2026-02-01") == "Conflict"


def test_a_successor_stands_where_its_predecessor_stood_and_that_one_no_more(house: House) -> None:
    claim = handed_over(house)
    old = actor(house, "handler", ON)
    merge(house, town.COUNTY, town.CITY, "2025-11-01")
    assert stands(house, claim, old, Role.HANDLER, on="2025-10-31") == "handler"
    assert stands(house, claim, old, Role.HANDLER, on="2025-11-01") == "NotFound"
    assert stands(house, claim, "city_handler", Role.HANDLER, on="2025-11-01") == "handler"
    merge(house, town.CITY_CREDIT, town.CITY_FINANCE, "2025-11-02")
    assert stands(house, claim, "city_lead", Role.CREDIT_LEAD, on="2025-11-02") == "credit_lead"


def test_without_a_superior_a_higher_credit_lead_reviews_and_no_lower_one(house: House) -> None:
    claim = handed_over(house)
    tamper(house, "DELETE FROM subordination")
    reviewers = {
        handle: stands(house, claim, actor(house, handle, ON)._replace(roles={Role.REVIEWER}),
                       Role.REVIEWER)
        for handle in ("county_lead", "city_lead", "reviewer")
    }  # fmt: skip
    assert reviewers == {
        "county_lead": "NotFound", "city_lead": "reviewer", "reviewer": "NotFound",
    }  # fmt: skip


def test_strangers_are_told_what_is_told_of_a_claim_that_is_not_there(house: House) -> None:
    claim = handed_over(house)

    def told(who: str) -> str:
        with house.sessions() as session:
            row = cases.hold_claim(session, claim)
            case = session.get_one(Case, row.case_id)
            by = actor(house, who, ON)
            try:
                capacities.refuse_strangers(session, case, row, by, office(house), day(ON))
            except NotFound as refusal:
                return str(refusal)
            return "seen"

    assert told("handler") == told("bureau_clerk") == told("city_lead") == "seen"
    with house.sessions() as session, pytest.raises(NotFound) as missing:
        cases.hold_claim(session, "0" * 26)
    assert told("finance_handler") == str(missing.value).replace("0" * 26, claim)


def test_a_capacity_takes_few_queries(house: House) -> None:
    claim = handed_over(house)
    by = actor(house, "handler", ON)
    with house.sessions() as session:
        row = cases.hold_claim(session, claim)
        case = session.get_one(Case, row.case_id)
        law, seen = office(house), []

        def note(*args: object) -> None:
            seen.append(args)

        event.listen(house.engine, "before_cursor_execute", note)
        capacities.capacity(session, case, row, {Role.HANDLER}, by, law, day(ON))
        event.remove(house.engine, "before_cursor_execute", note)
        assert len(seen) <= 7  # who answers for the holder 2, how near its body 2, its posts 3
