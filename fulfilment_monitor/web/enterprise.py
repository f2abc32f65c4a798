"""The enterprise's pages: what it is owed and when, what others say, its cases."""

from enum import StrEnum

from flask import render_template, request

from ..domain.access import Action
from ..domain.money import show_yuan
from ..house import keys_of
from ..premises import premises
from ..services import owed, own_complaints
from . import (
    answering,
    asking,
    firm_cases,
    firm_contacts,
    firm_contracts,
    firm_debts,
    firm_facts,
    firm_staff,
    notices,
    queries,
)
from .firm import bp
from .guard import actor, opens_to

__all__ = ["bp"]
_PAGES = (
    answering, asking, firm_cases, firm_contacts, firm_contracts, firm_debts, firm_facts,
    firm_staff, notices,
)  # fmt: skip

_FIRST, _STATEMENTS, _CASES = 12, 20, 5


class Done(StrEnum):
    """What was just done: the page says so."""

    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    STATED = "stated"


@bp.get("/firm")
@opens_to(Action.CONTRACT_NOTICE)
def home() -> str:
    """What is owed and since when, what waits for an answer, and the cases that go on."""
    house, today = premises().house, premises().moment().today
    office, secrets = house.office(), keys_of(house)
    with house.readers() as session:
        told = owed.what_is_owed(session, by=actor(), office=office, today=today)
        statements = owed.awaiting_answer(session, by=actor(), today=today, limit=_STATEMENTS)
        cases = own_complaints.list_own(
            session, secrets, by=actor(), today=today, is_open=True, limit=_CASES
        )
    whole = bool(request.args.get("all"))
    return render_template(
        "enterprise/home.html",
        today=today,
        owed=told,
        items=told.items if whole else told.items[:_FIRST],
        statements=statements,
        cases=cases,
        sums={
            "owed": show_yuan(told.owed_fen),
            "overdue": show_yuan(told.overdue_fen),
            "interest": show_yuan(told.interest_fen),
        },
        done=queries.read_code(request.args, "done", Done),
    )
