"""`/admin/dead-letters`: lines, what waits and why, and dead letters sent again by a click."""

import re
from datetime import timedelta

import pytest

from fulfilment_monitor.domain.deliveries import Answer
from fulfilment_monitor.house import House
from fulfilment_monitor.services import deliveries
from fulfilment_monitor.services.deliveries import Line, Parcel
from tests.doors.test_web_admin import Office
from tests.services.account_builders import NOW
from tests.services.partner_builders import Clock, a_partner, a_way, say, states

_PAGE = "/admin/dead-letters"


class Refusing:
    """A platform that refuses one record and answers nothing of another."""

    def message(self, line: Line, parcel: Parcel) -> Answer:
        if parcel.key == "BAD":
            return Answer(422)
        if parcel.key == "DOWN":
            return Answer(503)
        return Answer(200, {"id": parcel.ulid, "receipt": "r"})

    receipt = package = held = None


def exchanged(house: House) -> Clock:
    """A dead letter, a message that waits, one that arrived."""
    clock = Clock(NOW - timedelta(hours=9))
    a_partner(house, now=clock())
    a_partner(house, code="county", name="县平台", now=clock(), region="530000")
    for key in ("BAD", "GOOD", "DOWN"):
        say(house, key, now=clock())
    for _ in range(6):
        deliveries.deliver(a_way(house, clock, carrier=Refusing()))  # type: ignore[arg-type]
        clock.forward(hours=1)
    return clock


@pytest.mark.proves("F3", "R-84")
def test_what_waits_is_shown_with_its_reason_and_dead_letters_are_sent_again(house: House) -> None:
    office = Office(house)
    empty = office.get("sys", _PAGE)
    assert "还没有登记伙伴平台" in empty.text
    exchanged(house)
    page = office.get("sys", _PAGE).text
    assert "省信用信息共享平台" in page
    assert "对方平台不可用，持续重试" in page
    assert "refused-422" in page
    assert "等待首次交换" in page  # nothing was exchanged with the county yet
    (ulid,) = re.findall(r'name="ulids" value="(\w{26})"', page)
    assert "120000" not in page  # nothing of what a message says
    assert office.post("sec", f"{_PAGE}/replay", ulids=ulid).status_code == 403
    assert ("BAD", 1, "dead") in states(house)
    assert office.post("sys", f"{_PAGE}/replay", ulids=ulid).status_code == 303
    assert ("BAD", 1, "waiting") in states(house)
    assert "没有死信" in office.get("sys", _PAGE).text
    assert office.post("sys", f"{_PAGE}/replay", ulids=ulid).status_code == 409
    assert office.post("sys", f"{_PAGE}/replay", ulids="x").status_code in (404, 422)


def test_nothing_chosen_changes_nothing(house: House) -> None:
    office = Office(house)
    exchanged(house)
    before = states(house)
    assert office.post("sys", f"{_PAGE}/replay").status_code == 303
    assert states(house) == before
