"""What the daily sweep watches of requests for help: those that nobody has answered.

As with measures there is no table for it: until when somebody is waited for stands in the request.
Only the timers are kept, under numbers that neither claims nor measures ever reach.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from ..domain.assistance import HelpClock
from ..store.assistance import HelpRequest
from ..store.cases import Claim
from ..store.duties import Timer
from ..store.once import insert_all
from ..store.sets import among
from .duties import Seen, last_look, timer_row
from .office import Office

#: Numbers of requests in timers and alerts begin here; those of measures never reach so far.
_FAR = 2**62


def number(request_id: int) -> int:
    """The number of a request in timers and alerts."""
    return -_FAR - request_id


def waiting() -> Select[HelpRequest]:
    """Requests that are neither answered nor taken back, of claims that go on."""
    return (
        select(HelpRequest)
        .join(Claim, Claim.id == HelpRequest.claim_id)
        .where(
            HelpRequest.answered_at.is_(None),
            HelpRequest.withdrawn_at.is_(None),
            Claim.closed_at.is_(None),
        )
        .order_by(HelpRequest.id)
    )


def watch(session: Session, claim_id: int, office: Office) -> int:
    """Put the timers of a claim's requests as they now stand; returns how many there are."""
    session.flush()  # whether the claim goes on may have been decided just now
    of_claim = HelpRequest.claim_id == claim_id
    numbers = [number(i) for i in session.scalars(select(HelpRequest.id).where(of_claim))]
    if not numbers:
        return 0
    theirs = among(session, Timer.contract_id, numbers)  # by the index
    held = select(Timer.duty_id).where(theirs).with_for_update()
    session.execute(held).all()  # a sweep that is moving one is waited for
    session.execute(delete(Timer).where(theirs))
    return _set(session, session.scalars(waiting().where(of_claim)).all(), office)


def rebuild(session: Session, office: Office) -> int:
    """The timers of every request that waits, anew; whoever rebuilds all timers calls this too."""
    return _set(session, session.scalars(waiting()).all(), office)


def _set(session: Session, requests: Iterable[HelpRequest], office: Office) -> int:
    seen = Seen(None, last_look(session).run)
    found = (timer_row(_as_duty(r), seen, office.policy) for r in requests)
    timers = [timer for timer in found if timer is not None]
    if timers:
        insert_all(session, Timer, timers)
    return len(timers)


def _as_duty(request: HelpRequest) -> dict[str, Any]:
    """A request as the row of a duty that the sweep would watch."""
    return {
        "id": number(request.id),
        "obligation_id": number(request.id),
        "contract_id": number(request.id),
        "ladder": HelpClock.ANSWER.value,
        "due_on": request.due_on,
        "base_on": request.asked_on,
        "from_on": request.asked_on,
        "until_on": None,
        "lead_on": None,
    }
