"""Jobs started by hand: by whom they may be, and that they were."""

from datetime import datetime

from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action
from ..domain.authority import Actor
from . import audit


def start(session: Session, job: str, *, by: Actor, now: datetime) -> None:
    """Put on the record that somebody starts a job; commit before it runs.

    Raises:
        Forbidden: the actor runs no jobs.
    """
    access.refuse(Action.JOB_RUN, by)
    audit.note(session, by, "job.start", "job", job, {}, now=now)
