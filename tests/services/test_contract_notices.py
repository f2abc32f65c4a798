"""Contracts nobody registered: an enterprise says so, and its department answers."""

from datetime import timedelta

import pytest

from fulfilment_monitor.domain.authority import Actor, Forbidden, Role
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import contract_notices as notices
from fulfilment_monitor.services.contracts import find_contract
from tests.conftest import at
from tests.services.builders import a_body, a_document, a_firm, day, office, register, violations
from tests.services.case_builders import BUREAU, COUNTY, COUNTY_CREDIT, a_town, uscc
from tests.services.enterprise_builders import OTHER_FIRM, body_of, clerk, firm

ON = "2025-10-20"


@pytest.fixture
def town(house):
    a_town(house)
    register(
        house, a_document(), a_document(contract_no="HT-2", enterprise=a_firm(uscc=OTHER_FIRM))
    )
    return house


def stated(house, by=None, on=ON, **changes):
    document = a_document(**{"contract_no": "HT-9", "government": a_body(BUREAU)} | changes)
    with house.sessions.begin() as session:
        return notices.state(
            session, read_contract(document), document, by=by or firm(house),
            now=at(day(on)), today=day(on),
        )  # fmt: skip


def for_department(house, by, on=ON):
    with house.readers() as session:
        return notices.list_for_department(session, by=by, today=day(on))


def registered(house, ulid, by, on=ON, **changes):
    with house.readers() as session:
        document = {**notices.show(session, ulid, by=by, today=day(on)).document, **changes}
    with house.sessions.begin() as session:
        return notices.register(
            session, ulid, read_contract(document), by=by, office=office(house),
            now=at(day(on)), today=day(on),
        )  # fmt: skip


def declined(house, ulid, by, reason="合同没有签订", on=ON):
    with house.sessions.begin() as session:
        notices.decline(session, ulid, reason, by=by, now=at(day(on)), today=day(on))


def own(house, by, on=ON):
    with house.readers() as session:
        return notices.list_own(session, by=by, today=day(on))


def test_the_department_registers_what_was_stated(town):
    ulid = stated(town)
    assert [n.id for n in for_department(town, clerk(town, BUREAU))] == [ulid]
    done = registered(town, ulid, clerk(town, BUREAU))
    with town.readers() as session:
        assert find_contract(session, "HT-9") == done.contract_id
    told = own(town, firm(town))[0]
    assert (told.contract, told.waits, told.declined_because) == (done.ulid, False, None)
    assert for_department(town, clerk(town, BUREAU)) == []
    assert violations(town) == []


def test_it_is_declined_with_a_reason_once(town):
    ulid = stated(town)
    with pytest.raises(Invalid):
        declined(town, ulid, clerk(town, BUREAU), "  ")
    declined(town, ulid, clerk(town, BUREAU))
    assert own(town, firm(town))[0].declined_because == "合同没有签订"
    for again in (declined, registered):
        with pytest.raises((NotOpen, NotFound)):
            again(town, ulid, clerk(town, BUREAU))
    assert stated(town)  # it may be stated anew


def test_only_the_own_contract_with_a_known_body_is_stated_and_once(town):
    faults = {
        "/enterprise/uscc": {"enterprise": a_firm(uscc=OTHER_FIRM)},
        "/government/uscc": {"government": a_body(uscc("11340321", 777))},
        "/contract_no": {"contract_no": "HT-1"},
    }
    for place, changes in faults.items():
        with pytest.raises(Invalid) as refused:
            stated(town, **changes)
        assert [i.pointer for i in refused.value.issues] == [place]
    stated(town)
    with pytest.raises(Invalid):
        stated(town)
    # that a number is taken by somebody else is not told
    assert stated(town, contract_no="HT-2")


def test_a_number_taken_by_another_enterprise_is_not_linked(town):
    ulid = stated(town, contract_no="HT-2")
    with pytest.raises(NotOpen):
        registered(town, ulid, clerk(town, BUREAU))
    assert own(town, firm(town))[0].waits


def test_other_bodies_and_enterprises_see_and_do_nothing(town):
    ulid = stated(town)
    assert for_department(town, clerk(town, COUNTY)) == []
    for act in (registered, declined):
        with pytest.raises(NotFound):
            act(town, ulid, clerk(town, COUNTY))
        with pytest.raises(Forbidden):
            act(town, ulid, firm(town))
    assert own(town, firm(town, OTHER_FIRM)) == []
    with pytest.raises(Forbidden):
        stated(town, by=clerk(town, BUREAU))
    with pytest.raises(NotOpen):
        registered(town, ulid, clerk(town, BUREAU), enterprise=a_firm(uscc=OTHER_FIRM))


def test_who_leads_in_the_region_sees_what_waits_too_long(town):
    stated(town)
    lead = Actor("lead", 7, body_of(town, COUNTY_CREDIT), frozenset({Role.CREDIT_LEAD}))
    term = office(town).policy.registration_days
    for days, expected in ((term, 0), (term + 1, 1)):
        on = day(ON) + timedelta(days=days)
        with town.readers() as session:
            found = notices.list_waiting_long(session, by=lead, office=office(town), today=on)
        assert len(found) == expected
    elsewhere = stated(town, contract_no="HT-10", region="340104")
    with town.readers() as session:
        found = notices.list_waiting_long(session, by=lead, office=office(town), today=on)
    assert elsewhere not in [n.id for n in found]
    with pytest.raises(Forbidden), town.readers() as session:
        notices.list_waiting_long(session, by=firm(town), office=office(town), today=on)
