"""What both sides agreed later: in force from that day on, with the first date still in sight."""

import pytest

from fulfilment_monitor.domain.states import State
from tests.domain.builders import (
    a_contract,
    acceptance,
    an_amendment,
    an_obligation,
    day,
    days,
    delivered,
    delivery,
    paid,
    payment,
    standing,
    standings,
)

#: Due on Monday 2025-10-27: 2025-09-25 + 30 = 10-25, a Saturday.
OWED = a_contract(delivery(), payment("100.00", after="delivery", within=days(30)))
AFTER = "2025-12-31"


def found(*told, as_of=AFTER, contract=OWED):
    return standing(contract, delivered(), *told, as_of=as_of)


def dates(*told, as_of=AFTER, contract=OWED):
    """(due now, due as first agreed where that differs)"""
    at = found(*told, as_of=as_of, contract=contract)
    return at.due.on, at.original_due_on


def test_an_amendment_holds_from_the_day_it_was_agreed_and_not_before():
    moved = an_amendment("2025-10-20", due_on="2025-11-20")
    assert dates(moved, as_of="2025-10-19") == (day("2025-10-27"), None)
    assert dates(moved, as_of="2025-10-20") == (day("2025-11-20"), day("2025-10-27"))
    assert found(moved, as_of="2025-11-20").state is State.OPEN
    assert found(moved, as_of="2025-11-21").days_late == 1


def test_the_first_date_and_the_change_stand_at_the_head_of_the_reasons():
    moved = an_amendment("2025-10-20", due_on="2025-11-20", reason="design_change")
    first, *rest = found(moved).due.basis
    assert first == "原定日期 2025-10-27；2025-10-20 双方变更（设计变更）"
    assert rest == ["合同约定日期 2025-11-20"]


def test_each_move_is_named_and_the_original_stays_the_first_date():
    moves = (
        an_amendment("2025-10-21", due_on="2025-11-21"),
        an_amendment("2025-10-20", due_on="2025-11-20"),
    )
    at = found(*moves)
    assert (at.due.on, at.original_due_on) == (day("2025-11-21"), day("2025-10-27"))
    assert at.due.basis[0].index("2025-10-20 双方") < at.due.basis[0].index("2025-10-21 双方")


def test_another_term_counts_from_the_same_trigger():
    # 2025-09-25 + 45 = 11-09, a Sunday
    longer = an_amendment("2025-10-20", within=days(45))
    assert dates(longer) == (day("2025-11-10"), day("2025-10-27"))


def test_a_term_agreed_after_a_date_was_agreed_counts_from_the_first_trigger_again():
    date_first = an_amendment("2025-10-20", due_on="2025-11-20")
    then_term = an_amendment("2025-10-22", within=days(45))
    assert dates(date_first, then_term) == (day("2025-11-10"), day("2025-10-27"))


def test_the_ceiling_reaches_an_amended_term_and_an_amended_date():
    # 2025-09-25 + 60 = 11-24; + 90 = 12-24
    at = found(an_amendment("2025-10-20", within=days(90)))
    assert (at.due.on, at.due.agreed_on) == (day("2025-11-24"), day("2025-12-24"))
    at = found(an_amendment("2025-10-20", due_on="2026-03-31"))
    assert (at.due.on, at.due.agreed_on) == (day("2025-11-24"), day("2026-03-31"))
    assert at.original_due_on == day("2025-10-27")


def test_an_amended_amount_changes_what_remains_and_moves_no_date():
    less = an_amendment("2025-10-20", yuan="80.00", reason="price_adjustment")
    at = found(less, paid("80.00", "2025-10-21"))
    assert (at.state, at.remaining_fen, at.original_due_on) == (State.FULFILLED, 0, None)
    before = found(less, paid("80.00", "2025-10-10"), as_of="2025-10-19")
    assert (before.state, before.remaining_fen) == (State.OPEN, 20_00)


def test_an_amendment_of_one_obligation_leaves_the_others():
    second = payment("50.00", key="second", after="delivery", within=days(30))
    contract = a_contract(delivery(), payment(after="delivery", within=days(30)), second)
    moved = an_amendment("2025-10-20", "second", due_on="2025-11-20")
    assert dates(moved, contract=contract) == (day("2025-10-27"), None)


def test_what_counts_from_an_amended_obligation_follows_it():
    # Acceptance within 7 days ended 2025-10-09; within 20 it ends 10-15; + 30 = 11-14, a Friday.
    contract = a_contract(delivery(), acceptance(days(7)), payment(after="acceptance"))
    longer = an_amendment("2025-09-26", "acceptance", within=days(20))
    assert found(longer, contract=contract).due.on == day("2025-11-14")
    assert found(contract=contract).due.on == day("2025-11-10")


# --- supplements ---------------------------------------------------------------------------------


def test_an_obligation_of_a_supplement_exists_from_the_day_it_was_agreed():
    more = an_obligation("permit", due_on="2025-11-03", added_on="2025-10-20")
    contract = a_contract(delivery(), more)
    assert list(standings(contract, delivered(), as_of="2025-10-19")) == ["delivery"]
    late = standings(contract, delivered(), as_of="2025-11-04")["permit"]
    assert (late.state, late.days_late) == (State.OVERDUE, 1)


def test_an_obligation_that_counts_from_one_not_yet_agreed_waits():
    more = delivery("2025-12-01", key="more", added_on="2025-10-20")
    contract = a_contract(delivery(), payment(after="more"), more)
    assert found(contract=contract, as_of="2025-10-19").state is State.WAITING


def test_another_delivery_agreed_after_a_date_was_missed_does_not_move_that_date():
    # Delivered 2025-09-25, + 60 = 11-24; on 2026-01-15, 52 days late, more is ordered.
    more = delivery("2026-02-02", key="more", added_on="2026-01-15")
    contract = a_contract(delivery(), payment(due_on="2026-03-31"), more)
    ordered = an_amendment("2026-01-15", None, "supplement")
    at = found(ordered, contract=contract, as_of="2026-01-15")
    assert (at.due.on, at.days_late) == (day("2025-11-24"), 52)


# --- termination ---------------------------------------------------------------------------------

ENDED = an_amendment("2025-10-01", None, "termination")


def test_a_termination_releases_what_had_neither_fallen_due_nor_been_set_going():
    contract = a_contract(delivery("2025-11-03"), payment(after="delivery"))
    at = standings(contract, ENDED, as_of=AFTER)
    assert [s.state for s in at.values()] == [State.WAIVED, State.WAIVED]
    assert [s.waived_on for s in at.values()] == [day("2025-10-01")] * 2
    assert at["payment"].remaining_fen == 0
    assert "终止" in at["delivery"].due.basis[-1]


def test_before_it_was_agreed_a_termination_releases_nothing():
    contract = a_contract(delivery("2025-11-03"), payment(after="delivery"))
    at = standings(contract, ENDED, as_of="2025-09-30")
    assert [s.state for s in at.values()] == [State.OPEN, State.WAITING]


def test_what_was_set_going_before_a_termination_stays_owed():
    # delivered 2025-09-25, five days before; the payment fell due only on 10-27
    at = found(ENDED)
    assert (at.state, at.remaining_fen, at.days_late) == (State.OVERDUE, 100_00, 65)


@pytest.mark.parametrize("due_on", ["2025-09-15", "2025-10-01"])
def test_what_had_fallen_due_before_a_termination_or_on_its_day_stays_owed(due_on):
    at = found(ENDED, contract=a_contract(delivery(), payment(due_on=due_on)))
    assert (at.state, at.waived_on) == (State.OVERDUE, None)


def test_what_was_fulfilled_before_a_termination_stays_fulfilled():
    told = paid("100.00", "2025-09-28")
    at = found(ENDED, told, contract=a_contract(delivery(), payment(due_on="2025-11-03")))
    assert at.state is State.FULFILLED


# --- suspension ----------------------------------------------------------------------------------


def test_a_suspension_moves_no_date_and_changes_no_state():
    held = an_amendment("2025-10-01", None, "suspension", "force_majeure")
    assert found(held) == found()
