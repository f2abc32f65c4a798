"""Packages a channel has to send: what came, what is missing, and who is told."""

from dataclasses import replace

import pytest

from fulfilment_monitor.domain.channel_maps import ChannelMaps, Form, missing_days
from fulfilment_monitor.domain.channels import Channels, Operator
from fulfilment_monitor.domain.inbox import MessageKind
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.channel_messages import mapping_for
from fulfilment_monitor.services import channels as channel_book
from fulfilment_monitor.services import inbox, inbox_work, incoming_packages, nightly
from tests.conftest import at
from tests.services.builders import day, office
from tests.services.case_builders import CITY_CREDIT, PROVINCE_CREDIT, a_town, secrets
from tests.services.credit_builders import messages
from tests.services.inbox_builders import HOTLINE, a_desk, a_ticket, poisoned, put


def cover(house: House, on: str, *, channel: str = HOTLINE, items: int = 0) -> None:
    """The package of a day came on that day."""
    _, how = mapping_for(house.maps, channel, Form.JSON, day(on))
    message = inbox.Incoming(
        channel, "key:test", f"P-{on}", "json", how.version, b"{}", MessageKind.PACKAGE, day(on),
        items,
    )  # fmt: skip
    with house.sessions.begin() as session:
        inbox.store(session, message, secrets(house), now=at(day(on)))


def line(house: House, on: str, channel: str = HOTLINE, maps: ChannelMaps | None = None) -> dict:
    with house.readers() as session:
        listed = channel_book.list_channels(
            session, house.channels, "340321", office(house), as_of=day(on),
            maps=maps or house.maps,
        )  # fmt: skip
    return next(c for c in listed if c["code"] == channel)


def run_by_the_city(house: House) -> Channels:
    operator = Operator("340300", CITY_CREDIT, day("2020-01-01"))
    return Channels(
        c._replace(operators=(operator,)) if c.code == HOTLINE else c for c in house.channels
    )


@pytest.mark.proves("R-81", "R-37")
def test_a_day_without_a_package_is_seen_and_told_once_and_an_empty_one_is_none(
    house: House,
) -> None:
    a_town(house)
    assert line(house, "2025-10-01")["missing_packages"] == []  # it never was connected
    for on in ("2025-10-20", "2025-10-21", "2025-10-24"):
        cover(house, on)
    seen = line(house, "2025-10-25")
    assert seen["missing_packages"] == ["2025-10-22", "2025-10-23"]
    assert (seen["last_package_on"], seen["last_exchange_on"]) == ("2025-10-24", "2025-10-24")
    assert (seen["connection"], seen["package_every_days"]) == ("good", 1)
    assert line(house, "2025-10-23")["missing_packages"] == ["2025-10-22"]  # as it stood then
    for _ in range(2):
        nightly.follow(
            house.sessions, office(house), secrets(house), channels=run_by_the_city(house),
            maps=house.maps, now=at(day("2025-10-25")), today=day("2025-10-25"),
        )  # fmt: skip
    told = messages(house, incoming_packages.TOPIC)
    assert [(m["day"], m["to"]) for m in told] == [
        (on, to) for on in ("2025-10-22", "2025-10-23") for to in (CITY_CREDIT, PROVINCE_CREDIT)
    ]
    cover(house, "2025-10-22")  # it comes late, and is missing no more
    assert line(house, "2025-10-25")["missing_packages"] == ["2025-10-23"]


@pytest.mark.proves("R-82")
def test_the_period_of_other_channels_is_the_offices_and_a_missed_one_is_seen(
    house: House,
) -> None:
    cover(house, "2025-10-01", channel="inspection")
    assert line(house, "2025-10-20", "inspection")["missing_packages"] == []
    assert line(house, "2025-10-21", "inspection")["missing_packages"] == ["2025-10-20"]
    weekly = ChannelMaps(
        replace(f, every_days=7) if f.channel == "inspection" else f for f in house.maps
    )
    assert line(house, "2025-10-20", "inspection", weekly)["missing_packages"] == ["2025-10-14"]


def test_who_is_expected_from_a_day_on_is_missed_from_that_day_on(house: House) -> None:
    maps = ChannelMaps(replace(f, expected_from=day("2025-10-19")) for f in house.maps)
    seen = line(house, "2025-10-21", maps=maps)
    assert (seen["missing_packages"], seen["connection"]) == (["2025-10-19", "2025-10-20"], "never")
    with house.sessions.begin() as session:
        count = incoming_packages.report_missing(
            session, house.channels, maps, office(house), now=at(day("2025-10-21")),
            today=day("2025-10-21"),
        )  # fmt: skip
    assert count >= 2  # nobody is named to run it: it is told without an address
    # who was expected long ago is not told of every day since
    long_ago = ChannelMaps(replace(f, expected_from=day("2000-01-01")) for f in house.maps)
    assert len(line(house, "2025-10-21", maps=long_ago)["missing_packages"]) == 366


def test_what_waits_and_what_was_laid_aside_is_seen_with_the_channel(house: House) -> None:
    a_town(house)
    put(house, a_ticket("A"), "1")
    put(house, a_ticket("BAD"), "2")
    seen = line(house, "2025-10-21")
    assert (seen["to_apply"], seen["dead_letters"], seen["last_received_on"]) == (
        2, 0, "2025-10-21",
    )  # fmt: skip
    inbox_work.work(a_desk(house, read=poisoned(house, "BAD")))
    assert line(house, "2025-10-21")["to_apply"] == 1


def test_periods_are_counted_from_the_first_day() -> None:
    first, covered = day("2025-10-01"), [day("2025-10-01"), day("2025-10-12")]
    assert missing_days(10, first, covered, day("2025-10-31")) == (day("2025-10-30"),)
    assert missing_days(10, first, [], day("2025-10-10")) == ()
