"""Keep figures by what changed, and report them without counting anything again."""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    delete,
    false,
    func,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ..domain.contracts import YUAN, Field
from ..domain.money import show_yuan
from ..domain.tallies import Change, Measure, Place, summed
from ..store.contracts import Contract
from ..store.leads import Lead
from ..store.once import insert_all, table_of
from ..store.organisations import Organisation
from ..store.sets import among
from ..store.tallies import Tally, TallyChange
from .sight import ALL, Sight

__all__ = ["Change", "Measure", "Place"]

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_KEY = ("measure", "region", "field", "government_id")
#: What a figure is added up of, always in one statement: between two of them somebody may fold.
_BOTH = (Tally, TallyChange)


def note(session: Session, changes: Iterable[Change]) -> None:
    """Append what changed, in the transaction that changed it."""
    rows = [
        {"measure": c.measure.value, **c.place._asdict(), "count": c.number, "fen": c.fen}
        for c in summed(changes)
    ]
    insert_all(session, TallyChange, rows)


def amount_in_yuan(fen: int | None, currency: str | None) -> int:
    """What an amount adds to a figure in yuan: other currencies are never added up with it."""
    return (fen or 0) if currency in (None, YUAN) else 0


def closed(session: Session, lead: Lead) -> list[Change]:
    """What the closing of a lead changes."""
    currency = Contract.document["currency"].as_string()
    query = select(Contract.region, Contract.field, Contract.government_id, currency)
    region, field, body, money = session.execute(query.where(Contract.id == lead.contract_id)).one()
    where, fen = Place(region, field, body), amount_in_yuan(lead.outstanding_fen, money)
    return [
        Change(Measure.OPEN_LEADS, where, -1, -fen),
        Change(Measure.CLOSED_LEADS, where, 1, fen),
    ]


def fold(session: Session) -> int:
    """Add the changes up; returns how many there were. Figures read the same before and after."""
    last = session.scalar(select(func.max(TallyChange.id)))
    if last is None:
        return 0
    found = _taken_out(session, last)
    rows = [
        {**dict(zip(_KEY, place, strict=True)), "count": int(count), "fen": int(fen)}
        for _, *place, count, fen in found
        if count or fen
    ]
    if rows:
        table = table_of(Tally)
        added = _INSERT[session.get_bind().dialect.name](table)
        added = added.on_conflict_do_update(
            index_elements=_KEY,
            set_={
                "count": table.c.count + added.excluded["count"],
                "fen": table.c.fen + added.excluded.fen,
            },
        )
        session.execute(added, rows)
    return sum(row[0] for row in found)


def _taken_out(session: Session, last: int) -> list[Any]:
    """Take the changes out, added up by the database: how many, the figure's key, count, amount.

    In one order for all, so that two who fold at once never wait in a circle.
    """
    gone = delete(TallyChange).where(TallyChange.id <= last)
    changes: Any = TallyChange.__table__
    at_once = session.get_bind().dialect.name == "postgresql"
    if at_once:  # who else folds finds none of them
        changes = gone.returning(*_columns(TallyChange)).cte("gone")
    key = [changes.c[name] for name in _KEY]
    sums = [func.sum(changes.c["count"]), func.sum(changes.c.fen)]
    query = select(func.count(), *key, *sums).group_by(*key).order_by(*key)
    if not at_once:
        query = query.where(changes.c.id <= last)
    found = list(session.execute(query))
    if not at_once:
        session.execute(gone)
    return found


def _columns(model: Any) -> list[Any]:
    return [model.measure, model.region, model.field, model.government_id, model.count, model.fen]


class By(StrEnum):
    """What a report has a row for."""

    REGION = "region"
    FIELD = "field"
    BODY = "body"


class Row(NamedTuple):
    """One row of a report: the key, what it is called, and count and amount by measure."""

    key: str
    name: str
    figures: dict[str, dict[str, Any]]


def report(
    session: Session,
    by: By,
    *,
    region: str | None = None,
    field: Field | None = None,
    government: str | None = None,
    seen: Sight = ALL,
) -> list[Row]:
    """The figures, by region, field or body.

    Args:
        region: only regions whose code begins so; two digits are a province.
        government: only this body, by its code.
        seen: only what somebody sees of the register: their bodies and their regions.
    """
    found: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for key, name, measure, count, fen in session.execute(
        _query(by, region, field, government, seen)
    ):
        figures = found.setdefault((key, name), {})
        figures[measure] = {"count": int(count), "amount": show_yuan(int(fen))}
    return [Row(key, name, figures) for (key, name), figures in sorted(found.items())]


def _query(
    by: By, region: str | None, field: Field | None, government: str | None, seen: Sight
) -> Select[Any]:
    parts = []
    for model in _BOTH:
        part = select(*_columns(model)).where(*_in_sight(model, seen))
        if region is not None:
            part = part.where(model.region.startswith(region, autoescape=True))
        if field is not None:
            part = part.where(model.field == field.value)
        if government is not None:
            body = select(Organisation.id).where(Organisation.code == government)
            part = part.where(model.government_id == body.scalar_subquery())
        parts.append(part)
    all_of = union_all(*parts).subquery()
    keys: dict[By, tuple[Any, Any]] = {
        By.REGION: (all_of.c.region, all_of.c.region),
        By.FIELD: (all_of.c.field, all_of.c.field),
        By.BODY: (Organisation.code, Organisation.name),
    }
    key, name = keys[by]
    query = select(key, name, all_of.c.measure, func.sum(all_of.c.count), func.sum(all_of.c.fen))
    if by is By.BODY:
        query = query.join(Organisation, Organisation.id == all_of.c.government_id)
    return query.group_by(key, name, all_of.c.measure)


def number_of(
    session: Session,
    measures: Iterable[Measure],
    *,
    stems: Iterable[str] | None = None,
    bodies: Collection[int] = (),
    field: str | None = None,
) -> int:
    """How many there are of some measures, in some regions or of some bodies; each once.

    Args:
        stems: first digits of regions; None is everywhere.
    """
    wanted, parts = [m.value for m in measures], []
    for model in _BOTH:
        part = select(model.count).where(model.measure.in_(wanted))
        if field is not None:
            part = part.where(model.field == field)
        if stems is not None:
            ways = [model.region.startswith(stem) for stem in sorted(stems)]
            part = part.where(or_(*ways, among(session, model.government_id, bodies)))
        parts.append(part)
    return int(session.scalar(select(func.sum(union_all(*parts).subquery().c.count))) or 0)


def regions_within(session: Session, stem: str) -> set[str]:
    """The regions in which there is any contract, of those whose code begins so."""
    parts = [
        select(model.region)
        .where(model.measure == Measure.CONTRACTS.value, model.region.startswith(stem))
        .distinct()
        for model in _BOTH
    ]
    return set(session.scalars(union_all(*parts)))


def _in_sight(model: Any, seen: Sight) -> list[ColumnElement[bool]]:
    if seen.everything or "" in seen.stems:
        return []
    ways: list[ColumnElement[bool]] = [model.region.startswith(s) for s in sorted(seen.stems)]
    if seen.bodies:
        ways.append(model.government_id.in_(seen.bodies))
    return [or_(*ways)] if ways else [false()]


def counted_anew(session: Session) -> dict[tuple[str, Place], tuple[int, int]]:
    """Every figure counted from the register itself: slow, and what the kept ones must equal."""
    found: dict[tuple[str, Place], tuple[int, int]] = {}
    currency = func.coalesce(Contract.document["currency"].as_string(), YUAN)
    place = (Contract.region, Contract.field, Contract.government_id)
    of_contracts = select(*place, Contract.amount_fen, currency)
    of_leads = select(*place, Lead.outstanding_fen, currency, Lead.state).join(
        Contract, Contract.id == Lead.contract_id
    )
    rows = [(Measure.CONTRACTS, row) for row in session.execute(of_contracts)]
    state = {"open": Measure.OPEN_LEADS, "closed": Measure.CLOSED_LEADS}
    rows += [(state[row[5]], row) for row in session.execute(of_leads)]
    for measure, row in rows:
        key = (measure.value, Place(*row[:3]))
        count, fen = found.get(key, (0, 0))
        found[key] = count + 1, fen + amount_in_yuan(row[3], row[4])
    return found


def kept(session: Session) -> dict[tuple[str, Place], tuple[int, int]]:
    """Every figure as it is kept, changes included; figures of nothing left out."""
    parts = union_all(*(select(*_columns(model)) for model in _BOTH)).subquery()
    keys = (parts.c.measure, parts.c.region, parts.c.field, parts.c.government_id)
    query = select(*keys, func.sum(parts.c.count), func.sum(parts.c.fen)).group_by(*keys)
    return {
        (measure, Place(region, field, body)): (int(count), int(fen))
        for measure, region, field, body, count, fen in session.execute(query)
        if count or fen
    }
