"""`/calculators`: the last day of a term, and late interest, each with its reasons.

Forms send by GET, so that every result has an address of its own.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template, request

from ..domain.calculators import (
    Debt,
    Reckoned,
    agreed_deadline,
    interest_on,
    statutory_deadline,
)
from ..domain.errors import UnknownTerm
from ..domain.facts import Money
from ..domain.interest import DAY_BASES, Interest
from ..domain.money import parse_yuan, show_yuan
from ..domain.statute import Period, Statute, Term, Unit
from ..premises import premises
from ..schemas.fields import FIRST_DAY, LAST_DAY
from .complaint_form import plain_amount
from .guard import opens_to
from .language import label, say

bp = Blueprint("calculators", __name__, template_folder="templates")

_WHOLE = re.compile(r"\d{1,4}", re.ASCII)
_PERCENT = re.compile(r"\d{1,2}(\.\d{1,6})?|100(\.0{1,6})?", re.ASCII)
#: Part payments the form has lines for.
PAYMENTS = 4


class Query:
    """The fields of a calculator as the address gives them, and what is wrong with each."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = {k: v.strip()[:100] for k, v in given.items()}
        self.faults: dict[str, str] = {}

    def text(self, name: str) -> str:
        return self.given.get(name, "")

    def day(self, name: str, *, required: bool = True) -> date | None:
        """A day the calendar can count."""
        text = self.text(name)
        try:
            day = date.fromisoformat(text) if len(text) == len("2025-06-01") else None
        except ValueError:
            day = None
        if day is not None and FIRST_DAY <= day <= LAST_DAY:
            return day
        if text or required:
            self.faults[name] = "calc.error.day"
        return None

    def yuan(self, name: str, *, required: bool = True) -> int | None:
        """An amount above zero, in fen."""
        text = self.text(name)
        try:
            fen = parse_yuan(plain_amount(text)) if text else 0
        except ValueError:
            fen = 0
        if fen > 0:
            return fen
        if text or required:
            self.faults[name] = "calc.error.amount"
        return None

    def rate(self, name: str) -> Decimal | None:
        """A yearly rate, typed in per cent; a fraction inside."""
        text = self.text(name).removesuffix("%").strip()
        if not text:
            return None
        if not _PERCENT.fullmatch(text):
            self.faults[name] = "calc.error.rate"
            return None
        return Decimal(text) / 100

    def whole(self, name: str) -> int | None:
        """A number of days, months or years; nothing where the field is empty."""
        text = self.text(name)
        if not text:
            return None
        if not _WHOLE.fullmatch(text):
            self.faults[name] = "calc.error.length"
            return None
        return int(text)


@bp.get("/calculators")
@opens_to()
def index() -> str:
    """Which calculators there are."""
    return render_template("public/calculators.html")


@bp.get("/calculators/deadline")
@opens_to()
def deadline() -> str:
    """The last day of a statutory term, or of an agreed period."""
    query, statute = Query(request.args), premises().house.office().statute
    found = _deadline(query, statute) if "start" in request.args else None
    return render_template(
        "public/deadline.html",
        **_told(query),
        terms=_terms(statute, premises().moment().today),
        units=[(u.value, label("unit", u.value)) for u in Unit],
        found=None if query.faults else found,
    )


def _told(query: Query) -> dict[str, Any]:
    """What was typed, and what is wrong with it; what was not typed is empty."""
    said = [(field, say(words)) for field, words in query.faults.items()]
    return {
        "given": defaultdict(str, query.given),
        "fault_list": said,
        "fault_at": defaultdict(str, said),
    }


def _deadline(query: Query, statute: Statute) -> Reckoned | None:
    start, length = query.day("start"), query.whole("length")
    signed = query.day("signed", required=False)
    term, unit = query.text("term"), query.text("unit") or Unit.DAY.value
    if not term and length is None:
        query.faults.setdefault("term", "calc.error.term")
    if unit not in [u.value for u in Unit]:
        query.faults["unit"] = "calc.error.unit"
    if query.faults or start is None:
        return None
    try:
        if length is None:
            return statutory_deadline(statute, term, start, signed)
        rolls = not query.text("no_roll")
        return agreed_deadline(statute, Period(length, Unit(unit)), start, rolls=rolls)
    except UnknownTerm:
        query.faults["term"] = "calc.error.term.then"
    except (OverflowError, ValueError):  # beyond the calendar, or beyond the year 9999
        query.faults["start"] = "calc.error.beyond"
    return None


def _terms(statute: Statute, today: date) -> list[Term]:
    """The statutory terms there are, each as in force today or as it was last, by name."""
    latest: dict[str, Term] = {}
    for term in sorted(statute.terms, key=lambda t: t.in_force_from):
        if term.in_force_from <= today:
            latest[term.id] = term
    return [latest[name] for name in sorted(latest)]


@bp.get("/calculators/interest")
@opens_to()
def interest() -> str:
    """Late interest on a payment: a computation, never a claim."""
    query, statute = Query(request.args), premises().house.office().statute
    found = _interest(query, statute) if "principal" in request.args else None
    return render_template(
        "public/interest.html",
        **_told(query),
        found=None if found is None or query.faults else _shown(found),
        bases=[(str(days), str(days)) for days in DAY_BASES],
        payments=range(1, PAYMENTS + 1),
        paid_open=any(name.startswith("paid_") for name, text in query.given.items() if text),
        today=premises().moment().today,
    )


def _interest(query: Query, statute: Statute) -> Interest | None:
    principal, signed = query.yuan("principal"), query.day("signed")
    due, until, rate = query.day("due"), query.day("until"), query.rate("annual_rate")
    paid = [p for n in range(1, PAYMENTS + 1) if (p := _payment(query, n)) is not None]
    basis = query.text("basis") or str(DAY_BASES[0])
    if basis not in map(str, DAY_BASES):
        query.faults["basis"] = "calc.error.basis"
    if query.faults or principal is None or signed is None or due is None or until is None:
        return None
    debt = Debt(principal, due, signed, rate, not query.text("out_of_scope"), int(basis))
    return interest_on(statute, debt, until, paid)


def _payment(query: Query, n: int) -> Money | None:
    """A line of the part payments; both of its fields, or neither."""
    on, amount = f"paid_on_{n}", f"paid_{n}"
    filled = bool(query.text(on) or query.text(amount))
    day, fen = query.day(on, required=filled), query.yuan(amount, required=filled)
    return None if day is None or fen is None else Money(day, fen)


def _shown(found: Interest) -> dict[str, Any]:
    rate = found.rate
    return {
        "total": show_yuan(found.total_fen),
        "rate": None if rate is None else rate.shown,
        "rate_basis": None if rate is None else rate.basis,
        "findings": [issue.detail for issue in found.findings],
        "segments": [
            {
                "from": s.from_on,
                "to": s.to_on,
                "days": s.days,
                "remaining": show_yuan(s.remaining_fen),
                "amount": show_yuan(s.fen),
            }
            for s in found.segments
        ],
    }
