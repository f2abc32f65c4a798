"""The state of an obligation on a day: a value that is computed, never stored."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from .contracts import Obligation
from .duedates import DueDate
from .facts import Money


class State(StrEnum):
    UNDATED = "undated"
    #: The event its term counts from has not happened yet.
    WAITING = "waiting"
    OPEN = "open"
    OVERDUE = "overdue"
    FULFILLED = "fulfilled"
    FULFILLED_LATE = "fulfilled_late"
    DISPUTED = "disputed"
    WAIVED = "waived"


MET = frozenset({State.FULFILLED, State.FULFILLED_LATE, State.WAIVED})


@dataclass(frozen=True, slots=True)
class Standing:
    """One obligation on one day."""

    obligation: Obligation
    state: State
    due: DueDate
    #: The due date under the terms as first agreed, where an amendment moved it.
    original_due_on: date | None
    trigger_on: date | None
    #: The day it was performed or paid in full; or, for an acceptance, accepted.
    fulfilled_on: date | None
    #: Whether both sides vouch for the performance.
    agreed_by_both: bool
    remaining_fen: int | None
    #: What is owed and not disputed (条例 第十五条); None without an amount.
    undisputed_fen: int | None
    payments: tuple[Money, ...]
    claims: tuple[Money, ...]
    #: The day by which claims and payments together cover the whole amount.
    claimed_in_full_on: date | None
    disputed_since: date | None
    rejected_on: date | None
    waived_on: date | None
    #: Whether anybody has stated any fact about it: "not reported" is not "unpaid".
    reported: bool
    days_late: int
