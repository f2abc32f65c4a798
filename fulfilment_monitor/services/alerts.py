"""Alerts as people read them: per audience, newest first, in their words."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, func, literal, select, tuple_
from sqlalchemy.orm import Session

from ..domain.alerts import Policy
from ..domain.money import spell_yuan
from ..store.alerts import Alert
from ..store.contracts import Contract, Obligation
from ..store.organisations import Organisation
from .sight import Sight, of_contracts

#: What an item is made of: the documents of contracts are long, and not asked for.
_COLUMNS: tuple[Any, ...] = (
    Alert.raised_on,
    Alert.due_on,
    Alert.obligation_id,
    Alert.rule,
    Alert.severity,
    Alert.audiences,
    Alert.message,
    Alert.holds_from,
    Contract.contract_no,
    Contract.ulid.label("contract"),
    Organisation.name.label("government"),
    Obligation.key,
    Obligation.title,
    Obligation.ulid.label("obligation"),
    Obligation.amount_fen,
)


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
    where = of_contracts(session, seen)
    counted = select(func.count()).select_from(Alert)
    if where:
        counted = counted.join(Contract, Contract.id == Alert.contract_id)
    if as_of is not None:
        where.append(Alert.raised_on <= as_of)
    if audience is not None:
        where.append((" " + Alert.audiences + " ").contains(f" {audience} "))
    if contract_id is not None:
        where.append(Alert.contract_id == contract_id)
    if told_id is not None:
        where.append(Alert.told_id == told_id)
    total = 0
    if count:
        total = session.scalar(counted.where(*where)) or 0
    if after is not None:
        where += _behind(after)
    query = (
        select(*_COLUMNS)
        .join_from(Alert, Contract, Contract.id == Alert.contract_id)
        .join(Obligation, Obligation.id == Alert.obligation_id)
        .join(Organisation, Organisation.id == Contract.government_id)
        .where(*where)
        .order_by(
            Alert.raised_on.desc(), Alert.due_on.desc(), Alert.obligation_id.desc(), Alert.rule
        )
        .limit(limit)
    )
    return AlertList([_item(row, policy) for row in session.execute(query)], total)


def _behind(after: After) -> list[ColumnElement[bool]]:
    """What stands behind an alert; as a bound of a row, for a database seeks it in the index."""
    place = (Alert.raised_on, Alert.due_on, Alert.obligation_id)
    bound = tuple_(*(literal(v, c.type) for v, c in zip(after, place, strict=False)))
    return [tuple_(*place) <= bound, (tuple_(*place) < bound) | (Alert.rule > after.rule)]


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
