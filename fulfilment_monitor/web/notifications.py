"""`/notifications`: what one was told oneself, that it was read, and where one is written to."""

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from ..domain.access import Action, reaches
from ..domain.errors import Invalid
from ..domain.notifications import About
from ..house import keys_of
from ..premises import premises
from ..services import own_notifications
from ..services.notification_digests import Address
from ..services.own_notifications import Own
from . import queries
from .entrance import field, told
from .guard import opens_to, principal
from .labels import rule_words
from .language import chosen, label, say, speaks_of
from .wording import LABELS

bp = Blueprint("notifications", __name__, template_folder="templates")
_PAGE = 50


@bp.get("/notifications")
@opens_to(Action.OWN_ACCOUNT)
def index() -> str:
    """What is unread, or all that is kept."""
    return _page({})


@bp.post("/notifications/read")
@opens_to(Action.OWN_ACCOUNT)
def read() -> Response:
    """One was read, or all that the page had shown."""
    now = premises().moment().now
    one, upto = queries.read_row(request.form, "one"), queries.read_row(request.form, "upto")
    with premises().house.sessions.begin() as session:
        own_notifications.mark_read(
            session, principal(), only=None if one is None else [one], upto=upto or 0, now=now
        )
    return _back()


@bp.post("/notifications/address")
@opens_to(Action.OWN_ACCOUNT)
def address() -> str | tuple[str, int] | Response:
    """Be written to elsewhere, or not at all."""
    house, now = premises().house, premises().moment().now
    given = {"email": field("email"), "phone": field("phone")}
    try:
        with house.sessions.begin() as session:
            own_notifications.change_address(
                session, principal(), given["email"], given["phone"], keys_of(house), now=now
            )
    except Invalid as refused:
        return _page(told(refused), given), refused.status
    return _back()


def _back() -> Response:
    return redirect(url_for("notifications.index"), 303)  # type: ignore[return-value]


def _page(errors: dict[str, str], given: dict[str, str] | None = None) -> str:
    house, who = premises().house, principal()
    everything = request.args.get("show") == "all"
    before = queries.read_row(request.args, "before")
    keys = keys_of(house)
    with house.readers() as session:
        found = own_notifications.list_own(
            session, who, everything=everything, before=before, limit=_PAGE + 1
        )
        kept = own_notifications.own_address(session, who, keys)
    items = found[:_PAGE]
    return render_template(
        "notifications/index.html",
        items=[_item(own) for own in items],
        everything=everything,
        upto=items[0].id if items else None,
        unread=any(own.read_at is None and own.closed_at is None for own in items),
        first=before is None,
        more=items[-1].id if len(found) > _PAGE else None,
        kept=kept,
        has_address=kept != Address(),
        given=given or {},
        errors=errors,
    )


def _item(own: Own) -> dict[str, Any]:
    topic = f"told.{own.rule}"
    if speaks_of(topic):
        words = say(topic)
    elif own.about == About.CLAIM.value:
        words = say(f"told.clock.{own.severity}")
    else:
        words = _step(own.rule)
    state = "closed" if own.closed_at else "read" if own.read_at else "unread"
    return {**own._asdict(), "words": words, "state": state, "url": _address(own)}


def _step(rule: str) -> str:
    """A step of a ladder, with what it watches where that is not plain."""
    kind, words = rule.partition(".")[0], rule_words(rule, chosen())
    if kind not in LABELS["kind"]:
        return words
    return say("told.step", what=label("kind", kind), step=words)


def _address(own: Own) -> str | None:
    """Where a notification leads: only to what its reader may open."""
    endpoint, action, values = _LEADS_TO[About(own.about)](own.matter)
    return url_for(endpoint, **values) if reaches(action, principal().actor) else None


_LEADS_TO = {
    About.CONTRACT: lambda m: ("board.contract", Action.CONTRACT_READ, {"ulid": m}),
    About.CLAIM: lambda m: ("case_file.case", Action.CASE_READ, {"ulid": m}),
    About.PAPER: lambda m: ("respondent.claim", Action.CASE_READ, {"reference": m}),
    About.MEASURE: lambda m: ("measures_desk.measure", Action.MEASURE_SET, {"ulid": m}),
    About.COLUMN: lambda _: ("oversight.overview", Action.STATISTICS, {}),
    About.SIGN: lambda _: ("oversight.overview", Action.STATISTICS, {}),
}
