"""Partners with keys, registered as two people would have them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from fulfilment_monitor.domain.authority import Actor, Role, operator
from fulfilment_monitor.domain.clocks import beijing_day
from fulfilment_monitor.domain.outward import read_openings
from fulfilment_monitor.domain.partners import SharedKey
from fulfilment_monitor.domain.platforms import Platforms
from fulfilment_monitor.gateways import outward
from fulfilment_monitor.gateways.carriers import Carriers
from fulfilment_monitor.gateways.platforms import open_platforms
from fulfilment_monitor.house import House
from fulfilment_monitor.services import exchange, partner_keys, partners
from fulfilment_monitor.services.deliveries import Carrier, Way
from fulfilment_monitor.services.delivery_forms import Form
from fulfilment_monitor.services.failpoints import Reach, nothing
from fulfilment_monitor.store.partners import Delivery, Partner, PartnerKey
from tests.conftest import at
from tests.services.builders import day, office
from tests.services.case_builders import secrets

TODAY = day("2026-03-02")
NOW = at(TODAY)
BY = operator("tests")
PLATFORM = {
    "code": "province",
    "name": "省信用信息共享平台",
    "kind": "platform",
    "address": "https://share.example.gov.cn/exchange",
    "region": "",
    "mapping": "gov-credit",
    "since": "2025-01-01",
}
KEY = {"partner": "province", "scopes": ["deliver"], "days": 365}


def a_partner(house: House, *, now: datetime = NOW, **changed: Any) -> str:
    """A partner with a key in use; returns its code."""
    asked = {**PLATFORM, **changed}
    with house.sessions.begin() as session:
        partners.do_register(session, asked, BY, office(house), now, now.date())
    a_key(house, now=now, partner=asked["code"])
    return str(asked["code"])


def a_key(house: House, *, now: datetime = NOW, **changed: Any) -> SharedKey:
    """A key that was fetched, as both sides hold it."""
    with house.sessions.begin() as session:
        partner_keys.do_create(session, {**KEY, **changed}, BY, office(house), now, now.date())
        ulid = session.scalars(select(PartnerKey.ulid).order_by(PartnerKey.id.desc())).first()
        assert ulid is not None
        partner_keys.fetch(session, ulid, secrets(house), by=BY, now=now)
        found = partner_keys.find(session, ulid, secrets(house), now=now)
    assert found is not None
    return found


def key_of(house: House, *, now: datetime = NOW) -> Callable[[str], SharedKey | None]:
    """How whoever verifies a signature finds its key."""

    def find(key_id: str) -> SharedKey | None:
        with house.readers() as session:
            return partner_keys.find(session, key_id, secrets(house), now=now)

    return find


def partner(house: House, code: str = "province") -> Partner:
    """The row of a partner as it stands."""
    with house.readers() as session:
        return partners.take(session, code)


def an_administrator(role: Role) -> Actor:
    return Actor("admin", 1, None, frozenset({role}))


# --- sending ----------------------------------------------------------------------------------


class Clock:
    """The moment, as a test sets it."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


def a_way(
    house: House,
    clock: Clock,
    *,
    reach: Reach = nothing,
    carrier: Carrier | None = None,
    platforms: Platforms | None = None,
) -> Way:
    """How a pass works in tests: by the test's clock, to this machine alone, without chance."""
    allow = outward.Allowed(read_openings("127.0.0.0/8"))
    folder = house.settings.exchange_path()
    known = platforms or open_platforms(house.settings)
    return Way(
        house.sessions,
        carrier or Carriers(allow, folder, clock),
        lambda: Form(known, secrets(house), beijing_day(clock())),
        clock,
        lambda: 1.0,
        reach,
    )


def say(
    house: House,
    key: str,
    version: int = 1,
    *,
    now: datetime = NOW,
    topic: str = "record.state",
    **changed: Any,
) -> None:
    """Queue how a record stands, as the ledger would."""
    record = {
        "record": key, "stream": "breach", "change": "listed", "state": "effective",
        "listed_on": "2026-03-02", "changed_on": "2026-03-02", "ended_on": None,
        "amount_fen": 120_000_00, "source_no": "认定〔2026〕1号", "version": version,
        "content": {"article": "第二十六条", "breach": "arrears", "determined_by": "A"},
        "body": {"code": "11340321MB0000001X", "name": "示例县财政局"}, "region": "340321",
    }  # fmt: skip
    message = exchange.Message(topic, key, version, {**record, **changed})
    with house.sessions.begin() as session:
        exchange.enqueue(session, [message], now=now)


def states(house: House) -> list[tuple[str, int, str]]:
    """Every delivery: of which key and version, and how it stands."""
    with house.readers() as session:
        query = select(Delivery.key, Delivery.version, Delivery.state).order_by(Delivery.id)
        return [(k, v, s) for k, v, s in session.execute(query)]


def rows(house: House) -> list[Delivery]:
    with house.readers() as session:
        return list(session.scalars(select(Delivery).order_by(Delivery.id)))
