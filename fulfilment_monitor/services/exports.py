"""Tables that leave the house: how many rows of them, for whom, and that they left."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from ..domain import access
from ..domain.access import Action, Reach
from ..domain.authority import Actor
from ..domain.errors import Refusal
from . import audit

#: From so many rows on, whoever sees more than the own body gives the second factor again.
ASKS_AGAIN = 100
_OWN_ROWS, _WIDE_ROWS = 1_000, 10_000
_WIDE = frozenset({Reach.SUBTREE, Reach.REGION, Reach.ALL})


class TooManyRows(Refusal):
    code = "export.too-many"
    title = "There are more rows than one table may have"


class Allowance(NamedTuple):
    """How much somebody may take out at once."""

    rows: int
    #: Whether it takes the second factor beyond `ASKS_AGAIN` rows.
    asks_again: bool


def allowance(by: Actor) -> Allowance:
    """How much an actor may take out at once.

    Raises:
        Forbidden: nothing at all.
    """
    reach = access.refuse(Action.EXPORT, by)
    if reach & _WIDE:
        return Allowance(_WIDE_ROWS, asks_again=not by.is_service)
    return Allowance(_OWN_ROWS, asks_again=False)


def note(
    session: Session, what: str, rows: int, *, by: Actor, now: datetime, kind: str = "csv"
) -> None:
    """Put on the record that a table leaves.

    Raises:
        Forbidden: the actor takes nothing out.
        TooManyRows: it has more rows than it may have.
    """
    most = allowance(by).rows
    if rows > most:
        raise TooManyRows(f"at most {most} rows; narrow what is asked for", limit=most)
    audit.note(session, by, "export", "register", what, {"rows": rows, "as": kind}, now=now)
