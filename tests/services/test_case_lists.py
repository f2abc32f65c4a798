"""Lists of cases as of a day, and one case as each side may see it."""

from typing import Any

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Actor, Role
from fulfilment_monitor.domain.cases import State
from fulfilment_monitor.domain.errors import Ambiguous, NotFound
from fulfilment_monitor.gateways.channels import open_channels
from fulfilment_monitor.house import House
from fulfilment_monitor.services import (
    case_views,
    dispatch,
    folders,
    organisations,
    receipts,
    served,
)
from fulfilment_monitor.services.case_lists import CaseFilter, CaseList, claim_of, list_cases
from fulfilment_monitor.services.desks import seen_of
from fulfilment_monitor.store.cases import Claim
from tests.conftest import at
from tests.services.builders import CLERK, a_document, a_payment, day, office, register
from tests.services.case_builders import (
    BUREAU,
    CITY,
    CITY_FINANCE,
    COUNTY,
    COUNTY_CREDIT,
    IN_SCOPE,
    PROVINCE_CREDIT,
    WAY,
    a_person,
    a_town,
    a_world,
    act,
    actor,
    complain,
    drive,
    go,
    secrets,
    uscc,
)

SECRET = "CANARY"


def listed(house: House, today: str = "2026-02-01", **given: Any) -> CaseList:
    names = {k: given.pop(k) for k in list(given) if k in CaseFilter._fields}
    if "as_of" in given:
        given["as_of"] = day(given["as_of"])
    seen_by = given.pop("seen_by", None)
    with house.readers() as session:
        if seen_by is not None:
            given["where"] = seen_of(session, seen_by, office(house), day(today))
        return list_cases(session, CaseFilter(**names), today=day(today), **given)


def ids(found: CaseList) -> list[str]:
    return [i["id"] for i in found.items]


def view(house: House, ulid: str, who: str | Actor | None, today: str = "2026-02-01") -> Any:
    by = actor(house, who, today) if isinstance(who, str) else who
    with house.readers() as session:
        return case_views.get_case(
            session,
            ulid,
            by=by,
            office=office(house),
            channels=open_channels(house.settings),
            today=day(today),
        )


def as_served(house: House, claim: str, who: str, today: str) -> Any:
    """What its respondent is shown of a claim; it calls it by the reference of the paper."""
    with house.readers() as session:
        row = session.scalars(select(Claim).where(Claim.ulid == claim)).one()
        return served.read_case(
            session,
            dispatch.reference(row, secrets(house)),
            secrets(house),
            by=actor(house, who, today),
            office=office(house),
            channels=open_channels(house.settings),
            today=day(today),
        )


# --- lists ------------------------------------------------------------------------------------


def test_a_list_shows_each_claim_as_it_stood_on_the_day(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "rectify")
    complain(house, "2025-11-20", confidential=True)
    (now,) = listed(house, "2025-11-25").items
    assert (now["state"], now["holder"], now["handler"]) == (
        "rectifying",
        "示例县人民政府",
        "handler",
    )
    assert (now["claimed"], now["confirmed"], now["sources"]) == ("1000.00", "1000.00", 1)
    assert (now["due_on"], now["days_left"]) == ("2025-12-01", 6)
    (then,) = listed(house, as_of="2025-10-22").items
    assert (then["state"], then["state_on"], then["sources"]) == ("transferred", "2025-10-22", 0)
    assert (then["due_on"], then["days_left"]) == (None, None)
    (at_first,) = listed(house, as_of="2025-10-20").items
    assert (at_first["state"], at_first["state_on"]) == ("lead", "2025-10-20")
    assert at_first["holder"] == "示例县发展改革委"
    assert listed(house, as_of="2025-10-19").total == 0


def test_a_list_is_narrowed_and_paged(house: House) -> None:
    a_town(house)
    register(house, *(a_document(a_payment(due_on="2025-09-10"), contract_no=f"H{n}") for n in "1"))
    first = complain(house, "2025-09-11", contract_no="H1").claims[0]
    item = {"matter": "道路款", "breach": "arrears"}
    second = complain(house, "2025-09-12", contract_no=None, items=[item]).claims[0]
    act(house, first, "accept", "county_lead", "2025-09-12", scope=IN_SCOPE)
    assert ids(listed(house)) == [second, first]
    page = listed(house, limit=1)
    assert (ids(page), page.total) == ([second], 2)
    assert ids(listed(house, before=page.items[-1]["row"], count=False)) == [first]
    narrowed = {
        "state": State.RECEIVED,
        "region": "3403",
        "respondent": BUREAU,
        "holder": COUNTY_CREDIT,
        "unregistered": True,
    }
    assert ids(listed(house, **narrowed)) == [second]
    for name, other in (
        ("state", State.CLOSED),
        ("region", "35"),
        ("respondent", COUNTY),
        ("holder", CITY_FINANCE),
        ("handler", "handler"),
        ("late", True),
    ):
        assert ids(listed(house, **{name: other})) == [], name


def test_what_is_late_is_late_on_the_day(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "rectify")
    assert ids(listed(house, "2025-12-01", late=True)) == []
    assert ids(listed(house, "2025-12-02", late=True)) == [claim]
    assert ids(listed(house, "2025-12-02", as_of="2025-11-30", late=True)) == []


def test_an_officer_lists_what_is_for_the_own_body_and_region(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "transfer")
    elsewhere = uscc("11340100", 55)
    for who in ("handler", "county_lead", "city_lead", "supervisor"):
        assert ids(listed(house, seen_by=actor(house, who, "2025-11-01"))) == [claim], who
    for who in ("finance_handler", "sme_intake", "bureau_clerk"):
        assert ids(listed(house, seen_by=actor(house, who, "2025-11-01"))) == [], who
    a_person(house, "judge_of_itself", BUREAU, Role.SUPERVISOR)
    assert ids(listed(house, seen_by=actor(house, "judge_of_itself", "2025-11-01"))) == []
    assert ids(listed(house, seen_by=Actor("nobody"))) == []
    assert elsewhere not in str(listed(house).items)


@pytest.mark.parametrize("answers", ["another body", "the old one until it ends"])
def test_kin_that_does_not_answer_for_a_holder_finds_none_of_its_claims(
    house: House, answers: str
) -> None:
    claim = a_world(house)
    drive(house, claim, "transfer")
    days = {"another body": "2025-12-01", "the old one until it ends": "2026-03-01"}
    made = {"reason": "机构改革", "by": CLERK, "now": at(day("2025-11-01"))}
    with house.sessions.begin() as session:  # the first part of a split, or one yet to come
        organisations.succeed(session, COUNTY, CITY_FINANCE, on=day(days[answers]), **made)
        if answers == "another body":
            organisations.succeed(session, COUNTY, CITY, on=day("2026-01-01"), **made)
    who = {"another body": "city_handler", "the old one until it ends": "handler"}
    assert ids(listed(house, seen_by=actor(house, who[answers], "2026-02-01"))) == [claim]
    part = actor(house, "finance_handler", "2026-02-01")
    assert ids(listed(house, seen_by=part)) == []
    with pytest.raises(NotFound):
        view(house, claim, part)


@pytest.mark.proves("R-20", "R-22")
def test_what_a_column_of_the_county_takes_stands_in_the_register_of_the_province(
    house: House,
) -> None:
    a_town(house)
    register(house, a_document())
    claim = complain(house, "2025-11-01").claims[0]
    a_person(house, "province", PROVINCE_CREDIT, Role.CREDIT_LEAD)
    seen = listed(house, seen_by=actor(house, "province", "2025-11-02"))
    assert ids(seen) == [claim]
    assert seen.items[0]["region"] == "340321"


def test_a_case_number_stands_for_its_only_claim_that_goes_on(house: House) -> None:
    a_town(house)
    tail = a_payment(key="tail", due_on="2025-12-01")
    register(house, a_document(a_payment(due_on="2025-09-10"), tail))
    items = [{"obligation": k, "breach": "arrears"} for k in ("payment", "tail")]
    done = complain(house, "2025-09-11", items=items)
    with house.readers() as session:
        with pytest.raises(Ambiguous):
            claim_of(session, done.case)
        assert claim_of(session, done.claims[0]) == done.claims[0]
        with pytest.raises(NotFound):
            claim_of(session, "0" * 26)
    said = {"reason": "repeated", "next_door": "无"}
    act(house, done.claims[0], "reject", "county_lead", "2025-09-12", **said)
    with house.readers() as session:
        assert claim_of(session, done.case) == done.claims[1]


# --- one case ---------------------------------------------------------------------------------


def test_an_officer_sees_the_course_the_clocks_and_why(house: House) -> None:
    claim = a_world(house)
    complain(house, "2025-10-20", channel="hotline-12345", source_no="T-9")
    drive(house, claim, "rectify")
    found = view(house, claim, "handler", "2025-11-25")
    (shown,) = found["claims"]
    assert found["audience"] == "officer"
    assert [e["event"] for e in shown["events"]] == [s.event for s in WAY[:5]]
    assert shown["events"][3]["details"]["amount"] == "1000.00"
    assert shown["events"][4]["actor"] == "handler"
    rectify = next(c for c in shown["clocks"] if c["clock"] == "case.rectify")
    assert (rectify["due_on"], rectify["days_left"]) == ("2025-12-01", 6)
    handle = next(c for c in shown["clocks"] if c["clock"] == "case.handle")
    assert (handle["due_on"], handle["days_passed"]) == (None, 34)
    assert shown["routing"][0]["body"]["name"] == "示例县人民政府"
    assert shown["routing"][0]["reasoning"]
    (source,) = shown["sources"]
    assert (source["channel"], source["source_no"], source["numbered"]) == (
        "hotline-12345",
        None,
        True,
    )
    assert shown["open"]["remind"] is None
    assert "needs" in shown["open"]["list"]


def test_before_acceptance_an_officer_sees_the_answers_of_the_register(house: House) -> None:
    a_town(house)
    register(house, a_document())
    done = complain(house, "2025-09-11")
    (shown,) = view(house, done.case, "county_lead", "2025-09-12")["claims"]
    assert [a["yes"] for a in shown["scope"]] == [True] * 4
    assert all(a["reason"] and a["label"] for a in shown["scope"])


def test_a_known_suit_is_offered_once_it_can_be_followed(house: House) -> None:
    a_town(house)
    register(house, a_document())
    suit = {"route": "arbitration", "organ": "示例仲裁委员会", "number": "仲1号"}
    claim = complain(house, "2025-09-11", judicial_status=suit).claims[0]
    assert view(house, claim, "county_lead", "2025-09-12")["claims"][0]["known_suit"] is None
    act(house, claim, "accept", "county_lead", "2025-09-12", scope=IN_SCOPE)
    go(house, claim, [s._replace(on="2025-09-13") for s in WAY[1:3]])
    (shown,) = view(house, claim, "handler", "2025-09-14")["claims"]
    assert shown["known_suit"] == {"route": "arbitration"}
    act(house, claim, "go_to_law", "handler", "2025-09-15", **suit)


@pytest.mark.proves("B4")
def test_a_respondent_sees_what_is_served_and_not_that_anybody_complained(house: House) -> None:
    claim = a_world(house)
    complain(
        house,
        "2025-10-20",
        confidential=True,
        channel="hotline-12345",
        source_no=f"T-{SECRET}",
        words=SECRET,
        complainant={"name": "示例企业", "uscc": "91340321MA2000000L", "contact": SECRET},
    )
    said = {"how": "telephone", "said": f"与{SECRET}通话"}
    drive(house, claim, "transfer")
    with pytest.raises(NotFound):
        as_served(house, claim, "bureau_head", "2025-10-22")
    act(house, claim, "take_up", "handler", "2025-10-23", handler="handler")
    act(house, claim, "contact", "handler", "2025-10-24", **said)
    go(house, claim, WAY[3:5])
    with pytest.raises(NotFound):  # its number is nothing a respondent knows
        view(house, claim, "bureau_head", "2025-11-25")
    found = as_served(house, claim, "bureau_head", "2025-11-25")
    (shown,) = found["claims"]
    assert (found["audience"], found["origin"]) == ("respondent", "线索来源依法保密")
    assert found["contract_no"] is None
    assert [e["event"] for e in shown["events"]] == ["rectify"]
    assert shown["events"][0]["details"]["items"] == ["支付货款"]
    assert [c["clock"] for c in shown["clocks"]] == ["case.rectify"]
    everything = str(found)
    for word in (SECRET, claim, "示例企业", "T-", "complain", "多次催要"):
        assert word not in everything
    assert "sources" not in shown


def test_the_source_is_protected_unless_all_who_complain_are_open(
    house: House,
) -> None:
    a_town(house)
    register(
        house, *(a_document(a_payment(due_on="2025-09-10"), contract_no=f"H{n}") for n in (1, 2))
    )
    open_one = complain(house, "2025-09-20", contract_no="H1")
    hidden = complain(house, "2025-09-20", contract_no="H2", confidential=True)
    for done in (open_one, hidden):
        act(house, done.claims[0], "accept", "county_lead", "2025-10-21", scope=IN_SCOPE)
        go(house, done.claims[0], WAY[1:5])
    seen = [as_served(house, d.claims[0], "bureau_clerk", "2025-11-25") for d in (open_one, hidden)]
    assert [s["contract_no"] for s in seen] == ["H1", None]
    assert [s["origin"] for s in seen] == ["投诉", "线索来源依法保密"]


def test_a_complainant_sees_the_own_source_and_what_was_sent(house: House) -> None:
    a_town(house)
    register(house, a_document())
    own = complain(house, "2025-09-11", channel="hotline-12345", source_no="T-1")
    claim = own.claims[0]
    said = {"items": ["合同复印件"]}
    act(house, claim, "request_supplement", "county_lead", "2025-09-12", **said)
    me = Actor(own.complaint, roles=frozenset({Role.COMPLAINANT}))
    (shown,) = view(house, claim, me)["claims"]
    assert [e["event"] for e in shown["events"]] == ["request_supplement"]
    assert shown["events"][0]["details"] == said
    complain(house, "2025-09-13", channel="petition", source_no="X-2")
    (shown,) = view(house, claim, me)["claims"]
    assert [s["complaint"] for s in shown["sources"]] == [own.complaint]
    assert shown["events"][0]["details"] == {}
    assert "routing" not in shown
    assert "actor" not in shown["events"][0]


def test_an_informant_learns_that_it_came_in_and_nothing_else(house: House) -> None:
    a_town(house)
    register(house, a_document())
    done = complain(house, "2025-09-11", complainant=None)
    who = Actor(done.complaint, roles=frozenset({Role.COMPLAINANT}))
    assert view(house, done.case, who) == {"audience": "informant", "acknowledged": True}


def test_an_informant_learns_no_more_by_the_code(house: House) -> None:
    a_town(house)
    register(house, a_document())
    party = complain(house, "2025-09-11", channel="hotline-12345", source_no="T-1")
    (claim,) = party.claims
    act(house, claim, "accept", "county_lead", "2025-09-12", scope=IN_SCOPE)
    nosy = {"words": "听说有人投诉", "complainant": None}
    joined = complain(house, "2025-09-13", channel="petition", **nosy)
    assert joined.claims == party.claims
    with house.readers() as session:
        seen = {
            done.complaint: receipts.look_up(
                session, done.receipt or "", secrets(house), today=day("2025-09-14")
            )
            for done in (party, joined)
        }
    assert [c.claim for c in seen[party.complaint].claims] == [claim]
    assert seen[joined.complaint].found
    (told,) = seen[joined.complaint].claims
    assert (told.claim, told.state, told.since) == ("", "已收到", day("2025-09-13"))
    assert not any((told.matter, told.holder, told.due_on, told.answers, told.objection))


def test_for_whom_it_is_not_it_does_not_exist(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "take_up")
    stranger = Actor("01J" + "0" * 23, roles=frozenset({Role.COMPLAINANT}))
    said = set()
    for who in ("sme_intake", "finance_handler", stranger):
        with pytest.raises(NotFound) as refused:
            view(house, claim, who)
        said.add(str(refused.value))
    with pytest.raises(NotFound) as refused:
        view(house, "0" * 26, "sme_intake")
    assert said == {f"no case {claim}"}
    assert str(refused.value) == f"no case {'0' * 26}"


def test_a_merged_case_shows_what_moved(house: House) -> None:
    a_town(house)
    register(
        house, *(a_document(a_payment(due_on="2025-09-10"), contract_no=f"H{n}") for n in (1, 2))
    )
    first, second = (complain(house, "2025-09-11", contract_no=f"H{n}") for n in (1, 2))
    with house.sessions.begin() as session:
        folders.merge(
            session,
            second.case,
            first.case,
            "同一批次",
            by=actor(house, "county_lead", "2025-09-12"),
            office=office(house),
            now=at(day("2025-09-12")),
            today=day("2025-09-12"),
        )
    found = view(house, second.claims[0], None)
    assert found["id"] == first.case
    assert {c["id"] for c in found["claims"]} == {*first.claims, *second.claims}
    assert [(m["from"], m["into"], m["by"]) for m in found["moves"]] == [
        (second.case, first.case, "county_lead")
    ]
