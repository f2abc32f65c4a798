"""`/admin/accounts`: the system administrator makes and closes accounts."""

from flask import Blueprint, Response, request

from ..domain.access import Action
from ..domain.errors import Invalid, NotFound
from ..house import keys_of
from ..premises import premises
from ..services import accounts
from ..services.accounts import Issued
from . import issuing, queries
from .admin import PAGE, show, to
from .entrance import field, told
from .guard import actor, opens_to
from .language import say

bp = Blueprint("admin_accounts", __name__, template_folder="templates")
_HERE = "admin_accounts.accounts"


@bp.get("/admin/accounts", endpoint="accounts")
@opens_to(Action.ACCOUNT_MANAGE)
def accounts_page() -> Response:
    """All accounts, and the form for a new one."""
    return _list()


@bp.post("/admin/accounts")
@opens_to(Action.ACCOUNT_MANAGE)
def create() -> Response:
    """Make an account; its one-time code is shown once."""
    house, now = premises().house, premises().moment().now
    secrets = keys_of(house)
    try:
        with house.sessions.begin() as session:
            issued = accounts.create(
                session,
                field("handle").strip(),
                secrets,
                enterprise=field("enterprise").strip() or None,
                name=field("name").strip(),
                leads=bool(field("enterprise").strip()),
                by=actor(),
                now=now,
            )
    except Invalid as refused:
        return _list(told(refused), 422)
    except NotFound:
        where = "enterprise" if field("enterprise").strip() else "handle"
        return _list({where: say(f"admin.unknown.{where}")}, 422)
    return _issued(issued)


@bp.post("/admin/accounts/<handle>/code")
@opens_to(Action.ACCOUNT_MANAGE)
def code(handle: str) -> Response:
    """A new one-time code, shown once."""
    return _issued(issuing.new_code(handle))


@bp.post("/admin/accounts/<handle>/disable")
@opens_to(Action.ACCOUNT_MANAGE)
def disable(handle: str) -> Response:
    """Close an account; the next request of its sessions is refused."""
    issuing.close(handle)
    return to(_HERE)


def _issued(issued: Issued) -> Response:
    return show("admin/issued.html", _HERE, issued=issued)


def _list(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    after = queries.read_row(request.args, "after") or 0
    text = queries.read_text(request.args, "q")
    with premises().house.readers() as session:
        found = accounts.list_accounts(session, by=actor(), text=text, after=after, limit=PAGE + 1)
    return show(
        "admin/accounts.html",
        _HERE,
        status,
        accounts=found[:PAGE],
        more=found[PAGE - 1].row if len(found) > PAGE else None,
        first=after == 0,
        text=text,
        values=request.form,
        errors=errors or {},
    )
