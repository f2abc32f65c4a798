"""Leads: what a sweep opens when a due date has been missed and grace has passed.

Before a determination it is a lead (线索), a sign of a breach, never a breach found.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from .alerts import UNREPORTED


class LeadState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


def lead_rule(ladder: str) -> str:
    """The rule a lead rests on, from the ladder that watches the obligation.

    >>> lead_rule("payment.unreported")
    'payment.not-performed'
    """
    return f"{ladder.removesuffix(UNREPORTED)}.not-performed"


def episode(cured: Iterable[date], until_on: date | None) -> int:
    """Which breach of an obligation this is: the first, or one after as many cures.

    Args:
        cured: the days on which earlier leads of the obligation were closed.
        until_on: the day the duty in question stops holding; None while nothing ends it.
    """
    return 1 + sum(until_on is None or day < until_on for day in cured)
