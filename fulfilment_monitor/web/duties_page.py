"""Who answers for which clause of the notices in a region, what is open there, what is missing."""

from typing import Any

from flask import Blueprint, render_template, request

from ..domain.access import Action
from ..domain.errors import NotFound
from ..house import load_clauses
from ..premises import premises
from ..services import clauses, worklists
from ..services.sight import sight
from . import queries
from .guard import actor, opens_to
from .places import region_name
from .turn import office

bp = Blueprint("duties_page", __name__, template_folder="templates")

_DIGITS = 6


@bp.get("/oversight/clauses")
@opens_to(Action.SUPERVISE)
def by_clause() -> str:
    """The clauses in force in a region the reader leads or supervises."""
    today = premises().moment().today
    with premises().house.readers() as session:
        region = _region(session)
        found = clauses.list_clauses(session, load_clauses(), region, today, office())
        desks = worklists.mechanism(session, region, today)
    return render_template(
        "oversight/clauses.html", region=region_name(region), clauses=found, desks=desks
    )


def _region(session: Any) -> str:
    """The region asked for, else the reader's own.

    Raises:
        NotFound: none the reader leads or supervises.
    """
    seen = sight(session, Action.SUPERVISE, actor(), premises().moment().today)
    asked = queries.read_text(request.args, "region")
    own = [stem.ljust(_DIGITS, "0") for stem in sorted(seen.stems)]
    region = asked or next(iter(own), "")
    if not region.isdigit() or len(region) != _DIGITS:
        raise NotFound("no such region")
    if not any(region.startswith(stem) for stem in seen.stems):
        raise NotFound("no such region")
    return region
