"""How sessions keep the record of acts: the algorithm, and where its keys are."""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from ..domain.audit import ALGORITHM
from ..domain.secrets import Secrets

_KEEPING = "audit.keeping"


class Keeping(NamedTuple):
    """How sessions keep the record."""

    #: What entries are hashed with.
    alg: str
    #: The keys for the entry with a number, once the house has some.
    keys: Callable[[int], Secrets | None]


def no_keys(_seq: int) -> None:
    """For what has none."""


_PLAIN = Keeping(ALGORITHM, no_keys)


def keep_by(keeping: Keeping) -> dict[str, Any]:
    """What a session has to know; goes into its `info`."""
    return {_KEEPING: keeping}


def keeping_of(session: Session) -> Keeping:
    """How a session keeps the record."""
    found: Keeping = session.info.get(_KEEPING, _PLAIN)
    return found
