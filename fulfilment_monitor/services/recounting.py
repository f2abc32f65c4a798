"""Reckon anew what was reckoned: when a year's notice is out, or the law's text has changed."""

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from ..domain.authority import Actor
from ..domain.clocks import beijing_day
from ..store.contracts import Contract
from ..store.duties import Duty
from ..store.once import insert_once
from ..store.sweeps import Mark
from . import audit, case_clocks, duties, moves, search
from .duties import changed
from .ledgers import hold_files, read_files
from .office import Office
from .policies import keep_policy
from .reckoning import reckon_many

_PAGE = 100


class Reckoned(NamedTuple):
    """What was reckoned anew."""

    contracts: int
    duties_replaced: int
    #: Dates that somebody still has to keep: {contract_no, contract, obligation, from, to}.
    moved: list[dict[str, Any]]
    #: Obligations already met that turn out late, or in time: the same, and {late: bool}.
    judged_anew: list[dict[str, Any]]
    #: Clocks of claims whose last day, or its certainty, is another.
    clocks_replaced: int = 0


class _Cause(NamedTuple):
    """Why, as the record of acts has it."""

    action: str
    object_type: str
    object_id: str
    said: dict[str, Any]
    #: The first last day that it can have had a part in; None: all of them.
    since: date | None


def reckon_affected(
    sessions: sessionmaker[Session], office: Office, year: int, *, by: Actor, now: datetime
) -> Reckoned:
    """Reckon anew every contract and every clock of a claim with a date a calendar can move.

    A few contracts a transaction; safe to run again after a crash, and then tells what it moved
    itself. A contract whose duties already stand as they should is left alone.

    Args:
        office: as it was opened after the calendar was loaded.
    """
    since = date(year - 1, 12, 1)  # the first last day a year's calendar can have had a part in
    cause = _Cause("calendar.reckon", "calendar_year", str(year), {"year": year}, since)
    return _reckon(sessions, office, cause, by, now)


def reckon_all(
    sessions: sessionmaker[Session], office: Office, *, by: Actor, now: datetime
) -> Reckoned:
    """Reckon anew whatever the law and the program give otherwise than when it was reckoned.

    After a release that words or counts something in another way; what was and when it gave way
    stays on record. Otherwise as `reckon_affected`.
    """
    with sessions.begin() as session:
        insert_once(session, Mark, [moves.mark_of_law(now)], Mark.name)
    cause = _Cause("law.reckon", "law", now.isoformat(), {}, None)
    return _reckon(sessions, office, cause, by, now)


def write_words_anew(sessions: sessionmaker[Session]) -> int:
    """Write the words by which contracts are found as this release has them; of how many.

    Some contracts a transaction; safe to run again after a crash.
    """
    total, last = 0, 0
    while True:
        with sessions.begin() as session:
            ids = _affected(session, None, last)
            total += search.write_anew(session, ids)
        if not ids:
            return total
        last = ids[-1]


def _reckon(
    sessions: sessionmaker[Session], office: Office, cause: _Cause, by: Actor, now: datetime
) -> Reckoned:
    total, last = Reckoned(0, 0, [], []), 0
    while True:
        with sessions.begin() as session:
            ids = _affected(session, cause.since, last)
            stale = _stale(session, ids, office)
            if stale:  # before contracts are held, as whoever registers does
                keep_policy(session, office, now=now)
            held = hold_files(session, stale).values()
            replaced = reckon_many(session, changed(held, office), office, now=now)
            moved, judged = moves.moved_at(session, stale, now)
            if replaced:
                _note(session, cause, {"moved": moved, "judged_anew": judged}, by, now)
        if not ids:
            return total._replace(clocks_replaced=_clocks(sessions, office, cause, by, now))
        total = Reckoned(
            total.contracts + len(ids),
            total.duties_replaced + replaced,
            total.moved + moved,
            total.judged_anew + judged,
        )
        last = ids[-1]


def _clocks(
    sessions: sessionmaker[Session], office: Office, cause: _Cause, by: Actor, now: datetime
) -> int:
    """The clocks of claims, some claims a transaction; how many were replaced."""
    total, last = 0, 0
    while True:
        with sessions.begin() as session:
            ids = case_clocks.waiting_claims(session, cause.since or date.min, last, _PAGE)
            found = case_clocks.reckon(session, ids, office, now=now, today=beijing_day(now))
            if found:
                _note(session, cause, {"clocks": found}, by, now)
        if not ids:
            return total
        total, last = total + found, ids[-1]


def _note(session: Session, cause: _Cause, done: dict[str, Any], by: Actor, now: datetime) -> None:
    body = {**cause.said, **done}
    audit.note(session, by, cause.action, cause.object_type, cause.object_id, body, now=now)


def _affected(session: Session, since: date | None, after: int) -> list[int]:
    """Contracts with a duty whose date is provisional, or lies on a day or later; or all."""
    query = select(Contract.id).where(Contract.id > after).order_by(Contract.id).limit(_PAGE)
    if since is not None:
        touched = select(Duty.id).where(
            Duty.contract_id == Contract.id,
            Duty.replaced_at.is_(None),
            Duty.provisional | (Duty.due_on >= since),
        )
        query = query.where(touched.exists())
    return list(session.scalars(query))


def _stale(session: Session, ids: list[int], office: Office) -> list[int]:
    """Those whose duties are not what terms, facts and the law now give."""
    found = [
        i
        for i, file in read_files(session, ids).items()
        if any(duties.compare(session, i, file.keys, file.ledger(office.statute), office))
    ]
    session.expunge_all()  # what is reckoned anew is read anew, once it is held
    return sorted(found)
