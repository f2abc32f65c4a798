"""How completely credit information is collected: by body and stream, and by channel; the gaps.

A record is complete when it says all that the forms in force need, and held when each platform
it is for has acknowledged its newest version. Source: 发改财金〔2023〕1103号 三（三）:
加大政府信用信息归集力度.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain.channel_maps import ChannelMaps
from ..domain.channels import Channels
from ..domain.clocks import end_of_day
from ..domain.deliveries import State
from ..domain.partners import RECORDS
from ..domain.platforms import Platforms, Version
from ..domain.regions import covers
from ..store.complaints import Complaint
from ..store.exchange import OutboxMessage
from ..store.partners import Delivery, Partner
from .incoming_packages import Inbound, inbound

#: How a newest version stands that the platform does not hold; what is overtaken is none.
_NOT_HELD = (State.WAITING.value, State.TAKEN.value, State.DEAD.value)


class Gap(NamedTuple):
    """What a record lacks."""

    record: str
    #: Fields that a form in force needs and the record does not say.
    lacking: tuple[str, ...]
    #: Platforms that have not acknowledged its newest version.
    not_held_by: tuple[str, ...]


class OfBody(NamedTuple):
    """The records of a body under one stream."""

    body: str
    name: str
    stream: str
    records: int
    complete: int
    held: int
    gaps: tuple[Gap, ...]


class OfChannel(NamedTuple):
    """What came by a channel."""

    channel: str
    complaints: int
    #: Messages that wait to be applied, and that were laid aside.
    waiting: int
    dead: int
    #: The last day of each period without a package.
    missing: tuple[date, ...]


def of_bodies(
    session: Session, platforms: Platforms, *, on: date, region: str = ""
) -> list[OfBody]:
    """What is held of each body that has records, by stream; of a region and below, or of all."""
    forms = [v for form in platforms if (v := form.in_force(on)) is not None]
    unheld = _unheld(session)
    found: dict[tuple[str, str], list[Gap]] = defaultdict(list)
    names = {}
    for message, key, said in _newest(session):
        if not covers(region, said.get("region") or ""):
            continue
        code, names[code] = said["body"]["code"], said["body"]["name"]
        gap = Gap(key, _lacking(forms, said), tuple(sorted(unheld.get(message, ()))))
        found[code, said["stream"]].append(gap)
    return [
        _line(code, names[code], stream, gaps) for (code, stream), gaps in sorted(found.items())
    ]


def of_channels(
    session: Session, channels: Channels, maps: ChannelMaps, *, as_of: date
) -> list[OfChannel]:
    """What came by each channel until a day, what waits or was laid aside, what did not come."""
    lines = inbound(session, maps, as_of=as_of)
    query = (
        select(Complaint.channel, func.count())
        .where(Complaint.received_at < end_of_day(as_of))
        .group_by(Complaint.channel)
    )
    came = {row[0]: row[1] for row in session.execute(query)}
    found = []
    for channel in channels:
        line = lines.get(channel.code, Inbound())
        count = came.get(channel.code, 0)
        found.append(OfChannel(channel.code, count, line.waiting, line.dead, line.missing))
    return found


def _newest(session: Session) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """The newest message of each record: its number, the record, what it says."""
    m = OutboxMessage
    last = (
        select(m.key, func.max(m.version).label("version"))
        .where(m.topic == RECORDS)
        .group_by(m.key)
        .subquery()
    )
    query = (
        select(m.id, m.key, m.body)
        .join(last, (last.c.key == m.key) & (last.c.version == m.version))
        .where(m.topic == RECORDS)
        .order_by(m.id)
    )
    return ((message, key, said) for message, key, said in session.execute(query))


def _unheld(session: Session) -> dict[int, set[str]]:
    """By message, the platforms it is for that have not acknowledged it."""
    query = (
        select(Delivery.message_id, Partner.code)
        .join(Partner, Partner.id == Delivery.partner_id)
        .where(Delivery.topic == RECORDS, Delivery.state.in_(_NOT_HELD))
    )
    found: dict[int, set[str]] = defaultdict(set)
    for message, code in session.execute(query):
        found[message].add(code)
    return found


def _lacking(forms: Iterable[Version], said: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted({name for form in forms for name in form.lacking(said)}))


def _line(code: str, name: str, stream: str, gaps: list[Gap]) -> OfBody:
    complete = sum(not g.lacking for g in gaps)
    held = sum(not g.not_held_by for g in gaps)
    open_ = tuple(g for g in gaps if g.lacking or g.not_held_by)
    return OfBody(code, name, stream, len(gaps), complete, held, open_)
