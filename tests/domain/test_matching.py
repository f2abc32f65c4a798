"""Matching payments: certain or returned; two sources never make two payments of one."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.accounts import (
    DECIDED,
    Account,
    added,
    named,
    own_day,
    own_day_note,
    reckon_account,
)
from fulfilment_monitor.domain.contracts import Contract
from fulfilment_monitor.domain.facts import Fact, Source
from fulfilment_monitor.domain.matching import settle, tell
from fulfilment_monitor.domain.money import parse_yuan
from fulfilment_monitor.domain.parties import Government, GovernmentKind
from fulfilment_monitor.domain.payment_lines import Decision, Party, PaymentLine
from fulfilment_monitor.domain.payment_outcomes import Found, How, Matter, Outcome, Result, Told
from tests.domain.builders import (
    INSTITUTION,
    a_contract,
    a_fact,
    calm,
    day,
    paid,
    payment,
    statute,
)

TREASURY, BANK, GOVERNMENT = Source.TREASURY, Source.BANK, Source.GOVERNMENT


def an_account(
    *obligations: Any, said: tuple[Fact, ...] = (), id_: int = 1, **terms: Any
) -> Account:
    """`HT-1` with these obligations; statement ids count from 1."""
    contract: Contract = a_contract(*obligations, **terms)
    government, enterprise = contract.government, contract.enterprise
    bodies = (government, *contract.co_governments)
    return Account(
        id_,
        f"ULID{id_}",
        contract,
        tuple(enumerate(said, 1)),
        (),
        (),
        named((b.code, b.name) for b in bodies),
        named([(enterprise.code, enterprise.name)]),
    )


def a_line(yuan: str, on: str = "2025-09-10", **more: Any) -> PaymentLine:
    return PaymentLine(day(on), parse_yuan(yuan), **{"contract_no": "HT-1", **more})


def matter(source: Source = TREASURY, apart: int = 5, told: Told | None = None) -> Matter:
    return Matter(source, statute(), apart, told or Told())


def judged(line: PaymentLine, *accounts: Account, how: How = How.NUMBER, **of: Any) -> Outcome:
    return settle(line, Found(how, accounts), matter(**of))


def remaining(account: Account, on: str = "2030-01-01") -> dict[str, int | None]:
    standings = reckon_account(account, day(on), statute()).at_end
    return {key: s.remaining_fen for key, s in standings.items()}


def after(outcome: Outcome) -> Account:
    assert outcome.account is not None
    assert outcome.fact is not None
    return added(outcome.account, outcome.fact, without=outcome.answered)


def two_payments(**more: Any) -> Account:
    return an_account(
        payment("1000.00", key="p1", due_on="2025-08-01"),
        payment("600.00", key="p2", due_on="2025-12-01"),
        **more,
    )


# --- which obligation ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "key", "code"),
    [
        (a_line("600.00"), "p2", "payment.exact"),
        (a_line("1000.00", obligation="p1"), "p1", "payment.named"),
        (a_line("250.00", obligation="p2"), "p2", "payment.named"),
        (a_line("250.00"), None, "payment.oldest-first"),
        (a_line("1600.00"), None, "payment.oldest-first"),
    ],
)
def test_a_payment_finds_its_obligation(line: PaymentLine, key: str | None, code: str) -> None:
    outcome = judged(line, two_payments())
    assert (outcome.result, outcome.code) == (Result.BOOKED, code)
    assert outcome.fact is not None
    assert outcome.fact.obligation == key
    assert outcome.why


def test_what_names_no_obligation_goes_to_the_oldest_debt_first() -> None:
    outcome = judged(a_line("1250.00"), two_payments())
    assert remaining(after(outcome)) == {"p1": 0, "p2": 350_00}


def test_an_obligation_may_be_named_by_its_title() -> None:
    account = an_account(
        replace(payment("1.00", key="a"), title="首付款"),
        replace(payment("1.00", key="b"), title="尾款"),
    )
    outcome = judged(a_line("1.00", obligation="尾款"), account)
    assert outcome.fact is not None
    assert outcome.fact.obligation == "b"


def test_two_equal_obligations_of_the_named_contract_are_left_to_the_law() -> None:
    account = an_account(
        payment("500.00", key="p1", due_on="2025-09-01"),
        payment("500.00", key="p2", due_on="2025-08-01"),
    )
    outcome = judged(a_line("500.00"), account)
    assert outcome.fact is not None
    assert outcome.fact.obligation is None
    assert remaining(after(outcome)) == {"p1": 500_00, "p2": 0}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (a_line("1600.01"), "payment.over"),
        (a_line("600.01", obligation="p2"), "payment.over"),
        (a_line("1.00", obligation="p9"), "payment.no-obligation"),
        (a_line("1.00", payer=Party(INSTITUTION)), "payment.other-party"),
        (a_line("1.00", payee=Party(name="别的企业")), "payment.other-party"),
    ],
)
def test_what_contradicts_the_register_comes_back(line: PaymentLine, code: str) -> None:
    outcome = judged(line, two_payments())
    assert (outcome.result, outcome.code, outcome.fact) == (Result.CONTRADICTING, code, None)
    assert [c.decision for c in outcome.candidates] == [
        Decision("HT-1", "p1"),
        Decision("HT-1", "p2"),
    ]


def test_what_was_paid_later_counts_against_an_earlier_line() -> None:
    account = two_payments(said=(paid("1000.00", "2025-11-01", key="p1"),))
    assert judged(a_line("1000.00", "2025-09-10"), account).code == "payment.over"


def test_an_obligation_that_is_paid_later_is_not_what_an_earlier_line_means() -> None:
    account = an_account(
        payment("600.00", key="p1", due_on="2025-08-01"),
        payment("600.00", key="p2", due_on="2025-12-01"),
        said=(paid("600.00", "2025-11-01", key="p1"),),
    )
    outcome = judged(a_line("600.00", "2025-09-10"), account)
    assert outcome.fact is not None
    assert outcome.fact.obligation == "p2"
    by_parties = judged(a_line("600.00", contract_no=None), account, how=How.PARTIES)
    assert (by_parties.result, by_parties.fact) == (Result.AMBIGUOUS, None)


def test_an_amount_of_an_obligation_that_is_paid_already_is_said() -> None:
    account = two_payments(said=(paid("400.00", "2025-06-01", key="p1"),))
    outcome = judged(a_line("1000.00", obligation="p1"), account)
    assert outcome.code == "payment.over"
    assert "“p1”的全额相同" in outcome.why


def test_a_contract_in_another_currency_is_not_paid_in_yuan() -> None:
    assert judged(a_line("1.00"), an_account(payment("1.00"), currency="USD")).code == (
        "payment.other-party"
    )


def test_an_obligation_without_an_amount_is_booked_when_it_is_named() -> None:
    account = an_account(payment(None))
    assert judged(a_line("77.00", obligation="payment"), account).result is Result.BOOKED
    assert judged(a_line("77.00"), account).code == "payment.over"


def test_the_paying_body_tells_whose_obligation_it_is() -> None:
    other = Government("另一单位", INSTITUTION, GovernmentKind.INSTITUTION)
    account = an_account(
        payment("500.00", key="p1"),
        payment("500.00", key="p2", obligor_code=INSTITUTION),
        co_governments=(other,),
    )
    outcome = judged(a_line("500.00", payer=Party(INSTITUTION)), account)
    assert outcome.fact is not None
    assert outcome.fact.obligation == "p2"
    in_part = a_line("200.00", payer=Party(name="另一单位"))
    assert judged(in_part, account).result is Result.AMBIGUOUS


# --- which contract -----------------------------------------------------------------------------


def test_parties_alone_are_enough_when_one_obligation_fits_exactly() -> None:
    one, two = two_payments(), an_account(payment("70.00"), id_=2, contract_no="HT-2")
    outcome = judged(a_line("70.00", contract_no=None), one, two, how=How.PARTIES)
    assert (outcome.result, outcome.account) == (Result.BOOKED, two)


@pytest.mark.parametrize(
    ("yuan", "result"), [("600.00", Result.AMBIGUOUS), ("599.99", Result.UNKNOWN)]
)
def test_parties_alone_are_not_enough_otherwise(yuan: str, result: Result) -> None:
    one, two = two_payments(), an_account(payment("600.00"), id_=2, contract_no="HT-2")
    outcome = judged(a_line(yuan, contract_no=None), one, two, how=How.PARTIES)
    assert (outcome.result, outcome.fact) == (result, None)
    assert {c.decision.contract_no for c in outcome.candidates} == {"HT-1", "HT-2"}


def test_a_number_of_two_bodies_is_told_apart_by_the_payer() -> None:
    other = Government("另一单位", INSTITUTION, GovernmentKind.INSTITUTION)
    one = an_account(payment("600.00"))
    two = an_account(payment("600.00"), id_=2, government=other)
    both = judged(a_line("600.00"), one, two)
    assert both.result is Result.AMBIGUOUS
    assert [c.decision.contract_no for c in both.candidates] == ["ULID1", "ULID2"]
    assert judged(a_line("600.00", payer=Party(INSTITUTION)), one, two).account == two


def test_nothing_found_is_unknown_and_says_what_was_looked_for() -> None:
    outcome = judged(a_line("1.00", contract_no="HT-9"), how=How.NOTHING)
    assert (outcome.result, outcome.candidates) == (Result.UNKNOWN, ())
    assert "HT-9" in outcome.why


def test_contracts_of_the_same_parties_are_offered_but_not_taken_for_an_unknown_number() -> None:
    line = a_line("600.00", contract_no="HT-9")
    outcome = judged(line, two_payments(), how=How.NOTHING)
    assert (outcome.result, outcome.fact) == (Result.UNKNOWN, None)
    assert Decision("HT-1", "p2") in [c.decision for c in outcome.candidates]


def test_too_many_contracts_of_the_same_parties_are_not_tried() -> None:
    found = Found(How.PARTIES, (two_payments(),), more=True)
    assert settle(a_line("600.00"), found, matter()).result is Result.AMBIGUOUS


# --- known already ------------------------------------------------------------------------------


def told_by(source: str, on: str = "2025-09-10", yuan: str = "600.00", **more: Any) -> Fact:
    return paid(yuan, on, source, key="p2", **more)


def test_a_number_its_source_has_used_is_known() -> None:
    account = two_payments(said=(told_by("treasury", ref="T1"),))
    assert judged(a_line("600.00", ref="T1"), account).result is Result.KNOWN
    other = judged(a_line("500.00", ref="T1"), account)
    assert (other.result, other.code) == (Result.CONTRADICTING, "payment.ref-taken")
    assert judged(a_line("500.00", ref="T1"), account, source=BANK).result is Result.BOOKED


def test_equal_lines_without_numbers_are_counted() -> None:
    account = an_account(payment("900.00"), said=(paid("300.00", "2025-09-10", "treasury"),))
    of = matter()
    results = []
    for _ in range(4):
        line = a_line("300.00")
        outcome = settle(line, Found(How.NUMBER, (account,)), of)
        tell(line, outcome, of.told)
        results.append(outcome.result)
        account = after(outcome) if outcome.fact else account
    assert results == [Result.KNOWN, Result.BOOKED, Result.BOOKED, Result.CONTRADICTING]
    assert remaining(account) == {"payment": 0}


def test_a_statement_without_a_number_is_the_line_that_has_one() -> None:
    account = two_payments(said=(told_by("treasury"),))
    assert judged(a_line("600.00", ref="T1"), account).result is Result.KNOWN
    next_day = a_line("600.00", "2025-09-11", ref="T1", obligation="p2")
    assert judged(next_day, account).code == "payment.over"


def test_lines_with_and_without_a_number_in_one_list_are_two_payments() -> None:
    account, of = an_account(payment("900.00")), matter()
    for line in (a_line("300.00"), a_line("300.00", ref="T1"), a_line("300.00")):
        outcome = settle(line, Found(How.NUMBER, (account,)), of)
        tell(line, outcome, of.told)
        assert outcome.result is Result.BOOKED
        account = after(outcome)
    written = account._replace(facts=tuple((i, f) for i, (_, f) in enumerate(account.facts, 11)))
    line = a_line("300.00", ref="T2")
    of.told.ours.update({11, 12, 13})
    assert settle(line, Found(How.NUMBER, (written,)), of).code == "payment.over"
    assert judged(line, written).result is Result.KNOWN


def test_a_payment_under_a_number_nobody_registered_is_not_one_that_is_known() -> None:
    account = two_payments(said=(told_by("treasury"),))
    line = a_line("600.00", contract_no="HT-9")
    assert judged(line, account, how=How.NOTHING).result is Result.UNKNOWN


def test_what_was_corrected_is_known_too() -> None:
    account = two_payments()._replace(superseded=((9, told_by("treasury", ref="T1")),))
    assert judged(a_line("600.00", ref="T1"), account).result is Result.KNOWN


def test_a_line_that_came_back_as_the_second_is_still_the_second() -> None:
    account = an_account(payment("300.00"), said=(paid("300.00", "2025-09-10", "treasury"),))
    first = judged(a_line("300.00"), account)
    assert first.result is Result.KNOWN
    told = Told()
    tell(a_line("300.00"), first, told)
    second = judged(a_line("300.00"), account, told=told)
    assert (second.result, second.nth) == (Result.CONTRADICTING, 2)
    decided = a_line("300.00", decision=Decision("HT-1"), nth=2, nth_of="ULID1")
    assert judged(decided, account, how=How.DECISION).result is Result.BOOKED
    elsewhere = decided._replace(nth_of="ULID7")
    assert judged(elsewhere, account, how=How.DECISION).result is Result.KNOWN


# --- one payment, two sources -------------------------------------------------------------------


def test_a_claim_of_the_same_day_is_corroborated() -> None:
    outcome = judged(a_line("600.00"), two_payments(said=(told_by("government"),)))
    assert (outcome.result, outcome.answered) == (Result.CORROBORATED, ())
    assert outcome.fact is not None
    assert (outcome.fact.on, outcome.fact.obligation) == (day("2025-09-10"), "p2")
    assert remaining(after(outcome)) == {"p1": 1000_00, "p2": 0}


def test_a_claim_some_days_off_gives_way_to_the_day_of_who_knows() -> None:
    account = two_payments(said=(told_by("government", "2025-09-08"),))
    outcome = judged(a_line("600.00", "2025-09-10"), account)
    assert (outcome.result, outcome.answered) == (Result.CORROBORATED, (1,))
    done = after(outcome)
    assert remaining(done, "2025-09-09")["p2"] == 0  # in the end
    standing = reckon_account(done, day("2025-09-10"), statute()).at_day["p2"]
    assert (standing.fulfilled_on, standing.claims) == (day("2025-09-10"), ())
    assert judged(a_line("600.00", "2025-09-11"), done, source=BANK).result is Result.CORROBORATED


def test_a_claim_is_answered_once_only() -> None:
    account = an_account(payment("900.00"), said=(paid("300.00", "2025-09-08", "government"),))
    done = after(judged(a_line("300.00", "2025-09-10"), account))
    second = judged(a_line("300.00", "2025-09-11"), done)
    assert second.result is Result.BOOKED
    assert remaining(after(second)) == {"payment": 300_00}


@pytest.mark.parametrize("first", ["treasury", "enterprise", "court"])
def test_two_who_know_some_days_apart_speak_of_one_payment(first: str) -> None:
    account = an_account(payment("900.00"), said=(paid("300.00", "2025-09-08", first),))
    outcome = judged(a_line("300.00", "2025-09-10", ref="B1"), account, source=BANK)
    assert (outcome.result, outcome.answered) == (Result.CORROBORATED, ())
    assert outcome.fact is not None
    assert (outcome.fact.on, own_day(outcome.fact)) == (day("2025-09-08"), day("2025-09-10"))
    decided = replace(outcome.fact, note=f"{DECIDED}；{outcome.fact.note}")
    assert own_day(decided) == day("2025-09-10")
    done = after(outcome)
    assert remaining(done) == {"payment": 600_00}
    assert judged(a_line("300.00", "2025-09-10", ref="B1"), done, source=BANK).result is (
        Result.KNOWN
    )
    assert judged(a_line("300.00", "2025-09-10"), done, source=BANK).result is Result.KNOWN
    another = judged(a_line("300.00", "2025-09-11", ref="B2"), done, source=BANK)
    assert another.result is Result.BOOKED
    assert remaining(after(another)) == {"payment": 300_00}


def test_the_words_of_a_list_cannot_pretend_to_be_ours() -> None:
    account = an_account(payment("900.00"))
    for text in (own_day_note(day("2025-01-01")), DECIDED):
        outcome = judged(a_line("300.00", text=text), account)
        assert outcome.fact is not None
        assert own_day(outcome.fact) == day("2025-09-10")
        assert outcome.fact.note == f"摘要：{text}"


def test_days_too_far_apart_are_two_payments() -> None:
    account = an_account(payment("900.00"), said=(paid("300.00", "2025-09-01", "treasury"),))
    outcome = judged(a_line("300.00", "2025-09-07"), account, source=BANK, apart=5)
    assert outcome.result is Result.BOOKED
    assert judged(a_line("300.00", "2025-09-07"), account, source=BANK, apart=6).result is (
        Result.CORROBORATED
    )


def test_a_disputed_statement_corroborates_nothing() -> None:
    account = two_payments(said=(told_by("treasury", disputed=True),))
    outcome = judged(a_line("600.00", "2025-09-11"), account, source=BANK)
    assert outcome.result is Result.BOOKED
    assert remaining(after(outcome))["p2"] == 0


def test_a_claim_that_all_was_done_is_a_claim_of_the_whole_amount() -> None:
    said = (a_fact("performed", "2025-09-08", "government", "p2"),)
    outcome = judged(a_line("600.00", "2025-09-10"), two_payments(said=said))
    assert (outcome.result, outcome.answered) == (Result.CORROBORATED, (1,))
    assert remaining(after(outcome))["p2"] == 0


def test_a_claim_that_named_no_obligation_is_corroborated_without_one() -> None:
    said = (paid("250.00", "2025-09-10", "government", key=None),)
    outcome = judged(a_line("250.00"), two_payments(said=said))
    assert outcome.result is Result.CORROBORATED
    assert outcome.fact is not None
    assert outcome.fact.obligation is None
    assert remaining(after(outcome)) == {"p1": 750_00, "p2": 600_00}


def test_claims_about_two_obligations_leave_it_open_unless_the_line_names_one() -> None:
    account = an_account(
        payment("500.00", key="p1"),
        payment("500.00", key="p2"),
        said=(
            paid("500.00", "2025-09-10", "government", key="p1"),
            paid("500.00", "2025-09-10", "government", key="p2"),
        ),
    )
    assert judged(a_line("500.00"), account).result is Result.AMBIGUOUS
    outcome = judged(a_line("500.00", obligation="p2"), account)
    assert outcome.result is Result.CORROBORATED
    assert remaining(after(outcome)) == {"p1": 500_00, "p2": 0}


def test_a_claim_of_the_same_day_goes_before_one_of_the_day_before() -> None:
    account = an_account(
        payment("500.00", key="p1"),
        payment("500.00", key="p2"),
        said=(
            paid("500.00", "2025-09-09", "government", key="p1"),
            paid("500.00", "2025-09-10", "government", key="p2"),
        ),
    )
    outcome = judged(a_line("500.00", "2025-09-10"), account)
    assert outcome.fact is not None
    assert (outcome.fact.obligation, outcome.answered) == ("p2", ())


def test_a_payment_two_sources_tell_of_is_one_even_if_one_names_no_obligation() -> None:
    said = (told_by("government"), paid("600.00", "2025-09-10", "treasury", key=None))
    outcome = judged(a_line("600.00", "2025-09-11"), two_payments(said=said), source=BANK)
    assert outcome.result is Result.CORROBORATED
    assert remaining(after(outcome)) == {"p1": 1000_00, "p2": 0}


def test_a_claim_of_more_than_is_owed_is_not_corroborated_silently() -> None:
    said = (paid("700.00", "2025-09-10", "government", key="p2"),)
    assert judged(a_line("700.00"), two_payments(said=said)).code == "payment.over"


def test_what_the_paying_side_lists_stays_a_claim() -> None:
    outcome = judged(a_line("600.00"), two_payments(), source=GOVERNMENT)
    assert outcome.result is Result.BOOKED
    done = after(outcome)
    assert remaining(done) == {"p1": 1000_00, "p2": 600_00}
    again = a_line("600.00", "2025-09-20", obligation="p2")
    assert judged(again, done, source=GOVERNMENT).code == "payment.over"
    sooner = a_line("600.00", "2025-09-01", obligation="p2")
    assert judged(sooner, done, source=GOVERNMENT).code == "payment.over"


def test_the_paying_side_beside_the_treasury_adds_no_claim() -> None:
    account = two_payments(said=(told_by("treasury", "2025-09-09"),))
    outcome = judged(a_line("600.00", "2025-09-10"), account, source=GOVERNMENT)
    assert outcome.result is Result.CORROBORATED
    standing = reckon_account(after(outcome), day("2025-09-30"), statute()).at_day["p2"]
    assert (standing.claims, standing.remaining_fen) == ((), 0)


# --- decided by a person ------------------------------------------------------------------------


def test_a_decision_is_booked_as_it_says() -> None:
    account = two_payments()
    line = a_line("1000.00", contract_no=None, decision=Decision("HT-1", "p2"))
    outcome = judged(line, account, how=How.DECISION)
    assert (outcome.result, outcome.code) == (Result.BOOKED, "payment.decided")
    assert outcome.fact is not None
    assert outcome.fact.obligation == "p2"
    done = after(outcome)
    assert remaining(done) == {"p1": 1000_00, "p2": 0}
    assert judged(line, done, how=How.DECISION).result is Result.KNOWN


@pytest.mark.parametrize(
    ("decision", "accounts", "result"),
    [
        (Decision("HT-9"), (), Result.UNKNOWN),
        (Decision("HT-1", "p9"), (two_payments(),), Result.CONTRADICTING),
        (Decision("HT-1"), (two_payments(), two_payments(id_=2)), Result.AMBIGUOUS),
    ],
)
def test_a_decision_that_cannot_be_carried_out_comes_back(
    decision: Decision, accounts: tuple[Account, ...], result: Result
) -> None:
    outcome = judged(a_line("1.00", decision=decision), *accounts, how=How.DECISION)
    assert (outcome.result, outcome.code, outcome.fact) == (result, "payment.decision", None)


# --- whatever comes, nothing is counted twice ---------------------------------------------------

LINES = st.lists(
    st.tuples(
        st.sampled_from([TREASURY, BANK, GOVERNMENT]),
        st.integers(1, 12),
        st.sampled_from(["200.00", "300.00", "500.00"]),
        st.sampled_from([None, "p1", "p2"]),
    ),
    max_size=8,
)


@calm
@given(LINES)
def test_each_line_lowers_what_remains_by_its_amount_or_not_at_all(lines: list[Any]) -> None:
    """Booked by who knows: by its amount. A claim, or a payment that counts already: by nothing."""
    account = an_account(payment("500.00", key="p1"), payment("600.00", key="p2"))
    for source, on, yuan, key in lines:
        before = sum(fen or 0 for fen in remaining(account).values())
        line = a_line(yuan, f"2025-09-{on:02d}", obligation=key)
        outcome = judged(line, account, source=source)
        account = after(outcome) if outcome.fact else account
        fell = before - sum(fen or 0 for fen in remaining(account).values())
        if outcome.result is Result.BOOKED:
            assert fell == (0 if source is GOVERNMENT else line.fen)
        elif outcome.result is Result.CORROBORATED:
            assert fell in (0, line.fen)
        else:
            assert fell == 0
        assert fell <= line.fen
    told: dict[Source, int] = {}
    for _, fact in account.facts:
        if fact.by is not GOVERNMENT:
            told[fact.by] = told.get(fact.by, 0) + (fact.amount_fen or 0)
    paid_fen = 1100_00 - sum(fen or 0 for fen in remaining(account).values())
    assert max(told.values(), default=0) <= paid_fen <= sum(told.values())
