"""Repair of a credit record: asked with evidence, decided by a second person, never by waiting.

The respondent applies, or the determining body begins it ex officio. Somebody of that body looks
into it, another decides; both confirmations have their own evidence, and the obligation must in
fact be fulfilled. Source: 发改财金〔2023〕1103号 三（六）.
"""

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Role
from ..domain.case_codes import Stream
from ..domain.errors import Invalid, Issue, NotOpen
from ..domain.regions import covers
from ..store.cases import Case, Claim
from ..store.ids import new_ulid
from ..store.organisations import Organisation
from ..store.records import CreditEntry, Repair
from . import fulfilment, notices, records
from .office import Office
from .steps import Step


def ask(step: Step) -> None:
    """Apply for repair; by an officer of the determining body: look into it, or begin it.

    Raises:
        NotOpen: there is no open record, or an application is being looked into already.
        Invalid: an application comes without evidence.
    """
    entry = records.open_entry(step.session, step.claim.id)
    if entry is None:
        raise NotOpen("there is no open record")
    evidence = step.details.get("evidence", [])
    if not evidence:
        raise Invalid([Issue("/evidence", "missing", "name what shows the performance")])
    officer = step.by.person if step.role is Role.HANDLER else None
    pending = asked(step)
    if pending is not None:
        if officer is None or pending.prepared_by is not None:
            raise NotOpen("an application is open")
        pending.prepared_by = officer
        pending.evidence = [*pending.evidence, *evidence]
        return
    step.session.add(
        Repair(
            ulid=new_ulid(step.now),
            entry_id=entry.id,
            claim_id=step.claim.id,
            asked_by=step.by.name,
            ex_officio=officer is not None,
            evidence=evidence,
            asked_on=step.on,
            prepared_by=officer,
        )
    )


def confirm(step: Step) -> None:
    """Confirmed: the wrong is corrected and the obligation performed, each with its own word."""
    found = asked(step)
    assert found is not None  # the guard has asked
    found.confirmed = True
    found.corrected, found.performed = step.details["corrected"], step.details["performed"]
    found.evidence = [*found.evidence, *step.details.get("evidence", [])]
    _decide(step, found)
    records.repair(step)
    notices.told_result(
        step.session, "result.repaired", step.claim, step.case, step.office, {},
        on=step.on, now=step.now, upward=True,
    )  # fmt: skip


def decline(step: Step) -> None:
    """Not yet; the application stays on record with the reason."""
    found = asked(step)
    assert found is not None  # the guard has asked
    found.confirmed, found.reason = False, step.details["reason"]
    _decide(step, found)


def asked(step: Step) -> Repair | None:
    """The application for repair that is not decided."""
    query = select(Repair).where(Repair.claim_id == step.claim.id, Repair.decided_on.is_(None))
    return step.session.scalars(query).one_or_none()


def guidance(session: Session, region: str, today: date, office: Office) -> list[dict[str, Any]]:
    """Every effective determined record of a region, with what is missing before its repair.

    Source: 发改财金〔2023〕1103号 三（六）: the credit lead guides, the determining body repairs.
    """
    query = (
        select(CreditEntry, Claim, Organisation.code, Organisation.name)
        .join(Claim, Claim.id == CreditEntry.claim_id)
        .join(Case, Case.id == Claim.case_id)
        .join(Organisation, Organisation.id == CreditEntry.body_id)
        .add_columns(Case.region)
        .where(records.is_open(), CreditEntry.stream == Stream.BREACH.value)
        .order_by(CreditEntry.id)
    )
    return [
        {
            "record": entry.ulid,
            "document_no": entry.source_no,
            "body": {"uscc": code, "name": name},
            "claim": claim.ulid,
            "listed_on": entry.effective_on.isoformat(),
            "determined_by": entry.content.get("determined_by"),
            "missing": _missing(session, claim, today, office),
        }
        for entry, claim, code, name, place in session.execute(query)
        if covers(region, place)
    ]


def _missing(session: Session, claim: Claim, today: date, office: Office) -> list[str]:
    found = [
        f"未履行：{title}" for title in fulfilment.unmet(session, claim, office.statute, today)
    ]
    query = select(Repair).where(Repair.claim_id == claim.id, Repair.decided_on.is_(None))
    pending = session.scalars(query).one_or_none()
    if claim.contested:
        found.append("异议尚未决定")
    if pending is None:
        found.append("尚未申请修复")
    elif pending.prepared_by is None:
        found.append("认定部门尚未核查")
    else:
        found.append("认定部门尚未确认")
    return found


def _decide(step: Step, found: Repair) -> None:
    found.decided_by, found.decided_on = step.by.person, step.on
