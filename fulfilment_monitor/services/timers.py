"""Every timer anew, of all that is watched: a policy changed, or a sweep goes back."""

from sqlalchemy.orm import Session

from . import case_clocks, duties, help_clocks, measure_clocks
from .office import Office


def rebuild(session: Session, office: Office) -> int:
    """Make all timers from the duties and clocks that hold; returns how many duties there are."""
    count = duties.rebuild_timers(session, office.policy)
    count += case_clocks.rebuild(session, office)
    count += help_clocks.rebuild(session, office)
    return count + measure_clocks.rebuild(session, office)
