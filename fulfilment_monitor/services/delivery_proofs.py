"""What was said to a partner, when, and what it accepted: provable, message by message."""

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..store.partners import Delivery, Partner


class Told(NamedTuple):
    """A message to a partner, in the order in which messages came into being."""

    topic: str
    key: str
    version: int
    #: The Beijing day it came into being; reconciliation goes by it.
    day: date
    #: `waiting`, `taken`, `acknowledged`, `overtaken` or `dead`, see `domain.deliveries.State`.
    state: str
    queued_at: datetime
    sent_at: datetime | None
    acknowledged_at: datetime | None
    receipt: str | None
    mapping: str | None
    #: SHA-256 of what was said, as the partner keeps it; of replies to channels a keyed hash.
    digest: str | None


def list_told(
    session: Session, partner: str, *, since: date | None = None, until: date | None = None
) -> list[Told]:
    """What was or is to be said to a partner of some days, both included; all without them."""
    d = Delivery
    query = (
        select(
            d.topic, d.key, d.version, d.day, d.state, d.queued_at, d.sent_at, d.acknowledged_at,
            d.receipt, d.mapping, d.digest,
        )
        .join(Partner, Partner.id == d.partner_id)
        .where(Partner.code == partner)
        .order_by(d.id)
    )  # fmt: skip
    if since is not None:
        query = query.where(d.day >= since)
    if until is not None:
        query = query.where(d.day <= until)
    return [Told(*row) for row in session.execute(query)]
