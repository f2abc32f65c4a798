"""What a caller names by its ULID, found within what it sees; and versions of what it read."""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..domain.access import Action
from ..domain.alerts import Policy
from ..domain.authority import Actor
from ..domain.duedates import under_decree
from ..domain.errors import NotFound, Refusal
from ..domain.interest import floor_findings
from ..domain.money import show_yuan
from ..domain.standings import standings_at
from ..store.contracts import Amendment, Contract, Obligation
from ..store.facts import Fact, FactAnswer
from .ledgers import hold_file, read_files
from .office import Office
from .registry import interest_of
from .sight import of_contracts, sight


class ContractChanged(Refusal):
    """Somebody else has written on the file since it was read."""

    code = "contract.changed"
    title = "The contract has changed since it was read"
    status = 412


class Named(NamedTuple):
    """An obligation: its contract's number, and its key there."""

    contract_id: int
    key: str


def obligation_in_sight(
    session: Session,
    action: Action,
    by: Actor,
    ulid: str,
    today: date,
    policy: Policy | None = None,
) -> Named:
    """The obligation of a ULID, for whom it is there; see `sight`.

    Raises:
        Forbidden: the actor has no such function.
        NotFound: there is none, or it is not for this actor: in the same words.
    """
    seen = of_contracts(session, sight(session, action, by, today, policy))
    query = (
        select(Obligation.contract_id, Obligation.key)
        .join(Contract, Contract.id == Obligation.contract_id)
        .where(Obligation.ulid == ulid, *seen)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise NotFound(f"no obligation {ulid}")
    return Named(found[0], found[1])


def version_of(session: Session, contract_id: int) -> int:
    """How much has been written on the file of a contract; nothing is ever taken off it."""
    answers = select(func.count()).select_from(FactAnswer).join(Fact, Fact.id == FactAnswer.fact_id)
    queries = (
        select(func.count()).select_from(Fact).where(Fact.contract_id == contract_id),
        answers.where(Fact.contract_id == contract_id),
        select(func.count()).select_from(Amendment).where(Amendment.contract_id == contract_id),
        select(func.count()).select_from(Obligation).where(Obligation.contract_id == contract_id),
    )
    return sum(session.scalar(q) or 0 for q in queries)


def refuse_changed(session: Session, contract_id: int, version: str) -> None:
    """Keep the file until this transaction ends, if it is still as it was read.

    Raises:
        ContractChanged: it is not.
    """
    hold_file(session, contract_id)
    newest = version_of(session, contract_id)
    if version != str(newest):
        raise ContractChanged(f"version {version} was read, {newest} is the newest")


def interest_on(session: Session, named: Named, *, as_of: date, office: Office) -> dict[str, Any]:
    """Late interest (测算) on one obligation as of a day; nothing runs where nothing is late."""
    file = read_files(session, [named.contract_id])[named.contract_id]
    ledger = file.ledger(office.statute)
    standing = standings_at(ledger, as_of).get(named.key)
    if standing is None:
        raise NotFound(f"no obligation {named.key} of this contract on {as_of}")
    found = interest_of(ledger, standing, as_of)
    due_on, contract = standing.due.on, ledger.contract
    shown: dict[str, Any] = {
        "obligation": named.key,
        "as_of": as_of.isoformat(),
        "due_on": None if due_on is None else due_on.isoformat(),
        "state": standing.state.value,
        "total": "0.00" if found is None else show_yuan(found.total_fen),
        "rate": None if found is None or found.rate is None else found.rate.shown,
        "rate_basis": None if found is None or found.rate is None else found.rate.basis,
        "segments": [],
        "findings": [],
    }
    if found is None:
        return shown
    shown["segments"] = [
        {
            "from": s.from_on.isoformat(),
            "to": s.to_on.isoformat(),
            "days": s.days,
            "remaining": show_yuan(s.remaining_fen),
            "amount": show_yuan(s.fen),
        }
        for s in found.segments
    ]
    in_scope = under_decree(contract)
    below = floor_findings(
        contract.signed_on, contract.annual_rate, office.statute, in_scope=in_scope
    )
    issues = (*found.findings, *below)
    shown["findings"] = [i._asdict() for i in issues]
    return shown


def ulid_of(session: Session, contract_id: int) -> str:
    """The ULID of a contract that is there."""
    return session.scalars(select(Contract.ulid).where(Contract.id == contract_id)).one()
