"""Take a complaint in: whatever channel it came by, it becomes a claim, or joins the one there is.

A complaint about an obligation whose breach the sweep has raised joins that claim and leaves it
in state `lead`: the register answers the questions of scope, so it is accepted without them, and
from its acceptance on it counts as a complaint, with the clocks of one. Nothing is refused here
for want of proof, nor because a court has the matter: that is recorded, and followed up.

Who complains, in what words and under what number of a channel goes to the vault at once; the
same thing again is known by keyed hashes.
"""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..domain.audit import digest
from ..domain.authority import Actor, Role
from ..domain.cases import Event, State, events_open
from ..domain.channels import Channels
from ..domain.complaints import (
    Message,
    declared,
    fingerprint,
    hashed_number,
    numbered,
    party_of,
    to_seal,
)
from ..domain.errors import Invalid, Issue, NotOpen
from ..domain.secrets import Purpose, Secrets
from ..domain.vault import Item
from ..store.cases import Case, Claim
from ..store.complaints import Complaint, ComplaintClaim
from ..store.ids import new_ulid
from . import audit, cases, exchange, organisations, receipts, vault
from .intake_claims import Raced, Taking, open_claims, origin_of
from .intake_subject import find_subject, finding
from .office import Office


class Received(NamedTuple):
    """What became of a complaint."""

    case: str
    complaint: str
    claims: tuple[str, ...]
    #: The lookup code, told once; None when the same message came before.
    receipt: str | None
    #: For the officer, never for the sender: they tell what the register knows.
    findings: tuple[Issue, ...]

    @property
    def is_new(self) -> bool:
        return self.receipt is not None


def receive(
    session: Session,
    message: Message,
    *,
    channels: Channels,
    secrets: Secrets,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> Received:
    """Take one complaint in; the same message again is answered with the same case.

    Raises:
        Invalid: no such channel, a day to come, or whom or what it is about cannot be told.
        Raced: somebody else opened the same claim, or sent the same number, meanwhile; nothing
            was kept.
    """
    received_on = message.received_on or today
    if received_on > today:
        raise Invalid([Issue("/received_on", "future", f"today is {today}")])
    channel = channels.take(message.channel, received_on)
    known = _known(session, message, secrets, by=by, now=now)
    if known is not None:
        return known
    subject = find_subject(session, message, by=by, now=now, today=today)
    organisations.hold(session, subject.respondent.id)  # who complains of it, too, comes after
    known = _known(session, message, secrets, by=by, now=now)
    if known is not None:
        return known
    taking = Taking(
        session, message, channel, subject, received_on, secrets, by, office, now,
        [*subject.findings],
    )  # fmt: skip
    claims = open_claims(taking)
    complaint = _keep(taking, claims)
    code = receipts.make(session, complaint.id, secrets, now=now)
    _tell(taking, complaint, claims)
    case = session.get_one(Case, complaint.case_id)
    findings = tuple(taking.findings)
    return Received(case.ulid, complaint.ulid, tuple(c.ulid for c in claims), code, findings)


# --- the same again ---------------------------------------------------------------------------


def _known(
    session: Session, message: Message, secrets: Secrets, *, by: Actor, now: datetime
) -> Received | None:
    """The complaint this message was before: by the channel's number, else by what it says.

    The same words under another number are another source, which waits for its own answer; a
    number that comes after the words is kept.
    """
    digests = [m.content.hex() for m in secrets.macs(Purpose.DIGEST, fingerprint(message))]
    same: ColumnElement[bool] = Complaint.digest.in_(digests)
    numbers = _numbers(message, secrets)
    if numbers:
        same = Complaint.source_no.in_(numbers) | (same & Complaint.source_no.is_(None))
    query = select(Complaint).where(Complaint.channel == message.channel, same)
    found = session.scalars(query.order_by(Complaint.id).limit(1)).one_or_none()
    if found is None:
        return None
    findings = [finding("", "known", "该投诉已收到，未重复登记")]
    if found.digest not in digests:
        detail = "同一来源编号的内容与已登记的不同，请补正原投诉或者另行登记"
        findings.append(finding("/source_no", "known-number-other-content", detail))
    if found.source_no is None and message.source_no is not None:
        found.source_no = numbers[0]
        late = {Item.SOURCE.value: message.source_no}
        vault.keep(session, found.id, late, secrets, by=by, now=now)
        said = {"channel": message.channel, "numbered": True}
        audit.note(session, by, "complaint.number", "complaint", found.ulid, said, now=now)
    case = session.get_one(Case, found.case_id)
    claims = (
        select(Claim.ulid)
        .join(ComplaintClaim, ComplaintClaim.claim_id == Claim.id)
        .where(ComplaintClaim.complaint_id == found.id)
        .order_by(Claim.id)
    )
    return Received(case.ulid, found.ulid, tuple(session.scalars(claims)), None, tuple(findings))


def _numbers(message: Message, secrets: Secrets) -> list[str]:
    """How the channel's number may be kept: hashed, the newest key first, or as it was once."""
    if message.source_no is None:
        return []
    hashes = secrets.macs(Purpose.DIGEST, numbered(message.channel, message.source_no))
    return [*(hashed_number(h.content) for h in hashes), message.source_no]


# --- the record -------------------------------------------------------------------------------


def _keep(taking: Taking, claims: list[Claim]) -> Complaint:
    """The row of the complaint, what it says of each claim, and in the vault what reveals it."""
    session, message, secrets = taking.session, taking.message, taking.secrets
    complaint = Complaint(
        ulid=new_ulid(taking.now),
        case_id=claims[0].case_id,
        channel=message.channel,
        origin=origin_of(taking).value,
        source_no=next(iter(_numbers(message, secrets)), None),
        enterprise_id=taking.subject.enterprise_id,
        confidential=message.confidential,
        refuses_contact=message.refuses_contact,
        summary=message.summary,
        declared=declared(message) | _party(taking),
        digest=secrets.mac(Purpose.DIGEST, fingerprint(message)).content.hex(),
        received_on=taking.received_on,
        received_at=taking.now,
        recorded_by=taking.by.name,
    )
    session.add(complaint)
    try:
        session.flush()
    except IntegrityError:
        raise Raced("a complaint of this number came in just now") from None
    for claim, item in zip(claims, message.items, strict=True):
        if claim.claimed_fen is None and claim.obligation_id is None:
            claim.claimed_fen = item.claimed_fen
        row = ComplaintClaim(complaint_id=complaint.id, claim_id=claim.id, joined_at=taking.now)
        row.claimed_fen, row.breach = item.claimed_fen, item.breach.value
        session.add(row)
    session.flush()
    vault.keep(session, complaint.id, to_seal(message), secrets, by=taking.by, now=taking.now)
    if message.suit is not None:
        detail = "已进入司法、仲裁或者复议程序，不影响受理；接办后转入法律途径跟踪"
        taking.findings.append(finding("/judicial_status", "before-a-court", detail))
    return complaint


def _party(taking: Taking) -> dict[str, str]:
    """That the party complains, under a pseudonym: the keyed hash of its code."""
    code = taking.message.complainant.code
    if code is None or not taking.subject.is_party:
        return {}
    return {"party": taking.secrets.mac(Purpose.DIGEST, party_of(code)).content.hex()}


def _tell(taking: Taking, complaint: Complaint, claims: list[Claim]) -> None:
    """On the record and to other platforms: that it came in, not from whom nor in what words."""
    session, now = taking.session, taking.now
    case = session.get_one(Case, complaint.case_id)
    said = {
        "complaint": complaint.ulid,
        "case": case.ulid,
        "channel": complaint.channel,
        "claims": [c.ulid for c in claims],
        "received_on": complaint.received_on.isoformat(),
    }
    messages = [exchange.Message("complaint.received", complaint.ulid, 1, said)]
    if taking.subject.contract is None:
        where = {"case": case.ulid, "respondent": taking.subject.respondent.code}
        missing = {**where, "region": case.region, "complaint": complaint.ulid}
        messages.append(exchange.Message("coverage.missing", complaint.ulid, 1, missing))
    exchange.enqueue(session, messages, now=now)
    body = {**said, "confidential": complaint.confidential, "origin": complaint.origin}
    audit.note(session, taking.by, "complaint.receive", "complaint", complaint.ulid, body, now=now)


# --- one complainant leaves -------------------------------------------------------------------

#: Who may say that a complainant leaves: the complainant, or who takes complaints in.
_LEAVING = (Role.COMPLAINANT, Role.INTAKE, Role.CREDIT_LEAD)


def leave(
    session: Session,
    complaint_ulid: str,
    reason: str,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> list[str]:
    """A complainant withdraws; returns the claims that end with it.

    A claim ends only where nobody else complains of it, the register shows no breach, and nothing
    has been found yet. Every other one goes on, ex officio or for the others.

    Raises:
        NotFound, Forbidden, Conflict: not the complainant nor who took it in.
        NotOpen: it was withdrawn before.
    """
    complaint = vault.complaint_for(session, complaint_ulid, _LEAVING, by, office, today)
    _hold_claims(session, complaint)
    session.refresh(complaint)
    if complaint.withdrawn_on is not None:
        raise NotOpen(f"the complaint was withdrawn on {complaint.withdrawn_on}")
    ended = []
    for claim in _left_alone(session, complaint):
        details = {"complaint": complaint.ulid, "reason": reason}
        cases.fire(
            session, claim, Event.WITHDRAW, details, by=by, office=office, now=now, today=today
        )
        ended.append(claim)
    complaint.withdrawn_on = today
    body = {"ended": ended, "reason": digest({"reason": reason})}
    audit.note(session, by, "complaint.leave", "complaint", complaint.ulid, body, now=now)
    said = {"complaint": complaint.ulid, "on": today.isoformat()}
    message = exchange.Message("complaint.withdrawn", complaint.ulid, 1, said)
    exchange.enqueue(session, [message], now=now)
    session.flush()
    return ended


def _hold_claims(session: Session, complaint: Complaint) -> None:
    """Whoever else leaves one of the claims of a complaint waits until this is done."""
    query = select(ComplaintClaim.claim_id).where(ComplaintClaim.complaint_id == complaint.id)
    cases.hold_claims(session, session.scalars(query).all())


def _left_alone(session: Session, complaint: Complaint) -> list[str]:
    """The claims of a complaint that nobody and nothing else speaks for, where they can end."""
    others = select(ComplaintClaim.claim_id).where(
        ComplaintClaim.claim_id == Claim.id,
        ComplaintClaim.complaint_id == Complaint.id,
        Complaint.id != complaint.id,
        Complaint.withdrawn_on.is_(None),
    )
    query = (
        select(Claim)
        .join(ComplaintClaim, ComplaintClaim.claim_id == Claim.id)
        .where(
            ComplaintClaim.complaint_id == complaint.id,
            Claim.lead_id.is_(None),
            ~others.correlate(Claim).exists(),
        )
        .order_by(Claim.id)
    )
    return [
        c.ulid
        for c in session.scalars(query.execution_options(populate_existing=True))
        if Event.WITHDRAW.value in events_open(State(c.state))
    ]
