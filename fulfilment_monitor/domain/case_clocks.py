"""The clocks of a claim, as a table: what starts them, what ends them, and on what they rest.

Statutory limits run for payment complaints of SMEs only (条例第二十五条); every other limit is a
term of the office, with its source, or a date the officer sets. Where nobody has set a limit, the
time is measured and nothing more. A clock never pauses, and no escalation sets the time to answer
anew: 条例第二十五条第二款 counts the thirty days and the ninety from the one receipt.
"""

from collections.abc import Container
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from .cases import Event, State


class Clock(StrEnum):
    """A clock's name is also that of the ladder that watches it."""

    ACCEPT = "case.accept"
    SUPPLEMENT = "case.supplement"
    TRANSFER = "case.transfer"
    TAKE_UP = "case.take_up"
    HANDLE = "case.handle"
    EXPLAIN = "case.explain"
    RECTIFY = "case.rectify"
    NEGOTIATE = "case.negotiate"
    LEGAL = "case.legal"
    STATEMENT = "case.statement"
    DETERMINE = "case.determine"
    OBJECTION = "case.objection"
    REPAIR = "case.repair"
    LISTED = "case.listed"
    PROGRESS = "case.progress"


CLOCK_CHINESE = {
    Clock.ACCEPT: "决定是否受理",
    Clock.SUPPLEMENT: "补正材料",
    Clock.TRANSFER: "转交",
    Clock.TAKE_UP: "接办",
    Clock.HANDLE: "形成书面处理结果",
    Clock.EXPLAIN: "向投诉人解释说明",
    Clock.RECTIFY: "整改",
    Clock.NEGOTIATE: "下一次协商",
    Clock.LEGAL: "跟踪法律程序",
    Clock.STATEMENT: "陈述申辩",
    Clock.DETERMINE: "作出认定",
    Clock.OBJECTION: "异议决定",
    Clock.REPAIR: "信用修复决定",
    Clock.LISTED: "挂牌督办事项",
    Clock.PROGRESS: "报告进展",
}


class Rule(NamedTuple):
    clock: Clock
    #: What sets it going; an event again sets it anew.
    starts: frozenset[Event]
    #: What stops it, besides the end of the claim.
    ends: frozenset[Event]
    #: The statutory term that holds for payment complaints of SMEs.
    statutory: str = ""
    #: The detail of the starting event that names the date.
    given: str = ""
    #: The states into which the starting event has to lead; empty: any.
    into: frozenset[State] = frozenset()
    #: Whether it begins only where no clock of its kind runs.
    fills: bool = False


E, C, S = Event, Clock, State


def _rule(
    clock: Clock,
    starts: tuple[Event, ...],
    ends: tuple[Event, ...],
    statutory: str = "",
    given: str = "",
    into: tuple[State, ...] = (),
) -> Rule:
    return Rule(clock, frozenset(starts), frozenset(ends), statutory, given, frozenset(into))


_RECEIVED = (E.TRANSFER, E.HAND_DOWN)
_ANSWERED = (E.ANSWER, E.EXPLAIN, E.RETURN)
_AGAIN = (E.RESUME, E.DECIDE_OBJECTION, E.REVOKE_DETERMINATION, E.REOPEN)
_FOUND = (E.FIND_SUBSTANTIATED, E.FIND_UNSUBSTANTIATED)
_TAKEN = (E.ACCEPT, E.REJECT, E.DISMISS, E.HAND_DOWN)
_ROUNDS = (E.FIND_DISPUTED, E.LOG_ROUND)
#: 立即推动整改: from the finding on; the notice of rectification then names the day.
_TRUE = (E.FIND_SUBSTANTIATED, E.RECORD_JUDGMENT, E.SETTLEMENT_BROKEN, E.RECTIFY)
_SOLVED = (E.SETTLE, E.GO_TO_LAW, E.CONFIRM_RECTIFIED)
RULES = (
    _rule(C.ACCEPT, (E.REOPEN,), _TAKEN, into=(S.RECEIVED,)),
    _rule(C.SUPPLEMENT, (E.REQUEST_SUPPLEMENT,), (E.SUPPLEMENT, *_TAKEN), given="due_on"),
    _rule(
        C.TRANSFER, (E.ACCEPT, E.RETURN, E.REOPEN), (E.TRANSFER, E.HAND_DOWN), "case.forward",
        into=(S.RECEIVED, S.ACCEPTED),
    ),
    _rule(C.TAKE_UP, (*_RECEIVED, E.ESCALATE), (E.TAKE_UP, E.RETURN)),
    _rule(C.HANDLE, _RECEIVED, _ANSWERED, "case.handle"),
    # 件件落实: what is looked at again is measured from then on; of the decree nothing runs anew
    _rule(C.HANDLE, _AGAIN, _ANSWERED, into=(S.VERIFYING,))._replace(fills=True),
    _rule(C.EXPLAIN, (E.FIND_UNSUBSTANTIATED,), (E.EXPLAIN, E.DECIDE_OBJECTION)),
    _rule(
        C.RECTIFY, _TRUE, (*_SOLVED, E.REFUSE, E.FIND_DISPUTED), given="due_on",
        into=(S.SUBSTANTIATED, S.RECTIFYING),
    ),
    _rule(C.NEGOTIATE, _ROUNDS, (*_SOLVED, *_FOUND, E.RESUME), given="next_on"),
    _rule(C.LEGAL, (E.GO_TO_LAW, E.LOOK_AGAIN), (E.RECORD_JUDGMENT, E.RESUME), given="next_on"),
    _rule(
        C.STATEMENT, (E.NOTIFY_DETERMINATION,), (E.HEAR, E.PROPOSE_DETERMINATION, *_SOLVED),
        given="statement_until",
    ),
    _rule(C.DETERMINE, (E.NOTIFY_DETERMINATION,), (E.APPROVE_DETERMINATION, *_SOLVED)),
    _rule(C.OBJECTION, (E.OBJECT,), (E.DECIDE_OBJECTION, E.REVOKE_DETERMINATION)),
    _rule(
        C.REPAIR, (E.REQUEST_REPAIR,), (E.CONFIRM_REPAIR, E.DECLINE_REPAIR, E.REVOKE_DETERMINATION)
    ),
    _rule(C.LISTED, (E.LIST,), (E.LIFT,), given="due_on"),
    _rule(C.PROGRESS, (E.LIST, E.REPORT_PROGRESS), (E.LIFT,)),
)  # fmt: skip

#: The clocks that run from the first moment: handing over is measured from receipt.
BORN = (Clock.ACCEPT, Clock.TRANSFER)
#: The whole of the handling time, with its extension, counts from the same day (第二十五条第二款).
CEILING = "case.handle.ceiling"


class Running(NamedTuple):
    """A clock that runs: from which day, until which day if there is a limit, and why."""

    clock: Clock
    from_on: date
    due_on: date | None
    provisional: bool
    basis: tuple[str, ...]


def started_by(event: Event, into: State, running: Container[Clock] = ()) -> list[Rule]:
    """The clocks an event sets going when it leads into a state, beside those that run."""
    return [
        r
        for r in RULES
        if event in r.starts
        and (not r.into or into in r.into)
        and not (r.fills and r.clock in running)
    ]


def stopped_by(event: Event) -> frozenset[Clock]:
    """The clocks an event stops; one that it also starts begins anew."""
    return frozenset(
        r.clock for r in RULES if event in r.ends or (event in r.starts and not r.fills)
    )
