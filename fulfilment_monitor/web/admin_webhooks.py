"""`/admin/webhooks`: who is told what changed, which takes two people; and what did not arrive."""

from flask import Blueprint, Response, request

from ..domain.access import Action
from ..domain.feed import Kind
from ..house import keys_of
from ..premises import premises
from ..services import subscriptions, webhooks
from . import queries
from .admin import PAGE, show, to
from .entrance import field
from .guard import actor, opens_to
from .language import say
from .proposing import ask_for

bp = Blueprint("admin_webhooks", __name__, template_folder="templates")
_HERE, _LETTERS = "admin_webhooks.subscribers", "admin_webhooks.letters"


@bp.get("/admin/webhooks")
@opens_to(Action.PARTNER_KEYS)
def subscribers() -> Response:
    """All subscribers, never their secrets, and the form to ask for one."""
    return _list()


@bp.post("/admin/webhooks")
@opens_to(Action.PARTNER_KEYS)
def ask() -> Response:
    """Ask for a subscriber; somebody else decides."""
    asked = {
        "label": field("label").strip(),
        "url": field("url").strip(),
        "kinds": request.form.getlist("kinds"),
    }
    if body := field("body").strip():
        asked["body"] = body
    unknown = {"body": say("admin.unknown.body")}
    return ask_for("webhook.create", asked, field("reason"), _list, unknown)


@bp.post("/admin/webhooks/<ulid>/fetch")
@opens_to(Action.PARTNER_KEYS)
def fetch(ulid: str) -> Response:
    """The secret of a subscriber that was approved, shown once."""
    house = premises().house
    secrets = keys_of(house)
    with house.sessions.begin() as session:
        secret = subscriptions.fetch(
            session, queries.check_ulid(ulid), secrets, by=actor(), now=premises().moment().now
        )
    return show("admin/webhook_secret.html", _HERE, secret=secret)


@bp.post("/admin/webhooks/<ulid>/rotate")
@opens_to(Action.PARTNER_KEYS)
def rotate(ulid: str) -> Response:
    """Another secret, shown once; for a fortnight both sign."""
    house = premises().house
    secrets = keys_of(house)
    with house.sessions.begin() as session:
        secret = subscriptions.rotate(
            session, queries.check_ulid(ulid), secrets, by=actor(), now=premises().moment().now
        )
    return show("admin/webhook_secret.html", _HERE, secret=secret)


@bp.post("/admin/webhooks/<ulid>/disable")
@opens_to(Action.PARTNER_KEYS)
def disable(ulid: str) -> Response:
    """Tell a subscriber nothing more."""
    with premises().house.sessions.begin() as session:
        subscriptions.disable(
            session, queries.check_ulid(ulid), by=actor(), now=premises().moment().now
        )
    return to(_HERE)


@bp.post("/admin/webhooks/<ulid>/resume")
@opens_to(Action.PARTNER_KEYS)
def resume(ulid: str) -> Response:
    """Tell a subscriber again, from where it stood."""
    with premises().house.sessions.begin() as session:
        subscriptions.resume(
            session, queries.check_ulid(ulid), by=actor(), now=premises().moment().now
        )
    return to(_HERE)


@bp.get("/admin/webhooks/letters")
@opens_to(Action.DEAD_LETTERS)
def letters() -> Response:
    """Events that were tried too often."""
    before = queries.read_row(request.args, "before")
    with premises().house.readers() as session:
        found = webhooks.dead(session, by=actor(), before=before, limit=PAGE + 1)
    return show(
        "admin/webhook_letters.html",
        _LETTERS,
        letters=found[:PAGE],
        more=found[PAGE - 1].row if len(found) > PAGE else None,
        first=before is None,
    )


@bp.post("/admin/webhooks/letters/<ulid>/replay")
@opens_to(Action.DEAD_LETTERS)
def replay(ulid: str) -> Response:
    """Tell an event again that was laid aside."""
    with premises().house.sessions.begin() as session:
        webhooks.replay(session, queries.check_ulid(ulid), by=actor(), now=premises().moment().now)
    return to(_LETTERS)


def _list(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    before = queries.read_row(request.args, "before")
    with premises().house.readers() as session:
        found = subscriptions.list_all(session, by=actor(), before=before, limit=PAGE + 1)
    return show(
        "admin/webhooks.html",
        _HERE,
        status,
        subscribers=found[:PAGE],
        more=found[PAGE - 1].row if len(found) > PAGE else None,
        first=before is None,
        kinds=[(kind.value, say(f"webhooks.kind.{kind.value}")) for kind in Kind],
        values={**request.form, "kinds": request.form.getlist("kinds")},
        errors=errors or {},
    )
