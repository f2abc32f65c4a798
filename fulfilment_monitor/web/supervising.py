"""Sign a step of supervision that was proposed, or decline it with a reason."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from ..domain.access import Action
from ..domain.case_codes import Supervision
from ..domain.errors import Invalid, NotFound, Refusal
from ..premises import premises
from ..services import desks, supervision
from . import queries
from .case_file import find_claim, reading
from .case_steps import words_of
from .dossier import Shown
from .guard import actor, opens_to
from .language import say
from .turn import acting, office

bp = Blueprint("supervising", __name__, template_folder="templates")

#: Steps a person may begin; 挂牌督办 is a step of the case with a form of its own.
_STEPS = [s for s in Supervision if s is not Supervision.LISTED]


@bp.get("/claims/<ulid>/supervision")
@opens_to(Action.SUPERVISE)
def form(ulid: str) -> Response:
    """What is proposed about a claim, and the form to sign or decline it."""
    return _page(queries.check_ulid(ulid), {})


@bp.post("/claims/<ulid>/supervision")
@opens_to(Action.SUPERVISE)
def answer(ulid: str) -> Response:
    """Sign, or decline."""
    form = request.form
    rule, text = form.get("rule") or None, form.get("text", "")
    declines = form.get("answer") == "decline"
    step = queries.read_code(form, "step", Supervision)
    if not declines and step is None:
        return _page(ulid, {"step": say("fault.missing")}, 422)
    try:
        with premises().house.sessions.begin() as session:
            if declines:
                supervision.decline(session, ulid, _rule(rule), text, **acting())
            elif step is not None:
                number = form.get("number", "").strip()[:80] or None
                supervision.sign(session, ulid, step, text, number=number, rule=rule, **acting())
    except Invalid:
        return _page(ulid, {"text": say("fault.missing")}, 422)
    except NotFound:
        raise
    except Refusal as refusal:
        return _page(ulid, {"": words_of(refusal)}, refusal.status)
    return redirect(url_for("oversight.overview"), 303)  # type: ignore[return-value]


def _rule(rule: str | None) -> str:
    if rule is None:
        raise queries.BadQuery("rule: which proposal is declined")
    return rule


def _page(ulid: str, errors: dict[str, str], status: int = 200) -> Response:
    with premises().house.readers() as session:
        read = reading(session)
        case, claim = find_claim(read, ulid)
        seen = desks.seen_of(session, actor(), office(), read.moment.today)
        proposed: list[Shown] = [
            p.shown()
            for p in supervision.proposals(session, office(), only=seen)
            if p.claim == ulid
        ]
    page = render_template(
        "oversight/supervise.html",
        case=case,
        claim=claim,
        proposed=proposed,
        steps=_STEPS,
        listing=Supervision.LISTED,
        values=request.form.to_dict(),
        errors=errors,
    )
    return make_response(page, status)
