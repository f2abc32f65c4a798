"""What every verb is told besides its own arguments: who acts, by which rules, and when."""

from typing import Any

from flask import g

from ..services.office import Office
from .guard import actor
from .premises import premises


def office() -> Office:
    """Law and policy, read once in a request."""
    if "office" not in g:
        g.office = premises().house.office()
    found: Office = g.office
    return found


def acting() -> dict[str, Any]:
    """`by`, `office`, `now` and `today` of this request."""
    now, today = premises().moment()
    return {"by": actor(), "office": office(), "now": now, "today": today}
