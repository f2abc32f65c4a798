"""The demo's exchange: what was determined leaves over HTTP, and its receipt comes back.

The other side is the sandbox, in this process, on a port of the loop-back that is free.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from ..domain.authority import operator
from ..gateways.sandbox.app import Sandbox, read_key
from ..gateways.sandbox.serving import serving
from ..house import House, keys_of
from ..scheduler.outgoing import way_out
from ..services import deliveries, delivery_proofs, partner_keys, partners
from ..services.deliveries import Way

_PARTNER = "sandbox"
_BY = operator("demo")


@dataclass
class Exchange:
    """A platform to send to, and what it answered."""

    house: House
    box: Sandbox
    address: str
    now: datetime

    def begin(self, today: date) -> None:
        """Register the platform, and share a key with it."""
        common = (_BY, self.house.office(), self.now, today)
        asked = {
            "code": _PARTNER, "name": "联调平台（沙箱）", "kind": "platform",
            "address": self.address, "mapping": "gov-credit", "since": today.isoformat(),
        }  # fmt: skip
        key = {"partner": _PARTNER, "scopes": ["deliver"], "days": 365}
        with self.house.sessions.begin() as session:
            partners.do_register(session, asked, *common)
            partner_keys.do_create(session, key, *common)
            [made] = partner_keys.list_keys(session, by=_BY, now=self.now, partner=_PARTNER)
            told = partner_keys.fetch(session, made.ulid, keys_of(self.house), by=_BY, now=self.now)
        self.box.keys[made.ulid] = read_key({"algorithm": made.algorithm, "secret": told})

    def send(self, now: datetime) -> None:
        """What is due leaves."""
        self.now = now
        deliveries.deliver(self.way)

    def arrived(self) -> list[delivery_proofs.Told]:
        """What came back, as it is on record here."""
        with self.house.readers() as session:
            return [t for t in delivery_proofs.list_told(session, _PARTNER) if t.receipt]

    @cached_property
    def way(self) -> Way:
        """How messages leave for this address, and for no other."""
        near = replace(self.house.settings, outward_allow=self.address.partition("//")[2])
        return way_out(replace(self.house, settings=near), lambda: self.now)


@contextmanager
def an_exchange(house: House, now: datetime, today: date) -> Iterator[Exchange]:
    """A platform that listens while the story is told."""
    box = Sandbox(lambda: exchange.now)
    with serving(box) as address:
        exchange = Exchange(house, box, address, now)
        exchange.begin(today)
        yield exchange
    box.shelf.close()


def lines_of(arrived: list[delivery_proofs.Told]) -> list[str]:
    """One line for each message that left and was acknowledged."""
    return [
        f"{a.day} 信用记录第 {a.version} 版已按草案字段签名送达联调平台，回执 {a.receipt}"
        for a in arrived
    ]
