"""What an event does besides moving the claim on, as a table; each effect lives with its noun."""

from collections.abc import Callable, Mapping

from ..domain.cases import Event
from . import determinations, handling, objections, repairs, routing, settling, supervision
from .steps import Step

Effect = Callable[[Step], None]

EFFECTS: Mapping[Event, Effect] = {
    Event.ACCEPT: handling.accepted,
    Event.WITHDRAW: handling.withdrawn,
    Event.TRANSFER: routing.hand_over,
    Event.HAND_DOWN: routing.hand_over,
    Event.ESCALATE: routing.hand_up,
    Event.RETURN: routing.give_back,
    Event.TAKE_UP: handling.taken_up,
    Event.FIND_UNSUBSTANTIATED: handling.found_untrue,
    Event.FIND_SUBSTANTIATED: handling.found_true,
    Event.FIND_DISPUTED: handling.found_disputed,
    Event.RECORD_JUDGMENT: handling.judged,
    Event.REFUSE: handling.refused,
    Event.CLOSE: handling.closed,
    Event.REOPEN: handling.reopened,
    Event.SETTLE: settling.settle,
    Event.SETTLEMENT_BROKEN: settling.broken,
    Event.PROPOSE_DETERMINATION: determinations.propose,
    Event.DECLINE_DETERMINATION: determinations.decline,
    Event.APPROVE_DETERMINATION: determinations.approve,
    Event.REVOKE_DETERMINATION: determinations.revoke,
    Event.OBJECT: objections.raised,
    Event.DECIDE_OBJECTION: objections.decided,
    Event.REQUEST_REPAIR: repairs.ask,
    Event.CONFIRM_REPAIR: repairs.confirm,
    Event.DECLINE_REPAIR: repairs.decline,
    Event.LIST: supervision.listed,
    Event.LIFT: supervision.lifted,
}
