"""The Open311 façade: what hotlines that speak it find, send and are told."""

from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from fulfilment_monitor.house import House
from fulfilment_monitor.store.cases import ClaimDuty
from tests.doors.api_world import NOBODY, ON_SQLITE, TODAY, Caller, keyed
from tests.services.builders import FIRM, day
from tests.services.case_builders import BUREAU, a_town, act, claim_ulid

ROOT = "/open311/v2"


@pytest.fixture
def town(house: House) -> House:
    a_town(house)
    return house


def hotline(house: House, token: str = "fmk_test") -> Caller:
    found = keyed(house, None, ["leads:push", "status:pull"], token=token)
    del found.headers["Authorization"]
    return found


def a_request(**changes: str) -> dict[str, str]:
    said = {
        "api_key": "fmk_test",
        "service_code": "arrears",
        "description": "多次催要未果",
        "first_name": "示例企业",
        "phone": "0552-0000000",
        "email": "x@example.org",
        "attribute[ticket_no]": "T-1",
        "attribute[respondent_name]": "示例县财政局",
        "attribute[respondent_code]": BUREAU,
        "attribute[complainant_code]": FIRM,
        "attribute[matter]": "货款",
        "attribute[amount]": "1000",
    }
    return {
        **said,
        **{k.replace("__", "[") + ("]" if "__" in k else ""): v for k, v in changes.items()},
    }


def post(caller: Caller, form: dict[str, str], kind: str = "json") -> TestResponse:
    return caller.client.post(f"{ROOT}/requests.{kind}", data=form)


def get(caller: Caller, path: str, **query: str) -> TestResponse:
    return caller.client.get(ROOT + path, query_string={"api_key": "fmk_test", **query})


@pytest.mark.proves("R-26")
def test_a_request_is_taken_in_once_and_its_status_follows_the_case(town: House) -> None:
    caller = hotline(town)
    answer = post(caller, a_request())
    assert answer.status_code == 200, answer.text
    (made,) = answer.get_json()
    number = made["service_request_id"]
    assert post(caller, a_request()).get_json() == [made]
    (shown,) = get(caller, f"/requests/{number}.json").get_json()
    assert (shown["status"], shown["service_code"]) == ("open", "arrears")
    assert shown["status_notes"] == "已收到"
    assert shown["agency_responsible"] == "示例县发展改革委"
    assert shown["expected_datetime"] is None  # no law says by when
    with town.sessions.begin() as session:
        session.execute(update(ClaimDuty).values(due_on=day("2025-10-31")))
    (shown,) = get(caller, f"/requests/{number}.json").get_json()
    assert shown["expected_datetime"] == "2025-10-31T23:59:59+08:00"
    said: dict[str, Any] = {"reason": "other-body", "next_door": "示例市住房和城乡建设局"}
    act(town, claim_ulid(town), "reject", "county_lead", TODAY, **said)
    (shown,) = get(caller, "/requests.json", service_request_id=number).get_json()
    assert shown["status"] == "closed"
    assert shown["status_notes"] == "不予受理，依法应由其他机关办理，示例市住房和城乡建设局"
    assert "催要" not in str(shown)
    assert get(caller, "/requests.json", status="open").get_json() == []
    assert len(get(caller, "/requests.json", service_code="arrears").get_json()) == 1
    early = get(caller, "/requests.json", end_date="2025-01-01T00:00:00Z")
    assert early.get_json() == []


@ON_SQLITE
def test_nobody_reads_what_another_sent(town: House) -> None:
    caller = hotline(town)
    (made,) = post(caller, a_request()).get_json()
    hotline(town, "fmk_other")
    path = f"{ROOT}/requests/{made['service_request_id']}.json?api_key=fmk_other"
    assert caller.client.get(path).status_code == 404
    assert caller.client.get(f"{ROOT}/requests.json?api_key=fmk_other").get_json() == []
    assert caller.client.get(f"{ROOT}/requests.json").status_code == 401
    (refused,) = caller.client.get(f"{ROOT}/requests.json?api_key=fmk_wrong").get_json()
    assert refused["code"] == "not-signed-in"
    # elsewhere no key is taken from an address
    assert caller.client.get("/api/v1/contracts?api_key=fmk_test").status_code == 401


@ON_SQLITE
def test_faults_are_told_as_the_standard_has_it(town: House) -> None:
    caller = hotline(town)
    bad = post(caller, a_request(attribute__amount="viel", service_code=""))
    assert bad.status_code == 400
    told = {e["description"].split(" ")[0]: e["code"] for e in bad.get_json()}
    assert told == {"/attribute/amount": "invalid-field", "/service_code": "missing-field"}
    unknown = post(caller, a_request(jurisdiction_id="inspection"))
    assert (unknown.status_code, unknown.get_json()[0]["code"]) == (404, "channel.no-mapping")
    other = post(caller, a_request(description="另一内容"))
    assert other.status_code == 200
    clash = post(caller, a_request(description="又一内容"))
    assert (clash.status_code, clash.get_json()[0]["code"]) == (409, "inbox.other-body")
    assert get(caller, f"/requests/{NOBODY}.json").status_code == 404
    assert get(caller, "/requests.json", start_date="gestern").status_code == 400
    assert get(caller, "/requests.html").status_code == 404


@ON_SQLITE
def test_what_is_offered_is_told_to_everybody_in_both_formats(town: House) -> None:
    client = Caller(town).client
    listed = client.get(f"{ROOT}/services.json").get_json()
    assert {"service_code": "arrears", "service_name": "拖欠账款"}.items() <= listed[0].items()
    (endpoint,) = client.get(f"{ROOT}/discovery.json").get_json()["endpoints"]
    assert endpoint["url"].endswith(ROOT)
    wanted = client.get(f"{ROOT}/services/arrears.json").get_json()["attributes"]
    assert {a["code"] for a in wanted if a["required"]} == {
        "ticket_no", "respondent_name", "matter",
    }  # fmt: skip
    assert client.get(f"{ROOT}/services/nothing.json").status_code == 404
    for path in ("services", "discovery", "services/arrears"):
        answer = client.get(f"{ROOT}/{path}.xml")
        assert answer.content_type.startswith("text/xml")
        ElementTree.fromstring(answer.data)
    made = post(hotline(town), a_request(), "xml")
    root = ElementTree.fromstring(made.data)
    assert root.tag == "service_requests"
    assert root.findtext("service_request/service_request_id")
