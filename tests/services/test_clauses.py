"""Who answers for which clause, on the register of an area; and what lies open with each unit."""

from typing import Any

import pytest

from fulfilment_monitor.domain.bodies import Entry, Level, Matter
from fulfilment_monitor.domain.parties import GovernmentKind
from fulfilment_monitor.house import House, load_clauses
from fulfilment_monitor.services import clauses, enrolment, people
from tests.conftest import at
from tests.services import builders
from tests.services.builders import CLERK, day, office
from tests.services.case_builders import (
    COUNTY,
    COUNTY_CREDIT,
    PROVINCE_CREDIT,
    SINCE,
    a_world,
    drive,
    uscc,
)
from tests.services.credit_builders import measures_drawn

YUNNAN, PETITIONS, KUNMING = (
    uscc("11530000", 201), uscc("11530000", 202), uscc("11530100", 203),
)  # fmt: skip


def _body(code: str, name: str, region: str, level: Level, *matters: Matter) -> Entry:
    return Entry(
        code, name, GovernmentKind.ORGAN, region, level, competent_for=matters, from_on=day(SINCE)
    )


def enrol(house: House, *entries: Entry) -> None:
    with house.sessions.begin() as session:
        enrolment.enrol_bodies(
            session, entries, by=CLERK, office=office(house), now=at(day(SINCE)), today=day(SINCE)
        )


def in_force(house: House, region: str, on: str) -> dict[str, dict[str, Any]]:
    with house.readers() as session:
        found = clauses.list_clauses(session, load_clauses(), region, day(on), office(house))
    return {c["source"]: c for c in found}


def units(clause: dict[str, Any]) -> dict[str, str | None]:
    both = (*clause["leading"], *clause["responsible"])
    return {u["unit"]: u["body"] and u["body"]["uscc"] for u in both}


@pytest.mark.proves("R-43")
def test_each_clause_of_an_area_names_who_leads_and_who_answers(house: House) -> None:
    enrol(
        house,
        _body(YUNNAN, "云南省发展和改革委员会", "530000", Level.PROVINCE, Matter.CREDIT_LEAD),
        _body(PETITIONS, "云南省信访局", "530000", Level.PROVINCE),
        _body(KUNMING, "昆明市发展和改革委员会", "530100", Level.CITY, Matter.CREDIT_LEAD),
    )
    found = in_force(house, "530102", "2025-10-20")
    channels = found["云发改财金〔2023〕1064号 二（一）"]
    assert units(channels) == {
        "省发展改革委": YUNNAN,
        "省政府服务管理局": None,
        "省信访局": PETITIONS,
        "各州（市）社会信用体系建设牵头单位": KUNMING,
    }
    registered = {u["unit"]: u["registered"] for u in channels["responsible"]}
    assert registered["省政府服务管理局"] is False  # shown as missing, and nobody stands in for it
    many = found["云发改财金〔2023〕1064号 三（四）"]["responsible"][0]
    assert (many["body"], many["registered"]) == (None, None)
    assert "发改财金〔2023〕1103号 二（一）" in found  # the national notice is the floor
    assert not [s for s in found if s.startswith("黑营商发")]
    assert "云发改财金〔2023〕1064号 二（一）" not in in_force(house, "530102", "2023-10-30")
    assert "云发改财金〔2023〕1064号 二（一）" not in in_force(house, "340321", "2025-10-20")


@pytest.mark.proves("R-43")
def test_the_open_tasks_of_a_unit_are_its_claims_and_the_measures_that_wait(house: House) -> None:
    with measures_drawn(house):
        claim = a_world(house)
        drive(house, claim, "rectify")  # due 2025-12-01

        def tasks(code: str, on: str) -> list[tuple[str, str, bool]]:
            with house.readers() as session:
                body = people.find_body(session, code).id
                found = clauses.open_tasks(session, body, day(on), builders.office(house))
            return [(t["kind"], t["what"], t["late"]) for t in found]

        assert tasks(COUNTY, "2025-12-01") == [("claim", "rectifying", False)]
        assert tasks(COUNTY, "2025-12-02") == [("claim", "rectifying", True)]
        assert tasks(COUNTY_CREDIT, "2025-12-02") == []
    assert in_force(house, "340321", "2025-12-02")["发改财金〔2023〕1103号 二（一）"][
        "leading"
    ] == [
        {
            "unit": "省级信用牵头部门",
            "body": {"uscc": PROVINCE_CREDIT, "name": "示例省发展改革委"},
            "registered": True,
            "tasks": {"open": 0, "late": 0},
        }
    ]


@pytest.mark.proves("R-43")
def test_a_measure_that_waits_is_a_task_of_its_imposing_body(house: House) -> None:
    with measures_drawn(house):
        drive(house, a_world(house), "approve_determination")
        with house.readers() as session:
            body = people.find_body(session, COUNTY_CREDIT).id
            found = clauses.open_tasks(session, body, day("2026-01-20"), builders.office(house))
    assert [(t["kind"], t["what"]) for t in found] == [("measure", "unanswered")]
