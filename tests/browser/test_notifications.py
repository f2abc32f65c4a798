"""A clerk hears of a missed payment: the bell, the list, the contract, and it was read."""

import pytest
from playwright.sync_api import expect

from fulfilment_monitor import house as premises
from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.services import notifications
from fulfilment_monitor.settings import Settings
from tests.browser.conftest import serving
from tests.browser.test_officer import look
from tests.conftest import at
from tests.doors.signing_in import account_of, open_for
from tests.services.builders import ORGAN, a_document, day, office, register, sweep

TODAY = day("2025-09-25")


@pytest.fixture
def told(browser, sqlite_template, tmp_path):
    """A register with payments that were missed, of which a clerk was told; who serves it."""
    path = tmp_path / "fulfilment.db"
    path.write_bytes(sqlite_template.read_bytes())
    house = premises.open_house(
        Settings(database_url=f"sqlite:///{path}", keys_dir=str(tmp_path / "keys"))
    )
    register(house, a_document(), a_document(contract_no="HT-2"))
    account_of(house, "clerk", ORGAN, Role.CLERK)
    for swept in ("2025-09-10", "2025-09-25"):
        sweep(house, swept)
    notifications.gather(
        house.sessions, house.readers, office(house), house.notifying, now=at(TODAY), today=TODAY
    )
    with serving(create_app(house, lambda: Moment(at(TODAY), TODAY))) as origin:
        yield house, origin
    house.close()


def test_a_clerk_is_told_goes_there_and_has_read_it(visit, told):
    house, origin = told
    token = open_for(house, account_of(house, "clerk", ORGAN, Role.CLERK), TODAY)
    page = visit("/contracts", origin=origin, token=token)
    expect(page.locator("a.bell .count")).to_have_text("4")
    page.click("a.bell")
    expect(page.locator("h1")).to_have_text("提醒")
    look(page, "notifications")
    page.fill("#email", "not an address")
    page.click("main form.form button.primary")
    expect(page.locator(".error-summary")).to_be_visible()
    page.fill("#email", "clerk@example.com")
    page.click("main form.form button.primary")
    expect(page.get_by_text("c****@example.com")).to_be_visible()
    page.locator("main tbody a").first.click()
    expect(page.locator("h1")).to_have_text("办公设备采购")
    page.click("a.bell")
    page.get_by_role("button", name="标为已读").first.click()
    expect(page.locator("a.bell .count")).to_have_text("3")
    page.get_by_role("button", name="全部标为已读").click()
    expect(page.locator("a.bell .count")).to_have_count(0)
    look(page, "notifications-none")
