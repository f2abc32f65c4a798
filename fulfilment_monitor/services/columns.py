"""投诉专栏: who runs one for which area, by which rules, since when; and which are dead.

A column is the dated pairing of a form channel with the body that runs it in an area. The list is
made to be published: codes, names, days, the address and telephone of the office, no person.
Source: 发改财金〔2023〕1103号 二（一）: 建立或完善违约失信投诉专栏, 公示地方投诉专栏.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.channels import Channel, ChannelKind, Channels, Operator
from ..domain.parties import Side
from ..domain.regions import covers, stem
from ..domain.routing import rule_set
from ..store.organisations import Organisation
from . import exchange, notices, organisations
from .office import Office

#: Under which whoever leads an area is told that its column is dead.
TOPIC = "column.dead"
_UNKNOWN, _SUCCEEDED, _CLOSED = "operator-unknown", "operator-succeeded", "closed"
_REASONS = {
    _UNKNOWN: "运营单位不在登记册上",
    _SUCCEEDED: "运营单位的职责已由其他单位承继",
    _CLOSED: "专栏已停用，未指定新的运营单位",
}


def list_columns(
    session: Session, channels: Channels, office: Office, *, as_of: date, region: str = ""
) -> list[dict[str, Any]]:
    """Every column of a region and below as it stood on a day, the wider area first.

    A column that came to its end without another in its place is listed and called dead; its
    pairings, earlier and later, stand beside it with their days.
    """
    found = []
    for channel, operator in _current(channels, as_of):
        if not covers(region, operator.region):
            continue
        place = office.regions.find(operator.region, as_of)
        body = _body(session, operator.body)
        rules = rule_set(office.policy.cases.routing, operator.region, as_of)
        fault = _fault(session, channel, operator, as_of)
        found.append(
            {
                "channel": channel.code,
                "label": channel.label,
                "region": operator.region,
                "area": None if place is None else place.name,
                "operator": {"uscc": operator.body, "name": None if body is None else body.name},
                "address": operator.address,
                "telephone": operator.telephone,
                "since": operator.from_on.isoformat(),
                "until": operator.until_on.isoformat() if operator.until_on else None,
                "channels": [c.code for c in channels if c.is_open(as_of)],
                "rules": [channel.source, *([rules.source] if rules.source else [])],
                "terms": [
                    {"clock": t.clock.value, "limit": str(t.period), "source": t.source}
                    for t in office.policy.cases.terms
                    if t.in_force_from <= as_of and covers(t.region, operator.region)
                ],
                "changes": _changes(channel, operator.region),
                "dead": None if fault is None else {"code": fault, "detail": _REASONS[fault]},
            }
        )
    return sorted(found, key=lambda c: (len(stem(c["region"])), c["region"], c["channel"]))


def _current(channels: Channels, on: date) -> Iterator[tuple[Channel, Operator]]:
    """For each form channel and area the pairing that holds on a day, else the last one before."""
    for channel in channels:
        if channel.kind is not ChannelKind.FORM:
            continue
        begun = sorted((o for o in channel.operators if o.from_on <= on), key=lambda o: o.from_on)
        yield from ((channel, o) for o in {o.region: o for o in begun}.values())


def _changes(channel: Channel, region: str) -> list[dict[str, str | None]]:
    """The pairings of an area, oldest first: opened, handed over, closed."""
    pairs = sorted((o for o in channel.operators if o.region == region), key=lambda o: o.from_on)
    return [
        {
            "operator": o.body,
            "from_on": o.from_on.isoformat(),
            "until_on": o.until_on.isoformat() if o.until_on else None,
        }
        for o in pairs
    ]


def _fault(session: Session, channel: Channel, operator: Operator, on: date) -> str | None:
    """Why nobody answers at a column any more; None where somebody does."""
    body = _body(session, operator.body)
    if body is None:
        return _UNKNOWN
    if organisations.responsible(session, [body.id], on)[body.id] != body.id:
        return _SUCCEEDED
    return None if operator.holds_on(on) and channel.is_open(on) else _CLOSED


def _body(session: Session, code: str) -> Organisation | None:
    query = select(Organisation).where(
        Organisation.code == code, Organisation.side == Side.GOVERNMENT.value
    )
    return session.scalars(query).one_or_none()


def report_dead(
    session: Session, channels: Channels, office: Office, *, now: datetime, today: date
) -> int:
    """Tell the credit leads of an area and above of columns that are dead, once each.

    Returns: how many messages are new.
    """
    messages = []
    for column in list_columns(session, channels, office, as_of=today):
        if column["dead"] is None:
            continue
        what = (column["channel"], column["region"], column["since"], column["dead"]["code"])
        said = {k: column[k] for k in ("channel", "region", "since", "dead")}
        for lead in notices.leads_above(session, column["region"], office, today):
            code = session.get_one(Organisation, lead).code
            body = {**said, "to": code, "on": today.isoformat()}
            key = ":".join((*what, str(lead)))
            messages.append(exchange.Message(TOPIC, key, 1, body))
    return exchange.enqueue(session, messages, now=now)
