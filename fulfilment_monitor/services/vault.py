"""The vault of complainants: kept sealed, opened by two people, once, for a reason, on record.

Until an approved request is opened, nothing here tells whether anybody is behind a complaint:
every complaint has the same rows, of the same sizes, and every answer is the same.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..domain.audit import digest
from ..domain.authority import Actor, Forbidden, Role
from ..domain.clocks import beijing_day
from ..domain.complaints import plain_number
from ..domain.errors import NotFound, NotOpen
from ..domain.secrets import Keyed, Secrets
from ..domain.vault import (
    PERSONAL,
    Item,
    about,
    check_motive,
    check_names,
    has_lapsed,
    pack,
    unpack,
)
from ..store.accounts import Account
from ..store.cases import Case, Claim
from ..store.complaints import Complaint, ComplaintClaim, Receipt, VaultItem, VaultRequest
from ..store.enterprises import EnterpriseContact
from ..store.ids import new_ulid
from ..store.inbox import InboxMessage
from ..store.notifications import NotificationAddress
from ..store.partners import PartnerKey
from ..store.webhooks import WebhookSecret
from . import audit
from .capacities import capacity, refuse_function
from .office import Office

#: Who may need to know: those who verify, and those who answer the complainant.
ASKING = (Role.HANDLER, Role.DIRECTOR, Role.INTAKE)
_DECIDING = (Role.CUSTODIAN,)


def keep(
    session: Session,
    complaint_id: int,
    items: Mapping[str, Any],
    secrets: Secrets,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Seal what reveals a complainant; what was not said is sealed as nothing.

    What was sealed as nothing may be said later.

    Args:
        items: by name, see `domain.vault.Item`; values are what JSON can say.

    Raises:
        NotOpen: one of them is kept already.
    """
    complaint = session.get_one(Complaint, complaint_id)
    kept = {row.name: row for row in _held(session, complaint_id)}
    given = check_names(items) if items else []
    again = [n for n in given if n in kept]
    said = _unsealed(session, complaint, again, secrets)
    if any(kept[n].erased_at is not None or said[n] is not None for n in again):
        raise NotOpen("what is in the vault is not written over")
    for name in dict.fromkeys([*(() if kept else Item), *given]):
        sealed = secrets.seal(pack(items.get(name)), about(complaint.ulid, name))
        row = kept.get(name) or VaultItem(complaint_id=complaint_id, name=str(name))
        row.kept_at = now
        row.key_id, row.sealed = sealed
        session.add(row)
    session.flush()
    audit.note(session, by, "vault.keep", "complaint", complaint.ulid, {}, now=now)


def renew(
    session: Session,
    complaint_id: int,
    items: Mapping[str, Any],
    secrets: Secrets,
    *,
    by: Actor,
    now: datetime,
) -> None:
    """Seal what a newer version of a complaint says in the place of what the older one said.

    The number of the channel stays, and so does the emptiness of what was erased.
    """
    complaint = session.get_one(Complaint, complaint_id)
    for row in _held(session, complaint_id):
        if row.erased_at is None and row.name != Item.SOURCE.value:
            row.key_id, row.sealed = secrets.seal(
                pack(items.get(row.name)), about(complaint.ulid, row.name)
            )
            row.kept_at = now
    session.flush()
    audit.note(session, by, "vault.renew", "complaint", complaint.ulid, {}, now=now)


def _held(session: Session, complaint_id: int) -> list[VaultItem]:
    """What is kept of a complaint, held in one order by all who write there."""
    query = select(VaultItem).where(VaultItem.complaint_id == complaint_id).order_by(VaultItem.id)
    held = query.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(held))


def ask_to_open(
    session: Session,
    complaint: str,
    items: Iterable[str],
    motive: str,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> VaultRequest:
    """Ask to see some items of a complaint; another person decides.

    Raises:
        Forbidden, Conflict: not in this capacity, not by this person.
        NotFound: there is no such complaint, or it is not for this body.
        Invalid: no motive, or no item.
    """
    found = complaint_for(session, complaint, ASKING, by, office, today)
    names, said = check_names(items), check_motive(motive)
    request = VaultRequest(
        ulid=new_ulid(now),
        complaint_id=found.id,
        items=names,
        motive=said,
        asked_by=_person(by),
        asked_at=now,
    )
    session.add(request)
    session.flush()
    body = {"request": request.ulid, "items": names, "motive": digest({"motive": said})}
    audit.note(session, by, "vault.ask", "complaint", complaint, body, now=now)
    return request


def decide(
    session: Session,
    request: str,
    *,
    approve: bool,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> VaultRequest:
    """The custodian approves or refuses a request of somebody else.

    Raises:
        Forbidden: not a custodian, or the one who asked; Conflict: too near the respondent.
        NotFound: there is no such request, or it is not for this custodian.
        NotOpen: it has been decided.
    """
    found, complaint = request_for(session, request, _DECIDING, by, office, today)
    if _person(by) == found.asked_by:
        raise Forbidden("who asked cannot approve")
    once = update(VaultRequest).where(
        VaultRequest.id == found.id, VaultRequest.decided_at.is_(None)
    )
    decided = once.values(decided_by=_person(by), decided_at=now, approved=approve)
    if session.execute(decided.returning(VaultRequest.id)).first() is None:
        raise NotOpen("this request has been decided")
    session.refresh(found)
    body = {"request": request, "approved": approve}
    audit.note(session, by, "vault.decide", "complaint", complaint.ulid, body, now=now)
    return found


def open_items(
    session: Session,
    request: str,
    secrets: Secrets,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> dict[str, Any]:
    """What was asked for, once, to the one who asked; None where nothing was said, or is left.

    The look is on record only when this transaction commits: show nothing before.

    Raises:
        Forbidden, Conflict: not in this capacity, or too near the respondent by now.
        NotFound: there is no such request of this person, or the claim has gone to another body.
        NotOpen: not approved, too late, or opened before.
        Unsealable: the sealed bytes are not those that were kept.
    """
    found, complaint = request_for(session, request, ASKING, by, office, today)
    if found.asked_by != _person(by):
        raise NotFound(_no_request(request))
    if not found.approved or found.decided_at is None:
        raise NotOpen("this request has not been approved")
    if has_lapsed(found.decided_at, now):
        raise NotOpen("the approval has lapsed; ask again")
    once = update(VaultRequest).where(VaultRequest.id == found.id, VaultRequest.opened_at.is_(None))
    if session.execute(once.values(opened_at=now).returning(VaultRequest.id)).first() is None:
        raise NotOpen("this request has been used")
    session.refresh(found)
    opened = _unsealed(session, complaint, found.items, secrets)
    body = {"request": request, "items": found.items}
    audit.note(session, by, "vault.open", "complaint", complaint.ulid, body, now=now)
    return opened


def erase(
    session: Session,
    complaint: str,
    names: Iterable[str] = PERSONAL,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """Remove items at the complainant's request; the rows stay, the contents do not.

    Source: 个人信息保护法第四十七条.

    Raises:
        Forbidden, NotFound, Conflict: neither the complainant nor a custodian of this complaint.
    """
    roles = (Role.COMPLAINANT, *_DECIDING)
    found = complaint_for(session, complaint, roles, by, office, today)
    gone = check_names(names)
    _held(session, found.id)
    emptied = update(VaultItem).where(
        VaultItem.complaint_id == found.id,
        VaultItem.name.in_(gone),
        VaultItem.erased_at.is_(None),
    )
    session.execute(emptied.values(sealed=b"", erased_at=now))
    audit.note(session, by, "vault.erase", "complaint", complaint, {"items": gone}, now=now)


class Look(NamedTuple):
    """Somebody looked into the vault; shown to the complainant."""

    on: date
    items: list[str]


def looks(session: Session, complaint_id: int) -> list[Look]:
    """Every look at a complaint's items, the latest first."""
    query = (
        select(VaultRequest.opened_at, VaultRequest.items)
        .where(VaultRequest.complaint_id == complaint_id, VaultRequest.opened_at.is_not(None))
        .order_by(VaultRequest.opened_at.desc(), VaultRequest.id)
    )
    return [Look(beijing_day(at), items) for at, items in session.execute(query) if at]


def has_contact(session: Session, complaint: Complaint, secrets: Secrets) -> bool:
    """Whether a contact is kept; for who has just looked with approval, and for nobody else."""
    return bool(_unsealed(session, complaint, [Item.CONTACT], secrets)[Item.CONTACT])


def source_numbers(
    session: Session, complaints: Iterable[Complaint], secrets: Secrets
) -> list[str]:
    """The numbers some complaints have on their channels, sealed or as earlier releases had them.

    To be masked in papers, and to answer the channel under them; shown to nobody.
    """
    told = [
        plain_number(c.source_no) or _unsealed(session, c, [Item.SOURCE], secrets)[Item.SOURCE]
        for c in complaints
    ]
    return [number for number in told if number is not None]


def keys_used(session: Session) -> set[str]:
    """The keys that sealed rows and receipts speak of: none of them may be lost."""
    sealed = select(VaultItem.key_id).where(VaultItem.erased_at.is_(None))
    factors = select(Account.totp_key).where(Account.totp_key.is_not(None))
    shared = select(PartnerKey.key_id).where(PartnerKey.key_id.is_not(None))
    hooks = select(WebhookSecret.key_id)
    waiting = select(InboxMessage.key_id).where(InboxMessage.key_id.is_not(None))
    contacts = select(EnterpriseContact.key_id)
    reached = select(NotificationAddress.key_id)
    others = (select(Receipt.key_id), factors, contacts, shared, hooks, waiting, reached)
    return {key for key in session.scalars(sealed.union(*others)) if key is not None}


def _unsealed(
    session: Session, complaint: Complaint, names: Iterable[str], secrets: Secrets
) -> dict[str, Any]:
    query = select(VaultItem).where(VaultItem.complaint_id == complaint.id)
    rows = {row.name: row for row in session.scalars(query) if row.erased_at is None}
    found: dict[str, Any] = {}
    for name in map(str, names):
        row = rows.get(name)
        if row is None:
            found[name] = None
            continue
        sealed = Keyed(row.key_id, bytes(row.sealed))
        found[name] = unpack(secrets.unseal(sealed, about(complaint.ulid, name)))
    return found


def complaint_for(
    session: Session,
    ulid: str,
    roles: Iterable[Role],
    by: Actor,
    office: Office,
    today: date,
    *,
    missing: str = "",
) -> Complaint:
    """The complaint, if the actor stands in one of some capacities to one of its claims.

    Args:
        missing: what is said where there is none, if something else was asked for.

    Raises:
        Forbidden, Conflict: as `capacity`; NotFound: alike for what is not there and not theirs.
    """
    query = (
        select(Complaint, Case, Claim)
        .join(ComplaintClaim, ComplaintClaim.complaint_id == Complaint.id)
        .join(Claim, Claim.id == ComplaintClaim.claim_id)
        .join(Case, Case.id == Claim.case_id)
        .where(Complaint.ulid == ulid)
        .order_by(Claim.id)
    )
    wanted = tuple(roles)
    refuse_function(wanted, by)
    for found, case, claim in session.execute(query).all():
        try:
            capacity(session, case, claim, wanted, by, office, today)
        except NotFound:
            continue
        return found
    raise NotFound(missing or f"no complaint {ulid}")


def request_for(
    session: Session, ulid: str, roles: Iterable[Role], by: Actor, office: Office, today: date
) -> tuple[VaultRequest, Complaint]:
    """A request and its complaint, if the actor stands so to it; held until the transaction ends.

    Raises:
        Forbidden, Conflict, NotFound: as in `complaint_for`.
    """
    wanted = tuple(roles)
    refuse_function(wanted, by)
    query = select(VaultRequest).where(VaultRequest.ulid == ulid).with_for_update()
    found = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound(_no_request(ulid))
    complaint = session.get_one(Complaint, found.complaint_id)
    missing = _no_request(ulid)
    complaint_for(session, complaint.ulid, wanted, by, office, today, missing=missing)
    return found, complaint


def _no_request(ulid: str) -> str:
    return f"no request {ulid}"


def _person(by: Actor) -> int:
    if by.person is None:
        raise Forbidden("a person has to answer for this")
    return by.person
