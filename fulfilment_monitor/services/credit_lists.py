"""Records that need no case: arrears lists, judgment defaulters, promises.

The line lead enters them, with a notice to the body and the way to have them corrected; the owner
of the list, or the court, ends them. A breach is never entered here.

A correction takes two people, and so does an end, who enter it one after the other: the first
leaves an act on record with a digest of what it would say, the second enters the same again and
names that act.
Source: 发改财金〔2023〕1103号 三（三）; 蚌信用办〔2024〕1号 二（三）.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.audit import CHAIN, digest
from ..domain.authority import Actor, Forbidden, Role
from ..domain.bodies import Matter
from ..domain.case_codes import Stream
from ..domain.contracts import Field
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..domain.records import LISTINGS, EntryKind, Listing, read_correction
from ..domain.regions import covers
from ..store.audit import AuditEntry
from ..store.organisations import Competence, Organisation
from ..store.records import CreditEntry
from . import audit, measures, organisations, records
from .conflicts import refuse_conflict
from .hierarchy import holds_on
from .office import Office

_MAY = frozenset({Role.HANDLER, Role.DIRECTOR, Role.CREDIT_LEAD, Role.INTAKE})
#: Which departments keep the list of a stream: those competent for one of these matters.
_KEEPERS: Mapping[Stream, frozenset[Matter]] = {
    Stream.ARREARS: frozenset({Matter.SME_PAYMENT}),
    Stream.JUDGMENT_DEFAULTER: frozenset({Matter.CREDIT_LEAD}),
    Stream.PROMISE: frozenset({Matter(f.value) for f in Field} | {Matter.CREDIT_LEAD}),
}


def enter(
    session: Session,
    uscc: str,
    listing: Listing,
    *,
    on: date,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> CreditEntry:
    """Enter an item of a list into the ledger of a body.

    Args:
        on: the day it was listed; the notice to the body was served by then or later.

    Raises:
        NotFound: there is no such body, or it is not for this list owner.
        Invalid: the item is on the ledger already, or its days are odd.
    """
    body = records.find_body(session, uscc)
    _refuse_stranger(session, listing.stream, body, by, today)
    if on > today:
        raise Invalid([Issue("/on", "future", "an item is listed today or on a day before")])
    if date.fromisoformat(listing.content["notified_on"]) > today:
        detail = "a body is listed once it has been told"
        raise Invalid([Issue("/notified_on", "future", detail)])
    _refuse_twice(session, body, listing)
    entry = CreditEntry(
        body_id=body.id,
        stream=listing.stream.value,
        kind=EntryKind.LISTED.value,
        source_no=listing.source_no,
        content={**listing.content, "listed_by": organisations.code_of(session, by.body)},
        amount_fen=listing.amount_fen,
        effective_on=on,
    )
    records.enter(session, entry, None, office, by=by, now=now, today=today)
    if listing.content.get("kept") is not True and body.region is not None:
        proposing = measures.Proposing(entry, body.region, office, today, now)
        measures.propose(session, proposing)
    return entry


class SecondPerson(NotOpen):
    """A correction or an end holds once another person has entered the same."""

    code = "credit.second-person"
    title = "Another person has to enter the same"


#: The acts that say what a correction or an end would be, without its words.
PROPOSED = "credit.propose-correction"
END_PROPOSED = "credit.propose-end"


def propose_correction(
    session: Session,
    ulid: str,
    given: Mapping[str, object],
    reason: str,
    *,
    on: date,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Say how an item should be put right; nothing changes until another person enters the same.

    Args:
        on: the day from which it is read so; that of the listing where it was wrong from the start.
    """
    listed = _open(session, ulid, on, by, office, today)
    content, amount = read_correction(Stream(listed.stream), given)
    _said(reason)
    body = {"said": _digest(listed, content, amount, on), "on": on.isoformat()}
    audit.note(session, by, PROPOSED, "credit_entry", listed.ulid, body, now=now)


def last_proposal(session: Session, ulid: str, act: str = PROPOSED) -> int:
    """The number of the newest proposal about an item; ask after it is committed.

    Args:
        act: `PROPOSED` for corrections, `END_PROPOSED` for ends.

    Raises:
        NotFound: there is none.
    """
    query = select(AuditEntry.seq).where(
        AuditEntry.chain == CHAIN,
        AuditEntry.object_type == "credit_entry",
        AuditEntry.object_id == ulid,
        AuditEntry.action == act,
    )
    found = session.scalar(query.order_by(AuditEntry.seq.desc()).limit(1))
    if found is None:
        raise NotFound(f"nobody has proposed this of {ulid}")
    return found


def correct(
    session: Session,
    ulid: str,
    given: Mapping[str, object],
    reason: str,
    *,
    proposal: int,
    on: date,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> CreditEntry:
    """Put right what a list said; what was said before stays on the ledger.

    Args:
        proposal: the entry of the record of acts by which another person proposed the same.

    Raises:
        SecondPerson: nobody else has proposed just this, or the item was corrected since.
    """
    listed = _open(session, ulid, on, by, office, today)
    content, amount = read_correction(Stream(listed.stream), given)
    said = _digest(listed, content, amount, on)
    _refuse_alone(session, listed, proposal, PROPOSED, said, by)
    entry = records.following(
        listed, EntryKind.CORRECTED, on, _said(reason), content=content, amount_fen=amount
    )
    return records.enter(session, entry, None, office, by=by, now=now, today=today)


def _digest(
    listed: CreditEntry, content: Mapping[str, object], amount_fen: int | None, on: date
) -> str:
    said = {"content": content, "amount_fen": amount_fen, "on": on.isoformat()}
    return digest({"record": listed.ulid, **said})


def _refuse_alone(
    session: Session, listed: CreditEntry, proposal: int, proposes: str, said: str, by: Actor
) -> None:
    act = session.get(AuditEntry, (CHAIN, proposal))
    if act is None or (act.action, act.object_id) != (proposes, listed.ulid):
        raise SecondPerson(f"entry {proposal} of the record proposes nothing of the kind")
    if by.person is None or act.actor == by.name:
        raise SecondPerson("who proposed it cannot enter it")
    if json.loads(act.body)["said"] != said:
        raise SecondPerson("the other person has proposed something else")
    since = select(CreditEntry.id).where(
        CreditEntry.about_id == listed.id, CreditEntry.recorded_at >= act.at
    )
    if session.scalar(since.limit(1)) is not None:
        raise SecondPerson("the item was corrected since; propose it anew")


def propose_end(
    session: Session,
    ulid: str,
    reason: str,
    *,
    on: date,
    removal_no: str | None = None,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Say that an item should be taken off; it stays until another person enters the same."""
    listed = _open(session, ulid, on, by, office, today)
    content = _removal(listed, removal_no)
    _said(reason)
    body = {"said": _digest(listed, content, None, on), "on": on.isoformat()}
    audit.note(session, by, END_PROPOSED, "credit_entry", listed.ulid, body, now=now)


def _removal(listed: CreditEntry, removal_no: str | None) -> dict[str, str]:
    number = (removal_no or "").strip()
    if listed.stream == Stream.JUDGMENT_DEFAULTER.value and not number:
        detail = "only the court takes a judgment defaulter off: give the number of its removal"
        raise Invalid([Issue("/removal_no", "missing", detail)])
    return {"removal_no": number} if number else {}


def end(
    session: Session,
    ulid: str,
    reason: str,
    *,
    proposal: int,
    on: date,
    removal_no: str | None = None,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> CreditEntry:
    """Take an item off: by the owner of the list, or on the removal a court has ordered.

    Args:
        proposal: the entry of the record of acts by which another person proposed the same.
        removal_no: the number of the court's removal; needed for judgment defaulters.

    Raises:
        SecondPerson: nobody else has proposed just this, or the item was corrected since.
    """
    listed = _open(session, ulid, on, by, office, today)
    content = _removal(listed, removal_no)
    said = _digest(listed, content, None, on)
    _refuse_alone(session, listed, proposal, END_PROPOSED, said, by)
    entry = records.following(listed, EntryKind.ENDED, on, _said(reason), content=content)
    records.enter(session, entry, None, office, by=by, now=now, today=today)
    measures.end_all(session, listed, office, on=on, now=now)
    return entry


def _open(
    session: Session, ulid: str, on: date, by: Actor, office: Office, today: date
) -> CreditEntry:
    """An open record from a list, for its owner; never for the body it is about, nor near it."""
    query = select(CreditEntry).where(CreditEntry.ulid == ulid).with_for_update()
    listed = session.scalars(query).one_or_none()
    if listed is None or Stream(listed.stream) not in LISTINGS:
        raise NotFound(f"no entry of a list {ulid}")
    body = session.get_one(Organisation, listed.body_id)
    _refuse_stranger(session, Stream(listed.stream), body, by, today)
    months = office.policy.cases.recusal_months
    refuse_conflict(session, body.id, by, today, recusal_months=months)
    still = select(CreditEntry.id).where(CreditEntry.id == listed.id, records.is_open())
    if session.scalar(still) is None:
        raise NotOpen("the record has ended")
    if not listed.effective_on <= on <= today:
        detail = f"between {listed.effective_on}, when it was listed, and today"
        raise Invalid([Issue("/on", "wrong", detail)])
    return listed


def _refuse_stranger(
    session: Session, stream: Stream, body: Organisation, by: Actor, today: date
) -> None:
    if not by.roles & _MAY or by.body is None:
        raise Forbidden("needs: " + ", ".join(sorted(_MAY)))
    query = select(Competence.body_id, Competence.region).where(
        Competence.matter.in_([m.value for m in _KEEPERS[stream]]), holds_on(Competence, today)
    )
    keepers = [(row[0], row[1]) for row in session.execute(query)]
    now = organisations.responsible(session, {b for b, _ in keepers}, today)
    place = body.region
    if place is None or not any(now[b] == by.body and covers(r, place) for b, r in keepers):
        raise NotFound(f"no body {body.code!r} on this list")


def _refuse_twice(session: Session, body: Organisation, listing: Listing) -> None:
    """Whoever else lists this body waits until this item is on its ledger."""
    organisations.hold(session, body.id)
    query = select(CreditEntry.ulid).where(
        CreditEntry.stream == listing.stream.value,
        CreditEntry.source_no == listing.source_no,
        CreditEntry.body_id == body.id,
        records.is_open(),
    )
    known = session.scalar(query.limit(1))
    if known is not None:
        raise Invalid([Issue("/source_no", "taken", f"on the ledger already as {known}")])


def _said(reason: str) -> str:
    if not reason.strip():
        raise Invalid([Issue("/reason", "missing", "say why")])
    return reason.strip()[:1000]
