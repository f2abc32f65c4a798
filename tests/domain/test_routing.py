"""To whom a claim goes: rules of areas, candidates in order, and why each is passed over."""

from datetime import date
from typing import Any

import pytest

from fulfilment_monitor import resources
from fulfilment_monitor.domain.bodies import Matter
from fulfilment_monitor.domain.case_codes import Addressee
from fulfilment_monitor.domain.kinship import Kinship
from fulfilment_monitor.domain.routing import (
    NATION,
    NATIONAL,
    Body,
    Ground,
    RuleSet,
    areas,
    candidates,
    choose,
    read_rule_sets,
    rule_set,
    upwards,
)
from fulfilment_monitor.house import load_law

ON = date(2025, 6, 1)
COUNTY, CITY, PROVINCE, STATE = range(1, 5)
BUREAU, COUNTY_FINANCE, COUNTY_LEAD = 11, 12, 13
CITY_FINANCE, CITY_LEAD, PROVINCE_LEAD, PROVINCE_FINANCE = 22, 23, 33, 34
SUPERIORS = {
    BUREAU: COUNTY, COUNTY_FINANCE: COUNTY, COUNTY_LEAD: COUNTY, COUNTY: CITY,
    CITY_FINANCE: CITY, CITY_LEAD: CITY, CITY: PROVINCE,
    PROVINCE_LEAD: PROVINCE, PROVINCE_FINANCE: PROVINCE, PROVINCE: STATE,
}  # fmt: skip
REGIONS = {
    COUNTY: "340321", BUREAU: "340321", COUNTY_FINANCE: "340321", COUNTY_LEAD: "340321",
    CITY: "340300", CITY_FINANCE: "340300", CITY_LEAD: "340300",
    PROVINCE: "340000", PROVINCE_LEAD: "340000", PROVINCE_FINANCE: "340000", STATE: "110000",
}  # fmt: skip
COMPETENT = {
    (Matter.PROCUREMENT, "340321"): COUNTY_FINANCE,
    (Matter.PROCUREMENT, "340300"): CITY_FINANCE,
    (Matter.CREDIT_LEAD, "340321"): COUNTY_LEAD,
    (Matter.CREDIT_LEAD, "340300"): CITY_LEAD,
    (Matter.CREDIT_LEAD, "340000"): PROVINCE_LEAD,
}
LEVELS = {"340321": "county", "340300": "city", "340000": "province", "110000": "national"}
WAY = ["340321", "340300", "340000", NATION]


def a_ground(
    respondent: int = BUREAU,
    rules: RuleSet = NATIONAL,
    merged: tuple[tuple[int, int], ...] = (),
    superiors: dict[int, int] = SUPERIORS,
    **changes: Any,
) -> Ground:
    kinship = Kinship(superiors, [(a, b, date(2025, 1, 1)) for a, b in merged], ON)
    bodies = {b: Body(b, f"code-{b}", f"单位{b}", r, LEVELS[r]) for b, r in REGIONS.items()}
    competent = {key: kinship.answering(b) for key, b in COMPETENT.items()}
    way = WAY[WAY.index(REGIONS[respondent]) :]
    known = Ground(
        kinship, kinship.answering(respondent), bodies, way, {"340321": "怀远县"}, competent,
        Matter.PROCUREMENT, rules,
    )  # fmt: skip
    return known._replace(**changes)


def order(ground: Ground) -> list[int]:
    return [c.body for c in candidates(ground)]


def taken(ground: Ground, **told: Any) -> int | None:
    chosen = choose(ground, candidates(ground), **told).chosen
    return None if chosen is None else chosen.body


def why(ground: Ground, body: int) -> str | None:
    rows = choose(ground, candidates(ground)).reasoning
    return next(r["excluded"] for r in rows if r.get("body") == body)


# --- the order --------------------------------------------------------------------------------


@pytest.mark.proves("R-45", "R-48")
def test_the_own_level_comes_first_and_within_it_the_order_of_the_rules() -> None:
    national = order(a_ground())
    assert national[:3] == [COUNTY, COUNTY_FINANCE, COUNTY_LEAD]
    assert national[3:6] == [CITY, CITY_FINANCE, CITY_LEAD]
    assert national[-1] == STATE
    kinds = {c.body: c.addressee for c in candidates(a_ground())}
    assert kinds[COUNTY] is Addressee.SUPERIOR
    assert kinds[COUNTY_FINANCE] is Addressee.COMPETENT
    assert kinds[COUNTY_LEAD] is Addressee.SAME_LEVEL_SUPERVISOR


@pytest.mark.proves("R-46", "R-47")
def test_the_rules_of_the_area_decide_which_kind_comes_first() -> None:
    shipped = shipped_rules()
    bengbu = rule_set(shipped, "340321", ON)
    assert bengbu.name == "属地管理、谁主管谁负责"
    assert taken(a_ground(rules=bengbu)) == COUNTY_FINANCE
    heihe = rule_set(shipped, "231181", ON)
    assert heihe.name == "属地属事"
    assert taken(a_ground(rules=heihe)) == COUNTY_LEAD
    assert taken(a_ground(rules=rule_set(shipped, "530100", ON))) == COUNTY
    first = choose(a_ground(rules=heihe), candidates(a_ground(rules=heihe))).reasoning[0]
    assert first["rule_set"] == "属地属事"
    assert first["says"] == (
        "适用“属地属事”（黑营商发〔2023〕19号 二（二）），"
        "同级依次为同级监督部门、上级部门、主管部门"
    )


def test_rules_count_from_their_first_day_and_the_nearest_area_wins() -> None:
    old = RuleSet("旧", (Addressee.COMPETENT,), "旧", date(2020, 1, 1), "340000")
    new = RuleSet("新", (Addressee.SUPERIOR,), "新", date(2025, 6, 1), "340000")
    city = RuleSet("市", (Addressee.SUPERIOR,), "市", date(2021, 1, 1), "340300")
    sets = [new, city, old]
    assert rule_set(sets, "340100", date(2019, 12, 31)) is NATIONAL
    assert rule_set(sets, "340100", date(2025, 5, 31)) is old
    assert rule_set(sets, "340100", date(2025, 6, 1)) is new
    assert rule_set(sets, "340321", date(2025, 6, 1)) is city


def test_a_kind_the_rules_do_not_name_is_left_out_but_leads_above_stay() -> None:
    only = RuleSet("", (Addressee.COMPETENT,), "", ON)
    assert order(a_ground(rules=only)) == [COUNTY_FINANCE, CITY_FINANCE, CITY_LEAD, PROVINCE_LEAD]


# --- who never gets it ------------------------------------------------------------------------


def test_the_respondent_and_its_subtree_are_passed_over_with_the_reason() -> None:
    ground = a_ground(COUNTY_FINANCE)
    assert why(ground, COUNTY_FINANCE) == "respondent"
    of_county = a_ground(COUNTY)
    assert [why(of_county, b) for b in (COUNTY_FINANCE, COUNTY_LEAD)] == ["near-respondent"] * 2
    assert taken(of_county) == CITY


def test_predecessors_and_successors_are_passed_over() -> None:
    assert why(a_ground(merged=((BUREAU, COUNTY_FINANCE),)), COUNTY_FINANCE) == "respondent"
    late = a_ground(merged=((COUNTY_LEAD, 40), (BUREAU, 40)))
    assert late.respondent == 40
    assert why(late, 40) == "respondent"


def test_an_accused_credit_lead_has_its_case_one_level_up() -> None:
    alone = {COUNTY_LEAD: 99}
    assert taken(a_ground(COUNTY_LEAD, superiors=alone, matter=None)) == 99
    assert taken(a_ground(COUNTY_LEAD, superiors={}, matter=None)) == CITY_LEAD


def test_of_a_provincial_body_the_addressee_is_outside_the_province() -> None:
    ground = a_ground(PROVINCE_FINANCE)
    assert why(ground, PROVINCE_LEAD) == "within-area"
    assert taken(ground) == STATE
    # Nobody outside is registered: its superior stays, its neighbours never come in.
    alone = a_ground(PROVINCE_FINANCE, superiors={PROVINCE_FINANCE: PROVINCE})
    assert taken(alone) == PROVINCE
    nation = {**COMPETENT, (Matter.CREDIT_LEAD, NATION): 50}
    assert taken(alone._replace(competent=nation)) == 50


def test_a_vertically_managed_body_is_not_judged_by_its_neighbours() -> None:
    vertical = a_ground(superiors={BUREAU: CITY})
    assert why(vertical, COUNTY_FINANCE) == "within-area"
    assert why(vertical, COUNTY_LEAD) == "within-area"
    assert taken(vertical) == CITY


def test_nobody_is_nobody() -> None:
    alone = a_ground(superiors={}, competent={})
    assert taken(alone) is None


def test_what_was_asked_for_is_chosen_only_if_nothing_speaks_against_it() -> None:
    assert taken(a_ground(), asked=CITY_FINANCE) == CITY_FINANCE
    assert taken(a_ground(), asked=BUREAU) is None
    assert taken(a_ground(), asked=4711) is None


def test_the_reasoning_names_every_body_in_plain_chinese() -> None:
    rows = choose(a_ground(COUNTY_LEAD), candidates(a_ground(COUNTY_LEAD))).reasoning
    by_body = {r.get("body"): r for r in rows}
    assert by_body[COUNTY_LEAD]["because"] == "即被投诉主体"
    assert by_body[COUNTY]["says"] == "被投诉主体的上级部门（上1级）"
    assert by_body[COUNTY_FINANCE]["says"] == "怀远县“政府采购”事项的主管部门"
    assert [r["body"] for r in rows if r.get("chosen")] == [COUNTY]
    assert by_body[COUNTY]["code"] == "code-1"


# --- returns ----------------------------------------------------------------------------------


def test_who_returned_it_is_passed_over() -> None:
    assert taken(a_ground(), returned_by={COUNTY}) == COUNTY_FINANCE


@pytest.mark.proves("R-49")
def test_after_two_returns_the_common_superior_comes_first_and_nobody_of_the_level() -> None:
    ground = a_ground()
    ways = upwards(ground, [COUNTY_FINANCE, COUNTY_LEAD])
    assert ways[0].body == COUNTY
    assert COUNTY_FINANCE not in [c.body for c in ways]
    ways = upwards(ground, [COUNTY, CITY_FINANCE])
    assert ways[0].body == CITY
    assert {c.body for c in ways} == {CITY, PROVINCE, STATE, PROVINCE_LEAD}


def test_without_a_common_superior_whoever_is_higher_comes() -> None:
    ground = a_ground(superiors={BUREAU: COUNTY})
    assert [c.body for c in upwards(ground, [COUNTY, COUNTY_LEAD])] == [
        CITY_FINANCE, CITY_LEAD, PROVINCE_LEAD,
    ]  # fmt: skip


# --- data -------------------------------------------------------------------------------------


def shipped_rules() -> tuple[RuleSet, ...]:
    faults: list[str] = []
    rows = resources.read_toml(resources.shipped("alerts") / "cases.toml")["routing"]
    found = read_rule_sets(rows, faults)
    assert faults == []
    return found


GOOD: dict[str, Any] = {
    "name": "规则", "order": ["superior"], "source": "文号", "in_force_from": ON,
    "region": "340300",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": " "}, "routing[0].name: a text is missing"),
        ({"source": None}, "routing[0].source: a text is missing"),
        ({"in_force_from": "2024-01-01"}, "routing[0].in_force_from: a day is missing"),
        ({"region": "34"}, "routing[0].region: six digits of GB/T 2260, or nothing for everywhere"),
        ({"order": []}, "routing[0].order: a list of kinds of addressees, each once"),
        (
            {"order": ["superior", "superior"]},
            "routing[0].order: a list of kinds of addressees, each once",
        ),
        (
            {"order": ["boss"]},
            "routing[0].order: each one of superior, competent, same-level-supervisor",
        ),
        ({"colour": "red"}, "routing[0].colour: there is no such key"),
    ],
)
def test_each_fault_of_a_rule_set_is_named(change: dict[str, Any], fault: str) -> None:
    faults: list[str] = []
    assert read_rule_sets([{**GOOD, **change}], faults) == ()
    assert faults == [fault]


def test_two_rule_sets_of_one_day_and_area_are_a_fault_and_so_is_no_list() -> None:
    faults: list[str] = []
    read_rule_sets([GOOD, GOOD], faults)
    read_rule_sets({"name": "规则"}, faults)
    assert faults == [
        "routing: two rule sets for 340300 from 2025-06-01",
        "routing: a list of tables [[routing]]",
    ]


def test_areas_lead_from_a_place_to_the_whole_country_and_know_what_a_code_became() -> None:
    regions = load_law().regions
    assert areas(regions, "340321", ON) == ["340321", "340300", "340000", NATION]
    assert areas(regions, "320503", ON) == ["320503", "320508", "320500", "320000", NATION]
    assert areas(regions, "999999", ON) == ["999999", NATION]
