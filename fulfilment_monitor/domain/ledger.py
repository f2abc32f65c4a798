"""A contract with everything said about it, sorted for reckoning."""

from collections.abc import Iterable
from typing import NamedTuple

from .contracts import SIGNING, Amendment, Contract, Obligation
from .facts import Fact, Money
from .statute import Statute


class Ledger(NamedTuple):
    """A contract with everything said about it, sorted for reckoning."""

    contract: Contract
    obligations: tuple[Obligation, ...]
    facts: dict[str, tuple[Fact, ...]]
    #: Parts of payments that named no obligation, by the obligation they went to.
    allotted: dict[str, list[tuple[Money, bool]]]
    #: Money paid beyond everything owed, when no obligation was named.
    surplus: list[Money]
    amendments: tuple[Amendment, ...]
    statute: Statute


def in_order(obligations: Iterable[Obligation]) -> tuple[Obligation, ...]:
    """Obligations so that each comes after the one it counts from.

    Raises:
        ValueError: they count from each other in a circle, or from one that does not exist.
    """
    waiting, done, ordered = list(obligations), {SIGNING}, []
    while waiting:
        ready = [o for o in waiting if o.after is None or o.after in done]
        if not ready:
            raise ValueError(", ".join(o.key for o in waiting))
        ordered += ready
        done |= {o.key for o in ready}
        waiting = [o for o in waiting if o.key not in done]
    return tuple(ordered)
