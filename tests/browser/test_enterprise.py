"""An enterprise's way through its pages in a browser, down to what the tables say afterwards."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.services import signed_links
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.complaints import Complaint, ComplaintClaim
from fulfilment_monitor.store.facts import Fact, FactAnswer
from tests.browser.conftest import serving
from tests.browser.observe import NARROW, assert_accessible, assert_fits, screenshot
from tests.conftest import at
from tests.doors.signing_in import enterprise_account, open_for
from tests.services.builders import (
    FIRM,
    a_document,
    a_payment,
    day,
    owed,
    paid,
    register,
    standing,
    state,
    sweep,
)
from tests.services.case_builders import a_town
from tests.services.enterprise_builders import link, reachable

ON = "2025-10-20"


class Firm(NamedTuple):
    origin: str
    token: str
    house: House
    #: A link that was sent about the newest statement.
    link: signed_links.Made


@pytest.fixture(scope="module")
def firm(
    browser: object, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Firm]:
    """A payment that is late and in part claimed to be paid, its claim raised by the sweep."""
    folder = tmp_path_factory.mktemp("firm")
    path = folder / "fulfilment.db"
    path.write_bytes(sqlite_template.read_bytes())
    house = open_house(Settings(database_url=f"sqlite:///{path}", keys_dir=str(folder / "keys")))
    a_town(house)
    delivery = owed("delivery", "enterprise", title="交付设备", due_on="2025-08-01")
    payment = a_payment("1200000.00", due_on="2025-09-10", title="设备款")
    warranty = a_payment("60000.00", due_on="2026-09-10", title="质量保证金", key="warranty")
    register(house, a_document(delivery, payment, warranty))
    for amount, note in (("400000.00", "首期"), ("200000.00", "二期"), ("100000.00", "三期")):
        said = paid("2025-09-20", amount, by="government", note=note)
        state(house, said, "2025-09-21")
    sweep(house, "2025-10-19")
    reachable(house, "2025-10-19")
    with house.readers() as session:
        last = session.scalars(select(Fact.ulid).order_by(Fact.id.desc())).first()
    made = link(house, str(last), "2025-10-19")
    token = open_for(house, enterprise_account(house, "firm", FIRM), day(ON))
    app = create_app(house, lambda: Moment(at(day(ON)), day(ON)))
    with serving(app) as origin:
        yield Firm(origin, token, house, made)
    house.close()


def look(page, name):
    """Legible to everybody, at a desk and on a telephone."""
    page.wait_for_load_state()
    assert_accessible(page)
    page.set_viewport_size({"width": NARROW, "height": 900})
    assert_fits(page)
    page.set_viewport_size({"width": 1280, "height": 900})
    assert_fits(page)
    screenshot(page, f"enterprise-{name}")


def test_an_enterprise_confirms_disputes_reckons_and_complains(visit, firm):
    page = visit("/firm", origin=firm.origin, token=firm.token)
    look(page, "home")
    page.locator("text=确认属实").first.click()
    look(page, "confirm")
    page.click("button:has-text('确认属实')")
    expect(page.locator(".notice-good")).to_be_visible()
    page.locator("a:has-text('有异议')").first.click()
    page.click("button:has-text('提出异议')")  # nothing was filled in
    expect(page.locator(".error-summary")).to_be_focused()
    page.check("text=只到账了一部分")
    page.fill("#amount", "150,000.00")
    page.fill("#note", "银行只到账五万元")
    look(page, "dispute")
    page.click("button:has-text('提出异议')")
    page.locator(".card a:has-text('逾期利息测算单')").first.click()
    page.fill("#on", "2025-12-31")
    page.click("button:has-text('查看')")
    look(page, "interest")
    told = standing(firm.house, "2025-12-31")["interest"]
    expect(page.locator(".code-shown")).to_contain_text(f"{float(told):,.2f}")
    page.click("a:has-text('提出投诉')")
    page.fill("#words", "货已验收，多次催要，余款至今未付")
    look(page, "complain")
    page.click("button:has-text('提交投诉')")
    expect(page.locator(".code-shown")).to_have_text(re.compile(r"^\s*\S{29}\s*$"))
    page.goto(f"{firm.origin}/firm/cases")
    look(page, "cases")
    page.click("article a")
    look(page, "case")
    with firm.house.readers() as session:
        answers = session.scalars(select(FactAnswer).order_by(FactAnswer.id)).all()
        said = [(a.answer, a.source, a.disputed_fen) for a in answers]
        assert said == [("confirmed", "enterprise", None), ("disputed", "enterprise", 15_000_000)]
        complaint = session.scalars(select(Complaint)).one()
        assert complaint.enterprise_id is not None
        assert session.scalars(select(ComplaintClaim.claimed_fen)).all() == [75_000_000]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("notices", "/firm/notices"),
        ("contract-new", "/firm/contracts/new"),
        ("contacts", "/firm/contacts"),
        ("staff", "/firm/staff"),
    ],
)
def test_the_other_pages_shut_nobody_out(visit, firm, name, address):
    look(visit(address, origin=firm.origin, token=firm.token), name)


def test_the_contract_leads_to_what_can_be_done(visit, firm):
    page = visit("/contracts", origin=firm.origin, token=firm.token)
    page.click("#content a[href^='/contracts/0']")
    look(page, "contract")
    page.locator("#firm-acts ~ ol a:has-text('陈述事实')").first.click()
    look(page, "fact")


def test_a_link_fills_in_its_secret_and_leaves_it_in_no_address(visit, firm):
    made = firm.link
    page = visit(f"/answer/{made.id}#{made.secret}", origin=firm.origin, token=None)
    expect(page.locator("#secret")).to_have_value(made.secret)
    assert "#" not in page.url
    look(page, "answer-key")
    page.fill("#code", made.code)
    page.click("button:has-text('查看')")
    look(page, "answer")
    page.click("button:has-text('确认属实')")
    expect(page.locator(".notice-good")).to_be_visible()
    with firm.house.readers() as session:
        by = session.scalars(select(FactAnswer.recorded_by).order_by(FactAnswer.id)).all()
    assert by[-1] == f"link:{made.id}"


def test_a_link_works_without_a_script(visit, firm):
    made = firm.link
    page = visit(f"/answer/{made.id}", origin=firm.origin, token=None, script=False)
    page.fill("#secret", f"{firm.origin}/answer/{made.id}#x")
    page.fill("#code", made.code)
    page.click("button:has-text('查看')")
    expect(page.locator(".notice-error")).to_be_visible()
