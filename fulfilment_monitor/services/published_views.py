"""What was published of a contract beyond what the register models."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.ocds.codes import EXTENSION
from ..domain.ocds.dates import in_order
from ..domain.ocds.values import by_id, ident, impersonal, obj, objs, parsed, spelled
from ..store.publications import Publication, PublishedContract

_COMPACT = ("id", "title", "type", "code", "status", "dueDate", "dateMet", "date", "value")
_MODELLED = frozenset(
    {
        *("id", "awardID", "title", "description", "value", "dateSigned", "status", "period"),
        *("implementation", "milestones", "amendments", "amendment", "agreedMetrics", EXTENSION),
    }
)


def show_published(session: Session, contract_id: int) -> dict[str, Any] | None:
    """What was published of a contract beyond what the register models; None for one of ours."""
    row = session.get(PublishedContract, contract_id)
    if row is None:
        return None
    query = select(Publication.body).where(Publication.ocid == row.ocid).order_by(Publication.id)
    releases = in_order(parsed(body["release"]) for body in session.scalars(query))
    return {
        "ocid": row.ocid,
        "ocds_id": row.ocds_id,
        "releases": [_release(r) for r in releases],
        "ends": _ends(releases, row.ocds_id),
        **compact(obj(parsed(row.compiled["contract"]))),
    }


def _release(release: dict[str, Any]) -> dict[str, Any]:
    return {"id": ident(release.get("id")), "date": release.get("date"), "tag": release.get("tag")}


def _ends(releases: list[dict[str, Any]], ocds_id: str) -> list[dict[str, Any]]:
    """Every end of the contract that was published, the first one first."""
    found: list[dict[str, Any]] = []
    for release in releases:
        contract = by_id(objs(release.get("contracts")), ocds_id)
        end = obj(contract.get("period")).get("endDate")
        if isinstance(end, str) and (not found or found[-1]["end"] != end):
            found.append({"release": ident(release.get("id")), "end": end})
    return found


def compact(contract: dict[str, Any]) -> dict[str, Any]:
    """A published contract for reading: what is modelled in short, the rest by what it is."""
    work = obj(contract.get("implementation"))
    kept = {k: v for k, v in contract.items() if k not in _MODELLED}
    kept |= {
        f"implementation/{k}": v
        for k, v in work.items()
        if k not in ("milestones", "transactions", "performanceFailures", "metrics")
    }
    whole = {
        "status": contract.get("status"),
        "description": contract.get("description"),
        "period": contract.get("period"),
        "milestones": [
            *(_short(m) for m in objs(work.get("milestones"))),
            *({**_short(m), "of": "contract"} for m in objs(contract.get("milestones"))),
        ],
        "transactions": [_transaction(t) for t in objs(work.get("transactions"))],
        "amendments": contract.get("amendments") or [],
        "performance_failures": work.get("performanceFailures") or [],
        "metrics": [*objs(contract.get("agreedMetrics")), *objs(work.get("metrics"))],
        "also_kept": {k: len(v) if isinstance(v, list) else 1 for k, v in sorted(kept.items())},
    }
    result: dict[str, Any] = spelled(impersonal(whole))
    return result


def _short(member: dict[str, Any]) -> dict[str, Any]:
    return {k: member[k] for k in _COMPACT if member.get(k) is not None}


def _transaction(paid: dict[str, Any]) -> dict[str, Any]:
    linked = obj(paid.get("relatedImplementationMilestone")).get("id")
    parties = {k: obj(paid.get(k)).get("name") for k in ("payer", "payee")}
    return {**_short(paid), **parties, "milestone": linked}
