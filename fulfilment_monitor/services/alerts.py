"""Alerts as people read them: per audience, newest first, in their words."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain.alerts import Policy
from ..domain.money import spell_yuan
from ..store.alerts import Alert
from ..store.contracts import Contract, Obligation
from ..store.organisations import Organisation


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
        count: whether to count them all, which a page of a long list does without.
    """
    where = []
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
        total = session.scalar(select(func.count()).select_from(Alert).where(*where)) or 0
    if after is not None:
        where.append(_behind(after))
    query = (
        select(Alert, Contract, Obligation, Organisation.name)
        .join(Contract, Contract.id == Alert.contract_id)
        .join(Obligation, Obligation.id == Alert.obligation_id)
        .join(Organisation, Organisation.id == Contract.government_id)
        .where(*where)
        .order_by(
            Alert.raised_on.desc(), Alert.due_on.desc(), Alert.obligation_id.desc(), Alert.rule
        )
        .limit(limit)
    )
    return AlertList([_item(*row, policy) for row in session.execute(query)], total)


def _behind(after: After) -> Any:
    same_day = Alert.raised_on == after.raised_on
    same_due = same_day & (Alert.due_on == after.due_on)
    return (
        (Alert.raised_on < after.raised_on)
        | (same_day & (Alert.due_on < after.due_on))
        | (same_due & (Alert.obligation_id < after.obligation_id))
        | (same_due & (Alert.obligation_id == after.obligation_id) & (Alert.rule > after.rule))
    )


def _item(
    alert: Alert, contract: Contract, obligation: Obligation, body: str, policy: Policy
) -> dict[str, Any]:
    amount = "" if obligation.amount_fen is None else spell_yuan(obligation.amount_fen)
    words = {
        "contract_no": contract.contract_no,
        "title": obligation.title,
        "due_on": alert.due_on.isoformat(),
        "amount": amount,
    }
    texts = policy.messages.get(alert.message, {})
    return {
        "contract_no": contract.contract_no,
        "contract": contract.ulid,
        "government": body,
        "obligation": obligation.key,
        "title": obligation.title,
        "obligation_id": obligation.ulid,
        "rule": alert.rule,
        "severity": alert.severity,
        "audiences": alert.audiences.split(),
        "due_on": alert.due_on.isoformat(),
        "holds_from": alert.holds_from.isoformat(),
        "raised_on": alert.raised_on.isoformat(),
        "message": {lang: text.format_map(words) for lang, text in sorted(texts.items())},
        "after": [
            alert.raised_on.isoformat(),
            alert.due_on.isoformat(),
            alert.obligation_id,
            alert.rule,
        ],
    }


def count(session: Session) -> int:
    """How many alerts there are."""
    return session.scalar(select(func.count()).select_from(Alert)) or 0
