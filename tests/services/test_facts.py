"""Facts: stated, confirmed, disputed, corrected; always added, never edited."""

from contextlib import suppress
from typing import Any

import pytest

from fulfilment_monitor.domain.errors import Invalid, NotFound, NotOpen, Refusal
from fulfilment_monitor.domain.facts import Source
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contracts import read_fact
from fulfilment_monitor.services import facts
from tests.conftest import at
from tests.services.builders import (
    CLERK,
    a_document,
    a_fact,
    a_payment,
    answer,
    contents,
    contract_id,
    day,
    lead_list,
    owed,
    paid,
    register,
    standing,
    state,
    sweep,
    view,
    violations,
)


def fact(house: House, ulid: str) -> dict[str, Any]:
    """A statement as the register shows it."""
    return next(f for f in view(house, "2026-06-30")["facts"] if f["id"] == ulid)


def money(house: House, on: str = "2025-09-20") -> tuple[str, str, str]:
    found = standing(house, on)
    return found["remaining"], found["claimed"], found["undisputed"]


@pytest.mark.proves("A1")
def test_the_body_alone_saying_it_has_paid_is_a_claim(house: House) -> None:
    register(house, a_document())
    state(house, paid("2025-09-10", by="government"), "2025-09-10")
    assert money(house) == ("1000.00", "1000.00", "1000.00")
    assert standing(house, "2025-09-11")["state"] == "overdue"


def test_a_claim_counts_once_somebody_who_knows_confirms_it(house: House) -> None:
    for side in ("enterprise", "treasury", "bank", "court"):
        register(house, a_document(contract_no=side))
        claim = paid("2025-09-10", by="government")
        ulid = state(house, claim, "2025-09-10", number=side)
        answer(house, ulid, "confirmed", side, "2025-09-12")
        found = standing(house, "2025-09-20", number=side)
        assert (found["state"], found["remaining"]) == ("fulfilled", "0.00"), side


@pytest.mark.proves("A1")
def test_another_public_body_cannot_confirm_a_claim_in_place_of_the_enterprise(
    house: House,
) -> None:
    # until the enterprise, the treasury, a bank or a court backs it (docs/interface.md §1)
    register(house, a_document())
    ulid = state(house, paid("2025-09-10", by="government"), "2025-09-10")
    with suppress(Refusal):
        answer(house, ulid, "confirmed", "office", "2025-09-12")
    assert money(house)[0] == "1000.00"


@pytest.mark.proves("A1")
def test_two_public_bodies_do_not_make_a_payment_of_each_others_words(house: House) -> None:
    register(house, a_document())
    ulid = state(house, paid("2025-09-10", by="office"), "2025-09-10")
    with suppress(Refusal):
        answer(house, ulid, "confirmed", "government", "2025-09-12")
    assert money(house)[0] == "1000.00"


def test_a_dispute_of_the_enterprise_is_not_overruled_by_another_public_body(
    house: House,
) -> None:
    register(house, a_document())
    ulid = state(house, paid("2025-09-10", by="government"), "2025-09-10")
    answer(house, ulid, "disputed", "enterprise", "2025-09-11")
    with suppress(Refusal):
        answer(house, ulid, "confirmed", "office", "2025-09-12")
    assert money(house)[0] == "1000.00"


def test_a_disputed_claim_is_no_payment_and_no_claim_any_more(house: House) -> None:
    register(house, a_document())
    ulid = state(house, paid("2025-09-10", by="government"), "2025-09-10")
    answer(house, ulid, "disputed", "enterprise", "2025-09-12")
    assert money(house) == ("1000.00", "0.00", "1000.00")
    assert fact(house, ulid)["disputed"] is True


def test_of_a_partly_disputed_payment_the_rest_has_arrived(house: House) -> None:
    register(house, a_document())
    ulid = state(house, paid("2025-09-10", by="government"), "2025-09-10")
    answer(house, ulid, "disputed", "enterprise", "2025-09-12", amount="300.00")
    assert money(house)[0] == "300.00"
    assert fact(house, ulid)["disputed_amount"] == "300.00"


def test_no_more_of_a_payment_can_be_disputed_than_was_claimed(house: House) -> None:
    register(house, a_document())
    ulid = state(house, paid("2025-09-10", by="government"), "2025-09-10")
    with pytest.raises(NotOpen):
        answer(house, ulid, "disputed", "enterprise", "2025-09-12", amount="1000.01")


def test_a_disputed_obligation_is_due_for_the_rest(house: House) -> None:
    # 条例 802 art. 15: the undisputed part is due on its own date
    register(house, a_document())
    state(house, a_fact("disputed", "2025-09-01", "government", amount="400.00"), "2025-09-01")
    found = standing(house, "2025-09-20")
    assert (found["state"], found["remaining"], found["undisputed"]) == (
        "overdue",
        "1000.00",
        "600.00",
    )
    sweep(house, "2025-09-25")
    assert [i["outstanding"] for i in lead_list(house)] == ["600.00"]


def test_a_whole_obligation_in_dispute_is_no_breach_until_the_dispute_is_withdrawn(
    house: House,
) -> None:
    register(house, a_document())
    state(house, a_fact("disputed", "2025-09-01", "government"), "2025-09-01")
    assert standing(house, "2025-09-20")["state"] == "disputed"
    assert sweep(house, "2025-09-25").leads == 0
    state(house, a_fact("undisputed", "2025-09-26", "government"), "2025-09-26")
    assert standing(house, "2025-09-26")["state"] == "overdue"
    assert sweep(house, "2025-09-26").leads == 1


def test_a_waiver_needs_the_enterprise(house: House) -> None:
    register(house, a_document())
    ulid = state(house, a_fact("waived", "2025-09-12", "government"), "2025-09-12")
    assert standing(house, "2025-09-20")["state"] == "overdue"
    answer(house, ulid, "confirmed", "enterprise", "2025-09-15")
    assert standing(house, "2025-09-20")["state"] == "waived"


def test_nobody_answers_their_own_statement(house: House) -> None:
    register(house, a_document())
    stated = {
        side: state(house, paid("2025-09-10", "1.00", side), "2025-09-10")
        for side in ("government", "enterprise", "treasury")
    }
    before = contents(house)
    for side, ulid in stated.items():
        for said in ("confirmed", "disputed"):
            with pytest.raises(NotOpen):
                answer(house, ulid, said, side, "2025-09-12")
    assert contents(house) == before


def test_a_statement_that_is_not_there_cannot_be_answered(house: House) -> None:
    register(house, a_document())
    with pytest.raises(NotFound):
        answer(house, "0" * 26, "confirmed", "enterprise", "2025-09-12")


@pytest.mark.proves("R-15")
def test_contradicting_statements_stand_side_by_side(house: House) -> None:
    register(house, a_document())
    claim = state(house, paid("2025-09-10", "1000.00", "government"), "2025-09-11")
    denial = state(house, paid("2025-09-20", "400.00", "enterprise"), "2025-09-21")
    found = {
        f["id"]: (f["on"], f["by"], f["amount"], f["recorded_at"][:10])
        for f in view(house, "2025-09-30")["facts"]
    }
    assert found == {
        claim: ("2025-09-10", "government", "1000.00", "2025-09-11"),
        denial: ("2025-09-20", "enterprise", "400.00", "2025-09-21"),
    }
    assert money(house, "2025-09-30") == ("600.00", "1000.00", "600.00")


@pytest.mark.proves("R-15")
def test_a_correction_supersedes_and_both_stay(house: House) -> None:
    register(house, a_document())
    wrong = state(house, paid("2025-09-10", "1000.00"), "2025-09-10")
    right = state(house, paid("2025-09-10", "100.00"), "2025-09-12", supersedes=wrong)
    assert money(house)[0] == "900.00"
    shown = view(house, "2025-09-20")["facts"]
    assert {f["id"]: f.get("superseded", False) for f in shown} == {wrong: True, right: False}
    assert violations(house) == []


def test_a_correction_is_corrected_only_in_its_newest_form(house: House) -> None:
    register(house, a_document())
    first = state(house, paid("2025-09-10", "1000.00"), "2025-09-10")
    second = state(house, paid("2025-09-10", "100.00"), "2025-09-12", supersedes=first)
    with pytest.raises(NotOpen, match="corrected already"):
        state(house, paid("2025-09-10", "200.00"), "2025-09-13", supersedes=first)
    with pytest.raises(NotOpen, match="corrected since"):
        answer(house, first, "confirmed", "government", "2025-09-13")
    state(house, paid("2025-09-10", "300.00"), "2025-09-14", supersedes=second)
    assert money(house)[0] == "700.00"


def test_a_confirmed_statement_is_not_corrected(house: House) -> None:
    register(house, a_document())
    ulid = state(house, paid("2025-09-10", by="government"), "2025-09-10")
    answer(house, ulid, "confirmed", "enterprise", "2025-09-12")
    before = contents(house)
    with pytest.raises(NotOpen, match="confirmed"):
        state(house, paid("2025-09-10", "1.00", "government"), "2025-09-13", supersedes=ulid)
    assert contents(house) == before


def test_a_foreign_statement_is_disputed_not_corrected(house: House) -> None:
    register(house, a_document())
    ulid = state(house, paid("2025-09-10"), "2025-09-10")
    with pytest.raises(NotOpen, match="its own"):
        state(house, paid("2025-09-10", "1.00", "government"), "2025-09-13", supersedes=ulid)


def test_a_statement_of_another_contract_is_not_corrected(house: House) -> None:
    register(house, a_document(), a_document(contract_no="HT-2"))
    ulid = state(house, paid("2025-09-10"), "2025-09-10", number="HT-2")
    with pytest.raises(NotFound):
        state(house, paid("2025-09-10", "1.00"), "2025-09-13", supersedes=ulid)


def test_a_reference_used_twice_is_refused_not_a_crash(house: House) -> None:
    register(house, a_document())
    state(house, paid("2025-09-10", "100.00", "treasury", ref="T-1"), "2025-09-10")
    with pytest.raises(Refusal):
        state(house, paid("2025-09-11", "100.00", "treasury", ref="T-1"), "2025-09-11")
    assert money(house)[0] == "900.00"


def test_a_correction_with_the_reference_of_what_it_corrects_is_no_crash(house: House) -> None:
    # a voucher keeps its number when the amount typed from it is put right
    register(house, a_document())
    wrong = state(house, paid("2025-09-10", "1000.00", "treasury", ref="T-1"), "2025-09-10")
    right = paid("2025-09-10", "100.00", "treasury", ref="T-1")
    try:
        state(house, right, "2025-09-12", supersedes=wrong)
    except Refusal:
        assert money(house)[0] == "0.00"
    else:
        assert money(house)[0] == "900.00"


def test_the_digest_of_the_evidence_is_kept(house: House) -> None:
    register(house, a_document())
    voucher = facts.Evidence("ab" * 32, "凭证.pdf")
    ulid = state(house, paid("2025-09-10"), "2025-09-10", evidence=[voucher])
    assert fact(house, ulid)["evidence"] == [{"sha256": "ab" * 32, "name": "凭证.pdf"}]


def test_a_statement_that_does_not_fit_the_contract_is_refused(house: House) -> None:
    register(house, a_document())
    before = contents(house)
    nothing = {"kind": "performed", "on": "2025-09-10", "by": "enterprise"}
    for said, code in (
        ({**nothing, "obligation": "nothing"}, "fact.obligation-unknown"),
        (nothing, "fact.obligation-missing"),
        ({**nothing, "kind": "paid"}, "fact.amount-missing"),
    ):
        with pytest.raises(Invalid) as refusal:
            state(house, said, "2025-09-10")
        assert [i.code for i in refusal.value.issues] == [code]
    assert contents(house) == before


def test_facts_count_from_the_day_they_happened_whenever_they_were_written_down(
    house: House,
) -> None:
    register(house, a_document())
    state(house, paid("2025-08-20", "250.00"), "2025-12-01")
    assert money(house, "2025-08-19")[0] == "1000.00"
    assert money(house, "2025-08-20")[0] == "750.00"


def test_the_whole_performance_of_a_payment_is_a_payment_of_all_of_it(house: House) -> None:
    register(house, a_document())
    state(house, a_fact("performed", "2025-09-10", "treasury"), "2025-09-10")
    assert standing(house, "2025-09-20")["state"] == "fulfilled"


def test_acceptance_sets_the_payment_going(house: House) -> None:
    register(
        house,
        a_document(
            owed("delivery", "enterprise", due_on="2025-08-01"),
            a_payment(after="delivery", within={"length": 10, "unit": "working_day"}),
        ),
    )
    assert standing(house, "2025-08-05")["state"] == "waiting"
    state(house, a_fact("performed", "2025-08-04", "enterprise", "delivery"), "2025-08-05")
    # ten working days after Monday 2025-08-04
    assert standing(house, "2025-08-05")["due_on"] == "2025-08-18"
    assert violations(house) == []


def test_a_disputed_delivery_takes_the_date_away_again(house: House) -> None:
    register(
        house,
        a_document(
            owed("delivery", "enterprise", due_on="2025-08-01"),
            a_payment(after="delivery", within={"length": 10, "unit": "day"}),
        ),
    )
    ulid = state(house, a_fact("performed", "2025-08-01", "enterprise", "delivery"), "2025-08-01")
    sweep(house, "2025-08-11")
    answer(house, ulid, "disputed", "government", "2025-08-12")
    assert standing(house, "2025-08-12")["state"] == "waiting"
    assert sweep(house, "2025-09-30").leads == 0
    assert violations(house) == []


def test_evidence_who_and_when_are_on_the_record(house: House) -> None:
    register(house, a_document())
    about = contract_id(house)
    with house.sessions.begin() as session:
        ulid = facts.state_fact(
            session,
            about,
            read_fact(paid("2025-09-10")),
            by=CLERK._replace(name="张科"),
            office=house.office(),
            now=at(day("2025-09-11")),
        )
    recorded = [row for row in contents(house)["fact"] if ulid in row]
    assert "张科" in recorded[0]
    entries = [row for row in contents(house)["audit_entry"] if ulid in row]
    assert "张科" in entries[0]
    assert "fact.state" in entries[0]


def test_every_source_has_another_side_that_answers(house: House) -> None:
    assert {s.value: facts.other_side(s).value for s in Source} == {
        "government": "enterprise",
        "enterprise": "government",
        "treasury": "enterprise",
        "bank": "enterprise",
        "court": "enterprise",
        "office": "enterprise",
    }
