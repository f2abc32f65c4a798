"""A duty: somebody must act by a date. The one idea of time in this service.

A duty holds over a span of days. What is known about a contract cuts time into spans; within a
span nothing changes but the day. A replaced date ends one duty and opens the next.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from .alerts import UNREPORTED, Policy, Special
from .contracts import AmendmentKind, Contract, Kind
from .facts import Money
from .ledger import Ledger
from .parties import Side
from .standings import standings_at
from .states import MET, Standing, State
from .triggers import dispute_upstream

_DAY = timedelta(days=1)
_SPECIAL = frozenset(Special)


class Ended(StrEnum):
    """Why a duty stopped holding."""

    FULFILLED = "fulfilled"
    WAIVED = "waived"
    DISPUTED = "disputed"
    #: The due date moved: by an amendment in time, or because a fact was corrected.
    MOVED = "moved"
    SUSPENDED = "suspended"
    #: What was watched beside the obligation is over: a claim answered, a dispute withdrawn.
    RESOLVED = "resolved"
    #: The same date holds on, with another amount or other facts beside it.
    CHANGED = "changed"


#: What an obligation that came to a state means for the duty to meet it.
_ENDS = {
    State.FULFILLED: Ended.FULFILLED,
    State.FULFILLED_LATE: Ended.FULFILLED,
    State.WAIVED: Ended.WAIVED,
    State.DISPUTED: Ended.DISPUTED,
    State.WAITING: Ended.MOVED,
    State.UNDATED: Ended.MOVED,
}

#: Ends that cure a breach: its lead is closed with the reason.
CURES = frozenset({Ended.FULFILLED, Ended.WAIVED, Ended.MOVED})


class Watch(NamedTuple):
    """What is to be watched about an obligation on a day; two equal ones are the same duty."""

    obligation: str
    ladder: str
    due_on: date
    agreed_on: date | None = None
    original_on: date | None = None
    provisional: bool = False
    basis: tuple[str, ...] = ()
    owed_fen: int | None = None
    payments: tuple[Money, ...] = ()
    #: The first day a lead may open; None where none may.
    lead_on: date | None = None

    @property
    def is_main(self) -> bool:
        """Whether it watches the obligation itself, not something said about it."""
        return self.ladder not in _SPECIAL


class Duty(NamedTuple):
    """A watch and the span of days over which it holds."""

    watch: Watch
    from_on: date
    #: The first day it no longer holds; None while nothing ends it.
    until_on: date | None
    #: From which day the steps of its ladder are news: steps passed before it count as one.
    base_on: date
    #: Whether it carries on a duty with the same date, so that its steps are not news again.
    carries_on: bool
    ended: Ended | None


#: The days on which anything about a contract changes by itself or by a fact, in order, each with
#: how every obligation stands from then on: until the next, nothing changes but the day.
History = Sequence[tuple[date, dict[str, Standing]]]


def duties_of(ledger: Ledger, policy: Policy, history: History | None = None) -> list[Duty]:
    """Every duty of a contract over all of time, as far as is known today.

    Args:
        history: from `history_of` the same ledger, if it is there already.
    """
    history = history_of(ledger) if history is None else history
    days = [day for day, _ in history]
    states = [standings for _, standings in history]
    tracks: dict[tuple[str, str], list[tuple[int, Watch]]] = {}
    for i, (day, standings) in enumerate(history):
        for watch in _watches(ledger, policy, day, standings):
            name = "" if watch.is_main else watch.ladder
            tracks.setdefault((watch.obligation, name), []).append((i, watch))
    found: list[Duty] = []
    for track in tracks.values():
        found += _spans(track, days, states)
    return sorted(found, key=lambda d: (d.from_on, d.watch.due_on))


def history_of(ledger: Ledger) -> History:
    """How a contract stands from each day on which anything about it changes."""
    found = []
    facts = [f.on for said in ledger.facts.values() for f in said]
    facts += [money.on for parts in ledger.allotted.values() for money, _ in parts]
    days = {*facts, *(a.agreed_on for a in ledger.amendments), ledger.contract.signed_on}
    days |= {o.added_on for o in ledger.obligations if o.added_on is not None}
    waiting = sorted(days)
    while waiting:
        day = waiting.pop(0)
        standings = standings_at(ledger, day)
        found.append((day, standings))
        lapses = {s.due.on + _DAY for s in standings.values() if _may_lapse(s) and s.due.on}
        if lapses:
            waiting = sorted({d for d in (*waiting, *lapses) if d > day})
    return found


def standings_in(history: History, ledger: Ledger, day: date) -> dict[str, Standing]:
    """How every obligation stands on a day, save for what the day alone changes.

    What is late is not told from what is open here, nor by how many days.
    """
    found = next((standings for since, standings in reversed(history) if since <= day), None)
    return standings_at(ledger, day) if found is None else found


def _may_lapse(standing: Standing) -> bool:
    terms = standing.obligation
    return terms.kind is Kind.SETTLEMENT or (
        terms.kind is Kind.ACCEPTANCE and terms.within is not None
    )


def _spans(
    track: list[tuple[int, Watch]], days: list[date], states: list[dict[str, Standing]]
) -> Iterator[Duty]:
    before: Duty | None = None
    for watch, first, last in _runs(track):
        until = days[last + 1] if last + 1 < len(days) else None
        carries_on = (
            before is not None
            and before.until_on == days[first]
            and before.watch.due_on == watch.due_on
        )
        base = before.base_on if carries_on and before is not None else days[first]
        ended = None
        if until is not None:
            ended = _why(watch, track, states[last + 1], last + 1)
        before = Duty(watch, days[first], until, base, carries_on, ended)
        yield before


def _runs(track: list[tuple[int, Watch]]) -> list[tuple[Watch, int, int]]:
    """Neighbouring snapshots with equal watches, as (watch, first index, last index)."""
    runs: list[tuple[Watch, int, int]] = []
    for i, watch in track:
        if runs and runs[-1][0] == watch and runs[-1][2] == i - 1:
            runs[-1] = (watch, runs[-1][1], i)
        else:
            runs.append((watch, i, i))
    return runs


def _why(
    watch: Watch, track: list[tuple[int, Watch]], after: dict[str, Standing], index: int
) -> Ended:
    following = next((w for i, w in track if i == index), None)
    standing = after[watch.obligation]
    disputed = dispute_upstream(standing, after) or _delivery_disputed(after)
    if following is not None and following.due_on == watch.due_on:
        return Ended.CHANGED
    if following is not None:
        # what the date counts from is disputed: nothing is cured by that
        return Ended.DISPUTED if disputed and following.due_on > watch.due_on else Ended.MOVED
    arrived = sum(m.fen for m in standing.payments) - sum(m.fen for m in watch.payments)
    if watch.owed_fen is not None and watch.is_main and arrived >= watch.owed_fen:
        return Ended.FULFILLED  # what is left, if anything, is in dispute
    if standing.state in (State.WAITING, State.UNDATED) and disputed:
        return Ended.DISPUTED
    still = Ended.SUSPENDED if watch.is_main else Ended.RESOLVED
    return _ENDS.get(standing.state, still)


def _delivery_disputed(standings: dict[str, Standing]) -> bool:
    return any(
        s.obligation.kind is Kind.DELIVERY and s.disputed_since is not None
        for s in standings.values()
    )


def _watches(
    ledger: Ledger, policy: Policy, day: date, standings: dict[str, Standing]
) -> list[Watch]:
    held_since = _suspended_since(ledger, day)
    found: list[Watch] = []
    for standing in standings.values():
        due_on = standing.due.on
        live = standing.state in (State.OPEN, State.OVERDUE)
        if live and due_on is not None and (held_since is None or due_on < held_since):
            found.append(_main(ledger.contract, standing, due_on, policy))
        if standing.state not in MET:
            found += _said_about(ledger, standing, policy, day)
    undated = [s for s in standings.values() if s.state is State.UNDATED]
    if undated and len(undated) == len(standings):
        first = undated[0]
        since = ledger.contract.signed_on
        found.append(Watch(first.obligation.key, Special.COMPLETION, since, basis=first.due.basis))
    return found


def _main(contract: Contract, standing: Standing, due_on: date, policy: Policy) -> Watch:
    terms = standing.obligation
    silent = "" if standing.reported or terms.obligor is Side.ENTERPRISE else UNREPORTED
    return Watch(
        terms.key,
        terms.kind.value + silent,
        due_on,
        standing.due.agreed_on,
        standing.original_due_on,
        standing.due.provisional,
        standing.due.basis,
        standing.undisputed_fen,
        standing.payments,
        _lead_on(contract, standing, due_on, policy),
    )


def _lead_on(contract: Contract, standing: Standing, due_on: date, policy: Policy) -> date | None:
    """Leads arise only from what the government side owes to private enterprises or SMEs."""
    protected = contract.enterprise.is_private or contract.enterprise.is_sme
    if standing.obligation.obligor is not Side.GOVERNMENT or not protected:
        return None
    if standing.rejected_on is not None and standing.rejected_on <= due_on:
        return None  # who looked in time and refused is in dispute, not silent
    earliest = due_on + timedelta(days=max(1, policy.grace_days[contract.field]))
    if standing.claimed_in_full_on is None:
        return earliest
    answer_by = standing.claimed_in_full_on + timedelta(days=policy.confirmation_grace_days)
    return max(earliest, answer_by)


def _said_about(ledger: Ledger, standing: Standing, policy: Policy, day: date) -> Iterator[Watch]:
    key = standing.obligation.key
    if standing.claims:
        claimed = sum(m.fen for m in standing.claims)
        yield Watch(key, Special.CLAIM, standing.claims[0].on, owed_fen=claimed)
    refused = standing.rejected_on if standing.fulfilled_on is None else None
    disputed = standing.disputed_since or refused
    if disputed is not None:
        yield Watch(key, Special.DISPUTE, disputed)
    moves = [
        a.agreed_on
        for a in ledger.amendments
        if a.obligation == key and a.moves_date and a.agreed_on <= day
    ]
    if len(moves) >= max(1, policy.reschedulings):
        yield Watch(key, Special.RESCHEDULING, moves[-1])


def _suspended_since(ledger: Ledger, day: date) -> date | None:
    """The day from which an agreed suspension holds the watch; it never moves a date."""
    since = None
    for a in ledger.amendments:
        if a.agreed_on <= day and a.kind is AmendmentKind.SUSPENSION:
            since = a.agreed_on
        elif a.agreed_on <= day and a.kind is AmendmentKind.RESUMPTION:
            since = None
    return since
