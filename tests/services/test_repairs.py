"""Repair: asked with evidence, looked into by one, confirmed by another, once it is done."""

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import Forbidden
from fulfilment_monitor.domain.cases import IllegalStep, State
from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen
from fulfilment_monitor.domain.records import RecordState
from fulfilment_monitor.house import House
from fulfilment_monitor.services import repairs
from fulfilment_monitor.services.case_guards import Guarded
from fulfilment_monitor.store.records import Repair
from tests.services.builders import ORGAN, answer, day, office, paid, state, violations
from tests.services.case_builders import (
    CITY_CREDIT,
    COUNTY,
    COUNTY_CREDIT,
    PROVINCE_CREDIT,
    a_world,
    act,
    drive,
    go,
    the_claim,
)
from tests.services.credit_builders import REPAIRING, ledger_of, messages

APPLY, EXAMINE, CONFIRM = REPAIRING


def a_determined_claim(house: House) -> str:
    claim = a_world(house)
    drive(house, claim, "approve_determination")
    return claim


def missing(house: House, on: str, region: str = "340300") -> list[list[str]]:
    with house.readers() as session:
        found = repairs.guidance(session, region, day(on), office(house))
        return [r["missing"] for r in found]


def states(house: House, on: str) -> list[RecordState]:
    return [r.state for r in ledger_of(house, on)]


@pytest.mark.proves("R-121", "R-122", "R-124")
def test_a_record_is_repaired_at_once_and_stays_in_history(house: House) -> None:
    claim = a_determined_claim(house)
    state(house, paid("2026-02-09"), "2026-02-09")
    assert go(house, claim, REPAIRING) is State.RECTIFIED
    assert states(house, "2026-02-11") == [RecordState.EFFECTIVE]
    assert states(house, "2026-02-12") == [RecordState.REPAIRED]
    with house.readers() as session:
        done = session.scalars(select(Repair)).one()
    assert (done.ex_officio, done.confirmed) == (False, True)
    assert done.corrected == "已纠正拒不支付行为"
    assert done.performed == "企业确认已收到全部货款"
    assert done.evidence == ["付款回单", "银行回单"]
    assert done.prepared_by != done.decided_by
    with pytest.raises(Invalid, match="it ends as repaired"):
        act(house, claim, "close", "handler", "2026-02-13", reason="rectified")
    assert act(house, claim, "close", "handler", "2026-02-13", reason="repaired") is State.CLOSED
    assert states(house, "2026-02-13") == [RecordState.REPAIRED]
    assert violations(house) == []


@pytest.mark.proves("R-54")
def test_a_residue_of_one_fen_is_no_performance(house: House) -> None:
    claim = a_determined_claim(house)
    state(house, paid("2026-02-09", "999.99"), "2026-02-09")
    go(house, claim, (APPLY, EXAMINE))
    with pytest.raises(Guarded, match="not met"):
        go(house, claim, (CONFIRM,))
    state(house, paid("2026-02-10", "0.01"), "2026-02-12")
    assert go(house, claim, (CONFIRM,)) is State.RECTIFIED


def test_the_word_of_the_body_is_no_performance_until_it_is_backed(house: House) -> None:
    claim = a_determined_claim(house)
    said = state(house, paid("2026-02-09", by="government"), "2026-02-09")
    go(house, claim, (APPLY, EXAMINE))
    with pytest.raises(Guarded, match="not met"):
        go(house, claim, (CONFIRM,))
    answer(house, said, "confirmed", "bank", "2026-02-12")  # in the place of the enterprise
    assert go(house, claim, (CONFIRM,)) is State.RECTIFIED


@pytest.mark.proves("R-121")
def test_only_the_body_that_determined_confirms_and_only_by_a_second_person(house: House) -> None:
    claim = a_determined_claim(house)
    state(house, paid("2026-02-09"), "2026-02-09")
    with pytest.raises(Guarded, match="nobody has asked"):
        go(house, claim, (CONFIRM,))
    go(house, claim, (APPLY,))
    with pytest.raises(Guarded, match="nobody of the determining body has looked into it"):
        go(house, claim, (CONFIRM,))
    go(house, claim, (EXAMINE._replace(who="other_director"),))
    with pytest.raises(Guarded, match="who proposed it cannot approve it"):
        go(house, claim, (CONFIRM._replace(who="other_director"),))
    with pytest.raises(Forbidden):
        go(house, claim, (CONFIRM._replace(who="bureau_head"),))
    with pytest.raises((Forbidden, NotFound)):
        go(house, claim, (CONFIRM._replace(who="city_handler"),))
    assert go(house, claim, (CONFIRM,)) is State.RECTIFIED


def test_an_application_names_its_evidence_and_there_is_one_at_a_time(house: House) -> None:
    claim = a_determined_claim(house)
    with pytest.raises(Invalid, match="/evidence"):
        act(house, claim, "request_repair", "bureau_head", "2026-02-10", note="已付清")
    go(house, claim, (APPLY,))
    with pytest.raises(NotOpen, match="an application is open"):
        go(house, claim, (APPLY,))
    go(house, claim, (EXAMINE,))
    with pytest.raises(NotOpen, match="an application is open"):
        go(house, claim, (EXAMINE,))
    act(house, claim, "decline_repair", "director", "2026-02-12", reason="款项未到账")
    assert states(house, "2026-02-12") == [RecordState.EFFECTIVE]
    with house.readers() as session:
        first = session.scalars(select(Repair)).one()
    assert (first.confirmed, first.reason) == (False, "款项未到账")
    again = APPLY._replace(on="2026-02-13")
    assert go(house, claim, (again,)) is State.DETERMINED


def test_the_determining_body_begins_a_repair_itself(house: House) -> None:
    claim = a_determined_claim(house)
    state(house, paid("2026-02-09"), "2026-02-09")
    go(house, claim, (EXAMINE, CONFIRM))
    with house.readers() as session:
        assert session.scalars(select(Repair.ex_officio)).one() is True


@pytest.mark.proves("R-120")
def test_the_credit_lead_sees_what_is_missing_for_every_record(house: House) -> None:
    claim = a_determined_claim(house)
    assert missing(house, "2026-01-10") == [["未履行：payment", "尚未申请修复"]]
    assert missing(house, "2026-01-10", "110000") == []
    act(house, claim, "object", "bureau_head", "2026-01-20", grounds="金额有误")
    assert missing(house, "2026-01-20") == [["未履行：payment", "异议尚未决定", "尚未申请修复"]]
    said = {"outcome": "rejected", "reasons": "异议不成立"}
    act(house, claim, "decide_objection", "reviewer", "2026-01-25", **said)
    state(house, paid("2026-02-09"), "2026-02-09")
    go(house, claim, (APPLY,))
    assert missing(house, "2026-02-10") == [["认定部门尚未核查"]]
    go(house, claim, (EXAMINE,))
    assert missing(house, "2026-02-11") == [["认定部门尚未确认"]]
    go(house, claim, (CONFIRM,))
    assert missing(house, "2026-02-12") == []


@pytest.mark.proves("R-125")
def test_a_repair_goes_to_the_intake_unit_in_the_same_step(house: House) -> None:
    claim = a_determined_claim(house)
    state(house, paid("2026-02-09"), "2026-02-09")
    go(house, claim, REPAIRING)
    told = {m["to"] for m in messages(house, "result.repaired")}
    assert told == {COUNTY_CREDIT, CITY_CREDIT, PROVINCE_CREDIT}
    (record,) = ledger_of(house, "2026-02-12")
    entered, repaired = messages(house, "record.entered"), messages(house, "record.repaired")
    assert {m["record"] for m in (*entered, *repaired)} == {record.ulid}
    assert {m["to"] for m in repaired} == {ORGAN, COUNTY_CREDIT, CITY_CREDIT, PROVINCE_CREDIT}


def test_a_revocation_is_no_repair_and_ends_an_open_application(house: House) -> None:
    claim = a_determined_claim(house)
    go(house, claim, (APPLY,))
    act(house, claim, "revoke_determination", "director", "2026-02-11", reason="程序有误")
    assert states(house, "2026-02-11") == [RecordState.WITHDRAWN]
    with house.readers() as session:
        left = session.scalars(select(Repair)).one()
    assert (left.confirmed, left.reason) == (False, "认定已撤销")
    with pytest.raises(IllegalStep):
        go(house, claim, (CONFIRM,))
    told = {m["to"] for m in messages(house, "result.revoked")}
    assert told >= {COUNTY_CREDIT, PROVINCE_CREDIT}
    assert the_claim(house, claim).state == State.VERIFYING.value
    assert COUNTY not in told
