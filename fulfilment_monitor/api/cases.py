"""Cases: take a complaint in, find claims, read a folder, take a step."""

from collections.abc import Mapping
from typing import Any

from flask import Response
from marshmallow import ValidationError

from ..domain import access
from ..domain.access import Action, Reach
from ..domain.api_keys import Scope
from ..domain.authority import Actor, Forbidden, Role
from ..domain.case_views import Audience
from ..domain.cases import FINAL, STATE_CHINESE, Event, State
from ..domain.complaints import Message
from ..domain.errors import Ambiguous, Invalid, Issue, NotFound
from ..house import keys_of
from ..premises import premises
from ..schemas.api import cases as shapes
from ..schemas.api.described import of_events
from ..schemas.api.queries import CaseQuery
from ..schemas.complaints import ComplaintIn, read_complaint
from ..schemas.fields import Day
from ..services import case_lists, cases, desks, intake, served
from ..services.case_lists import CaseFilter
from ..services.office import Office
from ..services.organisations import code_of
from . import requests
from .callers import actor, caller, opens_to
from .channels import refuse_sender
from .document import PREFIX, Blueprint, changes, takes
from .examples import COMPLAINT, EVENT
from .once import Doing, Done, once
from .pages import page, place_of

bp = Blueprint(
    "api_cases", __name__, url_prefix=PREFIX, description="Complaints, leads and their way"
)

#: Who sees what goes on in a list; others read a case they are a party to.
_LISTED_TO = frozenset({Reach.CASE, Reach.REGION, Reach.ALL})
#: Who records what enterprises say themselves, as the form of the pages does.
_PORTAL = Actor("system:portal")
_OFFICERS = frozenset({Role.INTAKE, Role.CREDIT_LEAD, Role.SYSTEM})


@bp.post("/cases")
@opens_to(Action.COMPLAINT_FILE, Scope.COMPLAINTS_PUSH)
@changes()
@takes(ComplaintIn, COMPLAINT)
@bp.response(201, shapes.ReceivedOut, description="It was taken in")
@bp.alt_response(200, schema=shapes.ReceivedOut, description="The same message came before")
def take_in() -> Response:
    """Take a complaint in, whatever channel it came by; it becomes a case, or joins one.

    Its lookup code is told once. Nothing is refused for want of proof.
    """
    message = read_complaint(requests.document())
    house, by = premises().house, _recorder(actor())
    secrets = keys_of(house)

    def receive(doing: Doing) -> Done:
        _refuse_other_channel(message)
        _refuse_other_name(doing.session, message)
        done = intake.receive(
            doing.session, message, channels=house.channels, secrets=secrets, by=by,
            office=doing.office, now=doing.now, today=doing.today,
        )  # fmt: skip
        value = {**done._asdict(), "new": done.is_new}
        findings = value.pop("findings")
        if by.roles & _OFFICERS:  # they tell what the register knows
            value["findings"] = [i._asdict() for i in findings]
        return Done(value, 201 if done.is_new else 200, f"{PREFIX}/cases/{done.case}")

    return once(shapes.ReceivedOut, receive, secrets=secrets)


def _recorder(by: Actor) -> Actor:
    """Who is said to have taken a complaint in: never the enterprise that complains."""
    return _PORTAL if Role.ENTERPRISE in by.roles else by


def _refuse_other_name(session: Any, message: Message) -> None:
    """An enterprise complains in its own name, or in none; never under the number of a channel.

    A number that is known is answered with what it became, which is for the channel alone.
    """
    by, code = actor(), message.complainant.code
    if Role.ENTERPRISE not in by.roles:
        return
    if code is not None and code != code_of(session, by.body):
        raise Forbidden("an enterprise complains in its own name")
    if message.source_no is not None:
        detail = "only a channel numbers what comes by it"
        raise Invalid([Issue("/source_no", "unexpected", detail)])


def _refuse_other_channel(message: Message) -> None:
    """A system speaks for a channel here as it does in the channel's own form."""
    form = premises().house.maps.find(message.channel)
    if caller().scopes is not None and form is not None:
        refuse_sender(form, caller().name)


@bp.get("/cases")
@opens_to(Action.CASE_READ, Scope.CASES_READ)
@bp.arguments(CaseQuery, location="query", unknown=None)
@bp.response(200, shapes.CasePage)
def find_cases(query: dict[str, Any]) -> Any:
    """Claims in sight, newest first; for officers. A party reads its own case by number."""
    if not access.reaches(Action.CASE_READ, actor()) & _LISTED_TO:
        raise Forbidden("lists of cases are for officers")
    before = place_of(query, "cases", int)
    only = CaseFilter(query.get("state"), query.get("region", ""), late=query.get("late", False))
    by, house, today = actor(), premises().house, premises().moment().today
    with house.readers() as session:
        found = case_lists.list_cases(
            session,
            only,
            today=today,
            where=() if by.is_service else desks.seen_of(session, by, house.office(), today),
            as_of=query.get("as_of"),
            before=before[0] if before else None,
            limit=query["limit"] + 1,
            count=False,
        )
    return page(found.items, query, "cases", lambda c: [c["row"]])


@bp.get("/cases/<case:case_id>")
@opens_to(Action.CASE_READ, Scope.CASES_READ)
@bp.response(200, shapes.CaseOut)
def show(case_id: str) -> Any:
    """A case by its own number or by that of a claim, as the caller may see it.

    Officers see the whole of it. The body complained of names a claim by the reference of its
    paper, and sees what was served on it; never its number, nor whether anybody complained.
    """
    return _read(case_id)


@bp.get("/cases/<case:case_id>/events")
@opens_to(Action.CASE_READ, Scope.CASES_READ)
@bp.response(200, shapes.EventPage)
def events(case_id: str) -> Any:
    """The steps of every claim of a case, oldest first, as the caller may see them."""
    claims = _read(case_id).get("claims", [])
    steps = [{**e, "claim": c["id"]} for c in claims for e in c["events"]]
    return {"items": sorted(steps, key=lambda e: e["on"]), "next": None}


def _read(case_id: str) -> dict[str, Any]:
    house = premises().house
    office = house.office()
    with house.readers() as session:
        return _seen(session, case_id, office)


def _seen(session: Any, case_id: str, office: Office) -> dict[str, Any]:
    by, house = actor(), premises().house
    return served.read_case(
        session,
        case_id,
        keys_of(house),
        by=None if by.is_service else by,
        office=office,
        channels=house.channels,
        today=premises().moment().today,
    )


@bp.post("/cases/<case:case_id>/events")
@opens_to(Action.CASE_STEP, Scope.CASES_WRITE)
@changes(condition=False)
@takes(of_events(), EVENT)
@bp.response(201, shapes.FiredOut)
def fire(case_id: str) -> Response:
    """Take a step: `{event, on?, …}` with what has to be said with the event.

    The address names a claim, or a case of which one claim goes on. A step the table does not
    have is refused with the list of those it has. `If-Match` names the version of the claim.
    """
    event, on, details = _step(requests.document())
    version = requests.condition()

    def step(doing: Doing) -> Done:
        seen = _seen(doing.session, case_id, doing.office)
        if seen["audience"] == Audience.RESPONDENT:
            return _answer(doing, case_id, event, details, on, version)
        claim = _claim(seen, case_id)
        done = cases.fire(
            doing.session,
            claim,
            event,
            details,
            by=actor(),
            office=doing.office,
            now=doing.now,
            today=doing.today,
            on=on,
            version=None if version is None else _number(version),
        )
        value = {
            "claim": done.ulid,
            "state": done.state,
            "state_label": STATE_CHINESE[State(done.state)],
            "version": done.version,
        }
        where = f"{PREFIX}/cases/{done.ulid}"
        return Done(value, location=where, etag=str(done.version))

    return once(shapes.FiredOut, step)


def _answer(
    doing: Doing, name: str, event: Event, details: Mapping[str, object], on: Any, version: Any
) -> Done:
    """A step of a respondent: as of today, and of a claim whose version it is not told."""
    if on not in (None, doing.today):
        raise Invalid([Issue("/on", "invalid-field", "a respondent acts as of today")])
    if version is not None:
        raise cases.Stale("the version of a claim is not told to its respondent")
    state = served.take_step(
        doing.session, name, event, details, keys_of(doing.house),
        by=actor(), office=doing.office, now=doing.now, today=doing.today,
    )  # fmt: skip
    value = {"claim": name, "state": state, "state_label": STATE_CHINESE[state]}
    return Done(value, location=f"{PREFIX}/cases/{name}")


def _step(document: Any) -> tuple[Event, Any, Mapping[str, object]]:
    if not isinstance(document, dict):
        raise Invalid([Issue("", "invalid-field", "an object is expected here")])
    details = {k: v for k, v in document.items() if k not in ("event", "on")}
    name = document.get("event")
    known = {e.value: e for e in Event}
    if not isinstance(name, str) or name not in known:
        fault = "missing-field" if "event" not in document else "invalid-field"
        raise Invalid([Issue("/event", fault, f"one of: {', '.join(known)}")])
    try:
        on = Day().take(document["on"]) if "on" in document else None
    except ValidationError as fault:
        raise Invalid([Issue("/on", "invalid-field", str(fault.messages[0]))]) from None
    return known[name], on, details


def _claim(seen: dict[str, Any], case_id: str) -> str:
    """The claim an address names: its own number, or that of a case of which one goes on."""
    claims = seen.get("claims", [])
    for claim in claims:
        if claim["id"] == case_id:
            return case_id
    going_on = [c["id"] for c in claims if State(c["state"]) not in FINAL]
    found = going_on or [c["id"] for c in claims]
    if not found:
        raise NotFound(f"no case {case_id}")
    if len(found) > 1:
        raise Ambiguous(f"case {case_id} has {len(found)} claims; name one", claims=found)
    return str(found[0])


def _number(version: str) -> int:
    """A version as a claim counts it; what is none matches nothing."""
    return int(version) if version.isdigit() and len(version) < 10 else -1
