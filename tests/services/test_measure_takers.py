"""Each level has its own catalogue and its own list of measure-takers; who lacks one is seen."""

from typing import Any

import pytest

from fulfilment_monitor import resources
from fulfilment_monitor.domain.bodies import Level, Matter
from fulfilment_monitor.domain.measures import read_catalogue
from fulfilment_monitor.house import House
from fulfilment_monitor.services import enrolment, measure_takers
from tests.conftest import at
from tests.services import builders
from tests.services.builders import CLERK, day
from tests.services.case_builders import (
    CITY_CREDIT,
    CITY_FINANCE,
    COUNTY_CREDIT,
    SINCE,
    _entry,
    a_town,
    uscc,
)
from tests.services.credit_builders import measures_drawn

#: What the city of the town adds for itself and its counties.
LAND = {
    "measure": [
        {
            "code": "local.land",
            "label": "限制土地供应",
            "restricts": True,
            "basis": [
                {"source": "本市清单 第六项", "imposer": "investment_attraction",
                 "region": "340300", "tier": "city"},
            ],
        }
    ]
}  # fmt: skip
ON = "2025-10-20"


def catalogue_of(house: House, region: str, on: str = ON) -> dict[str, dict[str, Any]]:
    with house.readers() as session:
        found = measure_takers.catalogue_of(session, region, day(on), builders.office(house))
    return {m["code"]: m for m in found}


def without(house: House, region: str, on: str = ON) -> dict[str, list[str]]:
    with house.readers() as session:
        found = measure_takers.levels_without(session, region, day(on), builders.office(house))
    return {level["region"]: level["missing"] for level in found}


@pytest.mark.proves("R-118")
def test_each_level_has_its_own_catalogue_and_its_own_takers(house: House) -> None:
    a_town(house)
    faults: list[str] = []
    law = resources.read_toml(resources.law("measures.toml"))
    ours = read_catalogue([law, LAND], faults)
    assert faults == []
    with measures_drawn(house, ours):
        county, city = catalogue_of(house, "340321"), catalogue_of(house, "340300")
        assert "local.land" in county
        assert "local.land" in city
        assert "local.land" not in catalogue_of(house, "340100")  # another city's list
        assert county["local.land"]["imposer"] is None  # nobody is in charge of it yet
        honours = (county["local.honours"], city["local.honours"])
        assert [m["imposer"]["uscc"] for m in honours] == [COUNTY_CREDIT, CITY_CREDIT]
        assert [m["own"] for m in honours] == [True, True]
        # the county has no body for procurement: the city's stands in
        procurement = county["local.procurement"]
        assert (procurement["imposer"]["uscc"], procurement["own"]) == (CITY_FINANCE, False)
        assert "sme.budget" not in catalogue_of(house, "340300", "2025-05-31")  # not yet in force


@pytest.mark.proves("R-118")
def test_a_level_that_has_nobody_is_seen_by_the_level_above(house: House) -> None:
    a_town(house)
    with measures_drawn(house):
        before = without(house, "340300")
        assert set(before["340321"]) == {
            "政府投资", "产业扶持", "政府采购", "中小企业款项支付",
        }  # fmt: skip
        assert "信用体系建设牵头" in before["340322"]  # this one has nobody at all
        assert "340000" not in without(house, "340000")
        assert "信用体系建设牵头" not in without(house, "340000")["340300"]
        new = _entry(
            uscc("11340321", 120), "示例县采购办", "340321", Level.COUNTY,
            competent_for=(Matter.PROCUREMENT,),
        )  # fmt: skip
        with house.sessions.begin() as session:
            enrolment.enrol_bodies(
                session, [new], by=CLERK, office=builders.office(house), now=at(day(SINCE)),
                today=day(SINCE),
            )  # fmt: skip
        assert set(before["340321"]) - set(without(house, "340300")["340321"]) == {"政府采购"}
        with house.readers() as session:
            levels = measure_takers.levels_without(
                session, "340300", day(ON), builders.office(house)
            )
        assert {level["region"]: level["without_any"] for level in levels}["340322"] is True
