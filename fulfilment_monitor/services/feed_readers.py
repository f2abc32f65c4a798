"""Who follows which kind of changes, and which of them: deny by default, as for the things."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from ..domain import access
from ..domain.authority import Actor
from ..domain.feed import FAMILIES, Kind, Look, subject_of
from ..store.cases import Claim
from ..store.contracts import Contract
from ..store.leads import Lead
from ..store.organisations import Organisation
from ..store.sets import among
from . import public_record
from .credit_views import OFFICERS
from .desks import not_kept_from
from .feed import Change, Keep, read, shown, topics_of
from .kinship import answered_for
from .office import Office
from .sight import of_contracts, sight


class Followed(NamedTuple):
    """A page of a feed as it leaves."""

    items: list[dict[str, Any]]
    #: The place of the first item, if there is one, and where the next page begins.
    first: int | None
    last: int
    more: bool


def follow(
    session: Session,
    kind: Kind,
    place: int | None,
    limit: int,
    *,
    descending: bool,
    by: Actor,
    office: Office,
    today: date,
) -> Followed:
    """A page of one kind, of what the actor sees today.

    Raises:
        Forbidden: none of the actor's capacities reads such things.
    """
    access.refuse(FAMILIES[kind].action, by)
    sees_all = by.is_service or bool(by.roles & OFFICERS)
    if kind is Kind.RECORDS and not sees_all and not public_record.is_displayed(office):
        return Followed([], None, place or 0, more=False)
    keep = _LOOKS[FAMILIES[kind].look](session, kind, by, office, today)
    found = read(session, topics_of([kind]), place, limit, descending=descending, keep=keep)
    bare = set[str]()
    if kind is Kind.RECORDS and not sees_all:  # of what is contested or over: that it is there
        bare = {subject_of(kind, c.body) for c in found.changes}
        bare -= public_record.displayed(session, bare, office, today=today)
    items = [shown(kind, c, bare=subject_of(kind, c.body) in bare) for c in found.changes]
    first = found.changes[0].number if found.changes else None
    return Followed(items, first, found.last, found.more)


def _of_contract(session: Session, kind: Kind, by: Actor, office: Office, today: date) -> Keep:
    seen = of_contracts(session, sight(session, FAMILIES[kind].action, by, today, office.policy))
    return _among(session, kind, select(Contract.ulid).where(*seen), Contract.ulid)


def _of_lead(session: Session, kind: Kind, by: Actor, office: Office, today: date) -> Keep:
    seen = of_contracts(session, sight(session, FAMILIES[kind].action, by, today, office.policy))
    query = select(Lead.ulid).join(Contract, Contract.id == Lead.contract_id).where(*seen)
    return _among(session, kind, query, Lead.ulid)


def _among(session: Session, kind: Kind, query: Any, ulid: InstrumentedAttribute[str]) -> Keep:
    def keep(changes: Sequence[Change]) -> Collection[int]:
        subjects = {subject_of(kind, c.body) for c in changes}
        seen = set(session.scalars(query.where(ulid.in_(subjects))))
        return {c.number for c in changes if subject_of(kind, c.body) in seen}

    return keep


def _about(session: Session, kind: Kind, by: Actor, office: Office, today: date) -> Keep:
    """Of the copies of a message, the one its body got."""
    return lambda changes: {c.number for c in changes if c.body["to"] == c.body["body"]}


def _addressed(session: Session, kind: Kind, by: Actor, office: Office, today: date) -> Keep:
    """What the own body was told; of claims, only of those the reader need not keep away from."""
    bodies = set() if by.body is None else answered_for(session, by.body, today)
    query = select(Organisation.code).where(among(session, Organisation.id, bodies))
    own = set(session.scalars(query))
    free = not_kept_from(session, by, office, today)

    def keep(changes: Sequence[Change]) -> Collection[int]:
        told = [c for c in changes if c.body["to"] in own]
        claims = {c.body["claim"] for c in told if "claim" in c.body}
        seen = set(session.scalars(select(Claim.ulid).where(Claim.ulid.in_(claims), *free)))
        return {c.number for c in told if "claim" not in c.body or c.body["claim"] in seen}

    return keep


_Look = Callable[[Session, Kind, Actor, Office, date], Keep]
_LOOKS: Mapping[Look, _Look] = {
    Look.OF_CONTRACT: _of_contract,
    Look.OF_LEAD: _of_lead,
    Look.ABOUT: _about,
    Look.ADDRESSED: _addressed,
}
