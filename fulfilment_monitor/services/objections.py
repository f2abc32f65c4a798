"""Objections: decided one level above the body that decided; until then the matter is contested."""

from ..domain.authority import Forbidden, Role
from ..domain.cases import Answer, State
from ..store.cases import Claim
from . import determinations
from .steps import Step

#: Who objects to what: each side to what went against it; the intake unit passes objections on.
_OBJECTS = {
    State.UNSUBSTANTIATED: frozenset({Role.COMPLAINANT, Role.INTAKE}),
    State.DETERMINED: frozenset({Role.RESPONDENT, Role.INTAKE}),
}


def is_open(claim: Claim, role: Role) -> bool:
    """Whether somebody in a role may object to what was decided of a claim, as it stands."""
    objects = role in _OBJECTS.get(State(claim.state), ())
    return objects and not claim.contested


def raised(step: Step) -> None:
    """Contested until decided: no new measure rests on it meanwhile."""
    if step.role not in _OBJECTS[step.transition.source]:
        raise Forbidden("nobody objects to what was decided in their favour")
    step.claim.contested = True


def decided(step: Step) -> None:
    """Upheld: verified anew, and a determination falls; rejected: it stands."""
    step.claim.contested = False
    upheld = step.transition.outcome == Answer.UPHELD
    if upheld and step.transition.source is State.DETERMINED:
        determinations.revoke(step)
