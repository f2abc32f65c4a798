"""Accounts of the enterprise's own staff: opened, given a new code, closed by who leads them."""

from flask import Response, make_response, render_template

from ..domain.access import Action
from ..domain.errors import Invalid
from ..house import keys_of
from ..premises import premises
from ..services import accounts
from ..services.accounts import Issued
from . import issuing
from .firm import bp, by_field, seen_after, typed
from .guard import actor, opens_to, principal

_FIELDS = ("handle", "name")
_MOST = 200


@bp.get("/firm/staff")
@opens_to(Action.STAFF_MANAGE)
def staff() -> str:
    """The accounts of the enterprise, and the form of a new one."""
    return _draw({}, {})


@bp.post("/firm/staff")
@opens_to(Action.STAFF_MANAGE)
def open_account() -> Response | tuple[str, int]:
    """Open an account for somebody; its one-time code is shown once."""
    house, now = premises().house, premises().moment().now
    values, secrets = typed(*_FIELDS, "leads"), keys_of(house)
    try:
        with house.sessions.begin() as session:
            issued = accounts.create(
                session,
                values["handle"],
                secrets,
                enterprise=principal().body_code,
                name=values["name"],
                leads=bool(values["leads"]),
                by=actor(),
                now=now,
            )
    except Invalid as refusal:
        return _draw(values, by_field(refusal.issues, {f"/{f}": f for f in _FIELDS})), 422
    return _issued(issued)


@bp.post("/firm/staff/<handle>/code")
@opens_to(Action.STAFF_MANAGE)
def renew_code(handle: str) -> Response:
    """A new one-time code; what the account signed in with counts no more."""
    return _issued(issuing.new_code(handle))


@bp.post("/firm/staff/<handle>/close")
@opens_to(Action.STAFF_MANAGE)
def close_account(handle: str) -> Response:
    """Close an account; the next request of its sessions is refused."""
    issuing.close(handle)
    return seen_after("enterprise.staff")


def _issued(issued: Issued) -> Response:
    return make_response(render_template("enterprise/issued.html", issued=issued))


def _draw(values: dict[str, str], errors: dict[str, str]) -> str:
    with premises().house.readers() as session:
        leads = accounts.leads_accounts(session, actor())
        found = accounts.list_accounts(session, by=actor(), limit=_MOST) if leads else []
    return render_template(
        "enterprise/staff.html",
        leads=leads,
        accounts=found,
        values=values,
        errors=errors,
        own=actor().name,
    )
