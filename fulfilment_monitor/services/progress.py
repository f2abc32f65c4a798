"""Where a complaint stands, as its complainant may know it: nothing of anybody else's.

The number of statements is the same for every complaint, however many claims it has.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain.anchors import written
from ..domain.authority import Role
from ..domain.case_codes import Addressee, RejectReason, label
from ..domain.cases import EVENT_CHINESE, STATE_CHINESE, Event, State
from ..domain.receipts import (
    FOUND,
    NOT_ON_RECORD,
    OBJECTION,
    Access,
    Answer,
    ClaimProgress,
    OnRecord,
    Progress,
)
from ..domain.secrets import Secrets
from ..domain.vault import shown_items
from ..store.cases import Claim, ClaimDuty, ClaimEvent
from ..store.complaints import Complaint, ComplaintClaim
from ..store.contracts import Obligation
from ..store.organisations import Organisation, Succession
from . import inclusion, objections, vault

#: What is sent to the complainant.
_ANSWERS = (Event.ANSWER, Event.EXPLAIN, Event.REJECT)
_INTAKE = "受理单位"


class _Known(NamedTuple):
    """What the rows say of the claims of a complaint, by the number of the claim."""

    duties: dict[int, list[ClaimDuty]]
    events: dict[int, list[ClaimEvent]]
    #: How many complaints there are of each.
    complaints: dict[int, int]
    #: By the number of a body, the name of the one that answers for it today.
    names: dict[int, str]


#: A moment for statements about a complaint that does not exist.
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def of_complaint(
    session: Session, complaint_id: int, secrets: Secrets, today: date
) -> Progress | None:
    """Everything the holder of a receipt may see; None where there is no such complaint.

    Who is not the party sees that the message came in, and nothing of what it was joined to.
    """
    complaint = session.get(Complaint, complaint_id)
    query = (
        select(Claim, ComplaintClaim, Obligation.title)
        .join(ComplaintClaim, ComplaintClaim.claim_id == Claim.id)
        .join(Obligation, Obligation.id == Claim.obligation_id, isouter=True)
        .where(ComplaintClaim.complaint_id == complaint_id)
        .order_by(Claim.id)
    )
    rows = session.execute(query).all()
    known = _known(session, [claim for claim, _, _ in rows], today)
    looks = vault.looks(session, complaint_id)
    name, at = ("", _LONG_AGO) if complaint is None else (complaint.ulid, complaint.received_at)
    promise = inclusion.of_complaint(session, name, at, secrets)
    if complaint is None:
        return None
    shown = tuple(_claim(complaint, claim, joined, title, known) for claim, joined, title in rows)
    return Progress(
        True,
        FOUND,
        complaint.received_on,
        complaint.confidential,
        complaint.withdrawn_on,
        shown if complaint.is_party else (_acknowledged(complaint),),
        tuple(Access(look.on, shown_items(look.items)) for look in looks),
        NOT_ON_RECORD if promise is None else OnRecord(**written(promise)),
    )


def _acknowledged(complaint: Complaint) -> ClaimProgress:
    """What an informant is told, whatever becomes of it."""
    received = STATE_CHINESE[State.RECEIVED]
    return ClaimProgress("", "", received, complaint.received_on, "", None, (), (), "")


def _known(session: Session, claims: Sequence[Claim], today: date) -> _Known:
    ids = [c.id for c in claims]
    duties: dict[int, list[ClaimDuty]] = defaultdict(list)
    running = select(ClaimDuty).where(
        ClaimDuty.claim_id.in_(ids), ClaimDuty.ended_at.is_(None), ClaimDuty.due_on.is_not(None)
    )
    for duty in session.scalars(running.order_by(ClaimDuty.due_on, ClaimDuty.id)):
        duties[duty.claim_id].append(duty)
    events: dict[int, list[ClaimEvent]] = defaultdict(list)
    sent = select(ClaimEvent).where(
        ClaimEvent.claim_id.in_(ids), ClaimEvent.event.in_([e.value for e in _ANSWERS])
    )
    for event in session.scalars(sent.order_by(ClaimEvent.claim_id, ClaimEvent.seq)):
        events[event.claim_id].append(event)
    counted = (
        select(ComplaintClaim.claim_id, func.count())
        .where(ComplaintClaim.claim_id.in_(ids))
        .group_by(ComplaintClaim.claim_id)
    )
    complaints = {row[0]: row[1] for row in session.execute(counted)}
    holders = {c.holder_id for c in claims if c.holder_id is not None}
    return _Known(duties, events, complaints, _names(session, holders, today))


def _names(session: Session, bodies: Collection[int], on: date) -> dict[int, str]:
    """The name of whoever answers for each body on a day; two statements, whatever happened."""
    first = select(Succession.predecessor_id, Succession.successor_id, Succession.from_on)
    chain = first.where(Succession.predecessor_id.in_(bodies)).cte("chain", recursive=True)
    chain = chain.union(first.join(chain, Succession.predecessor_id == chain.c.successor_id))
    query = select(chain).where(chain.c.from_on <= on).order_by(chain.c.from_on)
    after = {row.predecessor_id: row.successor_id for row in session.execute(query)}
    now = {body: _last(body, after) for body in bodies}
    named = select(Organisation.id, Organisation.name).where(Organisation.id.in_(now.values()))
    names = {row.id: row.name for row in session.execute(named)}
    return {body: names[last] for body, last in now.items()}


def _last(body: int, after: dict[int, int]) -> int:
    seen = {body}
    while body in after and after[body] not in seen:
        body = after[body]
        seen.add(body)
    return body


def _claim(
    complaint: Complaint, claim: Claim, joined: ComplaintClaim, title: str | None, known: _Known
) -> ClaimProgress:
    state = State(claim.state)
    limit = next(iter(known.duties[claim.id]), None)
    alone = known.complaints[claim.id] == 1
    answers = [e for e in known.events[claim.id] if e.at >= joined.joined_at]
    may_object = objections.is_open(claim, Role.COMPLAINANT)
    return ClaimProgress(
        claim.ulid,
        title or "",
        STATE_CHINESE[state],
        claim.state_on,
        _holder(complaint, claim, known.names),
        None if limit is None else limit.due_on,
        () if limit is None else tuple(limit.basis),
        tuple(_answer(e, alone=alone) for e in answers),
        OBJECTION if may_object else "",
    )


def _holder(complaint: Complaint, claim: Claim, names: dict[int, str]) -> str:
    """Who has to act: for a confidential complaint, only what kind of body that is."""
    if claim.holder_id is None:
        return ""
    if not complaint.confidential:
        return names[claim.holder_id]
    if claim.holder_id == claim.intake_id or claim.addressee is None:
        return _INTAKE
    return label(Addressee(claim.addressee))


def _answer(event: ClaimEvent, *, alone: bool) -> Answer:
    """What was sent; its words only where nobody else complains, to whom they might speak."""
    kind, said = EVENT_CHINESE[Event(event.event)], event.details
    if event.event == Event.REJECT:
        return Answer(event.on, kind, label(RejectReason(said["reason"])), said["next_door"])
    text = said["text"] if alone else ""
    return Answer(event.on, kind, text, said["remedies"])
