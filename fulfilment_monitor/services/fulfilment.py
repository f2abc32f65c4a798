"""Whether what a claim is about has in fact been done: by facts, never by the debtor's word alone.

The same question ends a case as rectified, keeps a kept settlement from ever becoming a record,
and opens the way to repair.
"""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.case_codes import Verification
from ..domain.cases import Event
from ..domain.facts import FactKind, Source
from ..domain.ledger import Ledger
from ..domain.parties import Side
from ..domain.standings import standings_at
from ..domain.states import MET, Standing, State
from ..domain.statute import Statute
from ..store.cases import Claim, ClaimEvent, Settlement
from ..store.contracts import Obligation
from .ledgers import read_files

#: Whose word on a performance by the government side is enough.
_VOUCH = frozenset({Source.ENTERPRISE, Source.TREASURY, Source.BANK, Source.COURT})
#: What is owed under a claim that no registered obligation stands for.
UNREGISTERED = "未登记的义务"


def unmet(session: Session, claim: Claim, statute: Statute, on: date) -> list[str]:
    """What is still owed on a day: titles of obligations; empty where all is done.

    A settlement takes the place of what was owed first. Once it exists, only its own performance
    counts, or that of the first debt itself: a debt waived for a settlement is not performed.
    """
    settled = settlement_of(session, claim.id)
    if settled is not None:
        left = owed_under(session, settled, statute, on)
        return left if left and not _performed(session, claim, statute, on) else []
    if claim.obligation_id is None:
        return [claim.matter or UNREGISTERED]
    ledger, standing = _standing(session, claim.obligation_id, statute, on)
    if is_met(ledger, standing) or _confirmed_part_paid(session, claim, standing, statute):
        return []
    return [standing.obligation.title]


def owed_fen(session: Session, claim: Claim, statute: Statute, on: date) -> int | None:
    """What the obligation of a claim still comes to on a day; None where no amount is agreed."""
    if claim.obligation_id is None:
        return None
    return _standing(session, claim.obligation_id, statute, on)[1].remaining_fen


def settlement_of(session: Session, claim_id: int) -> int | None:
    """The contract of the latest settlement of a claim."""
    query = (
        select(Settlement.contract_id)
        .where(Settlement.claim_id == claim_id)
        .order_by(Settlement.recorded_at.desc(), Settlement.contract_id.desc())
        .limit(1)
    )
    return session.scalar(query)


def owed_under(session: Session, contract_id: int, statute: Statute, on: date) -> list[str]:
    """What the government side has not done under a contract by a day."""
    ledger = read_files(session, [contract_id])[contract_id].ledger(statute)
    standings = standings_at(ledger, on).values()
    ours = [s for s in standings if s.obligation.obligor is Side.GOVERNMENT]
    return [s.obligation.title for s in ours if not is_met(ledger, s)]


def overdue_under(session: Session, contract_id: int, statute: Statute, on: date) -> bool:
    """Whether the government side has missed a date of a contract."""
    ledger = read_files(session, [contract_id])[contract_id].ledger(statute)
    return any(
        s.state is State.OVERDUE and s.obligation.obligor is Side.GOVERNMENT
        for s in standings_at(ledger, on).values()
    )


def is_met(ledger: Ledger, standing: Standing) -> bool:
    """Met, and not by the word of the government side alone.

    A payment counts only once it is backed; anything else needs the enterprise, a court or a bank.
    """
    if standing.state not in MET:
        return False
    if standing.state is State.WAIVED or standing.obligation.is_payment:
        return True
    said = ledger.facts.get(standing.obligation.key, ())
    return standing.agreed_by_both or any(
        f.kind is FactKind.PERFORMED and f.by in _VOUCH and not f.is_disputed for f in said
    )


def _performed(session: Session, claim: Claim, statute: Statute, on: date) -> bool:
    if claim.obligation_id is None:
        return False
    ledger, standing = _standing(session, claim.obligation_id, statute, on)
    return standing.state is not State.WAIVED and is_met(ledger, standing)


def _standing(
    session: Session, obligation_id: int, statute: Statute, on: date
) -> tuple[Ledger, Standing]:
    obligation = session.get_one(Obligation, obligation_id)
    file = read_files(session, [obligation.contract_id])[obligation.contract_id]
    ledger = file.ledger(statute)
    return ledger, standings_at(ledger, on)[obligation.key]


def _confirmed_part_paid(
    session: Session, claim: Claim, standing: Standing, statute: Statute
) -> bool:
    """部分属实: paid as far as it was confirmed; the rest was found not to be owed."""
    partly = claim.verification == Verification.PARTLY_TRUE.value
    if not partly or claim.confirmed_fen is None or standing.remaining_fen is None:
        return False
    found = (Event.FIND_SUBSTANTIATED.value, Event.RECORD_JUDGMENT.value)
    query = (
        select(ClaimEvent.on)
        .where(ClaimEvent.claim_id == claim.id, ClaimEvent.event.in_(found))
        .order_by(ClaimEvent.seq.desc())
        .limit(1)
    )
    found_on = session.scalar(query)
    if found_on is None:
        return False
    owed = owed_fen(session, claim, statute, found_on)
    return owed is not None and standing.remaining_fen <= owed - claim.confirmed_fen
