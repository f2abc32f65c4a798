"""What is in sight as tables, and as open contracting data."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Response

from ..domain.access import Action
from ..domain.api_keys import Scope
from ..domain.ocds.values import exact_json
from ..gateways import tables
from ..premises import premises
from ..schemas.api.organisations import OcdsOut
from ..schemas.api.queries import (
    AlertFileQuery,
    ContractFileQuery,
    FileKind,
    LeadFileQuery,
    PageQuery,
)
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


class Column(NamedTuple):
    """A column: the member it shows, and its heading."""

    member: str
    heading: str


_CONTRACTS = (
    Column("contract_no", "合同编号"), Column("title", "合同名称"), Column("field", "领域"),
    Column("signed_on", "签订日期"), Column("amount", "合同金额（元）"), Column("currency", "币种"),
    Column("government", "机关事业单位"), Column("enterprise", "企业"), Column("id", "标识"),
)  # fmt: skip
_ALERTS = (
    Column("raised_on", "预警日期"), Column("contract_no", "合同编号"), Column("title", "义务"),
    Column("government", "机关事业单位"), Column("due_on", "到期日"), Column("rule", "规则"),
    Column("severity", "级别"), Column("obligation_id", "义务标识"),
)  # fmt: skip
_LEADS = (
    Column("raised_on", "线索日期"), Column("contract_no", "合同编号"), Column("title", "义务"),
    Column("respondent", "涉及单位"), Column("breached_on", "到期日"),
    Column("outstanding", "未付金额（元）"), Column("interest", "测算利息（元）"),
    Column("state", "状态"), Column("id", "标识"),
)  # fmt: skip


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
    return _file("contracts", "合同", _CONTRACTS, found.items, query["format"])


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
    return _file("alerts", "预警", _ALERTS, found.items, query["format"])


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
    return _file("leads", "线索", _LEADS, found.items, query["format"])


def _file(
    what: str, name: str, columns: Sequence[Column], items: list[dict[str, Any]], kind: FileKind
) -> Response:
    """The table, once it is on record that it leaves."""
    asks_again = exports.allowance(actor()).asks_again and len(items) > exports.ASKS_AGAIN
    if asks_again:
        refuse_without_step_up()
    now = premises().moment().now
    with premises().house.sessions.begin() as session:
        exports.note(session, what, len(items), by=actor(), now=now, kind=kind.value)
    headings = [c.heading for c in columns]
    rows = [["" if i[c.member] is None else str(i[c.member]) for c in columns] for i in items]
    if kind is FileKind.XLSX:
        return pages.attached(tables.as_xlsx(name, headings, rows), f"{what}.xlsx", _XLSX)
    return pages.attached(tables.as_csv(headings, rows), f"{what}.csv", f"{_CSV}; charset=utf-8")


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
