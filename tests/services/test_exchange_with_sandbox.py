"""The exchange against the sandbox, which was written from the description of the wire alone."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from fulfilment_monitor.domain.vault import Item
from fulfilment_monitor.gateways.sandbox.app import Sandbox
from fulfilment_monitor.gateways.sandbox.serving import serving
from fulfilment_monitor.house import House
from fulfilment_monitor.services import (
    channel_replies,
    deliveries,
    packages,
    partner_keys,
    partners,
    reconciliations,
)
from fulfilment_monitor.store.partners import Delivery
from tests.services.case_builders import a_town, secrets
from tests.services.complaint_builders import a_claim, complain
from tests.services.partner_builders import (
    BY,
    NOW,
    Clock,
    a_key,
    a_partner,
    a_way,
    rows,
    say,
    states,
)

NUMBER = "热线20260302-7"


class Both(NamedTuple):
    house: House
    box: Sandbox
    clock: Clock


@pytest.fixture(params=["hmac-sm3"])
def both(house: House, request: pytest.FixtureRequest) -> Iterator[Both]:
    """Us and a platform that shares a key with us."""
    clock = Clock()
    box = Sandbox(clock)
    with serving(box) as address:
        a_partner(house, address=address, daily=True, since="2026-03-02")
        with house.sessions.begin() as session:
            (first,) = partner_keys.list_keys(session, by=BY, now=NOW)
            partner_keys.revoke(session, first.ulid, by=BY, now=NOW)
        key = a_key(house, algorithm=request.param)
        told = {"algorithm": request.param, "secret": key.secret.hex()}
        box.tell({"keys": {key.id: told}})
        yield Both(house, box, clock)
    box.shelf.close()


def deliver(both: Both) -> deliveries.Passed:
    return deliveries.deliver(a_way(both.house, both.clock))


def effects(both: Both) -> list[str]:
    return sorted(m.key for m in both.box.shelf.held() if m.effect == "applied")


@pytest.mark.proves("F5", "F7")
def test_whatever_the_platform_does_in_the_end_it_holds_everything_once(both: Both) -> None:
    both.box.tell({"faults": {"fail": 0.3, "hang": 0.2, "hang_seconds": 0, "lose": 0.1}})
    for n in range(12):
        say(both.house, f"K{n}", now=both.clock())
    for _ in range(8):
        deliver(both)
        both.clock.forward(hours=2)
    both.box.tell({"faults": {"fail": 0, "hang": 0}})
    both.clock.forward(days=1)
    deliver(both)
    assert {s for _, _, s in states(both.house)} == {"acknowledged"}
    for _ in range(3):
        reconciliations.reconcile(a_way(both.house, both.clock))
        deliver(both)
    assert effects(both) == sorted(f"K{n}" for n in range(12))
    found = reconciliations.reconcile(a_way(both.house, both.clock))
    assert [c for c in found if not c.agrees] == []


def test_late_receipts_and_daily_packages_are_understood(both: Both) -> None:
    both.box.tell({"faults": {"late_seconds": 200}})
    say(both.house, "A")
    assert deliver(both).taken == 1
    both.clock.forward(minutes=6)
    assert deliver(both).acknowledged == 1
    both.clock.forward(days=2)
    assert packages.deliver(a_way(both.house, both.clock)) == 2
    assert [(day, count) for _, day, count, _ in both.box.shelf.packages()] == [
        ("2026-03-02", 1), ("2026-03-03", 0),
    ]  # fmt: skip
    assert effects(both) == ["A"]


@pytest.mark.proves("R-35")
def test_a_channel_gets_progress_under_its_own_number_which_stays_nowhere_in_the_clear(
    both: Both,
) -> None:
    house, clock = both.house, both.clock
    a_town(house)
    complain(house, secrets(house), a_claim(house), **{Item.SOURCE.value: NUMBER})
    with house.sessions.begin() as session:
        partners.take(session, "province").topics = ["channel.credit-site"]
        partners.take(session, "province").kind = "channel"
        queued = channel_replies.send(session, house.channels, now=clock(), today=clock().date())
    assert queued == 1
    assert deliver(both).acknowledged == 1
    (held,) = both.box.shelf.held()
    assert NUMBER in "".join(both.box.shelf._db.iterdump())  # the channel knows it by this
    (row,) = rows(house)
    assert (row.content, len(row.digest or "")) == (None, 64)
    assert row.digest != held.digest
    assert NUMBER not in str([getattr(row, c.name) for c in Delivery.__table__.c])
    clock.forward(days=1)
    found = reconciliations.reconcile(a_way(house, clock))
    assert [(c.agrees, c.our_count) for c in found] == [(True, 1)]
