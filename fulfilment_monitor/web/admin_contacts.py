"""`/admin/contacts`: another contact of an enterprise, by two people of the office that leads."""

from typing import Any

from flask import Blueprint, Response, request

from ..domain.access import Action
from ..domain.errors import Invalid, NotFound, Refusal
from ..house import keys_of
from ..premises import premises
from ..services import approvals, contact_changes
from .admin import show, to
from .entrance import field, told
from .guard import actor, opens_to
from .language import say

bp = Blueprint("admin_contacts", __name__, template_folder="templates")
_HERE = "admin_contacts.contacts"
_FIELDS = ("name", "phone", "email")
_MOST = 50


@bp.get("/admin/contacts", endpoint="contacts")
@opens_to(Action.CONTACT_REPLACE)
def contacts_page() -> Response:
    """What waits for a second person, and the form to ask."""
    return _page()


@bp.post("/admin/contacts")
@opens_to(Action.CONTACT_REPLACE)
def ask() -> Response:
    """Ask that an enterprise be reached elsewhere."""
    house, (now, today) = premises().house, premises().moment()
    secrets = keys_of(house)
    given = {name: field(name) for name in _FIELDS}
    try:
        with house.sessions.begin() as session:
            asked = contact_changes.propose(
                session, field("enterprise").strip(), given, secrets, by=actor(), now=now,
                today=today,
            )  # fmt: skip
            approvals.ask(session, contact_changes.ACT, asked, field("reason"), by=actor(), now=now)
    except Invalid as refused:
        return _page(told(refused), 422)
    except NotFound:
        return _page({"enterprise": say("contacts.unknown")}, 422)
    return to(_HERE)


def _page(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    house, today = premises().house, premises().moment().today
    secrets = keys_of(house)
    with house.readers() as session:
        asked = approvals.list_asked(session, by=actor(), open_only=True, limit=_MOST)
        waiting = [
            {"asked": a, **_proposed(session, a.asked, secrets, today)}
            for a in asked
            if a.act == contact_changes.ACT
        ]
    return show(
        "admin/contacts.html", _HERE, status, waiting=waiting, values=request.form,
        errors=errors or {},
    )  # fmt: skip


def _proposed(session: Any, asked: Any, secrets: Any, today: Any) -> dict[str, Any]:
    try:
        found = contact_changes.show(session, asked, secrets, by=actor(), today=today)
    except Refusal:  # it has left the region meanwhile, or was taken into use otherwise
        return {"contact": None, "instead_of": None}
    return found._asdict()
