"""The bodies of the register as people look them up."""

from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from ..domain.errors import NotFound
from ..domain.parties import Side
from ..domain.regions import Regions
from ..store.contracts import Contract
from ..store.organisations import Competence, Organisation, Subordination, Succession
from .hierarchy import ancestors, holds_on
from .organisations import responsible


def list_bodies(session: Session, *, as_of: date) -> list[dict[str, Any]]:
    """All bodies by code, each with its superior on a day."""
    body, above = Organisation, aliased(Organisation)
    query = (
        select(body.code, body.name, body.kind, body.region, body.level, above.code.label("above"))
        .outerjoin(
            Subordination, (Subordination.body_id == body.id) & holds_on(Subordination, as_of)
        )
        .outerjoin(above, above.id == Subordination.superior_id)
        .where(body.side == Side.GOVERNMENT.value)
        .order_by(body.code)
    )
    return [
        {
            "uscc": row.code,
            "name": row.name,
            "kind": row.kind,
            "region": row.region,
            "level": row.level,
            "superior": row.above,
        }
        for row in session.execute(query)
    ]


def show_body(session: Session, code: str, *, as_of: date, regions: Regions) -> dict[str, Any]:
    """Everything known of a body on a day, and how it came about.

    Raises:
        NotFound: no body has the code.
    """
    query = select(Organisation).where(
        Organisation.code == code, Organisation.side == Side.GOVERNMENT.value
    )
    body = session.scalars(query).one_or_none()
    if body is None:
        raise NotFound(f"no body {code!r} is on the register")
    place = regions.path(body.region, as_of) if body.region else ()
    answering = responsible(session, [body.id], as_of)[body.id]
    contracts = select(func.count()).where(
        Contract.government_id == body.id, Contract.signed_on <= as_of
    )
    return {
        "uscc": body.code,
        "name": body.name,
        "kind": body.kind,
        "region": body.region,
        "place": "".join(r.name for r in place) or None,
        "level": body.level,
        "ancestors": _named(session, ancestors(session, body.id, as_of)),
        "subordinates": _named(session, list(session.scalars(_below(body.id, as_of)))),
        "superiors": _superiors(session, body.id),
        "competent_for": _competences(session, body.id),
        "responsible": _named(session, [answering])[0],
        "successions": _successions(session, body.id),
        "contracts": session.scalar(contracts),
    }


def _below(body_id: int, as_of: date) -> Select[int]:
    return select(Subordination.body_id).where(
        Subordination.superior_id == body_id, holds_on(Subordination, as_of)
    )


def _named(session: Session, ids: list[int]) -> list[dict[str, str]]:
    """Codes and names, in the order asked for."""
    query = select(Organisation).where(Organisation.id.in_(ids))
    found = {o.id: {"uscc": o.code, "name": o.name} for o in session.scalars(query)}
    return [found[i] for i in ids]


def _superiors(session: Session, body_id: int) -> list[dict[str, Any]]:
    query = (
        select(Organisation.code, Organisation.name, Subordination.from_on, Subordination.until_on)
        .join(Subordination, Subordination.superior_id == Organisation.id)
        .where(Subordination.body_id == body_id)
        .order_by(Subordination.from_on)
    )
    return [
        {"uscc": code, "name": name, **_days(from_on, until_on)}
        for code, name, from_on, until_on in session.execute(query)
    ]


def _competences(session: Session, body_id: int) -> list[dict[str, Any]]:
    query = (
        select(Competence)
        .where(Competence.body_id == body_id)
        .order_by(Competence.from_on, Competence.matter, Competence.region)
    )
    return [
        {"matter": c.matter, "region": c.region, **_days(c.from_on, c.until_on)}
        for c in session.scalars(query)
    ]


def _successions(session: Session, body_id: int) -> list[dict[str, str]]:
    """Who took over from the body, and from whom the body took over."""
    old, new = aliased(Organisation), aliased(Organisation)
    query = (
        select(old.code, new.code, Succession.from_on, Succession.reason)
        .join(old, old.id == Succession.predecessor_id)
        .join(new, new.id == Succession.successor_id)
        .where((Succession.predecessor_id == body_id) | (Succession.successor_id == body_id))
        .order_by(Succession.from_on, Succession.id)
    )
    return [
        {"predecessor": was, "successor": becomes, "on": on.isoformat(), "reason": reason}
        for was, becomes, on, reason in session.execute(query)
    ]


def _days(from_on: date, until_on: date | None) -> dict[str, str | None]:
    return {"from_on": from_on.isoformat(), "until_on": until_on.isoformat() if until_on else None}
