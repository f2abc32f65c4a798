"""One-time codes and closed accounts, for whoever sees to accounts: administrators and firms."""

from ..house import keys_of
from ..premises import premises
from ..services import accounts
from ..services.accounts import Issued
from .guard import actor


def new_code(handle: str) -> Issued:
    """A new one-time code, shown once; what the account signed in with counts no more."""
    house, (now, today) = premises().house, premises().moment()
    secrets = keys_of(house)
    with house.sessions.begin() as session:
        return accounts.issue_code(session, handle, secrets, by=actor(), now=now, today=today)


def close(handle: str) -> None:
    """Close an account; the next request of its sessions is refused."""
    with premises().house.sessions.begin() as session:
        accounts.disable(session, handle, by=actor(), now=premises().moment().now)
