"""A settlement is a contract of its own: watched, broken by a missed date, or kept to its end."""

from typing import Any

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.authority import SWEEP
from fulfilment_monitor.domain.cases import IllegalStep, State
from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.house import House
from fulfilment_monitor.services.case_guards import Guarded
from fulfilment_monitor.store.cases import Claim
from fulfilment_monitor.store.contracts import Contract
from tests.services import builders
from tests.services.builders import (
    Document,
    a_document,
    a_fact,
    a_firm,
    a_payment,
    paid,
    register,
    state,
)
from tests.services.case_builders import (
    WAY,
    a_world,
    act,
    claim_ulid,
    drive,
    events_of,
    go,
    the_claim,
)
from tests.services.credit_builders import ledger_of


def a_settlement(house: House, number: str = "HJ-1", **changes: Any) -> str:
    """A settlement of the 1000 yuan in two halves, on the register; returns its ULID."""
    halves = (
        a_payment("500.00", key="first", due_on="2025-12-30"),
        a_payment("500.00", key="second", due_on="2026-01-30"),
    )
    terms: Document = a_document(*halves, contract_no=number, signed_on="2025-12-10", **changes)
    register(house, terms, on="2025-12-10")
    with house.readers() as session:
        found = session.scalars(select(Contract.ulid).where(Contract.contract_no == number))
        return found.one()


def settle(house: House, claim: str, contract: str, agreed_on: str = "2025-12-10") -> State:
    return act(
        house, claim, "settle", "handler", "2025-12-11", contract=contract, agreed_on=agreed_on
    )


def a_settled_claim(house: House) -> str:
    claim = a_world(house)
    drive(house, claim, "rectify")
    assert settle(house, claim, a_settlement(house)) is State.SETTLED
    return claim


def pay(house: House, key: str, on: str) -> None:
    state(house, paid(on, "500.00", obligation=key), on, number="HJ-1")


@pytest.mark.proves("R-66")
def test_a_missed_date_of_a_settlement_reopens_its_claim_and_opens_no_other(house: House) -> None:
    claim = a_settled_claim(house)
    pay(house, "first", "2025-12-30")
    builders.sweep(house, "2026-01-31")
    assert the_claim(house, claim).state == State.SETTLED.value  # missed, and within the grace
    builders.sweep(house, "2026-03-20")
    reopened = the_claim(house, claim)
    assert (reopened.state, reopened.outcome) == (State.SUBSTANTIATED.value, None)
    assert events_of(house, claim)[-1] == "settlement_broken"
    assert claim_ulid(house) == claim
    builders.sweep(house, "2026-03-21")
    assert events_of(house, claim).count("settlement_broken") == 1


@pytest.mark.proves("R-65", "R-67")
def test_a_kept_settlement_is_rectified_and_never_a_record(house: House) -> None:
    claim = a_settled_claim(house)
    pay(house, "first", "2025-12-30")
    with pytest.raises(Guarded, match="not met"):
        act(house, claim, "confirm_rectified", "handler", "2026-01-15", note="已付一半")
    pay(house, "second", "2026-01-30")
    builders.sweep(house, "2026-03-20")
    assert the_claim(house, claim).state == State.SETTLED.value
    with pytest.raises(Guarded, match="nothing of the settlement is overdue"):
        act(house, claim, "settlement_broken", SWEEP, "2026-03-20")
    for step in WAY[6:]:
        with pytest.raises(IllegalStep):
            act(house, claim, step.event, step.who, "2026-03-20", **step.details)
    act(house, claim, "confirm_rectified", "handler", "2026-03-20", note="和解协议已履行")
    with pytest.raises(Invalid, match="it ends as settlement-kept"):
        act(house, claim, "close", "handler", "2026-03-21", reason="rectified")
    act(house, claim, "close", "handler", "2026-03-21", reason="settlement-kept")
    assert ledger_of(house, "2026-03-21") == ()


def test_a_debt_waived_for_a_settlement_is_not_performed(house: House) -> None:
    claim = a_settled_claim(house)
    state(house, a_fact("waived", "2025-12-11", "enterprise"), "2025-12-11")
    with pytest.raises(Guarded, match="not met"):
        act(house, claim, "confirm_rectified", "handler", "2025-12-12", note="原债务已免除")


def test_after_a_broken_settlement_the_way_to_a_record_begins_anew(house: House) -> None:
    claim = a_settled_claim(house)
    builders.sweep(house, "2026-03-20")
    refuse = {"declared": True, "excuse": "no-funds", "note": "拒付"}
    with pytest.raises(IllegalStep):
        act(house, claim, "refuse", "handler", "2026-03-21", **refuse)
    anew = {"items": ["支付货款"], "due_on": "2026-04-20", "served_on": "2026-03-21"}
    act(house, claim, "rectify", "handler", "2026-03-21", **anew)
    undeclared = {**refuse, "declared": False}
    with pytest.raises(Guarded, match="2026-04-20"):  # the reminder of the first round is past
        act(house, claim, "refuse", "handler", "2026-04-01", **undeclared)
    assert act(house, claim, "refuse", "handler", "2026-04-01", **refuse) is State.REFUSED


def test_a_proposal_from_before_a_settlement_is_not_approved_after_it(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "propose_determination")  # 2026-01-06
    ulid = a_settlement(house)
    act(house, claim, "settle", "handler", "2026-01-07", contract=ulid, agreed_on="2026-01-07")
    builders.sweep(house, "2026-03-20")
    again = {
        "rectify": {"due_on": "2026-03-21", "served_on": "2026-03-21"},
        "refuse": {"declared": True},
        "notify_determination": {"statement_until": "2026-03-22", "served_on": "2026-03-21"},
    }
    steps = [s for s in WAY if s.event in again]
    go(house, claim, [
        s._replace(on="2026-03-21", details={**s.details, **again[s.event]}) for s in steps
    ])  # fmt: skip
    approve = WAY[-1]
    with pytest.raises(Guarded, match="proposed since the notice"):
        act(house, claim, approve.event, approve.who, "2026-04-01",
            **{**approve.details, "served_on": "2026-04-01"})  # fmt: skip


def test_what_is_no_settlement_of_the_claim(house: House) -> None:
    claim = a_world(house)
    drive(house, claim, "rectify")
    with house.readers() as session:
        original = session.scalars(select(Contract.ulid)).one()
    with pytest.raises(Guarded, match="a contract of its own"):
        settle(house, claim, original)
    with pytest.raises(Invalid, match="not on the register"):
        settle(house, claim, "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    ulid = a_settlement(house)
    with pytest.raises(Guarded, match="before it was signed"):
        settle(house, claim, ulid, agreed_on="2025-12-09")
    with pytest.raises(Invalid, match="once agreed"):
        settle(house, claim, ulid, agreed_on="2025-12-12")
    another = a_firm(uscc="91110108551385082Q", name="另一企业")
    with pytest.raises(Guarded, match="another enterprise"):
        settle(house, claim, a_settlement(house, "HJ-2", enterprise=another))
    centre = {"name": "示例县支付中心", "uscc": "12340321485000024M", "kind": "institution"}
    with pytest.raises(Guarded, match="another body"):
        settle(house, claim, a_settlement(house, "HJ-3", government=centre))
    undated = a_document(a_payment(), contract_no="HJ-4", signed_on="2025-12-10")
    del undated["obligations"][0]["amount"]
    undated["obligations"][0] |= {"kind": "policy_fulfilment"}
    register(house, undated, on="2025-12-10")
    with house.readers() as session:
        bare = session.scalars(select(Contract.ulid).where(Contract.contract_no == "HJ-4")).one()
    with pytest.raises(Guarded, match="sets the government side no date"):
        settle(house, claim, bare)
    assert settle(house, claim, ulid) is State.SETTLED
    with house.readers() as session:
        assert session.scalars(select(Claim.outcome)).one() == "settled"
