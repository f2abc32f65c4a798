"""How far somebody sees in the register: as conditions of a query, and for one contract.

Every list, search, count and export of a door passes one of these; what lies outside is as if it
did not exist.
"""

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action, Reach
from ..domain.alerts import Policy
from ..domain.authority import Actor, Forbidden, Role
from ..domain.bodies import Matter
from ..domain.errors import NotFound
from ..domain.regions import stem
from ..store.cases import Case, Claim
from ..store.contracts import Contract
from ..store.organisations import Competence, Organisation
from ..store.sets import among
from .conflicts import kept_from
from .hierarchy import holds_on, subtree
from .kinship import answered_for

#: So many bodies are asked for one by one sooner than among the newest of everybody.
_FEW = 3


class Sight(NamedTuple):
    """What an actor sees for one action."""

    everything: bool = False
    #: Bodies whose contracts are seen, the own one and those it answers for among them.
    bodies: frozenset[int] = frozenset()
    #: First digits of the regions seen; an empty one is the whole country.
    stems: frozenset[str] = frozenset()
    enterprise: int | None = None
    #: Bodies that hold or took in the claims through which contracts are seen.
    desks: frozenset[int] = frozenset()
    #: Respondents whose claims lead to no contract: the reader must keep away from their cases.
    kept_from: frozenset[int] = frozenset()

    @property
    def is_narrow(self) -> bool:
        """Whether the indexes lead to what is seen at once: an enterprise, or a few bodies."""
        wide = self.everything or self.stems or self.desks
        return not wide and len(self.bodies) <= _FEW


#: For the service itself, and for who works at the machine.
ALL = Sight(everything=True)


def sight(
    session: Session, action: Action, by: Actor, today: date, policy: Policy | None = None
) -> Sight:
    """What an actor sees for an action, today.

    Args:
        policy: how long somebody keeps away from a body that was served; without it nothing is
            seen through claims.

    Raises:
        Forbidden: nothing, for none of the actor's capacities has this function.
    """
    reach = access.refuse(action, by)
    if Reach.ALL in reach or Reach.FREE in reach:
        return ALL
    if by.body is None:
        return Sight()
    bodies: set[int] = set()
    if reach & {Reach.OWN, Reach.SUBTREE}:
        bodies |= answered_for(session, by.body, today)
    if Reach.SUBTREE in reach:
        bodies |= subtree(session, by.body, today)
    found = Sight(
        bodies=frozenset(bodies),
        stems=stems_of(session, by, today) if Reach.REGION in reach else frozenset(),
        enterprise=by.body if Reach.ENTERPRISE in reach else None,
    )
    if Reach.CASE not in reach or policy is None:
        return found
    away = kept_from(session, by, today, recusal_months=policy.cases.recusal_months)
    desks = frozenset(answered_for(session, by.body, today))
    return found._replace(desks=desks, kept_from=frozenset(away))


def stems_of(session: Session, by: Actor, today: date) -> frozenset[str]:
    """First digits of the regions a credit lead leads, and of that of a supervisor's body."""
    found: list[str] = []
    if Role.CREDIT_LEAD in by.roles and by.body is not None:
        led = select(Competence.region).where(
            among(session, Competence.body_id, answered_for(session, by.body, today)),
            Competence.matter == Matter.CREDIT_LEAD.value,
            holds_on(Competence, today),
        )
        found += session.scalars(led)
    if Role.SUPERVISOR in by.roles:
        body = session.get(Organisation, by.body)
        if body is not None and body.region is not None:
            found.append(body.region)
    return frozenset(stem(region) for region in found)


def of_contracts(session: Session, seen: Sight) -> list[ColumnElement[bool]]:
    """Conditions on `Contract`: none for who sees everything."""
    if seen.everything or "" in seen.stems:
        return []
    ways: list[ColumnElement[bool]] = [Contract.region.startswith(s) for s in sorted(seen.stems)]
    if seen.bodies:
        ways.append(among(session, Contract.government_id, seen.bodies))
    if seen.enterprise is not None:
        ways.append(Contract.enterprise_id == seen.enterprise)
    if seen.desks:
        ways.append(Contract.id.in_(of_desks(session, seen)))
    return [or_(*ways)] if ways else [false()]


def of_desks(session: Session, seen: Sight) -> Select[Any]:
    """The contracts seen through claims that are held or were taken in.

    As of the cases themselves, those of which somebody keeps away are not there.
    """
    held = or_(
        among(session, Claim.holder_id, seen.desks), among(session, Claim.intake_id, seen.desks)
    )
    query = select(Case.contract_id).join(Claim, Claim.case_id == Case.id).where(held)
    query = query.where(~among(session, Claim.respondent_id, seen.kept_from))
    return query.where(Case.contract_id.is_not(None))


def contract_in_sight(
    session: Session,
    action: Action,
    by: Actor,
    ulid: str,
    today: date,
    policy: Policy | None = None,
) -> int:
    """The number of a contract an actor may do something with; see `sight`.

    Raises:
        Forbidden: the actor has no such function.
        NotFound: there is no such contract, or it is not for this actor: in the same words.
    """
    seen = of_contracts(session, sight(session, action, by, today, policy))
    found = session.scalar(select(Contract.id).where(Contract.ulid == ulid, *seen))
    if found is None:
        raise NotFound(f"no contract {ulid}")
    return found


def refuse_contract(
    session: Session, action: Action, by: Actor, contract_id: int, today: date
) -> None:
    """The first line of every verb on a contract.

    Raises:
        Forbidden: the actor has no such function.
        NotFound: it is not for this actor, in the words for one that does not exist.
    """
    if not sees_contract(session, action, by, contract_id, today):
        ulid = session.scalar(select(Contract.ulid).where(Contract.id == contract_id))
        raise NotFound(f"no contract {ulid}")


def sees_contract(
    session: Session,
    action: Action,
    by: Actor,
    contract_id: int,
    today: date,
    policy: Policy | None = None,
) -> bool:
    """Whether a contract is one an actor may do something with; see `sight`.

    Raises:
        Forbidden: the actor has no such function.
    """
    if by.is_service:
        return True
    seen = of_contracts(session, sight(session, action, by, today, policy))
    query = select(Contract.id).where(Contract.id == contract_id, *seen)
    return session.scalar(query) is not None


def refuse_body(session: Session, action: Action, by: Actor, codes: set[str], today: date) -> None:
    """The first line of every verb that enters contracts of some bodies.

    Raises:
        Forbidden: the actor has no such function, or has it for other bodies only.
    """
    own = bodies_of(session, action, by, today)
    foreign = set() if own is None else codes - own.keys()
    if foreign:
        raise Forbidden("a body registers its own contracts", bodies=sorted(foreign))


def bodies_of(
    session: Session, action: Action, by: Actor, today: date
) -> dict[str, Organisation] | None:
    """The bodies an actor may do something for, by code; None where it is all there are.

    Raises:
        Forbidden: the actor has no such function.
    """
    seen = sight(session, action, by, today)
    if seen.everything:
        return None
    query = select(Organisation).where(among(session, Organisation.id, seen.bodies))
    return {body.code: body for body in session.scalars(query.order_by(Organisation.id))}
