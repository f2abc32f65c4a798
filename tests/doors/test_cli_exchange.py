"""The exchange by commands: `partner`, `deliver`, `packages`, `reconcile`, `dead-letters`."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fulfilment_monitor import clock as wall
from fulfilment_monitor.cli.kit import Exit
from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.house import House, keys_of
from fulfilment_monitor.scheduler.outgoing import way_out
from fulfilment_monitor.services import deliveries, partner_keys
from tests.services.account_builders import a_member
from tests.services.builders import fulfilment_monitor
from tests.services.partner_builders import Clock, say
from tests.services.receiver import Receiver, receiving, shown


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """A machine that may speak to itself, and two administrators."""
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("FM_OUTWARD_ALLOW", "127.0.0.0/8")
    a_member(house, "sec", "A", Role.SECURITY_ADMIN)
    a_member(house, "sys", "A", Role.SYSTEM_ADMIN)
    return house


@pytest.fixture
def platform(desk: House) -> Iterator[Receiver]:
    def find(key: str) -> Any:
        with desk.readers() as session:
            return partner_keys.find(session, key, keys_of(desk), now=wall.moment().now)

    with receiving(find, lambda: wall.moment().now) as receiver:
        yield receiver


def done(*words: str) -> Any:
    ran = fulfilment_monitor(*words, "--json")
    assert ran.status == Exit.DONE, ran.err
    return ran.json


def connect(platform: Receiver) -> str:
    """Register the platform and share a key with it, all by command; returns the key."""
    since = (wall.moment().today - timedelta(days=1)).isoformat()
    asked = done(
        "partner", "ask", "province", "--name", "省平台", "--kind", "platform", "--address",
        platform.url, "--mapping", "gov-credit", "--since", since, "--daily", "--reason", "协议",
        "--as", "sec",
    )  # fmt: skip
    alone = fulfilment_monitor("partner", "decide", asked["asked"], "--as", "sec")
    assert alone.status == Exit.USAGE
    done("partner", "decide", asked["asked"], "--as", "sys")
    asked = done(
        "partner", "ask-key", "province", "--scope", "deliver", "--reason", "签名", "--as", "sec"
    )
    done("partner", "decide", asked["asked"], "--as", "sys")
    (key,) = done("partner", "keys", "province")["items"]
    assert key["state"] == "waiting"
    fetched = done("partner", "fetch-key", key["ulid"], "--as", "sec")
    assert len(fetched["secret"]) == 64
    return str(key["ulid"])


@pytest.mark.proves("R-16", "R-84")
def test_a_platform_is_connected_and_served_by_commands(desk: House, platform: Receiver) -> None:
    key = connect(platform)
    now = wall.moment().now
    say(desk, "A", now=now - timedelta(days=1))
    say(desk, "BAD", now=now, content={})
    passed = done("deliver")
    assert (passed["gathered"], passed["acknowledged"], passed["packages"]) == (2, 1, 1)
    assert platform.refused_signatures == 0
    (waits,) = done("deliver", "--waiting")["items"]
    assert (waits["partner"], waits["why"], waits["number"]) == ("province", "refused", 1)
    (speed,) = done("deliver", "--speed")["items"]
    assert speed["number"] == 1
    assert 86_000 < speed["longest_seconds"] < 90_000  # it was queued yesterday
    told = {t["key"]: t for t in done("deliver", "--told", "province")["items"]}
    assert (told["A"]["state"], told["BAD"]["state"]) == ("acknowledged", "waiting")
    assert told["A"]["receipt"] in {f"r-{i}" for i in platform.held}
    today = wall.moment().today
    (late,) = done("deliver", "--told", "province", "--since", str(today))["items"]
    assert (late["key"], late["receipt"]) == ("BAD", None)
    assert fulfilment_monitor("deliver", "--told", "nobody").status == Exit.USAGE
    whole = done("collection")
    (line,) = whole["bodies"]
    assert (line["records"], line["complete"], line["held"]) == (2, 1, 1)
    (gap,) = line["gaps"]
    assert (gap["record"], gap["not_held_by"]) == ("BAD", ["province"])
    assert "determined_by" in gap["lacking"]
    assert {c["channel"] for c in whole["channels"]} == {c.code for c in desk.channels}
    assert "BAD: breach_kind, determined_by" in fulfilment_monitor("collection").out
    assert done("collection", "--region", "530000")["bodies"] == []
    (listed,) = done("packages", "list")["items"]
    assert (listed["items"], listed["state"]) == (1, "acknowledged")
    assert done("packages", "missing")["items"] == []
    (line,) = done("partner", "list")["items"]
    assert (line["last_fault"], line["failures"]) == (None, 0)
    assert line["last_good_at"] is not None
    (shown_key,) = done("partner", "keys")["items"]
    assert shown_key["last_used_at"] is not None
    for words in (("partner", "list"), ("partner", "keys"), ("packages", "list"), ("deliver",)):
        assert fulfilment_monitor(*words).status == Exit.DONE
    (compared,) = done("reconcile", "--day", str(today - timedelta(days=1)))["items"]
    assert (compared["our_count"], compared["their_count"]) == (1, 1)
    assert compared["agrees"]
    rotated = done("partner", "rotate-key", key, "--as", "sec")
    done("partner", "revoke-key", key, "--as", "sec")
    states = {k["ulid"]: k["state"] for k in done("partner", "keys")["items"]}
    assert states == {key: "revoked", rotated["key"]: "open"}


@pytest.mark.proves("F3")
def test_dead_letters_are_listed_and_replayed_by_command(desk: House, platform: Receiver) -> None:
    connect(platform)
    platform.plan = lambda _message: shown({}, 400)
    say(desk, "A", now=wall.moment().now)
    clock = Clock(wall.moment().now)
    spoken = replace(desk, settings=replace(desk.settings, outward_allow="127.0.0.0/8"))
    for _ in range(5):
        way = way_out(spoken, lambda: wall.moment().now)._replace(now=clock)
        deliveries.deliver(way)
        clock.forward(hours=1)
    (dead,) = done("dead-letters")["items"]
    assert (dead["key"], dead["fault"]) == ("A", "refused-400")
    platform.plan = lambda _message: None
    refused = fulfilment_monitor("dead-letters", "replay", dead["ulid"], "--as", "sec")
    assert refused.status == Exit.USAGE
    assert done("dead-letters", "replay", dead["ulid"], "--as", "sys") == {"replayed": 1}
    assert done("deliver")["acknowledged"] == 1
    again = fulfilment_monitor("dead-letters", "replay", dead["ulid"])
    assert again.status == Exit.USAGE


def test_the_schema_of_a_mapping_is_printed_and_unknown_ones_are_refused(desk: House) -> None:
    ran = fulfilment_monitor("packages", "schema", "gov-credit", "breach")
    assert ran.json["additionalProperties"] is False
    assert "草案" in ran.json["title"]
    early = fulfilment_monitor("packages", "schema", "gov-credit", "breach", "--on", "2023-08-04")
    assert early.status == Exit.USAGE
    assert fulfilment_monitor("packages", "schema", "none", "breach").status == Exit.USAGE
