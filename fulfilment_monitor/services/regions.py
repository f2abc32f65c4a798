"""Regions that changed after the release: enter them beside what was shipped."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Actor
from ..domain.errors import Invalid, Issue
from ..domain.regions import Region, Regions
from ..store import reference as tables
from . import audit

_CODE = re.compile(r"[1-9]\d{5}", re.ASCII)


def load_regions(
    session: Session, rows: Sequence[Region], known: Regions, *, by: Actor, now: datetime
) -> list[str]:
    """Put regions on the register; returns the codes that were new or changed.

    A row with the code and first day of a known one takes its place, such as to say that the
    code is no longer in use. Nothing is removed.

    Raises:
        Invalid: a code or a span that cannot be; pointers are `/<row>/<column>`.
    """
    issues = list(_faults(rows, known.amended(rows)))
    if issues:
        raise Invalid(issues)
    changed = [r for r in rows if r not in known.versions(r.code)]
    for region in changed:
        stored = session.scalars(
            select(tables.Region).where(
                tables.Region.code == region.code, tables.Region.valid_from == region.valid_from
            )
        ).one_or_none()
        if stored is None:
            session.add(tables.Region(**region._asdict(), loaded_at=now, loaded_by=by.name))
            continue
        stored.name, stored.valid_to = region.name, region.valid_to
        stored.successor = region.successor
        stored.loaded_at, stored.loaded_by = now, by.name
    if changed:
        body = {"regions": [r._asdict() for r in changed]}
        audit.note(session, by, "region.load", "region", changed[0].code, body, now=now)
    return sorted({r.code for r in changed})


def _faults(rows: Iterable[Region], after: Regions) -> Iterator[Issue]:
    seen = set()
    for i, r in enumerate(rows):
        if _CODE.fullmatch(r.code) is None:
            yield Issue(f"/{i}/code", "region.code", f"{r.code!r}: six digits of GB/T 2260")
        if not r.name:
            yield Issue(f"/{i}/name", "region.name", "a region has a name")
        if r.valid_to is not None and r.valid_to <= r.valid_from:
            detail = f"{r.valid_to} is not after {r.valid_from}"
            yield Issue(f"/{i}/valid_to", "region.backwards", detail)
        if r.successor is not None and not after.versions(r.successor):
            detail = f"{r.successor} is no region; name the new one in the same file"
            yield Issue(f"/{i}/successor", "region.successor", detail)
        if (r.code, r.valid_from) in seen:
            yield Issue(f"/{i}/code", "region.twice", f"{r.code} from {r.valid_from} stands twice")
        seen.add((r.code, r.valid_from))
