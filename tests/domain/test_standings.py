"""How an obligation stands on a day: states and their precedence, money, claims, disputes."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.facts import Money
from fulfilment_monitor.domain.ledger import in_order
from fulfilment_monitor.domain.states import MET, State
from tests.domain.builders import (
    a_contract,
    a_fact,
    a_ledger,
    acceptance,
    an_obligation,
    calm,
    day,
    days,
    delivered,
    delivery,
    disputed,
    paid,
    payment,
    performed,
    standing,
    standings,
)

#: 100 yuan, due on Monday 2025-11-24.
OWED = a_contract(payment("100.00", due_on="2025-11-24"))
AFTER = "2025-12-31"  # 37 days later


def state(*told, as_of=AFTER, contract=OWED):
    return standing(contract, *told, as_of=as_of).state


def left(*told, as_of=AFTER, contract=OWED):
    """(state, remaining fen, undisputed fen)"""
    found = standing(contract, *told, as_of=as_of)
    return found.state, found.remaining_fen, found.undisputed_fen


# --- late or not ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_of", "expected", "days_late"),
    [
        ("2025-07-01", State.OPEN, 0),
        ("2025-11-24", State.OPEN, 0),  # the whole of the due date is in time
        ("2025-11-25", State.OVERDUE, 1),
        ("2025-12-31", State.OVERDUE, 37),
    ],
)
def test_late_means_the_day_is_after_the_due_date(as_of, expected, days_late):
    found = standing(OWED, as_of=as_of)
    assert (found.state, found.days_late) == (expected, days_late)


@pytest.mark.parametrize(
    ("on", "expected", "days_late"),
    [
        ("2025-07-10", State.FULFILLED, 0),
        ("2025-11-24", State.FULFILLED, 0),  # paid on the due date is in time
        ("2025-11-25", State.FULFILLED_LATE, 1),
        ("2025-12-04", State.FULFILLED_LATE, 10),
    ],
)
def test_days_late_stop_on_the_day_of_fulfilment(on, expected, days_late):
    found = standing(OWED, paid("100.00", on), as_of=AFTER)
    assert (found.state, found.days_late, found.fulfilled_on) == (expected, days_late, day(on))


def test_facts_after_the_day_asked_about_do_not_count():
    told = paid("100.00", "2025-11-20"), a_fact("waived", "2025-11-26", "enterprise", "payment")
    assert state(*told, as_of="2025-11-19") is State.OPEN
    assert state(*told, as_of="2025-11-20") is State.FULFILLED
    assert state(*told, as_of="2025-11-26") is State.WAIVED


@pytest.mark.parametrize("kind", ["delivery", "land_or_site", "permit", "invoice", "other"])
def test_what_is_done_rather_than_paid_is_fulfilled_by_the_first_performance(kind):
    contract = a_contract(an_obligation(kind, due_on="2025-11-24"))
    told = performed(kind, "2025-11-28"), performed(kind, "2025-11-26", "enterprise")
    found = standing(contract, *told, as_of=AFTER, key=kind)
    assert (found.state, found.fulfilled_on, found.days_late) == (
        State.FULFILLED_LATE, day("2025-11-26"), 2,
    )  # fmt: skip
    assert found.remaining_fen is None


def test_what_has_no_date_cannot_be_late():
    undated = a_contract(payment("100.00"))
    assert state(contract=undated) is State.UNDATED
    paid_up = standing(undated, paid("100.00", "2031-01-01"), as_of="2031-01-01")
    assert (paid_up.state, paid_up.days_late) == (State.FULFILLED, 0)


def test_not_reported_is_told_apart_from_not_paid():
    assert not standing(OWED, as_of=AFTER).reported
    assert standing(OWED, paid("1.00", "2025-11-20"), as_of=AFTER).reported
    assert not standing(OWED, paid("1.00", "2025-11-20"), as_of="2025-11-19").reported


# --- money ---------------------------------------------------------------------------------------


def test_parts_add_up_and_the_last_of_them_fulfils():
    parts = paid("60.00", "2025-11-20"), paid("39.99", "2025-11-24"), paid("0.01", "2025-11-25")
    assert left(*parts[:2]) == (State.OVERDUE, 1, 1)
    found = standing(OWED, *parts, as_of=AFTER)
    assert (found.state, found.remaining_fen, found.days_late) == (State.FULFILLED_LATE, 0, 1)
    assert found.payments == (
        Money(day("2025-11-20"), 60_00),
        Money(day("2025-11-24"), 39_99),
        Money(day("2025-11-25"), 1),
    )


def test_more_than_is_owed_leaves_nothing_and_owes_nothing_back():
    assert left(paid("100.01", "2025-11-20")) == (State.FULFILLED, 0, 0)


def test_a_payment_without_an_amount_is_fulfilled_by_the_first_money():
    contract = a_contract(payment(None, due_on="2025-11-24"))
    found = standing(contract, paid("1.00", "2025-11-26"), as_of=AFTER)
    assert (found.state, found.remaining_fen, found.days_late) == (State.FULFILLED_LATE, None, 2)


def test_money_does_not_fulfil_what_is_to_be_done():
    contract = a_contract(an_obligation("permit", due_on="2025-11-24"))
    told = paid("100.00", "2025-11-20", key="permit")
    assert standing(contract, told, as_of=AFTER, key="permit").state is State.OVERDUE


def test_a_reward_with_an_amount_is_fulfilled_by_money():
    contract = a_contract(an_obligation("policy_fulfilment", "100.00", due_on="2025-11-24"))
    half, rest = (paid("50.00", on, key="policy_fulfilment") for on in ("2025-11-20", "2025-11-26"))
    found = standing(contract, half, rest, as_of=AFTER, key="policy_fulfilment")
    assert (found.state, found.fulfilled_on) == (State.FULFILLED_LATE, day("2025-11-26"))


# --- claims --------------------------------------------------------------------------------------


def test_a_payment_the_government_alone_states_is_a_claim_and_lowers_nothing():
    found = standing(OWED, paid("100.00", "2025-11-20", "government"), as_of=AFTER)
    assert (found.state, found.remaining_fen) == (State.OVERDUE, 100_00)
    assert (found.payments, found.claims) == ((), (Money(day("2025-11-20"), 100_00),))
    assert found.claimed_in_full_on == day("2025-11-20")
    assert found.days_late == 37


@pytest.mark.parametrize(
    "backing",
    [
        [paid("100.00", "2025-11-20", "government", confirmed=True)],
        *(
            [paid("100.00", "2025-11-20", "government"), paid("100.00", "2025-11-20", by)]
            for by in ("enterprise", "treasury", "bank", "court")
        ),
    ],
)
def test_a_claim_that_is_backed_counts_from_its_own_day(backing):
    found = standing(OWED, *backing, as_of=AFTER)
    assert (found.state, found.remaining_fen, found.days_late) == (State.FULFILLED, 0, 0)
    assert (found.payments, found.claims) == ((Money(day("2025-11-20"), 100_00),), ())


def test_performed_on_a_payment_by_the_government_alone_is_a_claim_of_all_of_it():
    found = standing(OWED, performed("payment", "2025-11-20"), as_of=AFTER)
    assert (found.state, found.remaining_fen) == (State.OVERDUE, 100_00)
    assert found.claims == (Money(day("2025-11-20"), 100_00),)
    assert found.claimed_in_full_on == day("2025-11-20")


@pytest.mark.parametrize(
    ("by", "answer"), [("enterprise", {}), ("bank", {}), ("government", {"confirmed": True})]
)
def test_performed_on_a_payment_by_anyone_whose_word_counts_is_all_of_it(by, answer):
    found = standing(OWED, performed("payment", "2025-11-20", by, **answer), as_of=AFTER)
    assert (found.state, found.remaining_fen) == (State.FULFILLED, 0)


def test_performed_by_the_government_on_a_payment_without_an_amount_is_a_claim_too():
    contract = a_contract(payment(None, due_on="2025-11-24"))
    found = standing(contract, performed("payment", "2025-11-20"), as_of=AFTER)
    assert (found.state, found.claimed_in_full_on) == (State.OVERDUE, day("2025-11-20"))


def test_a_deposit_the_government_says_it_returned_is_a_claim():
    contract = a_contract(an_obligation("deposit_return", "10.00", due_on="2025-11-24"))
    told = performed("deposit_return", "2025-11-20")
    found = standing(contract, told, as_of=AFTER, key="deposit_return")
    assert (found.state, found.remaining_fen) == (State.OVERDUE, 10_00)


def test_claims_and_payments_together_may_claim_the_whole():
    told = paid("60.00", "2025-11-20"), paid("40.00", "2025-11-22", "government")
    found = standing(OWED, *told, as_of=AFTER)
    assert (found.remaining_fen, found.claimed_in_full_on) == (40_00, day("2025-11-22"))
    part = standing(OWED, told[1], as_of=AFTER)
    assert (part.remaining_fen, part.claimed_in_full_on) == (100_00, None)


def test_a_claim_disputed_in_part_pays_the_rest():
    part = paid("100.00", "2025-11-20", "government", disputed=True, disputed_amount="30.00")
    assert left(part) == (State.OVERDUE, 30_00, 30_00)


def test_a_claim_disputed_in_whole_is_gone():
    found = standing(OWED, paid("100.00", "2025-11-20", "government", disputed=True), as_of=AFTER)
    assert (found.remaining_fen, found.claims, found.claimed_in_full_on) == (100_00, (), None)


#: 200 yuan in one obligation, so that half of it can be told twice.
TWO_HUNDRED = a_contract(payment("200.00", due_on="2025-11-24"))


def test_a_payment_stated_with_and_without_its_obligation_is_one_payment():
    # The treasury knows day and amount but no obligation; the enterprise names it.
    told = paid("100.00", "2025-11-20"), paid("100.00", "2025-11-20", "treasury", None)
    assert left(*told, contract=TWO_HUNDRED) == (State.OVERDUE, 100_00, 100_00)


def test_a_statement_that_names_no_obligation_backs_the_claim_that_does():
    # The government named the younger of two debts; the treasury saw the money go.
    older, younger = (payment(key=k, due_on=on) for k, on in (("a", "2025-11-03"), ("b", AFTER)))
    told = (
        paid("100.00", "2025-11-20", "government", "b"),
        paid("100.00", "2025-11-20", "treasury", None),
    )
    found = standings(a_contract(older, younger), *told, as_of=AFTER)
    assert [s.remaining_fen for s in found.values()] == [100_00, 0]
    assert [s.claims for s in found.values()] == [(), ()]


def test_a_second_equal_statement_without_an_obligation_is_another_payment():
    told = paid("50.00", "2025-11-20"), *[paid("50.00", "2025-11-20", "treasury", None)] * 2
    assert left(*told, contract=TWO_HUNDRED) == (State.OVERDUE, 100_00, 100_00)


@pytest.mark.parametrize("other", [("99.99", "2025-11-20"), ("100.00", "2025-11-21")])
def test_a_statement_of_another_day_or_amount_is_another_payment(other):
    told = paid("100.00", "2025-11-20"), paid(*other, "treasury", None)
    assert left(*told, contract=TWO_HUNDRED)[1] <= 1


@pytest.mark.proves("R-15")
def test_contradicting_statements_stand_side_by_side_and_none_is_overwritten():
    claim = paid("100.00", "2025-11-20", "government", ref="Z-1", note="已支付")
    treasury = paid("60.00", "2025-11-21", "treasury", ref="GK-7")
    denial = disputed("2025-11-26", by="enterprise", yuan="40.00")
    refused = paid("5.00", "2025-11-22", "government", disputed=True)
    told = (claim, treasury, refused, denial)
    ledger = a_ledger(OWED, *told)
    assert ledger.facts["payment"] == told  # each with its day, its source and its reference
    assert {f.by.value for f in ledger.facts["payment"]} == {"government", "treasury", "enterprise"}
    found = standing(OWED, *told, as_of=AFTER)
    assert found.payments == (Money(day("2025-11-21"), 60_00),)
    assert found.claims == (Money(day("2025-11-20"), 100_00),)
    assert (found.disputed_since, found.remaining_fen) == (day("2025-11-26"), 40_00)


# --- disputes ------------------------------------------------------------------------------------


def test_a_payment_disputed_in_whole_is_disputed_before_and_after_its_date():
    for as_of in ("2025-11-10", AFTER):
        assert left(disputed("2025-11-10"), as_of=as_of) == (State.DISPUTED, 100_00, 0)


def test_a_dispute_lowers_neither_what_remains_nor_the_days():
    found = standing(OWED, disputed("2025-12-01"), as_of=AFTER)
    assert (found.remaining_fen, found.days_late) == (100_00, 37)
    assert found.disputed_since == day("2025-12-01")


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("39.99", (State.OVERDUE, 40_00, 1)),  # the undisputed part is due on its own date
        ("40.00", (State.DISPUTED, 40_00, 0)),
        ("50.00", (State.DISPUTED, 40_00, 0)),
    ],
)
def test_what_is_not_disputed_stays_due(amount, expected):
    assert left(paid("60.00", "2025-11-20"), disputed("2025-12-01", yuan=amount)) == expected


def test_disputes_of_parts_add_up_but_never_beyond_what_remains():
    told = [
        disputed("2025-12-01", yuan="40.00"),
        disputed("2025-12-02", "enterprise", yuan="70.00"),
    ]
    assert left(told[0]) == (State.OVERDUE, 100_00, 60_00)
    assert left(*told) == (State.DISPUTED, 100_00, 0)


def test_when_the_undisputed_part_is_paid_only_the_dispute_is_left():
    told = disputed("2025-11-10", yuan="40.00"), paid("60.00", "2025-11-20")
    assert left(*told) == (State.DISPUTED, 40_00, 0)


def test_a_withdrawn_dispute_leaves_the_payment_overdue_from_its_own_date():
    withdrawn = a_fact("undisputed", "2025-12-20", "government", "payment")
    found = standing(OWED, disputed("2025-11-10"), withdrawn, as_of=AFTER)
    assert (found.state, found.days_late, found.disputed_since) == (State.OVERDUE, 37, None)
    assert state(disputed("2025-11-10"), withdrawn, as_of="2025-12-19") is State.DISPUTED


def test_a_disputed_delivery_is_no_delivery_and_sets_nothing_going():
    contract = a_contract(delivery(), payment(after="delivery"))
    told = delivered(), disputed("2025-09-30", key="delivery")
    found = standings(contract, *told, as_of="2025-10-20")
    assert [s.state for s in found.values()] == [State.DISPUTED, State.WAITING]


# --- waivers -------------------------------------------------------------------------------------


def test_a_waiver_by_the_enterprise_ends_what_the_government_owes():
    found = standing(OWED, a_fact("waived", "2025-12-01", "enterprise", "payment"), as_of=AFTER)
    assert (found.state, found.remaining_fen, found.undisputed_fen) == (State.WAIVED, 0, 0)
    assert (found.days_late, found.waived_on) == (0, day("2025-12-01"))


@pytest.mark.parametrize("by", ["government", "treasury", "bank", "court", "office"])
def test_nobody_else_waives_what_is_owed_to_the_enterprise(by):
    assert state(a_fact("waived", "2025-12-01", by, "payment")) is State.OVERDUE


def test_a_waiver_stated_by_the_government_counts_once_the_enterprise_confirms_it():
    told = a_fact("waived", "2025-12-01", "government", "payment", confirmed=True)
    assert state(told) is State.WAIVED
    denied = a_fact("waived", "2025-12-01", "government", "payment", disputed=True)
    assert state(denied) is State.OVERDUE


def test_what_the_enterprise_owes_is_waived_by_the_government_and_not_by_itself():
    contract = a_contract(delivery("2025-11-24"))
    for by, expected in (("government", State.WAIVED), ("enterprise", State.OVERDUE)):
        told = a_fact("waived", "2025-12-01", by, "delivery")
        assert standing(contract, told, as_of=AFTER, key="delivery").state is expected


def test_a_waiver_sets_nothing_going():
    contract = a_contract(delivery(), payment(after="delivery"))
    told = a_fact("waived", "2025-09-25", "government", "delivery")
    assert standing(contract, told, as_of=AFTER).state is State.WAITING


# --- precedence ----------------------------------------------------------------------------------

WAIVER = a_fact("waived", "2025-12-05", "enterprise", "payment")
MONEY = paid("100.00", "2025-12-03")
DISPUTE = disputed("2025-12-01")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((WAIVER, MONEY, DISPUTE), State.WAIVED),
        ((MONEY, DISPUTE), State.FULFILLED_LATE),
        ((DISPUTE,), State.DISPUTED),
        ((), State.OVERDUE),
    ],
)
def test_waived_goes_before_fulfilled_before_disputed_before_overdue(told, expected):
    assert state(*told) is expected


def test_disputed_goes_before_open_waiting_and_undated():
    assert state(disputed("2025-07-02"), as_of="2025-07-02") is State.DISPUTED
    waiting = a_contract(delivery(), payment(after="delivery"))
    assert state(disputed("2025-07-02"), contract=waiting) is State.DISPUTED
    assert state(disputed("2025-07-02"), contract=a_contract(payment())) is State.DISPUTED


def test_the_states_that_need_no_more_watching_are_those_that_are_met():
    assert {State.FULFILLED, State.FULFILLED_LATE, State.WAIVED} == MET


# --- rejection -----------------------------------------------------------------------------------


def test_a_rejection_is_no_performance_and_has_no_state_of_its_own():
    contract = a_contract(delivery(), acceptance(days(7)))
    told = delivered(), a_fact("rejected", "2025-09-30", "government", "acceptance")
    found = standing(contract, *told, as_of="2025-10-09", key="acceptance")
    assert (found.state, found.rejected_on) == (State.OPEN, day("2025-09-30"))
    late = standing(contract, *told, as_of="2025-10-10", key="acceptance")
    assert late.state is State.OVERDUE


# --- payments that name no obligation (民法典 第五百六十条) ---------------------------------------


def three_debts(*told, as_of=AFTER):
    """Remaining fen of the first written but last due, the oldest, and one due with the first."""
    contract = a_contract(
        *(
            payment("100.00", key=key, due_on=due_on)
            for key, due_on in (("x", "2025-12-01"), ("y", "2025-11-03"), ("z", "2025-12-01"))
        )
    )
    found = standings(contract, *told, as_of=as_of)
    return [found[key].remaining_fen for key in "xyz"]


def unnamed(yuan, on, by="treasury", **changes):
    return paid(yuan, on, by, None, **changes)


def test_the_oldest_debt_is_paid_first_and_equals_pro_rata_with_the_odd_fen_to_the_first():
    # 100.00 to y; 50.01 to x and z, half each: 25.005, the odd fen to x
    assert three_debts(unnamed("150.01", "2025-11-10")) == [74_99, 0, 75_00]


def test_equal_due_dates_share_in_proportion_to_what_is_still_owed():
    # x owes 100, z owes 50 after its own payment; 30.00 = 20.00 + 10.00, y had been paid
    told = (
        paid("100.00", "2025-11-03", key="y"),
        paid("50.00", "2025-11-05", key="z"),
        unnamed("30.00", "2025-11-10"),
    )
    assert three_debts(*told) == [80_00, 0, 40_00]


def test_a_payment_of_one_fen_goes_to_one_of_the_equals():
    contract = a_contract(
        *(payment("1.00", key=key, due_on="2025-12-01") for key in ("a", "b", "c"))
    )
    found = standings(contract, unnamed("0.01", "2025-11-10"), as_of=AFTER)
    assert [s.remaining_fen for s in found.values()] == [99, 1_00, 1_00]


def test_what_is_due_goes_before_what_is_not_and_undated_debts_come_last_as_written():
    contract = a_contract(
        payment("100.00", key="undated"),
        payment("100.00", key="later", due_on="2026-03-02"),
        payment("100.00", key="undated-too"),
        payment("100.00", key="due", due_on="2025-11-03"),
    )
    found = standings(contract, unnamed("310.00", "2025-11-10"), as_of=AFTER)
    assert [s.remaining_fen for s in found.values()] == [0, 0, 90_00, 0]


def test_only_the_governments_debts_of_money_take_part():
    contract = a_contract(
        payment("100.00", key="theirs", by="enterprise", due_on="2025-10-10"),
        an_obligation("permit", due_on="2025-10-13"),
        an_obligation("deposit_return", "10.00", due_on="2025-10-15"),
        an_obligation("policy_fulfilment", "10.00", due_on="2025-10-16"),
        payment("100.00", due_on="2025-10-17"),
    )
    found = standings(contract, unnamed("25.00", "2025-11-10"), as_of=AFTER)
    assert [s.remaining_fen for s in found.values()] == [100_00, None, 0, 0, 95_00]


def test_what_was_waived_or_paid_before_takes_no_part():
    told = (
        a_fact("waived", "2025-11-04", "enterprise", "y"),
        paid("100.00", "2025-11-05", key="x"),
        unnamed("30.00", "2025-11-10"),
    )
    assert three_debts(*told) == [0, 0, 70_00]


def test_two_payments_follow_each_other():
    told = unnamed("60.00", "2025-11-10"), unnamed("60.00", "2025-11-12")
    # 60 to y; then 40 to y, and 20 in halves
    assert three_debts(*told) == [90_00, 0, 90_00]


def test_a_payment_that_names_no_obligation_counts_from_its_day_only():
    told = unnamed("100.00", "2025-11-10")
    assert three_debts(told, as_of="2025-11-09") == [100_00, 100_00, 100_00]
    assert three_debts(told, as_of="2025-11-10") == [100_00, 0, 100_00]


def test_money_beyond_everything_owed_is_kept_as_a_surplus():
    contract = a_contract(payment("100.00", due_on="2025-11-24"))
    ledger = a_ledger(contract, unnamed("100.50", "2025-11-20"))
    assert ledger.surplus == [Money(day("2025-11-20"), 50)]
    assert ledger.allotted["payment"] == [(Money(day("2025-11-20"), 100_00), True)]


def test_the_governments_word_alone_is_spread_as_a_claim_and_leaves_no_surplus():
    contract = a_contract(payment("100.00", due_on="2025-11-24"))
    claim = unnamed("130.00", "2025-11-20", "government")
    found = standing(contract, claim, as_of=AFTER)
    assert (found.remaining_fen, found.claims) == (100_00, (Money(day("2025-11-20"), 100_00),))
    assert found.claimed_in_full_on == day("2025-11-20")
    assert a_ledger(contract, claim).surplus == []


def test_a_second_claim_goes_where_the_first_left_room():
    told = [unnamed("100.00", f"2025-11-1{n}", "government") for n in (0, 1)]
    contract = a_contract(
        payment("100.00", key="a", due_on="2025-11-03"),
        payment("100.00", key="b", due_on="2025-12-01"),
    )
    found = standings(contract, *told, as_of=AFTER)
    assert [s.claimed_in_full_on for s in found.values()] == [day("2025-11-10"), day("2025-11-11")]


@calm
@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=5),
    st.lists(st.integers(1, 10**9), min_size=1, max_size=4),
)
def test_no_fen_is_lost_or_made_when_a_payment_is_spread(owed, given_fen):
    contract = a_contract(
        *(
            payment(f"{fen // 100}.{fen % 100:02d}", key=str(i), due_on=f"2025-11-{3 + i % 3:02d}")
            for i, fen in enumerate(owed)
        )
    )
    told = [
        unnamed(f"{fen // 100}.{fen % 100:02d}", f"2025-11-{10 + i}")
        for i, fen in enumerate(given_fen)
    ]
    ledger = a_ledger(contract, *told)
    found = standings(contract, *told, as_of=AFTER)
    allotted = sum(m.fen for parts in ledger.allotted.values() for m, _ in parts)
    assert allotted + sum(m.fen for m in ledger.surplus) == sum(given_fen)
    assert sum(s.remaining_fen for s in found.values()) == max(0, sum(owed) - sum(given_fen))
    assert all(s.remaining_fen >= 0 for s in found.values())


# --- order and replay ----------------------------------------------------------------------------


def test_obligations_are_shown_in_the_order_of_the_contract():
    chain = payment(after="acceptance"), acceptance(days(7)), delivery()
    found = standings(a_contract(*chain), delivered(), as_of=AFTER)
    assert list(found) == ["payment", "acceptance", "delivery"]
    assert found["payment"].due.on == day("2025-11-10")  # all the same


def test_each_obligation_is_reckoned_after_the_one_it_counts_from():
    chain = payment(after="acceptance"), acceptance(days(7)), delivery()
    assert [o.key for o in in_order(chain)] == ["delivery", "acceptance", "payment"]


@pytest.mark.parametrize(
    "chain",
    [
        [payment(after="payment")],
        [payment(key="a", after="b"), payment(key="b", after="a")],
        [payment(after="nowhere")],
    ],
)
def test_obligations_that_count_from_each_other_have_no_order(chain):
    with pytest.raises(ValueError, match=chain[0].key):
        in_order(chain)


def test_the_order_in_which_facts_are_told_does_not_matter():
    contract = a_contract(delivery(), acceptance(days(7)), payment(after="acceptance"))
    told = [
        delivered(),
        performed("acceptance", "2025-10-08"),
        paid("40.00", "2025-11-01", "government", confirmed=True),
        paid("10.00", "2025-11-03", "treasury", None),
        disputed("2025-11-05", yuan="20.00"),
    ]
    once = standings(contract, *told, as_of=AFTER)
    assert once == standings(contract, *reversed(told), as_of=AFTER)


@calm
@given(st.integers(0, 200), st.integers(0, 200))
def test_a_later_look_at_the_same_facts_only_ages_what_is_owed(first, more):
    start = day("2025-11-01")
    told = delivered(), paid("40.00", "2025-10-20")
    contract = a_contract(delivery(), payment(after="delivery"))
    early = standing(contract, *told, as_of=(start + timedelta(days=first)).isoformat())
    late = standing(contract, *told, as_of=(start + timedelta(days=first + more)).isoformat())
    assert late.days_late == early.days_late + more
    assert (late.due, late.remaining_fen) == (early.due, early.remaining_fen)
