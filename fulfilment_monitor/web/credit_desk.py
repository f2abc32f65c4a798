"""The credit record of a body as officers read it: its four streams, what they restrict."""

from typing import Any

from flask import Blueprint, render_template

from ..domain.access import Action
from ..domain.money import show_yuan_or_none
from ..domain.records import LISTINGS, Record, RecordState
from ..premises import premises
from ..services import records
from ..services.restrictions import restrictions
from . import correcting
from .guard import actor, opens_to
from .turn import office

bp = Blueprint("credit_desk", __name__, template_folder="templates")


@bp.get("/bodies/<uscc>/record")
@opens_to(Action.CREDIT_READ)
def record(uscc: str) -> str:
    """Every item on record as of today, and the measures that hold."""
    today = premises().moment().today
    with premises().house.readers() as session:
        body = records.find_body(session, uscc)
        items = [_shown(r) for r in records.record_of(session, body.id, today)]
        held = restrictions(session, uscc, today, office())
        name = body.name
    return render_template(
        "oversight/record.html", name=name, uscc=uscc, items=items, held=held, day=today.isoformat()
    )


def _shown(record: Record) -> dict[str, Any]:
    keeps, listed = bool(actor().roles & correcting.KEEPERS), record.stream in LISTINGS
    return {
        "id": record.ulid,
        "stream": record.stream,
        "state": record.state,
        "listed_on": record.listed_on.isoformat(),
        "ended_on": record.ended_on and record.ended_on.isoformat(),
        "amount": show_yuan_or_none(record.amount_fen),
        "source_no": record.source_no,
        "reason": record.reason,
        "corrections": record.corrections,
        "correctable": keeps and listed and record.state is RecordState.EFFECTIVE,
    }
