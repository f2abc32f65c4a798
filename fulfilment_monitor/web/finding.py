"""The one box in the frame, and what it finds."""

from flask import Blueprint, render_template, request

from ..domain.access import Action
from ..premises import premises
from ..services.finding import find
from . import queries
from .guard import actor, opens_to
from .turn import office

bp = Blueprint("finding", __name__)

#: Of each kind.
_SHOWN = 10
_LONGEST = 100


@bp.get("/search")
@opens_to(Action.CREDIT_READ)
def search() -> str:
    """Contracts, cases and bodies that speak of some words, of what the reader may see."""
    text = queries.read_text(request.args, "q", _LONGEST)
    found = None
    if text:
        today = premises().moment().today
        with premises().house.readers() as session:
            found = find(session, text, by=actor(), office=office(), today=today, limit=_SHOWN)
    return render_template("search.html", text=text or "", found=found)
