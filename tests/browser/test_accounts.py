"""Somebody comes in for the first time, and two administrators give a post between them."""

import pytest

from fulfilment_monitor import house as premises
from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.authority import Role
from tests.browser.conftest import serving
from tests.browser.test_officer import look
from tests.doors.signing_in import account_of, open_for
from tests.services import case_builders
from tests.services.account_builders import (
    NOW,
    PASSWORD,
    QUICK,
    TODAY,
    a_body,
    a_code,
    a_member,
    acting,
    code_of,
)


@pytest.fixture
def office(browser, one_house, monkeypatch):
    """A body with a clerk who has an account to open; who serves it, and its administrators."""
    house, url = one_house, one_house.settings.database_url
    monkeypatch.setitem(case_builders._rings, url, premises.keys_of(house))
    a_body(house, "A")
    a_member(house, "u1", "A", Role.CLERK)
    app = create_app(house, lambda: Moment(NOW, TODAY), hasher=QUICK)
    with serving(app) as origin:
        yield house, origin


def test_a_one_time_code_becomes_an_account(visit, office):
    house, origin = office
    page = visit("/login", origin=origin)
    look(page, "login")
    page.click("main a[href='/first-sign-in']")
    page.fill("#handle", "u1")
    page.fill("#one_time", a_code(house, "u1"))
    look(page, "first-sign-in")
    page.click("main form button.primary")
    page.wait_for_selector("#again")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.fill("#code", code_of(house, "u1", NOW, page.input_value("input[name=sealed]")))
    look(page, "first-sign-in-choose")
    page.click("main form button.primary")
    page.wait_for_selector("ol.recovery")
    look(page, "recovery-codes")
    page.goto(f"{origin}/account")
    look(page, "account")


def test_two_administrators_give_a_post(visit, office):
    house, origin = office
    tokens = {
        role: open_for(house, account_of(house, role.value, "A", role), TODAY)
        for role in (Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN)
    }
    page = visit("/admin/people", origin=origin, token=tokens[Role.SECURITY_ADMIN])
    look(page, "admin-people")
    page.fill("#handle", "u1")
    page.fill("#body", "A")
    page.select_option("#role", "head")
    page.fill("#reason", "轮岗")
    page.click("text=提交申请 >> nth=0")
    page.wait_for_selector("article.card")
    page = visit("/admin/approvals", origin=origin, token=tokens[Role.SYSTEM_ADMIN])
    look(page, "admin-approvals")
    page.click("button[value=yes]")
    page.wait_for_selector("text=已批准")
    assert acting(house, "u1").roles == {Role.CLERK, Role.HEAD}
    page = visit("/admin/record", origin=origin, token=tokens[Role.AUDIT_ADMIN])
    page.click("text=校验最近记录")
    page.wait_for_selector(".notice")  # the builders' clocks ran backwards, and it says so
    assert "out of the order of time" in page.inner_text(".notice")
    look(page, "admin-record")
