"""The state of a record as other platforms get it: one message for each version, in the
transaction that made it true.

A version is the whole of what is said of a record: whoever holds a greater one needs no other. It
says what our own ledger says; a mapping picks what leaves (`domain.platforms`).
"""

from datetime import date, datetime, timedelta, timezone
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..domain import records as ledger
from ..domain.case_codes import Stream
from ..domain.partners import RECORDS
from ..domain.records import EntryKind
from ..store.organisations import Organisation
from ..store.records import CreditEntry
from . import exchange

#: Beijing has no summer time since 1991; entries are younger.
_BEIJING = timezone(timedelta(hours=8))


def queue(
    session: Session,
    first: CreditEntry,
    owner: Organisation,
    region: str | None,
    *,
    now: datetime,
) -> None:
    """Queue how a record stands now, as its next version; hold the record before you ask.

    Args:
        first: the entry it began with; all that are about it have been written.
        region: where it belongs; None where nobody knows.
    """
    query = select(CreditEntry).where(
        or_(CreditEntry.id == first.id, CreditEntry.about_id == first.id)
    )
    lines = [line(e) for e in session.scalars(query.order_by(CreditEntry.id))]
    said = {**_said(lines), "body": {"code": owner.code, "name": owner.name}, "region": region}
    version = len(lines)
    message = exchange.Message(RECORDS, first.ulid, version, {**said, "version": version})
    exchange.enqueue(session, [message], now=now)


def _said(lines: list[ledger.Entry]) -> dict[str, Any]:
    """What the entries of one record say of it together."""
    (record,) = ledger.fold(lines, date.max)
    return {
        "record": record.ulid,
        "stream": record.stream.value,
        "change": lines[-1].kind.value,
        "state": record.state.value,
        "listed_on": record.listed_on.isoformat(),
        "changed_on": lines[-1].effective_on.isoformat(),
        "ended_on": None if record.ended_on is None else record.ended_on.isoformat(),
        "amount_fen": record.amount_fen,
        "source_no": record.source_no,
        "content": dict(record.content),
    }


def line(e: CreditEntry) -> ledger.Entry:
    """An entry of a ledger, as the domain reckons with it."""
    return ledger.Entry(
        e.id,
        e.ulid,
        e.body_id,
        Stream(e.stream),
        EntryKind(e.kind),
        e.about_id,
        e.effective_on,
        e.recorded_at.astimezone(_BEIJING).date(),
        e.amount_fen,
        e.content,
        e.source_no,
        e.reason,
    )
