"""Settle a claim: what both sides agreed to, and what it takes to be a settlement."""

from datetime import date

from sqlalchemy import select

from ..domain.case_codes import Outcome
from ..domain.errors import Invalid, Issue
from ..domain.parties import Side
from ..store.cases import Settlement
from ..store.contracts import Contract, Obligation
from . import fulfilment
from .conflicts import read_kinship
from .steps import Step


def settle(step: Step) -> None:
    """Tie a claim to the settlement both sides agreed to; its terms are watched like any other."""
    contract = _contract(step)
    assert contract is not None  # the guard has asked
    step.session.add(
        Settlement(
            claim_id=step.claim.id,
            contract_id=contract.id,
            agreed_on=date.fromisoformat(step.details["agreed_on"]),
            recorded_at=step.now,
            recorded_by=step.by.name,
        )
    )
    step.claim.outcome = Outcome.SETTLED.value


def broken(step: Step) -> None:
    """What was settled is open again."""
    step.claim.outcome = None


def why_not_agreed(step: Step) -> str:
    """Why something is no settlement of the claim; empty where it is one.

    Raises:
        Invalid: it is not named, or not on the register.
    """
    if step.details.get("contract") is None or "agreed_on" not in step.details:
        raise Invalid([Issue("/contract", "missing", "a settlement is a registered contract")])
    found = _contract(step)
    if found is None:
        raise Invalid([Issue("/contract", "unknown", "the settlement is not on the register")])
    agreed_on = date.fromisoformat(step.details["agreed_on"])
    if agreed_on > step.on:
        raise Invalid([Issue("/agreed_on", "future", "a settlement is recorded once agreed")])
    if agreed_on < found.signed_on:
        return "the settlement was agreed before it was signed"
    return _other_parties(step, found) or _nothing_to_watch(step, found)


def why_not_broken(step: Step) -> str:
    """Why a settlement is not broken; empty where a date of it has been missed."""
    settled = fulfilment.settlement_of(step.session, step.claim.id)
    if settled is not None and fulfilment.overdue_under(
        step.session, settled, step.office.statute, step.today
    ):
        return ""
    return "nothing of the settlement is overdue"


def _contract(step: Step) -> Contract | None:
    query = select(Contract).where(Contract.ulid == step.details["contract"])
    return step.session.scalars(query).one_or_none()


def _other_parties(step: Step, found: Contract) -> str:
    original = step.case.contract_id and step.session.get(Contract, step.case.contract_id)
    if original and found.id == original.id:
        return "the settlement is a contract of its own"
    if original and found.enterprise_id != original.enterprise_id:
        return "the settlement is with another enterprise"
    respondent = step.claim.respondent_id
    kinship = read_kinship(step.session, [respondent], step.on)
    if found.government_id not in kinship.kin(respondent):
        return "the settlement is with another body"
    taken = select(Settlement.claim_id).where(Settlement.contract_id == found.id)
    if step.session.scalar(taken) is not None:
        return "the contract settles a claim already"
    return ""


def _nothing_to_watch(step: Step, found: Contract) -> str:
    """A settlement whose terms have no date of the government side could never be broken."""
    query = select(Obligation.id).where(
        Obligation.contract_id == found.id,
        Obligation.obligor == Side.GOVERNMENT.value,
        Obligation.due_on.is_not(None) | Obligation.after_key.is_not(None),
    )
    if step.session.scalar(query.limit(1)) is None:
        return "the settlement sets the government side no date"
    return ""
