"""What a partner said of a message, written down: held, taken in, refused, not available."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from ..domain.deliveries import REFUSALS, Outcome, Said, State, back_off
from ..store.exchange import OutboxMessage
from ..store.partners import Delivery
from . import partners

#: How long until a receipt that was not there is asked for, and asked for again.
_ASK_AGAIN = timedelta(minutes=5)


def mark(session: Session, number: int, outcome: Outcome, *, now: datetime, spread: float) -> None:
    """Write down what a partner said of a message; what is held already stays held."""
    query = select(Delivery).where(Delivery.id == number).with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one()
    row.claimed_until = None
    if row.state not in (State.WAITING.value, State.TAKEN.value):
        return
    row.status, row.fault = outcome.status, outcome.fault
    match outcome.said:
        case Said.ACKNOWLEDGED:
            acknowledge(session, row, str(outcome.receipt), now)
        case Said.TAKEN:
            row.sent_at = row.sent_at or now
            row.state, row.why, row.next_at = State.TAKEN.value, None, now + _ASK_AGAIN
        case Said.REFUSED:
            refuse(row, outcome, now, spread)
        case Said.UNKNOWN:  # it was taken in and lost: it is sent again
            row.state, row.next_at = State.WAITING.value, now
        case Said.UNAVAILABLE:
            row.attempts += 1
            wait = timedelta() if outcome.status is None else back_off(row.attempts, spread)
            row.next_at = now + wait


def acknowledge(session: Session, row: Delivery, receipt: str, now: datetime) -> None:
    """A partner holds a message: its receipt is kept, and so is the message's own state."""
    row.state, row.why, row.fault = State.ACKNOWLEDGED.value, None, None
    row.sent_at, row.acknowledged_at, row.receipt = row.sent_at or now, now, receipt
    row.claimed_until = None
    session.flush()
    open_ = exists().where(
        Delivery.message_id == OutboxMessage.id,
        Delivery.state.in_((State.WAITING.value, State.TAKEN.value)),
    )
    settled = update(OutboxMessage).where(
        OutboxMessage.topic == row.topic,
        OutboxMessage.key == row.key,
        OutboxMessage.version <= row.version,
        OutboxMessage.sent_at.is_(None),
        OutboxMessage.fanned_at.is_not(None),
        ~open_,
    )
    session.execute(settled.values(sent_at=now), execution_options={"synchronize_session": False})


def refuse(row: Delivery, outcome: Outcome, now: datetime, spread: float) -> None:
    """Count a refusal; after the last one a person has to look at the message."""
    row.refusals += 1
    row.attempts += 1
    row.why, row.fault, row.status = "refused", outcome.fault, outcome.status
    row.next_at = now + back_off(row.refusals, spread)
    if row.refusals >= REFUSALS:
        row.state = State.DEAD.value


def note(
    session: Session, code: str, outcome: Outcome, is_down: bool, now: datetime, spread: float
) -> None:
    """How the line to a partner stands after an answer."""
    partner = partners.take(session, code)
    if outcome.said is not Said.UNAVAILABLE:
        partner.failures, partner.rests_until = 0, None
        partner.last_good_at, partner.last_fault = now, None
        return
    partner.last_fault = outcome.fault
    if is_down:
        partner.failures += 1
        partner.rests_until = now + back_off(partner.failures, spread)


def release(session: Session, rows: Collection[int]) -> None:
    """Messages that were taken and not sent are for anybody again."""
    if rows:
        session.execute(update(Delivery).where(Delivery.id.in_(rows)).values(claimed_until=None))
