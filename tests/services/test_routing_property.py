"""Through mergers, moves, returns and escalations the handler is never in conflict, never missing.

Worlds are drawn at random and lived through for months; after every act each open claim is looked
at with code of the test's own.
"""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from fulfilment_monitor.domain.authority import Actor, Role
from fulfilment_monitor.domain.bodies import Matter
from fulfilment_monitor.domain.cases import Event, State
from fulfilment_monitor.domain.errors import Refusal
from fulfilment_monitor.domain.routing import NATION
from fulfilment_monitor.house import House
from fulfilment_monitor.services import cases, organisations, people, recusal
from fulfilment_monitor.services.office import Office
from fulfilment_monitor.store.cases import Claim, RoutingDecision
from fulfilment_monitor.store.organisations import Organisation
from fulfilment_monitor.store.people import Person
from tests.conftest import at
from tests.services import states
from tests.services.builders import CLERK, office

START = date(2025, 1, 2)
REGIONS = ["340321", "340322", "340300", "340000"]
MATTERS = [Matter.PROCUREMENT, Matter.CREDIT_LEAD]
ROLES = frozenset(Role) - {Role.SYSTEM}
#: The way a claim is pushed along; a return or an escalation comes in between.
ONWARDS = {
    State.LEAD: (Event.ACCEPT, {}),
    State.ACCEPTED: (Event.TRANSFER, {}),
    State.VERIFYING: (
        Event.FIND_SUBSTANTIATED,
        {
            "facts": "逾期未付", "legal_basis": "民法典第五百七十七条", "verification": "true",
            "breach": "arrears", "respondent_says": "无异议",
        },
    ),
    State.SUBSTANTIATED: (
        Event.RECTIFY,
        {"items": ["支付货款"], "due_on": "2027-12-31", "served_on": "2025-01-02"},
    ),
}  # fmt: skip

numbers = st.integers(0, 999)
VERBS = [
    "push", "push", "push", "staff", "return", "return", "escalate", "merge", "merge_parties",
    "move", "move_parties", "post", "post_at_respondent", "leave", "open",
]  # fmt: skip
acts = st.lists(
    st.tuples(st.sampled_from(VERBS), numbers, numbers, st.integers(0, 30)),
    min_size=12, max_size=24,
)  # fmt: skip
places = st.lists(st.tuples(st.sampled_from(REGIONS), st.integers(-1, 7)), min_size=5, max_size=9)


class World:
    """Bodies 0 … n; the last one is the credit lead of the nation, whom nothing befalls."""

    def __init__(
        self, session: Session, law: Office, drawn: list[tuple[str, int]], seats: list[int]
    ) -> None:
        self.session, self.office, self.today = session, law, START
        self.bodies: list[int] = []
        for i, (region, upper) in enumerate(drawn):
            self.bodies.append(states.a_body(session, f"B{i}", region))
            if 0 <= upper < i:
                states.below(session, self.bodies[i], self.bodies[upper])
        for k, seat in enumerate(seats):
            matter, region = MATTERS[k % 2], REGIONS[k // 2 % 4]
            states.competent(session, self.bodies[seat % len(drawn)], matter, region)
        self.nation = states.a_body(session, "NATION", level="national")
        states.competent(session, self.nation, Matter.CREDIT_LEAD, NATION)
        self.people = [f"p{i}" for i in range(5)]
        for i, handle in enumerate(self.people):
            people.enrol(session, handle, "某人", by=CLERK, now=at(START))
            self.post(i, i * 7)
        self.claims = [self.open(len(drawn) - 1), self.open(len(drawn) - 2)]
        for number in (0, 0, 1):  # one has been handed over, the other taken in
            self.push(number, 0)

    def pick(self, number: int) -> int:
        return self.bodies[number % len(self.bodies)]

    def code(self, body: int) -> str:
        return self.session.get_one(Organisation, body).code

    def claim(self, number: int) -> Claim:
        found = self.claims[number % len(self.claims)]
        return self.session.scalars(select(Claim).where(Claim.ulid == found)).one()

    # --- acts ---------------------------------------------------------------------------------

    def open(self, number: int) -> str:
        respondent = self.pick(number)
        return states.a_claim(self.session, respondent, self.office, self.today).ulid

    def push(self, a: int, b: int) -> None:
        claim = self.claim(a)
        if claim.state == State.TRANSFERRED.value:
            self.take_up(claim)
        elif State(claim.state) in ONWARDS:
            self.fire(claim, *ONWARDS[State(claim.state)])

    def take_up(self, claim: Claim) -> None:
        for handle in self.people:
            if claim.state == State.TRANSFERRED.value:
                self.fire(claim, Event.TAKE_UP, {"handler": handle})

    def staff(self, a: int, b: int) -> None:
        """A handler for the body that holds a claim, and that body takes it up."""
        claim = self.claim(a)
        self.post(b, claim.holder_id or 0, exact=True)
        if claim.state == State.TRANSFERRED.value:
            self.take_up(claim)

    def give_back(self, a: int, b: int) -> None:
        self.fire(self.claim(a), Event.RETURN, {"to": self.code(self.pick(b)), "reason": "非本级"})

    def escalate(self, a: int, b: int) -> None:
        lead = Actor("lead", body=self.nation, roles=ROLES)
        self.fire(self.claim(a), Event.ESCALATE, {"reason": "久拖不决"}, lead)

    def merge(self, a: int, b: int) -> None:
        self.succeed(self.pick(a), self.pick(b))

    def merge_parties(self, a: int, b: int) -> None:
        """The respondent and who holds or took in a claim become one, either way."""
        claim = self.claim(a)
        other = (claim.holder_id if b & 2 else claim.intake_id) or 0
        pair = [claim.respondent_id, other]
        self.succeed(*(pair if b & 1 else pair[::-1]))

    def succeed(self, old: int, new: int) -> None:
        if old == new or self.nation in (old, new):
            return
        try:
            organisations.succeed(
                self.session, self.code(old), self.code(new), on=self.today, reason="机构改革",
                by=CLERK, now=at(self.today),
            )  # fmt: skip
        except Refusal:
            return
        self.relieve(bodies=[old, new])

    def move(self, a: int, b: int) -> None:
        self.put(self.pick(a), self.pick(b))

    def move_parties(self, a: int, b: int) -> None:
        """Who holds a claim is put below the respondent."""
        claim = self.claim(a)
        self.put(claim.holder_id or 0, claim.respondent_id)

    def put(self, low: int, high: int) -> None:
        if self.nation in (low, high) or self.bodies.index(low) <= self.bodies.index(high):
            return  # links lead from later bodies to earlier ones: no circle
        states.below(self.session, low, high, self.today)
        self.relieve(bodies=[low, high])

    def post(self, a: int, b: int, *, exact: bool = False) -> None:
        handle = self.people[a % len(self.people)]
        try:
            people.post(
                self.session, handle, self.code(b if exact else self.pick(b)), Role.HANDLER,
                from_on=self.today, by=CLERK, now=at(self.today),
            )  # fmt: skip
        except Refusal:
            return
        self.relieve(person=people.find_person(self.session, handle).id)

    def post_at_respondent(self, a: int, b: int) -> None:
        """Whoever handles a claim gets a post at its respondent."""
        claim = self.claim(a)
        if claim.handler_id is not None:
            handle = self.session.get_one(Person, claim.handler_id).handle
            self.post(self.people.index(handle), claim.respondent_id, exact=True)

    def leave(self, a: int, b: int) -> None:
        handle = self.people[a % len(self.people)]
        person = people.find_person(self.session, handle).id
        held = people.posts_of(self.session, person, self.today)
        if held and held[b % len(held)].from_on < self.today:
            body = self.code(held[b % len(held)].body_id)
            people.leave(
                self.session, handle, body, Role.HANDLER, on=self.today, by=CLERK,
                now=at(self.today),
            )  # fmt: skip
            self.relieve(person=person)

    def fire(
        self, claim: Claim, event: Event, details: dict[str, Any], by: Actor | None = None
    ) -> None:
        body = states.answering(self.session, claim.holder_id or 0, self.today)
        try:
            with self.session.begin_nested():
                cases.fire(
                    self.session, claim.ulid, event, details,
                    by=by or Actor("officer", body=body, roles=ROLES), office=self.office,
                    now=at(self.today), today=self.today,
                )  # fmt: skip
        except Refusal:
            self.session.expire_all()

    def relieve(self, **told: Any) -> None:
        done = recusal.relieve(
            self.session, office=self.office, now=at(self.today), today=self.today, **told
        )
        assert done.stuck == []

    def live(self, script: list[tuple[str, int, int, int]]) -> None:
        self.look()
        for verb, a, b, days in script:
            self.today += timedelta(days=days)
            if verb == "open":
                self.claims.append(self.open(a))
            else:
                getattr(self, "give_back" if verb == "return" else verb)(a, b)
            self.look()

    # --- what must hold -----------------------------------------------------------------------

    def look(self) -> None:
        self.session.flush()
        for claim in self.session.scalars(select(Claim).where(Claim.closed_at.is_(None))):
            barred = states.conflicted(self.session, claim.respondent_id, self.today)
            for body in (claim.holder_id, claim.intake_id):
                assert body is not None
                assert states.answering(self.session, body, self.today) not in barred
            if claim.handler_id is not None:
                served = states.served(self.session, claim.handler_id, self.today)
                assert not served & barred
                now = people.posts_of(self.session, claim.handler_id, self.today)
                at_holder = states.answering(self.session, claim.holder_id or 0, self.today)
                bodies = {states.answering(self.session, p.body_id, self.today) for p in now}
                assert at_holder in bodies
            assert claim.returned <= 2
        decided = select(RoutingDecision).order_by(RoutingDecision.id.desc()).limit(1)
        for decision in self.session.scalars(decided):
            chosen = [r["body"] for r in decision.reasoning if r.get("chosen")]
            assert chosen == [decision.body_id]


def live_through(house: House, examples: int) -> None:
    law = office(house)

    @given(places, st.lists(numbers, min_size=0, max_size=8), acts)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],  # a world as drawn is clear enough; shrinking takes minutes
        suppress_health_check=list(HealthCheck),
    )
    def run(
        drawn: list[tuple[str, int]], seats: list[int], script: list[tuple[str, int, int, int]]
    ) -> None:
        with house.sessions() as session:
            try:
                World(session, law, drawn, seats).live(script)
            finally:
                session.rollback()

    run()


@pytest.mark.proves("R-50", "A9", "A11", "I-9")
def test_the_handler_is_never_in_conflict_and_never_missing(house: House) -> None:
    live_through(house, 25 if house.engine.dialect.name == "sqlite" else 8)


@pytest.mark.endurance
def test_and_so_in_many_more_worlds(house: House) -> None:
    live_through(house, 600 if house.engine.dialect.name == "sqlite" else 150)
