"""Who stands above and below a body on a day, and who is competent for a matter in a region."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Integer, literal, or_, select
from sqlalchemy.orm import Session, aliased

from ..domain.bodies import Matter
from ..domain.regions import Region, Regions
from ..store.organisations import Competence, Subordination
from .organisations import responsible

#: No chain of superiors is longer; a circle that nobody may enter would end here.
_LONGEST = 100


def holds_on(
    row: type[Subordination] | type[Competence], day: date | BindParameter[date]
) -> ColumnElement[bool]:
    """Whether a row holds on a day: from its first day until the day before its last."""
    return (row.from_on <= day) & or_(row.until_on.is_(None), row.until_on > day)


def superior_of(session: Session, body_id: int, on: date) -> int | None:
    """The body registered above another on a day; None where nobody has said.

    It may have been succeeded since: `organisations.responsible` tells who answers for it.
    """
    query = select(Subordination.superior_id).where(
        Subordination.body_id == body_id, holds_on(Subordination, on)
    )
    return session.scalar(query)


def ancestors(session: Session, body_id: int, on: date) -> list[int]:
    """All bodies above another on a day, the nearest first."""
    link = Subordination
    first = select(link.superior_id.label("id"), literal(1, Integer).label("height")).where(
        link.body_id == body_id, holds_on(link, on)
    )
    chain = first.cte("chain", recursive=True)
    above = aliased(link)
    chain = chain.union_all(
        select(above.superior_id, chain.c.height + 1).where(
            above.body_id == chain.c.id, holds_on(above, on), chain.c.height < _LONGEST
        )
    )
    found = session.scalars(select(chain.c.id).order_by(chain.c.height))
    return list(dict.fromkeys(found))


def subtree(session: Session, body_id: int, on: date) -> set[int]:
    """A body and all bodies below it on a day."""
    tree = select(literal(body_id, BigInteger).label("id")).cte("tree", recursive=True)
    link = aliased(Subordination)
    tree = tree.union(select(link.body_id).where(link.superior_id == tree.c.id, holds_on(link, on)))
    return set(session.scalars(select(tree.c.id)))


class Competent(NamedTuple):
    """The body competent for a matter, and how it was found."""

    #: Who answers on the day, after any succession.
    body_id: int
    #: The region it is competent for: the one asked for, or one above it.
    region: str
    #: Regions passed over because nobody is registered for them, the nearest first.
    passed: tuple[str, ...]
    #: The rule that decided, in one sentence.
    reason: str


def competent_body(
    session: Session, matter: Matter, region: str, on: date, *, regions: Regions
) -> Competent | None:
    """The body competent for a matter in a region on a day: its own, else of the region above.

    County, prefecture, province; an old code counts as what it has become. None where no region
    on the way has one.
    """
    way = list(_way_up(regions, region, on))
    query = select(Competence.region, Competence.body_id).where(
        Competence.matter == matter.value,
        Competence.region.in_([code for code, _ in way]),
        holds_on(Competence, on),
    )
    registered = {row.region: row.body_id for row in session.execute(query)}
    for i, (code, place) in enumerate(way):
        if code in registered:
            body = responsible(session, [registered[code]], on)[registered[code]]
            passed = tuple(c for c, _ in way[:i])
            name = f"{code}（{place.name}）" if place else code
            reason = f"{name}已登记该事项的主管单位"
            if passed:
                reason = (
                    f"{'、'.join(passed)}未登记该事项的主管单位，由上级区划{name}的主管单位办理"
                )
            return Competent(body, code, passed, reason)
    return None


def _way_up(regions: Regions, code: str, on: date) -> Iterator[tuple[str, Region | None]]:
    """A region's code and those above it; an old code first as it stands, then as it became."""
    place = regions.find(code, on)
    yield code, place
    if place is None:
        became = regions.now_of(code, on)
        if became is not None:
            code = became.code
            yield code, became
    above = regions.superior(code, on)
    while above is not None:
        yield above.code, above
        above = regions.superior(above.code, on)
