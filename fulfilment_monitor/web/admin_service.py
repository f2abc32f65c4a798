"""`/admin/jobs` and `/admin/record`: how the service fares, and what is on record."""

from flask import Blueprint, Response, request

from ..domain.access import Action
from ..premises import premises
from ..services import acts, anchors, operations
from ..services.acts import Wanted
from ..services.audit import Verified
from . import queries
from .admin import PAGE, show, to
from .guard import actor, opens_to

bp = Blueprint("admin_service", __name__, template_folder="templates")
record_bp = Blueprint("admin_record", __name__, template_folder="templates")
_JOBS, _RECORD = "admin_service.jobs", "admin_record.record"
_RUNS, _ANCHORS = 7, 10


@bp.get("/admin/jobs")
@opens_to(Action.JOB_RUN)
def jobs() -> Response:
    """The last sweeps, what waits to be sent, and messages that can be sent again."""
    topic, before = (
        queries.read_text(request.args, "topic"),
        queries.read_row(request.args, "before"),
    )
    with premises().house.readers() as session:
        by = actor()
        found = operations.letters(session, by=by, topic=topic, before=before, limit=PAGE + 1)
        return show(
            "admin/jobs.html",
            _JOBS,
            runs=operations.runs(session, by=by, limit=_RUNS),
            restored_at=operations.last_restore(session, by=by),
            queues=operations.queues(session, by=by),
            letters=found[:PAGE],
            topic=topic,
            first=before is None,
            more=found[PAGE - 1].id if len(found) > PAGE else None,
        )


@bp.post("/admin/jobs/messages/<int:message_id>/again")
@opens_to(Action.JOB_RUN)
def again(message_id: int) -> Response:
    """Send a message once more."""
    with premises().house.sessions.begin() as session:
        operations.send_again(session, message_id, by=actor(), now=premises().moment().now)
    return to(_JOBS)


@record_bp.get("/admin/record")
@opens_to(Action.AUDIT_READ)
def record() -> Response:
    """Acts on record, the newest first."""
    return _record()


@record_bp.post("/admin/record/verify")
@opens_to(Action.AUDIT_READ)
def verify() -> Response:
    """Walk the last acts on record, and say whether they are whole."""
    house = premises().house
    keys = house.keys.checking()
    with house.readers() as session:
        found = acts.verify_recent(session, keys, by=actor())
    return _record(verified=found)


def _record(verified: Verified | None = None) -> Response:
    before = queries.read_row(request.args, "before")
    wanted = Wanted(*(queries.read_text(request.args, name) for name in Wanted._fields))
    with premises().house.readers() as session:
        found = acts.list_acts(session, wanted, by=actor(), before=before, limit=PAGE + 1)
        kept = anchors.all_kept(session)[-_ANCHORS:]
    return show(
        "admin/record.html",
        _RECORD,
        acts=found[:PAGE],
        more=found[PAGE - 1].seq if len(found) > PAGE else None,
        first=before is None,
        wanted=wanted,
        anchors=kept[::-1],
        walked=acts.WALKED,
        verified=verified,
    )
