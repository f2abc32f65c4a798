"""The credit record as everybody may see it: by an allow-list, and only where it was decided.

Shown are determined breaches of public bodies that have effect and that nobody contests, and
repaired ones as long as the office displays them; with each, the measures in force on the body.
Never amounts, facts, free words, enterprises, complainants or persons.
Source: 发改财金〔2023〕1103号 三（三）、三（六）、四（九）.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from ..domain.case_codes import Stream
from ..domain.cases import Event
from ..domain.errors import NotFound
from ..domain.measures import Catalogue, MeasureState, Target
from ..domain.parties import Side
from ..domain.records import Entry, EntryKind, Record, RecordState, display_until, fold
from ..store.cases import ClaimEvent
from ..store.organisations import Organisation
from ..store.records import CreditEntry, Measure
from . import records
from .office import Office

_IN_FORCE = (MeasureState.IMPOSED.value, MeasureState.ENDING.value)
#: A month's end may come a few days early; the exact day is reckoned from the record itself.
_SLACK = timedelta(days=3)


class PublicMeasure(NamedTuple):
    """A measure in force on a body."""

    label: str
    imposer: str
    basis: str
    starts_on: date | None


class PublicRecord(NamedTuple):
    """Everything about a determined breach that leaves the house."""

    record: str
    body: str
    uscc: str
    #: A code of `domain.case_codes.Breach`, and of `Violation` where one of the decree's was found.
    breach: str
    violation: str | None
    #: The article it was found to break, as the decision cites it.
    article: str
    document_no: str | None
    determined_by: str | None
    since: date
    repaired_on: date | None
    measures: tuple[PublicMeasure, ...]


class Place(NamedTuple):
    """Where a page of the list ends: the next one begins after it."""

    since: date
    row: int


class Listed(NamedTuple):
    items: tuple[PublicRecord, ...]
    #: Where the next page begins; None on the last.
    more: Place | None


class PublicBody(NamedTuple):
    name: str
    uscc: str
    items: tuple[PublicRecord, ...]


def is_displayed(office: Office) -> bool:
    """Whether the office has decided to show records to everybody at all."""
    return bool(office.policy.cases.publication.records)


def list_published(
    session: Session,
    office: Office,
    *,
    today: date,
    after: Place | None = None,
    text: str | None = None,
    limit: int = 20,
) -> Listed:
    """Published records, newest first.

    Args:
        text: only bodies whose name contains it.
    """
    if not is_displayed(office):
        return Listed((), None)
    query = _candidates(office, today).order_by(
        CreditEntry.effective_on.desc(), CreditEntry.id.desc()
    )
    if after is not None:
        older = and_(CreditEntry.effective_on == after.since, CreditEntry.id < after.row)
        query = query.where(or_(CreditEntry.effective_on < after.since, older))
    if text is not None:
        query = query.where(Organisation.name.contains(text, autoescape=True))
    found = list(session.execute(query.limit(limit + 1)))
    here = found[:limit]
    more = Place(here[-1].effective_on, here[-1].id) if len(found) > limit else None
    return Listed(_shown(session, [row.id for row in here], office, today), more)


def published_of(session: Session, uscc: str, office: Office, *, today: date) -> PublicBody:
    """What is published of one public body: its own records, and those it has taken over.

    Raises:
        NotFound: no public body has this code; an enterprise is as if it did not exist.
    """
    query = select(Organisation).where(
        Organisation.code == uscc, Organisation.side == Side.GOVERNMENT.value
    )
    body = session.scalars(query).one_or_none()
    if body is None:
        raise NotFound("no public body has this code")
    if not is_displayed(office):
        return PublicBody(body.name, body.code, ())
    bodies = records.inherited(session, body.id, today)
    theirs = _candidates(office, today).where(CreditEntry.body_id.in_(bodies))
    ids = [row.id for row in session.execute(theirs.order_by(CreditEntry.id.desc()))]
    return PublicBody(body.name, body.code, _shown(session, ids, office, today))


def displayed(session: Session, ulids: Collection[str], office: Office, *, today: date) -> set[str]:
    """Of some records those that everybody may see today."""
    if not is_displayed(office) or not ulids:
        return set()
    query = _candidates(office, today).where(CreditEntry.ulid.in_(ulids))
    ids = [row.id for row in session.execute(query)]
    return {record.record for record in _shown(session, ids, office, today)}


def _candidates(office: Office, today: date) -> Select[int, date]:
    """Determined breaches of public bodies that may be on display on a day."""
    later = aliased(CreditEntry)
    oldest = today - relativedelta(months=office.policy.cases.display_months) - _SLACK
    gone = select(later.id).where(
        later.about_id == CreditEntry.id,
        or_(
            later.kind.in_([EntryKind.WITHDRAWN.value, EntryKind.ENDED.value]),
            and_(later.kind == EntryKind.REPAIRED.value, later.effective_on < oldest),
        ),
    )
    return (
        select(CreditEntry.id, CreditEntry.effective_on)
        .join(Organisation, Organisation.id == CreditEntry.body_id)
        .where(
            CreditEntry.stream == Stream.BREACH.value,
            CreditEntry.kind == EntryKind.LISTED.value,
            CreditEntry.effective_on <= today,
            Organisation.side == Side.GOVERNMENT.value,
            ~gone.exists(),
        )
    )


def _shown(
    session: Session, ids: Collection[int], office: Office, today: date
) -> tuple[PublicRecord, ...]:
    """Of some records those on display, in the order given."""
    folded = {r.id: r for r in fold(_entries(session, ids), today)}
    contested = _contested(session, ids, today)
    months = office.policy.cases.display_months
    on_display = [
        folded[i]
        for i in ids
        if i in folded and i not in contested and _is_on_display(folded[i], months, today)
    ]
    names = _names(session, on_display)
    measures = _measures(session, [r.id for r in on_display], office.measures, today)
    return tuple(_public(r, names, measures[r.id]) for r in on_display)


def _entries(session: Session, ids: Collection[int]) -> list[Entry]:
    own = select(CreditEntry.body_id).where(CreditEntry.id.in_(ids)).distinct()
    wanted = set(ids)
    return [
        e
        for e in records.entries_of(session, session.scalars(own))
        if e.id in wanted or e.about_id in wanted
    ]


def _is_on_display(record: Record, months: int, today: date) -> bool:
    if record.state is RecordState.EFFECTIVE:
        return record.is_adverse
    until = display_until(record, months)
    return until is not None and today < until


def _contested(session: Session, ids: Collection[int], on: date) -> set[int]:
    """The records whose determination somebody has objected to, undecided at a day's end."""
    changes = (Event.OBJECT, Event.DECIDE_OBJECTION, Event.REVOKE_DETERMINATION)
    query = (
        select(CreditEntry.id, ClaimEvent.event)
        .join(ClaimEvent, ClaimEvent.claim_id == CreditEntry.claim_id)
        .where(
            CreditEntry.id.in_(ids),
            ClaimEvent.event.in_([e.value for e in changes]),
            ClaimEvent.on <= on,
            ClaimEvent.at >= CreditEntry.recorded_at,
        )
        .order_by(ClaimEvent.seq)
    )
    last: dict[int, str] = {row[0]: row[1] for row in session.execute(query)}
    return {number for number, event in last.items() if event == Event.OBJECT.value}


class _Named(NamedTuple):
    name: str
    code: str


def _names(session: Session, found: Iterable[Record]) -> dict[int | str, _Named]:
    """Bodies by number and by code; only public ones have a name here."""
    numbers = {r.body_id for r in found}
    codes = {r.content.get("determined_by") for r in found} - {None}
    query = select(Organisation.id, Organisation.code, Organisation.name).where(
        or_(Organisation.id.in_(numbers), Organisation.code.in_(codes)),
        Organisation.side == Side.GOVERNMENT.value,
    )
    named: dict[int | str, _Named] = {}
    for number, code, name in session.execute(query):
        named[number] = named[code] = _Named(name, code)
    return named


def _measures(
    session: Session, ids: Collection[int], catalogue: Catalogue, today: date
) -> dict[int, list[PublicMeasure]]:
    """By record, the measures of the catalogue in force on the body; never those on persons."""
    query = (
        select(Measure, Organisation.name)
        .join(Organisation, Organisation.id == Measure.imposer_id)
        .where(
            Measure.entry_id.in_(ids),
            Measure.body_id.is_not(None),
            Measure.state.in_(_IN_FORCE),
            Measure.starts_on <= today,
            or_(Measure.to_end_on.is_(None), Measure.to_end_on > today),
        )
        .order_by(Measure.code, Measure.id)
    )
    found: dict[int, list[PublicMeasure]] = defaultdict(list)
    for measure, imposer in session.execute(query):
        rule = catalogue.rules.get(measure.code)
        if rule is None or any(b.target is Target.PERSON for b in rule.bases):
            continue
        shown = PublicMeasure(rule.label, imposer, measure.basis, measure.starts_on)
        found[measure.entry_id].append(shown)
    return found


def _public(
    record: Record, names: dict[int | str, _Named], measures: Iterable[PublicMeasure]
) -> PublicRecord:
    body, said = names[record.body_id], record.content
    by = names.get(said.get("determined_by") or "")
    repaired = record.state is RecordState.REPAIRED
    return PublicRecord(
        record.ulid,
        body.name,
        body.code,
        said["breach"],
        said.get("violation"),
        said["article"],
        record.source_no,
        by and by.name,
        record.listed_on,
        record.ended_on if repaired else None,
        tuple(measures),
    )
