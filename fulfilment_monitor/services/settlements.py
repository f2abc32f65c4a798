"""A settlement is a contract of its own whose terms are watched; a broken one reopens the claim."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import SWEEP
from ..domain.cases import Event, State
from ..store.cases import Claim, Settlement
from ..store.leads import Lead
from ..store.sets import among
from . import cases
from .office import Office


def broken_by(
    session: Session, leads: Sequence[int], office: Office, *, on: date, now: datetime
) -> list[int]:
    """Reopen the claims whose settlement was missed, instead of opening new ones.

    Args:
        leads: the ids of leads just opened on contracts that are settlements.
        on: the day of the sweep that opened them.

    Returns: the claims that were reopened. Several leads on one settlement break it once; one
    whose claim is open again already, or has come to another end, changes nothing.
    """
    if not leads:
        return []
    theirs = (
        select(Settlement.claim_id)
        .join(Lead, Lead.contract_id == Settlement.contract_id)
        .where(among(session, Lead.id, leads))
    )
    cases.hold_claims(session, set(session.scalars(theirs)))
    query = (
        select(Claim.id, Claim.ulid, Lead.ulid.label("lead"))
        .join(Settlement, Settlement.claim_id == Claim.id)
        .join(Lead, Lead.contract_id == Settlement.contract_id)
        .where(among(session, Lead.id, leads), Claim.state == State.SETTLED.value)
        .order_by(Claim.id, Lead.id)
    )
    reopened: dict[int, str] = {}
    for claim_id, ulid, lead in session.execute(query).all():
        if claim_id in reopened:
            continue
        said = {"lead": lead}
        event = Event.SETTLEMENT_BROKEN
        cases.fire(session, ulid, event, said, by=SWEEP, office=office, now=now, today=on)
        reopened[claim_id] = ulid
    return list(reopened)
