"""What all three administrators share: the first page, with what each of them did."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from ..domain.access import Action, reaches
from ..premises import premises
from ..services import acts
from . import queries
from .guard import actor, opens_to
from .language import say

bp = Blueprint("admin", __name__, template_folder="templates")

PAGE = 50
#: The parts, and who each is for.
_PARTS = (
    ("admin.home", "admin.acts", (Action.ACCOUNT_MANAGE, Action.ROLE_GRANT, Action.AUDIT_READ)),
    ("admin_accounts.accounts", "admin.accounts", (Action.ACCOUNT_MANAGE,)),
    ("admin_people.people", "admin.people", (Action.ROLE_GRANT,)),
    (
        "admin_people.approvals",
        "admin.approvals",
        (Action.ROLE_GRANT, Action.ACCOUNT_MANAGE, Action.LAW_CHANGE),
    ),
    ("admin_law.law", "admin.law", (Action.LAW_CHANGE,)),
    ("admin_contacts.contacts", "contacts.title", (Action.CONTACT_REPLACE,)),
    ("admin_keys.keys", "admin.keys", (Action.PARTNER_KEYS,)),
    ("admin_webhooks.subscribers", "admin.webhooks", (Action.PARTNER_KEYS,)),
    ("admin_webhooks.letters", "webhooks.letters", (Action.JOB_RUN,)),
    ("admin_service.jobs", "admin.jobs", (Action.JOB_RUN,)),
    ("admin_dead_letters.letters", "admin.exchange", (Action.JOB_RUN,)),
    ("admin_record.record", "admin.record", (Action.AUDIT_READ,)),
)


@bp.get("/admin")
@opens_to(Action.ACCOUNT_MANAGE, Action.ROLE_GRANT, Action.AUDIT_READ)
def home() -> Response:
    """What the three administrators did, the newest first: each sees the others."""
    before = queries.read_row(request.args, "before")
    with premises().house.readers() as session:
        found = acts.list_of_administrators(session, by=actor(), before=before, limit=PAGE + 1)
    more = found[PAGE - 1].seq if len(found) > PAGE else None
    return show("admin/home.html", "admin.home", acts=found[:PAGE], first=before is None, more=more)


def show(template: str, here: str, status: int = 200, **words: Any) -> Response:
    """A page of the administrators, with the tabs open to who looks."""
    tabs = [
        (url_for(endpoint), say(text), endpoint == here)
        for endpoint, text, actions in _PARTS
        if any(reaches(action, actor()) for action in actions)
    ]
    return make_response(render_template(template, tabs_shown=tabs, **words), status)


def to(endpoint: str, **args: Any) -> Response:
    """Go on to a page, so that going back sends nothing twice."""
    return redirect(url_for(endpoint, **args), 303)  # type: ignore[return-value]
