"""A new clerk's task in a browser: only what the pages show, and it ends on the register."""

import re
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.authority import Role, operator
from fulfilment_monitor.house import House
from fulfilment_monitor.services.organisations import register_body
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.store.facts import Fact
from tests.browser.conftest import Visit, serving
from tests.browser.observe import assert_accessible, assert_fits, screenshot
from tests.conftest import at
from tests.doors.signing_in import account_of, open_for
from tests.services.builders import FIRM, ORGAN

if TYPE_CHECKING:
    from playwright.sync_api import Page

SINCE, TODAY = date(2020, 1, 1), date(2025, 9, 1)
#: What a person with the contract in hand may take; a machine takes a few seconds of it.
THREE_MINUTES = 180


@pytest.fixture
def office(one_house: House) -> House:
    with one_house.sessions.begin() as session:
        register_body(session, ORGAN, "示例县财政局", "organ", by=operator("t"), now=at(SINCE))
    return one_house


def check(page: "Page", name: str) -> None:
    """The page can be used by everybody, at a desk and on a telephone."""
    page.wait_for_load_state()
    assert_accessible(page)
    screenshot(page, f"clerk-{name}")
    wide = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 900})
    assert_fits(page)
    if wide is not None:
        page.set_viewport_size(wide)


@pytest.mark.proves("R-15")
def test_a_new_clerk_registers_finds_the_date_and_records_the_payment(
    visit: Visit, office: House, tmp_path: Path
) -> None:
    token = open_for(office, account_of(office, "clerk", ORGAN, Role.CLERK), TODAY)
    with serving(create_app(office, lambda: Moment(at(TODAY), TODAY))) as origin:
        began = time.monotonic()
        page = visit("/desk", origin=origin, token=token)
        page.get_by_role("link", name="登记合同", exact=True).click()
        page.get_by_label("签订日期").fill("2025-08-20")
        page.get_by_role("button", name=re.compile("政府采购.*货物")).click()
        for name, text in (
            ("合同编号", "HT-9"),
            ("合同名称", "打印机采购合同"),
            ("行政区划", "340321"),
            ("企业名称", "示例企业"),
            ("统一社会信用代码", FIRM),
        ):
            page.get_by_label(name).fill(text)
        page.get_by_label("所有制").select_option(label="民营")
        page.get_by_label("企业规模").select_option(label="小型企业")
        owed = {n: page.get_by_role("group", name=n) for n in ("交付货物", "验收", "支付价款")}
        owed["交付货物"].get_by_label("约定的具体日期").fill("2025-09-10")
        owed["验收"].get_by_label("起算后多久").fill("5")
        owed["支付价款"].get_by_label("金额").fill("30000")
        # nothing was pressed: the date and its reasons come by themselves
        dates = page.get_by_role("region", name="到期日预览")
        dates.get_by_text("2025-10-15").first.wait_for()
        assert "未约定付款期限，适用法定期限30日" in dates.inner_text()
        check(page, "form")
        page.get_by_role("button", name="登记合同").click()
        page.get_by_text("合同已登记").wait_for()
        told = page.locator(".notice-good").inner_text()
        assert "最迟 2025-10-15 付款" in told
        assert "适用法定期限30日" in told
        check(page, "registered")
        page.get_by_role("link", name=re.compile("登记付款")).click()
        voucher = tmp_path / "付款凭证.pdf"
        voucher.write_bytes(b"%PDF-1.7\n")
        assert page.get_by_label("金额").input_value() == "30000.00"
        page.get_by_label("证明材料").set_input_files(voucher)
        assert_accessible(page)
        page.get_by_role("button", name="登记", exact=True).click()
        page.get_by_text("付款已登记").wait_for()
        assert time.monotonic() - began < THREE_MINUTES
    with office.readers() as session:
        contract = session.scalars(select(Contract)).one()
        fact = session.scalars(select(Fact)).one()
    assert (contract.contract_no, contract.title) == ("HT-9", "打印机采购合同")
    assert (fact.kind, fact.amount_fen, fact.recorded_by) == ("paid", 3_000_000, "clerk")
    assert fact.evidence is not None


def test_a_new_clerk_is_handed_the_template(visit: Visit, office: House) -> None:
    token = open_for(office, account_of(office, "clerk", ORGAN, Role.CLERK), TODAY)
    with serving(create_app(office, lambda: Moment(at(TODAY), TODAY))) as origin:
        page = visit("/desk/upload", origin=origin, token=token)
        with page.expect_download() as coming:
            page.get_by_role("link", name="下载通用模板").click()
        assert coming.value.suggested_filename == "合同导入模板.xlsx"
        assert Path(coming.value.path()).stat().st_size > 0
