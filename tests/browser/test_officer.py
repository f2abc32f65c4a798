"""An officer takes a step with the keyboard and the mouse, and the act is on record."""

import pytest

from tests.browser.conftest import serving
from tests.browser.observe import NARROW, assert_accessible, assert_fits, screenshot
from tests.doors.officer_world import Pages, account_for
from tests.doors.signing_in import open_for
from tests.services import case_builders as town
from tests.services.builders import day, sweep

ON = "2026-01-20"


@pytest.fixture
def desk(browser, one_house):
    """A town with a claim that is late; who opens its pages on a day."""
    house = one_house
    claim = town.a_world(house)
    town.drive(house, claim, "rectify")
    sweep(house, ON)
    pages = Pages(house)
    pages.today = day(ON)
    with serving(pages.app) as origin:
        yield house, claim, origin


def test_an_officer_finds_the_case_and_takes_the_next_step(visit, desk):
    house, claim, origin = desk
    token = open_for(house, account_for(house, "handler"), day(ON))
    page = visit("/work", origin=origin, token=token)
    look(page, "officer-work")
    page.click("main table a")
    page.wait_for_selector("h1 >> text=示例县财政局")
    look(page, "officer-case")
    page.click("main a.button >> text=催告")
    page.check("input[name=how][value=letter]")
    page.fill("#note", "请于三日内支付")
    look(page, "officer-step")
    page.click("main form.form button.primary")
    page.wait_for_selector("text=请核对后确认")
    look(page, "officer-review")
    page.click("button[value=yes]")
    page.wait_for_selector("text=已记录：催告")
    assert town.events_of(house, claim)[-1] == "remind"
    page.goto(f"{origin}/claims/{claim}/letters/notice")
    look(page, "officer-letter")


def test_a_supervisor_sees_where_it_is_late(visit, desk):
    house, claim, origin = desk
    token = open_for(house, account_for(house, "supervisor"), day(ON))
    page = visit("/oversight", origin=origin, token=token)
    look(page, "oversight")
    page.goto(f"{origin}/oversight/clauses?region=340321")
    look(page, "oversight-clauses")
    page.go_back()
    page.click("main table a >> text=签发或不采取")
    page.wait_for_selector(f"a[href='/cases/{claim}']")
    look(page, "oversight-supervise")


def look(page, name):
    """A page shuts nobody out, at a desk and on a telephone; a picture of both is kept."""
    page.wait_for_load_state()
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, name)
    size = page.viewport_size
    page.set_viewport_size({"width": NARROW, "height": 900})
    assert_fits(page)
    page.set_viewport_size(size)
