"""The change feed as the API shows it."""

from ...domain.feed import Kind
from .queries import Count, PageQuery, Switch
from .shown import Shown, code, flag, instant, many, table, text

_MOST, _USUAL = 1_000, 100


class FeedQuery(PageQuery):
    limit = Count(
        _MOST, load_default=_USUAL, metadata={"description": f"how many at most; up to {_MOST}"}
    )
    descending = Switch(
        load_default=False,
        metadata={"description": "the newest first; what a cursor says goes before"},
    )


class ChangeOut(Shown):
    """One change: that it happened, and where to read on."""

    kind = code(Kind)
    event = text("what happened")
    subject = text("the id of what it happened to: a contract, lead, record, measure, claim")
    at = instant("when it was written down; the order of the feed is another: that of commits")
    about = table("what may be said of it, by event")


class FeedPage(Shown):
    items = many(ChangeOut)
    next = text("the cursor to go on with, now or later; there is always one")
    prev = text("the cursor for what lies the other way")
    more = flag("whether there may be more already")
