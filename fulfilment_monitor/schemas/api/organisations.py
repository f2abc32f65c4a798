"""Credit records, restrictions and sweeps as the API shows them."""

from ...domain.case_codes import Stream
from ...domain.records import RecordState
from ..fields import Day, Strict
from .shown import (
    Shown,
    code,
    day,
    day_or_none,
    flag,
    instant,
    many,
    maybe,
    one,
    table,
    tables,
    text,
    text_or_none,
    texts,
    whole,
    yuan_or_none,
)


class RecordOut(Shown):
    """A credit record; only officers are shown what stands behind it."""

    record = text()
    stream = code(Stream)
    label = text()
    state = code(RecordState)
    state_label = text()
    contested = flag()
    listed_on = day()
    ended_on = day_or_none()
    display_until = day_or_none()
    source_no = text_or_none("the number of the decision")
    amount = maybe(yuan_or_none())
    content = maybe(table())
    corrections = maybe(whole())
    reason = maybe(text_or_none())


class CreditOut(Shown):
    uscc = text()
    name = text()
    on = day()
    records = many(RecordOut)


class RestrictionOut(Shown):
    measure = text()
    code = text()
    label = text()
    imposer = text()
    imposer_uscc = text()
    body = text("the code of the body it was imposed on")
    basis = text()
    starts_on = day()
    record = text()
    document_no = text_or_none()
    contested = flag()


class RestrictionsOut(Shown):
    uscc = text()
    on = day()
    restricted = flag()
    restrictions = many(RestrictionOut)


class SweepIn(Strict):
    as_of = Day(metadata={"description": "the day to sweep for; today if left out"})


class SweepOut(Shown):
    """What a run newly did."""

    as_of = day()
    duties = whole()
    alerts = whole()
    leads = whole()


class OcdsLinks(Shown):
    next = text("the next package")


class OcdsOut(Shown):
    """A release package of OCDS 1.1."""

    uri = text()
    version = text()
    extensions = texts()
    publisher = table()
    publishedDate = maybe(instant())  # noqa: N815 — the standard's name
    releases = tables()
    links = maybe(one(OcdsLinks))
