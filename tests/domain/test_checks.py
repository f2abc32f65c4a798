"""What refuses a contract, and what in one deserves a look."""

from dataclasses import replace
from decimal import Decimal

import pytest

from fulfilment_monitor.domain.checks import (
    Submission,
    fact_faults,
    faults,
    findings,
    late_registration,
)
from fulfilment_monitor.domain.contracts import Clause, Contract, Subject
from fulfilment_monitor.domain.standings import standings_at
from tests.domain.builders import (
    FIRM,
    INSTITUTION,
    ORGAN,
    a_contract,
    a_fact,
    a_government,
    a_ledger,
    acceptance,
    an_amendment,
    an_enterprise,
    an_obligation,
    day,
    days,
    delivered,
    delivery,
    months,
    paid,
    payment,
    working_days,
)

#: The organisation code inside was changed, and the last character made to fit again.
INNER_WRONG = "11340321003000015G"


def faults_of(contract, *told):
    return [(i.pointer, i.code) for i in faults(Submission(contract, told))]


def findings_of(contract, *told, as_of="2025-12-31"):
    ledger = a_ledger(contract, *told)
    found = findings(ledger, standings_at(ledger, day(as_of)).values())
    assert all(i.level == "finding" and i.detail for i in found)
    return [(i.pointer, i.code) for i in found]


def details_of(contract):
    ledger = a_ledger(contract)
    return [i.detail for i in findings(ledger, standings_at(ledger, day("2025-12-31")).values())]


# --- faults --------------------------------------------------------------------------------------


def test_a_contract_in_order_has_neither_faults_nor_findings():
    chain = delivery(), acceptance(days(7)), payment("100.00", after="acceptance")
    contract = a_contract(*chain, amount_fen=100_00)
    assert faults_of(contract, delivered()) == []
    assert findings_of(contract, delivered()) == []


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("11340321003000014E", "uscc.check-character"),
        ("1134032100300001", "uscc.length"),
        ("11340321003000014d", "uscc.alphabet"),
    ],
)
def test_a_wrong_code_of_any_party_refuses_the_contract(code, fault):
    at = a_contract(payment(), government=a_government(code))
    assert faults_of(at) == [("/government/uscc", fault)]
    at = a_contract(payment(), enterprise=an_enterprise(code=code))
    assert faults_of(at) == [("/enterprise/uscc", fault)]
    others = a_government(INSTITUTION), a_government(code)
    at = a_contract(payment(), co_governments=others)
    assert faults_of(at) == [("/co_governments/1/uscc", fault)]


def test_a_wrong_inner_check_is_a_finding_and_refuses_nothing():
    contract = a_contract(payment(due_on="2025-11-24"), government=a_government(INNER_WRONG))
    assert faults_of(contract) == []
    assert findings_of(contract) == [("/government/uscc", "uscc.inner-check-character")]


def test_an_identifier_of_a_foreign_register_has_no_check_character():
    contract = a_contract(payment(), government=a_government("GB-COH:1"))
    assert faults_of(contract) == []


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"enterprise": an_enterprise(code=ORGAN)}, "/enterprise"),
        ({"co_governments": (a_government(FIRM),)}, "/enterprise"),
        ({"co_governments": (a_government(ORGAN),)}, "/co_governments/0"),
    ],
)
def test_one_code_cannot_stand_for_two_parties(changes, place):
    assert faults_of(a_contract(payment(), **changes)) == [(place, "party.twice")]


@pytest.mark.parametrize(
    ("obligations", "faulted"),
    [
        (
            [payment(), payment()],
            [("/obligations/0/key", "obligation.key-taken"),
             ("/obligations/1/key", "obligation.key-taken")],
        ),
        ([payment(key="signing")], [("/obligations/0/key", "obligation.key-taken")]),
        (
            [delivery(), payment(due_on="2025-11-24", after="delivery")],
            [("/obligations/1/due_on", "obligation.two-dates")],
        ),
        (
            [payment(within=days(3))],
            [("/obligations/0/within", "obligation.within-without-after")],
        ),
        (
            [delivery(), payment(after="nowhere")],
            [("/obligations/1/after", "obligation.after-unknown")],
        ),
        (
            [payment(key="a", after="b"), payment(key="b", after="a")],
            [("/obligations", "obligation.circle")],
        ),
        ([payment(after="payment")], [("/obligations", "obligation.circle")]),
        (
            [payment(obligor_code=INSTITUTION)],
            [("/obligations/0/obligor", "obligation.obligor-unknown")],
        ),
    ],
)  # fmt: skip
def test_an_obligation_that_cannot_be_reckoned_is_a_fault(obligations, faulted):
    assert faults_of(a_contract(*obligations)) == faulted


def test_a_circle_names_those_in_it_and_not_what_stands_outside():
    ring = payment(key="a", after="b"), payment(key="b", after="a")
    (issue,) = faults(Submission(a_contract(delivery(), *ring), ()))
    assert "a, b" in issue.detail
    assert "delivery" not in issue.detail


def test_an_obligation_may_name_any_of_the_government_parties():
    owed = payment(obligor_code=INSTITUTION), payment(key="own", obligor_code=ORGAN)
    contract = a_contract(*owed, co_governments=(a_government(INSTITUTION),))
    assert faults_of(contract) == []


@pytest.mark.parametrize(
    ("told", "faulted"),
    [
        (a_fact("performed", "2025-10-01", "enterprise"),
         ("/facts/0/obligation", "fact.obligation-missing")),
        (paid("1.00", "2025-10-01", key="nowhere"),
         ("/facts/0/obligation", "fact.obligation-unknown")),
        (a_fact("paid", "2025-10-01", "enterprise", "payment"),
         ("/facts/0/amount", "fact.amount-missing")),
    ],
)  # fmt: skip
def test_a_fact_that_says_too_little_is_a_fault(told, faulted):
    assert faults_of(a_contract(payment()), told) == [faulted]


def test_a_payment_may_leave_its_obligation_out():
    assert list(fact_faults(paid("1.00", "2025-10-01", key=None), {"payment"})) == []


def test_a_source_gives_a_reference_once_and_another_source_may_give_the_same():
    same = [paid("1.00", "2025-10-01", ref="7") for _ in range(2)]
    assert faults_of(a_contract(payment()), *same) == [("/facts/1/ref", "fact.ref-taken")]
    other = same[0], paid("1.00", "2025-10-01", "treasury", ref="7")
    assert faults_of(a_contract(payment()), *other) == []
    plain = [paid("1.00", "2025-10-01") for _ in range(2)]
    assert faults_of(a_contract(payment()), *plain) == []  # identical facts are distinct


# --- findings about the parties and the sums -----------------------------------------------------

DATED = payment("100.00", due_on="2025-11-24")


@pytest.mark.parametrize("region", ["000000", "990000", "34032", "34032x", "１１0000", "610100 "])
def test_an_unknown_region_is_a_finding(region):
    contract = a_contract(DATED, region=region)
    assert findings_of(contract) == [("/region", "unknown-region")]
    assert faults_of(contract) == []


def test_codes_that_usually_belong_to_the_other_side_are_findings():
    contract = a_contract(
        DATED, government=a_government(FIRM), enterprise=an_enterprise(code=INSTITUTION)
    )
    assert findings_of(contract) == [
        ("/government/uscc", "government-code-unusual"),
        ("/enterprise/uscc", "enterprise-code-unusual"),
    ]


@pytest.mark.parametrize(
    ("amount_fen", "codes"), [(150_00, []), (150_01, ["amounts-do-not-add-up"]), (None, [])]
)
def test_payments_should_add_up_to_the_amount_of_the_contract(amount_fen, codes):
    second = payment("50.00", key="second", due_on="2025-11-24")
    theirs = payment("7.00", key="theirs", by="enterprise", due_on="2025-11-24")
    contract = a_contract(DATED, second, theirs, amount_fen=amount_fen)
    assert [code for _, code in findings_of(contract)] == codes


def test_a_payment_without_an_amount_is_a_finding_and_no_sum_is_made():
    contract = a_contract(DATED, payment(None, key="b", due_on="2025-11-24"), amount_fen=1)
    assert findings_of(contract) == [("/obligations/1/amount", "amount-missing")]


@pytest.mark.parametrize(
    ("kept", "changes", "codes"),
    [
        ("3.00", {}, []),  # 3 of 100 is 3 per cent
        ("3.01", {}, ["retention-over-3-percent"]),
        ("3.01", {"subject": Subject.GOODS}, []),
        ("3.01", {"signed_on": "2016-12-31"}, []),
    ],
)
def test_more_than_three_per_cent_kept_back_in_works_is_a_finding(kept, changes, codes):
    rest = f"{100 - Decimal(kept)}"
    contract = a_contract(
        payment(rest, due_on="2025-11-24"),
        payment(kept, key="retention", retention=True, due_on="2026-11-24"),
        **{"subject": Subject.WORKS, "amount_fen": 100_00, **changes},
    )
    assert [code for _, code in findings_of(contract)] == codes


@pytest.mark.parametrize(
    ("signed_on", "annual", "code"),
    [
        ("2025-07-01", "0.02", "agreed-rate-below-floor"),
        ("2025-07-01", "0.03", None),
        ("2026-10-01", "0.03", "lpr-unknown"),
    ],
)
def test_the_agreed_rate_is_held_against_the_floor(signed_on, annual, code):
    contract = a_contract(
        payment(due_on="2026-11-24"), annual_rate=Decimal(annual), signed_on=signed_on
    )
    assert findings_of(contract) == ([("/late_interest/annual_rate", code)] if code else [])


@pytest.mark.parametrize(
    ("clause", "code"),
    [
        (Clause.PAY_WHEN_PAID, "clause-pay-when-paid"),
        (Clause.AUDIT_AS_SETTLEMENT, "clause-audit-as-settlement"),
        (Clause.FORCED_NONCASH, "clause-forced-noncash"),
        (Clause.ARBITRATION, None),
        (Clause.SILENCE_APPROVES_SETTLEMENT, None),
    ],
)
def test_a_clause_the_law_frowns_on_is_a_finding(clause, code):
    contract = a_contract(DATED, clauses=frozenset({clause}))
    assert findings_of(contract) == ([(f"/clauses/{clause}", code)] if code else [])


@pytest.mark.parametrize(
    ("clause", "signed_on", "articles"),
    [
        # 728号 arts 7–13 are 802号 arts 8–14; which holds is the day of signing
        (Clause.FORCED_NONCASH, "2025-05-31", ["（国务院令第728号）第十条"]),
        (Clause.FORCED_NONCASH, "2025-06-01", ["（国务院令第802号）第十一条"]),
        (Clause.AUDIT_AS_SETTLEMENT, "2025-05-31", ["（国务院令第728号）第十一条"]),
        (Clause.AUDIT_AS_SETTLEMENT, "2025-06-01", ["（国务院令第802号）第十二条"]),
        (Clause.PAY_WHEN_PAID, "2025-06-01", ["（国务院令第802号）第九条第二款"]),
    ],
)
def test_a_finding_about_a_clause_names_the_article_in_force_at_signing(
    clause, signed_on, articles
):
    (found,) = details_of(a_contract(DATED, clauses=frozenset({clause}), signed_on=signed_on))
    assert all(article in found for article in articles)


def test_the_ban_on_paying_when_paid_is_not_laid_on_contracts_signed_before_it():
    # 802号 art. 9¶2 is in force from 2025-06-01, by signing; 728号 had no such ban
    contract = a_contract(DATED, clauses=frozenset({Clause.PAY_WHEN_PAID}), signed_on="2025-05-31")
    (found,) = details_of(contract)
    assert "没有这项规定" in found
    assert "条第" not in found


@pytest.mark.parametrize(
    ("signed_on", "article"),
    [
        ("2025-05-31", "（国务院令第728号）第八条第一款"),
        ("2025-06-01", "（国务院令第802号）第九条第一款"),
    ],
)
def test_a_finding_about_the_ceiling_names_the_article_in_force_at_signing(signed_on, article):
    contract = a_contract(
        delivery(), payment(after="delivery", within=days(61)), signed_on=signed_on
    )
    (found,) = details_of(contract)
    assert article in found


# --- findings about dates ------------------------------------------------------------------------


def test_without_a_date_and_without_a_term_are_two_findings():
    contract = a_contract(delivery(), an_obligation("permit", after="delivery"), payment())
    assert findings_of(contract) == [("/obligations/2", "obligation-without-date")]
    assert findings_of(contract, delivered()) == [
        ("/obligations/1", "term-missing"),
        ("/obligations/2", "obligation-without-date"),
    ]


def test_an_agreed_day_of_rest_is_a_finding():
    contract = a_contract(payment(due_on="2025-10-01"))
    assert findings_of(contract) == [("/obligations/0/due_on", "due-on-rest-day")]
    assert findings_of(a_contract(payment(due_on="2025-09-28"))) == []  # a Sunday worked


@pytest.mark.parametrize(
    ("within", "over"),
    [
        (days(30), False),
        (days(60), False),
        (days(61), True),
        (days(90), True),
        (months(2), False),  # may be 59 days: known only once delivered
        (months(3), True),
        (working_days(61), True),
    ],
)
def test_a_term_over_the_ceiling_whatever_the_day_is_found_before_anything_was_delivered(
    within, over
):
    contract = a_contract(delivery(), payment(after="delivery", within=within))
    found = [("/obligations/1/within", "agreed-term-exceeds-ceiling")] if over else []
    assert findings_of(contract, as_of="2025-07-01") == found


def test_a_term_that_proves_too_long_is_found_once_delivered_and_once_only():
    # Two months from 2025-09-25 are 61 days.
    contract = a_contract(delivery(), payment(after="delivery", within=months(2)))
    over = [("/obligations/1/within", "agreed-term-exceeds-ceiling")]
    assert findings_of(contract, delivered()) == over
    ninety = a_contract(delivery(), payment(after="delivery", within=days(90)))
    assert findings_of(ninety, delivered()) == over


def test_an_agreed_date_over_the_ceiling_is_found_once_delivered():
    contract = a_contract(delivery(), payment(due_on="2026-03-31"))
    assert findings_of(contract) == []
    assert findings_of(contract, delivered()) == [
        ("/obligations/1/due_on", "agreed-term-exceeds-ceiling")
    ]


@pytest.mark.parametrize(
    "contract",
    [
        a_contract(payment(after="signing", within=months(9))),
        a_contract(delivery(), payment(after="delivery", within=months(9), retention=True)),
        a_contract(delivery(), payment(after="delivery", within=months(9), other_law="另有规定")),
        a_contract(
            delivery(),
            payment(after="delivery", within=months(9)),
            enterprise=an_enterprise("large"),
        ),
        a_contract(
            payment(key="first", due_on="2025-11-24"), payment(after="first", within=months(9))
        ),
    ],
)
def test_what_the_ceiling_does_not_reach_is_never_found_over_it(contract: Contract):
    assert findings_of(contract, as_of="2025-07-01") == []


def test_a_provisional_date_is_a_finding():
    contract = a_contract(delivery("2031-09-01"), payment(after="delivery"))
    found = findings_of(contract, delivered("2031-09-01"), as_of="2031-09-02")
    assert found == [("/obligations/1", "date-provisional")]


def test_an_unconfirmed_claim_and_an_overpayment_are_findings():
    told = paid("40.00", "2025-11-20", "government")
    assert findings_of(a_contract(DATED), told) == [("/obligations/0", "claim-unconfirmed")]
    too_much = paid("100.01", "2025-11-20", "treasury", None)
    assert findings_of(a_contract(DATED), too_much) == [("/facts", "over-payment")]


def test_an_amended_date_is_looked_at_like_a_first_one():
    contract = a_contract(delivery(), payment(due_on="2025-11-21"))
    moved = an_amendment("2025-10-20", due_on="2025-12-21")  # a Sunday, and beyond 11-24
    assert findings_of(contract, delivered(), moved) == [
        ("/obligations/1/due_on", "due-on-rest-day"),
        ("/obligations/1/due_on", "agreed-term-exceeds-ceiling"),
    ]


@pytest.mark.parametrize(
    ("registered_on", "codes"),
    [("2025-07-31", []), ("2025-08-01", ["registered-late"]), ("2025-06-01", [])],
)
def test_a_contract_registered_later_than_the_office_allows_is_remarked_on(registered_on, codes):
    # signed 2025-07-01; + 30 = 07-31
    found = late_registration(a_contract(), day(registered_on), 30)
    assert [i.code for i in found] == codes


def test_an_amended_contract_is_judged_by_its_signing_day():
    old = replace(a_contract(delivery(), payment(after="delivery")), signed_on=day("2020-08-31"))
    later = an_amendment("2025-10-01", within=days(90))
    assert findings_of(old, delivered(), later) == []
