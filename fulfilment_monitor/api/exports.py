"""What is in sight as tables, and as open contracting data."""

from typing import Any

from flask import Response

from ..domain.access import Action
from ..domain.api_keys import Scope
from ..domain.ocds.values import exact_json
from ..gateways import tables
from ..premises import premises
from ..schemas import listed
from ..schemas.api.organisations import OcdsOut
from ..schemas.api.queries import (
    AlertFileQuery,
    ContractFileQuery,
    FileKind,
    LeadFileQuery,
    PageQuery,
)
from ..schemas.listed import Listed
from ..services import exports
from ..services.alerts import list_alerts
from ..services.leads import list_leads
from ..services.ocds_export import PACKAGE, export_page
from ..services.registry import list_contracts
from ..services.sight import sight
from . import pages, requests
from .callers import actor, opens_to, refuse_without_step_up
from .contracts import narrowed
from .document import PREFIX, Blueprint

bp = Blueprint("api_exports", __name__, url_prefix=PREFIX, description="Tables and open data")

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CSV = "text/csv"
_FILE = {"type": "string", "format": "binary"}


@bp.get("/exports/contracts")
@opens_to(Action.EXPORT, Scope.EXPORT)
@bp.arguments(ContractFileQuery, location="query", unknown=None)
@bp.response(200, _FILE, content_type=_CSV)
@bp.alt_response(200, schema=_FILE, content_type=_XLSX)
def contracts(query: dict[str, Any]) -> Response:
    """Contracts in sight as a table; at most 1,000 rows for a clerk, 10,000 for others."""
    with premises().house.readers() as session:
        today = premises().moment().today
        seen = sight(session, Action.EXPORT, actor(), today)
        most = exports.allowance(actor()).rows + 1
        found = list_contracts(session, seen, limit=most, count=False, **narrowed(query))
    return _file(listed.CONTRACTS, found.items, query["format"])


@bp.get("/exports/alerts")
@opens_to(Action.EXPORT, Scope.EXPORT)
@bp.arguments(AlertFileQuery, location="query", unknown=None)
@bp.response(200, _FILE, content_type=_CSV)
@bp.alt_response(200, schema=_FILE, content_type=_XLSX)
def alerts(query: dict[str, Any]) -> Response:
    """Alerts in sight as a table; at most 1,000 rows for a clerk, 10,000 for others."""
    house, audience = premises().house, query.get("audience")
    with house.readers() as session:
        found = list_alerts(
            session,
            sight(session, Action.EXPORT, actor(), premises().moment().today),
            house.policy,
            as_of=requests.day(query),
            audience=None if audience is None else audience.value,
            limit=exports.allowance(actor()).rows + 1,
            count=False,
        )
    return _file(listed.ALERTS, found.items, query["format"])


@bp.get("/exports/leads")
@opens_to(Action.EXPORT, Scope.EXPORT)
@bp.arguments(LeadFileQuery, location="query", unknown=None)
@bp.response(200, _FILE, content_type=_CSV)
@bp.alt_response(200, schema=_FILE, content_type=_XLSX)
def leads(query: dict[str, Any]) -> Response:
    """Leads in sight as a table; at most 1,000 rows for a clerk, 10,000 for others."""
    with premises().house.readers() as session:
        found = list_leads(
            session,
            sight(session, Action.EXPORT, actor(), premises().moment().today),
            as_of=requests.day(query),
            state=query.get("state"),
            limit=exports.allowance(actor()).rows + 1,
            count=False,
        )
    return _file(listed.LEADS, found.items, query["format"])


def _file(table: Listed, items: list[dict[str, Any]], kind: FileKind) -> Response:
    """The table, once it is on record that it leaves."""
    asks_again = exports.allowance(actor()).asks_again and len(items) > exports.ASKS_AGAIN
    if asks_again:
        refuse_without_step_up()
    now = premises().moment().now
    with premises().house.sessions.begin() as session:
        exports.note(session, table.file, len(items), by=actor(), now=now, kind=kind.value)
    headings, rows = table.headings, table.rows(items)
    if kind is FileKind.XLSX:
        return pages.attached(
            tables.as_xlsx(table.sheet, headings, rows), f"{table.file}.xlsx", _XLSX
        )
    return pages.attached(
        tables.as_csv(headings, rows), f"{table.file}.csv", f"{_CSV}; charset=utf-8"
    )


@bp.get("/ocds/releases")
@opens_to(Action.EXPORT, Scope.EXPORT)
@bp.arguments(PageQuery, location="query", unknown=None)
@bp.response(200, OcdsOut)
def releases(query: dict[str, Any]) -> Response:
    """The contracts in sight of fields that are published, as a release package of OCDS 1.1."""
    place = pages.place_of(query, "ocds", int)
    house, (now, today) = premises().house, premises().moment()
    office = house.office()
    with house.readers() as session:
        seen = sight(session, Action.EXPORT, actor(), today)
        after = place[0] if place else 0
        found = export_page(session, seen, office=office, after=after, limit=query["limit"])
    with house.sessions.begin() as session:
        exports.note(session, "ocds", len(found.found), by=actor(), now=now, kind="ocds")
    package: dict[str, Any] = {**PACKAGE, "releases": [e.release for e in found.found]}
    if found.found:
        package["publishedDate"] = max(e.changed_at for e in found.found).isoformat()
    if found.after is not None:
        package["links"] = {"next": pages.address_of("ocds", [found.after])}
    return Response(exact_json(package), content_type="application/json")
