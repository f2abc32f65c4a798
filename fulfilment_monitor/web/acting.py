"""What the department that owes may do with a contract it looks at."""

from enum import StrEnum
from typing import Any

from ..domain.access import Action, reaches
from ..domain.facts import MAY_ANSWER, Source
from ..premises import premises
from ..services.sight import sees_contract
from .dossier import Shown
from .guard import actor


class Done(StrEnum):
    """What was just done to a contract: the page says what follows from it."""

    REGISTERED = "registered"
    STATED = "stated"
    PAID = "paid"
    ANSWERED = "answered"
    AMENDED = "amended"


_ACTS = (Action.FACT_STATE, Action.FACT_ANSWER, Action.CONTRACT_AMEND)
_OURS = Source.GOVERNMENT
#: How a statement stands when nobody need say anything of it any more.
_OVER = frozenset({"superseded", "confirmed", "disputed"})


def desk_acts(session: Any, contract_id: int) -> frozenset[str]:
    """What the reader may do for the government side of a contract; empty for anybody else."""
    if not reaches(Action.CONTRACT_CREATE, actor()):
        return frozenset()
    today = premises().moment().today
    found = (a for a in _ACTS if sees_contract(session, a, actor(), contract_id, today))
    return frozenset(a.value for a in found)


def marked(fact: Shown) -> Shown:
    """A statement with what the government side may do about it."""
    waits = fact["standing"] not in _OVER
    return {
        **fact,
        "answerable": waits and may_answer(fact),
        "correctable": may_correct(fact),
    }


def may_answer(fact: Shown) -> bool:
    """Whether a statement is for the government side to confirm or dispute."""
    return _OURS in MAY_ANSWER[Source(fact["by"])] and fact["standing"] != "superseded"


def may_correct(fact: Shown) -> bool:
    """Whether a statement is the government side's own and still open to correction."""
    return fact["by"] == _OURS.value and fact["standing"] not in ("superseded", "confirmed")
