"""What the parties of one contract agreed and said, as a document the oracle can read.

The oracle knows contracts and facts. Answers, corrections and amendments are worked into such a
document here: a statement that was corrected or refused is not in it, one refused in part is in
it with the rest, and a date both sides moved is the date from the day they agreed on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple

from tests.model import oracle

Document = dict[str, Any]
DAY = timedelta(days=1)
#: A notice nobody has published: Friday to Monday off at New Year, and the Spring Festival.
NOTICE_2027 = {
    date(2027, 1, 1): "off_adjusted",
    date(2027, 1, 4): "off_adjusted",
    date(2027, 1, 9): "workday_makeup",
    **{date(2027, 2, day): "off_adjusted" for day in (5, 8, 9, 10, 11, 12)},
    date(2027, 2, 20): "workday_makeup",
    date(2027, 10, 1): "off_adjusted",
}
DISPUTES = ("disputed", "undisputed")


@contextmanager
def noticed(days: dict[date, str]) -> Iterator[None]:
    """The oracle's calendar with these days beside the published ones."""
    added = {day.year for day in days} - oracle.NOTICED_YEARS
    oracle.CALENDAR.update(days)
    oracle.NOTICED_YEARS.update(added)
    try:
        yield
    finally:
        for day in days:
            del oracle.CALENDAR[day]
        oracle.NOTICED_YEARS.difference_update(added)


@dataclass
class Statement:
    """A fact as it was told, and what became of it."""

    ulid: str
    fact: Document
    answer: str | None = None
    #: Of a payment that was disputed, the part that did not arrive, in yuan; None is all of it.
    refused: str | None = None
    corrected: bool = False

    @property
    def is_claim(self) -> bool:
        by_debtor = self.fact["kind"] == "paid" and self.fact["by"] == "government"
        return by_debtor and self.answer is None

    def as_it_counts(self) -> Document | None:
        """The fact as far as it counts; None where nothing of it does."""
        if self.answer is None:
            return self.fact
        if self.answer == "confirmed":
            return {**self.fact, "confirmed": True}
        if self.refused is None:
            return None
        rest = oracle.fen(self.fact["amount"]) - oracle.fen(self.refused)
        return {**self.fact, "amount": yuan(rest), "confirmed": True} if rest else None


class Change(NamedTuple):
    """A due date both sides moved."""

    agreed_on: date
    obligation: str
    due_on: date


class Row(NamedTuple):
    """One obligation on one day; money in fen."""

    terms: Document
    state: str
    due_on: date | None
    agreed_due_on: date | None
    provisional: bool
    days_late: int
    interest: int
    remaining: int | None
    undisputed: int | None
    paid: tuple[tuple[date, int], ...]
    claims: tuple[tuple[date, int], ...]
    #: The day by which payments and claims together cover the whole.
    claimed_in_full_on: date | None
    disputed_since: date | None
    rejected_on: date | None
    reported: bool

    @property
    def is_live(self) -> bool:
        return self.state in ("open", "overdue")

    @property
    def is_met(self) -> bool:
        return self.state in ("fulfilled", "fulfilled_late", "waived")


@dataclass
class Deal:
    """A contract with everything said about it."""

    document: Document
    ulid: str = ""
    statements: list[Statement] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    @property
    def number(self) -> str:
        return str(self.document["contract_no"])

    @property
    def signed_on(self) -> date:
        return date.fromisoformat(self.document["signed_on"])

    @property
    def protected(self) -> bool:
        firm = self.document["enterprise"]
        return firm["ownership"] == "private" or firm["size"] in oracle.SME_SIZES

    def told(self, key: str) -> list[Statement]:
        """The statements about an obligation that have not been corrected."""
        return [s for s in self.statements if not s.corrected and s.fact["obligation"] == key]

    def as_of(self, day: date) -> Document:
        """The document under the terms of a day, with the facts as far as they count."""
        moved = {c.obligation: c.due_on for c in self.changes if c.agreed_on <= day}
        counted = [s.as_it_counts() for s in self.statements if not s.corrected]
        return {
            **self.document,
            "obligations": [_moved(o, moved) for o in self.document["obligations"]],
            "facts": [f for f in counted if f is not None],
        }

    def rows(self, day: date) -> dict[str, Row]:
        """How every obligation stands on a day."""
        document = self.as_of(day)
        view = oracle.View(document, day, oracle.counted_payments(document, day))
        return {key: self._row(view, key, day) for key in view.obligations}

    def _row(self, view: oracle.View, key: str, day: date) -> Row:
        terms = view.obligations[key]
        said = [s for s in self.told(key) if date.fromisoformat(s.fact["on"]) <= day]
        standing = view.standing(terms)
        paid = tuple(sorted(view.paid.get(key, [])))
        claims = tuple(sorted(_money(s.fact) for s in said if s.is_claim))
        dispute = view.dispute(key)
        return Row(
            terms=terms,
            undisputed=_undisputed(standing["remaining"], dispute),
            paid=paid,
            claims=claims,
            claimed_in_full_on=_covered(terms, (*paid, *claims)) if claims else None,
            disputed_since=dispute["on"] if dispute else None,
            rejected_on=min(view.days(key, "rejected"), default=None),
            reported=bool(said),
            **standing,
        )

    def days(self) -> list[date]:
        """The days on which anything about the contract changes, by a word or by itself."""
        told = {date.fromisoformat(s.fact["on"]) for s in self.statements if not s.corrected}
        waiting = sorted({self.signed_on, *told, *(c.agreed_on for c in self.changes)})
        found = []
        while waiting:
            day = waiting.pop(0)
            found.append(day)
            lapses = {
                row.due_on + DAY
                for row in self.rows(day).values()
                if row.due_on and row.terms["kind"] in ("acceptance", "settlement")
            }
            waiting = sorted({d for d in (*waiting, *lapses) if d > day})
        return found


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _moved(obligation: Document, moved: dict[str, date]) -> Document:
    if obligation["key"] not in moved:
        return obligation
    rest = {name: value for name, value in obligation.items() if name != "within"}
    return {**rest, "due_on": moved[obligation["key"]].isoformat()}


def _money(fact: Document) -> tuple[date, int]:
    return date.fromisoformat(fact["on"]), oracle.fen(fact["amount"])


def _covered(terms: Document, money: tuple[tuple[date, int], ...]) -> date | None:
    left = oracle.fen(terms["amount"])
    for day, amount in sorted(money):
        left -= amount
        if left <= 0:
            return day
    return None


def _undisputed(remaining: int | None, dispute: Document | None) -> int | None:
    if remaining is None or dispute is None:
        return remaining
    if "amount" not in dispute:
        return 0
    return remaining - min(remaining, oracle.fen(dispute["amount"]))
