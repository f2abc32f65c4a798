"""What the holder of a lookup code may do: leave, and object. The code is all there is to show."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from ..domain.cases import Event
from ..domain.secrets import Secrets
from . import cases, intake, receipts
from .office import Office


def withdraw(
    session: Session,
    code: str,
    reason: str,
    secrets: Secrets,
    *,
    office: Office,
    now: datetime,
    today: date,
) -> list[str]:
    """The complainant leaves; returns the claims that end with it.

    Raises:
        NotFound: no code is like it.
        NotOpen: it was withdrawn before.
    """
    by = receipts.find(session, code, secrets)
    return intake.leave(session, by.name, reason, by=by, office=office, now=now, today=today)


def object_to(
    session: Session,
    code: str,
    claim: str,
    grounds: str,
    secrets: Secrets,
    *,
    office: Office,
    now: datetime,
    today: date,
) -> None:
    """The complainant objects to the result of a claim.

    Raises:
        NotFound: no code is like it, or the claim is not of this complaint.
        IllegalStep, NotOpen: the claim is not open to an objection.
    """
    by = receipts.find(session, code, secrets)
    said = {"grounds": grounds}
    cases.fire(session, claim, Event.OBJECT, said, by=by, office=office, now=now, today=today)
