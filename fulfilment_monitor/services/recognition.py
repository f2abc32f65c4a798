"""Know an enterprise that complained under a pseudonym, once the register names it anyway.

Until the register holds a contract of it with the body it complains of, only a keyed hash of its
code tells that the same enterprise complains. From then on it is looked after like any other.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import SWEEP
from ..domain.complaints import party_of
from ..domain.secrets import Purpose, Secrets
from ..store.cases import Claim
from ..store.complaints import Complaint, ComplaintClaim
from ..store.contracts import Contract
from ..store.organisations import Organisation
from ..store.sets import among
from . import audit
from .kinship import read_kinship


def recognise(session: Session, secrets: Secrets, *, now: datetime, today: date) -> int:
    """Put the enterprise to each complaint whose contract has come on the register; how many."""
    waiting = _under_a_pseudonym(session)
    if not waiting:
        return 0
    kinship = read_kinship(session, set().union(*waiting.values()), today)
    near = {n: set().union(*map(kinship.kin, bodies)) for n, bodies in waiting.items()}
    partners = _partners(session, set().union(*near.values()), secrets)
    complaints = select(Complaint).where(among(session, Complaint.id, waiting))
    found = 0
    for complaint in session.scalars(complaints.order_by(Complaint.id)):
        mark = complaint.declared["party"]
        known = {partners[b, mark] for b in near[complaint.id] if (b, mark) in partners}
        if known:
            complaint.enterprise_id = known.pop()  # one code, one enterprise
            said = {"party": "registered"}
            audit.note(
                session, SWEEP, "complaint.party", "complaint", complaint.ulid, said, now=now
            )
            found += 1
    session.flush()
    return found


def _under_a_pseudonym(session: Session) -> Mapping[int, set[int]]:
    """By complaint, the bodies it is about."""
    query = (
        select(Complaint.id, Claim.respondent_id)
        .join(ComplaintClaim, ComplaintClaim.complaint_id == Complaint.id)
        .join(Claim, Claim.id == ComplaintClaim.claim_id)
        .where(
            Complaint.enterprise_id.is_(None),
            Complaint.declared["party"].as_string().is_not(None),
        )
    )
    found: dict[int, set[int]] = defaultdict(set)
    for complaint, body in session.execute(query):
        found[complaint].add(body)
    return found


def _partners(
    session: Session, bodies: Collection[int], secrets: Secrets
) -> Mapping[tuple[int, str], int]:
    """By body and pseudonym, the enterprises the register holds contracts of with some bodies."""
    query = (
        select(Contract.government_id, Organisation.id, Organisation.code)
        .join(Organisation, Organisation.id == Contract.enterprise_id)
        .where(among(session, Contract.government_id, bodies))
        .distinct()
    )
    return {
        (body, hashed.content.hex()): enterprise
        for body, enterprise, code in session.execute(query)
        for hashed in secrets.macs(Purpose.DIGEST, party_of(code))
    }
