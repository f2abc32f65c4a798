"""The officer's desk at `/work`: what is to be done, the most urgent first; and its other pages."""

from datetime import date
from typing import Any

from flask import Blueprint, render_template, request

from ..domain.access import Action
from ..domain.authority import Forbidden, Role
from ..domain.cases import FINAL, State
from ..premises import premises
from ..services import desks, vault_lists
from ..services.case_views import OFFICERS
from ..services.desks import Desk, Place
from . import (
    assisting,
    case_file,
    case_folders,
    case_letters,
    case_steps,
    case_vault,
    measures_desk,
    queries,
)
from .guard import actor, opens_to
from .lights import light_of
from .turn import office

bp = Blueprint("officer", __name__, template_folder="templates")

#: What an application registers for officers.
BLUEPRINTS = (
    bp,
    case_file.bp,
    case_steps.bp,
    case_letters.bp,
    case_folders.bp,
    case_vault.bp,
    measures_desk.bp,
    assisting.bp,
)
_PAGE = 20


@bp.get("/work")
@opens_to(Action.CASE_STEP)
def worklist() -> str:
    """Open claims of one of the reader's desks."""
    who = actor()
    if not who.is_service and not who.roles & set(OFFICERS):
        raise Forbidden("this desk is for officers of cases")
    asked = request.args
    desk = queries.read_code(asked, "desk", Desk) or Desk.MINE
    state = queries.read_code(asked, "state", State)
    late, after = bool(asked.get("late")), _read_place(asked)
    house, moment = premises().house, premises().moment()
    known: dict[str, Any] = {"by": who, "office": office(), "today": moment.today}
    with house.readers() as session:
        found = desks.lying(
            session, desk, state=state, late=late, after=after, limit=_PAGE, **known
        )
        waiting = vault_lists.to_decide(session, **known)
    return render_template(
        "officer/work.html",
        desk=desk,
        desks=_desks(),
        state=state,
        states=[s for s in State if s not in FINAL],
        late=late,
        first=after is None,
        items=[_row(item.shown(moment.today), found.openable) for item in found.items],
        more=found.after and _write_place(found.after),
        waiting=waiting,
        keeps_vault=Role.CUSTODIAN in who.roles,
    )


def _desks() -> list[Desk]:
    reviews = Role.REVIEWER in actor().roles
    return [d for d in Desk if d is not Desk.REVIEW or reviews]


def _row(item: dict[str, Any], openable: frozenset[str]) -> dict[str, Any]:
    due: date | None = item["due_on"]
    left = None if due is None else (due - premises().moment().today).days
    return {**item, "left": left, "light": light_of(left), "opens": item["claim"] in openable}


def _read_place(asked: Any) -> Place | None:
    """Where the page begins after: a due day or `-`, and a row."""
    text = asked.get("after", "")
    if not text:
        return None
    day, _, row = text.partition(",")
    number = queries.read_row({"after": row}, "after")
    if number is None:
        raise queries.BadQuery(f"after: {text!r} is no place in the list")
    return Place(None if day == "-" else queries.read_day({"after": day}, "after"), number)


def _write_place(place: Place) -> str:
    return f"{place.due_on or '-'},{place.row}"
