"""What falls due under the contracts of one organisation, as its own calendar needs it."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ..domain.access import Action
from ..domain.authority import Actor
from ..domain.errors import NotFound
from ..store.contracts import Contract, Obligation
from ..store.duties import Duty
from ..store.organisations import Organisation
from .sight import of_contracts, sight


class DueDate(NamedTuple):
    """A day by which something is owed."""

    obligation: str
    title: str
    contract_no: str
    contract_title: str
    obligor: str
    due_on: date
    #: Whether the calendar of that year is not official yet.
    provisional: bool
    #: When this day was reckoned.
    since: datetime


def due_dates(session: Session, code: str, *, by: Actor, today: date, limit: int) -> list[DueDate]:
    """The days on which something still owed falls due, the next ones first.

    Raises:
        Forbidden: the actor has no such function.
        NotFound: it is not the actor's own organisation.
    """
    seen = of_contracts(session, sight(session, Action.CONTRACT_READ, by, today))
    own = session.scalar(select(Organisation.id).where(Organisation.code == code))
    if own is None or (own != by.body and not by.is_service):
        raise NotFound(f"no organisation {code}")
    party = or_(Contract.government_id == own, Contract.enterprise_id == own)
    goes_on = Duty.until_on.is_(None) | (Duty.until_on > today)
    query = (
        select(
            Obligation.ulid, Obligation.title, Contract.contract_no,
            Contract.title.label("contract_title"), Obligation.obligor, Duty.due_on,
            Duty.provisional, Duty.opened_at,
        )
        .join_from(Duty, Obligation, Obligation.id == Duty.obligation_id)
        .join(Contract, Contract.id == Duty.contract_id)
        .where(party, Duty.replaced_at.is_(None), goes_on, Duty.due_on >= today, *seen)
        .order_by(Duty.due_on, Duty.id)
        .limit(limit)
    )  # fmt: skip
    found: dict[str, DueDate] = {}
    for row in session.execute(query):
        found.setdefault(row.ulid, DueDate(*row))
    return list(found.values())
