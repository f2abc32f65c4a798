"""Oversight: figures of what one sees, the lists behind them, supervision signed by a person."""

import re

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.case_codes import Stream
from fulfilment_monitor.domain.records import Listing
from fulfilment_monitor.services import case_figures, credit_lists, people
from fulfilment_monitor.store.cases import SupervisionAct
from fulfilment_monitor.web.wording import TEXTS
from tests.conftest import at
from tests.doors.officer_world import Pages
from tests.services import case_builders as town
from tests.services.builders import CLERK, day, paid, state, sweep

ARREARS = Listing(
    Stream.ARREARS,
    "QK-1",
    {
        "notified_on": "2026-01-05",
        "correction_route": "向名单管理单位申请",
        "creditor": "示例企业",
        "arrears_state": "unpaid",
        "list": "拖欠台账",
        "list_version": "1",
    },
    1200_50,
)
CURED = {"reason": "cured", "note": "已付清"}


@pytest.fixture
def claim(house):
    return town.a_world(house)


@pytest.fixture
def pages(house, claim):
    return Pages(house)


def tile(page: str, name: str) -> str:
    """The figure of a tile."""
    found = re.search(rf"<dt>{re.escape(name)}</dt>\s*<dd>(?:<a[^>]*>)?([^<\s]+)", page)
    assert found is not None, name
    return found[1]


def test_each_sees_the_figures_of_its_own_reach(house, claim, pages):
    town.a_person(house, "far", town.PROVINCE_CREDIT, Role.HANDLER)
    town.a_person(house, "mayor", town.COUNTY, Role.HEAD)
    town.a_person(house, "rich", town.CITY_FINANCE, Role.HEAD)
    of_region = pages.as_("supervisor").get("/oversight").text
    assert tile(of_region, "在办事项") == "1"
    assert tile(of_region, "未结线索") == "1"
    assert "1,000.00 元" in of_region
    head = pages.as_("mayor").get("/oversight").text
    assert tile(head, "未结线索") == "1"  # of a body below its own
    assert "在办事项" not in head
    assert claim not in head
    sibling = pages.as_("rich").get("/oversight").text
    assert tile(sibling, "未结线索") == "0"
    assert "示例县财政局" not in sibling
    elsewhere = pages.as_("far").get("/oversight").text
    assert (tile(elsewhere, "在办事项"), tile(elsewhere, "未结线索")) == ("0", "0")


def test_figures_lead_to_the_claims_behind_them(house, claim, pages):
    visitor = pages.as_("supervisor")
    for asked, there in (
        ("", True), ("?region=340321", True), ("?region=3401", False), ("?field=procurement", True),
        ("?field=ppp", False), ("?state=accepted", False), ("?listed=1", False),
    ):  # fmt: skip
        page = visitor.get(f"/oversight/cases{asked}")
        assert page.status_code == 200
        assert (f"/cases/{claim}" in page.text) is there, asked
    assert visitor.get("/oversight?region=x").status_code == 400
    for handle in ("bureau_head", "handler", "custodian"):
        assert pages.as_(handle).get("/oversight/cases").status_code == 403


@pytest.mark.parametrize("closed", [False, True])
def test_somebody_who_lately_served_the_respondent_sees_none_of_it(house, claim, pages, closed):
    if closed:  # what has ended is no more theirs to read than what is in hand
        town.act(house, claim, "dismiss", "county_lead", "2025-10-21", **CURED)
    town.a_person(house, "mover", town.CITY_CREDIT, Role.SUPERVISOR)
    assert f"/cases/{claim}" in pages.as_("mover", "2025-10-21").get("/oversight/cases").text
    town.a_person(house, "served", town.CITY_CREDIT, Role.SUPERVISOR)

    with house.sessions.begin() as session:
        people.post(
            session, "served", town.BUREAU, Role.CLERK, from_on=day("2024-01-01"),
            until_on=day("2025-09-01"), by=CLERK, now=at(day("2025-09-01")),
        )  # fmt: skip
    visitor = pages.as_("served")
    assert claim not in visitor.get("/oversight/cases").text
    assert tile(visitor.get("/oversight").text, "在办事项") == "0"
    assert visitor.get(f"/cases/{claim}").status_code == 404


def test_a_person_signs_what_is_proposed_or_says_why_not(house, claim, pages):
    town.drive(house, claim, "rectify")
    sweep(house, "2026-01-20")
    visitor = pages.as_("supervisor", "2026-01-20")
    overview = visitor.get("/oversight").text
    path = f"/claims/{claim}/supervision"
    assert path in overview
    assert tile(overview, "逾期事项") == "1"
    page = visitor.get(path).text
    rule = re.search(r'name="rule" value="([^"]+)"', page)
    step = re.search(r'name="step" value="([^"]+)"', page)
    assert rule is not None
    assert step is not None
    empty = visitor.post(path, {"rule": rule[1], "answer": "decline", "text": ""})
    assert empty.status_code == 422
    own = visitor.post(path, {"step": "inquiry", "answer": "sign", "text": "请说明进展"})
    assert own.status_code == 303
    done = visitor.post(path, {"rule": rule[1], "answer": "decline", "text": "已当面了解"})
    assert done.status_code == 303
    with house.readers() as session:
        acts = session.scalars(select(SupervisionAct).order_by(SupervisionAct.id)).all()
    assert [(a.step, a.declined, a.rule) for a in acts] == [
        ("inquiry", False, None),
        (step[1], True, rule[1]),
    ]
    twice = visitor.post(path, {"rule": rule[1], "answer": "decline", "text": "再次"})
    assert twice.status_code == 409
    assert TEXTS["refused.not-open"][0] in twice.text
    course = visitor.get(f"/cases/{claim}").text
    assert "请说明进展" in course
    assert pages.as_("handler").get(path).status_code == 403


def test_a_measure_is_accepted_by_one_and_approved_by_another(house, claim, pages):
    town.drive(house, claim, "approve_determination")
    town.a_person(house, "second_lead", town.COUNTY_CREDIT, Role.CREDIT_LEAD)
    asked = {
        who: re.search(
            r"/measures/[0-9A-Z]{26}", pages.as_(who[0], "2026-01-10").get("/measures").text
        )
        for who in (("county_lead", "second_lead"), ("handler", "director"))
    }
    (first, second), path = next((who, found[0]) for who, found in asked.items() if found)
    said = {"answer": "accept", "starts_on": "2026-01-10", "due_on": "2026-02-10", "text": "通报",
            "place": "门户网站", "approved_by": "主要负责人", "organ": "有关机关"}  # fmt: skip
    one = pages.as_(first)
    assert "示例县财政局</a>" in one.get("/measures").text  # its name, not its number
    page = one.get(path).text
    assert f"示例县财政局 {town.BUREAU}" in page
    asked = {k: v for k, v in said.items() if k == "answer" or f'name="{k}"' in page}
    assert one.post(path, asked).status_code == 303
    alone = one.post(path, {"answer": "approve"})
    assert alone.status_code == 409
    assert TEXTS["refused.measure.second-person"][0] in alone.text
    assert pages.as_(second).post(path, {"answer": "approve"}).status_code == 303
    assert pages.as_("city_handler").get(path).status_code == 404


def test_stages_and_lateness_are_counted(house, claim):
    town.drive(house, claim, "rectify")
    with house.readers() as session:
        stages = {s.name: (s.number, s.days) for s in case_figures.stages(session, [])}
        late = case_figures.late(session, [], day("2025-12-11"))
    assert stages["opened"] == (1, None)
    assert stages["accepted"][0] == stages["rectifying"][0] == 1
    assert stages["determined"] == (0, None)
    assert stages["rectifying"][1] is not None
    assert [(r.region, r.body, r.days) for r in late] == [("340321", "示例县人民政府", (10,))]


@pytest.mark.proves("R-65")
def test_the_share_of_true_claims_fully_put_right_is_shown(house, pages, claim):
    town.drive(house, claim, "find_substantiated")
    with house.readers() as session:
        assert case_figures.rectified(session, []) == (1, 0)
    shown = pages.as_("county_lead", "2025-11-05").get("/oversight").text
    assert "核实属实的 1 个事项中，0 个已全部完成整改（0.0%）" in shown
    town.go(house, claim, town.WAY[4:5])
    state(house, paid("2025-11-20"), "2025-11-20")
    town.act(house, claim, "confirm_rectified", "handler", "2025-11-21", note="企业确认")
    with house.readers() as session:
        assert case_figures.rectified(session, []) == (1, 1)
    shown = pages.as_("county_lead", "2025-11-22").get("/oversight").text
    assert "1 个已全部完成整改（100.0%）" in shown


def test_a_list_is_corrected_by_two_people_who_say_the_same(house, pages):
    town.a_person(house, "second_intake", town.CITY_SME, Role.INTAKE)
    with house.sessions.begin() as session:
        record = credit_lists.enter(
            session,
            town.BUREAU,
            ARREARS,
            on=day("2026-01-05"),
            by=town.actor(house, "sme_intake", "2026-01-05"),
            office=house.office(),
            now=at(day("2026-01-05")),
            today=day("2026-01-05"),
        ).ulid
    path, page = (
        f"/bodies/{town.BUREAU}/record/{record}/correction",
        f"/bodies/{town.BUREAU}/record",
    )
    first = pages.as_("sme_intake", "2026-02-01")
    assert path in first.get(page).text
    shown = first.get(path).text
    assert "<dd>unpaid</dd>" not in shown
    assert "<dd>未支付</dd>" in shown
    assert path not in pages.as_("supervisor").get(page).text
    said = {"amount": "900.00", "reason": "已核对"}
    assert first.post(path, {**said, "answer": "correct"}).status_code == 404  # nobody proposed it
    assert TEXTS["credit.record.proposed"][0] in first.post(path, said).text
    assert "1,200.50" in first.get(page).text
    alone = first.post(path, {**said, "answer": "correct"})
    assert alone.status_code == 409
    assert TEXTS["refused.credit.second-person"][0] in alone.text
    other = pages.as_("second_intake")
    differs = other.post(path, {**said, "amount": "90.00", "answer": "correct"})
    assert differs.status_code == 409
    assert other.post(path, {**said, "answer": "correct"}).status_code == 303
    assert "900.00" in other.get(page).text
    stranger = pages.as_("county_lead").post(path, said)
    assert stranger.status_code == 404
    assert pages.as_("bureau_clerk").get(path).status_code == 403


def test_a_supervisor_reads_who_answers_for_which_clause(claim, pages):
    visitor = pages.as_("supervisor")
    page = visitor.get("/oversight/clauses?region=340321").text
    assert "示例县发展改革委" in page
    assert "未登记" in page
    assert "Ppp" not in visitor.get("/oversight/clauses?region=340321&lang=en").text
    assert visitor.get("/oversight/clauses").status_code == 200
    for elsewhere in ("110000", "34", "x"):
        assert visitor.get(f"/oversight/clauses?region={elsewhere}").status_code == 404
