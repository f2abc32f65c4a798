"""Alerts as people read them: per audience, newest first, in their words."""

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session, aliased

from ..domain.alerts import Policy
from ..domain.money import spell_yuan
from ..store.alerts import Alert
from ..store.contracts import Contract, Obligation
from ..store.organisations import Organisation
from . import newest
from .sight import Sight, of_contracts


class AlertList(NamedTuple):
    items: list[dict[str, Any]]
    total: int


class After(NamedTuple):
    """Where a page begins: behind this alert, in the order of the list."""

    raised_on: date
    due_on: date
    obligation_id: int
    rule: str


def list_alerts(
    session: Session,
    seen: Sight,
    policy: Policy,
    *,
    as_of: date | None = None,
    audience: str | None = None,
    contract_id: int | None = None,
    told_id: int | None = None,
    after: After | None = None,
    limit: int | None = None,
    count: bool = True,
) -> AlertList:
    """Alerts raised on or before a day, newest first.

    Args:
        seen: how far the reader sees; nothing else is counted or shown.
        count: whether to count them all, which a page of a long list does without.
    """
    scope, where = of_contracts(session, seen), []
    if after is not None and as_of is not None and after.raised_on <= as_of and not count:
        as_of = None  # said by the place already; SQLite would seek by the wider of two bounds
    raised = _raised(_PLACE, as_of)
    if contract_id is not None:
        where.append(Alert.contract_id == contract_id)
    if told_id is not None:
        where.append(Alert.told_id == told_id)
    total = 0
    if count:
        counted = select(func.count()).select_from(Alert)
        if scope:
            counted = counted.join(Contract, Contract.id == Alert.contract_id)
        told = _told(Alert, audience)
        total = session.scalar(counted.where(*scope, *raised, *where, *told)) or 0
    if limit is None or not (scope or audience):
        where += [*scope, *raised, *_told(Alert, audience), *_behind(_PLACE, after)]
        looks = iter([_listed(Alert).where(*where).order_by(*_newest_first(_PLACE))])
    else:
        looks = _looks(session, seen, where, as_of, audience, after, limit)
    rows = newest.filled(session, looks, limit)
    return AlertList([_item(row, policy) for row in rows], total)


def told_to(alert: type[Alert], audience: str) -> ColumnElement[bool]:
    """Whether an alert is for an audience."""
    return (" " + alert.audiences + " ").contains(f" {audience} ")


def _told(alert: type[Alert], audience: str | None) -> list[ColumnElement[bool]]:
    return [] if audience is None else [told_to(alert, audience)]


def _listed(alert: type[Alert]) -> Select[Any]:
    """What an item is made of: the documents of contracts are long, and not asked for."""
    columns: list[Any] = [
        alert.raised_on,
        alert.due_on,
        alert.obligation_id,
        alert.rule,
        alert.severity,
        alert.audiences,
        alert.message,
        alert.holds_from,
        Contract.contract_no,
        Contract.ulid.label("contract"),
        Organisation.name.label("government"),
        Obligation.key,
        Obligation.title,
        Obligation.ulid.label("obligation"),
        Obligation.amount_fen,
    ]
    return (
        select(*columns)
        .join_from(alert, Contract, Contract.id == alert.contract_id)
        .join(Obligation, Obligation.id == alert.obligation_id)
        .join(Organisation, Organisation.id == Contract.government_id)
    )


#: The order of the list, by columns of an index; within equal ones by the rule.
_PLACE: tuple[Any, ...] = (Alert.raised_on, Alert.due_on, Alert.obligation_id, Alert.rule)
#: The same for what other indexes have found: no database walks along an index for this one.
SORTED: tuple[Any, ...] = tuple(func.coalesce(column, column) for column in _PLACE)


def _newest_first(place: tuple[Any, ...]) -> list[ColumnElement[Any]]:
    return [*(column.desc() for column in place[:3]), place[3]]


def _raised(place: tuple[Any, ...], as_of: date | None) -> list[ColumnElement[bool]]:
    return [] if as_of is None else [place[0] <= as_of]


def _behind(place: tuple[Any, ...], after: After | None) -> list[ColumnElement[bool]]:
    """What stands behind an alert; as a bound of a row, for a database seeks it in the index."""
    if after is None:
        return []
    days = place[:3]
    bound = tuple_(*(literal(v, c.type) for v, c in zip(after, days, strict=False)))
    return [tuple_(*days) <= bound, (tuple_(*days) < bound) | (place[3] > after.rule)]


def _looks(
    session: Session,
    seen: Sight,
    where: list[ColumnElement[bool]],
    as_of: date | None,
    audience: str | None,
    after: After | None,
    limit: int,
) -> Iterator[Select[Any]]:
    """Among so many of the newest alerts; then, or at once, among all of the contracts in sight.

    The newest are taken whoever they are for: no database knows how many an audience is told.
    """
    some = select(Alert).where(*where, *_raised(_PLACE, as_of), *_behind(_PLACE, after))
    few = some.order_by(*_newest_first(_PLACE)).limit(newest.NEAR).subquery()
    if not seen.is_narrow:
        near = aliased(Alert, few)
        place = (near.raised_on, near.due_on, near.obligation_id, near.rule)
        listed = _listed(near).where(*of_contracts(session, seen), *_told(near, audience))
        yield listed.order_by(*_newest_first(place))
        if (session.scalar(select(func.count()).select_from(few)) or 0) < newest.NEAR:
            return  # there are no more than these
    keys = select(Alert.due_on, Alert.obligation_id, Alert.rule).where(
        *where, *_told(Alert, audience)
    )
    numbers = newest.in_sight(session, seen)
    if numbers is None:
        keys = keys.where(*_raised(_PLACE, as_of), *_behind(_PLACE, after))
        keys = keys.order_by(*_newest_first(_PLACE))
    else:
        own = numbers.subquery()
        keys = keys.join(own, Alert.contract_id == own.c.id)
        keys = keys.where(*_raised(SORTED, as_of), *_behind(SORTED, after))
        keys = keys.order_by(*_newest_first(SORTED))
    found = keys.limit(limit).subquery()
    same = (
        (Alert.due_on == found.c.due_on)
        & (Alert.obligation_id == found.c.obligation_id)
        & (Alert.rule == found.c.rule)
    )
    yield _listed(Alert).join(found, same).order_by(*_newest_first(_PLACE))


def _item(row: Row[Any], policy: Policy) -> dict[str, Any]:
    due_on, raised_on = row.due_on.isoformat(), row.raised_on.isoformat()
    words = {
        "contract_no": row.contract_no,
        "title": row.title,
        "due_on": due_on,
        "amount": "" if row.amount_fen is None else spell_yuan(row.amount_fen),
    }
    texts = policy.messages.get(row.message, {})
    return {
        "contract_no": row.contract_no,
        "contract": row.contract,
        "government": row.government,
        "obligation": row.key,
        "title": row.title,
        "obligation_id": row.obligation,
        "rule": row.rule,
        "severity": row.severity,
        "audiences": row.audiences.split(),
        "due_on": due_on,
        "holds_from": row.holds_from.isoformat(),
        "raised_on": raised_on,
        "message": {lang: text.format_map(words) for lang, text in sorted(texts.items())},
        "after": [raised_on, due_on, row.obligation_id, row.rule],
    }


def count(session: Session) -> int:
    """How many alerts there are."""
    return session.scalar(select(func.count()).select_from(Alert)) or 0
