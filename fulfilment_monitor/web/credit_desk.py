"""The credit record of a body: four streams and what they restrict, as far as one may see it."""

from typing import Any

from flask import Blueprint, render_template

from ..domain.access import Action, reaches
from ..domain.records import LISTINGS, RecordState
from ..premises import premises
from ..services.credit_views import ledger_of
from ..services.restrictions import restrictions
from . import correcting
from .guard import actor, opens_to
from .turn import office

bp = Blueprint("credit_desk", __name__, template_folder="templates")


@bp.get("/bodies/<uscc>/record")
@opens_to(Action.CREDIT_READ)
def record(uscc: str) -> str:
    """What is on record as of today, and for whom measures are, those that hold."""
    by, today = actor(), premises().moment().today
    with premises().house.readers() as session:
        ledger = ledger_of(
            session, uscc, by=by, on=today, today=today, office=office(), to_own=True
        )
        asks = bool(reaches(Action.MEASURE_READ, by))
        held = restrictions(session, uscc, today, office()) if asks else None
    return render_template(
        "oversight/record.html",
        name=ledger["name"],
        uscc=uscc,
        items=[_shown(r) for r in ledger["records"]],
        held=held,
        day=today.isoformat(),
    )


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    """A record for its row; of a published one there is no more than what was decided."""
    keeps, listed = bool(actor().roles & correcting.KEEPERS), record["stream"] in LISTINGS
    effective = record["state"] == RecordState.EFFECTIVE.value
    beside = {name: record.get(name) for name in ("amount", "corrections")}
    return {
        **record,
        **beside,
        "id": record["record"],
        "correctable": keeps and listed and effective,
    }
