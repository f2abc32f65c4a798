"""Registering: in bulk, again, from two bodies; what was registered is never changed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from fulfilment_monitor.domain.errors import Ambiguous, NotFound
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import audit, contracts
from fulfilment_monitor.services.contracts import Result
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.organisations import Organisation
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    INSTITUTION,
    ORGAN,
    Document,
    a_body,
    a_document,
    a_fact,
    a_firm,
    a_payment,
    contents,
    lead_list,
    office,
    owed,
    paid,
    register,
    registered,
    rules_raised,
    standing,
    state,
    sweep,
    view,
    violations,
    wait_for_a_waiting_lock,
)

NEWCOMER = "91340321MA2000001P"


@contextmanager
def listening(engine: Engine, name: str, listener: Callable[..., object]) -> Iterator[None]:
    event.listen(engine, name, listener)
    yield
    event.remove(engine, name, listener)


def results(done: list[contracts.Registered]) -> list[str]:
    return [d.result.value for d in done]


def codes(done: contracts.Registered) -> list[tuple[str, str]]:
    return [(i.pointer, i.code) for i in done.issues]


def test_a_batch_is_registered_in_the_order_it_was_given(house: House) -> None:
    done = register(house, *(a_document(contract_no=f"HT-{n}") for n in (3, 1, 2)))
    assert results(done) == ["registered"] * 3
    assert [view(house, "2025-07-02", n)["id"] for n in ("HT-3", "HT-1", "HT-2")] == [
        d.ulid for d in done
    ]
    assert violations(house) == []


def test_a_number_twice_in_a_batch_is_registered_once_and_known_the_second_time(
    house: House,
) -> None:
    done = register(
        house,
        a_document(),
        a_document(contract_no="HT-2"),
        a_document(facts=[paid("2025-08-01")]),
        a_document(),
    )
    assert results(done) == ["registered", "registered", "updated", "unchanged"]
    assert done[0].contract_id == done[2].contract_id == done[3].contract_id
    assert standing(house, "2025-09-01")["remaining"] == "0.00"


def test_the_same_number_under_two_bodies_is_two_contracts(house: House) -> None:
    done = register(
        house, a_document(), a_document(government=a_body(INSTITUTION, "示例县人民医院"))
    )
    assert results(done) == ["registered", "registered"]
    with house.readers() as session:
        with pytest.raises(Ambiguous) as refusal:
            contracts.find_contract(session, "HT-1")
        found = contracts.find_contract(session, "HT-1", INSTITUTION)
    assert found == done[1].contract_id
    assert refusal.value.members == {
        "bodies": [f"{ORGAN} 示例县财政局", f"{INSTITUTION} 示例县人民医院"]
    }


def test_a_contract_is_found_by_its_ulid_too(house: House) -> None:
    (done,) = register(house, a_document())
    with house.readers() as session:
        assert contracts.find_contract(session, done.ulid) == done.contract_id
        with pytest.raises(NotFound):
            contracts.find_contract(session, "HT-2")


def test_organisations_are_made_once(house: House) -> None:
    register(house, a_document(), a_document(contract_no="HT-2"))
    register(house, a_document(contract_no="HT-3", co_governments=[a_body(INSTITUTION, "医院")]))
    with house.readers() as session:
        rows = session.execute(select(Organisation.code, Organisation.side)).all()
    assert sorted(map(tuple, rows)) == [
        (ORGAN, "government"),
        (INSTITUTION, "government"),
        ("91340321MA2000000L", "enterprise"),
    ]


def test_importing_the_same_again_changes_nothing_at_all(house: House) -> None:
    document = a_document(
        owed("delivery", "enterprise", due_on="2025-08-01"),
        a_payment(after="delivery"),
        facts=[
            a_fact("performed", "2025-08-01", "enterprise", "delivery", ref="D-1"),
            paid("2025-08-20", "300.00", "treasury"),
            paid("2025-08-20", "300.00", "treasury"),
        ],
    )
    register(house, document)
    before = contents(house)
    assert results(register(house, document, on="2025-09-01")) == ["unchanged"]
    assert contents(house) == before


@pytest.mark.proves("A18")
def test_a_changed_term_is_a_finding_and_changes_nothing(house: House) -> None:
    register(house, a_document())
    before = contents(house)
    changed: list[tuple[str, dict[str, Any]]] = [
        ("/obligations/0", {"obligations": [a_payment(due_on="2026-09-10")]}),
        ("/obligations/0", {"obligations": [a_payment("900.00", due_on="2025-09-10")]}),
        ("/signed_on", {"signed_on": "2025-08-01"}),
        ("/amount", {"amount": "1000.00"}),
        ("/clauses", {"clauses": {"pay_when_paid": True}}),
    ]
    for pointer, terms in changed:
        (done,) = register(house, a_document(**terms), on="2025-07-03")
        assert (done.result, codes(done)) == (Result.UNCHANGED, [(pointer, "terms-differ")])
    assert contents(house) == before


def test_obligations_that_came_or_went_since_are_findings_too(house: House) -> None:
    register(house, a_document())
    (done,) = register(house, a_document(a_payment(key="balance", due_on="2025-09-10")))
    assert codes(done) == [
        ("/obligations/0", "obligation-not-registered"),
        ("/obligations", "obligation-missing-here"),
    ]
    assert [o["key"] for o in view(house, "2025-07-02")["obligations"]] == ["payment"]


def test_the_contact_of_the_enterprise_is_no_term(house: House) -> None:
    register(house, a_document())
    changed = a_document()
    changed["enterprise"]["contact"] = "办公室"
    (done,) = register(house, changed)
    assert (done.result, done.issues) == (Result.UNCHANGED, ())


def test_new_facts_make_it_updated_beside_a_finding_on_changed_terms(house: House) -> None:
    register(house, a_document())
    changed = a_document(a_payment(due_on="2026-09-10"), facts=[paid("2025-08-20", "400.00")])
    (done,) = register(house, changed, on="2025-08-21")
    assert done.result is Result.UPDATED
    assert codes(done) == [("/obligations/0", "terms-differ")]
    found = standing(house, "2025-09-01")
    assert (found["due_on"], found["remaining"]) == ("2025-09-10", "600.00")


def test_one_more_of_identical_facts_is_one_new_fact(house: House) -> None:
    once = paid("2025-08-20", "300.00")
    register(house, a_document(facts=[once, once]))
    assert standing(house, "2025-09-01")["remaining"] == "400.00"
    assert results(register(house, a_document(facts=[once, once, once]))) == ["updated"]
    assert standing(house, "2025-09-01")["remaining"] == "100.00"


def test_a_fact_with_a_reference_is_matched_by_it(house: House) -> None:
    register(house, a_document(facts=[paid("2025-08-20", "300.00", "treasury", ref="T-1")]))
    again = paid("2025-08-20", "300.00", "treasury", ref="T-1")
    other = paid("2025-08-20", "300.00", "treasury", ref="T-2")
    assert results(register(house, a_document(facts=[again]))) == ["unchanged"]
    assert results(register(house, a_document(facts=[other, again]))) == ["updated"]
    assert standing(house, "2025-09-01")["remaining"] == "400.00"


@pytest.mark.parametrize("ref", [{}, {"ref": "G-1"}])
def test_a_claim_can_be_confirmed_by_a_later_import(house: House, ref: dict[str, str]) -> None:
    claim = paid("2025-08-20", by="government", **ref)
    register(house, a_document(facts=[claim]))
    assert standing(house, "2025-09-01")["remaining"] == "1000.00"
    confirmed = a_document(facts=[{**claim, "confirmed": True}])
    assert results(register(house, confirmed)) == ["updated"]
    assert results(register(house, confirmed)) == ["unchanged"]
    assert standing(house, "2025-09-01")["remaining"] == "0.00"
    assert violations(house) == []


def test_two_identical_claims_can_both_be_confirmed_by_one_import(house: House) -> None:
    claim = paid("2025-08-20", "500.00", "government")
    register(house, a_document(facts=[claim, claim]))
    confirmed = {**claim, "confirmed": True}
    assert results(register(house, a_document(facts=[confirmed, confirmed]))) == ["updated"]
    assert standing(house, "2025-09-01")["remaining"] == "0.00"


def test_importing_again_never_confirms_what_the_document_leaves_unconfirmed(
    house: House,
) -> None:
    claim = paid("2025-08-20", "500.00", "government")
    document = a_document(facts=[{**claim, "confirmed": True}, claim])
    register(house, document)
    assert standing(house, "2025-09-01")["remaining"] == "500.00"
    assert results(register(house, document)) == ["unchanged"]
    assert standing(house, "2025-09-01")["remaining"] == "500.00"


@pytest.mark.parametrize("ref", [{}, {"ref": "E-1"}])
def test_importing_again_does_not_bring_back_a_statement_that_was_corrected(
    house: House, ref: dict[str, str]
) -> None:
    document = a_document(facts=[paid("2025-08-20", **ref)])
    register(house, document)
    (fact,) = view(house, "2025-09-01")["facts"]
    state(house, paid("2025-08-20", "100.00"), "2025-08-25", supersedes=fact["id"])
    assert standing(house, "2025-09-01")["remaining"] == "900.00"
    assert results(register(house, document)) == ["unchanged"]
    assert standing(house, "2025-09-01")["remaining"] == "900.00"


def test_a_payment_that_names_no_obligation_goes_to_the_oldest_due(house: House) -> None:
    register(
        house,
        a_document(
            a_payment("500.00", key="late", due_on="2025-09-10"),
            a_payment("500.00", key="early", due_on="2025-08-10"),
            facts=[{"kind": "paid", "on": "2025-09-20", "by": "treasury", "amount": "600.00"}],
        ),
    )
    assert standing(house, "2025-09-20", "early")["remaining"] == "0.00"
    assert standing(house, "2025-09-20", "late")["remaining"] == "400.00"


def test_an_old_contract_raises_only_the_highest_step_already_passed(house: House) -> None:
    # due 2025-09-10; on 2025-09-19 the steps of T-30 to T+7 have passed, T+10 has not
    register(house, a_document(), on="2025-09-18")
    assert sweep(house, "2025-09-19").alerts == 1
    assert rules_raised(house) == ["payment.t+7"]


def test_a_contract_registered_long_after_signing_is_remarked_on(house: House) -> None:
    done = register(house, a_document(), on="2025-08-01")  # 31 days after 2025-07-01
    assert codes(done[0]) == [("/signed_on", "registered-late")]
    done = register(house, a_document(contract_no="HT-2"), on="2025-07-31")
    assert codes(done[0]) == []


@pytest.mark.proves("A5")
def test_a_term_beyond_the_ceiling_is_flagged_and_watched_by_the_ceiling(house: House) -> None:
    delivered = a_fact("performed", "2025-07-31", "enterprise", "delivery")
    found = {}
    for days in (30, 60, 61, 90):
        document = a_document(
            owed("delivery", "enterprise", due_on="2025-07-31"),
            a_payment(after="delivery", within={"length": days, "unit": "day"}),
            contract_no=str(days),
            facts=[delivered],
        )
        (done,) = register(house, document)
        flagged = ("/obligations/1/within", "agreed-term-exceeds-ceiling") in codes(done)
        now = standing(house, "2025-08-01", number=str(days))
        found[days] = (now["due_on"], now["agreed_due_on"], flagged)
    assert found == {
        30: ("2025-09-01", None, False),  # 2025-08-30 is a Saturday
        60: ("2025-09-29", None, False),
        61: ("2025-09-29", "2025-09-30", True),
        90: ("2025-09-29", "2025-10-29", True),
    }
    sweep(house, "2025-09-30")
    assert [i["due_on"] for i in view(house, "2025-09-30", "90")["alerts"]] == ["2025-09-29"]


@pytest.mark.proves("A5")
def test_unlawful_clauses_are_flagged_at_registration(house: House) -> None:
    clauses = {"pay_when_paid": True, "audit_as_settlement": True, "forced_noncash": True}
    (done,) = register(house, a_document(clauses=clauses))
    assert codes(done) == [
        ("/clauses/pay_when_paid", "clause-pay-when-paid"),
        ("/clauses/audit_as_settlement", "clause-audit-as-settlement"),
        ("/clauses/forced_noncash", "clause-forced-noncash"),
    ]


@pytest.mark.proves("A6")
def test_an_acceptance_that_never_comes_does_not_hold_up_the_payment(house: House) -> None:
    # delivered 06-01, 15 days to accept: 06-16; payment 30 days from there: 07-16
    register(
        house,
        a_document(
            owed("delivery", "enterprise", due_on="2026-06-01"),
            owed("acceptance", after="delivery", within={"length": 15, "unit": "day"}),
            a_payment(after="acceptance"),
            signed_on="2026-05-06",
            facts=[a_fact("performed", "2026-06-01", "enterprise", "delivery")],
        ),
        on="2026-05-06",
    )
    assert standing(house, "2026-06-16")["state"] == "waiting"
    assert standing(house, "2026-06-17")["due_on"] == "2026-07-16"
    assert standing(house, "2026-07-17")["days_late"] == 1
    assert standing(house, "2026-07-17", "acceptance")["state"] == "overdue"
    sweep(house, "2026-07-31")  # 15 days late
    rules = {(i["obligation"], i["breached_on"]) for i in lead_list(house)}
    assert rules == {("acceptance", "2026-06-16"), ("payment", "2026-07-16")}
    assert violations(house) == []


def test_registering_is_one_entry_of_the_record_for_each_contract(house: House) -> None:
    register(house, a_document(), a_document(contract_no="HT-2"))
    with house.readers() as session:
        assert (audit.verify(session).entries, audit.verify(session).ok) == (2, True)


def test_a_hundred_contracts_take_hardly_more_statements_than_one(house: House) -> None:
    def statements(*documents: Document) -> int:
        seen: list[str] = []
        with listening(house.engine, "before_cursor_execute", lambda *given: seen.append(given[2])):
            register(house, *documents)
        return len(seen)

    register(house, a_document(contract_no="HT-0"))  # the bodies are known from here on
    one = statements(a_document(contract_no="HT-1"))
    hundred = statements(*(a_document(contract_no=f"HT-{n}") for n in range(2, 102)))
    assert hundred <= one + 5


def test_coming_again_costs_a_few_statements_however_many_come(house: House) -> None:
    def statements(*documents: Document) -> int:
        seen: list[str] = []
        with listening(house.engine, "before_cursor_execute", lambda *given: seen.append(given[2])):
            register(house, *documents, on="2025-09-02")
        return len(seen)

    def grown(numbers: range, *on: str) -> list[Document]:
        facts = [paid(day, "300.00", "treasury") for day in on]
        return [a_document(contract_no=f"HT-{n}", facts=facts) for n in numbers]

    register(house, *grown(range(101)))
    assert statements(*grown(range(1, 101))) <= statements(*grown(range(1))) + 3
    one = statements(*grown(range(1), "2025-08-20"))
    assert statements(*grown(range(1, 101), "2025-08-20")) <= one + 8
    assert {len(view(house, "2025-09-02", f"HT-{n}")["facts"]) for n in range(101)} == {1}
    assert violations(house) == []


def test_two_imports_of_the_same_at_once_register_each_contract_once(house: House) -> None:
    documents = [a_document(contract_no=f"HT-{n}") for n in range(30)]
    found: list[str] = []
    together = Barrier(2)

    def enter(batch: list[Document]) -> None:
        together.wait()
        found.extend(results(register(house, *batch)))

    imports = [Thread(target=enter, args=(b,)) for b in (documents, documents[::-1])]
    for one in imports:
        one.start()
    for one in imports:
        one.join()
    assert sorted(found) == ["registered"] * 30 + ["unchanged"] * 30
    assert violations(house) == []


def test_two_imports_of_the_same_never_wait_for_each_other(house: House) -> None:
    register(house, a_document(contract_no="HT-0"))  # so that the bodies are there
    first, last = (a_document(contract_no=f"HT-{n}") for n in (1, 2))
    has_entered, found = Event(), list[str]()

    def second() -> None:
        assert has_entered.wait(30)
        found.extend(results(register(house, last, first)))

    other = Thread(target=second)
    other.start()
    with house.sessions.begin() as session:
        found.extend(results(registered(session, house, first)))
        session.flush()
        has_entered.set()
        wait_for_a_waiting_lock(house)  # by the lesser number, so that it holds none yet
        found.extend(results(registered(session, house, last)))
    other.join()
    assert found == ["registered"] * 2 + ["unchanged"] * 2
    assert violations(house) == []


def test_a_new_party_of_what_comes_twice_holds_up_nobody(house: House) -> None:
    """All parties are entered before any contract, those of what is known the second time, too."""
    register(house, a_document(contract_no="HT-0"))  # so that the bodies are there
    other = a_document(contract_no="HT-1", enterprise=a_firm(uscc=NEWCOMER, name="另一企业"))
    found: list[str] = []
    second = Thread(target=lambda: found.extend(results(register(house, other))))

    def meet(point: str) -> None:
        if point == "register.after_terms":
            second.start()
            wait_for_a_waiting_lock(house)

    with house.sessions.begin() as session:
        done = contracts.register_contracts(
            session,
            [read_contract(d) for d in (a_document(contract_no="HT-1"), other)],
            by=CLERK,
            office=office(house),
            now=at(date(2025, 7, 2)),
            today=date(2025, 7, 2),
            reach=meet,
        )
    second.join()
    assert [*results(done), *found] == ["registered", "unchanged", "unchanged"]
    assert violations(house) == []


def test_the_head_of_the_record_is_taken_when_all_else_is_done(house: House) -> None:
    """A savepoint is let go in between; whoever wrote its entry then would keep all others out."""
    with house.sessions.begin() as session:
        audit.note(session, CLERK, "test.first", "test", "1", {}, now=at(date(2025, 7, 2)))
        registered(session, house, *(a_document(contract_no=f"HT-{n}") for n in range(30)))
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 0
    with house.readers() as session:
        assert audit.verify(session).entries == 31


def test_two_imports_at_once_add_a_statement_once(house: House) -> None:
    register(house, a_document())
    grown = a_document(facts=[paid("2025-08-20", "300.00", "treasury")])
    has_added, found = Event(), list[str]()

    def second() -> None:
        assert has_added.wait(30)
        found.extend(results(register(house, grown)))

    other = Thread(target=second)
    other.start()
    with house.sessions.begin() as session:
        found.extend(results(registered(session, house, grown)))
        session.flush()
        has_added.set()
        wait_for_a_waiting_lock(house)
    other.join()
    assert found == ["updated", "unchanged"]
    assert len(view(house, "2025-09-01")["facts"]) == 1
    assert violations(house) == []
