"""What anybody can do from the street: with a keyboard alone, and without scripts."""

import re

import pytest

from tests.browser.observe import assert_accessible, assert_fits, screenshot

STREET = {
    "portal": "/",
    "complain": "/complain",
    "lookup": "/lookup?lang=en",
    "published": "/published",
    "deadline": "/calculators/deadline?term=payment.organ&start=2025-09-05",
    "interest": "/calculators/interest",
    "channels": "/channels",
    "open-data": "/open-data",
    "login": "/login",
}
CODE = re.compile(r"(?:[0-9A-Z]{4}-){5}[0-9A-Z]{4}")


@pytest.mark.parametrize("name", STREET)
def test_a_page_of_the_street_shuts_nobody_out(visit, name):
    page = visit(STREET[name], token=None)
    assert_accessible(page)
    assert_fits(page)
    screenshot(page, f"street-{name}")


def press_to(page, control: str) -> None:
    """Press Tab until a control has the focus; a keyboard finds every one of them."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name || document.activeElement.type") == control:
            return
    raise AssertionError(f"no key leads to {control}")


def test_a_complaint_goes_in_and_is_looked_up_by_keyboard_alone_and_without_scripts(visit):
    page = visit("/complain", token=None, script=False)
    typed = {
        "respondent_name": "示例省范例市城市管理局",
        "region": "530100",
        "promise": "应付清工程款",
        "words": "多次催要未果。",
    }
    for name, words in typed.items():
        if name == "words":  # in the order of the page
            press_to(page, "breach")
            page.keyboard.press("End")
        press_to(page, name)
        page.keyboard.insert_text(words)
    press_to(page, "submit")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    found = CODE.search(page.inner_text("main"))
    assert found is not None, page.inner_text("main")
    screenshot(page, "street-receipt")
    page.goto(page.url.partition("/complain")[0] + "/lookup")
    press_to(page, "code")
    page.keyboard.insert_text(found[0].lower())
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "收到" in page.inner_text("main")
    screenshot(page, "street-progress")


def test_what_answers_a_complaint_shuts_nobody_out(visit):
    page = visit("/complain", token=None)
    with page.expect_navigation():
        page.click("main button[type=submit]")
    assert_accessible(page)  # the form with its faults
    screenshot(page, "street-refused")
    page.fill("[name=respondent_name]", "示例省范例市城市管理局")
    page.fill("[name=region]", "530100")
    page.fill("[name=promise]", "应付清工程款")
    page.fill("[name=words]", "另一份合同，多次催要未果。")
    page.select_option("[name=breach]", "arrears")
    with page.expect_navigation():
        page.click("main button[type=submit]")
    found = CODE.search(page.inner_text("main"))
    assert found is not None, page.inner_text("main")
    assert_accessible(page)
    assert_fits(page)
    page.goto(page.url.partition("/complain")[0] + "/lookup")
    page.fill("[name=code]", found[0])
    with page.expect_navigation():
        page.click("main button[type=submit]")
    assert_accessible(page)
    assert_fits(page)
