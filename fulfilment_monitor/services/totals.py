"""How many there are of what somebody sees, as a page says it: from the figures, or up to a limit.

To count a million rows takes longer than a reader waits. Contracts and leads are counted already,
by region, field and body (`services.tallies`); of all else a page says the number up to a limit.
"""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Select, func, select
from sqlalchemy.orm import Session

from ..domain.search import phrases_of
from ..domain.tallies import Measure
from ..store.alerts import Alert
from ..store.contracts import Contract, Obligation
from ..store.leads import Lead
from ..store.search import hits
from ..store.sweeps import SweepRun
from . import newest, tallies
from .alerts import SORTED, told_to
from .registry import FEW_HITS, list_contracts
from .sight import Sight, of_contracts

#: No page counts further.
_MOST = 1_000
_LEADS = (Measure.OPEN_LEADS, Measure.CLOSED_LEADS)


class Total(NamedTuple):
    """A number; `beyond` says that there are more than that."""

    number: int
    beyond: bool = False


def contracts(session: Session, seen: Sight, *, field: str | None = None) -> Total:
    """All contracts in sight, or those of a field."""
    found = _kept(session, seen, (Measure.CONTRACTS,), field)
    if found is not None:
        return Total(found)
    where = [] if field is None else [Contract.field == field]
    numbers = newest.in_sight(session, seen, where)
    return counted(session, select(Contract.id).where(*where) if numbers is None else numbers)


def searched(session: Session, seen: Sight, text: str, *, field: str | None = None) -> Total | None:
    """What a search finds; None where only a count of very many could tell."""
    phrases = phrases_of(text)
    found = hits(session, phrases, FEW_HITS) if phrases else 0
    if found < FEW_HITS:
        return Total(list_contracts(session, seen, text=text, field=field, limit=0).total)
    if field is None and not of_contracts(session, seen):
        return Total(_MOST, beyond=True)
    return None


def leads(session: Session, seen: Sight, as_of: date) -> Total:
    """Leads in sight that were raised by a day, open and closed."""
    swept = session.scalar(select(func.max(SweepRun.as_of)))
    if swept is None or swept <= as_of:
        found = _kept(session, seen, _LEADS)
        if found is not None:
            return Total(found)
    return _of_contracts(session, seen, Lead, Lead.raised_on <= as_of)


def alerts(session: Session, seen: Sight, as_of: date, *, audience: str | None = None) -> Total:
    """Alerts in sight that were raised by a day, for one audience or all."""
    # in this form no index of days is walked along instead of that of the contracts in sight
    day = SORTED[0] if of_contracts(session, seen) else Alert.raised_on
    where = [day <= as_of]
    if audience is not None:
        where.append(told_to(Alert, audience))
    return _of_contracts(session, seen, Alert, *where)


def obligations(session: Session, seen: Sight) -> Total:
    """Obligations of the contracts in sight."""
    return _of_contracts(session, seen, Obligation)


def _kept(
    session: Session, seen: Sight, measures: tuple[Measure, ...], field: str | None = None
) -> int | None:
    """The figure where regions and bodies are all that is seen; None where something else is."""
    if not of_contracts(session, seen):
        return tallies.number_of(session, measures, field=field)
    if seen.enterprise is not None or seen.desks:
        return None
    return tallies.number_of(session, measures, stems=seen.stems, bodies=seen.bodies, field=field)


def _of_contracts(session: Session, seen: Sight, table: Any, *where: ColumnElement[bool]) -> Total:
    """Rows of a table that belong to contracts in sight."""
    numbers = newest.in_sight(session, seen)
    query = select(table.contract_id).where(*where)
    if numbers is not None:
        own = numbers.subquery()
        query = query.join_from(own, table, table.contract_id == own.c.id)
    return counted(session, query)


def counted(session: Session, query: Select[Any] | CompoundSelect[Any]) -> Total:
    """How many rows a query finds, up to a limit."""
    rows = query.limit(_MOST + 1).subquery()
    found = session.scalar(select(func.count()).select_from(rows)) or 0
    return Total(min(found, _MOST), found > _MOST)
