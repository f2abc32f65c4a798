"""Credit, restrictions, calendars, tables and open data over HTTP."""

import csv
import io
import json
from datetime import date
from typing import Any

import openpyxl
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.ical import Entry, calendar, folded
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.ocds import schema_errors
from fulfilment_monitor.services import exports
from fulfilment_monitor.services.public_record import is_displayed
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.web.wording import TEXTS
from tests.conftest import at
from tests.doors.api_world import (
    OTHER_FIRM,
    STRANGER,
    admin,
    clerk,
    firm,
    keyed,
    problem,
    staff,
    townsman,
    two_contracts,
)
from tests.services.builders import (
    FIRM,
    ORGAN,
    a_document,
    a_payment,
    office,
    register,
    sweep,
)
from tests.services.case_builders import BUREAU, CITY, CITY_CREDIT, a_world, drive


def test_officers_read_the_ledger_and_others_what_is_published(house):
    claim = a_world(house)
    drive(house, claim, "approve_determination")
    on = "2026-02-10"
    path = f"/organisations/{BUREAU}/credit"
    (inside,) = townsman(house, "city_lead", on).get(path).get_json()["records"]
    assert (inside["state"], inside["amount"]) == ("effective", "1000.00")
    assert inside["content"]["article"]
    before = townsman(house, "city_lead", on).get(f"{path}?on=2025-12-31").get_json()
    assert before["records"] == []
    published = keyed(house, None, on=on).get(path).get_json()["records"]
    assert bool(published) == is_displayed(office(house))
    for record in published:
        assert not {"amount", "content", "reason"} & record.keys()
    problem(admin(house, on).get(path), 403, "forbidden")
    problem(townsman(house, "city_lead", on).get("/organisations/X/credit"), 404, "not-found")


def test_the_page_of_a_body_shows_no_more_of_its_record_than_the_ledger_tells(house):
    drive(house, a_world(house), "approve_determination")
    on, path = "2026-02-10", f"/bodies/{BUREAU}/record"
    behind = {"认定〔2026〕1号", "1,000.00"}
    readers = {
        "officer": townsman(house, "city_lead", on),
        "keeper of lists": townsman(house, "sme_intake", on),
        "own clerk": townsman(house, "bureau_clerk", on),
        "another clerk": staff(house, "elsewhere", CITY, Role.CLERK, on=on),
        "custodian": townsman(house, "custodian", on),
        "firm": firm(house, on=on),
    }
    shown = {}
    for who, reader in readers.items():
        page = reader.client.get(path)
        assert page.status_code == 200, who
        shown[who] = {word for word in behind if word in page.text}
    assert not is_displayed(office(house))
    assert {who for who, words in shown.items() if words} == {
        "officer", "keeper of lists", "own clerk",
    }  # fmt: skip
    problem(readers["firm"].get(f"/organisations/{BUREAU}/restrictions"), 403, "forbidden")
    assert TEXTS["credit.record.held"][0] not in readers["firm"].client.get(path).text
    assert TEXTS["credit.record.held"][0] in readers["another clerk"].client.get(path).text


def test_a_funding_desk_asks_what_a_body_may_not_receive(house):
    claim = a_world(house)
    drive(house, claim, "approve_determination")
    path = f"/organisations/{BUREAU}/restrictions"
    found = townsman(house, "city_lead", "2026-02-10").get(path).get_json()
    assert (found["uscc"], found["restricted"], found["restrictions"]) == (BUREAU, False, [])
    problem(keyed(house, None).get(path), 403, "forbidden")


# --- a calendar -------------------------------------------------------------------------------


def test_one_s_own_due_dates_come_as_a_calendar(house):
    register(
        house,
        a_document(a_payment(due_on="2025-12-01", title="货款; 第一期,\\尾"), title="采购" * 30),
        a_document(a_payment(due_on="2025-09-01"), contract_no="HT-2"),  # missed already
    )
    for caller, code in ((clerk(house), ORGAN), (firm(house), FIRM)):
        found = caller.get(f"/organisations/{code}/due-dates.ics")
        assert found.content_type == "text/calendar; charset=utf-8"
        lines = found.data.split(b"\r\n")
        assert max(map(len, lines)) <= 75
        whole = found.data.replace(b"\r\n ", b"").decode().split("\r\n")
        assert whole.count("BEGIN:VEVENT") == 1
        assert "DTSTART;VALUE=DATE:20251201" in whole
        assert "SUMMARY:货款\\; 第一期\\,\\\\尾到期" in whole
    for code in (STRANGER, FIRM):
        problem(clerk(house).get(f"/organisations/{code}/due-dates.ics"), 404, "not-found")


def test_a_line_is_cut_between_characters_and_put_together_again():
    for text in ("x" * 200, "合" * 100, "a" + "合" * 100, "x" * 75, "x" * 76, "𠮷" * 40):
        parts = folded(text).encode().split(b"\r\n")
        assert parts[-1] == b""
        assert max(map(len, parts)) <= 75
        assert b"".join([parts[0], *(p[1:] for p in parts[1:-1])]).decode() == text
    entry = Entry("u", date(2025, 12, 31), "a\nb", "\x00", at(date(2025, 1, 1)))
    told = calendar("x", [entry])
    assert "SUMMARY:a\\nb\r\n" in told
    assert "DTEND;VALUE=DATE:20260101" in told
    assert "\x00" not in told


# --- tables -----------------------------------------------------------------------------------


def _csv(answer: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_what_is_in_sight_leaves_as_a_table_and_no_text_becomes_a_formula(house):
    evil = '=HYPERLINK("http://x","y")'
    register(house, a_document(title=evil), a_document(contract_no="@SUM(1)", amount="1.00"))
    two_contracts(house)
    sweep(house, "2025-10-20")
    caller = clerk(house)
    rows = _csv(caller.get("/exports/contracts?format=csv"))
    assert {r[0] for r in rows[1:]} == {"HT-1", "'@SUM(1)"}
    assert "'" + evil in {r[1] for r in rows}
    book = openpyxl.load_workbook(
        io.BytesIO(caller.get("/exports/contracts?format=xlsx").data), read_only=True
    )
    cells = [c for row in book.worksheets[0].iter_rows() for c in row]
    assert evil in [c.value for c in cells]
    assert {c.data_type for c in cells if c.value} == {"s"}
    for what in ("alerts", "leads"):
        shown = caller.get(f"/{what}").get_json()["items"]
        assert len(_csv(caller.get(f"/exports/{what}"))) == 1 + len(shown) > 1
    stranger = staff(house, "other", STRANGER, Role.CLERK)
    assert [r[0] for r in _csv(stranger.get("/exports/contracts"))[1:]] == ["HT-FOREIGN"]
    assert _exported(house)[:2] == [("contracts", 2), ("contracts", 2)]
    problem(keyed(house, None).get("/exports/leads"), 403, "forbidden")


def _exported(house: House) -> list[tuple[str, int]]:
    query = select(AuditEntry).where(AuditEntry.action == "export").order_by(AuditEntry.seq)
    with house.readers() as session:
        return [(e.object_id, json.loads(e.body)["rows"]) for e in session.scalars(query)]


def test_no_more_leaves_than_may_leave(house, monkeypatch):
    register(house, *(a_document(contract_no=f"HT-{i}") for i in range(4)))
    monkeypatch.setattr(exports, "_OWN_ROWS", 3)
    told = problem(clerk(house).get("/exports/contracts"), 422, "export.too-many")
    assert told["limit"] == 3
    assert _exported(house) == []
    head = staff(house, "head", ORGAN, Role.HEAD)
    monkeypatch.setattr(exports, "ASKS_AGAIN", 3)
    assert head.get("/exports/contracts").status_code == 200  # the second factor is fresh
    later = staff(house, "head", ORGAN, Role.HEAD)
    _grow_old(house)
    problem(later.get("/exports/contracts"), 403, "step-up-needed")


def _grow_old(house: House) -> None:
    from fulfilment_monitor.store.accounts import WebSession

    with house.sessions.begin() as session:
        for row in session.scalars(select(WebSession)):
            row.stepped_up_at = None


def test_open_data_is_valid_and_holds_what_is_in_sight(house):
    mine = [a_document(contract_no=f"HT-{i}") for i in range(3)]
    register(house, *mine, a_document(contract_no="HT-P", field="investment_attraction"))
    two_contracts(house)
    caller, found, path = clerk(house), [], "/ocds/releases?limit=2"
    while path:
        package = caller.get(path).get_json()
        assert package["version"] == "1.1"
        found += package["releases"]
        path = package.get("links", {}).get("next", "").partition("/api/v1")[2]
    assert not [e for r in found for e in schema_errors(r)]
    numbers = [r["contracts"][0]["id"] for r in found]
    assert len(numbers) == len(set(numbers)) == 3  # HT-P is of a field that is not published
    # what is not in sight does not even take a place on a page
    assert "links" not in caller.get("/ocds/releases?limit=3").get_json()
    assert STRANGER not in json.dumps(found)
    assert OTHER_FIRM not in json.dumps(found)


def test_a_region_is_seen_by_who_leads_it(house):
    a_world(house)
    shown = staff(house, "watch", CITY_CREDIT, Role.CREDIT_LEAD).get("/exports/leads")
    assert len(_csv(shown)) == 2
    assert len(_csv(staff(house, "head2", CITY, Role.HEAD).get("/exports/contracts"))) == 2
