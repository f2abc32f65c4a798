"""How complete what is collected is: by body and stream, by channel, and what is missing."""

from datetime import date

import pytest

from fulfilment_monitor.domain.case_codes import Stream
from fulfilment_monitor.gateways.platforms import open_platforms
from fulfilment_monitor.house import House
from fulfilment_monitor.services import collection, deliveries
from fulfilment_monitor.services.collection import Gap, OfBody, OfChannel
from tests.services.builders import a_document, register
from tests.services.case_builders import a_town, complain
from tests.services.partner_builders import Clock, a_partner, a_way, key_of, say, states
from tests.services.receiver import Near, Receiver, shown
from tests.services.test_incoming_packages import cover
from tests.services.test_records import listed

ON = date(2026, 3, 2)
#: Of whom `say` speaks.
SAID = "11340321MB0000001X"
OTHER = {"code": "11530000MB0000002X", "name": "另一单位"}


def of_bodies(house: House, region: str = "") -> list[OfBody]:
    with house.readers() as session:
        platforms = open_platforms(house.settings)
        return collection.of_bodies(session, platforms, on=ON, region=region)


@pytest.mark.proves("R-76")
def test_records_are_counted_by_body_and_stream_with_what_each_lacks(house: House) -> None:
    clock = Clock()
    platform = Receiver(key_of(house), clock)
    platform.plan = lambda m: shown({}, 503) if m["key"] == "LATE" else None
    a_partner(house)
    say(house, "WHOLE")
    say(house, "WHOLE", 2, change="corrected")
    say(house, "LATE")
    say(house, "LIST", stream="arrears", content={"arrears_state": "unpaid"})
    say(house, "BARE", body=OTHER, region="530100", content={"breach": "arrears"})
    deliveries.deliver(a_way(house, clock, carrier=Near(platform)))
    name = "示例县财政局"
    assert of_bodies(house) == [
        OfBody(SAID, name, "arrears", 1, 1, 1, ()),
        OfBody(SAID, name, "breach", 2, 2, 1, (Gap("LATE", (), ("province",)),)),
        OfBody(
            OTHER["code"], OTHER["name"], "breach", 1, 0, 0,
            (Gap("BARE", ("determined_by", "legal_basis"), ("province",)),),
        ),
    ]  # fmt: skip
    assert [b.body for b in of_bodies(house, "530000")] == [OTHER["code"]]
    assert {b.body for b in of_bodies(house, "340300")} == {SAID}
    for _ in range(5):  # refused once too often, it lies aside and is missing all the same
        clock.forward(hours=2)
        deliveries.deliver(a_way(house, clock, carrier=Near(platform)))
    assert ("BARE", 1, "dead") in states(house)
    assert [b.held for b in of_bodies(house)] == [1, 1, 0]
    # it is put right, and arrives
    say(house, "BARE", 2, body=OTHER, region="530100")
    platform.plan = lambda _message: None
    clock.forward(hours=2)
    deliveries.deliver(a_way(house, clock, carrier=Near(platform)))
    assert all(b.gaps == () and b.records == b.complete == b.held for b in of_bodies(house))


@pytest.mark.proves("R-76")
def test_a_record_of_the_ledger_says_all_that_the_form_needs(house: House) -> None:
    a_town(house)
    for stream in (Stream.ARREARS, Stream.JUDGMENT_DEFAULTER, Stream.PROMISE):
        listed(house, stream)
    assert [(b.stream, b.complete, b.gaps) for b in of_bodies(house)] == [
        ("arrears", 1, ()), ("judgment-defaulter", 1, ()), ("promise", 1, ()),
    ]  # fmt: skip


@pytest.mark.proves("R-76")
def test_each_channel_says_what_came_what_lies_aside_and_which_day_is_missing(
    house: House,
) -> None:
    a_town(house)
    register(house, a_document())
    for number in ("1", "2"):
        complain(house, "2025-10-20", channel="inspection", source_no=number)
    for on in ("2025-10-20", "2025-10-22"):
        cover(house, on)
    with house.readers() as session:
        found = collection.of_channels(
            session, house.channels, house.maps, as_of=date(2025, 10, 23)
        )
        before = collection.of_channels(
            session, house.channels, house.maps, as_of=date(2025, 10, 19)
        )
    by_code = {c.channel: c for c in found}
    assert set(by_code) == {c.code for c in house.channels}  # those that sent nothing show, too
    assert by_code["inspection"] == OfChannel("inspection", 2, 0, 0, ())
    assert by_code["hotline-12345"].missing == (date(2025, 10, 21),)
    assert {c.complaints for c in before} == {0}
