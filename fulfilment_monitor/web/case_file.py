"""One case: its folder, its claims, what happened, what is open, what stands beside it."""

from datetime import date
from typing import Any, NamedTuple

from flask import Blueprint, render_template, request

from ..clock import Moment
from ..domain.access import Action, reaches
from ..domain.authority import Actor, Conflict, Forbidden, Role
from ..domain.case_views import Audience
from ..domain.cases import TRANSITIONS, Event, State
from ..domain.errors import NotFound, Refusal
from ..premises import premises
from ..services import cases, letters, sequels
from ..services.case_views import get_case
from ..services.office import Office
from ..services.registry import show_contract
from ..services.sight import sees_contract
from . import queries, step_form
from .dossier import Shown, open_dossier
from .guard import actor, opens_to
from .language import say
from .lights import light_of
from .places import region_name
from .proofs import proofs_of
from .turn import office

bp = Blueprint("case_file", __name__, template_folder="templates")

#: Steps that move claims between folders; they have a page of their own.
MOVES = frozenset({Event.MERGE, Event.SPLIT})
#: The straight way of a claim: what stands out among the steps that are open.
_ORDINARY = frozenset(
    {
        Event.ACCEPT,
        Event.TRANSFER,
        Event.TAKE_UP,
        Event.FIND_SUBSTANTIATED,
        Event.RECTIFY,
        Event.CONFIRM_RECTIFIED,
        Event.NOTIFY_DETERMINATION,
        Event.PROPOSE_DETERMINATION,
        Event.APPROVE_DETERMINATION,
        Event.DECIDE_OBJECTION,
        Event.CONFIRM_REPAIR,
        Event.CLOSE,
    }
)


class Reading(NamedTuple):
    """Who reads a case, and with what."""

    session: Any
    by: Actor
    office: Office
    moment: Moment

    @property
    def known(self) -> dict[str, Any]:
        return {"by": self.by, "office": self.office, "today": self.moment.today}


def reading(session: Any) -> Reading:
    """The reader of this request."""
    return Reading(session, actor(), office(), premises().moment())


def find(read: Reading, ulid: str) -> Shown:
    """A case as an officer sees it, with those of its claims that are for this officer.

    Raises:
        NotFound: there is none, or it is not for this reader.
    """
    found = get_case(
        read.session, queries.check_ulid(ulid), channels=premises().house.channels, **read.known
    )
    if found["audience"] != Audience.OFFICER:
        raise NotFound(f"no case {ulid}")
    return {**found, "claims": [c for c in found["claims"] if "version" in c]}


def find_claim(read: Reading, ulid: str) -> tuple[Shown, Shown]:
    """A case and one of its claims.

    Raises:
        NotFound: as `find`.
    """
    found = find(read, ulid)
    claim = next((c for c in found["claims"] if c["id"] == ulid), None)
    if claim is None:
        raise NotFound(f"no case {ulid}")
    return found, claim


@bp.get("/cases/<ulid>")
@opens_to(Action.CASE_READ)
def case(ulid: str) -> str:
    """The folder with its claims."""
    with premises().house.readers() as session:
        read = reading(session)
        found = find(read, ulid)
        claims = [_claim(read, c) for c in found["claims"]]
        contract = _contract(read, found["id"])
    return render_template(
        "officer/case.html",
        case={**found, "claims": claims},
        contract=contract,
        region_name=region_name,
        done=queries.read_code(request.args, "done", Event),
        asks_vault=bool(actor().roles & {Role.HANDLER, Role.DIRECTOR, Role.INTAKE}),
        asks_help=Role.HANDLER in actor().roles,
        moves=bool(actor().roles & {Role.INTAKE, Role.CREDIT_LEAD}),
    )


def _claim(read: Reading, claim: Shown) -> Shown:
    closed = cases.closed_to(read.session, claim["id"], **read.known)
    steps = [_step(State(claim["state"]), Event(e), why) for e, why in closed.items()]
    steps = [s for s in steps if s["by"] and s["event"] not in MOVES]
    return {
        **claim,
        "open_steps": [s for s in steps if s["why"] is None],
        "closed_steps": [s for s in steps if s["why"] is not None],
        "clocks": [{**c, "light": light_of(c["days_left"])} for c in claim["clocks"]],
        "course": [_event(e) for e in claim["events"]],
        "letters": _letters(read, claim["id"]),
        **sequels.sequels(read.session, claim["id"], read.office),
    }


def _step(state: State, event: Event, why: Refusal | None) -> Shown:
    rows = [t for t in TRANSITIONS if t.source is state and t.event is event]
    roles = sorted({r for t in rows for r in t.roles if r is not Role.SYSTEM}, key=list(Role).index)
    return {
        "event": event,
        "by": roles,
        "why": None if why is None else reason_of(why),
        "basis": rows[0].basis,
        "ordinary": event in _ORDINARY,
    }


def reason_of(refusal: Refusal) -> str:
    """Why a step is closed to the reader, in words of the page."""
    if isinstance(refusal, Forbidden):
        return say("case.closed.role")
    if isinstance(refusal, Conflict):
        return say("case.closed.conflict")
    return say("case.closed.stranger")


def _event(event: Shown) -> Shown:
    who = event.get("body") or {}
    return {
        **event,
        "when": event["on"],
        "said": step_form.told(Event(event["event"]), event["details"]),
        "body_name": who.get("name"),
        "proofs": proofs_of(event["details"]),
    }


def _letters(read: Reading, ulid: str) -> list[Shown] | None:
    """The letters of a claim; None for whom they are not."""
    try:
        return letters.list_letters(read.session, ulid, **read.known)
    except Refusal:
        return None


def _contract(read: Reading, case_ulid: str) -> Shown | None:
    """The contract beside the case, where it is on the register and the reader sees it."""
    number = sequels.contract_of(read.session, case_ulid)
    today: date = read.moment.today
    if number is None or not reaches(Action.CONTRACT_READ, read.by):
        return None
    if not sees_contract(
        read.session, Action.CONTRACT_READ, read.by, number, today, read.office.policy
    ):
        return None
    return open_dossier(show_contract(read.session, number, as_of=today, office=read.office))
