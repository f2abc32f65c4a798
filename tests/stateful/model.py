"""What the register must have done: alerts, leads and who answers, without a line of the product.

Dates and states come from the oracle in tests/model, days and steps from alerts/rules.toml.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from tests.stateful.deals import Deal, Row, noticed
from tests.stateful.watches import Watch, interest_of, watches_of

_NEVER = date.min


class Place(NamedTuple):
    """Where an alert belongs: one ladder of one due date of one obligation."""

    number: str
    key: str
    track: str
    due_on: date


class Raised(NamedTuple):
    number: str
    key: str
    due_on: date
    rule: str


@dataclass
class Lead:
    number: str
    key: str
    rule: str
    breached_on: date
    episode: int
    raised_on: date
    outstanding: int | None
    interest: int | None
    respondent: str
    closed_on: date | None = None
    why: str | None = None


class Swept(NamedTuple):
    """What one sweep had to raise, might raise, and did raise."""

    day: date
    must: frozenset[Raised]
    may: frozenset[Raised]
    found: frozenset[Raised]
    complete: bool


@dataclass
class Model:
    deals: dict[str, Deal] = field(default_factory=dict)
    leads: list[Lead] = field(default_factory=list)
    alerts: dict[Raised, date] = field(default_factory=dict)
    sweeps: list[Swept] = field(default_factory=list)
    successions: list[tuple[str, str, date]] = field(default_factory=list)
    notices: dict[date, str] = field(default_factory=dict)
    last_sweep: date | None = None
    #: The day of the last sweep that was begun, whether or not it came to its end.
    begun: date | None = None
    _seen: dict[Place, date] = field(default_factory=dict)
    #: What a completed sweep knew of, then or later to be watched.
    _sighted: set[Place] = field(default_factory=set)
    #: What was thought to be over for a while since it was last seen.
    _doubted: set[Place] = field(default_factory=set)
    _histories: dict[str, list[tuple[date, dict[str, Row]]]] = field(default_factory=dict)

    # --- how contracts stand -------------------------------------------------------------------

    def rows(self, number: str, day: date) -> dict[str, Row]:
        """How the obligations of a contract stand on a day."""
        with noticed(self.notices):
            return self.deals[number].rows(day)

    def history(self, number: str) -> list[tuple[date, dict[str, Row]]]:
        """The days on which a contract changes, and how it stands from each of them on."""
        if number not in self._histories:
            deal = self.deals[number]
            with noticed(self.notices):
                self._histories[number] = [(day, deal.rows(day)) for day in deal.days()]
        return self._histories[number]

    def standing(self, number: str, day: date) -> dict[str, Row]:
        """The rows that hold on a day, as they were when last anything changed."""
        return [rows for since, rows in self.history(number) if since <= day][-1]

    def watches(self, number: str, day: date) -> list[Watch]:
        """What is watched about a contract on a day."""
        deal = self.deals[number]
        if day < deal.signed_on:
            return []
        found = []
        for key, row in self.standing(number, day).items():
            found += watches_of(deal, key, row, day)
        return found

    def changed(self, number: str, today: date) -> None:
        """Something was said about a contract: a breach that is over has its lead closed."""
        self._histories.pop(number, None)
        places = self._places(number, today)
        to_come = places | self._ever(number, today)
        self._sighted -= {p for p in self._sighted if p.number == number} - to_come
        self._doubted |= {p for p in self._seen if p.number == number and p not in places}
        for lead in self.leads:
            if lead.number == number and lead.closed_on is None:
                self._close(lead, None)

    def noticed(self, days: dict[date, str], today: date) -> None:
        """A calendar was loaded: what was counted is counted again."""
        before = {n: self._timeline(n) for n in self.deals}
        self.notices = days
        self._histories.clear()
        for number in self.deals:
            if self._timeline(number) != before[number]:
                self.changed(number, today)

    def _timeline(self, number: str) -> list[list[Watch]]:
        return [self.watches(number, day) for day, _ in self.history(number)]

    # --- sweeps --------------------------------------------------------------------------------

    def due_alerts(self, day: date) -> tuple[set[Raised], set[Raised]]:
        """What a sweep of a day must raise, and what it may raise."""
        must: set[Raised] = set()
        may: set[Raised] = set()
        for number in self.deals:
            for watch in self.watches(number, day):
                sure, allowed = self._news(number, watch, day)
                place = Place(number, watch.key, watch.track, watch.due_on)
                must |= self._new(place, sure)
                may |= self._new(place, allowed)
        return must, may

    def _new(self, place: Place, names: Iterable[str]) -> set[Raised]:
        raised = {Raised(place.number, place.key, place.due_on, rule) for rule in names}
        return raised - set(self.alerts)

    def _news(self, number: str, watch: Watch, day: date) -> tuple[set[str], set[str]]:
        """The rules that are news: all since the last look, and at the first look the highest."""
        passed = watch.passed(day)
        place = Place(number, watch.key, watch.track, watch.due_on)
        looked = self._seen.get(place)
        if looked is None:
            # Known before it held, it is first looked at on the day from which it does.
            looked = self._since(place, day) if place in self._sighted else day
            first = list(watch.passed(looked))[-1:]
        elif place not in self._doubted and self._since(place, day) <= looked:
            first = []
        else:  # it was on and off between two sweeps: not less than the newest step
            return set(list(passed)[-1:]), set(passed)
        sure = {*first, *(rule for rule, since in passed.items() if since > looked)}
        return sure, sure

    def _since(self, place: Place, day: date) -> date:
        """The day since which something has been watched without a break."""
        since = day
        for change, _ in reversed(self.history(place.number)):
            if change <= day:
                if place not in self._places(place.number, change):
                    break
                since = change
        return since

    def _places(self, number: str, day: date) -> set[Place]:
        return {Place(number, w.key, w.track, w.due_on) for w in self.watches(number, day)}

    def _ever(self, number: str, after: date) -> set[Place]:
        """What is watched about a contract at any time after a day, by what is known now."""
        days = [day for day, _ in self.history(number) if day > after]
        return {place for day in days for place in self._places(number, day)}

    def due_leads(self, day: date) -> list[Lead]:
        """The leads a sweep of a day opens."""
        found = []
        for number in self.deals:
            for watch in self.watches(number, day):
                if watch.lead_on is not None and watch.lead_on <= day:
                    found += self._lead(number, watch, day)
        return found

    def _lead(self, number: str, watch: Watch, day: date) -> Iterator[Lead]:
        earlier = [x for x in self.leads if (x.number, x.key) == (number, watch.key)]
        until = self._until(Place(number, watch.key, watch.track, watch.due_on), day)
        over = [x for x in earlier if x.closed_on and (until is None or x.closed_on < until)]
        if len(over) < len(earlier):
            return  # one is open, or was closed by what ends this very breach
        deal, row = self.deals[number], self.standing(number, day)[watch.key]
        body = deal.document["government"]["uscc"]
        yield Lead(
            number,
            watch.key,
            f"{watch.track}.not-performed",
            watch.due_on,
            len(earlier) + 1,
            day,
            watch.owed,
            interest_of(deal, row, watch, day),
            self.responsible(body, day),
        )

    def _until(self, place: Place, day: date) -> date | None:
        """The first later day on which a watch no longer holds."""
        later = (d for d, _ in self.history(place.number) if d > day)
        return next((d for d in later if place not in self._places(place.number, d)), None)

    def swept(self, day: date, found: set[Raised], opened: set[tuple[str, str]] | None) -> None:
        """Take over what a sweep did; after a crash, `opened` says which leads there are."""
        complete = opened is None
        self.begun = day
        must, may = self.due_alerts(day)
        self.sweeps.append(Swept(day, frozenset(must), frozenset(may), frozenset(found), complete))
        places = {(r.number, r.key, r.due_on, r.rule.split(".")[0]) for r in found}
        for number in self.deals:
            for place in self._places(number, day):
                if complete or (number, place.key, place.due_on, place.track) in places:
                    self._seen[place] = day
                    self._doubted.discard(place)
        self.alerts |= dict.fromkeys(found, day)
        for lead in self.leads:
            if complete and lead.closed_on is None:
                self._close(lead, day)
        new = self.due_leads(day)
        self.leads += [x for x in new if opened is None or (x.number, x.key) in opened]
        if complete:
            self.last_sweep = day
            for number in self.deals:
                self._sighted |= self._ever(number, day)

    # --- how a breach ends ---------------------------------------------------------------------

    def _close(self, lead: Lead, by: date | None) -> None:
        """Close a lead whose breach is over, as far as a sweep has come."""
        ended = self.ended(lead.number, lead.key, lead.breached_on)
        if ended is None:
            return
        on, why = ended
        if by is not None and on > by:
            return
        if why == "disputed":  # not cured by that, but by what settled it in the end
            if (settled := self.settled(lead.number, lead.key)) is None:
                return
            on, why = settled
        lead.closed_on, lead.why = max(on, lead.raised_on), why

    def ended(self, number: str, key: str, due_on: date) -> tuple[date, str] | None:
        """The day a breach was over and why, by what is known now."""
        history = self.history(number)
        live = [i for i, (_, rows) in enumerate(history) if _live_on(rows[key], due_on)]
        if not live:
            return _NEVER, "moved"
        if live[-1] == len(history) - 1:
            return None
        (_, before), (day, after) = history[live[-1] : live[-1] + 2]
        return day, _why(before[key], after[key], after)

    def settled(self, number: str, key: str) -> tuple[date, str] | None:
        """The day since which an obligation is met by what is known now, and how."""
        met = None
        for day, rows in reversed(self.history(number)):
            if not rows[key].is_met:
                break
            met = day, rows[key].state.removesuffix("_late")
        return met

    # --- bodies --------------------------------------------------------------------------------

    def responsible(self, body: str, day: date) -> str:
        """Who answers for a body on a day."""
        seen = {body}
        while True:
            taken = [(on, i) for i, (old, _, on) in enumerate(self.successions)
                     if old == body and on <= day]  # fmt: skip
            if not taken:
                return body
            heir = self.successions[max(taken)[1]][1]
            if heir in seen:
                return body
            seen.add(heir)
            body = heir

    def ever_after(self, body: str) -> set[str]:
        """A body and all that ever answer for it."""
        reached = {body}
        while more := {new for old, new, _ in self.successions if old in reached} - reached:
            reached |= more
        return reached


def _live_on(row: Row, due_on: date) -> bool:
    return row.is_live and row.due_on == due_on


def _why(before: Row, row: Row, rows: dict[str, Row]) -> str:
    """Why an obligation is no longer due on its date: the names the interface gives."""
    contested = any(
        r.terms["kind"] == "delivery" and r.disputed_since is not None for r in rows.values()
    )
    if row.is_live:
        later = row.due_on is not None and before.due_on is not None and row.due_on > before.due_on
        return "disputed" if contested and later else "moved"
    arrived = sum(fen for _, fen in row.paid) - sum(fen for _, fen in before.paid)
    if before.undisputed is not None and arrived >= before.undisputed:
        return "fulfilled"
    if row.state in ("waiting", "undated"):
        return "disputed" if contested or row.disputed_since else "moved"
    return row.state.removesuffix("_late")
