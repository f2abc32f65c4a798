"""`/admin/keys`: keys of the API, which take two people to make and one to end."""

from flask import Blueprint, Response, request

from ..domain.access import Action
from ..domain.api_keys import Scope
from ..premises import premises
from ..services import issued_keys
from . import queries
from .admin import PAGE, show, to
from .entrance import field
from .guard import actor, opens_to
from .language import say
from .proposing import ask_for

bp = Blueprint("admin_keys", __name__, template_folder="templates")
_HERE = "admin_keys.keys"


@bp.get("/admin/keys")
@opens_to(Action.PARTNER_KEYS)
def keys() -> Response:
    """All keys, never their tokens, and the form to ask for one."""
    return _list()


@bp.post("/admin/keys")
@opens_to(Action.PARTNER_KEYS)
def ask() -> Response:
    """Ask for a key; somebody else decides."""
    days = field("days").strip()
    asked = {
        "label": field("label").strip(),
        "scopes": request.form.getlist("scopes"),
        "networks": field("networks").split(),
        "days": int(days) if days.isascii() and days.isdigit() else 0,
    }
    if body := field("body").strip():
        asked["body"] = body
    unknown = {"body": say("admin.unknown.body")}
    return ask_for("api-key.create", asked, field("reason"), _list, unknown)


@bp.post("/admin/keys/<ulid>/fetch")
@opens_to(Action.PARTNER_KEYS)
def fetch(ulid: str) -> Response:
    """The token of a key that was approved, shown once."""
    with premises().house.sessions.begin() as session:
        token = issued_keys.fetch(
            session, queries.check_ulid(ulid), by=actor(), now=premises().moment().now
        )
    return show("admin/token.html", _HERE, token=token)


@bp.post("/admin/keys/<ulid>/rotate")
@opens_to(Action.PARTNER_KEYS)
def rotate(ulid: str) -> Response:
    """A second key of the same scopes; its token is shown once."""
    with premises().house.sessions.begin() as session:
        token = issued_keys.rotate(
            session, queries.check_ulid(ulid), by=actor(), now=premises().moment().now
        )
    return show("admin/token.html", _HERE, token=token)


@bp.post("/admin/keys/<ulid>/revoke")
@opens_to(Action.PARTNER_KEYS)
def revoke(ulid: str) -> Response:
    """End a key at once."""
    with premises().house.sessions.begin() as session:
        issued_keys.revoke(
            session, queries.check_ulid(ulid), by=actor(), now=premises().moment().now
        )
    return to(_HERE)


def _list(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    before = queries.read_row(request.args, "before")
    with premises().house.readers() as session:
        found = issued_keys.list_keys(
            session, by=actor(), now=premises().moment().now, before=before, limit=PAGE + 1
        )
    return show(
        "admin/keys.html",
        _HERE,
        status,
        keys=found[:PAGE],
        more=found[PAGE - 1].row if len(found) > PAGE else None,
        first=before is None,
        scopes=[(s.value, s.value) for s in Scope],
        values={**request.form, "scopes": request.form.getlist("scopes")},
        errors=errors or {},
        longest=issued_keys.LONGEST_DAYS,
    )
