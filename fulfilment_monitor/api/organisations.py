"""Credit and restrictions of a body; the due dates of one's own organisation as a calendar."""

from typing import Any

from flask import Response

from ..domain.access import Action
from ..domain.api_keys import Scope
from ..domain.ical import Entry, calendar
from ..premises import premises
from ..schemas.api import organisations as shapes
from ..schemas.api.queries import OnQuery
from ..services.credit_views import ledger_of
from ..services.due_dates import DueDate, due_dates
from ..services.restrictions import restrictions
from . import requests
from .callers import actor, opens_to
from .document import PREFIX, Blueprint

bp = Blueprint(
    "api_organisations", __name__, url_prefix=PREFIX, description="Credit, restrictions, calendars"
)

_CALENDAR = "text/calendar"
_MOST_DAYS = 1_000
_OBLIGORS = {"government": "机关事业单位", "enterprise": "企业"}


@bp.get("/organisations/<code:uscc>/credit")
@opens_to(Action.CREDIT_READ, Scope.CREDIT_READ)
@bp.arguments(OnQuery, location="query", unknown=None)
@bp.response(200, shapes.CreditOut)
def credit(query: dict[str, Any], uscc: str) -> Any:
    """What a body has on record on a day.

    Officers see the whole ledger of any day; others, as of today, what everybody may see.
    """
    house, today = premises().house, premises().moment().today
    office, on = house.office(), requests.day(query, "on")
    with house.readers() as session:
        return ledger_of(session, uscc, by=actor(), on=on, today=today, office=office)


@bp.get("/organisations/<code:uscc>/restrictions")
@opens_to(Action.MEASURE_READ, Scope.CREDIT_READ)
@bp.arguments(OnQuery, location="query", unknown=None)
@bp.response(200, shapes.RestrictionsOut)
def restricted(query: dict[str, Any], uscc: str) -> Any:
    """What a body may not receive on a day: the question before every grant."""
    house, on = premises().house, requests.day(query, "on")
    office = house.office()
    with house.readers() as session:
        found = restrictions(session, uscc, on, office)
    return {
        "uscc": uscc,
        "on": on.isoformat(),
        "restricted": bool(found),
        "restrictions": found,
    }


@bp.get("/organisations/<code:uscc>/due-dates.ics")
@opens_to(Action.CONTRACT_READ, Scope.CONTRACTS_READ)
@bp.response(200, {"type": "string"}, content_type=_CALENDAR)
def calendar_of(uscc: str) -> Response:
    """The next due dates under the contracts of one's own organisation, as iCalendar."""
    house, today = premises().house, premises().moment().today
    with house.readers() as session:
        found = due_dates(session, uscc, by=actor(), today=today, limit=_MOST_DAYS)
    text = calendar("合同履约到期", map(_entry, found))
    reply = Response(text, content_type=f"{_CALENDAR}; charset=utf-8")
    reply.headers["Content-Disposition"] = 'attachment; filename="due-dates.ics"'
    return reply


def _entry(due: DueDate) -> Entry:
    owed_by = _OBLIGORS[due.obligor]
    about = f"{due.contract_no} {due.contract_title}\n义务方：{owed_by}"
    if due.provisional:
        about += "\n该年度节假日安排尚未公布，日期为暂定"
    uid = f"{due.obligation}@fulfilment-monitor"
    return Entry(uid, due.due_on, f"{due.title}到期", about, due.since)
