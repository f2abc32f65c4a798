"""Read the family of some bodies: who stands above them on a day, and who took over from whom."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, aliased

from ..domain.kinship import Kinship
from ..store.organisations import Subordination, Succession
from ..store.sets import among_named, written
from .hierarchy import holds_on


def read_kinship(session: Session, bodies: Iterable[int], on: date) -> Kinship:
    """All that stands above some bodies on a day, and every succession among what is reached.

    Two queries, and two more for every succession that leads to bodies not seen before.
    """
    dialect = session.get_bind().dialect.name
    links_above, handovers = _statements(dialect)
    superiors: dict[int, int] = {}
    successions: dict[int, tuple[int, int, date]] = {}
    waiting = set(bodies)
    seen = set(waiting)
    while waiting:
        asked = {"bodies": written(dialect, waiting), "on": on}
        links = {row[0]: row[1] for row in session.execute(links_above, asked)}
        superiors |= links
        reached = waiting | links.keys() | set(links.values())
        seen |= reached
        rows = session.execute(handovers, {"bodies": written(dialect, reached)}).all()
        successions |= {number: (old, new, since) for number, old, new, since in rows}
        waiting = {b for _, old, new, _ in rows for b in (old, new)} - seen
        seen |= waiting
    ordered = sorted(successions.items(), key=lambda item: (item[1][2], item[0]))
    return Kinship(superiors, [row for _, row in ordered], on)


@cache
def _statements(dialect: str) -> tuple[Select[*tuple[Any, ...]], Select[int, int, int, date]]:
    """Body → superior, for some bodies and all above them on a day; and who took over from whom.

    Asked for with nearly every claim, so they are made once and not at each look.
    """
    link, day = Subordination, bindparam("on", type_=Subordination.from_on.type)
    first = select(link.body_id, link.superior_id).where(
        among_named(dialect, link.body_id, "bodies"), holds_on(link, day)
    )
    chain = first.cte("chain", recursive=True)
    above = aliased(link)
    chain = chain.union(  # without repetition: a circle ends
        select(above.body_id, above.superior_id).where(
            above.body_id == chain.c.superior_id, holds_on(above, day)
        )
    )
    old, new = Succession.predecessor_id, Succession.successor_id
    handed_over = select(Succession.id, old, new, Succession.from_on).where(
        among_named(dialect, old, "bodies") | among_named(dialect, new, "bodies")
    )
    return select(chain), handed_over


def answered_for(session: Session, body: int, on: date) -> set[int]:
    """The bodies for which the one that answers for `body` answers on a day, itself included."""
    kinship = read_kinship(session, [body], on)
    return kinship.served_by(kinship.answering(body))
