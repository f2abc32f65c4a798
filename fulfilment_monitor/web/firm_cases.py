"""The enterprise's complaints: where each stands, and what it may do: object, withdraw."""

import json

from flask import Response, render_template, request

from ..domain.access import Action
from ..domain.errors import NotFound, Refusal
from ..house import keys_of
from ..premises import premises
from ..services import own_complaints
from . import queries
from .firm import bp, seen_after
from .guard import actor, opens_to

_LONGEST = 4_000
_MOST = 50
#: What a page says after something was done to a complaint, or not.
_TOLD = ("withdrawn", "unsure", "objected", "empty", "refused")
_WITHDRAWN = "投诉人撤回"


@bp.get("/firm/cases")
@opens_to(Action.CONTRACT_NOTICE)
def cases() -> str:
    """The complaints of the enterprise, newest first."""
    house, today = premises().house, premises().moment().today
    secrets = keys_of(house)
    with house.readers() as session:
        found = own_complaints.list_own(session, secrets, by=actor(), today=today, limit=_MOST)
    return render_template("enterprise/cases.html", cases=found)


@bp.get("/firm/cases/<ulid>")
@opens_to(Action.CONTRACT_NOTICE)
def case(ulid: str) -> str:
    """One complaint: as much as the holder of its code would see."""
    house, today = premises().house, premises().moment().today
    secrets = keys_of(house)
    with house.readers() as session:
        wanted = queries.check_ulid(ulid)
        shown = own_complaints.show_own(session, wanted, secrets, by=actor(), today=today)
    told = request.args.get("told", "")
    return render_template(
        "enterprise/case.html",
        ulid=ulid,
        progress=shown,
        told=told if told in _TOLD else "",
        promise=json.dumps(shown.record._asdict(), ensure_ascii=False, indent=1),
    )


@bp.post("/firm/cases/<ulid>/withdraw")
@opens_to(Action.CONTRACT_NOTICE)
def withdraw(ulid: str) -> Response:
    """The enterprise withdraws; what others complain of, and what was found, goes on."""
    if not request.form.get("sure"):
        return seen_after("enterprise.case", ulid=ulid, told="unsure")
    reason = queries.read_text(request.form, "reason", _LONGEST) or _WITHDRAWN
    return _act(ulid, "withdrawn", own_complaints.withdraw, queries.check_ulid(ulid), reason)


@bp.post("/firm/cases/<ulid>/object")
@opens_to(Action.CONTRACT_NOTICE)
def object_to(ulid: str) -> Response:
    """The enterprise objects to the result of one claim."""
    grounds = request.form.get("grounds", "").strip()[:_LONGEST]
    if not grounds:
        return seen_after("enterprise.case", ulid=ulid, told="empty")
    claim = queries.check_ulid(request.form.get("claim", ""))
    verb = own_complaints.object_to
    return _act(ulid, "objected", verb, queries.check_ulid(ulid), claim, grounds)


def _act(ulid: str, done: str, verb: object, *said: str) -> Response:
    house, moment = premises().house, premises().moment()
    secrets, office = keys_of(house), house.office()
    try:
        with house.sessions.begin() as session:
            verb(  # type: ignore[operator]
                session, *said, secrets, by=actor(), office=office, now=moment.now,
                today=moment.today,
            )  # fmt: skip
    except NotFound:
        raise
    except Refusal:
        done = "refused"
    return seen_after("enterprise.case", ulid=ulid, told=done)
