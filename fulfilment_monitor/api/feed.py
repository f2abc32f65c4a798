"""The change feed: a route per kind, so that each says who may read it."""

from typing import Any

from ..domain.feed import FAMILIES, Kind
from ..premises import premises
from ..schemas.api.feed import FeedPage, FeedQuery
from ..services import feed, feed_readers
from .callers import actor, opens_to
from .document import PREFIX, Blueprint
from .pages import BadCursor, address, cursor_of, place_of

bp = Blueprint("api_feed", __name__, url_prefix=PREFIX, description="What changed, in order")

_UP, _DOWN = "up", "down"


def _open(kind: Kind, about: str) -> None:
    """A route for one kind."""

    def changes(query: dict[str, Any]) -> Any:
        return _page(kind, query)

    family = FAMILIES[kind]
    changes.__doc__, changes.__name__ = about, kind.value
    view = bp.response(200, FeedPage)(changes)
    view = bp.arguments(FeedQuery, location="query", unknown=None)(view)
    bp.get(f"/feed/{kind.value}")(opens_to(family.action, family.scope)(view))


def _page(kind: Kind, query: dict[str, Any]) -> Any:
    name = f"feed.{kind.value}"
    said = place_of(query, name, str, int)
    way, place = (_DOWN if query["descending"] else _UP, None) if said is None else said
    if way not in (_UP, _DOWN):
        raise BadCursor
    house, today = premises().house, premises().moment().today
    feed.catch_up(house.readers, house.sessions)
    with house.readers() as session:
        found = feed_readers.follow(
            session, kind, place, query["limit"],
            descending=way == _DOWN, by=actor(), office=house.office(), today=today,
        )  # fmt: skip
    cursors = {
        "next": cursor_of(name, (way, found.last)),
        "prev": cursor_of(name, (_DOWN if way == _UP else _UP, _first(way, found))),
    }
    links = ", ".join(f'<{address(cursor)}>; rel="{rel}"' for rel, cursor in cursors.items())
    return {"items": found.items, **cursors, "more": found.more}, 200, {"Link": links}


def _first(way: str, found: feed_readers.Followed) -> int:
    """The place before which, the other way, begins what lies behind a page."""
    if found.first is not None:
        return found.first
    return found.last + 1 if way == _UP else found.last


_open(Kind.CONTRACTS, "Contracts in sight of which something changed: read them anew.")
_open(Kind.LEADS, "Leads (违约线索) in sight that arose or ended; never called a breach.")
_open(Kind.RECORDS, "What was entered on the credit record of public bodies, or ended on it.")
_open(
    Kind.NOTICES, "Results, records and measures that were told to your own body, and to no other."
)
