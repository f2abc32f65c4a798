"""Who takes in what comes by a channel, what each channel has brought, and who waits for an answer.

A channel always has one operating unit: the one that was named, else the body competent for it.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, exists, func, or_, select
from sqlalchemy.orm import Session

from ..domain.bodies import Matter
from ..domain.case_codes import Origin
from ..domain.cases import Event
from ..domain.channel_maps import ChannelMaps
from ..domain.channels import KIND_CHINESE, Channel, Channels
from ..domain.clocks import beijing_day, end_of_day
from ..domain.complaints import plain_number
from ..domain.regions import stem
from ..store.cases import Case, Claim, ClaimDuty, ClaimEvent
from ..store.complaints import Complaint, ComplaintClaim
from ..store.organisations import Organisation
from . import channel_replies, incoming_packages, organisations, routing
from .channel_replies import Line
from .conflicts import read_kinship
from .hierarchy import competent_body
from .incoming_packages import Inbound
from .office import Office


class Taker(NamedTuple):
    """The body that takes a complaint in, and why that one."""

    body_id: int
    reason: str


def taker(
    session: Session,
    channel: Channel,
    region: str,
    respondent_id: int,
    office: Office,
    on: date,
) -> Taker | None:
    """受理单位 of a complaint on a day; None where nobody is registered all the way up.

    Payment complaints of SMEs go to the department in charge of them, where one is registered.
    Never the respondent nor any body near it: then the next one, in this region or above.
    """
    if not (channel.sme_payment and _in_charge(session, region, office, on)):
        for body, reason in _named(session, channel, region, office, on):
            if not read_kinship(session, [body, respondent_id], on).near(body, respondent_id):
                return Taker(body, reason)
    matter = Matter.SME_PAYMENT if channel.sme_payment else channel.run_by
    found = routing.intake_for(session, respondent_id, region, matter.value, on, office)
    if found is None:
        return None
    return Taker(found, f"「{channel.label}」未登记运营单位，由主管单位受理")


def _in_charge(session: Session, region: str, office: Office, on: date) -> bool:
    found = competent_body(session, Matter.SME_PAYMENT, region, on, regions=office.regions)
    return found is not None


def _named(
    session: Session, channel: Channel, region: str, office: Office, on: date
) -> Iterator[tuple[int, str]]:
    """Who was named to run a channel, for the region and then for those above it."""
    place: str | None = region
    while place is not None:
        named = channel.operator(place, on)
        query = select(Organisation.id).where(Organisation.code == (named and named.body))
        for body in session.scalars(query):
            now = organisations.responsible(session, [body], on)[body]
            yield now, f"{named and named.region}的「{channel.label}」运营单位"
        above = office.regions.superior(place, on)
        place = None if above is None else above.code


# --- answers ----------------------------------------------------------------------------------


class Source(NamedTuple):
    """A complaint of a claim as its own channel knows it."""

    complaint: str
    channel: str
    #: The number in the clear, as earlier releases kept it; now it lies in the vault.
    source_no: str | None
    #: Whether the channel gave it a number.
    numbered: bool
    #: The topic under which the channel is told.
    reply: str
    #: Informants who are not the party are told that it came in, and nothing else.
    content: bool
    received_on: date
    withdrawn_on: date | None
    answered: bool


def sources_of(session: Session, claim_ids: Iterable[int], channels: Channels) -> list[Source]:
    """Everyone who complained of some claims, in the order they came; each on its own channel."""
    query = (
        select(Complaint)
        .where(
            exists().where(
                ComplaintClaim.complaint_id == Complaint.id,
                ComplaintClaim.claim_id.in_(list(claim_ids)),
            )
        )
        .order_by(Complaint.id)
    )
    return [_source(c, channels) for c in session.scalars(query)]


def _source(complaint: Complaint, channels: Channels) -> Source:
    channel = channels.find(complaint.channel)
    return Source(
        complaint.ulid,
        complaint.channel,
        plain_number(complaint.source_no),
        complaint.source_no is not None,
        "" if channel is None else channel.reply,
        complaint.is_party,
        complaint.received_on,
        complaint.withdrawn_on,
        complaint.answered_at is not None,
    )


# --- figures ----------------------------------------------------------------------------------

_TAKEN = (Event.ACCEPT, Event.HAND_DOWN)
FIGURES = ("received", "accepted", "refused", "withdrawn", "pending", "overdue")


def figures(
    session: Session, *, as_of: date, region: str = ""
) -> dict[tuple[str, str], dict[str, int]]:
    """Complaints as they stood on a day, counted by channel and region of the case.

    A complaint is accepted once one of its claims is, refused when all of them are, and overdue
    while a clock of one runs past its last day. Merging and splitting change no figure.

    Args:
        region: only regions whose code begins so.
    """
    of_claim = [
        func.max(case((_happened(e, as_of), 1), else_=0)).label(name)
        for name, e in (("accepted", _TAKEN), ("refused", (Event.REJECT,)))
    ]
    late = func.max(case((_is_late(as_of), 1), else_=0)).label("late")
    still = func.max(case((_happened((Event.REJECT,), as_of), 0), else_=1)).label("open")
    query = (
        select(Complaint.id, Complaint.channel, Case.region, Complaint.withdrawn_on)
        .add_columns(*of_claim, late, still)
        .join(ComplaintClaim, ComplaintClaim.complaint_id == Complaint.id)
        .join(Claim, Claim.id == ComplaintClaim.claim_id)
        .join(Case, Case.id == Complaint.case_id)
        .where(Complaint.received_on <= as_of, Case.region.startswith(region))
        .group_by(Complaint.id, Complaint.channel, Case.region, Complaint.withdrawn_on)
    )
    counted: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(FIGURES, 0))
    for row in session.execute(query):
        gone = row.withdrawn_on is not None and row.withdrawn_on <= as_of
        state = (
            "accepted"
            if row.accepted
            else "refused"
            if not row.open
            else "withdrawn"
            if gone
            else "pending"
        )
        cell = counted[row.channel, row.region]
        cell["received"] += 1
        cell[state] += 1
        cell["overdue"] += row.late
    return dict(sorted(counted.items()))


def yields(session: Session, *, as_of: date) -> dict[str, dict[str, int]]:
    """What each origin has brought by a day: claims, and how many were taken in and found true."""
    names = (("accepted", _TAKEN), ("substantiated", (Event.FIND_SUBSTANTIATED,)))
    counts = [
        func.sum(case((_happened(events, as_of), 1), else_=0)).label(name) for name, events in names
    ]
    query = (
        select(Case.origin, func.count(Claim.id).label("claims"), *counts)
        .join(Claim, Claim.case_id == Case.id)
        .where(Claim.opened_on <= as_of)
        .group_by(Case.origin)
    )
    found = {row.origin: row for row in session.execute(query)}
    return {
        o.value: {
            name: int(getattr(found[o.value], name)) if o.value in found else 0
            for name in ("claims", "accepted", "substantiated")
        }
        for o in Origin
    }


def _happened(events: Iterable[Event], as_of: date) -> ColumnElement[bool]:
    """Whether one of some events happened to the claim by a day."""
    return exists().where(
        ClaimEvent.claim_id == Claim.id,
        ClaimEvent.event.in_([e.value for e in events]),
        ClaimEvent.on <= as_of,
    )


def _is_late(as_of: date) -> ColumnElement[bool]:
    """Whether a clock of the claim ran past its last day on a day."""
    return exists().where(
        ClaimDuty.claim_id == Claim.id,
        ClaimDuty.due_on < as_of,
        ClaimDuty.from_on <= as_of,
        or_(ClaimDuty.ended_on.is_(None), ClaimDuty.ended_on > as_of),
    )


# --- the list ---------------------------------------------------------------------------------


def list_channels(
    session: Session,
    channels: Channels,
    region: str,
    office: Office,
    *,
    as_of: date,
    maps: ChannelMaps | None = None,
) -> list[dict[str, Any]]:
    """Every channel with who runs it in a region, its last report, and what it has brought.

    The silence is the days since the last report; None for a channel that never reported.
    """
    digits = stem(region)
    counted = figures(session, as_of=as_of, region=digits)
    latest = (
        select(Complaint.channel, func.max(Complaint.received_on))
        .join(Case, Case.id == Complaint.case_id)
        .where(Complaint.received_on <= as_of, Case.region.startswith(digits))
        .group_by(Complaint.channel)
    )
    last = {row[0]: row[1] for row in session.execute(latest)}
    lines = channel_replies.lines(session, {c.reply for c in channels}, end_of_day(as_of))
    came = incoming_packages.inbound(session, maps or ChannelMaps(), as_of=as_of)
    return [
        {
            "code": c.code,
            "label": c.label,
            "kind": c.kind.value,
            "kind_label": KIND_CHINESE[c.kind],
            "source": c.source,
            "since": c.since.isoformat(),
            "open": c.is_open(as_of),
            **_run_by(session, c, region, office, as_of),
            "last_report_on": last[c.code].isoformat() if c.code in last else None,
            "silent_days": (as_of - last[c.code]).days if c.code in last else None,
            **_connection(c, last.get(c.code), lines[c.reply], came.get(c.code, Inbound())),
            **{
                name: sum(f[name] for (code, _), f in counted.items() if code == c.code)
                for name in FIGURES
            },
        }
        for c in channels
    ]


def _connection(
    channel: Channel, reported: date | None, line: Line, came: Inbound
) -> dict[str, Any]:
    """Whether the line to a channel works, and when something last passed in either direction."""
    sent = None if line.last_sent_at is None else beijing_day(line.last_sent_at)
    days = [d for d in (reported, sent, came.last_on) if d is not None]
    state = "waiting" if line.waiting else "good" if days else "never"
    return {
        "via": channel.via or None,
        "connection": state,
        "last_exchange_on": max(days).isoformat() if days else None,
        "last_sent_on": sent.isoformat() if sent else None,
        "last_received_on": came.last_on.isoformat() if came.last_on else None,
        "to_apply": came.waiting,
        "dead_letters": came.dead,
        "package_every_days": came.every_days,
        "last_package_on": came.last_package_on.isoformat() if came.last_package_on else None,
        "missing_packages": [day.isoformat() for day in came.missing],
        "waiting": line.waiting,
        "waiting_since": beijing_day(line.waiting_since).isoformat()
        if line.waiting_since
        else None,
    }


def _run_by(
    session: Session, channel: Channel, region: str, office: Office, on: date
) -> dict[str, Any]:
    named = channel.operator(region, on)
    matter = channel.run_by
    found = next(_named(session, channel, region, office, on), None)
    competent = competent_body(session, matter, region, on, regions=office.regions)
    if found is None and competent is not None:
        found = competent.body_id, competent.reason
    body = None if found is None else session.get_one(Organisation, found[0])
    return {
        "operator": body and {"uscc": body.code, "name": body.name},
        "operator_reason": found and found[1],
        "operator_since": named.from_on.isoformat() if named else None,
        "responsible": named.responsible if named else None,
        "address": named.address if named else None,
        "telephone": named.telephone if named else None,
    }
