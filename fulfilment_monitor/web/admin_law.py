"""`/admin/law`: calendars and rates, loaded by two people; the rules in use, checked."""

from flask import Blueprint, Response, request

from ..domain.access import Action
from ..domain.errors import BadPolicy, Invalid
from ..house import load_policy
from ..premises import premises
from ..schemas.law_tables import read_calendar, read_rates
from ..services import approvals, law_changes, reference
from .admin import show, to
from .entrance import field, told
from .guard import actor, opens_to

bp = Blueprint("admin_law", __name__, template_folder="templates")
_HERE = "admin_law.law"
#: A year's notice is some kilobytes.
_MOST_BYTES = 200_000


@bp.get("/admin/law")
@opens_to(Action.LAW_CHANGE)
def law() -> Response:
    """Which calendars and rates are known, the rules in use, and the forms."""
    return _page()


@bp.post("/admin/law/calendar")
@opens_to(Action.LAW_CHANGE)
def calendar() -> Response:
    """Read a year's notice and show what it says; or ask that it be loaded."""
    try:
        year, days = read_calendar(_content())
        findings = reference.check_calendar(year, days)
        if field("sure") == "yes":
            return _ask("calendar.load", law_changes.asked_calendar(year, days, field("source")))
    except Invalid as refused:
        return _page({"file": _first(refused), **told(refused)}, status=422)
    rows = [(d.isoformat(), kind.value) for d, kind in sorted(days.items())]
    return _page(preview={"kind": "calendar", "year": year, "rows": rows, "findings": findings})


@bp.post("/admin/law/rates")
@opens_to(Action.LAW_CHANGE)
def rates() -> Response:
    """Read published rates and show them; or ask that they be loaded."""
    try:
        found = read_rates(_content())
        reference.check_rates(found)
        if field("sure") == "yes":
            return _ask("lpr.load", law_changes.asked_rates(found))
    except Invalid as refused:
        return _page({"rates_file": _first(refused), **told(refused)}, status=422)
    known = premises().house.office().statute.lpr.days
    rows = [(d.isoformat(), percent) for d, percent in sorted(found.items()) if d not in known]
    return _page(preview={"kind": "rates", "year": None, "rows": rows, "findings": []})


@bp.post("/admin/law/check")
@opens_to(Action.LAW_CHANGE)
def check() -> Response:
    """Read the folder of rules as it lies on the disk now, and say what is wrong with it."""
    try:
        policy = load_policy(premises().house.settings)
    except BadPolicy as refused:
        faults = refused.members.get("faults")
        return _page(faults=faults if isinstance(faults, list) else [str(refused)])
    return _page(faults=[], version=policy.version)


def _ask(act: str, asked: dict[str, object]) -> Response:
    with premises().house.sessions.begin() as session:
        approvals.ask(session, act, asked, field("reason"), by=actor(), now=premises().moment().now)
    return to("admin_people.approvals")


def _content() -> bytes:
    sent = request.files.get("file")
    if sent is None:
        return request.form.get("content", "")[:_MOST_BYTES].encode()
    return sent.read(_MOST_BYTES)


def _first(refused: Invalid) -> str:
    first = refused.issues[0]
    return f"{first.pointer} {first.detail}".strip()


def _page(
    errors: dict[str, str] | None = None,
    *,
    preview: dict[str, object] | None = None,
    faults: list[str] | None = None,
    version: str | None = None,
    status: int = 200,
) -> Response:
    office = premises().house.office()
    content = "" if preview is None else _again()
    return show(
        "admin/law.html",
        _HERE,
        status,
        years=sorted(office.statute.calendar.years),
        last_rate=office.statute.lpr.days[-1],
        in_use=office.policy.version,
        preview=preview,
        content=content,
        faults=faults,
        version=version,
        values=request.form,
        errors=errors or {},
    )


def _again() -> str:
    """What was sent, to be sent again with the answer to the preview."""
    sent = request.files.get("file")
    if sent is None:
        return request.form.get("content", "")[:_MOST_BYTES]
    sent.seek(0)
    return sent.read(_MOST_BYTES).decode("utf-8-sig")
