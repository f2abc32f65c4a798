"""Messages that came as Open311 service requests, as the standard tells of them.

It shapes nothing inside: a request is a message in the inbox, its status that of the claims it
became. Who is not the party learns that it came in, and nothing else.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain.case_codes import Breach, label
from ..domain.cases import FINAL, State
from ..domain.channel_maps import Form
from ..domain.clocks import BEIJING
from ..domain.inbox import STATE_CHINESE, InboxState
from ..store.cases import Claim, ClaimDuty
from ..store.complaints import Complaint, ComplaintClaim
from ..store.inbox import InboxMessage
from ..store.organisations import Organisation
from . import channel_replies

#: Requests of one answer, as the standard has it.
MOST = 1_000


class Wanted(NamedTuple):
    """Which requests are asked for."""

    ids: tuple[str, ...] = ()
    status: str | None = None
    service_code: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def find(session: Session, sender: str, channel: str, wanted: Wanted) -> list[dict[str, Any]]:
    """The requests of one sender, the newest first."""
    m = InboxMessage
    query = select(m).where(m.sender == sender, m.channel == channel, m.form == Form.OPEN311.value)
    if wanted.ids:
        query = query.where(m.ulid.in_(wanted.ids))
    if wanted.start is not None:
        query = query.where(m.received_at >= wanted.start)
    if wanted.end is not None:
        query = query.where(m.received_at <= wanted.end)
    rows = session.scalars(query.order_by(m.id.desc()).limit(MOST)).all()
    found = [_told(session, row) for row in rows]
    return [
        r
        for r in found
        if wanted.status in (None, r["status"]) and wanted.service_code in (None, r["service_code"])
    ]


def _told(session: Session, message: InboxMessage) -> dict[str, Any]:
    state = InboxState(message.state)
    told: dict[str, Any] = {
        "service_request_id": message.ulid,
        "status": "open",
        "status_notes": STATE_CHINESE[state],
        "service_name": None,
        "service_code": None,
        "agency_responsible": None,
        "requested_datetime": _moment(message.received_at),
        "updated_datetime": _moment(message.applied_at or message.received_at),
        "expected_datetime": None,
    }
    if message.complaint_id is None:
        return told
    complaint = session.get_one(Complaint, message.complaint_id)
    query = (
        select(Claim, ComplaintClaim.breach)
        .join(ComplaintClaim, ComplaintClaim.claim_id == Claim.id)
        .where(ComplaintClaim.complaint_id == complaint.id)
        .order_by(Claim.id)
    )
    rows = session.execute(query).all()
    breach = Breach(rows[0].breach)
    told |= {"service_code": breach.value, "service_name": label(breach)}
    if complaint.withdrawn_on is not None:
        return told | {"status": "closed", "status_notes": "已撤回"}
    if not complaint.is_party:
        return told
    claims = [row.Claim for row in rows]
    said = channel_replies.standing(session, complaint)
    closed = all(State(c.state) in FINAL for c in claims)
    return told | {
        "status": "closed" if closed else "open",
        "status_notes": "；".join(dict.fromkeys(_note(s) for s in said)),
        "agency_responsible": _agency(session, claims),
        "updated_datetime": _moment(
            datetime.combine(max(c.state_on for c in claims), time(), BEIJING)
        ),
        "expected_datetime": _expected(session, claims),
    }


def _note(said: dict[str, Any]) -> str:
    parts = [said["state_label"], said.get("reason"), said.get("next_door")]
    return "，".join(p for p in parts if p)


def _agency(session: Session, claims: Iterable[Claim]) -> str | None:
    holders = {c.holder_id for c in claims}
    query = select(Organisation.name).where(Organisation.id.in_(holders)).order_by(Organisation.id)
    return "、".join(session.scalars(query)) or None


def _expected(session: Session, claims: Iterable[Claim]) -> str | None:
    """The end of the day by which the law wants the next step."""
    due = session.scalar(
        select(func.min(ClaimDuty.due_on)).where(
            ClaimDuty.claim_id.in_([c.id for c in claims]), ClaimDuty.ended_at.is_(None)
        )
    )
    last: date | None = due
    return None if last is None else _moment(datetime.combine(last, time(23, 59, 59), BEIJING))


def _moment(instant: datetime) -> str:
    return instant.astimezone(BEIJING).isoformat(timespec="seconds")
