"""Hold the product's reckoning against the model that shares no code with it."""

import random
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from fulfilment_monitor.domain.allotment import open_ledger
from fulfilment_monitor.domain.calendar import WorkCalendar
from fulfilment_monitor.domain.duedates import under_decree
from fulfilment_monitor.domain.interest import late_interest, rate_for
from fulfilment_monitor.domain.ledger import Ledger
from fulfilment_monitor.domain.standings import standings_at
from fulfilment_monitor.domain.states import Standing
from fulfilment_monitor.domain.statute import Statute, lpr_table, read_statute
from fulfilment_monitor.house import load_law
from fulfilment_monitor.schemas.contracts import read_contract
from tests.model import chains, oracle


class Difference(NamedTuple):
    seed: int
    as_of: date
    obligation: str
    what: str
    ours: object
    model: object


@cache
def statute() -> Statute:
    """The law as shipped."""
    law = load_law()
    calendar, lpr = WorkCalendar(law.days, law.years), lpr_table(law.rates.items())
    return read_statute(law.terms, calendar, lpr, law.regions)


def ours(ledger: Ledger, standing: Standing, as_of: date) -> dict[str, Any]:
    """A standing in the model's words."""
    due = standing.due
    return {
        "state": standing.state.value,
        "due_on": due.on,
        "agreed_due_on": due.agreed_on,
        "remaining": standing.remaining_fen,
        "days_late": standing.days_late,
        "provisional": due.provisional,
        "interest": _interest(ledger, standing, as_of),
    }


def _interest(ledger: Ledger, standing: Standing, as_of: date) -> int:
    contract, terms = ledger.contract, standing.obligation
    if terms.kind.value != "payment" or terms.obligor.value != "government":
        return 0
    if terms.amount_fen is None or standing.due.on is None or not standing.days_late:
        return 0
    rate = rate_for(contract.signed_on, contract.annual_rate, in_scope=under_decree(contract))
    until = standing.fulfilled_on or as_of
    found = late_interest(terms.amount_fen, standing.due.on, until, rate, standing.payments)
    return found.total_fen


def differences(seed: int) -> Iterator[Difference]:
    """Where product and model differ on one random contract, on its interesting days."""
    rng = random.Random(seed)
    document = chains.random_document(rng)
    days = chains.as_of_days(document, rng)
    submission = read_contract(document)
    ledger = open_ledger(submission.contract, submission.facts, (), statute())
    for as_of in days:
        model = oracle.standing(document, as_of)
        found = standings_at(ledger, as_of)
        assert found.keys() == model.keys()
        for key, standing in found.items():
            said = ours(ledger, standing, as_of)
            for what, value in model[key].items():
                if said[what] != value:
                    yield Difference(seed, as_of, key, what, said[what], value)
