"""What anybody may reckon: the last day of a term, and late interest; the same at every door."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from .duedates import DueDate, deadline
from .facts import Money
from .interest import Interest, floor_findings, late_interest, rate_for
from .statute import ChosenBy, Period, Statute


class Reckoned(NamedTuple):
    """The last day of a term or of a period, and why that day."""

    name: str
    due: DueDate
    basis: tuple[str, ...]


def statutory_deadline(
    statute: Statute, name: str, start: date, signed_on: date | None = None
) -> Reckoned:
    """The last day of a statutory term.

    Args:
        signed_on: chooses the version of the law where the signing does; else the start does.

    Raises:
        UnknownTerm: there is no such term, or none was in force then.
        OverflowError, ValueError: beyond the calendar.
    """
    by_signing = any(t.id == name and t.chosen_by is ChosenBy.SIGNING for t in statute.terms)
    term = statute.term(name, signed_on if signed_on and by_signing else start)
    due = deadline(term.period, start, statute.calendar, rolls=term.rolls)
    return Reckoned(term.id, due, (f"{term.about}：{term.period}（{term.source}）", *due.basis))


def agreed_deadline(statute: Statute, period: Period, start: date, *, rolls: bool) -> Reckoned:
    """The last day of a period somebody agreed.

    Raises:
        OverflowError, ValueError: beyond the calendar.
    """
    due = deadline(period, start, statute.calendar, rolls=rolls)
    return Reckoned(str(period), due, due.basis)


class Debt(NamedTuple):
    """A payment that is late, and what was agreed about that."""

    principal_fen: int
    due_on: date
    signed_on: date
    #: A fraction a year, as agreed; None where nothing was.
    annual_rate: Decimal | None = None
    #: Whether an SME sold goods, works or services.
    in_scope: bool = True
    #: Days a year for an agreed rate; no law fixes it.
    day_basis: int = 365


def interest_on(
    statute: Statute, debt: Debt, until: date, payments: Iterable[Money] = ()
) -> Interest:
    """Late interest on a debt until a day, that day included."""
    rate = rate_for(
        debt.signed_on, debt.annual_rate, in_scope=debt.in_scope, day_basis=debt.day_basis
    )
    floor = floor_findings(debt.signed_on, debt.annual_rate, statute, in_scope=debt.in_scope)
    return late_interest(debt.principal_fen, debt.due_on, until, rate, payments, floor)
