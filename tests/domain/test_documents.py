"""A contract and its document: there and back, and what a second document may not change."""

import random
from copy import deepcopy
from decimal import Decimal

import pytest

from fulfilment_monitor.domain.contracts import Clause, Field, Subject
from fulfilment_monitor.domain.documents import (
    changed_terms,
    fact_document,
    obligation_document,
    to_document,
)
from fulfilment_monitor.schemas.contracts import read_contract, read_fact
from tests.domain.builders import (
    FIRM,
    INSTITUTION,
    ORGAN,
    a_contract,
    a_fact,
    a_government,
    an_enterprise,
    days,
    delivery,
    paid,
    payment,
)
from tests.model.chains import random_document

FULL = a_contract(
    delivery(),
    payment("100.00", after="delivery", within=days(30), other_law="另有规定"),
    payment("3.00", key="retention", due_on="2026-11-24", retention=True, obligor_code=INSTITUTION),
    field=Field.PPP,
    subject=Subject.WORKS,
    amount_fen=103_00,
    annual_rate=Decimal("0.0365"),
    clauses=frozenset({Clause.PAY_WHEN_PAID, Clause.ARBITRATION}),
    currency="USD",
    co_governments=(a_government(INSTITUTION, "测试县某中心"),),
    enterprise=an_enterprise(contact="测试企业财务部"),
)


def test_a_document_holds_every_term_and_nothing_that_was_left_open():
    assert to_document(FULL) == {
        "contract_no": "HT-1",
        "title": "测试合同",
        "field": "ppp",
        "subject": "works",
        "signed_on": "2025-07-01",
        "amount": "103.00",
        "region": "340321",
        "government": {"name": "测试县某局", "uscc": ORGAN, "kind": "organ"},
        "co_governments": [{"name": "测试县某中心", "uscc": INSTITUTION, "kind": "organ"}],
        "enterprise": {
            "name": "测试企业", "uscc": FIRM, "ownership": "private", "size": "small",
            "contact": "测试企业财务部",
        },
        "late_interest": {"annual_rate": "0.0365"},
        "clauses": {"arbitration": True, "pay_when_paid": True},
        "currency": "USD",
        "obligations": [
            {"key": "delivery", "kind": "delivery", "title": "delivery",
             "obligor": "enterprise", "due_on": "2025-09-25"},
            {"key": "payment", "kind": "payment", "title": "payment", "obligor": "government",
             "amount": "100.00", "after": "delivery", "within": {"length": 30, "unit": "day"},
             "other_law": "另有规定"},
            {"key": "retention", "kind": "payment", "title": "retention", "obligor": INSTITUTION,
             "amount": "3.00", "due_on": "2026-11-24", "retention": True},
        ],
    }  # fmt: skip


def test_what_is_usual_is_left_out():
    document = to_document(a_contract(payment(None)))
    absent = {"amount", "late_interest", "clauses", "currency", "co_governments", "facts"}
    assert not absent & document.keys()
    assert document["obligations"] == [
        {"key": "payment", "kind": "payment", "title": "payment", "obligor": "government"}
    ]


def test_a_contract_reads_back_from_its_document_as_it_was():
    assert read_contract(to_document(FULL)).contract == FULL


def test_every_random_contract_reads_back_from_its_document_as_it_was():
    for seed in range(300):
        said = read_contract(random_document(random.Random(seed)))
        document = to_document(said.contract)
        document["facts"] = [fact_document(f) for f in said.facts]
        again = read_contract(document)
        assert (again.contract, again.facts) == (said.contract, said.facts), seed


@pytest.mark.parametrize("code", ["GB-COH:00012345", "XI-LEI:5493001KJTIIGC8Y1R12", "urn:x:1"])
def test_an_identifier_of_a_foreign_register_reads_back_as_it_was(code):
    contract = a_contract(payment(), government=a_government(code), currency="USD")
    assert read_contract(to_document(contract)).contract == contract


def test_a_scheme_with_a_colon_in_it_is_not_cut_in_the_wrong_place():
    identifier = {"scheme": "urn:x", "id": "1"}
    document = to_document(a_contract(payment()))
    document["government"] = {"name": "某局", "identifier": identifier, "kind": "organ"}
    again = to_document(read_contract(document).contract)
    assert again["government"]["identifier"] == identifier


@pytest.mark.parametrize(
    "fact",
    [
        a_fact("performed", "2025-10-01", "enterprise", "delivery", ref="7", note="按期"),
        paid("1.05", "2025-10-01", "treasury", None),
        paid("1.05", "2025-10-01", "government", confirmed=True),
        a_fact("disputed", "2025-10-01", "government", "payment", amount="0.50"),
        a_fact("waived", "2025-10-01", "enterprise", "payment"),
        a_fact("undisputed", "2025-10-01", "court", "payment"),
    ],
)
def test_a_fact_reads_back_from_its_document_as_it_was(fact):
    assert read_fact(fact_document(fact)) == fact


# --- a second document ---------------------------------------------------------------------------


def differences(change):
    """What is found when the document comes again with a change made to it."""
    old = to_document(FULL)
    new = deepcopy(old)
    change(new)
    return [(i.pointer, i.code, i.level) for i in changed_terms(old, new)]


def test_the_same_document_again_differs_in_nothing():
    assert differences(lambda new: None) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (lambda new: new.update(amount="104.00"), "/amount"),
        (lambda new: new.pop("amount"), "/amount"),
        (lambda new: new.update(signed_on="2025-07-02"), "/signed_on"),
        (lambda new: new.pop("clauses"), "/clauses"),
        (lambda new: new["enterprise"].update(size="large"), "/enterprise"),
        (lambda new: new["government"].update(name="别的局"), "/government"),
        (lambda new: new["obligations"][1].update(amount="99.00"), "/obligations/1"),
        (lambda new: new["obligations"][2].update(due_on="2027-11-24"), "/obligations/2"),
        (lambda new: new["obligations"][1].pop("within"), "/obligations/1"),
    ],
)
def test_a_changed_term_asks_for_an_amendment(change, pointer):
    assert differences(change) == [(pointer, "terms-differ", "finding")]


def test_the_contact_of_the_enterprise_is_no_term():
    assert differences(lambda new: new["enterprise"].update(contact="别的电话")) == []
    assert differences(lambda new: new["enterprise"].pop("contact")) == []


def test_another_order_of_obligations_changes_nothing():
    assert differences(lambda new: new["obligations"].reverse()) == []


def test_a_new_obligation_and_a_missing_one_are_told_apart_from_a_changed_one():
    def exchange(new):
        new["obligations"][2] = obligation_document(payment("3.00", key="other"))

    assert differences(exchange) == [
        ("/obligations/2", "obligation-not-registered", "finding"),
        ("/obligations", "obligation-missing-here", "finding"),
    ]
