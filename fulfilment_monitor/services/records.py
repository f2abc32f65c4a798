"""Credit ledgers: what a body has on record, in four streams, as of any day."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from ..domain import records as ledger
from ..domain.authority import Actor
from ..domain.case_codes import Stream
from ..domain.cases import Event
from ..domain.errors import NotFound
from ..domain.records import ENDS, EntryKind, Figures, Record
from ..store.cases import Case, Claim, ClaimEvent
from ..store.ids import new_ulid
from ..store.organisations import Organisation, Succession
from ..store.records import CreditEntry, Finding
from . import audit, measures, notices, organisations, record_states
from .office import Office
from .steps import Step

# --- what is on record ------------------------------------------------------------------------


def record_of(
    session: Session, body_id: int, on: date, known_at: date | None = None
) -> tuple[Record, ...]:
    """The records a body answers for on a day: its own, and those it has taken over.

    Args:
        known_at: as the ledger could be read on that day; with all that is known now without it.

    Source: 发改财金〔2023〕1103号 二（二）: a reorganisation sheds nothing.
    """
    return ledger.fold(entries_of(session, inherited(session, body_id, on)), on, known_at)


def figures_of(
    session: Session, body_id: int, first: date, last: date, known_at: date | None = None
) -> dict[Stream, Figures]:
    """What the appraisal takes for a body and a period; the same again whenever it is asked."""
    found = entries_of(session, inherited(session, body_id, last))
    return ledger.figures(found, first, last, known_at)


def inherited(session: Session, body_id: int, on: date) -> set[int]:
    """A body and all whose ledgers have come to it by a day."""
    reached, waiting = {body_id}, {body_id}
    while waiting:
        query = select(Succession.predecessor_id).where(
            Succession.successor_id.in_(waiting), Succession.from_on <= on
        )
        waiting = set(session.scalars(query)) - reached
        reached |= waiting
    return reached


def entries_of(session: Session, bodies: Iterable[int]) -> list[ledger.Entry]:
    """The lines of some ledgers, as the domain reckons with them."""
    query = select(CreditEntry).where(CreditEntry.body_id.in_(list(bodies)))
    return [record_states.line(e) for e in session.scalars(query.order_by(CreditEntry.id))]


def find_body(session: Session, code: str) -> Organisation:
    """A body by its code.

    Raises:
        NotFound: none has it.
    """
    found = session.scalars(select(Organisation).where(Organisation.code == code)).one_or_none()
    if found is None:
        raise NotFound(f"no body {code!r} is on the register")
    return found


def contested_on(session: Session, entry_id: int, on: date) -> bool:
    """Whether an objection to the determination behind a record was undecided at a day's end."""
    changes = (Event.OBJECT, Event.DECIDE_OBJECTION, Event.REVOKE_DETERMINATION)
    query = (
        select(ClaimEvent.event)
        .join(CreditEntry, CreditEntry.claim_id == ClaimEvent.claim_id)
        .where(
            CreditEntry.id == entry_id,
            ClaimEvent.event.in_([e.value for e in changes]),
            ClaimEvent.on <= on,
            ClaimEvent.at >= CreditEntry.recorded_at,
        )
        .order_by(ClaimEvent.seq.desc())
        .limit(1)
    )
    return session.scalar(query) == Event.OBJECT.value


def open_entry(session: Session, claim_id: int) -> CreditEntry | None:
    """The record a determination left that nothing has ended yet."""
    query = (
        select(CreditEntry)
        .where(CreditEntry.claim_id == claim_id, is_open())
        .order_by(CreditEntry.id.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def is_open() -> Any:
    """The condition that an entry begins a record which nothing has ended."""
    later = aliased(CreditEntry)
    ended = select(later.id).where(
        later.about_id == CreditEntry.id, later.kind.in_([k.value for k in ENDS])
    )
    return (CreditEntry.kind == EntryKind.LISTED.value) & ~ended.exists()


# --- what a case enters -----------------------------------------------------------------------


def list_breach(step: Step, finding: Finding) -> CreditEntry:
    """Enter a determined breach; stream `breach` has no other source. It holds once served."""
    content = {
        "article": finding.article,
        "breach": finding.breach,
        "violation": finding.violation,
        "excuse": finding.excuse,
        "serious": finding.serious,
        "determined_by": organisations.code_of(step.session, finding.body_id),
    }
    answering = organisations.responsible(step.session, [step.claim.respondent_id], step.on)
    entry = CreditEntry(
        body_id=answering[step.claim.respondent_id],
        stream=Stream.BREACH.value,
        kind=EntryKind.LISTED.value,
        claim_id=step.claim.id,
        finding_id=finding.id,
        source_no=finding.document_no,
        content=content,
        amount_fen=finding.amount_fen,
        effective_on=finding.served_on,
    )
    enter(step.session, entry, step.case, step.office, by=step.by, now=step.now, today=step.on)
    proposing = measures.Proposing(
        entry, step.case.region, step.office, step.on, step.now, finding.body_id
    )
    measures.propose(step.session, proposing, serious=finding.serious, sme=step.claim.sme_payment)
    return entry


def repair(step: Step) -> None:
    """The record stays in history; every measure that rests on it ends."""
    _end(step, EntryKind.REPAIRED, None)


def withdraw(step: Step, reason: str) -> None:
    """The determination was taken back: the record never held."""
    _end(step, EntryKind.WITHDRAWN, reason)


def _end(step: Step, kind: EntryKind, reason: str | None) -> None:
    listed = open_entry(step.session, step.claim.id)
    if listed is None:
        return
    entry = following(listed, kind, step.on, None if reason is None else reason[:1000])
    enter(step.session, entry, step.case, step.office, by=step.by, now=step.now, today=step.on)
    measures.end_all(step.session, listed, step.office, on=step.on, now=step.now)


def following(
    listed: CreditEntry, kind: EntryKind, on: date, reason: str | None, **more: Any
) -> CreditEntry:
    """An entry about a record; what it does not say stands as it was listed."""
    return CreditEntry(
        body_id=listed.body_id,
        stream=listed.stream,
        kind=kind.value,
        about_id=listed.id,
        claim_id=listed.claim_id,
        finding_id=listed.finding_id,
        source_no=listed.source_no,
        effective_on=on,
        reason=reason,
        **{"content": {}, "amount_fen": None, **more},
    )


def enter(
    session: Session,
    entry: CreditEntry,
    case: Case | None,
    office: Office,
    *,
    by: Actor,
    now: datetime,
    today: date,
) -> CreditEntry:
    """Write an entry, put it on the record of acts, and tell whoever has to know."""
    entry.ulid, entry.recorded_at, entry.recorded_by = new_ulid(now), now, by.name
    session.add(entry)
    session.flush()  # its number is what later entries and measures refer to
    body = {
        "record": entry.ulid if entry.about_id is None else _ulid_of(session, entry.about_id),
        "stream": entry.stream,
        "kind": entry.kind,
        "on": entry.effective_on.isoformat(),
    }
    audit.note(session, by, "credit.enter", "credit_entry", entry.ulid, body, now=now)
    owner = session.get_one(Organisation, entry.body_id)
    region = case.region if case is not None else owner.region
    to: list[int | None] = [owner.id]
    to += [] if region is None else notices.leads_above(session, region, office, today)
    if entry.claim_id is not None:
        to.append(session.get_one(Claim, entry.claim_id).intake_id)
    said = {**body, "body": owner.code, "document_no": entry.source_no}
    notices.tell(session, f"record.{_TOPIC[entry.kind]}", body["record"], to, said, now=now)
    first = entry if entry.about_id is None else session.get_one(CreditEntry, entry.about_id)
    record_states.queue(session, first, owner, region, now=now)
    return entry


_TOPIC = {k.value: k.value for k in EntryKind} | {EntryKind.LISTED.value: "entered"}


def _ulid_of(session: Session, entry_id: int) -> str:
    return session.get_one(CreditEntry, entry_id).ulid


def determined_by(session: Session, entry: CreditEntry) -> int | None:
    """The body whose determination a record rests on; None for records from lists."""
    if entry.finding_id is None:
        return None
    return session.get_one(Finding, entry.finding_id).body_id
