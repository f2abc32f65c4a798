"""The change feed over the API: who follows what, in order, and nothing that is not for them."""

from dataclasses import replace
from typing import Any

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.house import House
from fulfilment_monitor.services import organisations, people
from tests.conftest import at
from tests.doors.api_world import (
    ON_SQLITE,
    Caller,
    clerk,
    firm,
    keyed,
    problem,
    townsman,
    two_contracts,
)
from tests.services.builders import CLERK, FIRM, ORGAN, day, paid, state, sweep
from tests.services.case_builders import BUREAU, COUNTY_CREDIT, WAY, a_world, act, drive, go

TOLD = {"kind", "event", "subject", "at", "about"}


ON = "2026-02-10"


def displaying(house: House) -> House:
    """An office that has decided to show records to everybody."""
    cases = house.policy.cases
    shows = replace(cases, publication=cases.publication._replace(records="示例决定"))
    return replace(house, policy=replace(house.policy, cases=shows))


def follow(caller: Caller, path: str) -> dict[str, Any]:
    answer = caller.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def subjects(page: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["event"], item["subject"]) for item in page["items"]]


def test_a_key_follows_the_contracts_of_its_body_from_page_to_page(house: House) -> None:
    mine, foreign = two_contracts(house)
    sweep(house, "2025-10-20")
    state(house, paid("2025-10-01", "10.00", by="enterprise"), "2025-10-02", number="HT-1")
    system = keyed(house, ORGAN, ["feed:read"])
    first = follow(system, "/feed/contracts?limit=1")
    assert subjects(first) == [("contract.registered", mine)]
    assert first["items"][0].keys() == TOLD
    assert first["more"]
    second = follow(system, f"/feed/contracts?limit=1&cursor={first['next']}")
    assert subjects(second) == [("contract.changed", mine)]
    last = follow(system, f"/feed/contracts?cursor={second['next']}")
    assert (last["items"], last["more"]) == ([], False)
    state(house, paid("2025-10-03", "10.00", by="enterprise"), "2025-10-03", number="HT-1")
    later = follow(system, f"/feed/contracts?cursor={last['next']}")
    assert subjects(later) == [("contract.changed", mine)]
    back = follow(system, f"/feed/contracts?cursor={later['prev']}")
    assert back["items"] == [*second["items"], *first["items"]]
    newest = follow(system, "/feed/contracts?descending=true&limit=2")
    assert newest["items"] == [*later["items"], *second["items"]]
    everybody = {s for _, s in subjects(follow(firm(house, FIRM), "/feed/contracts"))}
    assert mine in everybody
    assert foreign not in everybody


def test_leads_are_told_to_who_sees_their_contract(house: House) -> None:
    two_contracts(house)
    sweep(house, "2025-10-20")
    (opened,) = follow(keyed(house, ORGAN), "/feed/leads")["items"]
    assert opened["event"] == "lead.opened"
    assert opened["about"].keys() == {"rule", "breached_on", "raised_on", "outstanding"}
    another = keyed(house, "11340322000000211B", token="fmk_other")
    (theirs,) = follow(another, "/feed/leads")["items"]
    assert theirs["subject"] != opened["subject"]


def test_a_record_is_told_once_to_officers_and_to_others_as_far_as_it_is_on_display(
    house: House,
) -> None:
    drive(house, claim := a_world(house), "approve_determination")
    lead = townsman(house, "city_lead", ON)
    (entered,) = follow(lead, "/feed/records")["items"]
    assert entered["event"] == "record.entered"
    assert entered["about"].keys() == {"body", "stream", "kind", "on", "document_no"}
    platform = keyed(house, None, on=ON, token="fmk_platform")
    assert follow(platform, "/feed/records")["items"] == []  # the office shows none
    shown = displaying(house)
    platform = keyed(shown, None, on=ON, token="fmk_platform2")
    (public,) = follow(platform, "/feed/records")["items"]
    assert public == entered
    act(house, claim, "object", "bureau_head", "2026-01-20", grounds="事实有误")
    (bare,) = follow(platform, "/feed/records")["items"]
    assert bare == {**entered, "about": {k: entered["about"][k] for k in ("kind", "on")}}


def test_a_body_follows_what_it_was_told_and_nobody_else(house: House) -> None:
    drive(house, a_world(house), "approve_determination")
    platform = keyed(house, None, token="fmk_platform")
    problem(platform.get("/feed/leads"), 403, "forbidden")
    problem(platform.get("/feed/contracts"), 403, "forbidden")
    problem(platform.get("/feed/notices"), 403, "forbidden")
    lead = follow(townsman(house, "city_lead", ON), "/feed/notices")
    assert "result.determined" in {i["event"] for i in lead["items"]}
    own = follow(keyed(house, BUREAU, ["feed:notices"]), "/feed/notices")
    assert [i["event"] for i in own["items"]] == ["record.entered"]
    assert "to" not in own["items"][0]["about"]


def test_who_comes_near_the_respondent_reads_no_result_of_its_claims(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "propose_determination")
    system = keyed(house, COUNTY_CREDIT, ["feed:notices"], on=ON)
    (verified,) = follow(system, "/feed/notices")["items"]
    assert verified["about"]["claim"] == claim
    lead = townsman(house, "county_lead", ON)
    assert follow(lead, "/feed/notices")["items"] == [verified]
    with house.sessions.begin() as session:
        people.post(
            session, "county_lead", BUREAU, Role.CLERK, from_on=day("2025-01-01"),
            until_on=day("2025-06-01"), by=CLERK, now=at(day("2025-01-01")),
        )  # fmt: skip
    assert follow(lead, "/feed/notices")["items"] == []
    with house.sessions.begin() as session:  # the bureau becomes a part of who took it in
        organisations.succeed(
            session, BUREAU, COUNTY_CREDIT, on=day("2026-01-07"), reason="机构改革", by=CLERK,
            now=at(day("2026-01-07")),
        )  # fmt: skip
    go(house, claim, WAY[-1:])
    after = follow(system, "/feed/notices")["items"]
    assert [i["event"] for i in after] == ["record.entered"] * len(after)
    assert claim not in str(after)


@ON_SQLITE
def test_each_kind_asks_for_its_scope_and_an_unknown_one_is_none(house: House) -> None:
    plain = keyed(house, ORGAN, ["contracts:read", "feed:read"])
    problem(plain.get("/feed/notices"), 403, "forbidden")
    problem(keyed(house, ORGAN, ["leads:read"], token="fmk_2").get("/feed/leads"), 403, "forbidden")
    problem(plain.get("/feed/cases"), 404, "http.404")
    problem(Caller(house).get("/feed/records"), 401, "not-signed-in")


@ON_SQLITE
def test_a_cursor_of_another_kind_or_of_nobody_is_refused(house: House) -> None:
    two_contracts(house)
    system = clerk(house)
    page = follow(system, "/feed/contracts")
    problem(system.get(f"/feed/leads?cursor={page['next']}"), 422, "cursor.invalid")
    problem(system.get("/feed/leads?cursor=WyJmZWVkLmxlYWRzIiwib3V0IiwxXQ"), 422, "cursor.invalid")
    problem(system.get("/feed/leads?limit=1001"), 422, "invalid")
    link = system.get("/feed/contracts").headers["Link"]
    assert f'cursor={page["next"]}>; rel="next"' in link
