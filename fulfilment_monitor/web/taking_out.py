"""The lists as files, as they are filtered on their pages: a workbook or CSV.

Nothing leaves that the reader does not see, none of it becomes a formula, and that it left is on
record. Who sees whole regions gives the second factor again for more than a hundred rows.
"""

from enum import StrEnum
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for

from ..domain.access import Action
from ..domain.alerts import Audience
from ..domain.cases import State
from ..domain.contracts import Field
from ..gateways import tables
from ..premises import premises
from ..schemas import listed
from ..schemas.listed import Listed
from ..services import exports
from ..services.alerts import list_alerts
from ..services.case_lists import CaseFilter, list_cases
from ..services.leads import list_leads
from ..services.registry import list_contracts
from ..services.sight import sight
from . import queries
from .guard import STEP_UP, actor, opens_to, principal
from .oversight import asked_for, seen_cases

bp = Blueprint("taking_out", __name__, url_prefix="/exports")

Rows = list[dict[str, Any]]


class Kind(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"


_TYPES = {
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.CSV: "text/csv; charset=utf-8",
}


@bp.get("/contracts")
@opens_to(Action.EXPORT)
def contracts() -> Response:
    """Contracts, as their page lists them."""
    field = queries.read_code(request.args, "field", Field)
    text = queries.read_text(request.args, "q")
    with premises().house.readers() as session:
        seen = sight(session, Action.EXPORT, actor(), premises().moment().today)
        kind = None if field is None else field.value
        most = _most()
        found = list_contracts(session, seen, field=kind, text=text, limit=most, count=False)
    return _file(listed.CONTRACTS, [{"currency": "CNY", **item} for item in found.items])


@bp.get("/alerts")
@opens_to(Action.EXPORT)
def alerts() -> Response:
    """Alerts, as their page lists them."""
    house, audience = premises().house, queries.read_code(request.args, "audience", Audience)
    today = premises().moment().today
    with house.readers() as session:
        found = list_alerts(
            session,
            sight(session, Action.EXPORT, actor(), today),
            house.policy,
            as_of=queries.read_day(request.args, "as_of") or today,
            audience=None if audience is None else audience.value,
            limit=_most(),
            count=False,
        )
    return _file(listed.ALERTS, found.items)


@bp.get("/leads")
@opens_to(Action.EXPORT)
def leads() -> Response:
    """Leads, as their page lists them."""
    today = premises().moment().today
    day = queries.read_day(request.args, "as_of") or today
    with premises().house.readers() as session:
        seen = sight(session, Action.EXPORT, actor(), today)
        found = list_leads(session, seen, as_of=day, limit=_most(), count=False)
    return _file(listed.LEADS, found.items)


@bp.get("/cases")
@opens_to(Action.SUPERVISE)
def cases() -> Response:
    """Claims, as the list of oversight shows them."""
    args = request.args
    only = CaseFilter(
        queries.read_code(args, "state", State),
        holder=queries.read_text(args, "holder"),
        late=bool(args.get("late")),
        listed=bool(args.get("listed")),
    )
    with premises().house.readers() as session:
        found = list_cases(
            session,
            only,
            today=premises().moment().today,
            where=seen_cases(session, asked_for()),
            limit=_most(),
            count=False,
        )
    return _file(listed.CASES, found.items)


def _most() -> int:
    """One row more than somebody may take out at once."""
    return exports.allowance(actor()).rows + 1


def _file(table: Listed, items: Rows) -> Response:
    """The table, once it is on record that it leaves.

    Raises:
        TooManyRows: it has more rows than it may have.
    """
    now = premises().moment().now
    kind = queries.read_code(request.args, "format", Kind) or Kind.XLSX
    many = exports.allowance(actor()).asks_again and len(items) > exports.ASKS_AGAIN
    if many and not principal().has_stepped_up(now):
        return redirect(url_for(STEP_UP, next=request.full_path), 303)  # type: ignore[return-value]
    with premises().house.sessions.begin() as session:
        exports.note(session, table.file, len(items), by=actor(), now=now, kind=kind.value)
    headings, rows = table.headings, table.rows(items)
    if kind is Kind.XLSX:
        content = tables.as_xlsx(table.sheet, headings, rows)
    else:
        content = tables.as_csv(headings, rows)
    reply = Response(content, content_type=_TYPES[kind])
    reply.headers["Content-Disposition"] = f'attachment; filename="{table.file}.{kind.value}"'
    return reply
