"""A package each calendar day, and the comparison that proves what a platform holds."""

from datetime import timedelta
from typing import Any

import pytest

from fulfilment_monitor.domain.deliveries import State, digest_of_day
from fulfilment_monitor.house import House
from fulfilment_monitor.services import deliveries, packages, reconciliations
from fulfilment_monitor.services.deliveries import Way
from tests.services import builders
from tests.services.builders import day
from tests.services.credit_builders import messages
from tests.services.partner_builders import (
    NOW,
    Clock,
    a_partner,
    a_way,
    key_of,
    rows,
    say,
    states,
)
from tests.services.receiver import Near, Receiver, shown

FIRST = day("2026-03-02")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def platform(house: House, clock: Clock) -> Receiver:
    """A platform that wants a package a day, from the day the tests begin."""
    a_partner(house, daily=True, since=FIRST.isoformat())
    return Receiver(key_of(house), clock)


def way(house: House, clock: Clock, platform: Receiver | None) -> Way:
    """To the platform itself; or as in earnest."""
    return a_way(house, clock, carrier=None if platform is None else Near(platform))


def deliver(house: House, clock: Clock, platform: Receiver | None) -> deliveries.Passed:
    return deliveries.deliver(way(house, clock, platform))


def pack(house: House, clock: Clock, platform: Receiver | None) -> int:
    return packages.deliver(way(house, clock, platform))


def reconcile(
    house: House, clock: Clock, platform: Receiver | None
) -> list[reconciliations.Compared]:
    return reconciliations.reconcile(way(house, clock, platform))


def missing(house: House, clock: Clock) -> list[tuple[str, str]]:
    with house.readers() as session:
        found = packages.missing(session, today=clock().date())
        return [(m.day.isoformat(), m.why) for m in found]


@pytest.mark.proves("R-81")
def test_every_calendar_day_has_a_package_and_a_day_with_nothing_an_empty_one(
    house: House, clock: Clock, platform: Receiver
) -> None:
    say(house, "A")
    say(house, "B")
    deliver(house, clock, platform)
    assert pack(house, clock, platform) == 0  # the day is not over
    clock.forward(days=3)
    assert pack(house, clock, platform) == 3
    assert [(p["day"], p["count"], len(p["items"])) for p in platform.packages] == [
        ("2026-03-02", 2, 2), ("2026-03-03", 0, 0), ("2026-03-04", 0, 0),
    ]  # fmt: skip
    first = platform.packages[0]
    assert first["mapping"] == {"code": "gov-credit", "version": "2023-draft-1"}
    assert first["digest"] == digest_of_day((i["id"], i["digest"]) for i in first["items"])
    assert pack(house, clock, platform) == 0
    assert missing(house, clock) == []
    assert len(platform.held) == 2  # the items were held already, under the same ids


@pytest.mark.proves("R-81")
def test_a_day_that_is_missing_is_found_and_told_once(
    house: House, clock: Clock, platform: Receiver
) -> None:
    platform.plan = lambda said: shown({}, 503) if "items" in said else None
    clock.forward(days=2)
    assert missing(house, clock) == [("2026-03-02", "not-made")]
    pack(house, clock, platform)
    assert missing(house, clock) == [("2026-03-02", "waiting")]
    for _ in range(2):
        with house.sessions.begin() as session:
            packages.report_missing(
                session, builders.office(house), now=clock(), today=clock().date()
            )
    told = messages(house, packages.MISSING)
    assert [(m["partner"], m["day"]) for m in told] == [("province", "2026-03-02")]
    platform.plan = lambda _said: None
    clock.forward(hours=2)
    pack(house, clock, platform)
    assert missing(house, clock) == []


def test_a_package_carries_what_could_not_go_by_itself(
    house: House, clock: Clock, platform: Receiver
) -> None:
    platform.plan = lambda said: shown({}, 503) if "body" in said else None
    say(house, "A")
    deliver(house, clock, platform)
    clock.forward(days=1)
    assert pack(house, clock, platform) == 1
    (row,) = rows(house)
    assert row.state == "acknowledged"
    assert (row.receipt or "").startswith("package ")
    assert platform.applied["record.state", "A"][0] == 1


def test_a_large_day_goes_in_parts(
    house: House, clock: Clock, platform: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "PART", 2)
    for n in range(5):
        say(house, f"K{n}")
    deliver(house, clock, platform)
    clock.forward(days=1)
    assert pack(house, clock, platform) == 1
    assert [(p["part"], p["parts"], len(p["items"])) for p in platform.packages] == [
        (1, 3, 2), (2, 3, 2), (3, 3, 1),
    ]  # fmt: skip
    assert {p["count"] for p in platform.packages} == {5}
    assert len({p["id"] for p in platform.packages}) == 1
    with house.readers() as session:
        (listed,) = packages.list_packages(session)
    assert (listed.items, listed.state) == (5, "acknowledged")


@pytest.mark.proves("F5", "R-78")
def test_what_a_platform_acknowledged_and_lost_is_named_and_just_that_sent_again(
    house: House, clock: Clock, platform: Receiver
) -> None:
    for n in range(20):
        say(house, f"K{n}")
    deliver(house, clock, platform)
    assert {s for _, _, s in states(house)} == {"acknowledged"}
    lost = [list(platform.held)[n] for n in (3, 11)]
    for ulid in lost:
        del platform.held[ulid]
    clock.forward(days=1)
    (compared,) = reconcile(house, clock, platform)
    assert (compared.agrees, compared.our_count, compared.their_count) == (False, 20, 18)
    assert sorted(compared.missing) == sorted(lost)
    before = len(platform.arrived)
    deliver(house, clock, platform)
    assert len(platform.arrived) == before + 2
    (healed,) = reconcile(house, clock, platform)
    assert (healed.agrees, healed.missing) == (True, ())
    assert reconcile(house, clock, platform) == []  # agreed: it is not asked again
    clock.forward(days=1)
    (empty,) = reconcile(house, clock, platform)
    assert (empty.day, empty.agrees, empty.our_count) == (FIRST + timedelta(1), True, 0)


def test_a_message_that_arrived_although_no_answer_did_is_found_by_comparison(
    house: House, clock: Clock, platform: Receiver
) -> None:
    platform.plan = lambda said: (platform.hold(said), shown({}, 504))[1]
    say(house, "A")
    deliver(house, clock, platform)
    assert states(house) == [("A", 1, "waiting")]
    clock.forward(days=1)
    (compared,) = reconcile(house, clock, platform)
    assert compared.missing == ()
    assert rows(house)[0].receipt == reconciliations.FOUND


def test_what_the_platform_holds_and_we_do_not_know_is_counted(
    house: House, clock: Clock, platform: Receiver
) -> None:
    say(house, "A")
    deliver(house, clock, platform)
    strange = {**next(iter(platform.held.values())), "id": "01STRANGE"}
    platform.held["01STRANGE"] = strange
    clock.forward(days=1)
    (compared,) = reconcile(house, clock, platform)
    assert (compared.agrees, compared.missing, compared.unknown) == (False, (), 1)
    platform.lists_items = False
    assert reconcile(house, clock, platform) == []  # nothing to go by: asked another time
    with house.readers() as session:
        (listed,) = reconciliations.list_reconciliations(session)
    assert (listed.our_count, listed.their_count, listed.unknown) == (1, 2, 1)


def test_another_content_under_the_same_id_is_missing(
    house: House, clock: Clock, platform: Receiver
) -> None:
    say(house, "A")
    deliver(house, clock, platform)
    (message,) = platform.held.values()
    message["digest"] = "0" * 64
    clock.forward(days=1)
    (compared,) = reconcile(house, clock, platform)
    assert compared.missing == (message["id"],)
    assert states(house) == [("A", 1, State.WAITING.value)]


def test_a_platform_that_says_nonsense_changes_nothing(
    house: House, clock: Clock, platform: Receiver
) -> None:
    say(house, "A")
    deliver(house, clock, platform)
    clock.forward(days=1)
    strange: list[Any] = [
        [], {"count": -1, "digest": "0" * 64}, {"count": 1, "digest": "x"}, {"count": True},
        {"count": 0, "digest": "0" * 64, "items": "all"},
        {"count": 0, "digest": "0" * 64, "items": [{"id": 1, "digest": "0" * 64}]},
    ]  # fmt: skip
    for said in strange:
        platform.held_of = lambda *_, said=said: shown(said, 200)  # type: ignore[method-assign]
        assert reconcile(house, clock, platform) == []
    assert states(house) == [("A", 1, "acknowledged")]


@pytest.mark.proves("R-16")
def test_a_platform_without_an_api_gets_whole_files_with_their_digests(
    house: House, clock: Clock
) -> None:
    import hashlib
    import json

    a_partner(house, address="folder:county", daily=True, since=FIRST.isoformat())
    say(house, "A")
    assert deliver(house, clock, None).taken == 1
    (row,) = rows(house)
    out = house.settings.exchange_path() / "county"
    written = out / "out" / "2026-03-02" / f"{row.ulid}.json"
    digest = hashlib.sha256(written.read_bytes()).hexdigest()
    assert (out / "out" / "2026-03-02" / f"{row.ulid}.json.sha256").read_text() == (
        f"{digest}  {row.ulid}.json\n"
    )
    said = json.loads(written.read_text("utf-8"))
    assert (said["id"], said["sent_at"]) == (row.ulid, "2026-03-02T09:00:00+08:00")
    clock.forward(minutes=5)
    deliver(house, clock, None)
    assert rows(house)[0].state == "taken"  # nobody has fetched it
    (out / "in" / f"{row.ulid}.ack").write_text("收文〔2026〕7号\n", "utf-8")
    clock.forward(minutes=5)
    deliver(house, clock, None)
    assert rows(house)[0].receipt == "收文〔2026〕7号"
    clock.forward(days=1)
    assert pack(house, clock, None) == 0
    (package,) = (out / "out" / "packages").glob("*.json")
    assert json.loads(package.read_text("utf-8"))["count"] == 1
    assert reconcile(house, clock, None) == []
    assert not list(out.rglob("*.part"))
    assert clock() > NOW
