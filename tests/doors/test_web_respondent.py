"""The respondent's pages: what was served on the own body, and what it may do about that."""

import re
from typing import Any

import pytest

from fulfilment_monitor.domain.authority import Role, operator
from fulfilment_monitor.domain.cases import Event, IllegalStep, State
from fulfilment_monitor.house import House, keys_of
from fulfilment_monitor.services import dispatch, served
from fulfilment_monitor.web.wording import TEXTS
from tests.conftest import at
from tests.doors.officer_world import Pages
from tests.services import case_builders as town
from tests.services.builders import day, office

SECRET = "CANARY"
NOBODY = "01K7ZZZZZZZZZZZZZZZZZZZZZZ"
_LINK = re.compile(r'href="/desk/claims/([0-9A-Z]{26})"')


def send_papers(house: House, on: str) -> int:
    with house.sessions.begin() as session:
        by = operator("test")
        return dispatch.daily_batch(session, day(on), keys_of(house), by=by, now=at(day(on)))


def the_reference(visitor: Any) -> str:
    """What the only claim in the list is called."""
    (found,) = _LINK.findall(visitor.get("/desk/claims").text)
    return str(found)


def complained(house: House) -> str:
    """The claim of the sweep, and somebody who complains of it in words of their own."""
    claim = town.a_world(house)
    said = {
        "channel": "hotline-12345",
        "source_no": f"T-{SECRET}",
        "words": SECRET,
        "complainant": {"name": "示例企业", "uscc": "91340321MA2000000L", "contact": SECRET},
    }
    town.complain(house, "2025-10-20", confidential=True, keys=keys_of(house), **said)
    return claim


# --- what it may do ---------------------------------------------------------------------------


def test_the_own_body_reads_its_claim_and_objects(house):
    claim = complained(house)
    town.drive(house, claim, "take_up")
    assert send_papers(house, "2025-10-24") == 1
    town.go(house, claim, town.WAY[3:])
    visitor = Pages(house).as_("bureau_head", "2026-01-09")
    reference = the_reference(visitor)
    path = f"/desk/claims/{reference}"
    page = visitor.get(path).text
    for word in ("请核查本单位", "认定〔2026〕1号", "支付货款", "1,000.00", "示例县人民政府"):
        assert word in page, word
    assert f'href="{path}/object"' in page
    assert f'href="/bodies/{town.BUREAU}/record"' in page
    done = visitor.post(f"{path}/object", {"grounds": "已于期限内付款", "confirmed": "yes"})
    assert done.status_code == 303, done.text
    after = visitor.get(done.headers["Location"]).text
    assert TEXTS["served.contested"][0] in after
    assert "已于期限内付款" in after
    assert f'href="{path}/object"' not in after
    assert town.the_claim(house, claim).contested
    again = visitor.post(f"{path}/object", {"grounds": "再次", "confirmed": "yes"})
    assert again.status_code == 409
    said = {"outcome": "rejected", "reasons": "认定无误"}
    town.act(house, claim, "decide_objection", "reviewer", "2026-01-12", **said)
    decided = Pages(house).as_("bureau_head", "2026-01-13").get(path).text
    assert "异议决定" in decided
    assert f'href="{path}/request_repair"' in decided


def test_it_asks_for_repair_after_a_look_at_what_is_sent(one_house):
    house = one_house
    claim = town.a_world(house)
    town.drive(house, claim, "approve_determination")
    visitor = Pages(house).as_("bureau_clerk", "2026-01-20")
    path = f"/desk/claims/{the_reference(visitor)}/request_repair"
    form = visitor.get(path).text
    assert 'name="ex_officio"' not in form
    assert 'name="on"' not in form
    bare = visitor.post(path, {"note": "", "evidence": ""})
    assert bare.status_code == 422
    filled = {"note": "已履行完毕", "evidence": "a" * 64}
    looked = visitor.post(path, filled)
    assert "已履行完毕" in looked.text
    assert "request_repair" not in town.events_of(house, claim)
    done = visitor.post(path, {**filled, "confirmed": "yes"})
    assert done.status_code == 303, done.text
    assert town.events_of(house, claim)[-1] == "request_repair"
    assert "已履行完毕" in visitor.get(done.headers["Location"]).text


@pytest.mark.parametrize("who", ["bureau_clerk", "bureau_head"])
def test_it_reports_with_evidence_how_it_puts_right_what_was_found(one_house, who):
    house = one_house
    claim = town.a_world(house)
    town.drive(house, claim, "find_substantiated")
    visitor = Pages(house).as_(who, "2025-11-10")
    path = f"/desk/claims/{the_reference(visitor)}"
    assert TEXTS["served.next.none"][0] in visitor.get(path).text
    town.go(house, claim, town.WAY[4:5])
    assert f"{path}/report_progress" in visitor.get(path).text
    bare = visitor.post(f"{path}/report_progress", {"text": "已付一半", "confirmed": "yes"})
    assert bare.status_code == 409
    assert TEXTS["guard.reportable"][0] in bare.text
    sent = {"text": "已付一半", "evidence": "a" * 64, "confirmed": "yes"}
    done = visitor.post(f"{path}/report_progress", sent)
    assert done.status_code == 303, done.text
    assert town.events_of(house, claim)[-1] == "report_progress"
    assert "已付一半" in visitor.get(done.headers["Location"]).text
    assert town.the_claim(house, claim).state == State.RECTIFYING


def test_what_the_table_does_not_open_to_it_it_cannot_do(one_house):
    house = one_house
    claim = town.a_world(house)
    town.drive(house, claim, "rectify")
    by_then = day("2025-11-10")
    visitor = Pages(house).as_("bureau_head", "2025-11-10")
    path = f"/desk/claims/{the_reference(visitor)}"
    for event in ("settle", "confirm_rectified", "no-such"):
        assert visitor.post(f"{path}/{event}", {"confirmed": "yes"}).status_code == 404, event
    early = visitor.post(f"{path}/object", {"grounds": "不服", "confirmed": "yes"})
    assert early.status_code == 409
    assert "没有这一步" in early.text
    by = town.actor(house, "bureau_head", "2025-11-10")
    known = {"by": by, "office": office(house), "now": at(by_then), "today": by_then}
    said = {"grounds": "不服"}
    with pytest.raises(IllegalStep) as refused, house.sessions.begin() as session:
        served.take_step(session, path[-26:], Event.OBJECT, said, keys_of(house), **known)
    assert "rectifying" not in str(refused.value)
    assert not town.the_claim(house, claim).contested


def test_a_form_from_elsewhere_does_nothing(one_house):
    house = one_house
    claim = town.a_world(house)
    town.drive(house, claim, "approve_determination")
    visitor = Pages(house).as_("bureau_head", "2026-01-20")
    path = f"/desk/claims/{the_reference(visitor)}/object"
    sent = {"grounds": "不服", "confirmed": "yes"}
    assert visitor.client.post(path, data=sent).status_code == 403
    assert not town.the_claim(house, claim).contested


# --- what it sees, and who else ---------------------------------------------------------------


@pytest.mark.proves("B4")
def test_nothing_on_its_pages_tells_that_anybody_complained(one_house):
    house = one_house
    claim = complained(house)
    town.drive(house, claim, "transfer")
    visitor = Pages(house).as_("bureau_head", "2025-10-22")
    assert _LINK.findall(visitor.get("/desk/claims").text) == []
    town.act(house, claim, "take_up", "handler", "2025-10-23", handler="handler")
    said = {"how": "telephone", "said": f"与{SECRET}通话"}
    town.act(house, claim, "contact", "handler", "2025-10-24", **said)
    send_papers(house, "2025-10-24")
    town.go(house, claim, town.WAY[3:5])
    reading = Pages(house).as_("bureau_head", "2025-11-25")
    reference = the_reference(reading)
    listed, page = reading.get("/desk/claims").text, reading.get(f"/desk/claims/{reference}").text
    assert "橙" in listed or "黄" in listed
    for text in (listed, page):
        for word in (SECRET, "示例企业", "T-", "多次催要", "handler", "投诉人", claim, "12345"):
            assert word not in text, word
    assert "线索来源依法保密" in page


def test_who_withdraws_is_not_given_away_by_the_state(one_house):
    house = one_house
    town.a_town(house)
    town.register(house, town.a_document())
    done = town.complain(house, "2025-09-11", confidential=True, keys=keys_of(house))
    claim = done.claims[0]
    town.act(house, claim, "accept", "county_lead", "2025-09-12", scope=town.IN_SCOPE)
    town.go(house, claim, [s._replace(on="2025-09-13") for s in town.WAY[1:3]])
    said = {"reason": "已协商", "complaint": done.complaint}
    state = town.act(house, claim, "withdraw", "county_lead", "2025-09-14", **said)
    assert state is State.WITHDRAWN
    visitor = Pages(house).as_("bureau_head", "2025-09-15")
    listed = visitor.get("/desk/claims").text
    page = visitor.get(f"/desk/claims/{the_reference(visitor)}").text
    for text in (listed, page):
        assert "撤回" not in text
        assert "已办结" in text


def test_for_another_body_it_is_as_if_it_did_not_exist(one_house):
    house = one_house
    claim = town.a_world(house)
    town.drive(house, claim, "rectify")
    pages = Pages(house)
    own = pages.as_("bureau_head", "2025-11-10")
    reference = the_reference(own)
    for body, handle in ((town.CENTRE, "below"), (town.COUNTY, "above"), (town.CITY_SME, "far")):
        town.a_person(house, handle, body, Role.HEAD)
        other = pages.as_(handle)
        assert _LINK.findall(other.get("/desk/claims").text) == []
        for rest in ("", "/object"):
            answers = [other.get(f"/desk/claims/{r}{rest}") for r in (reference, NOBODY)]
            assert [a.status_code for a in answers] == [404, 404]
            there, nowhere = (a.text for a in answers)
            assert there.replace(reference, "") == nowhere.replace(NOBODY, "")
    assert pages.as_("handler").get("/desk/claims").status_code == 403
    assert own.get(f"/desk/claims/{claim}").status_code == 404
    for officers in (f"/cases/{claim}", f"/claims/{claim}/object", f"/claims/{claim}/letters/"):
        assert own.get(officers).status_code in (403, 404), officers


def test_the_masthead_leads_its_clerks_and_heads_there(one_house):
    town.a_world(one_house)
    pages = Pages(one_house)
    for who, leads in (("bureau_clerk", True), ("bureau_head", True), ("handler", False)):
        text = pages.as_(who).get("/account").text
        assert ('href="/desk/claims"' in text) is leads, who


def test_what_an_open_complaint_allows_to_be_said_stands_in_the_summary(one_house):
    house = one_house
    claim = town.a_world(house)
    town.complain(house, "2025-10-20", confidential=False, words=SECRET, keys=keys_of(house))
    town.drive(house, claim, "take_up")
    pages = Pages(house)
    waiting = pages.as_("bureau_clerk", "2025-10-24")
    path = f"/desk/claims/{the_reference(waiting)}"
    assert TEXTS["served.paper.none"][0] in waiting.get(path).text
    send_papers(house, "2025-10-24")
    page = waiting.get(path).text
    for word in ("HT-1", "1000.00", TEXTS["served.paper.enterprise"][0]):
        assert word in page, word
    assert SECRET not in page
