"""Who works: each worker holds a lease of its own while it lives; it runs out by itself."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..store.sweeps import Lease
from .leases import take_lease

#: So long a worker that has shown no sign of life may still be about.
SECONDS = 60
#: So often it shows one.
EVERY_SECONDS = 15
_PREFIX = "worker."


def sign_in(session: Session, worker: str, *, now: datetime) -> None:
    """A worker shows that it is there; what is left of those long gone is cleared away."""
    gone = delete(Lease).where(Lease.name.startswith(_PREFIX), Lease.until < now)
    session.execute(gone)
    take_lease(session, _PREFIX + worker, worker, now=now, seconds=SECONDS)


def sign_out(session: Session, worker: str) -> None:
    """A worker that has done what it had begun goes."""
    session.execute(delete(Lease).where(Lease.name == _PREFIX + worker))


def list_workers(session: Session, *, now: datetime) -> list[str]:
    """Those that have shown themselves of late."""
    query = select(Lease.owner).where(Lease.name.startswith(_PREFIX), Lease.until >= now)
    return list(session.scalars(query.order_by(Lease.name)))
