"""`/admin/dead-letters`: how lines to and from other platforms stand, what waits, what failed."""

from typing import Any

from flask import Blueprint, Response, request

from ..domain.access import Action
from ..premises import premises
from ..services import dead_letters, inbox, incoming_packages, partners, waiting_deliveries
from . import queries
from .admin import PAGE, show, to
from .guard import actor, opens_to

bp = Blueprint("admin_dead_letters", __name__, template_folder="templates")
_HERE = "admin_dead_letters.letters"


@bp.get("/admin/dead-letters")
@opens_to(Action.JOB_RUN)
def letters() -> Response:
    """Lines, what waits and why, and dead letters; never what they say."""
    before = queries.read_row(request.args, "before")
    with premises().house.readers() as session:
        found = dead_letters.list_dead(session, by=actor(), before=before, limit=PAGE + 1)
        return show(
            "admin/dead_letters.html",
            _HERE,
            lines=partners.list_partners(session),
            waits=waiting_deliveries.list_waiting(session),
            today=premises().moment().today,
            letters=found[:PAGE],
            more=found[PAGE - 1].row if len(found) > PAGE else None,
            first=before is None,
            channels=_channels(session),
            incoming=inbox.dead(session, by=actor(), limit=PAGE),
        )


def _channels(session: Any) -> list[dict[str, Any]]:
    """What each channel has sent, by its name."""
    house, today = premises().house, premises().moment().today
    labels = {c.code: c.label for c in house.channels}
    came = incoming_packages.inbound(session, house.maps, as_of=today)
    return [{"label": labels[code], **line._asdict()} for code, line in came.items()]


@bp.post("/admin/dead-letters/incoming/replay")
@opens_to(Action.JOB_RUN)
def replay_incoming() -> Response:
    """Put the chosen messages of channels back into the queue."""
    chosen = [queries.check_ulid(u) for u in request.form.getlist("ulids")[:PAGE]]
    now = premises().moment().now
    with premises().house.sessions.begin() as session:
        for receipt in chosen:
            inbox.replay(session, receipt, by=actor(), now=now)
    return to(_HERE)


@bp.post("/admin/dead-letters/replay")
@opens_to(Action.JOB_RUN)
def replay() -> Response:
    """Send the chosen ones again."""
    chosen = [queries.check_ulid(u) for u in request.form.getlist("ulids")[:PAGE]]
    now = premises().moment().now
    with premises().house.sessions.begin() as session:
        dead_letters.replay(session, chosen, by=actor(), now=now)
    return to(_HERE)
