"""The step of a case that is under way: what its guards and its effects look at."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Actor, Role
from ..domain.cases import Event, Transition
from ..store.cases import Case, Claim, ClaimEvent
from ..store.complaints import Complaint, ComplaintClaim
from .office import Office


class Step(NamedTuple):
    """One event about to be applied to one claim."""

    session: Session
    claim: Claim
    case: Case
    transition: Transition
    #: As `domain.case_details` read them.
    details: Mapping[str, Any]
    by: Actor
    #: The capacity in which the actor may do it.
    role: Role
    office: Office
    #: The day it has effect.
    on: date
    now: datetime
    today: date

    def past(self, *events: Event) -> list[ClaimEvent]:
        """What happened to the claim before, oldest first; only some kinds of events if named."""
        query = select(ClaimEvent).where(ClaimEvent.claim_id == self.claim.id)
        if events:
            query = query.where(ClaimEvent.event.in_([e.value for e in events]))
        return list(self.session.scalars(query.order_by(ClaimEvent.seq)))

    def last(self, *events: Event) -> ClaimEvent | None:
        """The latest of some kinds of events."""
        found = self.past(*events)
        return found[-1] if found else None

    def parties(self) -> list[Complaint]:
        """Those who complain of it as the party; an informant is owed an acknowledgement only."""
        return [c for c in self.complaints() if c.is_party]

    def complaints(self) -> list[Complaint]:
        """Who still complains of it, parties and informants."""
        query = (
            select(Complaint)
            .join(ComplaintClaim, ComplaintClaim.complaint_id == Complaint.id)
            .where(ComplaintClaim.claim_id == self.claim.id, Complaint.withdrawn_on.is_(None))
            .order_by(Complaint.id)
        )
        return list(self.session.scalars(query))
