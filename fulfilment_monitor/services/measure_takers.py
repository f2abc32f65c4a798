"""Each level's own catalogue of measures, who would impose them, and which levels have nobody.

Source: 发改财金〔2023〕1103号 三（五）: 各级信用牵头部门要参照建立政府失信惩戒机制.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from ..domain.bodies import MATTER_CHINESE, Matter
from ..domain.measures import Basis, Rule, Tier, seat
from ..domain.regions import covers
from ..store.organisations import Organisation
from .hierarchy import competent_body
from .office import Office


def catalogue_of(session: Session, region: str, on: date, office: Office) -> list[dict[str, Any]]:
    """The measures a level may draw on a day, each with its bases and the body that imposes it.

    A body further up stands in where the level has none of its own; it is then not `own`. The
    body that determined a breach imposes what rests on that, so there `imposer` is empty.
    """
    found = []
    for rule, basis in _held(region, on, office):
        here = seat(basis.tier, region)
        matter = basis.imposer
        competent = None
        if matter is not None and here is not None:
            competent = competent_body(session, matter, here, on, regions=office.regions)
        body = None if competent is None else session.get_one(Organisation, competent.body_id)
        found.append(
            {
                "code": rule.code,
                "label": rule.label,
                "source": basis.source,
                "region": basis.region or None,
                "level": basis.tier.value,
                "matter": None if matter is None else MATTER_CHINESE[matter],
                "imposer": None if body is None else {"uscc": body.code, "name": body.name},
                "own": competent is not None and competent.region == here,
            }
        )
    return found


def _held(region: str, on: date, office: Office) -> Iterator[tuple[Rule, Basis]]:
    for rule in office.measures.rules.values():
        for basis in rule.bases:
            if covers(basis.region, region) and basis.since <= on:
                yield rule, basis


def levels_without(session: Session, region: str, on: date, office: Office) -> list[dict[str, Any]]:
    """The levels right below a region with matters nobody of their own is competent for.

    What a level lacks of the measures it would impose itself; for the level above to look at.
    """
    found = []
    for below in office.regions.below(region, on):
        wanted = {
            basis.imposer: None
            for _, basis in _held(below.code, on, office)
            if basis.tier is Tier.OWN and basis.imposer is not None
        }
        missing = [m for m in wanted if not _own(session, m, below.code, on, office)]
        if missing:
            found.append(
                {
                    "region": below.code,
                    "name": below.name,
                    "missing": [MATTER_CHINESE[m] for m in missing],
                    "without_any": len(missing) == len(wanted),
                }
            )
    return found


def _own(session: Session, matter: Matter, region: str, on: date, office: Office) -> bool:
    found = competent_body(session, matter, region, on, regions=office.regions)
    return found is not None and found.region == region
