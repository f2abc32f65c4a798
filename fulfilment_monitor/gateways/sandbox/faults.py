"""What the sandbox is told to do wrong, and the dice that say when; of one seed always the same."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any


class BadFaults(ValueError):
    """The sandbox is told what it cannot do."""


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares are between 0 and 1; each request throws the dice anew."""

    #: Everything is answered with 503.
    down: bool = False
    #: Answered with 500 to 504, and nothing is kept.
    fail: float = 0.0
    #: Kept, and answered with nothing for `hang_seconds`; with 504 at once where these are 0.
    hang: float = 0.0
    hang_seconds: float = 6.0
    #: Acknowledged with a receipt, and not kept; a message that comes again is kept.
    lose: float = 0.0
    #: Taken in (202); the receipt is there so many seconds later. 0: at once.
    late_seconds: float = 0.0
    #: Refused with 422.
    refuse: float = 0.0
    #: What channel simulators do to what they send: copies of each, and their order.
    copies: int = 1
    shuffle: bool = False
    seed: int = 0


_SHARES = ("fail", "hang", "lose", "refuse")
_NUMBERS = ("hang_seconds", "late_seconds")


def changed(faults: Faults, told: Mapping[str, Any]) -> Faults:
    """Faults with some of them changed.

    Raises:
        BadFaults: there is no such fault, or it is no share.
    """
    known = {f.name for f in fields(Faults)}
    if unknown := set(told) - known:
        raise BadFaults(f"no fault is called {sorted(unknown)[0]!r}")
    for name, value in told.items():
        if name in (*_SHARES, *_NUMBERS):
            good = type(value) in (int, float) and value >= 0
            if not good or (name in _SHARES and value > 1):
                raise BadFaults(f"{name} is a number, and a share at most 1")
        elif name in ("copies", "seed") and type(value) is not int:
            raise BadFaults(f"{name} is a whole number")
        elif name in ("down", "shuffle") and type(value) is not bool:
            raise BadFaults(f"{name} is true or false")
    found = replace(faults, **told)
    if not 1 <= found.copies <= 20:
        raise BadFaults("copies is 1 to 20")
    return found


@dataclass
class Dice:
    """Faults, and the chance that says when."""

    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self.random = random.Random(self.faults.seed)  # noqa: S311 — no secret

    def tell(self, told: Mapping[str, Any]) -> None:
        """Change some faults; a seed begins the dice anew."""
        self.faults = changed(self.faults, told)
        if "seed" in told:
            self.random = random.Random(self.faults.seed)  # noqa: S311

    def throw(self) -> str | None:
        """What goes wrong with one request: `down`, `fail`, `refuse`, `hang`, or nothing."""
        if self.faults.down:
            return "down"
        thrown = self.random.random()
        for name in ("fail", "refuse", "hang"):
            thrown -= getattr(self.faults, name)
            if thrown < 0:
                return name
        return None

    def loses(self) -> bool:
        """Whether a message that comes for the first time is lost after it was acknowledged."""
        return self.random.random() < self.faults.lose
