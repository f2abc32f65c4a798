"""Several machines on one database, any of which may die: nothing lost, nothing twice, no hand."""

import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from fulfilment_monitor import clock
from fulfilment_monitor.domain.authority import operator
from fulfilment_monitor.domain.deliveries import State
from fulfilment_monitor.gateways.sandbox.app import Sandbox
from fulfilment_monitor.gateways.sandbox.serving import serving
from fulfilment_monitor.gateways.sandbox.signing import Key
from fulfilment_monitor.house import House, keys_of, open_house
from fulfilment_monitor.services import audit, partner_keys, partners, queue, sweep_shards, sweeps
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.alerts import Alert
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.store.facts import Fact
from fulfilment_monitor.store.leads import Lead
from fulfilment_monitor.store.partners import Delivery, PartnerKey
from fulfilment_monitor.store.sweeps import SweepRun
from tests.conftest import _TEMPLATE
from tests.doors.api_world import keyed
from tests.endurance.conftest import Tell
from tests.endurance.machines import Fleet, Users, wait_until
from tests.postgres import create_database, drop_database
from tests.services import partner_builders
from tests.services.builders import ORGAN, office, violations

pytestmark = pytest.mark.endurance

TOKEN = "fmk_machines"
#: Of load and kills; ENDURANCE_SECONDS=n makes it shorter or longer.
SECONDS = int(os.environ.get("ENDURANCE_SECONDS", 300))  # noqa: TID251 — no setting of the product
#: The business days that pass meanwhile lie before us: one after another, as soon as one is done.
PEOPLE, RECORDS = 2, 20
#: A lease of 90 seconds, a look every minute, and then the work itself.
PATIENCE = 600


@pytest.fixture
def house(postgres: str, tmp_path: Path) -> Iterator[House]:
    url = create_database(postgres, "machines", template=_TEMPLATE)
    opened = open_house(
        Settings(
            database_url=url,
            keys_dir=str(tmp_path / "shared" / "keys"),
            outward_allow="127.0.0.0/8",
            proxies=1,
        )
    )
    yield opened
    opened.close()
    drop_database(postgres, "machines")


def environment(house: House, folder: Path) -> dict[str, str]:
    return {
        "FM_DATABASE_URL": house.settings.database_url,
        "FM_KEYS_DIR": house.settings.keys_dir,
        "FM_OUTWARD_ALLOW": house.settings.outward_allow,
        "FM_ALERT_SINK": str(folder / "shared" / "alerts"),
        "FM_UPLOADS_DIR": str(folder / "shared" / "uploads"),
        "FM_PROXIES": "1",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def a_platform(house: House, box: Sandbox, address: str) -> None:
    """A partner behind the address, and the key both sides hold."""
    (now, today), by = clock.moment(), operator("tests")
    asked = {**partner_builders.PLATFORM, "address": address}
    with house.sessions.begin() as session:
        partners.do_register(session, asked, by, office(house), now, today)
        partner_keys.do_create(session, partner_builders.KEY, by, office(house), now, today)
    with house.sessions.begin() as session:
        ulid = session.scalars(select(PartnerKey.ulid)).one()
        partner_keys.fetch(session, ulid, keys_of(house), by=by, now=now)
        found = partner_keys.find(session, ulid, keys_of(house), now=now)
    assert found is not None
    box.keys[found.id] = Key(found.algorithm, found.secret)


@pytest.mark.proves("G1", "G2", "G10", "I-1", "I-2")
def test_nothing_is_lost_or_doubled_whichever_machines_die(
    house: House, tmp_path: Path, rng: Random, tell: Tell
) -> None:
    today = clock.moment().today
    keyed(house, ORGAN, token=TOKEN, on=str(today), expires_at=clock.now() + timedelta(days=9))
    keys_of(house)
    box = Sandbox(clock.now)
    box.tell({"faults": {"fail": 0.1, "seed": rng.randrange(1000)}})
    with serving(box) as address:
        a_platform(house, box, address)
        with Fleet(environment(house, tmp_path), tmp_path) as fleet:
            wait_until(lambda: fleet.answering() == 2, PATIENCE)
            users = Users(fleet.ports, TOKEN, today, rng.randrange(1000))
            with users.at_work(PEOPLE):
                killed, said, days = under_kills(house, fleet, rng, today)
            tell("kills", dict(sorted(killed.items())))
            took = wait_until(lambda: at_rest(house, said, box), PATIENCE)
            tell("seconds from the last kill until all was done, without a hand", round(took))
        house.close()
        tell("requests", dict(sorted(users.asked.items())))
        tell("contracts and facts acknowledged", [len(part) for part in users.acknowledged])
        tell("business days", days)
        what_was_acknowledged_is_there_once(house, users)
        what_was_said_arrived_once_and_in_order(box, said)
        tell("records told", len(said))
    nothing_is_left_to_do(house, users, today + timedelta(days=days))


def under_kills(
    house: House, fleet: Fleet, rng: Random, today: date
) -> tuple[Counter[str], dict[str, int], int]:
    """Kill one after another while days pass and records change; what was killed and said."""
    killed, said, days = Counter[str](), dict[str, int](), 0
    until, next_kill = time.monotonic() + SECONDS, time.monotonic() + 10
    while time.monotonic() < until:
        time.sleep(0.5)
        if time.monotonic() > next_kill and fleet.answering():  # somebody is served
            killed[fleet.kill(rng)] += 1
            next_kill = time.monotonic() + rng.uniform(1, 6)
        record = f"01M{rng.randrange(RECORDS):023}"
        said[record] = said.get(record, 0) + 1
        partner_builders.say(house, record, said[record], now=clock.now())
        if unfinished(house) == 0:
            days += 1
            with house.sessions.begin() as session:
                on = today + timedelta(days=days)
                sweep_shards.begin(session, office(house), day=on, now=clock.now())
    return killed, said, days


def unfinished(house: House) -> int:
    with house.readers() as session:
        query = select(func.count()).where(SweepRun.finished_at.is_(None))
        return session.scalar(query.select_from(SweepRun)) or 0


def at_rest(house: House, said: dict[str, int], box: Sandbox) -> bool:
    """Every day is done, no shard or night waits, and the last version of each record is there."""
    there = {key: version for (_, key), (version, _) in box.shelf.things().items()}
    with house.readers() as session:
        open_ones = select(func.count()).where(Delivery.state.in_((State.WAITING, State.TAKEN)))
        undelivered = session.scalar(open_ones.select_from(Delivery))
        jobs = queue.count_jobs(session)
    return unfinished(house) == 0 and jobs == 0 and not undelivered and there == said


def what_was_acknowledged_is_there_once(house: House, users: Users) -> None:
    with house.readers() as session:
        contracts = Counter(session.scalars(select(Contract.contract_no)))
        named = session.execute(select(Contract.contract_no, Contract.ulid))
        ulids = {row.contract_no: row.ulid for row in named}
        facts = set(session.scalars(select(Fact.ulid)))
        assert session.scalar(select(func.count()).select_from(Fact)) == len(facts)
    assert set(contracts.values()) <= {1}
    assert ulids == users.acknowledged.contracts
    assert facts == users.acknowledged.facts


def what_was_said_arrived_once_and_in_order(box: Sandbox, said: dict[str, int]) -> None:
    there = {key: version for (_, key), (version, _) in box.shelf.things().items()}
    assert there == said
    applied: dict[str, list[int]] = {}
    ids = Counter[str]()
    for ident, _, key, version, what in box.shelf.arrivals():
        if what == "applied":
            applied.setdefault(key, []).append(version)
            ids[ident] += 1
        assert what in ("applied", "again", "ignored")
    assert set(ids.values()) <= {1}
    assert all(versions == sorted(set(versions)) for versions in applied.values())


def nothing_is_left_to_do(house: House, users: Users, last: date) -> None:
    """Each contract came to its one lead, every run says what it did, and the record is whole."""
    day = last + timedelta(days=30)
    for found in (True, False):
        done = sweeps.sweep(house.sessions, office(house), as_of=day, now=clock.now)
        assert found or done[1:] == (0, 0, 0)
    assert violations(house) == []
    with house.readers() as session:
        days = [d for d in session.scalars(select(SweepRun.scheduled_for)) if d is not None]
        assert len(days) == len(set(days))
        owing = session.scalars(
            select(Contract.contract_no).join(Lead, Lead.contract_id == Contract.id)
        )
        assert sorted(owing) == sorted(users.acknowledged.contracts)
        counted = select(func.sum(SweepRun.alerts), func.sum(SweepRun.leads))
        alerts = session.scalar(select(func.count()).select_from(Alert))
        assert tuple(session.execute(counted).one()) == (alerts, len(users.acknowledged.contracts))
        assert audit.verify(session).ok
