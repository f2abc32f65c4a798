"""The officers' pages: who comes in, what is open, and a case from its lead to its record."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.case_details import DETAILS, OneOf
from fulfilment_monitor.domain.cases import Event, Guard, State
from fulfilment_monitor.house import keys_of
from fulfilment_monitor.services import people
from fulfilment_monitor.store.cases import Claim, ClaimEvent, Letter
from fulfilment_monitor.store.complaints import VaultRequest
from fulfilment_monitor.store.records import CreditEntry, Finding
from fulfilment_monitor.web import step_form, step_pages
from fulfilment_monitor.web.case_file import MOVES
from fulfilment_monitor.web.wording import LABELS, TEXTS
from tests.conftest import at
from tests.doors.officer_world import Pages
from tests.services import case_builders as town
from tests.services.builders import CLERK

FOUND = {
    "facts": "货物已验收，货款逾期未付",
    "legal_basis": "民法典第五百七十七条",
    "respondent_says": "预算未安排",
    "complainant_says": "多次催要未果",
    "verification": "true",
    "breach": "arrears",
    "amount": "1,000.00",
}


@pytest.fixture
def claim(house):
    return town.a_world(house)


@pytest.fixture
def pages(house, claim):
    return Pages(house)


# --- from the lead to the record ----------------------------------------------------------------


def test_a_case_goes_from_its_lead_to_its_record_through_the_pages(house, claim, pages):
    lead, officer = "county_lead", "handler"
    walk = [
        (lead, "2025-10-21", "accept", {}),
        (lead, "2025-10-22", "transfer", {}),
        (officer, "2025-10-23", "take_up", {"handler": "handler"}),
        (officer, "2025-11-03", "find_substantiated", FOUND),
        (officer, "2025-11-04", "rectify",
         {"items": "支付货款\n\n书面报告", "due_on": "2025-12-01", "served_on": "2025-11-04"}),
        (officer, "2025-12-03", "remind", {"how": "letter", "note": "催告"}),
        (officer, "2025-12-15", "refuse",
         {"declared": "no", "excuse": "no-funds", "note": "仍未付"}),
        (officer, "2025-12-20", "notify_determination",
         {"facts": "逾期未付", "grounds": "发改财金〔2023〕1103号 二（二）",
          "statement_until": "2026-01-05", "served_on": "2025-12-20"}),
        (officer, "2026-01-04", "hear", {"said": "无新的意见", "hearing": "no"}),
        (officer, "2026-01-06", "propose_determination",
         {"breach": "arrears", "article": "民法典第五百七十七条", "facts": "逾期未付",
          "excuse": "no-funds", "amount": "1000.00"}),
    ]  # fmt: skip
    for who, on, event, details in walk:
        answer = pages.as_(who, on).step(claim, event, **details)
        assert answer.status_code == 303, (event, answer.text)
    decision = {
        "document_no": "认定〔2026〕1号",
        "served_on": "2026-01-08",
        "remedies": "可提出异议",
    }
    alone = pages.as_("other_director", "2026-01-07")
    alone.step(claim, "propose_determination", **walk[-1][3])
    refused = alone.step(claim, "approve_determination", **decision)
    assert refused.status_code == 409
    assert TEXTS["guard.another_person"][0] in refused.text
    done = pages.as_("director", "2026-01-08").step(claim, "approve_determination", **decision)
    assert done.status_code == 303
    page = pages.as_("director").get(done.headers["Location"]).text
    assert "已记录：批准认定" in page
    assert "认定〔2026〕1号" in page
    with house.readers() as session:
        row = session.scalars(select(Claim).where(Claim.ulid == claim)).one()
        assert row.state == State.DETERMINED
        assert row.confirmed_fen == 1000_00
        finding = session.scalars(select(Finding).where(Finding.approved.is_(True))).one()
        assert finding.proposed_by != finding.decided_by
        entry = session.scalars(select(CreditEntry)).one()
        assert (entry.kind, entry.stream) == ("listed", "breach")
        ordered = session.scalars(select(ClaimEvent).where(ClaimEvent.event == "rectify")).one()
        assert ordered.details["items"] == ["支付货款", "书面报告"]
    assert "违约失信" in pages.as_("director").get(f"/bodies/{town.BUREAU}/record").text


# --- the forms ----------------------------------------------------------------------------------


def test_every_event_has_a_form_and_every_detail_a_name():
    for event, details in DETAILS.items():
        for name, detail in details.items():
            known = {f"detail.{name}", f"detail.{event.value}.{name}"} & TEXTS.keys()
            assert known, (event, name)
            if isinstance(detail.read, OneOf):
                kind = step_form.kind_of(event, name)
                assert set(detail.read.allowed) <= LABELS[kind].keys(), (event, name)
    assert {f"guard.{g.value}" for g in Guard} <= TEXTS.keys()
    assert {s.value for s in State} == LABELS["claim_state"].keys()
    assert {e.value for e in Event} == LABELS["claim_event"].keys()


def test_the_form_of_every_event_is_drawn(claim, pages):
    case = {"respondent": {"name": "示例县财政局"}}
    row = {"id": claim, "state": "lead", "title": "货款", "version": 3, "sources": []}
    for event in sorted(set(Event) - MOVES):
        with pages.app.test_request_context("/"):
            fields = step_form.fields_of(event, {})
            page = step_pages.form_page(event, case, row, fields, {}).get_data(as_text=True)
        for name in (*DETAILS[event], "on"):
            assert f'name="{name}"' in page, (event, name)
        assert 'name="version" value="3"' in page


def test_a_step_that_is_not_open_says_so_and_an_unknown_one_is_nothing(claim, pages):
    visitor = pages.as_("county_lead")
    assert "没有这一步" in visitor.get(f"/claims/{claim}/close").text
    assert "没有这一步" not in visitor.get(f"/claims/{claim}/accept").text
    for odd in ("merge", "no-such"):
        assert visitor.get(f"/claims/{claim}/{odd}").status_code == 404


def test_what_is_missing_or_wrong_goes_back_to_its_field(house, claim, pages):
    town.drive(house, claim, "take_up")
    visitor = pages.as_("handler", "2025-11-03")
    answer = visitor.step(claim, "find_substantiated", **{**FOUND, "facts": "", "amount": "-3"})
    assert answer.status_code == 422
    assert 'id="facts-error"' in answer.text
    assert TEXTS["fault.wrong.yuan"][0] in answer.text
    assert "预算未安排" in answer.text  # what was typed is there again
    late = visitor.step(claim, "find_substantiated", **FOUND, on="2025-11-09")
    assert late.status_code == 422
    assert TEXTS["fault.future"][0] in late.text
    assert town.the_claim(house, claim).state == State.VERIFYING


def test_nothing_is_done_before_it_is_confirmed(house, claim, pages):
    visitor = pages.as_("county_lead")
    looked = visitor.post(f"/claims/{claim}/accept", {"version": "0", "note": "材料齐全"})
    assert looked.status_code == 200
    assert "材料齐全" in looked.text
    assert town.events_of(house, claim) == []
    back = visitor.post(f"/claims/{claim}/accept", {"note": "材料齐全", "confirmed": "back"})
    assert "材料齐全</textarea>" in back.text


def test_who_was_too_slow_sees_what_happened_and_nothing_is_lost(house, claim, pages):
    visitor = pages.as_("county_lead")
    town.act(house, claim, "accept", "county_lead", "2025-10-21")
    answer = visitor.post(f"/claims/{claim}/transfer", {"version": "0", "confirmed": "yes"})
    assert answer.status_code == 409
    assert TEXTS["act.stale"][0] in answer.text
    assert "受理" in answer.text
    assert town.events_of(house, claim) == ["accept"]


def test_a_guard_is_explained_in_words(house, claim, pages):
    town.drive(house, claim, "rectify")
    visitor = pages.as_("handler", "2025-11-10")
    answer = visitor.step(claim, "refuse", declared="no", excuse="no-funds", note="未付")
    assert answer.status_code == 409
    assert TEXTS["guard.refusal_shown"][0] in answer.text


def test_closed_steps_say_whose_they_are(house, claim, pages):
    town.drive(house, claim, "transfer")
    page = pages.as_("county_lead", "2025-10-23").get(f"/cases/{claim}").text
    closed = page[page.index("其他步骤及为何不能由您办理") :]
    assert re.search(r"接办</strong> — 不属于您的职责.*由认定部门办理", closed)
    assert f"/claims/{claim}/take_up" not in page


# --- who comes in -------------------------------------------------------------------------------

READ = ("/cases/{}", "/claims/{}/accept", "/claims/{}/letters/", "/cases/{}/folder")


def test_what_is_not_for_somebody_is_as_if_it_did_not_exist(house, claim, pages):
    town.drive(house, claim, "take_up")
    town.a_person(house, "moved", town.COUNTY, Role.HANDLER)
    with house.sessions.begin() as session:
        people.post(
            session, "moved", town.BUREAU, Role.CLERK, from_on=date(2024, 1, 1),
            until_on=date(2025, 9, 1), by=CLERK, now=at(date(2025, 9, 1)),
        )  # fmt: skip
    nobody = "01K7ZZZZZZZZZZZZZZZZZZZZZZ"
    strangers = ("moved", "city_handler", "finance_handler", "bureau_clerk", "sme_intake")
    for handle in strangers:
        visitor = pages.as_(handle, "2025-10-24")
        for path in READ:
            missing, foreign = visitor.get(path.format(nobody)), visitor.get(path.format(claim))
            assert foreign.status_code == missing.status_code == 404, (handle, path)
            assert foreign.text.replace(claim, nobody) == missing.text
    assert pages.as_("handler").get(f"/cases/{claim}").status_code == 200


def test_nobody_comes_in_unknown_or_with_another_sites_form(house, claim, pages):
    street = pages.street()
    for path in ("/work", "/measures", "/oversight", *(p.format(claim) for p in READ)):
        assert street.get(path).status_code in (302, 401), path
    visitor = pages.as_("county_lead")
    path, data = f"/claims/{claim}/accept", {"version": "0", "confirmed": "yes"}
    assert visitor.client.post(path, data=data).status_code == 403
    assert visitor.client.post(path, data={**data, "csrf_token": "x"}).status_code == 403
    assert town.events_of(house, claim) == []
    assert pages.as_("bureau_clerk").get("/work").status_code == 403


# --- the desk -----------------------------------------------------------------------------------


def test_a_desk_shows_what_is_the_readers_and_teaches_when_empty(house, claim, pages):
    town.drive(house, claim, "transfer")
    body = pages.as_("handler", "2025-10-23").get("/work?desk=body").text
    assert f"/cases/{claim}" in body
    assert TEXTS["work.none.mine"][0] in pages.as_("handler").get("/work").text
    town.act(house, claim, "take_up", "handler", "2025-10-23", handler="handler")
    assert f"/cases/{claim}" in pages.as_("handler").get("/work").text
    assert f"/cases/{claim}" not in pages.as_("handler").get("/work?state=accepted").text
    line = pages.as_("finance_handler").get("/work?desk=line").text
    assert "示例县财政局" in line
    assert f"/cases/{claim}" not in line
    assert "示例县财政局" not in pages.as_("city_handler").get("/work?desk=body").text
    assert pages.as_("handler").get("/work?desk=odd").status_code == 400


# --- letters, the vault, folders ----------------------------------------------------------------


def test_a_letter_is_read_issued_and_taken_along(house, claim, pages):
    town.drive(house, claim, "rectify")
    visitor = pages.as_("handler", "2025-11-04")
    index = visitor.get(f"/claims/{claim}/letters/").text
    assert f"/claims/{claim}/letters/notice" in index
    path = f"/claims/{claim}/letters/notice"
    assert "支付货款" in visitor.get(path).text
    assert visitor.post(path, {"format": "docx", "number": ""}).status_code == 303
    with house.readers() as session:
        letter = session.scalars(select(Letter)).one()
    file = visitor.get(f"/claims/{claim}/letters/{letter.ulid}/file")
    assert file.data[:2] == b"PK"
    assert "attachment" in file.headers["Content-Disposition"]
    other = pages.as_("city_handler").get(f"/claims/{claim}/letters/{letter.ulid}/file")
    assert other.status_code == 404
    early = visitor.get(f"/claims/{claim}/letters/decision")
    assert early.status_code == 409


def test_who_complained_is_seen_by_one_person_once_after_another_has_agreed(house, claim, pages):

    done = town.complain(house, "2025-10-21", keys=keys_of(house))
    page = pages.as_("county_lead", "2025-10-21").get(f"/cases/{claim}").text
    assert done.complaint in page
    assert "0552-0000000" not in page
    path = f"/complaints/{done.complaint}/vault"
    asking = pages.as_("county_lead")
    assert asking.post(path, {"items": "contact"}).status_code == 422
    sent = asking.post(path, {"items": ["contact"], "motive": "核实时须联系"})
    assert sent.status_code == 303
    with house.readers() as session:
        request = session.scalars(select(VaultRequest)).one().ulid
    early = asking.post(f"/vault-requests/{request}/open", {}, page=path)
    assert early.status_code == 409
    assert asking.get(f"/vault-requests/{request}").status_code == 403
    keeper = pages.as_("custodian")
    assert f"/vault-requests/{request}" in keeper.get("/work").text
    assert "核实时须联系" in keeper.get(f"/vault-requests/{request}").text
    answered = keeper.post(f"/vault-requests/{request}", {"answer": "approve"})
    assert answered.status_code == 303
    shown = asking.post(f"/vault-requests/{request}/open", {}, page=path)
    assert "0552-0000000" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    again = asking.post(f"/vault-requests/{request}/open", {}, page=path)
    assert again.status_code == 409
    assert "0552-0000000" not in again.text


def test_a_case_is_split_and_brought_back_with_a_reason(house, claim, pages):
    visitor = pages.as_("county_lead")
    case = town.the_claim(house, claim).case_id
    page = visitor.get(f"/cases/{claim}/folder")
    assert TEXTS["folder.split.one"][0] in page.text
    without = visitor.post(f"/cases/{claim}/merge", {"into": claim}, page=f"/cases/{claim}/folder")
    assert without.status_code == 422
    assert town.the_claim(house, claim).case_id == case
