"""What has to be said with each event of a case, as a table; read here, kept with the event."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from .case_codes import (
    Breach,
    CloseReason,
    Contact,
    DismissReason,
    Excuse,
    RejectReason,
    Route,
    Verification,
    Violation,
)
from .cases import Answer, Event, Judgment
from .errors import Invalid, Issue
from .money import parse_yuan

#: How long a text may be.
_LONGEST = 4_000


class Wrong(ValueError):
    """What a value should be."""


Reader = Callable[[object], Any]


class Detail(NamedTuple):
    read: Reader
    required: bool = True


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise Wrong(f"a text of 1 to {_LONGEST} characters")
    return value.strip()


def _day(value: object) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise Wrong("a day, YYYY-MM-DD") from None


def _yuan(value: object) -> int:
    try:
        if not isinstance(value, str):
            raise ValueError
        fen = parse_yuan(value)
    except ValueError:
        raise Wrong('an amount in yuan as a text, such as "1200.00"') from None
    if fen <= 0:
        raise Wrong("an amount above zero")
    return fen


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 366:
        raise Wrong("a whole number from 1 to 366")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong("true or false")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= 50:
        raise Wrong("a list of 1 to 50 texts")
    return [_text(v) for v in value]


@dataclass(frozen=True, slots=True)
class OneOf:
    """Reads one of some codes."""

    allowed: tuple[str, ...]

    def __call__(self, value: object) -> str:
        if value not in self.allowed:
            raise Wrong("one of " + ", ".join(self.allowed))
        return str(value)


def _code(codes: type[StrEnum], *but: StrEnum) -> OneOf:
    return OneOf(tuple(c.value for c in codes if c not in but))


def _table(read: Reader) -> Reader:
    def rows(value: object) -> dict[str, Any]:
        if not isinstance(value, dict) or not value:
            raise Wrong("a table")
        return {str(k): read(v) for k, v in value.items()}

    return rows


def _maybe(read: Reader) -> Detail:
    return Detail(read, required=False)


TEXT, DAY, YUAN, FLAG, TEXTS, COUNT = map(Detail, (_text, _day, _yuan, _flag, _texts, _count))
_REASON = {"reason": TEXT}
_EVIDENCE = {"evidence": _maybe(_texts)}
_FOUND = {
    "facts": TEXT,
    "legal_basis": TEXT,
    "history": _maybe(_text),
    "reliance": _maybe(_text),
    "solution": _maybe(_text),
    "excuse": _maybe(_code(Excuse)),
    **_EVIDENCE,
}

#: By event: what is said with it. `on`, the day it has effect, goes with all of them.
DETAILS: Mapping[Event, Mapping[str, Detail]] = {
    Event.ACCEPT: {"scope": _maybe(_table(_flag)), "note": _maybe(_text)},
    Event.REJECT: {"reason": Detail(_code(RejectReason)), "next_door": TEXT, "note": _maybe(_text)},
    Event.REQUEST_SUPPLEMENT: {"items": TEXTS, "due_on": _maybe(_day)},
    Event.SUPPLEMENT: {"items": TEXTS, **_EVIDENCE},
    Event.WITHDRAW: {"complaint": TEXT, **_REASON},
    Event.DISMISS: {"reason": Detail(_code(DismissReason)), "note": TEXT},
    Event.MERGE: {"into": TEXT, **_REASON},
    Event.SPLIT: {"from": TEXT, **_REASON},
    Event.TRANSFER: {"to": _maybe(_text), "summary": _maybe(_text)},
    Event.HAND_DOWN: {"to": _maybe(_text), "summary": _maybe(_text)},
    Event.RETURN: {"to": TEXT, **_REASON},
    Event.ESCALATE: _REASON,
    Event.REASSIGN: {"seat": TEXT, **_REASON},
    Event.TAKE_UP: {"handler": TEXT},
    Event.EXTEND: {"until": DAY, **_REASON},
    Event.CONTACT: {"how": Detail(_code(Contact)), "said": TEXT},
    Event.ANSWER: {"how": Detail(_code(Contact)), "text": TEXT, "remedies": TEXT},
    Event.FIND_UNSUBSTANTIATED: _FOUND,
    Event.EXPLAIN: {"how": Detail(_code(Contact)), "text": TEXT, "remedies": TEXT},
    Event.FIND_SUBSTANTIATED: {
        **_FOUND,
        "verification": Detail(_code(Verification, Verification.UNTRUE, Verification.DISPUTED)),
        "breach": Detail(_code(Breach)),
        "violation": _maybe(_code(Violation)),
        "amount": _maybe(_yuan),
        "respondent_says": TEXT,
        "complainant_says": _maybe(_text),
    },
    Event.FIND_DISPUTED: {
        "item": TEXT,
        "reasons": TEXT,
        "route": Detail(_code(Route)),
        "next_on": DAY,
        "amount": _maybe(_yuan),
        "excuse": _maybe(_code(Excuse)),
    },
    Event.LOG_ROUND: {"note": TEXT, "next_on": DAY},
    Event.SETTLE: {"contract": TEXT, "agreed_on": DAY},
    Event.SETTLEMENT_BROKEN: {"lead": _maybe(_text)},
    Event.RECTIFY: {
        "items": TEXTS,
        "due_on": DAY,
        "amount": _maybe(_yuan),
        "served_on": DAY,
        "enterprise_operation": _maybe(_text),
        "business_environment": _maybe(_text),
        "social_stability": _maybe(_text),
        "development": _maybe(_text),
    },
    Event.REMIND: {"how": Detail(_code(Contact)), "note": TEXT},
    Event.CONFIRM_RECTIFIED: {"note": TEXT, **_EVIDENCE},
    Event.REFUSE: {"declared": FLAG, "excuse": Detail(_code(Excuse)), "note": TEXT, **_EVIDENCE},
    Event.NOTIFY_DETERMINATION: {
        "facts": TEXT,
        "grounds": TEXT,
        "statement_until": DAY,
        "served_on": DAY,
    },
    Event.HEAR: {"said": TEXT, "hearing": FLAG},
    Event.PROPOSE_DETERMINATION: {
        "breach": Detail(_code(Breach)),
        "article": TEXT,
        "violation": _maybe(_code(Violation)),
        "amount": _maybe(_yuan),
        "facts": TEXT,
        "excuse": Detail(_code(Excuse)),
        "serious": _maybe(_flag),
    },
    Event.DECLINE_DETERMINATION: _REASON,
    Event.APPROVE_DETERMINATION: {"document_no": TEXT, "served_on": DAY, "remedies": TEXT},
    Event.OBJECT: {"grounds": TEXT, **_EVIDENCE},
    Event.DECIDE_OBJECTION: {"outcome": Detail(_code(Answer)), "reasons": TEXT},
    Event.REVOKE_DETERMINATION: _REASON,
    Event.GO_TO_LAW: {
        "route": Detail(_code(Route, Route.NEGOTIATION, Route.MEDIATION)),
        "organ": TEXT,
        "number": TEXT,
    },
    Event.LOOK_AGAIN: {"note": TEXT, "next_on": DAY},
    Event.RECORD_JUDGMENT: {
        "outcome": Detail(_code(Judgment)),
        "organ": TEXT,
        "number": TEXT,
        "text": TEXT,
        "amount": _maybe(_yuan),
        "contract": _maybe(_text),
        "agreed_on": _maybe(_day),
    },
    Event.RESUME: _REASON,
    Event.LIST: {"demand": TEXT, "due_on": DAY, "every_days": COUNT},
    Event.REPORT_PROGRESS: {"text": TEXT, **_EVIDENCE},
    Event.LIFT: _REASON,
    Event.REQUEST_REPAIR: {"note": TEXT, "ex_officio": _maybe(_flag), **_EVIDENCE},
    Event.CONFIRM_REPAIR: {"corrected": TEXT, "performed": TEXT, **_EVIDENCE},
    Event.DECLINE_REPAIR: _REASON,
    Event.REOPEN: _REASON,
    Event.CLOSE: {"reason": Detail(_code(CloseReason)), "note": _maybe(_text)},
}


def read_details(event: Event, given: Mapping[str, object]) -> dict[str, Any]:
    """The details of an event as they are kept: days as text, money in fen.

    Raises:
        Invalid: with a pointer to each thing missing, unknown or wrong.
    """
    return read_given(DETAILS[event], given, f"{event.value} needs it")


def read_given(
    wanted: Mapping[str, Detail], given: Mapping[str, object], missing: str
) -> dict[str, Any]:
    """What was given of a table of details, each read as the table says.

    Args:
        missing: what to say of a required one that is not there.

    Raises:
        Invalid: with a pointer to each thing missing, unknown or wrong.
    """
    issues = [
        Issue(f"/{k}", "unknown", "there is no such detail") for k in given if k not in wanted
    ]
    kept = {}
    for name, detail in wanted.items():
        value = given.get(name)
        if value is None:
            if detail.required:
                issues.append(Issue(f"/{name}", "missing", missing))
            continue
        try:
            kept[name] = detail.read(value)
        except Wrong as fault:
            issues.append(Issue(f"/{name}", "wrong", f"should be {fault}"))
    if issues:
        raise Invalid(sorted(issues))
    return kept
