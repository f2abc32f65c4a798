"""Amendments: both sides, in time, appended; a date that was missed does not move any more."""

from typing import Any

import pytest

from fulfilment_monitor.domain.contracts import VOID_EXCUSES
from fulfilment_monitor.domain.errors import AlreadyBreached, Invalid, NeedsCounterparty, NotOpen
from fulfilment_monitor.house import House
from tests.services.builders import (
    INSTITUTION,
    a_document,
    a_fact,
    a_payment,
    amend,
    contents,
    lead_list,
    owed,
    paid,
    register,
    rules_raised,
    standing,
    state,
    sweep,
    view,
    violations,
)

LATER = [{"obligation": "payment", "due_on": "2025-12-10"}]


def refused(house: House, today: str, **document: Any) -> list[str]:
    """The codes with which an agreement is refused, having changed nothing."""
    before = contents(house)
    with pytest.raises((Invalid, NeedsCounterparty, AlreadyBreached, NotOpen)) as refusal:
        amend(house, today, **document)
    assert contents(house) == before
    found = refusal.value
    return [i.code for i in found.issues] if isinstance(found, Invalid) else [found.code]


def test_a_date_moves_when_both_sides_agree_and_the_first_one_stays_in_sight(
    house: House,
) -> None:
    register(house, a_document())
    amend(house, "2025-09-01", changes=LATER)
    before, after = standing(house, "2025-08-31"), standing(house, "2025-09-01")
    assert (before["due_on"], before["original_due_on"]) == ("2025-09-10", None)
    assert (after["due_on"], after["original_due_on"]) == ("2025-12-10", "2025-09-10")
    (shown,) = view(house, "2025-09-01")["amendments"]
    assert (shown["agreed_on"], shown["reason"], shown["due_on"]) == (
        "2025-09-01",
        "mutual_agreement",
        "2025-12-10",
    )
    assert sweep(house, "2025-10-31").leads == 0
    assert violations(house) == []


@pytest.mark.proves("A2")
def test_one_side_alone_changes_nothing(house: House) -> None:
    register(house, a_document())
    for sides in (["government"], ["enterprise"], ["government", "office"], []):
        found = refused(house, "2025-09-01", changes=LATER, agreed_by=sides)
        assert found == ["needs-counterparty"], sides


def test_a_court_stands_for_both_sides(house: House) -> None:
    register(house, a_document())
    amend(house, "2025-09-01", changes=LATER, agreed_by=["court"], reason="court_ruling")
    assert standing(house, "2025-09-01")["due_on"] == "2025-12-10"


@pytest.mark.proves("A2", "I-7")
def test_a_missed_date_does_not_move_even_by_an_agreement_dated_back(house: House) -> None:
    register(house, a_document())
    for agreed_on in ("2025-09-11", "2025-09-10", "2025-07-15"):
        for sides in (["government", "enterprise"], ["court"]):
            agreed = {"agreed_on": agreed_on, "agreed_by": sides}
            found = refused(house, "2025-09-11", changes=LATER, **agreed)
            assert found == ["amendment.after-breach"], agreed


def test_on_the_due_date_itself_it_can_still_be_moved(house: House) -> None:
    register(house, a_document())
    amend(house, "2025-09-10", changes=LATER)
    assert standing(house, "2025-09-11")["state"] == "open"


@pytest.mark.proves("A2")
def test_the_date_of_a_payment_made_late_does_not_move_afterwards(house: House) -> None:
    register(house, a_document())
    state(house, paid("2025-09-20"), "2025-09-20")
    assert refused(house, "2025-09-21", changes=LATER) == ["amendment.after-breach"]


def test_what_was_done_in_time_has_nothing_left_to_change(house: House) -> None:
    register(house, a_document())
    state(house, paid("2025-09-01"), "2025-09-01")
    assert refused(house, "2025-09-02", changes=LATER) == ["not-open"]


def test_an_excuse_the_notices_refuse_changes_nothing(house: House) -> None:
    register(house, a_document())
    for excuse in VOID_EXCUSES:
        found = refused(house, "2025-09-01", changes=LATER, reason=excuse)
        assert found == ["amendment.void-excuse"], excuse


def test_an_amount_may_be_changed_with_its_date(house: House) -> None:
    register(house, a_document())
    amend(
        house,
        "2025-09-01",
        reason="scope_change",
        changes=[{"obligation": "payment", "due_on": "2025-12-10", "amount": "1500.00"}],
    )
    found = standing(house, "2025-09-01")
    assert (found["amount"], found["remaining"]) == ("1500.00", "1500.00")
    assert standing(house, "2025-08-31")["remaining"] == "1000.00"


def test_a_moved_date_begins_a_new_ladder(house: House) -> None:
    register(house, a_document())
    sweep(house, "2025-09-03")
    amend(house, "2025-09-04", changes=LATER)
    assert sweep(house, "2025-11-09").alerts == 0
    sweep(house, "2025-12-03")
    assert rules_raised(house) == ["payment.t-7", "payment.t-30", "payment.t-7"]
    assert violations(house) == []


def test_a_supplement_adds_obligations(house: House) -> None:
    register(house, a_document())
    amend(house, "2025-09-01", add=[a_payment("50.00", key="extra", due_on="2025-10-10")])
    assert [o["key"] for o in view(house, "2025-08-31")["obligations"]] == ["payment"]
    shown = view(house, "2025-09-01")["obligations"]
    assert [(o["key"], o["state"], o["due_on"]) for o in shown] == [
        ("payment", "open", "2025-09-10"),
        ("extra", "open", "2025-10-10"),
    ]
    sweep(house, "2025-10-31")
    assert {i["obligation"] for i in lead_list(house)} == {"payment", "extra"}
    assert violations(house) == []


def test_a_supplement_may_count_from_what_was_there(house: House) -> None:
    register(house, a_document(owed("delivery", "enterprise", due_on="2025-08-01")))
    within = {"length": 10, "unit": "day"}
    amend(house, "2025-07-20", add=[a_payment("50.00", after="delivery", within=within)])
    state(house, a_fact("performed", "2025-08-01", "enterprise", "delivery"), "2025-08-01")
    assert standing(house, "2025-08-02")["due_on"] == "2025-08-11"


def test_an_agreement_that_does_not_fit_the_contract_is_refused(house: House) -> None:
    register(house, a_document())
    both = {"due_on": "2025-12-10", "within": {"length": 1, "unit": "day"}}
    misfits: list[tuple[dict[str, Any], str]] = [
        ({"changes": [{"obligation": "x", "due_on": "2025-12-10"}]}, "obligation.unknown"),
        ({"changes": [{"obligation": "payment"}]}, "amendment.empty"),
        ({"changes": [{"obligation": "payment", **both}]}, "obligation.two-dates"),
        ({"add": [a_payment(due_on="2025-12-10")]}, "obligation.key-taken"),
        ({}, "amendment.empty"),
    ]
    for document, code in misfits:
        assert refused(house, "2025-09-01", **document) == [code], document


def test_what_registration_refuses_a_supplement_cannot_bring_in(house: House) -> None:
    register(house, a_document())
    supplements = [
        [a_payment(key="a", due_on="2025-12-10"), a_payment(key="a", due_on="2025-12-11")],
        [a_payment(key="a", due_on="2025-12-10", after="payment")],
        [a_payment(key="a", within={"length": 1, "unit": "day"})],
        [a_payment(key="a", after="nothing")],
        [a_payment(key="a", after="b"), a_payment(key="b", after="a")],
        [a_payment(key="signing", due_on="2025-12-10")],
        [{**a_payment(key="a", due_on="2025-12-10"), "obligor": INSTITUTION}],
    ]
    for added in supplements:
        assert refused(house, "2025-09-01", add=added), added


@pytest.mark.proves("A2")
def test_a_period_that_counts_from_nothing_does_not_take_a_date_away(house: House) -> None:
    # within counts from what `after` names (docs/interface.md §1); an unclear change is no change
    # (民法典 第五百四十四条)
    register(house, a_document())
    within = {"length": 60, "unit": "day"}
    refused(house, "2025-09-01", changes=[{"obligation": "payment", "within": within}])


def test_a_period_may_be_agreed_anew_before_it_has_run_out(house: House) -> None:
    register(
        house,
        a_document(
            owed("delivery", "enterprise", due_on="2025-08-01"),
            a_payment(after="delivery", within={"length": 10, "unit": "day"}),
            facts=[a_fact("performed", "2025-08-01", "enterprise", "delivery")],
        ),
        on="2025-08-01",
    )
    within = {"length": 20, "unit": "day"}
    amend(house, "2025-08-05", changes=[{"obligation": "payment", "within": within}])
    found = standing(house, "2025-08-05")
    assert (found["due_on"], found["original_due_on"]) == ("2025-08-21", "2025-08-11")


def test_a_termination_releases_only_what_is_neither_due_nor_set_going(house: House) -> None:
    register(
        house,
        a_document(
            a_payment("100.00", key="due", due_on="2025-09-10"),
            a_payment("200.00", key="coming", due_on="2025-12-10"),
            owed("delivery", "enterprise", due_on="2025-08-01"),
            a_payment("300.00", key="running", after="delivery"),
            owed("permit", due_on="2025-11-10"),
            a_payment("400.00", key="waiting", after="permit"),
            facts=[a_fact("performed", "2025-09-05", "enterprise", "delivery")],
        ),
    )
    amend(house, "2025-09-15", terminate=True)
    states = {o["key"]: o["state"] for o in view(house, "2025-09-16")["obligations"]}
    assert states == {
        "due": "overdue",
        "coming": "waived",
        "delivery": "fulfilled_late",
        "running": "open",
        "permit": "waived",
        "waiting": "waived",
    }
    sweep(house, "2026-03-31")
    assert {i["obligation"] for i in lead_list(house)} == {"due", "running"}
    assert violations(house) == []


def test_a_suspension_holds_the_watch_and_moves_no_date(house: House) -> None:
    register(house, a_document())
    amend(house, "2025-08-25", suspend=True)
    assert sweep(house, "2025-09-30").alerts == 0
    assert lead_list(house) == []
    amend(house, "2025-10-01", resume=True)
    assert standing(house, "2025-10-01")["due_on"] == "2025-09-10"
    assert sweep(house, "2025-10-01").leads == 1
    assert violations(house) == []


def test_a_suspension_does_not_reach_what_is_overdue_already(house: House) -> None:
    register(house, a_document())
    amend(house, "2025-09-11", suspend=True)
    assert sweep(house, "2025-09-25").leads == 1


def test_a_date_moved_again_and_again_is_remarked_on(house: House) -> None:
    register(house, a_document())
    amend(house, "2025-08-01", changes=[{"obligation": "payment", "due_on": "2025-10-10"}])
    amend(house, "2025-08-02", changes=[{"obligation": "payment", "due_on": "2025-11-10"}])
    sweep(house, "2025-08-03")
    assert rules_raised(house) == ["rescheduling.repeated"]


def test_amending_again_adds_and_the_first_date_of_all_stays(house: House) -> None:
    register(house, a_document())
    amend(house, "2025-08-01", changes=[{"obligation": "payment", "due_on": "2025-10-10"}])
    amend(house, "2025-08-20", changes=LATER)
    found = standing(house, "2025-08-20")
    assert (found["due_on"], found["original_due_on"]) == ("2025-12-10", "2025-09-10")
    assert [a["due_on"] for a in view(house, "2025-08-20")["amendments"]] == [
        "2025-10-10",
        "2025-12-10",
    ]
