"""What must be so besides the state: each guard of the case table as a question to the record."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import select

from ..domain.authority import Role
from ..domain.cases import Event, Guard
from ..domain.errors import Invalid, Issue, NotOpen
from ..domain.scope import refused_scope
from ..store.records import CreditEntry, Measure
from . import case_clocks, determinations, fulfilment, repairs, routing, settling
from .records import open_entry
from .steps import Step


class Guarded(NotOpen):
    """A condition of the case table does not hold."""

    code = "case.guard"
    title = "Something is missing before this step"


def check(guard: Guard, doing: Step) -> None:
    """Refuse the step where a guard does not hold.

    Raises:
        NotOpen: with the guard's name and what is missing; Invalid: a detail is to blame.
    """
    missing = _CHECKS[guard](doing)
    if missing:
        raise Guarded(missing, guard=guard.value)


def _in_scope(doing: Step) -> str:
    scope = doing.details.get("scope")
    if scope is None:
        raise Invalid([Issue("/scope", "missing", "the questions of scope have to be answered")])
    wrong = refused_scope(scope)
    return "" if not wrong else "out of scope: " + ", ".join(wrong)


def _asked_once(doing: Step) -> str:
    return "missing items were asked for already" if doing.last(Event.REQUEST_SUPPLEMENT) else ""


def _nobody_left(doing: Step) -> str:
    others = [c for c in doing.complaints() if c.ulid != doing.details.get("complaint")]
    if others:
        return "others complain of it too; one complainant leaves without ending it"
    if doing.claim.lead_id is not None:
        return "the register shows the breach; it goes on ex officio"
    return ""


def _eligible(doing: Step) -> str:
    return routing.why_nobody(doing)


def _within_ceiling(doing: Step) -> str:
    until = date.fromisoformat(doing.details["until"])
    running = case_clocks.handling(doing)
    if running is None:
        return "no handling time runs"
    if running.due_on is not None and doing.on > running.due_on:
        return f"the handling time ended on {running.due_on}; it is extended before its end"
    if until <= (running.due_on or doing.on):
        return f"an extension reaches beyond {running.due_on or doing.on}"
    limit = case_clocks.ceiling(doing)
    if limit is not None and limit.due_on is not None and until > limit.due_on:
        return f"at most until {limit.due_on}, which is the whole of the handling time"
    return ""


def _positions(doing: Step) -> str:
    if doing.parties() and "complainant_says" not in doing.details:
        return "what the complainant says of it is not on record"
    return ""


def _explained(doing: Step) -> str:
    return _since_found(doing, "the explanation has not been sent", Event.EXPLAIN)


def _contacted(doing: Step) -> str:
    if not doing.parties():
        return ""
    said = (Event.CONTACT, Event.EXPLAIN, Event.ANSWER)
    return "" if doing.last(*said) else "the complainant has not been contacted"


def _answered(doing: Step) -> str:
    if not doing.parties():
        return ""
    return _since_found(doing, "the complainant has no written answer", Event.EXPLAIN, Event.ANSWER)


def _since_found(doing: Step, missing: str, *answers: Event) -> str:
    """Whether something was sent after the claim was last verified."""
    found = doing.last(
        Event.FIND_UNSUBSTANTIATED,
        Event.FIND_SUBSTANTIATED,
        Event.FIND_DISPUTED,
        Event.RECORD_JUDGMENT,
    )
    sent = doing.last(*answers)
    return "" if sent and (found is None or sent.seq > found.seq) else missing


def _met(doing: Step) -> str:
    open_ones = _unmet(doing)
    if not open_ones:
        return ""
    if _is_unregistered(doing):  # no facts to go by: what shows it is named, and two people look
        missing = "evidence of the performance is missing"
        return "" if doing.details.get("evidence") else missing
    return "not met: " + ", ".join(open_ones)


def _unmet(doing: Step) -> list[str]:
    return fulfilment.unmet(doing.session, doing.claim, doing.office.statute, doing.today)


def _is_unregistered(doing: Step) -> bool:
    settled = fulfilment.settlement_of(doing.session, doing.claim.id)
    return settled is None and doing.claim.obligation_id is None


def _another_person(doing: Step) -> str:
    """Whether two people have looked; an application is examined by the determining body first."""
    if doing.by.person is None:
        return "a person has to decide"
    if doing.transition.event is Event.CONFIRM_REPAIR:
        repair = repairs.asked(doing)
        first = None if repair is None else repair.prepared_by
        if first is None:
            return "nobody of the determining body has looked into it"
    else:
        finding = determinations.proposed(doing)
        first = None if finding is None else finding.proposed_by
    return "" if doing.by.person != first else "who proposed it cannot approve it"


def _reportable(doing: Step) -> str:
    if doing.role is Role.RESPONDENT:
        return "" if doing.details.get("evidence") else "name the evidence of what was put right"
    return "" if doing.claim.listed else "it is not listed"


def _repair_asked(doing: Step) -> str:
    return "" if repairs.asked(doing) else "nobody has asked for repair"


def _nothing_open(doing: Step) -> str:
    left = _unmet(doing)
    if left and not _is_unregistered(doing):
        return "not met: " + ", ".join(left)
    entry = open_entry(doing.session, doing.claim.id)
    if entry is not None:
        return "its credit record is open"
    query = (
        select(Measure.code)
        .join(CreditEntry, CreditEntry.id == Measure.entry_id)
        .where(CreditEntry.claim_id == doing.claim.id, Measure.state.in_(["imposed", "ending"]))
    )
    codes: list[Any] = list(doing.session.scalars(query))
    return "" if not codes else "measures have not ended: " + ", ".join(sorted(codes))


_CHECKS: dict[Guard, Callable[[Step], str]] = {
    Guard.IN_SCOPE: _in_scope,
    Guard.ASKED_ONCE: _asked_once,
    Guard.NOBODY_LEFT: _nobody_left,
    Guard.ELIGIBLE: _eligible,
    Guard.WITHIN_CEILING: _within_ceiling,
    Guard.POSITIONS: _positions,
    Guard.EXPLAINED: _explained,
    Guard.CONTACTED: _contacted,
    Guard.ANSWERED: _answered,
    Guard.REFUSAL_SHOWN: determinations.why_not_refused,
    Guard.MET: _met,
    Guard.BOTH_AGREED: settling.why_not_agreed,
    Guard.HEARD: determinations.why_not_heard,
    Guard.PROPOSED: determinations.why_not_proposed,
    Guard.ANOTHER_PERSON: _another_person,
    Guard.BROKEN: settling.why_not_broken,
    Guard.NOT_LISTED: lambda doing: "it is listed" if doing.claim.listed else "",
    Guard.LISTED: lambda doing: "" if doing.claim.listed else "it is not listed",
    Guard.REPORTABLE: _reportable,
    Guard.NOT_CONTESTED: lambda doing: "an objection is open" if doing.claim.contested else "",
    Guard.CONTESTED: lambda doing: "" if doing.claim.contested else "nobody has objected",
    Guard.REPAIR_ASKED: _repair_asked,
    Guard.NOTHING_OPEN: _nothing_open,
}
