"""Dates to expect: when each step would be due if every step before it were done in time.

A date that counts from something still to come is none yet; this is what a person asks for all the
same. It is a computation under an assumption, binds nobody, and is never watched.
"""

from datetime import date

from .allotment import open_ledger
from .duedates import DueDate
from .facts import Answer, Fact, FactKind, Source
from .ledger import Ledger
from .standings import standings_at
from .states import State


def expected_dates(ledger: Ledger, today: date) -> dict[str, DueDate]:
    """By key, for obligations that wait for something: the last day to expect, and why.

    Left out is what waits for something without a date of its own.
    """
    assumed: list[Fact] = []
    found: dict[str, DueDate] = {}
    said = [fact for facts in ledger.facts.values() for fact in facts]
    waiting = [k for k, s in standings_at(ledger, today).items() if s.state is State.WAITING]
    for _ in waiting:
        more = _done_on_last_day(ledger, [*said, *assumed], today)
        known = {fact.obligation for fact in assumed}
        new = [fact for fact in more if fact.obligation not in known]
        if not new:
            break
        assumed += new
        then = _ledger(ledger, [*said, *assumed])
        standings = standings_at(then, max(fact.on for fact in assumed))
        found = {k: due for k in waiting if (due := standings[k].due).on is not None}
    return found


def _done_on_last_day(ledger: Ledger, said: list[Fact], today: date) -> list[Fact]:
    """What both sides would say if all that has a date now were done on it, or today if past."""
    latest = max([today, *(fact.on for fact in said)])
    standings = standings_at(_ledger(ledger, said), latest)
    return [
        Fact(
            FactKind.PERFORMED,
            max(s.due.on, today),
            Source.GOVERNMENT,
            key,
            answer=Answer.CONFIRMED,
        )
        for key, s in standings.items()
        if s.due.on is not None
    ]


def _ledger(ledger: Ledger, said: list[Fact]) -> Ledger:
    return open_ledger(ledger.contract, said, ledger.amendments, ledger.statute)
