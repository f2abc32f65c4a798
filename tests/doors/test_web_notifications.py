"""The bell, the list of notifications, and where one is written to."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.authority import Role
from fulfilment_monitor.domain.notifications import TOPICS
from fulfilment_monitor.house import House, keys_of, open_house
from fulfilment_monitor.scheduler import tasks
from fulfilment_monitor.services import notification_digests, notifications
from fulfilment_monitor.services.notification_digests import Address
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.notifications import Notification
from fulfilment_monitor.web.language import speaks_of
from tests.conftest import at
from tests.doors.api_world import townsman
from tests.doors.signing_in import account_of, open_for
from tests.services.builders import ORGAN, a_document, day, office, register, sweep
from tests.services.case_builders import WAY, a_world, go

TODAY = day("2025-09-25")


@pytest.fixture
def house(sqlite_template: Path, tmp_path: Path) -> Iterator[House]:
    """What stands in the lists is asked on both databases elsewhere."""
    file = tmp_path / "fulfilment.db"
    file.write_bytes(sqlite_template.read_bytes())
    opened = open_house(Settings(database_url=f"sqlite:///{file}", keys_dir=str(tmp_path / "keys")))
    yield opened
    opened.close()


@pytest.fixture
def told(house: House) -> House:
    """A missed payment of which a clerk and a head were told twice."""
    register(house, a_document())
    for who in (Role.CLERK, Role.HEAD):
        account_of(house, who.value, ORGAN, who)
    sweep(house, "2025-09-25")
    notifications.gather(
        house.sessions, house.readers, office(house), house.notifying, now=at(TODAY), today=TODAY
    )
    return house


def signed_in(house: House, who: Role) -> tuple[FlaskClient, str]:
    """A client with a session, and the token of its forms."""
    client = create_app(house, lambda: Moment(at(TODAY), TODAY)).test_client()
    client.set_cookie("session", open_for(house, account_of(house, who.value, ORGAN, who), TODAY))
    page = client.get("/notifications").text
    return client, page.partition('name="csrf_token" value="')[2].partition('"')[0]


def test_the_bell_counts_what_is_unread_on_every_page(told: House) -> None:
    client, _ = signed_in(told, Role.CLERK)
    for path in ("/contracts", "/account", "/notifications"):
        assert '<span class="count" aria-hidden="true">2</span>' in client.get(path).text
    street = create_app(told, lambda: Moment(at(TODAY), TODAY)).test_client()
    assert 'class="bell"' not in street.get("/about").text


def test_a_notification_says_what_and_leads_there(told: House) -> None:
    client, _ = signed_in(told, Role.CLERK)
    page = client.get("/notifications").text
    assert "出现违约线索（未经核实）" in page
    assert "付款：到期后 15 日" in page
    assert "HT-1" in page
    link = page.partition('<a href="/contracts/')[2].partition('"')[0]
    assert client.get(f"/contracts/{link}").status_code == 200
    english = client.get("/notifications?lang=en").text
    assert "A lead (unverified sign) has arisen" in english
    assert "Payment: 15 days after" in english


def test_one_is_marked_as_read_and_then_all_and_nobody_elses(told: House) -> None:
    client, token = signed_in(told, Role.CLERK)
    head, _ = signed_in(told, Role.HEAD)
    with told.readers() as session:
        foreign = session.scalars(select(Notification).where(Notification.by_sms)).first()
        (mine, last) = session.scalars(
            select(Notification.id)
            .where(Notification.recipient == f"account:{account_of(told, 'clerk', ORGAN)}")
            .order_by(Notification.id)
        ).all()
    assert foreign is not None
    send = {"csrf_token": token}
    assert client.post("/notifications/read", data={"one": mine}).status_code == 403
    for one in (mine, foreign.id):
        assert client.post("/notifications/read", data={**send, "one": one}).status_code == 303
    assert 'aria-hidden="true">1</span>' in client.get("/notifications").text
    assert 'aria-hidden="true">2</span>' in head.get("/notifications").text
    assert client.post("/notifications/read", data={**send, "upto": last}).status_code == 303
    page = client.get("/notifications").text
    assert "没有未读提醒" in page
    assert 'class="count"' not in page
    everything = client.get("/notifications?show=all").text
    assert everything.count("已读") >= 2
    assert client.post("/notifications/read", data={**send, "one": "x"}).status_code == 400


def test_an_address_is_given_shown_masked_and_taken_away(told: House) -> None:
    client, token = signed_in(told, Role.CLERK)
    clerk = account_of(told, "clerk", ORGAN)

    def give(email: str, phone: str = "") -> int:
        sent = {"csrf_token": token, "email": email, "phone": phone}
        return client.post("/notifications/address", data=sent).status_code

    assert give("no address") == 422
    assert give("clerk@example.com", "13800001234") == 303
    page = client.get("/notifications").text
    assert "c****@example.com" in page
    assert "138****1234" in page
    assert "clerk@example.com" not in page
    with told.readers() as session:
        kept = notification_digests.address_of(session, clerk, keys_of(told))
    assert kept == Address("clerk@example.com", "13800001234")
    assert give("") == 303
    assert "未填写，不发送" in client.get("/notifications").text


def test_who_handles_a_case_is_led_to_it(house: House) -> None:
    go(house, a_world(house), WAY[:2])
    handler = townsman(house, "handler", "2025-10-22").client
    notifications.gather(
        house.sessions, house.readers, office(house), house.notifying,
        now=at(day("2025-10-22")), today=day("2025-10-22"),
    )  # fmt: skip
    page = handler.get("/notifications").text
    assert "事项转交本单位办理" in page
    link = page.partition('<a href="/cases/')[2].partition('"')[0]
    assert handler.get(f"/cases/{link}").status_code == 200


def test_every_topic_has_words() -> None:
    assert [t for t in TOPICS if not speaks_of(f"told.{t}")] == []


def test_the_scheduler_tells_at_once_and_writes_in_office_hours_only(
    told: House, tmp_path: Path
) -> None:
    clerk = account_of(told, "clerk", ORGAN)
    with told.sessions.begin() as session:
        address = Address("clerk@example.com")
        notification_digests.keep_address(session, clerk, address, keys_of(told), now=at(TODAY))
    settings = replace(told.settings, message_sink=str(tmp_path / "out"))
    here = replace(told, settings=settings)

    def lines_after(hour: int) -> int:
        moment = at(TODAY).replace(hour=hour)
        tasks.do(here, "notify", {}, lambda: Moment(moment, TODAY))
        written = (tmp_path / "out").glob("*.jsonl")
        return sum(len(p.read_text("utf-8").splitlines()) for p in written)

    assert lines_after(0) == 0  # eight in the morning in Beijing
    assert lines_after(1) == 1
    assert lines_after(2) == 1
