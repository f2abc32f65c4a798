"""Complaints and cases over HTTP: taken in once, carried on by whom they are for."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.channel_maps import ChannelMaps
from fulfilment_monitor.domain.secrets import Purpose
from fulfilment_monitor.gateways.keyring import rotate
from fulfilment_monitor.house import House, keys_of
from fulfilment_monitor.schemas.complaints import read_complaint
from fulfilment_monitor.services import dispatch, intake, organisations, people
from fulfilment_monitor.store import metadata
from fulfilment_monitor.store.accounts import Account
from fulfilment_monitor.store.audit import AuditEntry
from tests.conftest import at
from tests.doors.api_world import (
    EVERY_SCOPE,
    NOBODY,
    ON_SQLITE,
    OTHER_FIRM,
    STRANGER,
    TODAY,
    clerk,
    firm,
    keyed,
    obligation_of,
    problem,
    staff,
    townsman,
)
from tests.services.builders import CLERK, a_document, a_firm, contents, day, office, register
from tests.services.case_builders import (
    BUREAU,
    CITY_CREDIT,
    COUNTY,
    COUNTY_CREDIT,
    a_complaint,
    a_town,
    a_world,
    act,
    actor,
    complain,
    drive,
    the_claim,
)


def test_a_complaint_is_taken_in_once_and_its_code_told_once(house):
    a_town(house)
    register(house, a_document())
    platform = keyed(house, None, ["complaints:push"])
    first = platform.post("/cases", a_complaint(source_no="12345-7"))
    assert first.status_code == 201, first.text
    told = first.get_json()
    assert told["new"]
    assert len(told["receipt"].replace("-", "")) == 24
    assert "findings" not in told  # they tell what the register knows
    again = platform.post("/cases", a_complaint(source_no="12345-7"))
    assert again.status_code == 200
    assert again.get_json() == {**told, "new": False, "receipt": None}
    shown = townsman(house, "county_lead").get(f"/cases/{told['case']}").get_json()
    assert shown["claims"][0]["sources"][0]["numbered"]
    assert "12345-7" not in str(shown)  # the number lies in the vault, and so do the words
    assert "多次催要" not in str(shown)


def test_an_enterprise_learns_nothing_by_the_number_of_a_channel(house):
    a_town(house)
    register(
        house, a_document(), a_document(contract_no="HT-2", enterprise=a_firm(uscc=OTHER_FIRM))
    )
    ticket = {"channel": "hotline-12345", "source_no": "T-20251020-7"}
    told = keyed(house, None, ["complaints:push"]).post("/cases", a_complaint(**ticket)).get_json()
    stranger = firm(house, OTHER_FIRM)
    own = {"contract_no": None, "complainant": {"name": "另一企业", "uscc": OTHER_FIRM}}
    answers = [
        stranger.post("/cases", a_complaint(**ticket | {"source_no": number}, **own))
        for number in ("T-20251020-7", "T-20251020-8")
    ]
    for answer in answers:
        assert not {told["case"], told["complaint"], *told["claims"]} & set(answer.text.split('"'))
        assert problem(answer, 422, "invalid")["errors"][0]["pointer"] == "/source_no"
    assert stranger.post("/cases", a_complaint(**own)).status_code == 201


def test_only_the_named_senders_of_a_channel_speak_for_it_here_too(house):
    a_town(house)
    register(house, a_document())
    form = house.maps.find("hotline-12345")
    maps = ChannelMaps([replace(form, senders=frozenset({"key:another"}))])
    strict = replace(house, maps=maps)
    system = keyed(strict, None, ["complaints:push"])
    ticket = a_complaint(channel="hotline-12345", source_no="T-1")
    problem(system.post("/cases", ticket), 403, "forbidden")
    assert system.post("/cases", a_complaint()).status_code == 201  # names no senders
    entered = townsman(strict, "county_lead").post("/cases", ticket)
    assert entered.status_code == 201, entered.text


def test_an_officer_is_told_what_the_register_knows(house):
    a_town(house)
    entered = townsman(house, "county_lead").post("/cases", a_complaint())
    assert entered.status_code == 201, entered.text
    assert entered.get_json()["findings"]


def test_the_api_and_the_service_keep_identical_complaints(house):
    a_town(house)
    register(house, a_document(), a_document(contract_no="HT-2"))
    caller = townsman(house, "county_lead")
    with house.sessions.begin() as session:
        intake.receive(
            session, read_complaint(a_complaint()), channels=house.channels,
            secrets=keys_of(house), by=actor(house, "county_lead", TODAY), office=office(house),
            now=at(day(TODAY)), today=day(TODAY),
        )  # fmt: skip
    assert caller.post("/cases", a_complaint(contract_no="HT-2")).status_code == 201
    for table in ("complaint", "complaint_claim", "claim", "complaint_case"):
        rows = _rows(house, table)
        assert len(rows) == 2
        assert rows[0] == rows[1], table


_PRIVATE = ("id", "ulid", "digest")


def _rows(house: House, table: str, private: tuple[str, ...] = _PRIVATE) -> list[dict[str, Any]]:
    """Rows without what differs between any two of them."""
    with house.readers() as session:
        found = session.execute(select(metadata.tables[table])).mappings().all()
    return [
        {k: v for k, v in row.items() if k not in private and not k.endswith("_id")}
        for row in found
    ]


def test_what_is_kept_of_a_complaint_to_be_replayed_tells_nothing(house):
    a_town(house)
    register(house, a_document())
    caller = firm(house)
    first = caller.post("/cases", a_complaint(), Idempotency_Key="k-1")
    assert first.status_code == 201, first.text
    told = first.get_json()
    again = caller.post("/cases", a_complaint(), Idempotency_Key="k-1")
    assert (again.status_code, again.data) == (201, first.data)
    assert again.headers["Location"] == first.headers["Location"]
    other = caller.post("/cases", a_complaint(words="别的话"), Idempotency_Key="k-1")
    problem(other, 422, "idempotency.other-request")
    with house.readers() as session:
        (kept,) = contents(house)["reply"]
        account = session.scalars(select(Account).where(Account.enterprise_id.is_not(None))).one()
        trail = [(e.actor, e.body) for e in session.scalars(select(AuditEntry))]
    for secret in (told["receipt"], told["case"], told["complaint"], account.ulid):
        assert secret not in kept
    # no act on record joins the account with a complaint
    assert [actor for actor, body in trail if told["complaint"].encode() in body] != []
    assert not [a for a, body in trail if a == account.handle and b"complaint" in body]
    assert account.handle not in str(contents(house)["complaint"])
    rotate(house.settings.keys_path(), Purpose.DIGEST)
    assert caller.post("/cases", a_complaint(), Idempotency_Key="k-1").data == first.data


def test_an_enterprise_complains_in_its_own_name(house):
    a_town(house)
    register(
        house, a_document(), a_document(enterprise=a_firm(uscc=OTHER_FIRM), contract_no="HT-9")
    )
    problem(firm(house, OTHER_FIRM).post("/cases", a_complaint()), 403, "forbidden")
    assert firm(house).post("/cases", a_complaint()).status_code == 201
    problem(clerk(house).post("/cases", a_complaint()), 403, "forbidden")


@ON_SQLITE
def test_what_is_no_complaint_is_refused_with_its_place(house):
    a_town(house)
    caller = keyed(house, None)
    wrong = {
        "/channel": a_complaint(channel=None),
        "/items": a_complaint(items=[]),
        "/respondent": a_complaint(respondent={}),
        "/state": a_complaint(state="determined"),
        "/received_on": a_complaint(received_on="2030-01-01"),
    }
    for pointer, body in wrong.items():
        told = problem(caller.post("/cases", body), 422, "invalid")
        assert pointer in [e["pointer"] for e in told["errors"]]


# --- who sees what ----------------------------------------------------------------------------


def test_a_case_is_there_for_those_it_is_for_and_for_nobody_else(house):
    claim = a_world(house)
    for handle in ("county_lead", "city_lead", "supervisor"):
        caller = townsman(house, handle)
        assert [c["id"] for c in caller.get("/cases").get_json()["items"]] == [claim], handle
        assert caller.get(f"/cases/{claim}").get_json()["audience"] == "officer"
    stranger = staff(house, "stranger", STRANGER, Role.HANDLER)
    accused = townsman(house, "bureau_clerk")
    for caller in (stranger, accused, firm(house)):
        for path in (f"/cases/{claim}", f"/cases/{claim}/events"):
            there, gone = caller.get(path), caller.get(path.replace(claim, NOBODY))
            problem(there, 404, "not-found")
            name = claim.encode()
            assert there.data.replace(name, b"X") == gone.data.replace(NOBODY.encode(), b"X")
    assert stranger.get("/cases").get_json()["items"] == []
    problem(accused.get("/cases"), 403, "forbidden")


@pytest.mark.parametrize("closed", [False, True])
def test_a_case_is_not_there_for_who_lately_served_the_respondent(house, closed):
    claim = a_world(house)
    if closed:
        act(house, claim, "dismiss", "county_lead", "2025-10-21", reason="cured", note="已付清")
    supervisor = staff(house, "served", CITY_CREDIT, Role.SUPERVISOR)
    assert [c["id"] for c in supervisor.get("/cases").get_json()["items"]] == [claim]
    left = {"from_on": day("2024-01-01"), "until_on": day("2025-09-01")}
    with house.sessions.begin() as session:
        at_the_time = at(day("2025-09-01"))
        people.post(session, "served", BUREAU, Role.CLERK, by=CLERK, now=at_the_time, **left)
    assert supervisor.get("/cases").get_json()["items"] == []
    problem(supervisor.get(f"/cases/{claim}"), 404, "not-found")


@pytest.mark.parametrize("why", ["a post of late", "their bodies are kin"])
def test_the_contract_of_a_case_is_not_there_for_who_must_keep_away_from_it(house, why):
    claim = a_world(house)
    drive(house, claim, "take_up")
    handler = townsman(house, "handler", "2025-11-01")
    (contract,) = handler.get("/contracts").get_json()["items"]
    assert len(handler.get("/leads").get_json()["items"]) == 1
    obligation = obligation_of(house, contract["id"])
    paths = (f"/contracts/{contract['id']}", f"/obligations/{obligation}/interest")
    assert {handler.get(path).status_code for path in paths} == {200}
    assert "HT-1" in handler.client.get("/search?q=%E5%8A%9E%E5%85%AC").text
    made = {"by": CLERK, "now": at(day("2025-10-31"))}
    with house.sessions.begin() as session:
        if why == "a post of late":
            left = {"from_on": day("2024-01-01"), "until_on": day("2025-09-01")}
            people.post(session, "handler", BUREAU, Role.CLERK, **left, **made)
        else:
            merged = {"on": day("2025-10-31"), "reason": "机构改革"}
            organisations.succeed(session, BUREAU, COUNTY, **merged, **made)
    assert handler.get("/cases").get_json()["items"] == []
    assert handler.get("/contracts").get_json()["items"] == []
    assert handler.get("/leads").get_json()["items"] == []
    assert handler.get("/feed/leads").get_json()["items"] == []
    for path in paths:
        problem(handler.get(path), 404, "not-found")
    assert handler.client.get(f"/contracts/{contract['id']}").status_code == 404
    assert "HT-1" not in handler.client.get("/search?q=%E5%8A%9E%E5%85%AC").text


def named_on_paper(house: House, claim: str) -> str:
    return dispatch.reference(the_claim(house, claim), keys_of(house))


def test_the_respondent_sees_what_was_served_on_it_and_no_more(house):
    claim = a_world(house)
    drive(house, claim, "rectify")
    name = named_on_paper(house, claim)
    shown = townsman(house, "bureau_clerk", "2025-11-05").get(f"/cases/{name}").get_json()
    assert shown["audience"] == "respondent"
    (seen,) = shown["claims"]
    assert seen["id"] == name
    assert [e["event"] for e in seen["events"]] == ["rectify"]
    assert not {"sources", "holder", "version", "open", "claimed"} & seen.keys()


@pytest.mark.proves("C1", "C3")
def test_no_number_of_a_claim_reaches_its_respondent(house):
    claim = a_world(house)
    done = complain(house, "2025-10-20", confidential=True, keys=keys_of(house))
    assert done.claims == (claim,)
    drive(house, claim, "approve_determination")
    name = named_on_paper(house, claim)
    numbers = {claim, done.case, done.complaint} | {
        row["ulid"]
        for table in ("claim", "claim_event", "complaint", "complaint_case", "lead")
        for row in _rows(house, table, private=())
    }
    head = townsman(house, "bureau_head", "2026-01-20")
    path = f"/cases/{name}"
    objects = {"event": "object", "grounds": "金额有误"}
    problem(head.post(f"{path}/events", {**objects, "on": "2026-01-19"}), 422, "invalid")
    problem(head.post(f"{path}/events", objects, If_Match='"11"'), 412, "case.changed")
    answers = [
        head.get(path),
        head.get(f"{path}/events"),
        head.post(f"{path}/events", {"event": "rectify"}),
        head.post(f"{path}/events", objects, Idempotency_Key="k-1"),
        head.post(f"{path}/events", objects, Idempotency_Key="k-1"),
        head.get(path),
        *(head.get(p) for p in ("/alerts", "/leads", "/contracts")),
        head.get(f"/organisations/{BUREAU}/credit"),
    ]
    assert [a.status_code for a in answers] == [200, 200, 409, 201, 201, 200, 200, 200, 200, 200]
    assert answers[3].get_json() == {
        "claim": name, "state": "determined", "state_label": "已认定违约失信",
    }  # fmt: skip
    assert {e["claim"] for e in answers[1].get_json()["items"]} == {name}
    for answer in answers[:6]:
        told = answer.text + str(answer.headers)
        assert {n for n in numbers if n in told} == set()
    own = {claim, done.case, done.complaint}
    assert {n for a in answers[6:] for n in own if n in a.text} == set()
    # who has one of them all the same is told nothing by it
    gone = head.get(f"/cases/{NOBODY}")
    for number in (claim, done.case):
        problem(head.get(f"/cases/{number}"), 404, "not-found")
        assert head.get(f"/cases/{number}").text.replace(number, NOBODY) == gone.text
    # and the reference is one for its respondent alone
    for who in ("county_lead", "handler"):
        problem(townsman(house, who, "2026-01-20").get(path), 404, "not-found")
    problem(
        staff(house, "abroad", STRANGER, Role.HEAD, on="2026-01-20").get(path), 404, "not-found"
    )


def test_cases_come_page_by_page_and_as_they_stood(house):
    claim = a_world(house)
    drive(house, claim, "transfer")
    complain(house, "2025-10-22", contract_no=None, contract={"title": "道路"}, items=[
        {"matter": "工程款", "breach": "arrears"}])  # fmt: skip
    caller = townsman(house, "city_lead", "2025-10-23")
    whole = caller.get("/cases").get_json()["items"]
    assert len(whole) == 2
    first = caller.get("/cases?limit=1").get_json()
    second = caller.get(f"/cases?limit=1&cursor={first['next']}").get_json()
    assert first["items"] + second["items"] == whole
    assert second["next"] is None
    then = caller.get("/cases?as_of=2025-10-21").get_json()["items"]
    assert [c["state"] for c in then] == ["accepted"]
    assert caller.get("/cases?state=transferred").get_json()["items"] == whole[1:]


# --- steps ------------------------------------------------------------------------------------


def test_a_step_is_taken_and_a_closed_one_refused_with_those_open(house):
    claim = a_world(house)
    lead = townsman(house, "county_lead")
    told = problem(lead.post(f"/cases/{claim}/events", {"event": "transfer"}), 409, "case.not-open")
    assert {"accept", "dismiss"} <= set(told["allowed"])
    read = lead.get(f"/cases/{claim}").get_json()["claims"][0]["version"]
    stale = lead.post(f"/cases/{claim}/events", {"event": "accept"}, If_Match=f'"{read + 1}"')
    problem(stale, 412, "case.changed")
    done = lead.post(f"/cases/{claim}/events", {"event": "accept"}, If_Match=f'"{read}"')
    assert (done.status_code, done.get_json()["state"]) == (201, "accepted")
    assert done.headers["ETag"] == f'"{read + 1}"'
    steps = lead.get(f"/cases/{claim}/events").get_json()["items"]
    assert [(e["event"], e["claim"]) for e in steps][-1] == ("accept", claim)


def test_a_step_names_what_is_missing_and_is_only_for_its_role(house):
    claim = a_world(house)
    drive(house, claim, "transfer")
    handler = townsman(house, "handler", "2025-10-23")
    path = f"/cases/{claim}/events"
    told = problem(handler.post(path, {"event": "take_up"}), 422, "invalid")
    assert told["errors"][0]["pointer"] == "/handler"
    told = problem(handler.post(path, {"event": "vanish"}), 422, "invalid")
    assert told["errors"][0]["pointer"] == "/event"
    problem(handler.post(path, {"event": "take_up", "handler": "handler", "state": "x"}),
            422, "invalid")  # fmt: skip
    clerk_of_bureau = townsman(house, "bureau_clerk", "2025-10-23")
    before = the_claim(house, claim).version
    take_up = {"event": "take_up", "handler": "handler"}
    problem(clerk_of_bureau.post(path, take_up), 404, "not-found")
    problem(keyed(house, COUNTY_CREDIT, EVERY_SCOPE).post(path, take_up), 404, "not-found")
    problem(keyed(house, COUNTY, ["cases:read"], token="fmk_other").post(path, take_up),
            403, "forbidden")  # fmt: skip
    assert the_claim(house, claim).version == before
    assert handler.post(path, take_up).status_code == 201
