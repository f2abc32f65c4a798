"""A real database beside the model of it: what every step works with and leaves behind."""

import random
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from fulfilment_monitor.domain.documents import fact_document, to_document
from fulfilment_monitor.domain.errors import Refusal
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import contracts, exchange, ledgers, registry, sweeps
from fulfilment_monitor.services import organisations as bodies
from fulfilment_monitor.services.office import Office
from fulfilment_monitor.services.sweeps import Outcome
from tests.services.builders import CLERK, contents, office
from tests.stateful.deals import Deal, Document, Statement
from tests.stateful.model import Model, Raised
from tests.stateful.shapes import Profile, a_deal
from tests.stateful.tables import Tables, read_tables

#: Bodies that may take over, made up, of the right form.
HEIRS = ("113403210030000228", "113403210030000303")
POINTS = ("sweep.before_batch", "sweep.after_alerts", "sweep.before_commit", "sweep.after_commit")
_TOPICS = ("alerts.raised", "contract.changed", "lead.closed", "lead.opened")
_BEIJING = timedelta(hours=8)
_OFFICES: dict[bool, Office] = {}


class Crash(BaseException):
    """The process dies here."""


class Act(NamedTuple):
    """Something somebody tried: whether the rules allow it, and whether it was accepted."""

    name: str
    allowed: bool
    accepted: bool
    said: str


class Repeated(NamedTuple):
    """What was done again or only rehearsed: it must change nothing and tell the truth."""

    name: str
    changed: list[str]
    told: object
    expected: object


class Partner:
    """The other platform: it may be told twice, and acts once."""

    def __init__(self) -> None:
        #: Messages in the order in which they came.
        self.told: list[int] = []
        #: Those that came again though they had been noted as sent.
        self.twice: list[int] = []


class World:
    """A database, the model of it, and what happened so far."""

    def __init__(self, house: House, profile: Profile, seed: int) -> None:
        rng = random.Random(f"{profile.name}:{seed}")
        self.house, self.profile = house, profile
        self.today: date = rng.choice(profile.first_days)
        self.model = Model()
        self.acts: list[Act] = []
        self.repeated: list[Repeated] = []
        self.recorded: Counter[str] = Counter()
        #: How often something was said about a contract that is on the register.
        self.told: Counter[str] = Counter()
        self.partner = Partner()
        self.touched: set[str] = set()
        self.views: dict[str, Document] = {}
        self._minutes = 0
        for heir in HEIRS:
            with house.sessions.begin() as session:
                bodies.register_body(
                    session, heir, f"新设机关{heir[-3:]}", "organ", by=CLERK, now=self.now()
                )
            self.recorded["organisation.register"] += 1
        self.before = self.tables = self.look()

    # --- the world as it is -------------------------------------------------------------------

    def now(self) -> datetime:
        """The instant of the next act: minutes after midnight in Beijing."""
        self._minutes += 1
        midnight = datetime(self.today.year, self.today.month, self.today.day, tzinfo=UTC)
        return midnight - _BEIJING + timedelta(minutes=self._minutes)

    def office(self) -> Office:
        """Law and policy; laid out once per calendar."""
        loaded = bool(self.model.notices)
        if not loaded:
            return office(self.house)
        if loaded not in _OFFICES:
            _OFFICES[loaded] = self.house.office()
        return _OFFICES[loaded]

    def look(self) -> Tables:
        with self.house.readers() as session:
            return read_tables(session)

    def view(self, number: str) -> Document:
        """A contract as pages and API show it today."""
        with self.house.readers() as session:
            about = contracts.find_contract(session, number)
            return registry.show_contract(session, about, as_of=self.today, office=self.office())

    def run(self, verb: Callable[["World", random.Random], None], number: int) -> None:
        """Take one step, then look at what became of everything."""
        self.touched.clear()
        verb(self, random.Random(number))
        self.before, self.tables = self.tables, self.look()
        self.views = {number: self.view(number) for number in sorted(self.touched)}

    def look_at_all(self) -> None:
        """Show every contract, not only what was touched."""
        self.touched = set(self.model.deals)
        self.views = {number: self.view(number) for number in sorted(self.touched)}

    def attempt(self, name: str, action: Callable[[], Any], *, allowed: bool) -> Any:
        """Do what the rules may refuse; returns what came of it, None after a refusal."""
        try:
            done, said = action(), ""
        except Refusal as refusal:
            done, said = None, f"{type(refusal).__name__}: {refusal}"
        self.acts.append(Act(name, allowed, not said, said))
        return done

    def accepted(self) -> bool:
        """Whether the last act was."""
        return self.acts[-1].accepted

    def changes(self, name: str, action: Callable[[], object], expected: object = None) -> None:
        """Do what must leave everything as it is; note whatever it changed."""
        before = contents(self.house)
        told = action()
        after = contents(self.house)
        changed = [t for t in before if before[t] != after[t] and t != "sweep_run"]
        self.repeated.append(Repeated(name, changed, told, expected))

    # --- registering --------------------------------------------------------------------------

    def register(self, documents: list[Document]) -> None:
        with self.house.sessions.begin() as session:
            done = contracts.register_contracts(
                session,
                [read_contract(d) for d in documents],
                by=CLERK,
                office=self.office(),
                now=self.now(),
                today=self.today,
            )
        for document, result in zip(documents, done, strict=True):
            deal = Deal({k: v for k, v in document.items() if k != "facts"}, result.ulid)
            self.model.deals[deal.number] = deal
            self.recorded["contract.register"] += 1
            self.touched.add(deal.number)
            self._name_statements(deal, document.get("facts", []))

    def _name_statements(self, deal: Deal, told: list[Document]) -> None:
        for fact, shown in zip(told, self.view(deal.number)["facts"], strict=True):
            plain = {k: v for k, v in fact.items() if k != "confirmed"}
            answer = "confirmed" if fact.get("confirmed") else None
            deal.statements.append(Statement(shown["id"], plain, answer))
        self.model.changed(deal.number, self.today)

    def new_documents(self, rng: random.Random, count: int) -> list[Document]:
        room = self.profile.contracts[1] - len(self.model.deals)
        first = len(self.model.deals) + 1
        return [
            a_deal(rng, self.profile, f"HT-{n}", self.today)
            for n in range(first, first + min(count, room))
        ]

    # --- sweeping -----------------------------------------------------------------------------

    def sweep(self, day: date, size: int = 500, reach: Callable[[str], None] | None = None) -> Any:
        """Sweep for a day and tell the model what was found."""
        before = set(self.look().alerts)
        told: Outcome | None = None
        with suppress(Crash):
            told = self.sweep_only(day, size, reach or sweeps.nothing)
        found = self.look()
        new: set[Raised] = set(found.alerts) - before
        opened = None if told is not None else _open_leads(found)
        self.model.swept(day, new, opened)
        self.touched |= {lead.number for lead in self.model.leads}
        return told

    def sweep_only(
        self, day: date, size: int, reach: Callable[[str], None] = sweeps.nothing
    ) -> Outcome:
        """Sweep, whatever comes of it."""
        moment = self.now()
        return sweeps.sweep(
            self.house.sessions,
            self.office(),
            as_of=day,
            now=lambda: moment,
            size=size,
            reach=reach,
        )

    def pass_days(self, count: int) -> None:
        self.today += timedelta(days=count)
        self._minutes = 0

    def rehearse(self) -> Outcome:
        moment = self.now()
        return sweeps.rehearse(
            self.house.sessions, self.office(), as_of=self.today, now=lambda: moment
        )

    # --- telling others -----------------------------------------------------------------------

    def deliver(self, limit: int, *, dies: bool) -> None:
        """Tell the partner what waits; die after it was told and before that is noted."""
        sent = {m["id"] for m in self.tables.rows["outbox_message"] if m["sent_at"]}
        with suppress(Crash), self.house.sessions.begin() as session:
            waiting = [m.id for m in exchange.claim(session, _TOPICS, limit)]
            self.partner.twice += [m for m in waiting if m in sent]
            self.partner.told += waiting
            if dies:
                raise Crash
            exchange.mark_sent(session, waiting, now=self.now())

    def exported(self, number: str) -> Document:
        """The document of a contract, as it is given to others."""
        with self.house.readers() as session:
            about = contracts.find_contract(session, number)
            file = ledgers.read_files(session, [about])[about]
            told = [fact_document(fact) for _, fact in file.facts]
            return {**to_document(file.terms), "facts": told}

    def close(self) -> None:
        self.house.close()


def _open_leads(tables: Tables) -> set[tuple[str, str]]:
    return {tables.owed[x["obligation_id"]] for x in tables.leads if x["state"] == "open"}
