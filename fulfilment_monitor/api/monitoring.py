"""What the sweep found, and the sweep itself."""

from datetime import date
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from ..domain.access import Action
from ..domain.api_keys import Scope
from ..domain.errors import Invalid, Issue
from ..gateways import file_sink
from ..house import keys_of
from ..premises import premises
from ..schemas.api import contracts as shapes
from ..schemas.api.organisations import SweepIn, SweepOut
from ..schemas.api.queries import AlertQuery, LeadQuery
from ..schemas.fields import issues_of
from ..services import clocks, jobs, nightly, sweeps
from ..services.alerts import After, list_alerts
from ..services.leads import list_leads
from ..services.sight import sight
from . import requests
from .callers import actor, opens_to
from .document import PREFIX, Blueprint, takes
from .pages import BadCursor, page, place_of

bp = Blueprint(
    "api_monitoring", __name__, url_prefix=PREFIX, description="Alerts, leads, the sweep"
)


@bp.get("/alerts")
@opens_to(Action.ALERT_READ, Scope.ALERTS_READ)
@bp.arguments(AlertQuery, location="query", unknown=None)
@bp.response(200, shapes.AlertPage)
def find_alerts(query: dict[str, Any]) -> Any:
    """Alerts in sight, newest first."""
    place = place_of(query, "alerts", str, str, int, str)
    house, today = premises().house, premises().moment().today
    audience = query.get("audience")
    with house.readers() as session:
        found = list_alerts(
            session,
            sight(session, Action.ALERT_READ, actor(), today),
            house.policy,
            as_of=requests.day(query),
            audience=None if audience is None else audience.value,
            after=None if place is None else _after(*place),
            limit=query["limit"] + 1,
            count=False,
        )
    return page(found.items, query, "alerts", lambda a: a["after"])


def _after(raised_on: str, due_on: str, obligation_id: int, rule: str) -> After:
    try:
        return After(date.fromisoformat(raised_on), date.fromisoformat(due_on), obligation_id, rule)
    except ValueError:
        raise BadCursor from None


@bp.get("/leads")
@opens_to(Action.LEAD_READ, Scope.LEADS_READ)
@bp.arguments(LeadQuery, location="query", unknown=None)
@bp.response(200, shapes.LeadPage)
def find_leads(query: dict[str, Any]) -> Any:
    """Leads (违约线索) in sight, newest first, as they stood on a day; never called a breach."""
    before = place_of(query, "leads", int)
    house, today = premises().house, premises().moment().today
    with house.readers() as session:
        found = list_leads(
            session,
            sight(session, Action.LEAD_READ, actor(), today, house.policy),
            as_of=requests.day(query),
            state=query.get("state"),
            before=before[0] if before else None,
            limit=query["limit"] + 1,
            count=False,
        )
    return page(found.items, query, "leads", lambda lead: [lead["row"]])


@bp.post("/sweeps")
@opens_to(Action.JOB_RUN, None)
@takes(SweepIn, {}, required=False)
@bp.response(201, SweepOut)
@bp.doc(**{"x-refusals": [409, 503]})
def sweep() -> Any:
    """Run the daily check; it may be run again at any time, and raises nothing twice."""
    as_of = _day_asked(requests.document(optional=True))
    house, (now, today) = premises().house, premises().moment()
    day = as_of or today
    if day > today:
        raise Invalid([Issue("/as_of", "future", f"today is {today}")])
    with house.sessions.begin() as session:
        jobs.start(session, "sweep", by=actor(), now=now)
        if as_of is None:
            tolerance = house.settings.clock_tolerance_seconds
            clocks.watch_clocks(
                session, now=now, elapsed_offset_seconds=0, tolerance_seconds=tolerance
            )
    office, clock = house.office(), premises().moment
    done = sweeps.sweep(
        house.sessions, office, as_of=day, now=lambda: clock().now,
        exempt_from_clock=as_of is not None,
    )  # fmt: skip
    nightly.follow(
        house.sessions,
        office,
        keys_of(house),
        channels=house.channels,
        maps=house.maps,
        now=now,
        today=day,
    )
    if house.settings.alert_sink:
        folder = Path(house.settings.alert_sink)
        file_sink.deliver(house.sessions, house.policy, folder, lambda: clock().now)
    return {**done._asdict(), "as_of": done.as_of.isoformat()}


def _day_asked(document: Any) -> date | None:
    try:
        found: date | None = SweepIn().load(document).get("as_of")
    except ValidationError as fault:
        raise Invalid(list(issues_of(fault.normalized_messages()))) from None
    return found
