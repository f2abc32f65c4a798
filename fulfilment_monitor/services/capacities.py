"""In which capacity somebody may do something to a claim: a post, and where it stands to it.

The first thing every verb of a case asks. What is not for this body is as if it did not exist.
"""

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..domain.authority import Actor, Forbidden, Role
from ..domain.errors import NotFound
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
    held = refuse_function(roles, by)
    if Role.SYSTEM in held:
        return Role.SYSTEM
    view = _View(session, case, claim, by, office, today)
    role = next((r for r in held if _STANDS[r](view)), None)
    if role is None:
        raise NotFound(f"no claim {claim.ulid}")
    if role in _NEUTRAL:
        months = office.policy.cases.recusal_months
        refuse_conflict(session, claim.respondent_id, by, today, recusal_months=months)
    return role


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


class _View(NamedTuple):
    session: Session
    case: Case
    claim: Claim
    by: Actor
    office: Office
    today: date

    def speaks_for(self, body: int | None) -> bool:
        """Whether the actor's body answers for another today, or is it still."""
        if body is None or self.by.body is None:
            return False
        kinship = read_kinship(self.session, [body], self.today)
        return kinship.answering(body) == self.by.body


def _intake(view: _View) -> bool:
    return view.speaks_for(view.claim.intake_id)


def _holder(view: _View) -> bool:
    return view.speaks_for(view.claim.holder_id)


def _credit_lead(view: _View) -> bool:
    """The credit lead of the case's region, or of one above it."""
    if view.by.body is None:
        return False
    found = routing.leads(view.session, view.case.region, view.today, view.office)
    return view.by.body in found.values()


def _supervisor(view: _View) -> bool:
    if view.by.body is None:
        return False
    region = _region_of(view.session, view.by.body)
    return region is not None and covers(region, view.case.region)


def _reviewer(view: _View) -> bool:
    """The body one level above the one that decided, the nearest that is not near the respondent.

    Where no superior is registered, the credit lead of a region above that body's own.
    """
    holder, respondent = view.claim.holder_id, view.claim.respondent_id
    if holder is None or view.by.body is None:
        return False
    leads = routing.leads(view.session, view.case.region, view.today, view.office)
    kinship = read_kinship(view.session, [holder, respondent, *leads.values()], view.today)
    now = kinship.answering(holder)
    own = _region_of(view.session, now)
    higher = [b for code, b in leads.items() if b != now and not (own and covers(own, code))]
    ways = (b for b in (*kinship.above(now), *higher) if not kinship.near(b, respondent))
    return next(ways, None) == view.by.body


def _region_of(session: Session, body: int) -> str | None:
    return session.scalar(select(Organisation.region).where(Organisation.id == body))


def _respondent(view: _View) -> bool:
    return view.speaks_for(view.claim.respondent_id)


def _complainant(view: _View) -> bool:
    """Whoever holds the receipt acts under the pseudonym of the complaint."""
    query = (
        select(Complaint.id)
        .join(ComplaintClaim, ComplaintClaim.complaint_id == Complaint.id)
        .where(ComplaintClaim.claim_id == view.claim.id, Complaint.ulid == view.by.name)
    )
    return view.session.scalar(query) is not None


def _custodian(view: _View) -> bool:
    return _intake(view) or _credit_lead(view)


_STANDS: dict[Role, Callable[[_View], bool]] = {
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
