"""Dates to expect: a chain of terms, each done on its last day."""

from datetime import date
from typing import Any

from fulfilment_monitor.domain.allotment import open_ledger
from fulfilment_monitor.domain.expecting import expected_dates
from fulfilment_monitor.domain.statute import Statute, lpr_table, read_statute
from fulfilment_monitor.house import load_law
from fulfilment_monitor.schemas.contracts import read_contract
from tests.services.builders import a_document, a_fact, a_payment, owed


def statute() -> Statute:
    law = load_law()
    return read_statute(law.terms, law.calendar, lpr_table(law.rates.items()), law.regions)


STATUTE = statute()
DELIVERY = owed("delivery", "enterprise", due_on="2025-08-04")
ACCEPTANCE = owed("acceptance", after="delivery", within={"length": 5, "unit": "working_day"})
PAYMENT = a_payment(after="acceptance")


def expected(*obligations: dict[str, Any], on: str = "2025-07-02", **more: Any) -> dict[str, str]:
    submission = read_contract(a_document(*obligations, **more))
    ledger = open_ledger(submission.contract, submission.facts, (), STATUTE)
    found = expected_dates(ledger, date.fromisoformat(on))
    return {key: str(due.on) for key, due in found.items()}


def test_each_step_is_taken_to_be_done_on_its_last_day() -> None:
    # delivered on Monday the 4th, accepted five working days later, paid thirty days after that
    assert expected(DELIVERY, ACCEPTANCE, PAYMENT) == {
        "acceptance": "2025-08-11",
        "payment": "2025-09-10",
    }


def test_the_order_in_the_contract_does_not_matter() -> None:
    found = expected(PAYMENT, ACCEPTANCE, DELIVERY)
    assert found == expected(DELIVERY, ACCEPTANCE, PAYMENT)


def test_what_happened_counts_instead_of_what_was_agreed() -> None:
    early = a_fact("performed", "2025-07-28", "enterprise", "delivery")
    found = expected(DELIVERY, ACCEPTANCE, PAYMENT, on="2025-07-29", facts=[early])
    assert found == {"payment": "2025-09-03"}


def test_what_is_late_already_is_taken_to_be_done_today() -> None:
    assert expected(DELIVERY, ACCEPTANCE, PAYMENT, on="2025-08-20")["acceptance"] == "2025-08-27"


def test_what_waits_for_something_without_a_date_is_left_out() -> None:
    assert expected(owed("permit"), a_payment(after="permit")) == {}


def test_what_has_a_date_is_not_repeated() -> None:
    assert expected(a_payment(due_on="2025-09-10")) == {}


def test_a_settlement_is_taken_to_be_agreed_by_both() -> None:
    handed_in = owed("other", "enterprise", due_on="2025-08-04")
    review = owed("settlement", after="other", within={"length": 30, "unit": "day"})
    found = expected(handed_in, review, a_payment(after="settlement"), subject="works")
    assert found == {"settlement": "2025-09-03", "payment": "2025-10-09"}
