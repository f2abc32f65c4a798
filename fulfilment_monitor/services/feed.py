"""What changed, in one order that passes nothing by.

The number of a row in the outbox is drawn before its transaction commits: whoever reads on from the
last number they saw skips what commits later under a lower one. So places are given afterwards, to
rows that can be seen, by one hand at a time: whoever holds the one row of `feed_head`. A place is
seen only after every lower one, and never changes.

Of one thing the places follow its versions: it is held by who says the next one.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select, union_all, update
from sqlalchemy.orm import Session, sessionmaker

from ..domain.feed import FAMILIES, Kind, projected, subject_of
from ..store.exchange import FeedHead, OutboxMessage

#: So many rows get their places in one transaction.
_TOGETHER = 5_000
#: So many rows are looked at for one page, where most are not for the reader; so many together.
_LOOKED_AT, _AT_ONCE = 5_000, 200


class Change(NamedTuple):
    """One row of the outbox at its place."""

    number: int
    topic: str
    key: str
    version: int
    at: datetime
    body: dict[str, Any]


class Page(NamedTuple):
    changes: list[Change]
    #: Where the next page begins, in the direction of this one.
    last: int
    #: Whether there may be more already.
    more: bool


#: Which of some changes a reader sees: their numbers.
Keep = Callable[[Sequence[Change]], Collection[int]]


def catch_up(readers: sessionmaker[Session], sessions: sessionmaker[Session]) -> int:
    """Give places to what has been committed and has none; returns to how many.

    Where nothing waits, nobody is held up.
    """
    count = 0
    while True:
        with readers() as session:
            waits = _waiting(1)
            if session.scalar(waits) is None:
                return count
        with sessions.begin() as session:
            count += give_places(session)


def give_places(session: Session, limit: int = _TOGETHER) -> int:
    """The next places, in the order of their numbers, to rows that have none; returns how many.

    What commits meanwhile is not seen, and comes next.
    """
    held = select(FeedHead).with_for_update().execution_options(populate_existing=True)
    head = session.scalars(held).one()
    ids = _waiting(limit).subquery()
    place = func.row_number().over(order_by=ids.c.id)
    placed = select(ids.c.id, (head.last + place).label("place")).subquery()
    given = session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.id == placed.c.id)
        .values(feed_no=placed.c.place)
        .execution_options(synchronize_session=False)
    )
    count: int = given.rowcount  # type: ignore[attr-defined]
    head.last += count
    return count


def _waiting(limit: int) -> Select[Any]:
    query = select(OutboxMessage.id).where(OutboxMessage.feed_no.is_(None))
    return query.order_by(OutboxMessage.id).limit(limit)


def newest(session: Session) -> int:
    """The last place that was given."""
    return session.scalars(select(FeedHead.last)).one()


def topics_of(kinds: Iterable[Kind]) -> list[str]:
    """The topics of some kinds."""
    return sorted({topic for kind in kinds for topic in FAMILIES[kind].topics})


def read(
    session: Session,
    topics: Iterable[str],
    place: int | None,
    limit: int,
    *,
    descending: bool = False,
    keep: Keep | None = None,
) -> Page:
    """The changes of some topics after a place, or before it where the newest come first.

    A page may be short, or empty, and there may be more: `last` leads on in any case.

    Args:
        place: None for the beginning, or for the newest.
        keep: picks what the reader sees out of what is there.
    """
    head = newest(session)  # first: every place up to it is seen by what follows
    most = head + 1 if descending else head  # a copy that was restored knows fewer places
    at = (most if descending else 0) if place is None else min(place, most)
    wanted, found, looked = list(topics), list[Change](), 0
    while len(found) < limit and looked < _LOOKED_AT:
        size = min(max(limit, _AT_ONCE), _LOOKED_AT - looked)
        rows = _rows(session, wanted, at, head, size, descending=descending)
        kept = {c.number for c in rows} if keep is None else set(keep(rows))
        chosen = [c for c in rows if c.number in kept][: limit - len(found)]
        found += chosen
        looked += len(rows)
        full = len(found) == limit
        if full:
            at = chosen[-1].number
        elif len(rows) < size:  # there are no more
            return Page(found, 0 if descending else max(at, head), more=False)
        else:
            at = rows[-1].number
    return Page(found, at, more=True)


def _rows(
    session: Session, topics: Sequence[str], at: int, head: int, size: int, *, descending: bool
) -> list[Change]:
    """Rows of some topics on from a place: so many of each, and of those the first."""
    o, number = OutboxMessage, OutboxMessage.feed_no
    order = number.desc() if descending else number.asc()
    onward = number < at if descending else number > at
    each = [
        select(o.id, number)
        .where(o.topic == topic, number.is_not(None), onward, number <= head)
        .order_by(order)
        .limit(size)
        .subquery()
        for topic in topics
    ]
    if not each:
        return []
    near = union_all(*(select(part.c.id) for part in each)).subquery()
    query = (
        select(number, o.topic, o.key, o.version, o.queued_at, o.body)
        .join(near, near.c.id == o.id)
        .order_by(order)
        .limit(size)
    )
    return [Change(*row) for row in session.execute(query)]


def shown(kind: Kind, change: Change, *, bare: bool = False) -> dict[str, Any]:
    """A change as it leaves: what its kind allows, and nothing else."""
    return {
        "kind": kind.value,
        "event": change.topic,
        "subject": subject_of(kind, change.body),
        "at": change.at.isoformat(),
        "about": projected(kind, change.body, bare=bare),
    }
