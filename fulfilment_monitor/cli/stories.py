"""Stories of cases that the demo tells: who does what on which day, read from the samples.

A move is a complaint, an event of a case, a contract, a fact, or the answers of the bodies that
impose measures; each goes through the same services as everything else.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from .. import resources
from ..domain.authority import Role, operator
from ..domain.cases import Event
from ..domain.channels import Channels
from ..domain.secrets import Secrets
from ..schemas.bodies import read_body
from ..schemas.complaints import read_complaint
from ..schemas.contracts import read_contract, read_fact
from ..services import (
    case_lists,
    cases,
    contracts,
    enrolment,
    facts,
    intake,
    measure_answers,
    people,
    restrictions,
)
from ..services.office import Office
from .kit import table

_DEMO = operator("demo")
Move = Mapping[str, Any]


class Scene(NamedTuple):
    """What every move works with."""

    session: Session
    office: Office
    channels: Channels
    secrets: Secrets
    #: Who acts for which body, by its code; the first one of the town.
    people: Mapping[str, str]
    now: datetime
    today: date


def read_stories() -> dict[date, list[Move]]:
    """Every move of every story, by its day, in the order they were written."""
    moves: dict[date, list[Move]] = defaultdict(list)
    for path in sorted(_folder().glob("*.json")):
        for move in json.loads(path.read_text("utf-8")).get("moves", ()):
            moves[date.fromisoformat(move["on"])].append(move)
    return moves


def read_town() -> dict[str, Any]:
    """The bodies of the stories, and the people who act in them."""
    found: dict[str, Any] = json.loads((_folder() / "town.json").read_text("utf-8"))
    return found


def _folder() -> Path:
    return resources.shipped("contracts_samples") / "stories"


def raise_the_stage(scene: Scene, town: Mapping[str, Any]) -> None:
    """Enter the bodies with their superiors, and the people with their posts."""
    enrolment.enrol_bodies(
        scene.session,
        [read_body({**body, "from_on": scene.today.isoformat()}) for body in town["bodies"]],
        by=_DEMO,
        office=scene.office,
        now=scene.now,
        today=scene.today,
    )
    for one in town["people"]:
        people.enrol(scene.session, one["handle"], one["name"], by=_DEMO, now=scene.now)
        for role in one["roles"]:
            people.post(
                scene.session,
                one["handle"],
                one["body"],
                Role(role),
                from_on=scene.today,
                by=_DEMO,
                now=scene.now,
            )


def perform(scene: Scene, moves: Iterable[Move]) -> None:
    """Do what the stories have for a day."""
    for move in moves:
        _ACTS[move["do"]](scene, move)


def _complain(scene: Scene, move: Move) -> None:
    intake.receive(
        scene.session,
        read_complaint(move["complaint"]),
        channels=scene.channels,
        secrets=scene.secrets,
        by=_DEMO,
        office=scene.office,
        now=scene.now,
        today=scene.today,
    )


def _event(scene: Scene, move: Move) -> None:
    details = dict(move["details"])
    if "contract" in details:  # a settlement is named by its number in the story
        details["contract"] = contracts.ulid_of(scene.session, details["contract"])
    cases.fire(
        scene.session,
        case_lists.claim_about(scene.session, *move["claim"]),
        Event(move["event"]),
        details,
        by=people.acting(scene.session, move["who"], scene.today),
        office=scene.office,
        now=scene.now,
        today=scene.today,
    )


def _contract(scene: Scene, move: Move) -> None:
    contracts.register_contracts(
        scene.session,
        [read_contract(move["contract"])],
        by=_DEMO,
        office=scene.office,
        now=scene.now,
        today=scene.today,
    )


def _fact(scene: Scene, move: Move) -> None:
    facts.state_fact(
        scene.session,
        contracts.find_contract(scene.session, move["contract_no"]),
        read_fact(move["fact"]),
        by=_DEMO,
        office=scene.office,
        now=scene.now,
    )


def _measures(scene: Scene, move: Move) -> None:
    """What waits for an imposing body whose people are in the town is answered."""
    waiting = restrictions.open_measures(scene.session, scene.today, scene.office)
    common: dict[str, Any] = {
        "office": scene.office,
        "now": scene.now,
        "today": scene.today,
    }
    for row in waiting.unanswered if move["act"] == "accept" else waiting.unconfirmed:
        handle = scene.people.get(row["imposer"]["uscc"])
        if handle is None:
            continue
        by = people.acting(scene.session, handle, scene.today)
        if move["act"] == "end":
            measure_answers.confirm_end(
                scene.session, row["measure"], on=scene.today, by=by, **common
            )
            other = people.acting(scene.session, _another(scene, row, handle), scene.today)
            measure_answers.approve_end(scene.session, row["measure"], by=other, **common)
        elif row["code"] in move["codes"]:
            measure_answers.accept(
                scene.session, row["measure"], starts_on=scene.today, by=by, **common
            )
            other = people.acting(scene.session, _another(scene, row, handle), scene.today)
            measure_answers.approve(scene.session, row["measure"], by=other, **common)
        else:
            measure_answers.decline(scene.session, row["measure"], move["reason"], by=by, **common)


def _another(scene: Scene, row: Mapping[str, Any], handle: str) -> str:
    """Somebody else of the body that imposes: nobody does it alone."""
    staff = people.list_staff(scene.session, scene.today, row["imposer"]["uscc"])
    return next(s.handle for s in staff if s.handle != handle)


_ACTS: dict[str, Callable[[Scene, Move], None]] = {
    "complain": _complain,
    "event": _event,
    "contract": _contract,
    "fact": _fact,
    "measures": _measures,
}


# --- as the demo prints them ------------------------------------------------------------------


def story_lines(session: Session) -> list[str]:
    """Each claim of the stories from its first event to its last."""
    lines = []
    for title, claim in _told(session):
        lines += ["", f"{title}：", ""]
        lines.append(table(["日期", "事项", "办理", "状态"], case_lists.course_of(session, claim)))
    return lines


def _told(session: Session) -> list[tuple[str, str]]:
    found = []
    for path in sorted(_folder().glob("*.json")):
        story = json.loads(path.read_text("utf-8"))
        about = [m["claim"] for m in story.get("moves", ()) if m["do"] == "event"]
        if about:
            found.append((story["title"], case_lists.claim_about(session, *about[0])))
    return found
