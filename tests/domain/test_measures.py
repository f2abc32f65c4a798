"""The catalogue of measures: what the notices say, and what a record draws of it."""

from datetime import date
from typing import Any

import pytest

from fulfilment_monitor import resources
from fulfilment_monitor.domain.case_codes import Stream
from fulfilment_monitor.domain.measures import (
    Catalogue,
    Ground,
    Target,
    Tier,
    drawn,
    read_catalogue,
    seat,
)
from fulfilment_monitor.domain.parties import GovernmentKind
from fulfilment_monitor.domain.statute import Period, Unit

LAW = resources.read_toml(resources.law("measures.toml"))
OURS = {
    "code": "local.land",
    "label": "限制土地供应",
    "basis": [{"source": "本市清单 第六项", "imposer": "investment_attraction"}],
}


def catalogue(*tables: dict[str, Any]) -> Catalogue:
    faults: list[str] = []
    found = read_catalogue([LAW, *tables], faults)
    assert faults == []
    return found


def faults_of(**row: Any) -> list[str]:
    faults: list[str] = []
    read_catalogue([{"measure": [{**OURS, **row}]}], faults)
    return faults


def a_ground(**changes: Any) -> Ground:
    plain = Ground(Stream.BREACH, "410100", GovernmentKind.ORGAN, date(2026, 1, 8))
    return plain._replace(**changes)


def codes(ground: Ground, streams: tuple[str, ...] = ("breach",)) -> set[str]:
    return {d.rule.code for d in drawn(catalogue(), ground, streams)}


FUNDS = {"fund.central-budget", "fund.special-bond", "fund.project-finance"}
AREAS = {"area.honours", "area.pilot", "area.monitor-weight", "area.demo-title"}
LOCAL = {"local.funds", "local.policy", "local.honours", "local.procurement"}
SME = {"sme.official-spending", "sme.office-space", "sme.budget"}
YUNNAN = {"order.rectify", "notice.criticism", "person.accountability"}
CANDIDACY = {"area.demo-candidacy"}


def test_the_catalogue_has_the_eighteen_measures_each_with_its_articles() -> None:
    found = catalogue().rules
    assert set(found) == FUNDS | AREAS | CANDIDACY | LOCAL | SME | YUNNAN
    assert all(b.source for rule in found.values() for b in rule.bases)


@pytest.mark.proves("R-98", "R-99", "R-100", "R-107", "R-108", "R-109", "R-110")
def test_everywhere_the_measures_of_the_national_notice() -> None:
    assert codes(a_ground()) == FUNDS | AREAS | CANDIDACY | LOCAL


def by_source(region: str, code: str) -> dict[str, Any]:
    found = drawn(catalogue(), a_ground(region=region), ("breach",))
    return {d.basis.source[:4]: d for d in found if d.rule.code == code}


@pytest.mark.proves("R-102", "R-103", "R-106")
def test_in_bengbu_consequences_fall_on_the_county_and_by_the_city() -> None:
    for code in ("area.honours", "area.pilot", "area.demo-candidacy"):
        found = by_source("340321", code)
        assert (found["发改财金"].region, found["发改财金"].basis.tier) == ("340300", Tier.NATIONAL)
        assert (found["蚌信用办"].region, found["蚌信用办"].basis.tier) == ("340321", Tier.CITY)
    assert "蚌信用办" not in by_source("340300", "area.honours")  # the city itself is no county
    assert set(by_source("340321", "area.demo-title")) == {"发改财金"}


@pytest.mark.proves("R-104", "R-105")
def test_weight_in_monitoring_is_of_the_national_notice_alone() -> None:
    assert set(by_source("530102", "area.monitor-weight")) == {"发改财金"}
    assert set(by_source("530102", "area.demo-title")) == {"发改财金", "云发改财"}


def test_a_body_of_a_province_puts_no_city_on_the_list() -> None:
    assert codes(a_ground(region="410000")) == FUNDS | LOCAL


@pytest.mark.proves("R-114")
def test_yunnan_adds_orders_criticism_and_accountability() -> None:
    assert codes(a_ground(region="530102")) >= YUNNAN
    found = by_source("530102", "person.accountability")["云发改财"]
    assert (found.basis.target, found.basis.imposer) == (Target.PERSON, None)


@pytest.mark.proves("R-111")
def test_measures_of_the_decree_only_when_serious_sme_and_since_it_is_in_force() -> None:
    grave = a_ground(serious=True, sme=True, on=date(2025, 6, 1))
    assert codes(grave) >= SME
    for less in (
        grave._replace(serious=False),
        grave._replace(sme=False),
        grave._replace(on=date(2025, 5, 31)),
    ):
        assert not codes(less) & SME


def test_streams_that_draw_measures_are_the_choice_of_the_office() -> None:
    arrears = a_ground(stream=Stream.ARREARS)
    assert codes(arrears) == set()
    assert codes(arrears, ("breach", "arrears")) >= LOCAL


@pytest.mark.proves("R-115")
def test_an_office_adds_measures_and_bases_and_takes_nothing_away() -> None:
    more = {**OURS, "code": "local.funds", "label": "另一名称"}
    found = catalogue({"measure": [OURS, more]})
    assert found.rules["local.land"].label == "限制土地供应"
    assert found.rules["local.funds"].label == "限制政府资金支持"
    assert found.rules["local.funds"].bases[-1].source == "本市清单 第六项"
    assert len(found.rules) == 19


@pytest.mark.proves("R-116")
@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"basis": []}, "measure[0].basis: a measure without a basis is none"),
        ({"basis": [{"imposer": "ppp"}]}, "measure[0].basis[0].source"),
        ({"basis": [{"source": " ", "imposer": "ppp"}]}, "measure[0].basis[0].source"),
        ({"basis": [{"source": "清单", "imposer": "nobody"}]}, "measure[0].basis[0]: 'nobody'"),
        ({"basis": [{"source": "清单"}]}, "measure[0].basis[0]: 'imposer'"),
        ({"code": ""}, "measure[0]: a measure has a code and a label"),
        ({"colour": "red"}, "measure[0].colour: there is no such key"),
    ],
)
def test_a_measure_that_rests_on_nothing_is_refused(row: dict[str, Any], fault: str) -> None:
    assert [f for f in faults_of(**row) if f.startswith(fault)]


def test_a_limit_for_confirming_an_end_has_a_source() -> None:
    term = {"length": 5, "unit": "working_day", "source": "本市办法 第十条"}
    assert catalogue({"end": term}).end_term == Period(5, Unit.WORKING_DAY)
    assert catalogue().end_term is None
    for wrong in ({**term, "source": ""}, {**term, "unit": "week"}, {**term, "length": 0}):
        faults: list[str] = []
        assert read_catalogue([{"end": wrong}], faults).end_term is None
        assert faults


def test_the_seat_of_an_imposer_is_looked_for_at_its_level() -> None:
    assert [seat(tier, "340321") for tier in Tier] == ["340321", "340300", "340000", None]
    assert seat(Tier.CITY, "340000") == "340000"
