"""Let an enterprise without an account answer one statement, once, as it stands.

A link carries a secret, and a short code goes another way; only keyed hashes of both are kept. The
hash of the secret is made over everything the link is about, so that a row that was changed opens
nothing. Both go to the contact the enterprise itself has given: who makes a link sees neither.
"""

import hmac
from datetime import date, datetime, timedelta
from secrets import randbelow, token_urlsafe
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import Actor, Role
from ..domain.contacts import Contact
from ..domain.errors import NotFound, NotOpen
from ..domain.facts import MAY_ANSWER, Answer, Source
from ..domain.secrets import Purpose, Secrets
from ..store.contracts import Amendment, Contract
from ..store.enterprises import SignedLink
from ..store.facts import Fact, FactAnswer
from ..store.ids import new_ulid
from . import audit, enterprise_contacts
from .facts import answer_fact
from .office import Office
from .owed import Statement, statement_to_answer, waiting_under
from .sight import sees_contract

LASTS = timedelta(hours=72)
#: So many wrong codes end a link.
MOST_MISSES = 5
_DIGITS = 8
#: Whoever may ask an enterprise for an answer: the department that owes, and who supervises it.
_MAY_ASK = (Action.CONTRACT_CREATE, Action.SUPERVISE)


class Made(NamedTuple):
    """What is sent to the enterprise, by two ways; nobody else sees it."""

    id: str
    secret: str
    code: str
    contact: Contact
    expires_at: datetime


class Key(NamedTuple):
    """What the holder of a link shows."""

    id: str
    secret: str
    code: str


def may_ask(session: Session, contract_id: int, by: Actor, today: date) -> bool:
    """Whether an actor may send the enterprise of a contract a link."""
    return any(
        access.reaches(action, by) and sees_contract(session, action, by, contract_id, today)
        for action in _MAY_ASK
    )


def make(
    session: Session, fact: str, secrets: Secrets, *, by: Actor, now: datetime, today: date
) -> Made:
    """A link for one statement that waits for the enterprise's answer.

    Raises:
        NotFound: there is no such statement, or it is not for this actor: in the same words.
        NotOpen: it needs no answer of the enterprise, or the enterprise gave no contact.
    """
    row = session.scalars(select(Fact).where(Fact.ulid == fact)).one_or_none()
    if row is None or not may_ask(session, row.contract_id, by, today):
        raise NotFound(f"no statement {fact}")
    if Source.ENTERPRISE not in MAY_ANSWER[Source(row.source)]:
        raise NotOpen("this is not for the enterprise to answer")
    if _answers(session, row.id) or _corrections(session, row.id):
        raise NotOpen("this was answered or corrected already")
    contract = session.get_one(Contract, row.contract_id)
    contact = enterprise_contacts.to_reach(session, contract.enterprise_id, secrets)
    if contact is None:
        raise NotOpen("the enterprise has given no contact")
    link = SignedLink(
        ulid=new_ulid(now),
        fact_id=row.id,
        version=_version(session, row),
        expires_at=now + LASTS,
        misses=0,
        created_at=now,
        created_by=by.name,
    )
    secret, code = token_urlsafe(32), f"{randbelow(10**_DIGITS):0{_DIGITS}}"
    link.token_hash = secrets.mac(Purpose.RECEIPT, _bound(link, row, contact.id, secret)).content
    link.code_hash = secrets.mac(Purpose.RECEIPT, _coded(link, code)).content
    session.add(link)
    session.flush()
    said = {"fact": fact, "version": link.version, "expires_at": link.expires_at.isoformat()}
    audit.note(session, by, "link.make", "link", link.ulid, said, now=now)
    return Made(link.ulid, secret, code, contact.contact, link.expires_at)


def look(
    session: Session, key: Key, secrets: Secrets, *, now: datetime, today: date
) -> Statement | None:
    """The statement a link is about; None where it opens nothing, for whatever reason.

    A wrong code is counted: commit, whatever the answer.
    """
    found = _opened(session, key, secrets, now)
    if found is None:
        return None
    link, fact = found
    by = _holder(session, link, fact)
    return statement_to_answer(session, fact.ulid, by=by, today=today)


def use(
    session: Session,
    key: Key,
    answer: Answer,
    secrets: Secrets,
    *,
    office: Office,
    now: datetime,
    disputed_fen: int | None = None,
    note: str | None = None,
) -> bool:
    """Answer the statement as the enterprise, once; False where the link opens nothing.

    A wrong code is counted: commit, whatever the answer.

    Raises:
        NotOpen: more than the payment is disputed; the link stays good.
    """
    _hold_contract(session, key)
    found = _opened(session, key, secrets, now)
    if found is None:
        return False
    link, fact = found
    once = update(SignedLink).where(SignedLink.id == link.id, SignedLink.used_at.is_(None))
    if session.execute(once.values(used_at=now)).rowcount != 1:  # type: ignore[attr-defined]
        return False
    by = _holder(session, link, fact)
    answer_fact(
        session,
        fact.ulid,
        answer,
        side=Source.ENTERPRISE,
        by=by,
        office=office,
        now=now,
        disputed_fen=disputed_fen,
        note=note,
    )
    said = {"fact": fact.ulid, "answer": answer.value}
    audit.note(session, by, "link.use", "link", link.ulid, said, now=now)
    return True


def _hold_contract(session: Session, key: Key) -> None:
    """Until the answer is in, nobody changes the terms a link speaks of or answers another."""
    held = (
        select(Contract.id)
        .join(Fact, Fact.contract_id == Contract.id)
        .join(SignedLink, SignedLink.fact_id == Fact.id)
        .where(SignedLink.ulid == key.id)
    )
    session.execute(held.with_for_update(of=Contract, key_share=True)).all()


def _opened(
    session: Session, key: Key, secrets: Secrets, now: datetime
) -> tuple[SignedLink, Fact] | None:
    query = select(SignedLink).where(SignedLink.ulid == key.id).with_for_update()
    link = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    fact = None if link is None else session.get(Fact, link.fact_id)
    if link is None or fact is None:
        return None
    if link.used_at is not None or link.misses >= MOST_MISSES or now >= link.expires_at:
        return None
    enterprise = session.get_one(Contract, fact.contract_id).enterprise_id
    contact = enterprise_contacts.to_reach(session, enterprise, secrets)
    if contact is None or link.version != _version(session, fact):
        return None
    if not _is(link.token_hash, secrets, _bound(link, fact, contact.id, key.secret)):
        return None  # who has not even the link cannot end it for others
    if not _is(link.code_hash, secrets, _coded(link, key.code)):
        link.misses += 1
        session.flush()
        return None
    return link, fact


def _is(kept: bytes, secrets: Secrets, content: bytes) -> bool:
    made = [m.content for m in secrets.macs(Purpose.RECEIPT, content)]
    return any(hmac.compare_digest(bytes(kept), m) for m in made)


def _bound(link: SignedLink, fact: Fact, contact: str, secret: str) -> bytes:
    """All a link is about: to change any of it makes another link, which nobody has."""
    parts = (
        "signed-link",
        link.ulid,
        contact,
        fact.ulid,
        str(link.version),
        str(fact.amount_fen),
        link.expires_at.isoformat(),
        secret,
    )
    return "\x00".join(parts).encode()


def _coded(link: SignedLink, code: str) -> bytes:
    return f"signed-link-code\x00{link.ulid}\x00{code}".encode()


def _version(session: Session, fact: Fact) -> int:
    """Grows with whatever changes the statement or the terms it speaks of."""
    changed = select(func.count()).where(Amendment.contract_id == fact.contract_id)
    amended = session.scalar(changed) or 0
    return _answers(session, fact.id) + _corrections(session, fact.id) + amended


def _answers(session: Session, fact_id: int) -> int:
    return session.scalar(select(func.count()).where(FactAnswer.fact_id == fact_id)) or 0


def _corrections(session: Session, fact_id: int) -> int:
    return session.scalar(select(func.count()).where(Fact.supersedes_id == fact_id)) or 0


def _holder(session: Session, link: SignedLink, fact: Fact) -> Actor:
    """Who holds a link speaks for the enterprise, and is on record as the link."""
    enterprise = session.get_one(Contract, fact.contract_id).enterprise_id
    return Actor(f"link:{link.ulid}", None, enterprise, frozenset({Role.ENTERPRISE}))


class Sent(NamedTuple):
    """A link that was sent about a statement."""

    fact: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


class Asking(NamedTuple):
    """What an enterprise could be asked about under one contract."""

    title: str
    #: The newest link by the ULID of its statement.
    sent: dict[str, Sent]
    #: Statements that wait for the enterprise.
    waiting: tuple[Statement, ...]
    has_contact: bool


def asking(
    session: Session, contract_id: int, secrets: Secrets, *, by: Actor, today: date
) -> Asking:
    """What waits for the enterprise under a contract, and what it was sent.

    Raises:
        NotFound: the contract is not for this actor.
    """
    if not may_ask(session, contract_id, by, today):
        raise NotFound("no such contract")
    contract = session.get_one(Contract, contract_id)
    query = (
        select(Fact.ulid, SignedLink)
        .join(Fact, Fact.id == SignedLink.fact_id)
        .where(Fact.contract_id == contract_id)
        .order_by(SignedLink.id)
    )
    sent = {
        ulid: Sent(ulid, link.created_at, link.expires_at, link.used_at)
        for ulid, link in session.execute(query)
    }
    contact = enterprise_contacts.to_reach(session, contract.enterprise_id, secrets)
    waiting = waiting_under(session, contract_id)
    return Asking(contract.title, sent, waiting, contact is not None)
