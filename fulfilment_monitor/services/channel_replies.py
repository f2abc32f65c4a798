"""Tell the channels how their items stand: status and result, each under the channel's own number.

State is compared, not events: whatever happened since the last message, the next says how it
stands now. So a night that was missed loses nothing, and nothing is said twice. The number of the
channel lies in the vault: it is put in when a message leaves (`addressed`), and never queued.
Source: 云发改财金〔2023〕1064号 二（一）: 平台等渠道信息互通; 发改财金〔2023〕1103号 二（一）.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from ..domain.case_codes import RejectReason, label
from ..domain.cases import STATE_CHINESE, Event, State
from ..domain.channel_maps import ChannelMaps, Form, map_answer
from ..domain.channels import Channels
from ..domain.secrets import Secrets
from ..store.cases import Claim, ClaimEvent
from ..store.complaints import Complaint, ComplaintClaim, informs
from ..store.exchange import OutboxMessage
from . import exchange, vault

#: How long after its end a claim is still looked at; what ended before has been told.
_LOOKED_AT = timedelta(days=60)


def send(session: Session, channels: Channels, *, now: datetime, today: date) -> int:
    """Queue a message for each item that has moved on since its channel was last told.

    Who is not the party is told once that it came in, and nothing else. Who left is told no more.
    """
    topics = {c.code: c.reply for c in channels}
    told = (
        select(OutboxMessage.key, func.max(OutboxMessage.version).label("version"))
        .where(OutboxMessage.topic.in_(set(topics.values())))
        .group_by(OutboxMessage.key)
        .subquery()
    )
    known = func.coalesce(told.c.version, 0)
    query = (
        select(Complaint, Claim)
        .join(ComplaintClaim, ComplaintClaim.complaint_id == Complaint.id)
        .join(Claim, Claim.id == ComplaintClaim.claim_id)
        .outerjoin(told, told.c.key == Complaint.ulid + ":" + Claim.ulid)
        .where(
            Complaint.channel.in_(topics),
            Complaint.withdrawn_on.is_(None),
            or_(Claim.closed_on.is_(None), Claim.closed_on >= today - _LOOKED_AT),
            known <= Claim.version,
            or_(~and_(*informs()), known == 0),
        )
        .order_by(Complaint.id, Claim.id)
    )
    rows = session.execute(query).all()
    refusals = _refusals(session, [claim.id for _, claim in rows])
    messages = [
        exchange.Message(
            topics[complaint.channel],
            _key(complaint.ulid, claim.ulid),
            claim.version + 1,
            _said(complaint, claim, refusals.get(claim.id)),
        )
        for complaint, claim in rows
    ]
    return exchange.enqueue(session, messages, now=now)


def standing(session: Session, complaint: Complaint) -> list[dict[str, Any]]:
    """What would be said of a complaint now: of each of its claims, or once for an informant."""
    if complaint.withdrawn_on is not None:
        return []
    query = (
        select(Claim)
        .join(ComplaintClaim, ComplaintClaim.claim_id == Claim.id)
        .where(ComplaintClaim.complaint_id == complaint.id)
        .order_by(Claim.id)
    )
    claims = session.scalars(query).all()
    refusals = _refusals(session, [c.id for c in claims])
    said = [_said(complaint, c, refusals.get(c.id)) for c in claims]
    return said if complaint.is_party else said[:1]


def _key(complaint: str, claim: str) -> str:
    return f"{complaint}:{claim}"


def _said(complaint: Complaint, claim: Claim, refusal: ClaimEvent | None) -> dict[str, Any]:
    """State and result under our number: no names, no words of either side, no handler."""
    item = {"complaint": complaint.ulid}
    if not complaint.is_party:
        return {**item, "acknowledged": True}
    said = {
        **item,
        "claim": claim.ulid,
        "state": claim.state,
        "state_label": STATE_CHINESE[State(claim.state)],
        "on": claim.state_on.isoformat(),
        "verification": claim.verification,
        "outcome": claim.outcome,
    }
    if claim.state == State.REJECTED.value and refusal is not None:
        reason = label(RejectReason(refusal.details["reason"]))
        said |= {"reason": reason, "next_door": refusal.details["next_door"]}
    return said


def _refusals(session: Session, claims: Collection[int]) -> dict[int, ClaimEvent]:
    query = select(ClaimEvent).where(
        ClaimEvent.claim_id.in_(claims), ClaimEvent.event == Event.REJECT.value
    )
    return {e.claim_id: e for e in session.scalars(query.order_by(ClaimEvent.seq))}


def addressed(session: Session, body: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    """A message as it leaves for its channel: under the number the channel gave, if it gave one."""
    query = select(Complaint).where(Complaint.ulid == body["complaint"])
    numbers = vault.source_numbers(session, list(session.scalars(query)), secrets)
    return {"source_no": next(iter(numbers), None), **body}


def in_their_words(
    session: Session,
    body: Mapping[str, Any],
    secrets: Secrets,
    maps: ChannelMaps,
    *,
    on: date,
) -> dict[str, Any]:
    """A message as it leaves, in the fields and codes of its channel's mapping of a day."""
    said = addressed(session, body, secrets)
    query = select(Complaint.channel).where(Complaint.ulid == body["complaint"])
    form = maps.find(session.scalars(query).one())
    how = None if form is None else form.on(Form.JSON, on)
    return said if how is None else map_answer(how, said)


class Held(NamedTuple):
    """What a channel was last told of an item, and what it is known to have received."""

    #: The state in the newest message, which may still wait.
    told: str | None
    #: The state in the newest message that arrived, and when it did.
    held: str | None
    held_at: datetime | None


def held(session: Session, topic: str, complaint: str, claim: str) -> Held:
    """The last state that a channel and we both hold of an item."""
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.topic == topic, OutboxMessage.key == _key(complaint, claim))
        .order_by(OutboxMessage.version.desc())
    )
    rows = session.scalars(query).all()
    arrived = next((m for m in rows if m.sent_at is not None), None)
    return Held(
        _state(rows[0]) if rows else None,
        None if arrived is None else _state(arrived),
        None if arrived is None else arrived.sent_at,
    )


def _state(message: OutboxMessage) -> str:
    return str(message.body.get("state", State.RECEIVED.value))


class Line(NamedTuple):
    """How the line to a channel stands."""

    last_sent_at: datetime | None
    #: Messages that wait for it, and since when the oldest does.
    waiting: int
    waiting_since: datetime | None


def lines(session: Session, topics: Iterable[str], until: datetime) -> dict[str, Line]:
    """By topic: when a message last arrived by a moment, and what still waited then."""
    wanted = list(topics)
    o = OutboxMessage
    arrived = (
        select(o.topic, func.max(o.sent_at))
        .where(o.topic.in_(wanted), o.sent_at <= until)
        .group_by(o.topic)
    )
    unsent = (
        select(o.topic, func.count(), func.min(o.queued_at))
        .where(
            o.topic.in_(wanted), o.queued_at <= until, or_(o.sent_at.is_(None), o.sent_at > until)
        )
        .group_by(o.topic)
    )
    sent = {row[0]: row[1] for row in session.execute(arrived)}
    waits = {row[0]: (row[1], row[2]) for row in session.execute(unsent)}
    return {t: Line(sent.get(t), *waits.get(t, (0, None))) for t in wanted}
