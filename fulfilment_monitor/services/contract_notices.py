"""Contracts an enterprise says it has and no department registered, until the department answers.

A department registers what was stated, or declines with a reason. What waits longer than contracts
may wait for their registration is shown to the credit lead and the supervisors of the region.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session, aliased

from ..domain.access import Action
from ..domain.authority import Actor
from ..domain.checks import Submission
from ..domain.clocks import beijing_day
from ..domain.errors import Invalid, Issue, NotFound, NotOpen
from ..domain.parties import Side
from ..store.contracts import Contract
from ..store.enterprises import ContractNotice
from ..store.ids import new_ulid
from ..store.organisations import Organisation
from ..store.sets import among
from . import audit
from .contracts import Registered, register_contracts
from .office import Office
from .owed import enterprise_of
from .sight import sight

_LONGEST_REASON = 1000


class Notice(NamedTuple):
    """One contract that waits, or how it was answered."""

    id: str
    enterprise: str
    government: str
    #: As the enterprise wrote it, in the shape of a contract document.
    document: Mapping[str, Any]
    stated_on: date
    #: The contract on the register that came of it.
    contract: str | None
    declined_because: str | None
    decided_on: date | None

    @property
    def waits(self) -> bool:
        return self.decided_on is None

    def days_waiting(self, today: date) -> int:
        return (today - self.stated_on).days


def state(
    session: Session,
    submission: Submission,
    document: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    today: date,
) -> str:
    """An enterprise says that it has a contract; returns the ULID of the notice.

    Args:
        submission: what `document` says, as read.

    Raises:
        Invalid: the contract is another enterprise's, is with nobody on the register, is on the
            register already, or has been stated before.
    """
    enterprise = enterprise_of(session, Action.CONTRACT_NOTICE, by, today)
    terms = submission.contract
    if terms.enterprise.code != session.get_one(Organisation, enterprise).code:
        raise Invalid([Issue("/enterprise/uscc", "not-own", "this is another enterprise")])
    if submission.facts:
        raise Invalid([Issue("/facts", "unexpected", "facts are stated once it is registered")])
    body = session.scalars(
        select(Organisation).where(
            Organisation.code == terms.government.code, Organisation.side == Side.GOVERNMENT.value
        )
    ).one_or_none()
    if body is None:
        detail = "no public body of this code is on the register"
        raise Invalid([Issue("/government/uscc", "unknown", detail)])
    _refuse_known(session, enterprise, body.id, terms.contract_no)
    ulid = new_ulid(now)
    session.add(
        ContractNotice(
            ulid=ulid,
            enterprise_id=enterprise,
            government_id=body.id,
            document=dict(document),
            stated_at=now,
            stated_by=by.name,
        )
    )
    session.flush()
    said = {"government": body.code, "contract_no": terms.contract_no}
    audit.note(session, by, "notice.state", "notice", ulid, said, now=now)
    return ulid


def _refuse_known(session: Session, enterprise: int, body: int, number: str) -> None:
    """Only of one's own contracts is it told that they are there."""
    registered = select(Contract.id).where(
        Contract.enterprise_id == enterprise,
        Contract.government_id == body,
        Contract.contract_no == number,
    )
    if session.scalar(registered) is not None:
        detail = "this contract is on the register already"
        raise Invalid([Issue("/contract_no", "registered", detail)])
    waiting = select(ContractNotice.document).where(
        ContractNotice.enterprise_id == enterprise,
        ContractNotice.government_id == body,
        ContractNotice.decided_at.is_(None),
    )
    if any(said["contract_no"] == number for said in session.scalars(waiting)):
        raise Invalid([Issue("/contract_no", "stated", "this contract has been stated already")])


# --- lists ------------------------------------------------------------------------------------


def list_own(session: Session, *, by: Actor, today: date) -> list[Notice]:
    """What the actor's enterprise has stated, newest first."""
    enterprise = enterprise_of(session, Action.CONTRACT_NOTICE, by, today)
    return _listed(session, ContractNotice.enterprise_id == enterprise)[::-1]


def list_for_department(session: Session, *, by: Actor, today: date) -> list[Notice]:
    """What waits for an answer of the actor's body, or of one it answers for; oldest first."""
    ours = _of_bodies(session, by, today)
    return _listed(session, ours, ContractNotice.decided_at.is_(None))


def list_waiting_long(session: Session, *, by: Actor, office: Office, today: date) -> list[Notice]:
    """What has waited longer than the term of registration, in the actor's region; oldest first."""
    seen = sight(session, Action.SUPERVISE, by, today)
    place = ContractNotice.document["region"].as_string()
    near = or_(false(), *(place.startswith(s) for s in sorted(seen.stems)))
    last = today - timedelta(days=office.policy.registration_days)
    found = _listed(
        session,
        *(() if seen.everything or "" in seen.stems else (near,)),
        ContractNotice.decided_at.is_(None),
    )
    return [n for n in found if n.stated_on < last]


def show(session: Session, ulid: str, *, by: Actor, today: date) -> Notice:
    """One notice, for the department that has to answer it.

    Raises:
        NotFound: there is none, or it is another body's: in the same words.
    """
    found = _listed(session, _of_bodies(session, by, today), ContractNotice.ulid == ulid)
    if not found:
        raise NotFound(f"no notice {ulid}")
    return found[0]


def _of_bodies(session: Session, by: Actor, today: date) -> ColumnElement[bool]:
    seen = sight(session, Action.CONTRACT_CREATE, by, today)
    if seen.everything:
        return ContractNotice.id > 0
    return among(session, ContractNotice.government_id, seen.bodies)


def _listed(session: Session, *where: ColumnElement[bool]) -> list[Notice]:
    firm = aliased(Organisation)
    query = (
        select(ContractNotice, firm.name, Organisation.name, Contract.ulid)
        .join(firm, firm.id == ContractNotice.enterprise_id)
        .join(Organisation, Organisation.id == ContractNotice.government_id)
        .join(Contract, Contract.id == ContractNotice.contract_id, isouter=True)
        .where(*where)
        .order_by(ContractNotice.id)
    )
    return [
        Notice(
            row.ulid,
            enterprise,
            government,
            row.document,
            beijing_day(row.stated_at),
            contract,
            row.declined_because,
            None if row.decided_at is None else beijing_day(row.decided_at),
        )
        for row, enterprise, government, contract in session.execute(query)
    ]


# --- the department's answer ------------------------------------------------------------------


def register(
    session: Session,
    ulid: str,
    submission: Submission,
    *,
    by: Actor,
    office: Office,
    now: datetime,
    today: date,
) -> Registered:
    """The department enters the contract as it was stated.

    Args:
        submission: what the document of the notice says, as read.

    Raises:
        NotFound: there is no such notice of this body.
        NotOpen: it was answered, or the number is on the register for another enterprise.
        Forbidden: the actor enters no contracts.
    """
    row = _held(session, ulid, by, today)
    firm = session.get_one(Organisation, row.enterprise_id)
    body = session.get_one(Organisation, row.government_id)
    terms = submission.contract
    if (terms.enterprise.code, terms.government.code) != (firm.code, body.code):
        raise NotOpen("this is not the contract that was stated")
    done = register_contracts(session, [submission], by=by, office=office, now=now, today=today)[0]
    if session.get_one(Contract, done.contract_id).enterprise_id != row.enterprise_id:
        raise NotOpen(f"{terms.contract_no} is on the register, with another enterprise")
    row.contract_id = done.contract_id
    row.decided_at, row.decided_by = now, by.name
    session.flush()
    said = {"contract": done.ulid, "result": done.result.value}
    audit.note(session, by, "notice.register", "notice", ulid, said, now=now)
    return done


def decline(
    session: Session, ulid: str, reason: str, *, by: Actor, now: datetime, today: date
) -> None:
    """The department says why it does not register the contract.

    Raises:
        Invalid: without a reason. NotFound, NotOpen: as of `register`.
    """
    row = _held(session, ulid, by, today)
    reason = reason.strip()
    if not reason or len(reason) > _LONGEST_REASON:
        detail = f"a reason of at most {_LONGEST_REASON} characters"
        raise Invalid([Issue("/reason", "missing-field", detail)])
    row.declined_because = reason
    row.decided_at, row.decided_by = now, by.name
    session.flush()
    audit.note(session, by, "notice.decline", "notice", ulid, {"reason": reason}, now=now)


def _held(session: Session, ulid: str, by: Actor, today: date) -> ContractNotice:
    query = select(ContractNotice).where(
        _of_bodies(session, by, today), ContractNotice.ulid == ulid
    )
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"no notice {ulid}")
    if row.decided_at is not None:
        raise NotOpen("this notice has been answered")
    return row
