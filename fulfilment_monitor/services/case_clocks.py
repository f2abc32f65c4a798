"""Start, stop and keep the clocks of claims; the daily sweep watches those that have a limit.

In timers and alerts the numbers of a claim's clock and of the claim stand below zero: they never
meet those of duties, obligations and contracts.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from ..domain.authority import Role
from ..domain.case_clocks import (
    BORN,
    CEILING,
    RULES,
    Clock,
    Rule,
    Running,
    started_by,
    stopped_by,
)
from ..domain.cases import FINAL, Event
from ..domain.duedates import deadline as counted
from ..store.cases import Case, Claim, ClaimDuty
from ..store.duties import Timer
from ..store.ids import take_ids
from ..store.once import insert_all, table_of
from ..store.sets import among
from . import help_clocks
from .duties import Seen, last_look, timer_row
from .office import Office
from .steps import Step

_RULE_OF = {rule.clock: rule for rule in RULES if not rule.fills}
_UNLIMITED = "法律、行政法规未规定期限，本机关也未设定，仅记录用时"
_PROGRESS = "按挂牌督办要求，每{n}日报告一次进展"


def turn(doing: Step) -> None:
    """Stop the clocks that an event stops, and start those it starts."""
    session, claim, t = doing.session, doing.claim, doing.transition
    ended = t.target in FINAL and t.source is not t.target
    if t.event is Event.REPORT_PROGRESS and doing.role is not Role.HANDLER:
        return  # what a respondent says is no report of the body that handles it
    running = _running(session, claim.id)
    starting = started_by(t.event, t.target, {Clock(duty.clock) for duty in running})
    stopped = frozenset(Clock) if ended else stopped_by(t.event)
    replaced = {rule.clock for rule in starting}
    if t.event is Event.EXTEND:
        stopped, replaced = frozenset({Clock.HANDLE}), {Clock.HANDLE}
    holder = claim.holder_id or claim.intake_id
    for duty in running:
        if Clock(duty.clock) in stopped:
            why = "replaced" if duty.clock in replaced else t.event.value
            _stop(session, duty, doing.on, why, doing.now)
        elif t.event is Event.ESCALATE:  # who takes over has the time that is left, and no more
            duty.body_id = holder
    if ended or t.source in FINAL:
        help_clocks.watch(session, claim.id, doing.office)
    if ended:
        return
    if t.event is Event.EXTEND:
        begun = [_extended(doing, running)]
    else:
        begun = [_reckon(doing, rule) for rule in starting]
    clocks = [(claim.id, holder, clock) for clock in begun]
    _write(session, clocks, doing.office, doing.now)


class Newborn(NamedTuple):
    """A claim that has just come into being, as far as its clocks care."""

    claim_id: int
    region: str
    body_id: int | None
    on: date


def start_born(
    session: Session, claims: Sequence[Newborn], office: Office, *, now: datetime
) -> None:
    """The clocks that run from the first moment, of many claims in few statements."""
    begun: dict[tuple[str, date], list[Running]] = {}
    for place in {(c.region, c.on) for c in claims}:
        begun[place] = [_unlimited_or_term(clock, *place, office) for clock in BORN]
    _write(
        session,
        [(c.claim_id, c.body_id, clock) for c in claims for clock in begun[c.region, c.on]],
        office,
        now,
    )


def _write(
    session: Session,
    clocks: Sequence[tuple[int, int | None, Running]],
    office: Office,
    now: datetime,
) -> None:
    """Write clocks (claim, body, clock), and the timers of those that have a limit."""
    if not clocks:
        return
    ids = take_ids(session, "claim_duty", len(clocks))
    bases = {id(c): list(c.basis) for _, _, c in clocks}  # many claims share a clock's
    rows = [
        {
            "id": number,
            "claim_id": claim_id,
            "clock": c.clock.value,
            "body_id": body_id,
            "from_on": c.from_on,
            "due_on": c.due_on,
            "provisional": c.provisional,
            "basis": bases[id(c)],
            "opened_at": now,
            "ended_on": None,
            "ended_by": None,
            "ended_at": None,
        }
        for number, (claim_id, body_id, c) in zip(ids, clocks, strict=True)
    ]
    insert_all(session, ClaimDuty, rows)
    _set_timers(session, rows, office)


def rebuild(session: Session, office: Office) -> int:
    """The timers of every clock that runs, anew; whoever rebuilds all timers calls this too."""
    query = select(table_of(ClaimDuty)).where(ClaimDuty.ended_at.is_(None))
    limited = query.where(ClaimDuty.due_on.is_not(None)).order_by(ClaimDuty.id)
    rows = [dict(row) for row in session.execute(limited).mappings()]
    return _set_timers(session, rows, office)


def _set_timers(session: Session, rows: Sequence[Mapping[str, Any]], office: Office) -> int:
    """Timers as the sweep reads them; a clock without a limit has none."""
    limited = [row for row in rows if row["due_on"] is not None]
    if not limited:
        return 0
    seen = Seen(None, last_look(session).run)
    found = (timer_row(as_duty(row), seen, office.policy) for row in limited)
    timers = [timer for timer in found if timer is not None]
    insert_all(session, Timer, timers)
    return len(timers)


def as_duty(row: Mapping[str, Any]) -> dict[str, Any]:
    """A clock of a claim as the row of a duty that the sweep would watch."""
    return {
        "id": -row["id"],
        "obligation_id": -row["claim_id"],
        "contract_id": -row["claim_id"],
        "ladder": row["clock"],
        "due_on": row["due_on"],
        "base_on": row["from_on"],
        "from_on": row["from_on"],
        "until_on": None,
        "lead_on": None,
    }


def hold_timers(session: Session, claims: Collection[int]) -> None:
    """Keep the timers of claims from others; whoever takes a claim as well takes them before it.

    The sweep takes them in this order, and then claims. One that is moving them is waited for.
    """
    theirs = among(session, Timer.contract_id, [-number for number in claims])
    held = select(Timer.duty_id).where(theirs).order_by(Timer.check_on, Timer.duty_id)
    session.execute(held.with_for_update()).all()


def _running(session: Session, claim_id: int) -> list[ClaimDuty]:
    """The clocks that run; a sweep that is moving one of their timers is waited for."""
    hold_timers(session, [claim_id])
    query = select(ClaimDuty).where(ClaimDuty.claim_id == claim_id, ClaimDuty.ended_at.is_(None))
    return list(session.scalars(query.order_by(ClaimDuty.id)))


def _stop(session: Session, duty: ClaimDuty, on: date, why: str, now: datetime) -> None:
    ended = update(ClaimDuty).where(ClaimDuty.id == duty.id, ClaimDuty.ended_at.is_(None))
    session.execute(ended.values(ended_on=on, ended_by=why, ended_at=now))
    of_claim = Timer.contract_id == -duty.claim_id
    session.execute(delete(Timer).where(of_claim, Timer.duty_id == -duty.id))


# --- how long ---------------------------------------------------------------------------------


def _reckon(doing: Step, rule: Rule) -> Running:
    """Until when a clock runs: a date that was set, the statute, a term of the office, or open."""
    given = doing.details.get(rule.given) if rule.given else None
    if given is not None:
        return Running(
            rule.clock, doing.on, date.fromisoformat(given), False, ("办理中确定的日期",)
        )
    if rule.clock is Clock.PROGRESS:
        return _next_report(doing)
    # what is looked at again has been accepted before, or not yet: the law counts from acceptance
    by_law = rule.statutory and doing.transition.event is not Event.REOPEN
    if doing.claim.sme_payment and by_law:
        statutory = _statutory(doing, rule)
        if statutory is not None:
            return statutory
    return _unlimited_or_term(rule.clock, doing.case.region, doing.on, doing.office)


def _statutory(doing: Step, rule: Rule) -> Running | None:
    return _by_law(rule, doing.on, doing.office)


def _by_law(rule: Rule, on: date, office: Office) -> Running | None:
    term = office.statute.find(rule.statutory, on)
    if term is None:
        return None
    due = counted(term.period, on, office.statute.calendar, rolls=term.rolls)
    basis = (f"{term.about}：{term.period}（{term.source}）", *due.basis)
    return Running(rule.clock, on, due.on, due.provisional, basis)


def _unlimited_or_term(clock: Clock, region: str, on: date, office: Office) -> Running:
    term = office.policy.cases.term(clock, region, on)
    if term is None:
        return Running(clock, on, None, False, (_UNLIMITED,))
    due = counted(term.period, on, office.statute.calendar, rolls=True)
    basis = (f"本机关期限：{term.period}（{term.source}）", *due.basis)
    return Running(clock, on, due.on, due.provisional, basis)


# --- what a calendar moves --------------------------------------------------------------------


def waiting_claims(session: Session, since: date, after: int, most: int) -> list[int]:
    """Claims with a clock whose last day is provisional, or lies on a day or later; by number."""
    query = (
        select(ClaimDuty.claim_id)
        .where(
            ClaimDuty.claim_id > after,
            ClaimDuty.ended_at.is_(None),
            ClaimDuty.provisional | (ClaimDuty.due_on >= since),
        )
        .distinct()
        .order_by(ClaimDuty.claim_id)
        .limit(most)
    )
    return list(session.scalars(query))


def reckon(
    session: Session, claim_ids: Sequence[int], office: Office, *, now: datetime, today: date
) -> int:
    """Count the last days of running clocks anew from their first days; how many changed.

    What was set or granted is no count, and stays. A last day that moves ends its clock as
    replaced and begins another beside it.
    """
    changed = 0
    for claim_id in claim_ids:
        region = session.scalars(_region_of(claim_id)).one()
        for duty in _running(session, claim_id):
            anew = _counted_anew(duty, region, office)
            was = (duty.due_on, duty.provisional, tuple(duty.basis))
            if anew is None or was == (anew.due_on, anew.provisional, anew.basis):
                continue
            changed += 1
            if anew.due_on == duty.due_on:
                duty.provisional, duty.basis = anew.provisional, list(anew.basis)
            else:
                _stop(session, duty, max(today, duty.from_on), "replaced", now)
                _write(session, [(claim_id, duty.body_id, anew)], office, now)
    return changed


def _region_of(claim_id: int) -> Select[str]:
    return select(Case.region).join(Claim, Claim.case_id == Case.id).where(Claim.id == claim_id)


def _counted_anew(duty: ClaimDuty, region: str, office: Office) -> Running | None:
    """A clock by the term it says it rests on; None where it rests on none that holds."""
    clock = Clock(duty.clock)
    terms = (
        _by_law(_RULE_OF[clock], duty.from_on, office),
        _unlimited_or_term(clock, region, duty.from_on, office),
    )
    return next((r for r in terms if r is not None and r.basis[0] == duty.basis[0]), None)


def _next_report(doing: Step) -> Running:
    listing = doing.last(Event.LIST)
    said = (
        doing.details
        if doing.transition.event is Event.LIST or listing is None
        else listing.details
    )
    every = int(said["every_days"])
    return Running(
        Clock.PROGRESS,
        doing.on,
        date.fromordinal(doing.on.toordinal() + every),
        False,
        (_PROGRESS.format(n=every),),
    )


def ceiling(doing: Step) -> Running | None:
    """The last day an extension of the handling time can reach; None where no statute sets one."""
    handle = handling(doing)
    if handle is None or not doing.claim.sme_payment:
        return None
    return _statutory(
        doing._replace(on=handle.from_on), _RULE_OF[Clock.HANDLE]._replace(statutory=CEILING)
    )


def handling(doing: Step) -> ClaimDuty | None:
    """The handling clock that runs."""
    query = select(ClaimDuty).where(
        ClaimDuty.claim_id == doing.claim.id,
        ClaimDuty.clock == Clock.HANDLE.value,
        ClaimDuty.ended_at.is_(None),
    )
    return doing.session.scalars(query).one_or_none()


def _extended(doing: Step, running: Sequence[ClaimDuty]) -> Running:
    """The handling clock with its new last day; the first day stays what it was."""
    until = date.fromisoformat(doing.details["until"])
    last = next(d for d in running if d.clock == Clock.HANDLE.value)
    limit = ceiling(doing)
    at_most = () if limit is None else (f"总期限最长至 {limit.due_on}", *limit.basis)
    basis = (f"经负责人批准延长至 {until}：{doing.details['reason']}", *at_most)
    return Running(Clock.HANDLE, last.from_on, until, False, basis)
