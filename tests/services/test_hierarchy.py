"""Who is competent for a matter in a region, and by which rule."""

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.bodies import Handover, Matter
from fulfilment_monitor.house import House
from fulfilment_monitor.services import hierarchy
from fulfilment_monitor.store.organisations import Organisation
from fulfilment_monitor.store.reference import Region
from tests.conftest import at
from tests.services.builders import day, office
from tests.services.test_enrolment import BUREAU, CITY, COUNTY, OTHER, an_entry, enrol

SINCE = "2020-01-01"


def competent(house: House, region: str, on: str = "2025-06-01") -> tuple[str, str, str] | None:
    """The body's code, the region it is registered for, and what is said of how it was found."""
    with house.readers() as session:
        found = hierarchy.competent_body(
            session, Matter.SME_PAYMENT, region, day(on), regions=office(house).regions
        )
        if found is None:
            return None
        codes = {o.id: o.code for o in session.scalars(select(Organisation))}
        return codes[found.body_id], found.region, found.reason


def competent_in(code: str, region: str, since: str = SINCE, until: str | None = None):
    return an_entry(
        code, region=region, competent_for=(Matter.SME_PAYMENT,), from_on=since, until_on=until
    )


def test_the_body_of_the_region_itself_comes_first(house: House) -> None:
    enrol(house, competent_in(COUNTY, "340321"), competent_in(CITY, "340300"))
    assert competent(house, "340321") == (
        COUNTY,
        "340321",
        "340321（怀远县）已登记该事项的主管单位",
    )


def test_without_one_the_body_of_the_region_above_is_competent_and_this_is_said(
    house: House,
) -> None:
    enrol(house, competent_in(CITY, "340300"), competent_in(BUREAU, "340000"))
    reason = "340321未登记该事项的主管单位，由上级区划340300（蚌埠市）的主管单位办理"
    assert competent(house, "340321") == (CITY, "340300", reason)
    assert competent(house, "340421")[:2] == (BUREAU, "340000")  # 凤台县: by way of 340400
    assert competent(house, "110101") is None


def test_a_competence_counts_on_its_days_only(house: House) -> None:
    enrol(
        house,
        competent_in(COUNTY, "340321", until="2025-01-01"),
        competent_in(CITY, "340300"),
    )
    assert competent(house, "340321", "2019-12-31") is None
    assert competent(house, "340321", "2024-12-31")[0] == COUNTY
    assert competent(house, "340321", "2025-01-01")[0] == CITY


def test_another_matter_does_not_help(house: House) -> None:
    other = an_entry(COUNTY, region="340321", competent_for=(Matter.PPP,), from_on=SINCE)
    enrol(house, other)
    assert competent(house, "340321") is None


def test_an_old_code_is_what_it_has_become(house: House) -> None:
    enrol(house, competent_in(COUNTY, "320508"), competent_in(CITY, "320500"))
    assert competent(house, "320503")[:2] == (COUNTY, "320508")  # 平江区 is in 姑苏区 now


def test_a_body_that_was_succeeded_is_not_asked(house: House) -> None:
    over = Handover(OTHER, day("2025-03-01"), "机构改革方案")
    enrol(house, competent_in(COUNTY, "340321")._replace(handover=over), an_entry(OTHER))
    assert competent(house, "340321", "2025-02-28")[0] == COUNTY
    assert competent(house, "340321", "2025-03-01")[0] == OTHER


@pytest.mark.parametrize("region", ["999999", "", "34"])
def test_an_unknown_region_has_nobody(house: House, region: str) -> None:
    assert competent(house, region) is None


def test_regions_loaded_since_the_release_count(house: House) -> None:
    with house.sessions.begin() as session:
        founded = Region(code="340305", name="示例区", valid_from=day("2026-01-01"))
        closed = Region(
            code="340321",
            name="怀远县",
            valid_from=day("1983-01-01"),
            valid_to=day("2026-01-01"),
            successor="340305",
        )
        for row in (founded, closed):
            row.loaded_at, row.loaded_by = at(day("2025-12-01")), "clerk"
            session.add(row)
    regions = house.office().regions
    assert regions.find("340321", day("2025-12-31")) is not None
    assert regions.find("340321", day("2026-01-01")) is None
    assert [r.name for r in regions.path("340305", day("2026-01-01"))][-1] == "示例区"
    assert regions.now_of("340321", day("2026-01-01")) == regions.find("340305", day("2026-01-01"))
