"""Every timer anew, of obligations and of cases: when a policy changes, or a sweep goes back."""

from sqlalchemy.orm import Session

from . import case_clocks, duties
from .office import Office


def rebuild(session: Session, office: Office) -> int:
    """Make all timers from the duties and clocks that hold; returns how many duties there are."""
    count = duties.rebuild_timers(session, office.policy)
    return count + case_clocks.rebuild(session, office)
