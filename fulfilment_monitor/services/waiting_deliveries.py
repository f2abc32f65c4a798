"""What waits for other platforms and why, and how quickly what arrived did."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, literal_column, select
from sqlalchemy.orm import Session

from ..domain.deliveries import State
from ..store.partners import Delivery, Partner

#: Why something waits that was neither refused nor waits for its form.
_TURN = "queued"
_AGAIN = "not-available"


class Waits(NamedTuple):
    """What waits for a partner for one reason."""

    partner: str
    topic: str
    #: `queued` for its turn, `not-available` after attempts, or as the delivery says.
    why: str
    number: int
    oldest: datetime


def list_waiting(session: Session) -> list[Waits]:
    """What has no receipt yet, by partner, topic and reason; the oldest first."""
    tried = Delivery.attempts > literal_column("0")  # a parameter would be another each time
    open_ = Delivery.state.in_((State.WAITING.value, State.TAKEN.value))
    query = (
        select(
            Partner.code,
            Delivery.topic,
            Delivery.why,
            tried,
            Delivery.state,
            func.count(),
            func.min(Delivery.queued_at),
        )
        .join(Partner, Partner.id == Delivery.partner_id)
        .where(open_)
        .group_by(Partner.code, Delivery.topic, Delivery.why, tried, Delivery.state)
    )
    found = [
        Waits(code, topic, _why(why, bool(was_tried), state), number, oldest)
        for code, topic, why, was_tried, state, number, oldest in session.execute(query)
    ]
    return sorted(found, key=lambda w: (w.oldest, w.partner, w.topic, w.why))


def _why(why: str | None, tried: bool, state: str) -> str:
    if state == State.TAKEN.value:
        return "receipt-to-come"
    return why or (_AGAIN if tried else _TURN)


class Speed(NamedTuple):
    """How quickly messages of a partner arrived, in seconds from queue to receipt."""

    partner: str
    number: int
    mean_seconds: float
    longest_seconds: float


def list_speeds(session: Session, *, since: datetime) -> list[Speed]:
    """How quickly messages arrived whose receipts came since a moment, by partner."""
    query = (
        select(Partner.code, Delivery.queued_at, Delivery.acknowledged_at)
        .join(Partner, Partner.id == Delivery.partner_id)
        .where(Delivery.acknowledged_at >= since)
    )
    spans: dict[str, list[float]] = {}
    for code, queued, arrived in session.execute(query):
        assert arrived is not None  # or it would not be later than anything
        spans.setdefault(code, []).append((arrived - queued).total_seconds())
    return [
        Speed(code, len(found), sum(found) / len(found), max(found))
        for code, found in sorted(spans.items())
    ]
