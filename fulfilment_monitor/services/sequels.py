"""What stands beside a claim and what followed from it, for officers who may see the claim."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from ..domain.case_codes import Supervision, label
from ..domain.money import show_yuan_or_none
from ..store.cases import Case, Claim, ClaimEvent, SupervisionAct
from ..store.evidence import EvidenceFile
from ..store.organisations import Organisation
from ..store.people import Person
from ..store.records import CreditEntry, Finding, Measure
from .evidence import name_given
from .measure_answers import is_said_to_end
from .office import Office

Row = dict[str, Any]


def sequels(session: Session, claim_ulid: str, office: Office) -> dict[str, list[Row]]:
    """Everything that hangs on a claim, each kind oldest first; ask only for who sees the claim."""
    claim = session.scalars(select(Claim).where(Claim.ulid == claim_ulid)).one()
    return {
        "supervision": _supervision(session, claim.id),
        "findings": _findings(session, claim.id),
        "records": _records(session, claim.id),
        "measures": _measures(session, claim.id, office),
        "evidence": _evidence(session, claim.id),
    }


def contract_of(session: Session, case_ulid: str) -> int | None:
    """The number of the contract a case is about, where it is on the register."""
    return session.scalar(select(Case.contract_id).where(Case.ulid == case_ulid))


def _supervision(session: Session, claim_id: int) -> list[Row]:
    query = (
        select(SupervisionAct, Organisation.name)
        .outerjoin(Organisation, Organisation.id == SupervisionAct.to_body_id)
        .where(SupervisionAct.claim_id == claim_id)
        .order_by(SupervisionAct.id)
    )
    return [
        {
            "id": act.ulid,
            "step": act.step,
            "step_name": label(Supervision(act.step)),
            "declined": act.declined,
            "number": act.number,
            "text": act.text,
            "to": to,
            "on": act.on.isoformat(),
            "signed_by": act.signed_by,
        }
        for act, to in session.execute(query)
    ]


def _findings(session: Session, claim_id: int) -> list[Row]:
    """Determinations, each with the two people who made it."""
    first, second = aliased(Person), aliased(Person)
    query = (
        select(Finding, first.handle, second.handle)
        .join(first, first.id == Finding.proposed_by)
        .outerjoin(second, second.id == Finding.decided_by)
        .where(Finding.claim_id == claim_id)
        .order_by(Finding.id)
    )
    return [
        {
            "id": f.ulid,
            "breach": f.breach,
            "article": f.article,
            "facts": f.facts,
            "excuse": f.excuse,
            "serious": f.serious,
            "amount": show_yuan_or_none(f.amount_fen),
            "proposed_by": proposer,
            "decided_by": approver,
            "approved": f.approved,
            "document_no": f.document_no,
        }
        for f, proposer, approver in session.execute(query)
    ]


def _records(session: Session, claim_id: int) -> list[Row]:
    query = (
        select(CreditEntry, Organisation.code)
        .join(Organisation, Organisation.id == CreditEntry.body_id)
        .where(CreditEntry.claim_id == claim_id)
        .order_by(CreditEntry.id)
    )
    return [
        {
            "id": e.ulid,
            "uscc": code,
            "stream": e.stream,
            "kind": e.kind,
            "on": e.effective_on.isoformat(),
            "amount": show_yuan_or_none(e.amount_fen),
            "source_no": e.source_no,
            "reason": e.reason,
        }
        for e, code in session.execute(query)
    ]


def _measures(session: Session, claim_id: int, office: Office) -> list[Row]:
    query = (
        select(Measure, Organisation.name)
        .join(CreditEntry, CreditEntry.id == Measure.entry_id)
        .join(Organisation, Organisation.id == Measure.imposer_id)
        .where(CreditEntry.claim_id == claim_id)
        .order_by(Measure.id)
    )
    return [
        {
            "id": m.ulid,
            "label": office.measures.label(m.code),
            "imposer": imposer,
            "basis": m.basis,
            "state": m.state,
            "starts_on": m.starts_on and m.starts_on.isoformat(),
            "ended_on": _ended(m),
        }
        for m, imposer in session.execute(query)
    ]


def _ended(measure: Measure) -> str | None:
    """The day it ended, once two people have said so."""
    if measure.ended_on is None or is_said_to_end(measure):
        return None
    return measure.ended_on.isoformat()


def _evidence(session: Session, claim_id: int) -> list[Row]:
    """The files its steps rest on, by the digests that were named with them.

    A digest alone tells nothing: of a file that nobody who named it has brought, not even that it
    is there.
    """
    query = select(ClaimEvent.actor, ClaimEvent.details).where(ClaimEvent.claim_id == claim_id)
    who: dict[str, list[str]] = {}
    for actor, details in session.execute(query.order_by(ClaimEvent.seq)):
        for digest in details.get("evidence", ()):
            who.setdefault(digest, []).append(actor)
    called = {digest: name_given(session, digest, people) for digest, people in who.items()}
    brought = [digest for digest, name in called.items() if name is not None]
    found = session.scalars(select(EvidenceFile).where(EvidenceFile.sha256.in_(brought)))
    files = {row.sha256: row for row in found}
    return [
        {
            "sha256": digest,
            "name": name,
            "size": files[digest].size if digest in files else None,
            "state": files[digest].state if digest in files else None,
        }
        for digest, name in called.items()
    ]
