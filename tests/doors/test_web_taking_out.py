"""Lists as files from their pages: what is in sight and no more, and no text becomes a formula."""

import csv
import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select, update

from fulfilment_monitor.services import exports
from fulfilment_monitor.store.accounts import WebSession
from fulfilment_monitor.store.audit import AuditEntry
from tests.doors.officer_world import Pages, Visitor
from tests.doors.signing_in import enterprise_account
from tests.services import case_builders as town
from tests.services.builders import FIRM, a_document, a_firm, a_payment, register, sweep
from tests.services.enterprise_builders import OTHER_FIRM

ON = "2025-10-21"
EVIL = "=HYPERLINK(A1)"


@pytest.fixture
def pages(house):
    town.a_town(house)
    other = a_firm(uscc=OTHER_FIRM, name="另一家公司")
    foreign = {"name": "示例市财政局", "uscc": town.CITY_FINANCE, "kind": "organ"}
    register(
        house,
        a_document(a_payment(due_on="2025-09-10", title=EVIL), title=EVIL),
        a_document(contract_no="HT-2", title="道路养护", enterprise=other),
        a_document(contract_no="HT-3", government=foreign, enterprise=other),
    )
    sweep(house, town.LEAD_DAY)
    enterprise_account(house, "firm", FIRM)
    return Pages(house)


def table(visitor: Visitor, address: str) -> list[list[str]]:
    """The rows of a CSV file below its headings."""
    answer = visitor.get(address)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))[1:]


def numbers(visitor: Visitor, what: str, at: int, query: str = "") -> set[str]:
    return {row[at] for row in table(visitor, f"/exports/{what}?format=csv{query}")}


def test_a_file_holds_what_its_reader_sees_as_it_was_filtered(house, pages):
    clerk, firm = pages.as_("bureau_clerk", ON), pages.as_("firm", ON)
    lead = pages.as_("county_lead", ON)
    for what, at in (("contracts", 0), ("alerts", 1), ("leads", 1)):
        assert numbers(clerk, what, at) == {"HT-1", "HT-2"}, what
        assert numbers(firm, what, at) == {"HT-1"}, what
        assert numbers(lead, what, at) == {"HT-1", "HT-2", "HT-3"}, what
    assert numbers(lead, "contracts", 0, "&q=道路") == {"HT-2"}
    assert numbers(lead, "contracts", 0, "&field=ppp") == set()
    assert numbers(lead, "leads", 1, "&as_of=2025-09-01") == set()
    assert {row[1] for row in table(lead, "/exports/cases?format=csv")} == {
        "示例县财政局", "示例市财政局",
    }  # fmt: skip
    assert table(lead, "/exports/cases?format=csv&state=closed") == []
    for who in ("handler", "custodian"):
        assert pages.as_(who, ON).get("/exports/contracts").status_code == 403
    for who in ("bureau_clerk", "firm", "handler"):
        assert pages.as_(who, ON).get("/exports/cases").status_code == 403


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_text_becomes_a_formula(pages):
    visitor = pages.as_("bureau_clerk", ON)
    (row,) = [r for r in table(visitor, "/exports/contracts?format=csv") if r[0] == "HT-1"]
    assert row[1] == f"'{EVIL}"
    book = openpyxl.load_workbook(io.BytesIO(visitor.get("/exports/contracts").data))
    cells = {c.value: c.data_type for r in book.active.iter_rows() for c in r}
    assert cells[EVIL] == "s"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_file_is_on_record_and_large_ones_ask_for_more(house, pages, monkeypatch):
    clerk, lead = pages.as_("bureau_clerk", ON), pages.as_("county_lead", ON)
    table(clerk, "/exports/leads?format=csv")
    with house.readers() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
    assert (entry.action, entry.object_id, entry.actor) == ("export", "leads", "bureau_clerk")
    assert b'"rows":2' in entry.body
    monkeypatch.setattr(exports, "_OWN_ROWS", 1)
    refused = clerk.get("/exports/contracts")
    assert refused.status_code == 422
    assert "缩小筛选范围" in refused.text
    assert "最多 1 行" in clerk.get("/contracts").text
    monkeypatch.setattr(exports, "ASKS_AGAIN", 2)
    assert lead.get("/exports/contracts").status_code == 200  # the factor was just given
    _a_while_ago(house)
    asked = lead.get("/exports/contracts?q=道路&format=csv")
    assert asked.status_code == 200  # one row
    asked = lead.get("/exports/contracts?format=csv")
    assert asked.status_code == 303
    assert asked.headers["Location"].startswith("/step-up?next=/exports/contracts")


def _a_while_ago(house: Any) -> None:
    with house.sessions.begin() as session:
        for row in session.scalars(select(WebSession)):
            earlier = row.stepped_up_at and row.stepped_up_at - timedelta(minutes=6)
            session.execute(
                update(WebSession).where(WebSession.id == row.id).values(stepped_up_at=earlier)
            )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_lists_lead_to_their_files_as_they_are_filtered(pages):
    page = pages.as_("county_lead", ON).get("/contracts?q=道路").text
    assert "/exports/contracts?format=xlsx&amp;q=" in page
    assert "最多 10,000 行" in page
    assert "/exports/cases?format=csv" in pages.as_("supervisor", ON).get("/oversight/cases").text
    assert "/exports/" not in pages.as_("handler", ON).get("/contracts").text
