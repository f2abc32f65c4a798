"""`/published`: what of the credit record everybody may see, newest first, and body by body."""

import re
from datetime import date

from flask import Blueprint, render_template, request

from ..domain.errors import NotFound
from ..premises import premises
from ..services import public_record
from ..services.public_record import Place
from . import queries
from .guard import opens_to

bp = Blueprint("published", __name__, template_folder="templates")

_PAGE = 20
_CODE = re.compile(r"[0-9A-Z]{18}", re.ASCII)
_PLACE = re.compile(r"(\d{4}-\d{2}-\d{2})\.(\d{1,18})", re.ASCII)


@bp.get("/published")
@opens_to()
def records() -> str:
    """The list, where the office has decided to show one."""
    house, today = premises().house, premises().moment().today
    text, after = queries.read_text(request.args, "q"), _after()
    office = house.office()
    with house.readers() as session:
        found = public_record.list_published(
            session, office, today=today, after=after, text=text, limit=_PAGE
        )
    more = None if found.more is None else f"{found.more.since}.{found.more.row}"
    return render_template(
        "public/published.html",
        decision=office.policy.cases.publication.records,
        items=found.items,
        text=text,
        today=today,
        first=after is None,
        more=more,
    )


@bp.get("/published/<uscc>")
@opens_to()
def body(uscc: str) -> str:
    """What is published of one public body."""
    house, today = premises().house, premises().moment().today
    if not _CODE.fullmatch(uscc):
        raise NotFound("no public body has this code")
    office = house.office()
    with house.readers() as session:
        found = public_record.published_of(session, uscc, office, today=today)
    return render_template(
        "public/body.html",
        decision=office.policy.cases.publication.records,
        body=found,
        today=today,
    )


def _after() -> Place | None:
    """Where this page of the list begins.

    Raises:
        BadQuery: the address says something else.
    """
    text = request.args.get("after", "")
    if not text:
        return None
    found = _PLACE.fullmatch(text)
    day: date | None = queries.read_day({"after": found[1]}, "after") if found else None
    if found is None or day is None:
        raise queries.BadQuery(f"after: {text!r} is no place in the list")
    return Place(day, int(found[2]))
