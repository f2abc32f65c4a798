"""Forms that ask for what another person decides."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from ..domain.errors import Invalid, NotFound
from ..premises import premises
from ..services import approvals
from .admin import to
from .entrance import told
from .guard import actor

#: Shows a form again, with what is wrong by field and the status of the answer.
Again = Callable[[dict[str, str], int], Response]


def ask_for(
    act: str,
    asked: Mapping[str, Any],
    reason: str,
    again: Again,
    unknown: dict[str, str] | None = None,
) -> Response:
    """Ask for an act of `approvals.ACTS`, and lead to where it waits to be decided.

    Args:
        unknown: what is said, by field, where what is named does not exist; without it, which.
    """
    try:
        with premises().house.sessions.begin() as session:
            now = premises().moment().now
            approvals.ask(session, act, asked, reason, by=actor(), now=now)
    except Invalid as refused:
        return again(told(refused), 422)
    except NotFound as missing:
        return again(unknown or {"": str(missing)}, 422)
    return to("admin_people.approvals")
