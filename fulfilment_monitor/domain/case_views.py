"""What each side sees of a case, as tables: events, their details, and clocks.

The respondent learns what is served on it, and nothing that tells whether anybody complained;
complainants learn the course and what was sent to them; informants that their message came in.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from .case_clocks import Clock
from .case_details import DETAILS, YUAN
from .cases import Event, State
from .money import show_yuan


class Audience(StrEnum):
    OFFICER = "officer"
    RESPONDENT = "respondent"
    COMPLAINANT = "complainant"
    INFORMANT = "informant"


E = Event
_ALL = frozenset(name for details in DETAILS.values() for name in details)
_DUE = frozenset({"items", "due_on", "amount", "served_on"})
_SENT = frozenset({"how", "text", "remedies"})
_REPAIR = (E.REQUEST_REPAIR, E.CONFIRM_REPAIR, E.DECLINE_REPAIR)

#: By event, the details the respondent is shown; events that are not here are not shown to it.
#: An objection is not here: it may be the complainant's.
SERVED: Mapping[Event, frozenset[str]] = {
    E.RECTIFY: _DUE,
    E.REMIND: frozenset({"how", "note"}),
    E.CONFIRM_RECTIFIED: frozenset(),
    E.REFUSE: frozenset({"excuse"}),
    E.NOTIFY_DETERMINATION: frozenset({"facts", "grounds", "statement_until", "served_on"}),
    E.HEAR: frozenset({"said", "hearing"}),
    E.APPROVE_DETERMINATION: frozenset({"document_no", "served_on", "remedies"}),
    E.REVOKE_DETERMINATION: frozenset({"reason"}),
    E.LIST: frozenset({"demand", "due_on", "every_days"}),
    E.REPORT_PROGRESS: frozenset({"text"}),
    E.LIFT: frozenset({"reason"}),
    E.DECLINE_REPAIR: frozenset({"reason"}),
    **dict.fromkeys(_REPAIR[:2], frozenset()),
}

#: What the respondent is told instead of states that would tell it whether somebody complained:
#: who withdraws has complained, and so has whom one rejects.
TOLD_STATES: Mapping[State, State] = {
    **dict.fromkeys((State.LEAD, State.RECEIVED, State.ACCEPTED), State.TRANSFERRED),
    **dict.fromkeys((State.REJECTED, State.WITHDRAWN), State.CLOSED),
}

#: By event, the details a complainant is shown of its own claim.
TOLD: Mapping[Event, frozenset[str]] = {
    E.ACCEPT: frozenset(),
    E.REJECT: frozenset({"reason", "next_door"}),
    E.REQUEST_SUPPLEMENT: frozenset({"items", "due_on"}),
    E.SUPPLEMENT: frozenset(),
    E.TRANSFER: frozenset(),
    E.HAND_DOWN: frozenset(),
    E.TAKE_UP: frozenset(),
    E.EXTEND: frozenset({"until"}),
    E.ANSWER: _SENT,
    E.EXPLAIN: _SENT,
    E.FIND_UNSUBSTANTIATED: frozenset(),
    E.FIND_SUBSTANTIATED: frozenset({"verification"}),
    E.FIND_DISPUTED: frozenset({"route"}),
    E.GO_TO_LAW: frozenset({"route"}),
    E.SETTLE: frozenset(),
    E.RECTIFY: frozenset({"due_on"}),
    E.CONFIRM_RECTIFIED: frozenset(),
    E.APPROVE_DETERMINATION: frozenset({"remedies"}),
    E.DECIDE_OBJECTION: frozenset({"outcome"}),
    E.REOPEN: frozenset(),
    E.CLOSE: frozenset({"reason"}),
}
#: Words written to one complainant; another one is not shown them.
PERSONAL = frozenset({"text", "items"})

_EVENTS: Mapping[Audience, Mapping[Event, frozenset[str]]] = {
    Audience.OFFICER: dict.fromkeys(Event, _ALL),
    Audience.RESPONDENT: SERVED,
    Audience.COMPLAINANT: TOLD,
    Audience.INFORMANT: {},
}
#: The clocks each side is shown: its own, and those it waits for.
CLOCKS: Mapping[Audience, frozenset[Clock]] = {
    Audience.OFFICER: frozenset(Clock),
    Audience.RESPONDENT: frozenset({Clock.RECTIFY, Clock.STATEMENT, Clock.PROGRESS, Clock.REPAIR}),
    Audience.COMPLAINANT: frozenset({Clock.ACCEPT, Clock.SUPPLEMENT, Clock.HANDLE, Clock.EXPLAIN}),
    Audience.INFORMANT: frozenset(),
}


#: Until the notice of rectification is served, putting right is the handling body's to start.
NOT_SERVED: Mapping[State, Clock] = {State.SUBSTANTIATED: Clock.RECTIFY}


def is_clock_shown(clock: Clock, state: State, audience: Audience) -> bool:
    """Whether an audience is shown a clock of a claim in a state."""
    not_yet = audience is Audience.RESPONDENT and NOT_SERVED.get(state) is clock
    return clock in CLOCKS[audience] and not not_yet


def told_state(state: State, audience: Audience) -> State:
    """The state of a claim as an audience is told it."""
    return TOLD_STATES.get(state, state) if audience is Audience.RESPONDENT else state


def is_shown(event: Event, audience: Audience) -> bool:
    """Whether an audience learns that an event happened."""
    return event in _EVENTS[audience]


def shown_details(
    event: Event, details: Mapping[str, Any], audience: Audience, *, alone: bool = True
) -> dict[str, Any]:
    """The details of an event an audience sees; money as yuan.

    Args:
        alone: whether nobody else complains, to whom the words might speak.
    """
    names = _EVENTS[audience].get(event, frozenset())
    if audience is Audience.COMPLAINANT and not alone:
        names -= PERSONAL
    wanted = DETAILS[event]
    return {
        name: show_yuan(value) if wanted[name].read is YUAN.read else value
        for name, value in details.items()
        if name in names and name in wanted
    }
