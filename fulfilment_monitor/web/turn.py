"""What every verb is told besides its own arguments: who acts, by which rules, and when."""

from flask import g

from ..premises import premises
from ..services.office import Acting, Office
from .guard import actor


def office() -> Office:
    """Law and policy, read once in a request."""
    if "office" not in g:
        g.office = premises().house.office()
    found: Office = g.office
    return found


def acting() -> Acting:
    """Who acts in this request, by which rules, and when."""
    now, today = premises().moment()
    return Acting(by=actor(), office=office(), now=now, today=today)
