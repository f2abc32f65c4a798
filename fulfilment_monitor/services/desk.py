"""What waits on the desk of a department: dates near and past, what the other side said, gaps."""

from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from ..domain.alerts import Special
from ..domain.facts import FactKind, Source
from ..domain.money import show_yuan_or_none
from ..domain.parties import Side
from ..domain.standings import standings_at
from ..domain.states import State
from ..store.contracts import Amendment, Contract, Obligation
from ..store.duties import Duty
from ..store.facts import Fact, FactAnswer
from ..store.organisations import Organisation
from ..store.sets import table_of
from . import newest
from .ledgers import read_files
from .office import Office
from .sight import Sight, of_contracts
from .totals import counted

#: What an enterprise says that changes how things stand, and waits for a word.
_ASKS = (FactKind.PERFORMED.value, FactKind.DISPUTED.value, FactKind.REJECTED.value)
_SPECIAL = [s.value for s in Special]


class Found(NamedTuple):
    """The first of a list, and how many there are; `beyond` says that there are more than that."""

    items: list[dict[str, Any]]
    total: int
    beyond: bool = False


class Coming(NamedTuple):
    """The dates of the government side: missed, and near; and payments that nobody has backed."""

    late: Found
    soon: Found
    claims: Found


def coming(
    session: Session, bodies: Collection[int], *, today: date, last: date, limit: int
) -> Coming:
    """What holds on a day under the contracts of some bodies, by due date, the earliest first.

    Args:
        last: the day until which a date is near, itself included.
    """
    ordinary = (Duty.ladder.not_in(_SPECIAL), Obligation.obligor == Side.GOVERNMENT.value)
    kinds: dict[str, _Where] = {
        "late": (*ordinary, Duty.due_on < today),
        "soon": (*ordinary, Duty.due_on >= today, Duty.due_on <= last),
        # written out, for the index is of these alone
        "claims": (Duty.ladder == literal_column(f"'{Special.CLAIM.value}'"),),
    }
    return Coming(*(_first(session, bodies, kinds[name], today, limit) for name in Coming._fields))


_Where = tuple[ColumnElement[bool], ...]


def _first(
    session: Session, bodies: Collection[int], where: _Where, today: date, limit: int
) -> Found:
    """The first by due date of what holds, each body's at the beginning of its stretch."""
    parts = [_beginnings(session, bodies, (*where, *span), limit) for span in _spans(today)]
    each = union_all(*parts).subquery()
    first = select(each).order_by(each.c.due_on, each.c.id).limit(limit).subquery()
    query = (
        select(*_COLUMNS, Duty.id, Duty.due_on, Duty.owed_fen, Duty.provisional)
        .join_from(first, Duty, Duty.id == first.c.id)
        .join(Contract, Contract.id == Duty.contract_id)
        .join(Obligation, Obligation.id == Duty.obligation_id)
        .join(Organisation, Organisation.id == Contract.enterprise_id)
        .order_by(first.c.due_on, first.c.id)
    )
    items = [_item(row._mapping) for row in session.execute(query)]
    if len(items) < limit:
        return Found(items, len(items))
    return Found(items, *_number(session, bodies, where, today))


def _beginnings(
    session: Session, bodies: Collection[int], where: _Where, limit: int
) -> Select[int, date]:
    """The first of each body."""
    body = table_of(session, bodies, BigInteger())
    own = (
        select(Duty.id, Duty.due_on)
        .join(Obligation, Obligation.id == Duty.obligation_id)
        .where(Duty.government_id == body.c.value, *where)
        .order_by(Duty.due_on, Duty.id)
        .limit(limit)
    )
    if session.get_bind().dialect.name == "postgresql":
        beside = own.lateral()
        return select(beside.c.id, beside.c.due_on).select_from(body).join(beside, true())
    duty = aliased(Duty)
    found = duty.id.in_(own.with_only_columns(Duty.id).correlate(body))
    return select(duty.id, duty.due_on).select_from(body).join(duty, found)


def _number(
    session: Session, bodies: Collection[int], where: _Where, today: date
) -> tuple[int, bool]:
    """How many there are, counted up to a limit; and whether there are more."""
    body = table_of(session, bodies, BigInteger())
    parts = [
        select(Duty.id)
        .select_from(body)
        .join(Duty, Duty.government_id == body.c.value)
        .join(Obligation, Obligation.id == Duty.obligation_id)
        .where(*where, *span)
        for span in _spans(today)
    ]
    return counted(session, union_all(*parts))


def _spans(today: date) -> tuple[_Where, _Where]:
    """What holds on a day, as far as is known now: without an end, and with one still to come."""
    holds = (Duty.replaced_at.is_(None), Duty.from_on <= today)
    return (*holds, Duty.until_on.is_(None)), (*holds, Duty.until_on > today)


def _holds(today: date) -> _Where:
    """Whether a duty holds on a day, as far as is known now."""
    ended = or_(Duty.until_on.is_(None), Duty.until_on > today)
    return Duty.replaced_at.is_(None), Duty.from_on <= today, ended


_COLUMNS: tuple[Any, ...] = (
    Contract.ulid,
    Contract.contract_no,
    Contract.title,
    Organisation.name.label("enterprise"),
    Obligation.key,
    Obligation.title.label("obligation"),
    Obligation.kind,
)


def to_answer(session: Session, seen: Sight, *, limit: int) -> Found:
    """Statements of enterprises that nobody has answered, the oldest first."""
    later = aliased(Fact)
    query = (
        select(*_COLUMNS, Fact.ulid.label("fact"), Fact.kind.label("said"), Fact.happened_on)
        .join_from(Fact, Contract, Contract.id == Fact.contract_id)
        .join(Obligation, Obligation.id == Fact.obligation_id)
        .join(Organisation, Organisation.id == Contract.enterprise_id)
        .where(
            *of_contracts(session, seen),
            Fact.source == Source.ENTERPRISE.value,
            Fact.kind.in_(_ASKS),
            ~exists().where(FactAnswer.fact_id == Fact.id),
            ~exists().where(later.supersedes_id == Fact.id),
        )
        .order_by(Fact.id)
    )
    return _listed(session, query, limit)


def undated(
    session: Session, seen: Sight, *, office: Office, today: date, limit: int
) -> list[dict[str, Any]]:
    """Obligations without a date, which the department has to complete.

    Some contracts with terms left open are looked at, the newest first; whether a date is missing
    is reckoned, for the law may give one.
    """
    agreed = exists().where(
        Amendment.obligation_id == Obligation.id,
        or_(Amendment.due_on.is_not(None), Amendment.within_length.is_not(None)),
    )
    watched = exists().where(
        Duty.obligation_id == Obligation.id, Duty.ladder.not_in(_SPECIAL), *_holds(today)
    )
    query = (
        select(Obligation.contract_id)
        .where(
            Obligation.due_on.is_(None),
            Obligation.within_length.is_(None),
            ~agreed,
            ~watched,
        )
        .group_by(Obligation.contract_id)
        .order_by(Obligation.contract_id.desc())
        .limit(_LOOKED_AT)
    )
    numbers = newest.in_sight(session, seen)
    if numbers is not None:
        own = numbers.subquery()
        query = query.join(own, own.c.id == Obligation.contract_id)
    ids = list(session.scalars(query))
    files = read_files(session, ids)
    found: list[dict[str, Any]] = []
    for contract_id in ids:
        file = files[contract_id]
        standings = standings_at(file.ledger(office.statute), today)
        found += [
            {
                "contract": file.row.ulid,
                "contract_no": file.row.contract_no,
                "title": file.row.title,
                "key": key,
                "obligation": s.obligation.title,
                "enterprise": file.terms.enterprise.name,
            }
            for key, s in standings.items()
            if s.state is State.UNDATED
        ]
        if len(found) >= limit:
            break
    return found[:limit]


#: How many contracts with open terms a desk is made from.
_LOOKED_AT = 40


def _listed(session: Session, query: Select[Any], limit: int) -> Found:
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    return Found([_item(row._mapping) for row in session.execute(query.limit(limit))], total)


#: What only finds, counts and sorts.
_NOT_SHOWN = ("ulid", "id", "owed_fen")


def _item(row: Any) -> dict[str, Any]:
    shown = {name: _shown(row[name]) for name in row if name not in _NOT_SHOWN}
    return {**shown, "contract": row["ulid"], "owed": show_yuan_or_none(row.get("owed_fen"))}


def _shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
