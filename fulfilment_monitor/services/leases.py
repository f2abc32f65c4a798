"""Who leads a job for now: a lease that runs out by itself, on either database."""

from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from ..store.once import insert_once
from ..store.sweeps import Lease


def take_lease(session: Session, name: str, owner: str, *, now: datetime, seconds: int) -> bool:
    """Whether `owner` leads now: nobody did, the old lease ran out, or it was theirs."""
    until = now + timedelta(seconds=seconds)
    row = {"name": name, "owner": owner, "until": until}
    if insert_once(session, Lease, [row], Lease.name):
        return True
    free = or_(Lease.owner == owner, Lease.until < now)
    statement = update(Lease).where(Lease.name == name, free).values(owner=owner, until=until)
    return session.execute(statement.returning(Lease.name)).first() is not None
