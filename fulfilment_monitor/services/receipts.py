"""Receipts of complaints: give out a code, and show its holder how things stand.

A code that exists and one that does not are looked up by the same statements: where nothing
answers to a code, some other complaint is read in its place and nothing of it is shown.
"""

from collections.abc import Iterable
from datetime import date, datetime
from secrets import randbits

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ..domain.authority import Actor, Forbidden, Role
from ..domain.errors import NotFound, NotOpen
from ..domain.receipts import BITS, NOTHING, Progress, plain, spell
from ..domain.secrets import Keyed, Purpose, Secrets
from ..domain.vault import Item, has_lapsed
from ..store.complaints import Complaint, Receipt, VaultRequest
from . import audit, progress, vault
from .office import Office


def make(session: Session, complaint_id: int, secrets: Secrets, *, now: datetime) -> str:
    """A new code for a complaint; it is told once, and only its keyed hash is kept."""
    code = spell(randbits(BITS))
    hashed = secrets.mac(Purpose.RECEIPT, plain(code))
    row = Receipt(complaint_id=complaint_id, made_at=now)
    row.key_id, row.code_mac = hashed
    session.add(row)
    session.flush()
    return code


def make_again(
    session: Session, complaint_ulid: str, secrets: Secrets, *, by: Actor, now: datetime
) -> str:
    """A further code, for a sender whose answer was lost on the way and who sends the same again.

    The door must know that it is the same sender. Codes told before stay good.

    Raises:
        NotFound: there is no such complaint.
    """
    query = select(Complaint).where(Complaint.ulid == complaint_ulid)
    complaint = session.scalars(query).one_or_none()
    if complaint is None:
        raise NotFound(f"no complaint {complaint_ulid}")
    code = make(session, complaint.id, secrets, now=now)
    audit.note(session, by, "receipt.again", "complaint", complaint.ulid, {}, now=now)
    return code


def look_up(session: Session, code: str, secrets: Secrets, *, today: date) -> Progress:
    """How things stand with the complaint of a code; `NOTHING` where no code is like it."""
    return look_up_evenly(session, code, secrets, today=today)[0]


def look_up_evenly(
    session: Session, code: str, secrets: Secrets, *, today: date
) -> tuple[Progress, Progress]:
    """What answers a code, and what else a door has to work out so that all take as long.

    One of the two is a complaint, the other is `NOTHING`; the second is shown to nobody.
    """
    hashes = secrets.macs(Purpose.RECEIPT, plain(code))
    hit = _holder(session, hashes)
    decoy = _decoy(session, hashes[0])
    shown = progress.of_complaint(session, hit or decoy or 0, secrets, today)
    if shown is None:
        return NOTHING, NOTHING
    return (shown, NOTHING) if hit is not None else (NOTHING, shown)


def find(session: Session, code: str, secrets: Secrets) -> Actor:
    """The holder of a code, to act as the complainant: under the pseudonym of the complaint.

    Raises:
        NotFound: no code is like it.
    """
    hashes = secrets.macs(Purpose.RECEIPT, plain(code))
    hit, decoy = _holder(session, hashes), _decoy(session, hashes[0])
    complaint = session.get(Complaint, hit or decoy or 0)
    if hit is None or complaint is None:
        raise NotFound("no receipt has this code")
    return Actor(complaint.ulid, roles=frozenset({Role.COMPLAINANT}))


def _holder(session: Session, hashes: Iterable[Keyed]) -> int | None:
    query = select(Receipt.complaint_id).where(
        Receipt.code_mac.in_([h.content for h in hashes]), Receipt.replaced_at.is_(None)
    )
    return session.scalars(query).one_or_none()


def _decoy(session: Session, hashed: Keyed) -> int | None:
    """Some complaint, always the same for one code."""
    last = session.scalar(select(func.max(Complaint.id))) or 0
    somewhere = int.from_bytes(hashed.content[:8], "big") % (last + 1)
    after = select(Complaint.id).where(Complaint.id >= somewhere)
    return session.scalar(after.order_by(Complaint.id).limit(1))


def replace(
    session: Session,
    request: str,
    secrets: Secrets,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> str:
    """A new code for who has lost the old one, which answers no more.

    Two people: one has opened the contact in the vault by this request, spoken to the
    complainant and is sure of it; the custodian, another one, gives out the code, to that
    contact and to nobody else.

    Raises:
        Forbidden: not a custodian, or the one who looked; Conflict: too near the respondent.
        NotFound: there is no such request, or it is not for this custodian.
        NotOpen: the contact was not opened by it lately, there is none, or it served already.
    """
    found, complaint = vault.request_for(session, request, [Role.CUSTODIAN], by, office, today)
    if by.person is None or by.person == found.asked_by:
        raise Forbidden("who spoke to the complainant cannot give out the code")
    _refuse_unverified(session, found, complaint, secrets, now)
    outdated = update(Receipt).where(
        Receipt.complaint_id == complaint.id, Receipt.replaced_at.is_(None)
    )
    session.execute(outdated.values(replaced_at=now))
    code = make(session, complaint.id, secrets, now=now)
    body = {"request": request}
    audit.note(session, by, "receipt.replace", "complaint", complaint.ulid, body, now=now)
    return code


def _refuse_unverified(
    session: Session, request: VaultRequest, complaint: Complaint, secrets: Secrets, now: datetime
) -> None:
    if Item.CONTACT not in request.items or request.opened_at is None:
        raise NotOpen("the contact has not been opened by this request")
    if has_lapsed(request.opened_at, now):
        raise NotOpen("the contact was opened too long ago; verify it again")
    if not vault.has_contact(session, complaint, secrets):
        raise NotOpen("no contact is kept; a code that is lost stays lost")
    served = select(Receipt.id).where(
        Receipt.complaint_id == complaint.id, Receipt.made_at >= request.opened_at
    )
    if session.scalar(served.limit(1)) is not None:
        raise NotOpen("a code was given out by this request already")
