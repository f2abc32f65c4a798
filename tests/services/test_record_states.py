"""From a determination to the platforms: each change of a record is told in its own transaction."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.case_codes import Stream
from fulfilment_monitor.domain.platforms import Form, Platforms
from fulfilment_monitor.gateways.platforms import open_platforms
from fulfilment_monitor.house import House
from fulfilment_monitor.services import deliveries, delivery_proofs
from fulfilment_monitor.services.delivery_forms import NOT_IN_FORCE
from fulfilment_monitor.store.exchange import OutboxMessage
from fulfilment_monitor.store.records import CreditEntry
from tests.services import builders
from tests.services.builders import paid, state
from tests.services.case_builders import (
    COUNTY_CREDIT,
    IN_SCOPE,
    WAY,
    a_town,
    a_world,
    act,
    complain,
    drive,
    go,
)
from tests.services.credit_builders import REPAIRING
from tests.services.partner_builders import Clock, a_partner, a_way, key_of, rows
from tests.services.receiver import Receiver, receiving, shown
from tests.services.test_records import change, listed


@pytest.fixture
def clock(house: House) -> Clock:
    return Clock(datetime.fromisoformat("2025-12-01T09:00:00+08:00"))


@pytest.fixture
def platform(house: House, clock: Clock) -> Iterator[Receiver]:
    with receiving(key_of(house, now=clock()), clock) as receiver:
        receiver.find_key = lambda key: key_of(house, now=clock())(key)
        a_partner(house, address=receiver.url, now=clock(), region="340000")
        yield receiver


def queued(house: House) -> list[tuple[int, str, str]]:
    """The versions of the one record: change and state."""
    with house.readers() as session:
        query = select(OutboxMessage).where(OutboxMessage.topic == "record.state")
        found = session.scalars(query.order_by(OutboxMessage.id)).all()
        return [(m.version, m.body["change"], m.body["state"]) for m in found]


def moments(house: House) -> tuple[datetime, datetime]:
    """When the first message was queued, and the first entry written."""
    with house.readers() as session:
        query = select(OutboxMessage.queued_at).where(OutboxMessage.topic == "record.state")
        written = select(CreditEntry.recorded_at).order_by(CreditEntry.id)
        return session.scalars(query).first(), session.scalars(written).first()  # type: ignore[return-value]


@pytest.mark.proves("R-72", "R-75", "R-126", "R-127")
def test_a_determination_and_its_repair_reach_the_platform_each_with_a_receipt(
    house: House, clock: Clock, platform: Receiver
) -> None:
    claim = a_world(house)
    drive(house, claim, "propose_determination")
    assert queued(house) == []  # nothing leaves that is not determined
    go(house, claim, WAY[-1:])
    assert queued(house) == [(1, "listed", "effective")]
    assert moments(house)[0] == moments(house)[1]  # in the step itself
    clock.now = datetime.fromisoformat("2026-01-13T09:00:00+08:00")
    deliveries.deliver(a_way(house, clock))
    ((_, body),) = platform.applied.values()
    assert (body["stream"], body["change"], body["state"]) == ("01", "A", "1")
    assert body["determined_by"]
    state(house, paid("2026-02-09"), "2026-02-09")
    go(house, claim, REPAIRING)
    clock.now = datetime.fromisoformat("2026-02-12T10:00:00+08:00")
    deliveries.deliver(a_way(house, clock))
    ((version, body),) = platform.applied.values()
    assert (version, body["change"], body["state"], body["ended_on"]) == (2, "R", "2", "2026-02-12")
    assert [(r.version, r.state, bool(r.receipt)) for r in rows(house)] == [
        (1, "acknowledged", True), (2, "acknowledged", True),
    ]  # fmt: skip


@pytest.mark.proves("R-83")
def test_what_came_by_inspection_goes_out_in_the_national_form_once_it_is_determined(
    house: House, clock: Clock, platform: Receiver
) -> None:
    a_town(house)
    builders.register(house, builders.a_document())
    taken = complain(house, "2025-10-20", channel="inspection", source_no="督〔2025〕7号")
    act(house, taken.claims[0], "accept", "county_lead", "2025-10-21", scope=IN_SCOPE)
    go(house, taken.claims[0], WAY[1:-1])
    deliveries.deliver(a_way(house, clock))
    assert (queued(house), platform.arrived) == ([], [])  # everything but determined
    go(house, taken.claims[0], WAY[-1:])
    clock.now = datetime.fromisoformat("2026-01-08T10:00:00+08:00")
    deliveries.deliver(a_way(house, clock))
    ((_, body),) = platform.applied.values()
    form = open_platforms(house.settings).find("gov-credit")
    assert form is not None
    version = form.in_force(date(2026, 1, 8))
    assert version is not None
    assert set(body) <= set(version.schema("breach")["properties"])
    assert set(body) >= set(version.schema("breach")["required"])
    assert "督〔2025〕7号" not in str(body)


@pytest.mark.proves("R-73")
def test_what_was_said_upward_when_and_what_was_accepted_can_be_proved(
    house: House, clock: Clock, platform: Receiver
) -> None:
    a_town(house)
    clock.now = datetime.fromisoformat("2026-01-10T10:00:00+08:00")
    listed(house, Stream.ARREARS)
    listed(house, Stream.PROMISE, "2026-01-12")
    clock.forward(days=2)
    first = clock()
    deliveries.deliver(a_way(house, clock))
    platform.plan = lambda _message: shown({}, 503)
    listed(house, Stream.JUDGMENT_DEFAULTER, "2026-01-13")
    clock.forward(days=1)
    deliveries.deliver(a_way(house, clock))
    with house.readers() as session:
        told = delivery_proofs.list_told(session, "province")
        later = delivery_proofs.list_told(session, "province", since=date(2026, 1, 13))
        before = delivery_proofs.list_told(session, "province", until=date(2026, 1, 12))
    assert [(t.day.isoformat(), t.state) for t in told] == [
        ("2026-01-10", "acknowledged"), ("2026-01-12", "acknowledged"), ("2026-01-13", "waiting"),
    ]  # fmt: skip
    assert (before, later) == (told[:2], told[2:])
    held = {m["digest"]: f"r-{i}" for i, m in platform.held.items()}
    assert {t.digest: t.receipt for t in told[:2]} == held  # both sides can show the same
    assert {t.acknowledged_at for t in told[:2]} == {first}
    assert (told[2].receipt, told[2].acknowledged_at) == (None, None)


@pytest.mark.proves("R-79")
def test_corrections_and_ends_of_lists_are_versions_under_their_own_stream(
    house: House, clock: Clock, platform: Receiver
) -> None:
    a_town(house)
    record = listed(house, Stream.ARREARS)
    put_right: dict[str, Any] = {"amount": "900.00"}
    change(house, "correct", record, "sme_intake", "2026-01-20", put_right, "笔误")
    change(house, "end", record, "sme_intake", "2026-02-01", "已付清")
    listed(house, Stream.PROMISE)
    assert [(v, c) for v, c, _ in queued(house)] == [
        (1, "listed"), (2, "corrected"), (3, "ended"), (1, "listed"),
    ]  # fmt: skip
    clock.now = datetime.fromisoformat("2026-02-02T09:00:00+08:00")
    deliveries.deliver(a_way(house, clock))
    found = {b["stream"]: (v, b["change"], b.get("amount")) for v, b in platform.applied.values()}
    assert found == {"02": (3, "E", "900.00"), "04": (1, "A", None)}
    said = str(list(platform.held.values()))
    assert "某个体工商户" not in said  # the creditor is in no field of the mapping


@pytest.mark.proves("R-86", "R-84")
def test_until_the_standard_is_in_force_items_wait_complete_with_the_reason(
    house: House, clock: Clock, platform: Receiver
) -> None:
    a_town(house)
    shipped = open_platforms(house.settings).find("gov-credit")
    assert shipped is not None
    opens = shipped.versions[0]._replace(version="2026", from_on=date(2026, 7, 1))
    later = Platforms({"gov-credit": Form("gov-credit", shipped.label, (opens,))})
    listed(house, Stream.ARREARS)
    for today in ("2026-01-11", "2026-03-01", "2026-06-30"):
        clock.now = datetime.fromisoformat(f"{today}T23:00:00+08:00")
        assert deliveries.deliver(a_way(house, clock, platforms=later)).acknowledged == 0
        (row,) = rows(house)
        assert (row.state, row.why, row.refusals) == ("waiting", NOT_IN_FORCE, 0)
    assert platform.arrived == []
    clock.forward(hours=2)
    assert deliveries.deliver(a_way(house, clock, platforms=later)).acknowledged == 1
    (row,) = rows(house)
    assert (row.mapping, row.why) == ("gov-credit@2026", None)


@pytest.mark.proves("R-77")
def test_a_body_s_own_system_gets_what_is_addressed_to_the_body(house: House, clock: Clock) -> None:
    claim = a_world(house)
    drive(house, claim, "approve_determination")
    with receiving(key_of(house, now=clock()), clock) as receiver:
        receiver.find_key = lambda key: key_of(house, now=clock())(key)
        a_partner(  # it asks for what was queued from 2025 on
            house, code="county", kind="body", body=COUNTY_CREDIT, mapping=None,
            address=receiver.url, now=clock(),
        )  # fmt: skip
        clock.now = datetime.fromisoformat("2026-01-13T09:00:00+08:00")
        assert deliveries.deliver(a_way(house, clock)).acknowledged > 0
        bodies: list[dict[str, Any]] = [m["body"] for m in receiver.held.values()]
    assert {b["to"] for b in bodies} == {COUNTY_CREDIT}
    assert "determined" in {b.get("outcome") for b in bodies}
