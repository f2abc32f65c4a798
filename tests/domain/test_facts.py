"""Which statements count: whose word of a payment is enough, and what a dispute undoes."""

from itertools import permutations

import pytest

from fulfilment_monitor.domain.facts import (
    SOURCE_CHINESE,
    Money,
    Source,
    performed_on,
    standing_dispute,
    weigh_payments,
)
from tests.domain.builders import a_fact, day, disputed, paid, performed

ON = "2025-10-10"


def weighed(*facts):
    """(fen that arrived, fen merely claimed), payment by payment; the same in any order."""
    results = {weigh_payments(order) for order in permutations(facts)}
    assert len(results) == 1
    found = results.pop()
    return [m.fen for m in found.backed], [m.fen for m in found.claimed]


# --- payments ------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["enterprise", "treasury", "bank", "court"])
def test_the_word_of_the_creditor_or_of_a_third_party_is_money(by):
    assert weighed(paid("100.00", ON, by)) == ([100_00], [])


@pytest.mark.parametrize("by", ["government", "office"])
def test_the_word_of_the_government_side_alone_is_a_claim(by):
    assert weighed(paid("100.00", ON, by)) == ([], [100_00])


@pytest.mark.parametrize("by", ["government", "office"])
def test_a_claim_the_other_side_confirms_is_money_from_its_own_day(by):
    assert weigh_payments([paid("100.00", ON, by, confirmed=True)]).backed == (
        Money(day(ON), 100_00),
    )


def test_two_sources_agreeing_on_day_and_amount_speak_of_one_payment():
    assert weighed(paid("100.00", ON, "treasury"), paid("100.00", ON, "enterprise")) == (
        [100_00], [],
    )  # fmt: skip
    assert weighed(paid("100.00", ON, "government"), paid("100.00", ON, "bank")) == ([100_00], [])


def test_three_sources_agreeing_still_speak_of_one():
    told = [paid("100.00", ON, by) for by in ("government", "enterprise", "treasury")]
    assert weighed(*told) == ([100_00], [])


def test_two_equal_statements_of_one_source_are_two_payments():
    assert weighed(paid("100.00", ON), paid("100.00", ON)) == ([100_00, 100_00], [])
    assert weighed(paid("100.00", ON, "government"), paid("100.00", ON, "government")) == (
        [], [100_00, 100_00],
    )  # fmt: skip


def test_one_of_two_equal_claims_is_backed_by_one_statement_and_the_other_stays_a_claim():
    claim, backing = paid("100.00", ON, "government"), paid("100.00", ON, "bank")
    assert weighed(claim, claim, backing) == ([100_00], [100_00])
    assert weighed(claim, paid("100.00", ON, "government", confirmed=True)) == (
        [100_00], [100_00],
    )  # fmt: skip


def test_a_confirmed_claim_and_the_word_of_who_confirmed_it_are_one_payment():
    assert weighed(paid("100.00", ON, "government", confirmed=True), paid("100.00", ON)) == (
        [100_00], [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("yuan", "on", "fen"), [("100.01", ON, 100_01), ("100.00", "2025-10-11", 100_00)]
)
def test_statements_that_differ_in_day_or_amount_speak_of_different_payments(yuan, on, fen):
    told = paid("100.00", ON, "government"), paid(yuan, on, "treasury")
    assert weighed(*told) == ([fen], [100_00])


def test_a_disputed_statement_of_payment_brings_nothing():
    assert weighed(paid("100.00", ON, "government", disputed=True)) == ([], [])
    assert weighed(paid("100.00", ON, "treasury", disputed=True)) == ([], [])


def test_a_claim_disputed_in_part_is_money_for_the_rest():
    # The enterprise answers: 30 of the 100 did not arrive.
    part = paid("100.00", ON, "government", disputed=True, disputed_amount="30.00")
    assert weighed(part) == ([70_00], [])


@pytest.mark.parametrize("amount", ["100.00", "100.01"])
def test_a_claim_disputed_for_all_of_it_or_more_brings_nothing(amount):
    whole = paid("100.00", ON, "government", disputed=True, disputed_amount=amount)
    assert weighed(whole) == ([], [])


def test_what_was_disputed_to_one_source_is_not_undone_by_the_others():
    refused = paid("100.00", ON, "government", disputed=True)
    assert weighed(refused, paid("100.00", ON, "treasury")) == ([100_00], [])


# --- performance and dispute ---------------------------------------------------------------------


def first_performed(*facts):
    return performed_on(facts, standing_dispute(facts))


@pytest.mark.parametrize("by", list(Source))
def test_the_first_performance_anybody_states_counts_while_nobody_disputes_it(by):
    told = performed("delivery", "2025-10-02", by), performed("delivery", "2025-10-01", by)
    assert first_performed(*told) == day("2025-10-01")


def test_nothing_stated_is_nothing_performed():
    assert first_performed() is None
    assert first_performed(a_fact("rejected", ON, "government", "acceptance")) is None


@pytest.mark.parametrize("disputed_on", ["2025-09-30", "2025-10-01", "2025-10-20"])
def test_a_standing_dispute_undoes_a_performance_whenever_it_was_raised(disputed_on):
    told = performed("delivery", "2025-10-01", "enterprise"), disputed(disputed_on)
    assert first_performed(*told) is None


def test_after_a_dispute_only_what_both_sides_vouch_for_counts():
    before, dispute = performed("delivery", "2025-10-01", confirmed=True), disputed("2025-10-05")
    again = performed("delivery", "2025-10-09", "enterprise")
    agreed = performed("delivery", "2025-10-12", "enterprise", confirmed=True)
    assert first_performed(before, dispute) is None
    assert first_performed(before, dispute, again) is None
    assert first_performed(before, dispute, again, agreed) == day("2025-10-12")


def test_a_withdrawn_dispute_leaves_the_performance_as_it_was():
    told = performed("delivery", "2025-10-01", "enterprise"), disputed("2025-10-05")
    withdrawn = a_fact("undisputed", "2025-10-20", "government", "delivery")
    assert first_performed(*told, withdrawn) == day("2025-10-01")


def test_a_dispute_is_withdrawn_by_who_raised_it():
    dispute = disputed("2025-10-05", by="government")
    foreign = a_fact("undisputed", "2025-10-06", "enterprise", "payment")
    assert standing_dispute([dispute, foreign]) == (dispute,)
    assert standing_dispute([dispute, a_fact("undisputed", "2025-10-06", "government")]) == ()


def test_a_dispute_raised_again_after_it_was_withdrawn_stands():
    first, again = disputed("2025-10-05"), disputed("2025-10-20")
    withdrawn = a_fact("undisputed", "2025-10-10", "government", "payment")
    assert standing_dispute([again, withdrawn, first]) == (again,)


def test_disputes_of_both_sides_stand_each_for_itself_oldest_first():
    one, other = disputed("2025-10-06", by="enterprise"), disputed("2025-10-05", by="government")
    assert standing_dispute([one, other]) == (other, one)


def test_a_performance_the_other_side_denies_does_not_count():
    denied = performed("delivery", "2025-10-01", "enterprise", disputed=True)
    assert first_performed(denied) is None
    assert first_performed(denied, performed("delivery", "2025-10-03")) == day("2025-10-03")


def test_every_source_has_its_chinese_name():
    assert set(SOURCE_CHINESE) == set(Source)
