"""How far somebody sees: contracts of the own body, its subtree, a region, a case, a firm."""

import pytest

from fulfilment_monitor.domain.access import MAY, STEP_UP, Action, Reach
from fulfilment_monitor.domain.authority import VISITOR, Actor, Forbidden, Role
from fulfilment_monitor.domain.errors import NotFound
from fulfilment_monitor.domain.facts import Answer, Source
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contracts import read_contract, read_fact
from fulfilment_monitor.services import (
    alerts,
    amendments,
    contracts,
    facts,
    leads,
    registry,
    totals,
)
from fulfilment_monitor.services.sight import contract_in_sight, sight
from fulfilment_monitor.services.totals import Total
from fulfilment_monitor.store.organisations import Organisation
from tests.conftest import at
from tests.services import case_builders as town
from tests.services.builders import (
    FIRM,
    a_body,
    a_document,
    a_fact,
    a_firm,
    a_payment,
    contract_id,
    day,
    office,
    register,
    sweep,
    view,
)
from tests.services.case_builders import a_person, a_town, actor, claim_ulid, drive, uscc

ON = "2025-10-23"
FAR, OTHER_FIRM = uscc("11110101", 901), "91990200MAEX00408K"
#: Number → whose contract it is, where, and with which firm.
REGISTER = {
    "HT-1": (town.BUREAU, "340321", FIRM),
    "CENTRE": (town.CENTRE, "340321", FIRM),
    "COUNTY": (town.COUNTY, "340321", OTHER_FIRM),
    "CITY": (town.CITY_FINANCE, "340300", FIRM),
    "FAR": (FAR, "110101", FIRM),
}
ALL = set(REGISTER)
#: Written by hand: who sees which contracts.
SEEN = {
    "bureau_clerk": {"HT-1"},
    "bureau_head": {"HT-1", "CENTRE"},
    "county_clerk": {"COUNTY"},
    "county_head": {"COUNTY", "HT-1", "CENTRE"},
    "city_head": {"COUNTY", "HT-1", "CENTRE"},
    "centre_clerk": {"CENTRE"},
    "county_lead": {"HT-1", "CENTRE", "COUNTY"},
    "city_lead": {"HT-1", "CENTRE", "COUNTY", "CITY"},
    "supervisor": {"HT-1", "CENTRE", "COUNTY", "CITY"},
    "far_clerk": {"FAR"},
    "city_handler": set(),
    "finance_handler": set(),
    "firm": {"HT-1", "CENTRE", "CITY", "FAR"},
    "other_firm": {"COUNTY"},
}


@pytest.fixture
def world(house: House) -> House:
    a_town(house)
    for number, (body, region, firm) in REGISTER.items():
        register(
            house,
            a_document(
                contract_no=number, region=region, government=a_body(body, f"单位{number}"),
                enterprise=a_firm(uscc=firm, name=f"企业{firm}"),
            ),
        )  # fmt: skip
    a_person(house, "county_clerk", town.COUNTY, Role.CLERK)
    a_person(house, "county_head", town.COUNTY, Role.HEAD)
    a_person(house, "city_head", town.CITY, Role.HEAD)
    a_person(house, "centre_clerk", town.CENTRE, Role.CLERK)
    a_person(house, "far_clerk", FAR, Role.CLERK)
    return house


def who(house: House, name: str) -> Actor:
    firms = {"firm": FIRM, "other_firm": OTHER_FIRM}
    if name not in firms:
        return actor(house, name, ON)
    with house.readers() as session:
        found = session.query(Organisation.id).filter_by(code=firms[name]).scalar()
    return Actor(name, None, found, frozenset({Role.ENTERPRISE}))


def seen_by(house: House, name: str) -> set[str]:
    with house.readers() as session:
        seen = sight(session, Action.CONTRACT_READ, who(house, name), day(ON), house.policy)
        found = registry.list_contracts(session, seen)
        assert found.total == len(found.items)
        searched = registry.list_contracts(session, seen, text="办公")
        assert [i["contract_no"] for i in searched.items] == [i["contract_no"] for i in found.items]
        assert searched.total == found.total
        counted = {totals.contracts(session, seen), totals.obligations(session, seen)}
        counted.add(totals.searched(session, seen, "办公"))
    assert counted == {Total(found.total)}
    return {i["contract_no"] for i in found.items}


def test_everybody_sees_what_the_table_says_in_lists_searches_and_counts(world: House) -> None:
    assert {name: seen_by(world, name) for name in SEEN} == SEEN


def test_alerts_and_leads_are_seen_as_far_as_their_contracts(world: House) -> None:
    sweep(world, town.LEAD_DAY)
    with world.readers() as session:
        for name, wanted in SEEN.items():
            by = who(world, name)
            seen = sight(session, Action.CONTRACT_READ, by, day(ON), world.policy)
            warned = alerts.list_alerts(session, seen, world.policy)
            led = leads.list_leads(session, seen)
            assert {i["contract_no"] for i in warned.items} == wanted
            assert {i["contract_no"] for i in led.items} == wanted
            assert (warned.total, led.total) == (len(warned.items), len(led.items))
            assert totals.alerts(session, seen, day(town.LEAD_DAY)) == Total(warned.total)
            assert totals.leads(session, seen, day(town.LEAD_DAY)) == Total(led.total)


def test_who_has_a_case_in_hand_sees_its_contract_and_no_other(house: House) -> None:
    a_town(house)
    register(house, a_document(), a_document(a_payment(due_on="2026-05-06"), contract_no="HT-2"))
    sweep(house, town.LEAD_DAY)
    claim = claim_ulid(house)
    drive(house, claim, "transfer")
    assert seen_by(house, "handler") == {"HT-1"}
    assert seen_by(house, "county_lead") == {"HT-1", "HT-2"}
    assert seen_by(house, "city_handler") == set()


def test_a_contract_out_of_sight_is_refused_in_the_words_for_none(world: House) -> None:
    ulid = view(world, ON)["id"]
    nobody = "01JZ1MH2000000000000000000"
    with world.readers() as session:
        by = who(world, "centre_clerk")
        for name in (ulid, nobody):
            with pytest.raises(NotFound, match=f"^no contract {name}$"):
                contract_in_sight(session, Action.CONTRACT_READ, by, name, day(ON))
        own = who(world, "bureau_clerk")
        found = contract_in_sight(session, Action.CONTRACT_READ, own, ulid, day(ON))
    assert found == contract_id(world)


def test_each_enters_states_and_answers_only_what_is_theirs(world: House) -> None:
    when = {"office": office(world), "now": at(day(ON))}
    paid = read_fact(a_fact("paid", "2025-10-22", "government", amount="1000.00"))
    said = read_fact(a_fact("disputed", "2025-10-22", "enterprise"))
    number = contract_id(world)
    bureau, centre = who(world, "bureau_clerk"), who(world, "centre_clerk")
    firm, other = who(world, "firm"), who(world, "other_firm")
    with world.sessions.begin() as session:
        for by, fact, refusal in (
            (centre, paid, NotFound),  # of another body
            (other, said, NotFound),  # of another firm
            (bureau, said, Forbidden),  # nobody speaks for the other side
            (firm, paid, Forbidden),
            (who(world, "supervisor"), paid, Forbidden),
            (VISITOR, paid, Forbidden),
        ):
            with pytest.raises(refusal):
                facts.state_fact(session, number, fact, by=by, **when)
        ulid = facts.state_fact(session, number, paid, by=bureau, **when)
        for by, side, refusal in (
            (bureau, Source.ENTERPRISE, Forbidden),
            (other, Source.ENTERPRISE, NotFound),
        ):
            with pytest.raises(refusal):
                facts.answer_fact(session, ulid, Answer.CONFIRMED, side=side, by=by, **when)
        facts.answer_fact(session, ulid, Answer.CONFIRMED, side=Source.ENTERPRISE, by=firm, **when)
        submission = read_contract(a_document(contract_no="NEW"))
        for by in (centre, firm, who(world, "county_head"), who(world, "county_lead"), VISITOR):
            with pytest.raises(Forbidden):
                contracts.register_contracts(session, [submission], by=by, today=day(ON), **when)
        done = contracts.register_contracts(session, [submission], by=bureau, today=day(ON), **when)
        assert done[0].result == "registered"
        with pytest.raises(NotFound):
            amendments.amend_contract(
                session, number, amendments.Agreement((), (), frozenset(Source)), by=centre,
                today=day(ON), **when,
            )  # fmt: skip


def test_the_table_denies_by_default() -> None:
    assert set(MAY) == set(Action)
    assert set(Action) >= STEP_UP
    for action, roles in MAY.items():
        assert roles, action
        assert Reach.ALL not in roles.values(), action
        assert Role.SYSTEM not in roles, action
    administrators = {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}
    business = [a for a in Action if a.value.split(".")[0] in ("contract", "fact", "case", "lead")]
    assert len(business) >= 8
    for action in business:
        assert not MAY[action].keys() & administrators, action


def test_who_stands_nowhere_sees_nothing(world: House) -> None:
    nowhere = Actor("nowhere", roles=frozenset({Role.CLERK, Role.SUPERVISOR, Role.ENTERPRISE}))
    with world.readers() as session:
        seen = sight(session, Action.CONTRACT_READ, nowhere, day(ON))
        assert registry.list_contracts(session, seen).items == []
        assert leads.list_leads(session, seen).total == 0
        with pytest.raises(Forbidden):
            sight(session, Action.CONTRACT_READ, VISITOR, day(ON))
        with pytest.raises(Forbidden):
            sight(session, Action.CONTRACT_READ, Actor("no post"), day(ON))
