"""In which capacity somebody may do something to a claim: a post, and where it stands to it.

The first thing every verb of a case asks. What is not for this body is as if it did not exist.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Actor, Conflict, Forbidden, Role
from ..domain.errors import NotFound
from ..domain.kinship import Kinship
from ..domain.regions import covers
from ..store.cases import Case, Claim
from ..store.complaints import Complaint, ComplaintClaim
from ..store.organisations import Organisation
from . import routing
from .conflicts import refuse_conflict
from .kinship import read_kinship
from .office import Office

#: Capacities in which nobody near the respondent may act.
_NEUTRAL = frozenset(
    {
        Role.INTAKE,
        Role.CREDIT_LEAD,
        Role.HANDLER,
        Role.DIRECTOR,
        Role.SUPERVISOR,
        Role.REVIEWER,
        Role.CUSTODIAN,
    }
)
#: Posts in a body that speak for it when it is the respondent.
_OWN = frozenset({Role.CLERK, Role.HEAD, Role.RESPONDENT})


def refuse_function(roles: Iterable[Role], by: Actor) -> list[Role]:
    """Which of some capacities the actor holds at all, whatever the claim.

    Raises:
        Forbidden: none of them.
    """
    wanted = sorted(roles, key=list(Role).index)
    held = [r for r in wanted if r in by.roles or (r is Role.RESPONDENT and by.roles & _OWN)]
    if not held:
        raise Forbidden("needs: " + ", ".join(wanted), roles=[r.value for r in wanted])
    return held


def capacity(
    session: Session,
    case: Case,
    claim: Claim,
    roles: Iterable[Role],
    by: Actor,
    office: Office,
    today: date,
) -> Role:
    """The first of some capacities in which the actor stands to a claim.

    Raises:
        Forbidden: the actor holds none of these capacities.
        NotFound: the actor does, but not for this claim.
        Conflict: the actor would be the judge of its own cause, or of a body it lately served.
    """
    return Position(session, case, claim, by, office, today).capacity(roles)


def refuse_strangers(
    session: Session, case: Case, claim: Claim, by: Actor, office: Office, today: date
) -> None:
    """Keep a claim from everybody who stands to it in no capacity at all.

    Raises:
        NotFound: with the very words for a claim that is not there.
        Conflict: as `capacity`.
    """
    held = {r for r in _STANDS if r in by.roles or (r is Role.RESPONDENT and by.roles & _OWN)}
    if Role.SYSTEM in by.roles:
        return
    if not held:
        raise NotFound(f"no claim {claim.ulid}")
    capacity(session, case, claim, held, by, office, today)


# --- where a post stands to a claim -----------------------------------------------------------


class Position:
    """Where an actor stands to a claim today. Whoever asks much asks one: what was read is kept."""

    def __init__(
        self, session: Session, case: Case, claim: Claim, by: Actor, office: Office, today: date
    ) -> None:
        self.session = session
        self.case = case
        self.claim = claim
        self.by = by
        self.office = office
        self.today = today
        self._stands: dict[Role, bool] = {}

    def capacity(self, roles: Iterable[Role]) -> Role:
        """The first of some capacities in which the actor stands here; raises as `capacity`."""
        held = refuse_function(roles, self.by)
        if Role.SYSTEM in held:
            return Role.SYSTEM
        role = next((r for r in held if self.stands(r)), None)
        if role is None:
            raise NotFound(f"no claim {self.claim.ulid}")
        if role in _NEUTRAL and self.conflict is not None:
            raise self.conflict
        return role

    def stands(self, role: Role) -> bool:
        """Whether the actor's post is one for this claim."""
        if role not in self._stands:
            self._stands[role] = _STANDS[role](self)
        return self._stands[role]

    @cached_property
    def kinship(self) -> Kinship:
        """The families of the claim's bodies and of the actor's own."""
        claim = self.claim
        bodies = (claim.intake_id, claim.holder_id, claim.respondent_id, self.by.body)
        return read_kinship(self.session, (b for b in bodies if b is not None), self.today)

    @cached_property
    def leads(self) -> dict[str, int]:
        """The credit leads of the case's region and of those above it."""
        return routing.leads(self.session, self.case.region, self.today, self.office)

    @cached_property
    def conflict(self) -> Conflict | None:
        """Why the actor must keep away, if it must."""
        try:
            refuse_conflict(
                self.session,
                self.claim.respondent_id,
                self.by,
                self.today,
                recusal_months=self.office.policy.cases.recusal_months,
                kinship=self.kinship,
            )
        except Conflict as conflict:
            return conflict
        return None

    def speaks_for(self, body: int | None) -> bool:
        """Whether the actor's body answers for another today, or is it still."""
        if body is None or self.by.body is None:
            return False
        return self.kinship.answering(body) == self.by.body


def _intake(position: Position) -> bool:
    return position.speaks_for(position.claim.intake_id)


def _holder(position: Position) -> bool:
    return position.speaks_for(position.claim.holder_id)


def _credit_lead(position: Position) -> bool:
    """The credit lead of the case's region, or of one above it."""
    return position.by.body is not None and position.by.body in position.leads.values()


def _supervisor(position: Position) -> bool:
    if position.by.body is None:
        return False
    region = _region_of(position.session, position.by.body)
    return region is not None and covers(region, position.case.region)


def _reviewer(position: Position) -> bool:
    """The body one level above the one that decided, the nearest that is not near the respondent.

    Where no superior is registered, the credit lead of a region above that body's own.
    """
    holder, respondent = position.claim.holder_id, position.claim.respondent_id
    if holder is None or position.by.body is None:
        return False
    leads = position.leads
    kinship = read_kinship(position.session, [holder, respondent, *leads.values()], position.today)
    now = kinship.answering(holder)
    own = _region_of(position.session, now)
    higher = [b for code, b in leads.items() if b != now and not (own and covers(own, code))]
    ways = (b for b in (*kinship.above(now), *higher) if not kinship.near(b, respondent))
    return next(ways, None) == position.by.body


def _region_of(session: Session, body: int) -> str | None:
    return session.scalar(select(Organisation.region).where(Organisation.id == body))


def _respondent(position: Position) -> bool:
    return position.speaks_for(position.claim.respondent_id)


def _complainant(position: Position) -> bool:
    """Whoever holds the receipt acts under the pseudonym of the complaint."""
    query = (
        select(Complaint.id)
        .join(ComplaintClaim, ComplaintClaim.complaint_id == Complaint.id)
        .where(ComplaintClaim.claim_id == position.claim.id, Complaint.ulid == position.by.name)
    )
    return position.session.scalar(query) is not None


def _custodian(position: Position) -> bool:
    return _intake(position) or _credit_lead(position)


_STANDS: dict[Role, Callable[[Position], bool]] = {
    Role.INTAKE: _intake,
    Role.CREDIT_LEAD: _credit_lead,
    Role.HANDLER: _holder,
    Role.DIRECTOR: _holder,
    Role.SUPERVISOR: _supervisor,
    Role.REVIEWER: _reviewer,
    Role.RESPONDENT: _respondent,
    Role.COMPLAINANT: _complainant,
    Role.CUSTODIAN: _custodian,
}
