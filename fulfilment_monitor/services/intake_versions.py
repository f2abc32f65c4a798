"""A newer version of a complaint that is on file: what it says takes the place of what was said.

Whom and what it is about stays: that would be another complaint. What somebody may rely on is
only ever tightened: who asked not to be known stays unknown.
"""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.cases import State
from ..domain.complaints import Message, fingerprint, to_seal, with_amount
from ..domain.secrets import Purpose, Secrets
from ..store.cases import Case, Claim
from ..store.complaints import Complaint, ComplaintClaim
from . import audit, vault

#: Until somebody has taken a claim up, its amount is what is claimed last.
_OPEN = (State.LEAD.value, State.RECEIVED.value)


def renew(
    session: Session,
    complaint: Complaint,
    message: Message,
    secrets: Secrets,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Put what a newer version says in the place of the older; its items are the same."""
    complaint.digest = secrets.mac(Purpose.DIGEST, fingerprint(message)).content.hex()
    complaint.summary = message.summary
    complaint.refuses_contact = message.refuses_contact
    complaint.confidential = complaint.confidential or message.confidential
    case = session.get_one(Case, complaint.case_id)
    case.confidential = case.confidential or message.confidential
    _renew_amounts(session, complaint, message)
    session.flush()
    vault.renew(session, complaint.id, to_seal(message), secrets, by=by, now=now)
    said = {"channel": complaint.channel, "confidential": complaint.confidential}
    audit.note(session, by, "complaint.renew", "complaint", complaint.ulid, said, now=now)


def _renew_amounts(session: Session, complaint: Complaint, message: Message) -> None:
    """What is claimed under each item; a claim several complain of keeps its own amount."""
    query = (
        select(ComplaintClaim, Claim)
        .join(Claim, Claim.id == ComplaintClaim.claim_id)
        .where(ComplaintClaim.complaint_id == complaint.id)
        .order_by(Claim.id)
    )
    rows = session.execute(query).all()
    if len(rows) != len(message.items):
        return  # two of its items are one claim by now
    for (part, claim), item in zip(rows, message.items, strict=True):
        part.claimed_fen = item.claimed_fen
        alone = select(func.count()).where(ComplaintClaim.claim_id == claim.id)
        if claim.obligation_id is None and claim.state in _OPEN and session.scalar(alone) == 1:
            claim.claimed_fen = item.claimed_fen
            claim.matter = claim.matter and with_amount(claim.matter, item.claimed_fen)
