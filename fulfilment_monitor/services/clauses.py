"""Who leads and who answers for each clause in force in an area, and what each has still to do.

Source: 云发改财金〔2023〕1064号 二（一）, 黑营商发〔2023〕19号: 牵头单位、责任单位.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.clauses import Clause, Unit, in_force
from ..domain.measures import seat
from ..domain.parties import Side
from ..store.organisations import Organisation
from . import organisations, restrictions, worklists
from .hierarchy import competent_body
from .office import Office


def list_clauses(
    session: Session, clauses: Iterable[Clause], region: str, on: date, office: Office
) -> list[dict[str, Any]]:
    """The clauses in force in a region on a day, each unit with its body and its open tasks.

    A unit nobody has registered is shown without a body; one that stands for many, in the words
    of the notice alone.
    """
    counts: dict[int, dict[str, int]] = {}
    return [
        {
            "source": clause.source,
            "title": clause.title,
            "since": clause.since.isoformat(),
            "leading": [_shown(session, u, region, on, office, counts) for u in clause.leading],
            "responsible": [
                _shown(session, u, region, on, office, counts) for u in clause.responsible
            ],
        }
        for clause in in_force(clauses, region, on)
    ]


def _shown(
    session: Session,
    unit: Unit,
    region: str,
    on: date,
    office: Office,
    counts: dict[int, dict[str, int]],
) -> dict[str, Any]:
    body = _body(session, unit, region, on, office)
    if body is not None and body.id not in counts:
        tasks = open_tasks(session, body.id, on, office)
        counts[body.id] = {"open": len(tasks), "late": sum(t["late"] for t in tasks)}
    return {
        "unit": unit.unit,
        "body": None if body is None else {"uscc": body.code, "name": body.name},
        "registered": body is not None if unit.is_one else None,
        "tasks": None if body is None else counts[body.id],
    }


def _body(
    session: Session, unit: Unit, region: str, on: date, office: Office
) -> Organisation | None:
    """The body a unit stands for at its level; never one from further up in its place."""
    here = seat(unit.tier, region)
    if here is None:
        return None
    if unit.matter is not None:
        found = competent_body(session, unit.matter, here, on, regions=office.regions)
        own = found is not None and found.region == here
        return session.get_one(Organisation, found.body_id) if found is not None and own else None
    if not unit.name:
        return None
    query = select(Organisation).where(
        Organisation.side == Side.GOVERNMENT.value,
        Organisation.region == here,
        Organisation.name.endswith(unit.name, autoescape=True),
    )
    named = session.scalars(query.order_by(Organisation.id).limit(1)).first()
    if named is None:
        return None
    now = organisations.responsible(session, [named.id], on)[named.id]
    return session.get_one(Organisation, now)


def open_tasks(session: Session, body: int, on: date, office: Office) -> list[dict[str, Any]]:
    """Everything a unit has still to do: claims it has in hand, measures that wait for it."""
    claims = [
        {
            "kind": "claim",
            "id": item.claim,
            "what": item.state.value,
            "due_on": None if item.due_on is None else item.due_on.isoformat(),
            "late": item.due_on is not None and item.due_on < on,
        }
        for item in worklists.of_body(session, body, on)
    ]
    waiting = restrictions.open_measures(session, on, office, imposer_id=body)
    measures = [
        {
            "kind": "measure",
            "id": row["measure"],
            "what": name,
            "due_on": row["due_on"],
            "late": row["late"],
        }
        for name, rows in waiting._asdict().items()
        for row in rows
    ]
    return [*claims, *measures]
