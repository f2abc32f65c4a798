"""The exchange against the sandbox, over real HTTP: whatever it does wrong, what should be is."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.clocks import beijing_day
from fulfilment_monitor.gateways.sandbox.app import Sandbox
from fulfilment_monitor.gateways.sandbox.faults import Dice
from fulfilment_monitor.gateways.sandbox.serving import serving
from fulfilment_monitor.gateways.sandbox.shelf import Shelf
from fulfilment_monitor.gateways.sandbox.signing import Key, Nonces
from fulfilment_monitor.house import House
from fulfilment_monitor.services import deliveries, packages, partners, reconciliations
from fulfilment_monitor.services.deliveries import Way
from fulfilment_monitor.store.partners import PartnerKey
from tests.services.partner_builders import Clock, a_partner, a_way, key_of, rows, say

_clock = Clock()


class Platform:
    """A house with two partners, each a sandbox: a credit platform, and a channel."""

    def __init__(self, house: House, boxes: Sequence[tuple[Sandbox, str]]) -> None:
        self.house, self.boxes, self.clock = house, [box for box, _ in boxes], _clock
        a_partner(house, address=boxes[0][1], daily=True, since="2026-03-01")
        a_partner(house, code="hotline", kind="channel", channel="x", address=boxes[1][1])
        with house.sessions.begin() as session:
            partners.take(session, "hotline").topics = ["case.told"]
            ulids = list(session.scalars(select(PartnerKey.ulid)))
        keys = [key for key in map(key_of(house), ulids) if key is not None]
        for box in self.boxes:
            box.shelf, box.dice, box.nonces = Shelf(), Dice(), Nonces()
            box.keys = {key.id: Key(key.algorithm.value, key.secret) for key in keys}
        self.way: Way = a_way(house, self.clock)
        self.said: dict[tuple[str, str], int] = {}

    def say(self, topic: str, key: str) -> None:
        version = self.said[topic, key] = self.said.get((topic, key), 0) + 1
        say(self.house, key, version, topic=topic, now=self.clock.now)

    def tell(self, **faults: object) -> None:
        for box in self.boxes:
            box.dice.tell(faults)

    def arrivals(self) -> list[tuple[str, str, str, int, str]]:
        return [a for box in self.boxes for a in box.shelf.arrivals()]

    def lost(self) -> set[str]:
        return {ident for box in self.boxes for ident in box.shelf.lost()}

    def deliver(self) -> None:
        deliveries.deliver(self.way)
        packages.deliver(self.way)

    def settle(self) -> None:
        """Some quiet hours: nothing goes wrong any more."""
        self.tell(down=False, fail=0, hang=0, lose=0, late_seconds=0)
        for _ in range(4):
            self.clock.forward(hours=1)
            self.deliver()

    def check(self) -> None:
        """Every message arrived, had its effect once, and none came out of its order."""
        held = {k: v for box in self.boxes for k, (v, _) in box.shelf.things().items()}
        assert held == self.said
        applied: dict[tuple[str, str], list[int]] = {}
        effects: dict[str, int] = {}
        for ident, topic, key, version, what in self.arrivals():
            if what == "applied":
                applied.setdefault((topic, key), []).append(version)
                effects[ident] = effects.get(ident, 0) + 1
            assert what in ("applied", "again", "lost"), (ident, what)  # nothing older came later
        assert set(effects.values()) == {1}
        for about, versions in applied.items():
            assert versions == sorted(versions)
            if about[0] != "record.state":  # of records the whole is told: only the last counts
                assert versions == list(range(1, self.said[about] + 1))
        assert {r.state for r in rows(self.house)} <= {"acknowledged", "overtaken"}


@pytest.fixture(scope="module")
def boxes() -> Iterator[list[tuple[Sandbox, str]]]:
    one, other = Sandbox(_clock), Sandbox(_clock)
    with serving(one) as here, serving(other) as there:
        yield [(one, here), (other, there)]


@pytest.fixture
def platform(house: House, boxes: list[tuple[Sandbox, str]]) -> Platform:
    _clock.now = Clock().now
    return Platform(house, boxes)


@pytest.mark.proves("F7", "R-78")
def test_eight_days_without_the_platform_lose_nothing(platform: Platform) -> None:
    platform.tell(down=True)
    for number in range(4):
        platform.say("record.state", f"r{number % 2}")
        platform.say("case.told", f"c{number % 3}")
        platform.deliver()
        platform.clock.forward(hours=48)
    assert platform.arrivals() == []
    platform.settle()
    platform.check()
    found = reconciliations.reconcile(platform.way)
    assert found
    assert all(c.agrees for c in found)
    days = [day for _, day, _, _ in platform.boxes[0].shelf.packages()]
    assert days == [f"2026-03-{n:02}" for n in range(1, 10)]  # one for each day that is over


@pytest.mark.proves("F5", "R-78")
def test_what_was_lost_after_its_receipt_is_named_and_sent_again_and_nothing_else(
    platform: Platform,
) -> None:
    for number in range(40):
        platform.say("case.told", f"c{number}")
    platform.tell(lose=0.03, seed=2)
    deliveries.deliver(platform.way)
    lost = platform.lost()
    assert len(lost) == 2
    platform.tell(lose=0)
    platform.clock.forward(days=1)
    before = len(platform.arrivals())
    day = beijing_day(platform.clock.now) - timedelta(days=1)
    [compared] = reconciliations.reconcile(platform.way, partner="hotline", day=day)
    assert set(compared.missing) == lost
    deliveries.deliver(platform.way)
    assert {a[0] for a in platform.arrivals()[before:]} == lost
    [again] = reconciliations.reconcile(platform.way, partner="hotline", day=day)
    assert again.agrees
    platform.check()


def course(platform: Platform, seed: int, steps: int) -> None:
    chance = random.Random(seed)
    for _ in range(steps):
        for _ in range(chance.randint(0, 4)):
            topic = chance.choice(["record.state", "case.told"])
            platform.say(topic, f"k{chance.randint(1, 4)}")
        platform.tell(
            down=chance.random() < 0.2,
            fail=chance.choice([0, 0.2, 0.7]),
            hang=chance.choice([0, 0.2]),
            hang_seconds=0,
            late_seconds=chance.choice([0, 0, 3_600]),
            seed=chance.randrange(1_000),
        )
        platform.deliver()
        platform.clock.forward(minutes=chance.choice([1, 10, 90, 1_500]))
    platform.settle()
    platform.clock.forward(days=1)
    platform.deliver()
    platform.check()
    assert all(c.agrees for c in reconciliations.reconcile(platform.way))


def test_by_whatever_chance_every_message_arrives_once_and_in_order(platform: Platform) -> None:
    if platform.house.engine.dialect.name == "sqlite":
        course(platform, seed=1, steps=5)


@pytest.mark.endurance
@pytest.mark.parametrize("seed", range(2, 12))
def test_by_many_chances_every_message_arrives_once_and_in_order(
    platform: Platform, seed: int
) -> None:
    course(platform, seed, steps=120)
