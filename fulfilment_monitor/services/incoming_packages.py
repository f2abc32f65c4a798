"""Channels that send a package every so many days: what came, what is missing, how the line stands.

A day without a package is a finding, an empty package is none. The period of 定期 is the office's
and stands with the mapping. Source: 黑营商发〔2023〕19号 三.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain.channel_maps import ChannelForm, ChannelMaps, missing_days
from ..domain.channels import Channels
from ..domain.clocks import beijing_day, end_of_day
from ..domain.inbox import InboxState, MessageKind
from ..store.inbox import InboxMessage
from ..store.organisations import Organisation
from . import exchange, notices
from .office import Office

#: Under which whoever leads an area is told that a package has not come.
TOPIC = "package.missing"
#: Nobody looks further back than this; who connects late did not miss a year.
_LOOKED_BACK = timedelta(days=366)


class Inbound(NamedTuple):
    """What a channel has sent by a day."""

    last_on: date | None = None
    #: Messages that wait to be applied, and that were laid aside.
    waiting: int = 0
    dead: int = 0
    every_days: int | None = None
    last_package_on: date | None = None
    #: The last day of each period without a package.
    missing: tuple[date, ...] = ()


def inbound(session: Session, maps: ChannelMaps, *, as_of: date) -> dict[str, Inbound]:
    """How the line from each channel stood on a day; channels without a mapping are left out."""
    until = end_of_day(as_of)
    m = InboxMessage
    latest = (
        select(m.channel, func.max(m.received_at)).where(m.received_at < until).group_by(m.channel)
    )
    last = {row[0]: row[1] for row in session.execute(latest)}
    stuck = (
        select(m.channel, m.state, func.count())
        .where(m.received_at < until, m.state != InboxState.APPLIED.value)
        .group_by(m.channel, m.state)
    )
    waits = {(row[0], row[1]): row[2] for row in session.execute(stuck)}
    return {
        form.channel: Inbound(
            None if form.channel not in last else beijing_day(last[form.channel]),
            waits.get((form.channel, InboxState.RECEIVED.value), 0),
            waits.get((form.channel, InboxState.DEAD.value), 0),
            form.every_days,
            *_packages(session, form, as_of, until),
        )
        for form in maps
    }


def _packages(
    session: Session, form: ChannelForm, as_of: date, until: datetime
) -> tuple[date | None, tuple[date, ...]]:
    """The last day that was covered, and those that were not."""
    query = select(InboxMessage.covers_on).where(
        InboxMessage.channel == form.channel,
        InboxMessage.kind == MessageKind.PACKAGE.value,
        InboxMessage.covers_on.is_not(None),
        InboxMessage.received_at < until,
    )
    covered = sorted({day for day in session.scalars(query) if day is not None})
    last = covered[-1] if covered else None
    first = form.expected_from or (covered[0] if covered else None)
    if form.every_days is None or first is None:
        return last, ()
    return last, missing_days(
        form.every_days, _whole(first, form.every_days, as_of), covered, as_of
    )


def _whole(first: date, every_days: int, today: date) -> date:
    """The first day that is looked at: whole periods after the first of all."""
    behind = (today - _LOOKED_BACK - first).days
    return first if behind <= 0 else first + timedelta(days=-(-behind // every_days) * every_days)


def report_missing(
    session: Session,
    channels: Channels,
    maps: ChannelMaps,
    office: Office,
    *,
    now: datetime,
    today: date,
) -> int:
    """Tell whoever leads where a channel is run of packages that have not come, once each.

    Returns: how many messages are new.
    """
    messages = []
    for code, line in inbound(session, maps, as_of=today).items():
        leads = _leads(session, channels, code, office, today)
        for day in line.missing:
            said = {"channel": code, "day": day.isoformat(), "every_days": line.every_days}
            key = f"{code}:{day.isoformat()}"
            if not leads:  # nobody is named to run it: it is told without an address
                messages.append(exchange.Message(TOPIC, key, 1, said))
            for lead, uscc in leads:
                messages.append(exchange.Message(TOPIC, f"{key}:{lead}", 1, {**said, "to": uscc}))
    return exchange.enqueue(session, messages, now=now)


def _leads(
    session: Session, channels: Channels, code: str, office: Office, today: date
) -> list[tuple[int, str]]:
    """The credit leads above whoever runs a channel, the nearest first."""
    channel = channels.find(code)
    regions = [o.region for o in channel.operators if o.holds_on(today)] if channel else []
    found: list[int] = []
    for region in regions:
        found += notices.leads_above(session, region, office, today)
    return list(_codes(session, dict.fromkeys(found)))


def _codes(session: Session, bodies: Iterable[int]) -> Iterable[tuple[int, str]]:
    for body in bodies:
        yield body, session.get_one(Organisation, body).code
