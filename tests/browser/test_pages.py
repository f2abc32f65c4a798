"""Every page in a browser: legible to everybody, at a desk and on a telephone, by day and night."""

import pytest
from playwright.sync_api import expect

from tests.browser.observe import (
    NARROW,
    WIDE,
    assert_accessible,
    assert_fits,
    screenshot,
)
from tests.doors.registers import DISPUTED

PAGES = {
    "overview": "/overview",
    "contracts": "/contracts",
    "contract": "/contracts/{ulid}?as_of=2025-11-04",
    "alerts": "/alerts?lang=en",
    "leads": "/leads",
    "about": "/about",
    "refusal": "/contracts?field=nothing",
    "styleguide": "/styleguide?refused",
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shuts_nobody_out(visit, site, name):
    page = visit(PAGES[name].format(ulid=site.ulids[DISPUTED]))
    assert_accessible(page)
    assert_fits(page)
    page.emulate_media(color_scheme="dark")
    assert_accessible(page, only=["color-contrast"])
    page.set_viewport_size({"width": NARROW, "height": 900})
    assert_fits(page)
    assert_accessible(page, only=["color-contrast", "target-size", "label", "list"])
    page.evaluate("document.documentElement.dataset.text = 'large'")
    assert_fits(page)
    page.evaluate("document.documentElement.dataset.text = 'normal'")
    page.emulate_media(color_scheme="light")
    screenshot(page, name)


def test_a_chosen_look_outlasts_the_system_and_the_page(visit):
    page = visit("/about?theme=dark&text=large")
    page.click("nav.menu a[href='/leads']")
    page.wait_for_url("**/leads")
    look = "(s => [s.backgroundColor, s.fontSize])(getComputedStyle(document.body))"
    assert page.evaluate(look) == ["rgb(18, 23, 29)", "20px"]
    with page.expect_navigation():
        page.click("text=浅色")
    assert page.evaluate(look) == ["rgb(244, 246, 248)", "20px"]


def test_paper_shows_the_page_and_nothing_around_it(visit, site):
    page = visit(f"/contracts/{site.ulids[DISPUTED]}", dark=True)
    page.emulate_media(media="print")
    for hidden in (".menu", ".tools", ".controls", ".looks", ".crumbs", ".skip"):
        assert not page.locator(hidden).first.is_visible(), hidden
    assert page.locator("h1").is_visible()
    colours = "e => [getComputedStyle(e).color, getComputedStyle(document.body).backgroundColor]"
    black, transparent = "rgb(0, 0, 0)", "rgba(0, 0, 0, 0)"
    assert page.locator("h1").evaluate(colours) == [black, transparent]
    page.set_viewport_size({"width": 690, "height": 980})  # A4 less its margins
    assert_fits(page)
    table = page.locator(".ledger")
    assert table.evaluate("e => getComputedStyle(e).display") == "table"  # no cards on paper
    assert page.locator(".charted table").bounding_box()["height"] > 100  # and nothing folded


def test_a_keyboard_skips_to_the_content(visit):
    page = visit("/about", width=WIDE)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] > 0
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
