"""The pages of the board: each reads what the address asks, calls services, and shows it."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from ..domain.access import Action
from ..domain.alerts import Audience
from ..domain.contracts import Field
from ..domain.leads import LeadState
from ..house import answers
from ..premises import premises
from ..services import totals
from ..services.alerts import list_alerts
from ..services.duties import last_look
from ..services.foreseeing import expected_of
from ..services.leads import list_leads
from ..services.registry import list_contracts, show_contract
from ..services.sight import Sight, contract_in_sight, sight
from . import queries
from .acting import Done, desk_acts, marked
from .coming import LOOKED_AT, coming
from .dossier import code_of, open_dossier
from .guard import actor, opens_to
from .spans import obligation_chart
from .timeline import timeline

bp = Blueprint(
    "board",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)

_PAGE = 20
_NEWEST = 8


@bp.get("/overview")
@opens_to(Action.CONTRACT_READ)
def overview() -> str:
    """What there is, what falls due next, what is newest."""
    house, day = premises().house, _day()
    office = house.office()
    with house.readers() as session:
        seen = _sight(session, Action.CONTRACT_READ)
        warned = list_alerts(
            session, seen, office.policy, as_of=day, limit=LOOKED_AT, count=False
        ).items
        open_now = list_leads(
            session, seen, as_of=day, state=LeadState.OPEN, limit=_NEWEST, count=False
        )
        counts = {
            "contracts": totals.contracts(session, seen),
            "obligations": totals.obligations(session, seen),
            "alerts": totals.alerts(session, seen, day),
            "leads": totals.leads(session, seen, day),
        }
        return render_template(
            "overview.html",
            **_days(day),
            counts=counts,
            looked=last_look(session),
            coming=coming(session, warned, office, day, limit=_NEWEST),
            alerts=warned[:_NEWEST],
            leads=open_now.items,
        )


@bp.get("/contracts")
@opens_to(Action.CONTRACT_READ)
def contracts() -> str:
    """The list of contracts, newest first."""
    field = queries.read_code(request.args, "field", Field)
    text = queries.read_text(request.args, "q")
    before = queries.read_row(request.args, "before")
    kind = None if field is None else field.value
    with premises().house.readers() as session:
        seen = _sight(session, Action.CONTRACT_READ)
        found = list_contracts(
            session, seen, before=before, field=kind, text=text, limit=_PAGE + 1, count=False
        )
        if text:
            total = totals.searched(session, seen, text, field=kind)
        else:
            total = totals.contracts(session, seen, field=kind)
    items = found.items[:_PAGE]
    return render_template(
        "contracts.html",
        items=items,
        total_found=total,
        fields=list(Field),
        field=field,
        text=text,
        first=before is None,
        more=items[-1]["row"] if len(found.items) > _PAGE else None,
    )


@bp.get("/contracts/<ulid>")
@opens_to(Action.CONTRACT_READ)
def contract(ulid: str) -> str:
    """One contract as it stands on a day, and how it came to stand so."""
    house, day = premises().house, _day()
    office = house.office()
    with house.readers() as session:
        today = premises().moment().today
        contract_id = contract_in_sight(
            session, Action.CONTRACT_READ, actor(), queries.check_ulid(ulid), today, house.policy
        )
        shown = show_contract(session, contract_id, as_of=day, office=office)
        acts = desk_acts(session, contract_id)
        expected = expected_of(session, contract_id, office=office, as_of=day) if acts else {}
    dossier = open_dossier(shown)
    dossier["facts"] = [marked(fact) for fact in dossier["facts"]]
    return render_template(
        "contract.html",
        **_days(day),
        contract=dossier,
        timeline=timeline(dossier),
        chart=obligation_chart(dossier),
        code_of=code_of,
        acts=acts,
        expected=expected,
        done=queries.read_code(request.args, "done", Done) if acts else None,
    )


@bp.get("/alerts")
@opens_to(Action.ALERT_READ)
def alerts() -> str:
    """Alerts, newest first, for one audience or all."""
    house, day = premises().house, _day()
    audience = queries.read_code(request.args, "audience", Audience)
    after = queries.read_after(request.args)
    with house.readers() as session:
        seen = _sight(session, Action.ALERT_READ)
        told = None if audience is None else audience.value
        found = list_alerts(
            session,
            seen,
            house.policy,
            as_of=day,
            audience=told,
            after=after,
            limit=_PAGE + 1,
            count=False,
        )
        total = totals.alerts(session, seen, day, audience=told) if after is None else None
    items = found.items[:_PAGE]
    return render_template(
        "alerts.html",
        **_days(day),
        items=items,
        total_found=total,
        audiences=list(Audience),
        audience=audience,
        first=after is None,
        more=queries.write_after(items[-1]["after"]) if len(found.items) > _PAGE else None,
    )


@bp.get("/leads")
@opens_to(Action.LEAD_READ)
def leads() -> str:
    """Leads, newest first, each with its evidence folded in."""
    house, day = premises().house, _day()
    before = queries.read_row(request.args, "before")
    with house.readers() as session:
        seen = _sight(session, Action.LEAD_READ)
        found = list_leads(session, seen, as_of=day, before=before, limit=_PAGE + 1, count=False)
        total = totals.leads(session, seen, day)
    items = found.items[:_PAGE]
    return render_template(
        "leads.html",
        **_days(day),
        items=items,
        total_found=total,
        first=before is None,
        more=items[-1]["row"] if len(found.items) > _PAGE else None,
    )


@bp.get("/about")
@opens_to()
def about() -> str:
    """What the board is, and what it does not say."""
    return render_template("about.html")


@bp.get("/healthz")
@opens_to()
def healthz() -> Response:
    """Whether the database answers."""
    there = answers(premises().house)
    response = make_response(*(("ok", 200) if there else ("the database does not answer", 503)))
    response.mimetype = "text/plain"
    return response


def _sight(session: Any, action: Action) -> Sight:
    """How far the reader sees today, whatever day is looked at."""
    return sight(session, action, actor(), premises().moment().today, premises().house.policy)


def _day() -> date:
    """The day to look at: the one asked for, else today."""
    return queries.read_day(request.args, "as_of") or premises().moment().today


def _days(day: date) -> dict[str, Any]:
    """What every page about a day knows: the day, and what links carry on if it was asked for."""
    asked = request.args.get("as_of", "").strip()
    return {"day": day, "as_of": day.isoformat() if asked else None}
