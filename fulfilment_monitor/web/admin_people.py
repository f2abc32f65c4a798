"""`/admin/people` and `/admin/approvals`: posts are asked for by one and decided by another."""

from flask import Blueprint, Response, request

from ..domain.access import Action
from ..domain.authority import Role
from ..domain.errors import Invalid, NotFound
from ..premises import premises
from ..services import approvals, people, posts, recounting
from . import queries
from .admin import PAGE, show, to
from .entrance import field, told
from .guard import actor, opens_to
from .language import label, say
from .proposing import ask_for

bp = Blueprint("admin_people", __name__, template_folder="templates")
#: How many posts are listed at once; more are found by their body.
_MOST = 100
_PEOPLE, _APPROVALS = "admin_people.people", "admin_people.approvals"


@bp.get("/admin/people", endpoint="people")
@opens_to(Action.ROLE_GRANT)
def people_page() -> Response:
    """Who holds which post today, and the forms to change it."""
    return _people()


@bp.post("/admin/people")
@opens_to(Action.ROLE_GRANT)
def enter() -> Response:
    """Enter a person, who holds no post yet."""
    try:
        with premises().house.sessions.begin() as session:
            posts.enter(
                session,
                field("new_handle").strip(),
                field("new_name").strip(),
                by=actor(),
                now=premises().moment().now,
            )
    except Invalid as refused:
        return _people({f"new_{k}": v for k, v in told(refused).items()}, 422)
    return to(_PEOPLE)


@bp.post("/admin/people/ask")
@opens_to(Action.ROLE_GRANT)
def ask() -> Response:
    """Ask for a post; somebody else decides."""
    names = ("handle", "body", "role", "from_on", "until_on")
    asked = {name: value for name in names if (value := field(name).strip())}
    asked.setdefault("from_on", premises().moment().today.isoformat())
    return ask_for("post.give", asked, field("reason"), _people)


@bp.post("/admin/people/end")
@opens_to(Action.ROLE_GRANT)
def end() -> Response:
    """End a post today."""
    house, (now, today) = premises().house, premises().moment()
    role = queries.read_code(request.form, "role", Role)
    if role is None:
        raise NotFound("no post was named")
    office = house.office()
    with house.sessions.begin() as session:
        posts.end(
            session, field("handle"), field("body"), role,
            by=actor(), office=office, now=now, today=today,
        )  # fmt: skip
    return to(_PEOPLE)


@bp.post("/admin/people/drop-factor")
@opens_to(Action.ROLE_GRANT)
def drop_factor() -> Response:
    """Ask that a lost second factor be forgotten; somebody else decides."""
    asked, unknown = {"handle": field("lost_handle").strip()}, say("admin.unknown.account")

    def again(errors: dict[str, str], status: int) -> Response:
        return _people({f"lost_{k}": v for k, v in errors.items()}, status)

    return ask_for("factor.drop", asked, field("lost_reason"), again, {"handle": unknown})


@bp.get("/admin/approvals", endpoint="approvals")
@opens_to(Action.ROLE_GRANT, Action.ACCOUNT_MANAGE, Action.LAW_CHANGE)
def approvals_page() -> Response:
    """What was asked for, the newest first."""
    before = queries.read_row(request.args, "before")
    with premises().house.readers() as session:
        found = approvals.list_asked(session, by=actor(), before=before, limit=PAGE + 1)
    more = found[PAGE - 1].row if len(found) > PAGE else None
    return show(
        "admin/approvals.html", _APPROVALS, asked=found[:PAGE], more=more, first=before is None
    )


@bp.post("/admin/approvals/<ulid>")
@opens_to(Action.ROLE_GRANT, Action.ACCOUNT_MANAGE, Action.LAW_CHANGE)
def decide(ulid: str) -> Response:
    """Grant or refuse what somebody else asked for."""
    house, (now, today) = premises().house, premises().moment()
    office = house.office()
    granted = field("granted") == "yes"
    with house.sessions.begin() as session:
        done = approvals.decide(
            session,
            queries.check_ulid(ulid),
            granted=granted,
            answer=field("answer"),
            by=actor(),
            office=office,
            now=now,
            today=today,
        )
    if granted and done.act == "calendar.load":
        recounting.reckon_affected(
            house.sessions, house.office(), done.asked["year"], by=actor(), now=now
        )
    return to(_APPROVALS)


def _people(errors: dict[str, str] | None = None, status: int = 200) -> Response:
    body = queries.read_text(request.args, "body_code")
    with premises().house.readers() as session:
        try:
            found = people.list_staff(session, premises().moment().today, body, _MOST + 1)
        except NotFound:
            found = []
    return show(
        "admin/people.html",
        _PEOPLE,
        status,
        staff=found[:_MOST],
        cut=len(found) > _MOST,
        most=_MOST,
        body_code=body,
        roles=[(r.value, label("role", r.value)) for r in people.POSTS],
        values=request.form,
        errors=errors or {},
    )
