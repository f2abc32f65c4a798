"""When each thing of a contract is due, and why: for people, before and after it is registered."""

from typing import Any

from ..domain.duedates import DueDate
from ..domain.parties import Side
from ..services.foreseeing import Reckoned

Shown = dict[str, Any]


def forecast(reckoned: Reckoned) -> list[Shown]:
    """Each obligation with its date, or the date to expect, and the reasons; in their order."""
    return [
        {
            "key": key,
            "title": s.obligation.title,
            "kind": s.obligation.kind.value,
            "obligor": s.obligation.obligor.value,
            "state": s.state.value,
            "due_on": _day(s.due.on),
            "agreed_due_on": _day(s.due.agreed_on),
            "provisional": s.due.provisional,
            **_expected(reckoned.expected.get(key)),
            "basis": list(s.due.basis),
            "is_payment": s.obligation.is_payment and s.obligation.obligor is Side.GOVERNMENT,
        }
        for key, s in reckoned.standings.items()
    ]


def _expected(due: DueDate | None) -> Shown:
    if due is None:
        return {"expected": None, "expected_basis": []}
    return {"expected": _day(due.on), "expected_basis": list(due.basis)}


def _day(day: Any) -> str | None:
    return None if day is None else str(day.isoformat())
