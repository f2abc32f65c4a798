"""Read the family of some bodies: who stands above them on a day, and who took over from whom."""

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from ..domain.kinship import Kinship
from ..store.organisations import Subordination, Succession
from ..store.sets import among
from .hierarchy import holds_on


def read_kinship(session: Session, bodies: Iterable[int], on: date) -> Kinship:
    """All that stands above some bodies on a day, and every succession among what is reached.

    Two queries, and two more for every succession that leads to bodies not seen before.
    """
    superiors: dict[int, int] = {}
    successions: dict[int, tuple[int, int, date]] = {}
    waiting = set(bodies)
    seen = set(waiting)
    while waiting:
        links = _links_above(session, waiting, on)
        superiors |= links
        reached = waiting | links.keys() | set(links.values())
        seen |= reached
        query = select(Succession).where(
            or_(
                among(session, Succession.predecessor_id, reached),
                among(session, Succession.successor_id, reached),
            )
        )
        rows = session.scalars(query).all()
        successions |= {r.id: (r.predecessor_id, r.successor_id, r.from_on) for r in rows}
        waiting = {b for r in rows for b in (r.predecessor_id, r.successor_id)} - seen
        seen |= waiting
    ordered = sorted(successions.items(), key=lambda item: (item[1][2], item[0]))
    return Kinship(superiors, [row for _, row in ordered], on)


def _links_above(session: Session, bodies: Collection[int], on: date) -> dict[int, int]:
    """Body → superior, for some bodies and all above them."""
    link = Subordination
    first = select(link.body_id, link.superior_id).where(
        among(session, link.body_id, bodies), holds_on(link, on)
    )
    chain = first.cte("chain", recursive=True)
    above = aliased(link)
    chain = chain.union(  # without repetition: a circle ends
        select(above.body_id, above.superior_id).where(
            above.body_id == chain.c.superior_id, holds_on(above, on)
        )
    )
    return {row[0]: row[1] for row in session.execute(select(chain))}


def answered_for(session: Session, body: int, on: date) -> set[int]:
    """The bodies for which the one that answers for `body` answers on a day, itself included."""
    kinship = read_kinship(session, [body], on)
    return kinship.served_by(kinship.answering(body))
