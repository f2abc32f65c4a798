"""The register as open contracting data: one release a process, in the order of registration.

The same register gives the same bytes: instants come from the newest change, never from a clock.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain.clocks import beijing_day
from ..domain.ocds.codes import PUBLISHED_FIELDS
from ..domain.ocds.export import Dossier, local_ocid, release_of
from ..domain.ocds.values import obj, parsed
from ..domain.standings import standings_at
from ..store.contracts import Amendment, Contract
from ..store.facts import Fact, FactAnswer
from ..store.publications import Publication, PublishedContract
from .ledgers import File, read_files
from .office import Office
from .sight import ALL, Sight, of_contracts

_PAGE = 200
_BEIJING = timezone(timedelta(hours=8))


#: What stands in every package of ours before its content.
PACKAGE = {
    "uri": "urn:fulfilment-monitor:ocds",
    "version": "1.1",
    "extensions": ["urn:fulfilment-monitor:ocds-extension:1"],
    "publisher": {"name": "fulfilment-monitor"},
}


class Exported(NamedTuple):
    """A release, and the instant of the newest change in it."""

    release: dict[str, Any]
    changed_at: datetime


def export_releases(
    session: Session,
    *,
    office: Office,
    contract_ids: Sequence[int] | None = None,
    seen: Sight = ALL,
) -> Iterator[Exported]:
    """The releases of the register, or of the processes of some contracts.

    Args:
        seen: how far the reader sees; of a process, nothing else is told.

    Contracts of fields that are not published are left out without a word.
    """
    fields = [f.value for f in PUBLISHED_FIELDS]
    query = select(Contract.id).where(Contract.field.in_(fields)).order_by(Contract.id)
    query = query.where(*of_contracts(session, seen))
    if contract_ids is not None:
        query = query.where(Contract.id.in_(contract_ids))
    last, told = 0, set[str]()
    while ids := list(session.scalars(query.where(Contract.id > last).limit(_PAGE))):
        published = _published(session, ids)
        files = read_files(session, [*ids, *_siblings(session, published, seen)])
        times = _times(session, list(files))
        everything = _published(session, list(files))
        for contract_id in ids:
            row = published.get(contract_id)
            ocid = local_ocid(files[contract_id].terms) if row is None else row.ocid
            if ocid in told:
                continue
            told.add(ocid)
            together = (
                [contract_id]
                if row is None
                else sorted(i for i, r in everything.items() if r.ocid == ocid)
            )
            yield _export(session, ocid, [files[i] for i in together], everything, times, office)
        session.expunge_all()
        last = ids[-1]


def published_ids(session: Session, *, after: int = 0, limit: int) -> list[int]:
    """The next contracts of the fields that are published, by number."""
    fields = [f.value for f in PUBLISHED_FIELDS]
    query = select(Contract.id).where(Contract.field.in_(fields), Contract.id > after)
    return list(session.scalars(query.order_by(Contract.id).limit(limit)))


class Page(NamedTuple):
    """Some processes, and the contract after which the next ones begin."""

    found: list[Exported]
    after: int | None


def export_page(session: Session, seen: Sight, *, office: Office, after: int, limit: int) -> Page:
    """The processes of some contracts in sight, in the order of registration.

    A process is told with the first of its contracts in sight, and once.
    """
    fields = [f.value for f in PUBLISHED_FIELDS]
    query = (
        select(Contract.id)
        .where(Contract.field.in_(fields), Contract.id > after, *of_contracts(session, seen))
        .order_by(Contract.id)
        .limit(limit + 1)
    )
    ids = list(session.scalars(query))
    page = ids[:limit]
    published = _published(session, page)
    earlier = _first_of(session, published, seen)
    first = [i for i in page if i not in published or earlier[published[i].ocid] == i]
    found = list(export_releases(session, office=office, contract_ids=first, seen=seen))
    return Page(found, page[-1] if len(ids) > limit else None)


def _first_of(
    session: Session, published: dict[int, PublishedContract], seen: Sight
) -> dict[str, int]:
    """The first contract in sight of each process."""
    fields = [f.value for f in PUBLISHED_FIELDS]
    query = (
        select(PublishedContract.ocid, func.min(PublishedContract.contract_id))
        .join(Contract, Contract.id == PublishedContract.contract_id)
        .where(
            PublishedContract.ocid.in_({row.ocid for row in published.values()}),
            Contract.field.in_(fields),
            *of_contracts(session, seen),
        )
        .group_by(PublishedContract.ocid)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _published(session: Session, ids: Sequence[int]) -> dict[int, PublishedContract]:
    query = select(PublishedContract).where(PublishedContract.contract_id.in_(ids))
    return {row.contract_id: row for row in session.scalars(query)}


def _siblings(session: Session, published: dict[int, PublishedContract], seen: Sight) -> list[int]:
    """The other contracts of the same processes: they are one release together."""
    fields = [f.value for f in PUBLISHED_FIELDS]
    query = (
        select(PublishedContract.contract_id)
        .join(Contract, Contract.id == PublishedContract.contract_id)
        .where(
            PublishedContract.ocid.in_({row.ocid for row in published.values()}),
            Contract.field.in_(fields),
            *of_contracts(session, seen),
        )
    )
    return [i for i in session.scalars(query) if i not in published]


def _times(session: Session, ids: Sequence[int]) -> dict[int, datetime]:
    """When something about each contract was last written down."""
    found: dict[int, datetime] = {}
    for query in (
        select(Contract.id, func.max(Contract.registered_at)).group_by(Contract.id),
        select(Fact.contract_id, func.max(Fact.recorded_at)).group_by(Fact.contract_id),
        select(Amendment.contract_id, func.max(Amendment.recorded_at)).group_by(
            Amendment.contract_id
        ),
        select(Fact.contract_id, func.max(FactAnswer.recorded_at))
        .join(FactAnswer, FactAnswer.fact_id == Fact.id)
        .group_by(Fact.contract_id),
    ):
        column = query.selected_columns[0]
        for contract_id, moment in session.execute(query.where(column.in_(ids))):
            found[contract_id] = max(moment, found.get(contract_id, moment))
    return found


def _export(
    session: Session,
    ocid: str,
    files: Sequence[File],
    published: dict[int, PublishedContract],
    times: dict[int, datetime],
    office: Office,
) -> Exported:
    changed_at = max(times[f.row.id] for f in files)
    rows = [published[f.row.id] for f in files if f.row.id in published]
    if rows and changed_at <= max(r.updated_at for r in rows):  # nothing since it was published
        query = select(func.max(Publication.dated)).where(Publication.ocid == ocid)
        changed_at = session.scalar(query) or changed_at
    changed_at = changed_at.replace(microsecond=0).astimezone(_BEIJING)
    day = beijing_day(changed_at)
    dossiers = [_dossier(f, published.get(f.row.id), day, office) for f in files]
    return Exported(release_of(ocid, changed_at.isoformat(), dossiers), changed_at)


def _dossier(file: File, row: PublishedContract | None, day: Any, office: Office) -> Dossier:
    return Dossier(
        file.terms,
        tuple(said for _, said in file.facts),
        tuple(said for _, said in file.amendments),
        standings_at(file.ledger(office.statute), day),
        file.row.contract_no if row is None else row.ocds_id,
        {} if row is None else obj(parsed(row.compiled["contract"])),
    )
