"""Two who work on one claim, or on one folder, at once: it is as after one and then the other."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from fulfilment_monitor.domain.cases import Event, State
from fulfilment_monitor.domain.errors import NotOpen
from fulfilment_monitor.gateways.channels import open_channels
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.complaints import read_complaint
from fulfilment_monitor.services import case_clocks, case_views, cases, folders, intake
from fulfilment_monitor.services.intake_claims import Raced
from fulfilment_monitor.store.cases import Claim
from fulfilment_monitor.store.leads import Lead
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    a_document,
    a_payment,
    day,
    meanwhile,
    office,
    paid,
    register,
    state,
    sweep,
    violations,
    wait_for_a_waiting_lock,
)
from tests.services.case_builders import (
    BUREAU,
    CITY_CREDIT,
    IN_SCOPE,
    LEAD_DAY,
    a_complaint,
    a_town,
    a_world,
    act,
    complain,
    events_of,
    hand,
    secrets,
    the_claim,
)
from tests.services.test_settlements import a_settled_claim, pay

T = TypeVar("T")

WORKS = {"matter": "场馆维修款", "breach": "arrears"}
PAYMENT = {"obligation": "payment", "breach": "arrears"}
SECOND_PAYMENT = {"obligation": "p2", "breach": "arrears", "amount": "1000.00"}


@pytest.fixture
def town(house: House) -> House:
    """The town with two contracts of the bureau; two payments of each are overdue, and no lead."""
    a_town(house)
    owed = (a_payment(due_on="2025-09-10"), a_payment(due_on="2025-09-10", key="p2"))
    register(house, *(a_document(*owed, contract_no=f"HT-{n}") for n in (1, 2)))
    return house


def received(session: Session, house: House, on: str, **changes: Any) -> intake.Received:
    """`complain`, in a transaction that goes on."""
    return intake.receive(
        session,
        read_complaint(a_complaint(**changes)),
        channels=open_channels(house.settings),
        secrets=secrets(house),
        by=CLERK,
        office=office(house),
        now=at(day(on)),
        today=day(on),
    )


def at_once(house: House, first: Callable[[Session], object], then: Callable[[], T]) -> T:
    """`then` begins when `first` has written everything, which is committed when `then` waits."""
    office(house)  # the policy and the keys are there before either begins
    secrets(house)
    return meanwhile(house, first, then)


def leave(house: House, complaint: str, **by: Any) -> list[str]:
    with house.sessions.begin() as session:
        return intake.leave(session, complaint, "已付", **by)


def test_a_complaint_that_joins_while_the_payment_is_stated_keeps_its_claim(house: House) -> None:
    claim, on = a_world(house), "2025-10-22"
    at_once(house, lambda session: received(session, house, on), lambda: state(house, paid(on), on))
    assert (the_claim(house, claim).state, events_of(house, claim)) == (State.LEAD.value, [])


def test_a_payment_is_stated_while_an_officer_accepts_the_claim(house: House) -> None:
    claim, on = a_world(house), "2025-10-22"
    by = hand(house, "county_lead", on)
    at_once(
        house,
        lambda session: cases.fire(session, claim, Event.ACCEPT, {}, **by),
        lambda: state(house, paid(on), on),
    )
    assert events_of(house, claim) == ["accept"]


def test_a_lead_joins_no_claim_that_ends_at_that_moment(town: House) -> None:
    one = complain(town, "2025-09-05")
    by = hand(town, "county_lead", "2025-09-06")
    at_once(
        town,
        lambda session: intake.leave(session, one.complaint, "已付", **by),
        lambda: sweep(town, LEAD_DAY),
    )
    ended = the_claim(town, one.claims[0])
    assert (ended.state, ended.lead_id) == (State.WITHDRAWN.value, None)
    with town.readers() as session:
        unclaimed = select(Lead.id).where(
            ~select(Claim.id).where(Claim.lead_id == Lead.id).exists()
        )
        assert session.scalars(unclaimed).all() == []
    assert violations(town) == []


def test_the_sweep_finds_a_settlement_that_is_broken_by_hand_at_that_moment(house: House) -> None:
    claim, on = a_settled_claim(house), "2026-03-20"
    pay(house, "first", "2025-12-30")
    sweep(house, "2026-01-31")
    by = hand(house, "handler", on)
    at_once(
        house,
        lambda session: cases.fire(session, claim, Event.SETTLEMENT_BROKEN, {}, **by),
        lambda: sweep(house, on),
    )
    assert events_of(house, claim).count("settlement_broken") == 1


def test_a_claim_ends_when_its_last_two_complainants_leave_at_once(town: House) -> None:
    one = complain(town, "2025-09-11")
    two = complain(town, "2025-09-12", channel="petition")
    by = hand(town, "county_lead", "2025-09-13")
    ended = at_once(
        town,
        lambda session: intake.leave(session, one.complaint, "已付", **by),
        lambda: leave(town, two.complaint, **by),
    )
    assert ended == list(one.claims) == list(two.claims)
    assert the_claim(town, one.claims[0]).state == State.WITHDRAWN.value


def test_a_complaint_is_left_once(town: House) -> None:
    one = complain(town, "2025-09-11")
    complain(town, "2025-09-12", channel="petition")
    by = hand(town, "county_lead", "2025-09-13")
    with pytest.raises(NotOpen, match="was withdrawn"):
        at_once(
            town,
            lambda session: intake.leave(session, one.complaint, "已付", **by),
            lambda: leave(town, one.complaint, **by),
        )


def test_a_new_claim_is_shown_though_its_folder_is_being_merged(town: House) -> None:
    one, other = complain(town, "2025-09-11"), complain(town, "2025-09-11", contract_no="HT-2")
    by = hand(town, "county_lead", "2025-09-12")
    new = at_once(
        town,
        lambda session: folders.merge(session, one.case, other.case, "同一工程", **by),
        lambda: complain(town, "2025-09-12", items=[SECOND_PAYMENT]),
    )
    with town.readers() as session:
        shown = case_views.get_case(
            session,
            new.case,
            by=by["by"],
            office=by["office"],
            channels=open_channels(town.settings),
            today=by["today"],
        )
    assert {c["id"] for c in shown["claims"]} >= set(new.claims)


def test_the_same_matter_joins_its_claim_though_that_is_being_split_off(town: House) -> None:
    one = complain(town, "2025-09-11", items=[PAYMENT, WORKS])
    by = hand(town, "county_lead", "2025-09-12")
    again = at_once(
        town,
        lambda session: folders.split(session, one.case, one.claims[1:], "另案办理", **by),
        lambda: complain(town, "2025-09-12", channel="petition", items=[WORKS]),
    )
    assert again.claims == one.claims[1:]


def test_a_folder_is_merged_while_a_complaint_joins_its_claim(
    town: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = complain(town, "2025-09-11"), complain(town, "2025-09-11", contract_no="HT-2")
    by = hand(town, "county_lead", "2025-09-12")

    def merge() -> None:
        with town.sessions.begin() as session:
            folders.merge(session, one.case, other.case, "同一工程", **by)

    with ThreadPoolExecutor(1) as second:
        merged = _begun_before(monkeypatch, town, second, intake, "_keep", merge)
        joined = complain(town, "2025-09-12", channel="petition")
        merged[0].result(60)
    assert joined.claims == one.claims
    assert violations(town) == []


def test_the_sweep_looks_at_a_claim_whose_clocks_are_being_turned(
    town: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (claim,) = complain(town, "2025-10-10", channel="sme-payment").claims
    act(town, claim, "accept", "sme_intake", "2025-10-13", scope=IN_SCOPE)
    on = "2025-10-30"
    with ThreadPoolExecutor(1) as second:
        swept = _begun_before(
            monkeypatch, town, second, case_clocks, "turn", lambda: sweep(town, on)
        )
        act(town, claim, "transfer", "sme_intake", on)
        swept[0].result(60)
    assert events_of(town, claim) == ["accept", "transfer"]


def _begun_before(
    patch: pytest.MonkeyPatch,
    house: House,
    second: ThreadPoolExecutor,
    where: Any,
    name: str,
    then: Callable[[], object],
) -> list[Future[object]]:
    """`then` begins just before a function goes on for the first time, and waits by then."""
    going_on, begun = getattr(where, name), list[Future[object]]()

    def after(*given: Any) -> Any:
        if not begun:
            begun.append(second.submit(then))
            wait_for_a_waiting_lock(house)
        return going_on(*given)

    patch.setattr(where, name, after)
    return begun


def test_one_number_of_a_channel_comes_twice_about_two_bodies(town: House) -> None:
    where = {"contract_no": None, "contract": {"region": "340321"}}
    said: dict[str, Any] = {**where, "source_no": "T-1", "items": [WORKS]}
    about = [{"respondent": {"uscc": code}} for code in (BUREAU, CITY_CREDIT)]

    def send() -> intake.Received:
        return complain(town, "2025-09-12", **said, **about[1])

    def send_until_it_is_taken() -> intake.Received:
        try:
            return send()
        except Raced:
            return send()

    second = at_once(
        town,
        lambda session: received(session, town, "2025-09-12", **said, **about[0]),
        send_until_it_is_taken,
    )
    assert not second.is_new
