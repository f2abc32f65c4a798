"""PostgreSQL's processes die under load: what was acknowledged is there, and nothing is twice."""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from random import Random

import psycopg
import pytest
from sqlalchemy import make_url, select
from sqlalchemy.exc import DBAPIError

from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.schemas.contracts import read_contract, read_fact
from fulfilment_monitor.services import contracts, facts, sweeps
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.store.facts import Fact
from tests.conftest import at
from tests.endurance.conftest import Databases, Tell
from tests.endurance.test_full_disk import as_server
from tests.services.builders import office
from tests.services.registers import CLERK, a_document, a_payment, many, register, violations
from tests.services.workers import ended, in_child

pytestmark = pytest.mark.endurance

FIRST, LAST = date(2025, 9, 1), date(2025, 11, 30)
CONTRACTS = 200
SECONDS, TERMINATED, KILLED = 30, 100, 6
_AGAIN = 0.05  # seconds until a command that lost its connection is run again

_BACKENDS = """
SELECT pid FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
   AND (state = 'active' OR xact_start IS NOT NULL)
"""


@pytest.fixture
def durable(databases: Databases) -> House:
    """A register whose commits wait for the disk, as they do on a server left as it comes."""
    if databases.kind != "postgresql":
        pytest.skip("SQLite has no processes of its own")
    ground = databases.new()
    register(ground, many(CONTRACTS, FIRST), FIRST)
    ground.close()
    url = make_url(ground.settings.database_url)
    url = url.update_query_dict({"options": "-csynchronous_commit=on"})
    durable_url = url.render_as_string(hide_password=False)
    return open_house(Settings(durable_url, keys_dir=ground.settings.keys_dir))


@pytest.mark.proves("G4", "G10", "I-1", "I-3", "I-17")
def test_what_was_acknowledged_is_stored_once_however_many_back_ends_die(
    durable: House, tmp_path: Path, rng: Random, tell: Tell
) -> None:
    until = time.monotonic() + SECONDS
    works: list[Callable[[House, Ledger], None]] = [stating, stating, importing, importing]
    works += [sweeping, sweeping]
    ledgers = [Ledger(tmp_path / f"{n}", n, until) for n in range(len(works))]
    children = [
        in_child(durable, lambda h, w=work, told=ledger: w(h, told))
        for work, ledger in zip(works, ledgers, strict=True)
    ]
    deaths = kill_backends(durable, until, rng)
    assert [ended(c) for c in children] == [0] * len(children)
    sweep(durable, LAST, 100)
    acknowledged = [line for ledger in ledgers for line in ledger.lines()]
    with durable.readers() as session:
        stored = Counter(session.scalars(select(Fact.ref).where(Fact.ref.is_not(None))))
        stored += Counter(session.scalars(select(Contract.contract_no)))
    failed = sum(ledger.failed() for ledger in ledgers)
    assert violations(durable) == []
    assert sweep(durable, LAST, 100)[1:] == (0, 0, 0)
    durable.close()
    assert set(acknowledged) - set(stored) == set()
    assert {name: n for name, n in stored.items() if n > 1} == {}
    tell("back-ends terminated", deaths["terminated"])
    tell("back-ends killed -9, each a restart of the server", deaths["killed"])
    tell("commands that failed and were run again", failed)
    tell("acknowledged", len(acknowledged))
    tell("stored", stored.total())
    assert deaths["terminated"] >= TERMINATED // 2
    assert deaths["killed"] >= KILLED // 2
    assert failed >= TERMINATED // 2


class Ledger:
    """What a worker was told is done, on paper that outlives it."""

    def __init__(self, path: Path, number: int, until: float) -> None:
        self.number, self.until = number, until
        self._path, self._failed = path, path.with_suffix(".failed")

    def lines(self) -> list[str]:
        return self._path.read_text().splitlines() if self._path.exists() else []

    def failed(self) -> int:
        """How many commands lost their connection."""
        return len(self._failed.read_text()) if self._failed.exists() else 0

    def turns(self) -> Iterator[int]:
        """Numbers, until the time is up."""
        for n in count():
            if time.monotonic() > self.until:
                return
            yield n

    def until_done(self, command: Callable[[], object], *names: str) -> None:
        """Run a command again until it ends, as a person or a timer would; then write it down."""
        while True:
            try:
                command()
                break
            except DBAPIError as lost:
                with self._failed.open("a") as file:
                    file.write(".")
                if not is_lost(lost):
                    raise
                time.sleep(_AGAIN)
        with self._path.open("a") as file:
            file.writelines(f"{name}\n" for name in names)


def is_lost(fault: DBAPIError) -> bool:
    """Whether the connection went, or none was to be had; a deadlock, say, is neither."""
    state = getattr(fault.orig, "sqlstate", None)
    return isinstance(fault.orig, psycopg.OperationalError) and (
        state is None or state.startswith(("08", "57P"))
    )


def stating(house: House, told: Ledger) -> None:
    """State facts, each with a number of its own; one known already had been stored after all."""
    with house.readers() as session:
        ids = list(session.scalars(select(Contract.id).order_by(Contract.id)))
    rng = Random(told.number)
    for n in told.turns():
        ref = f"F-{told.number}-{n}"
        told.until_done(lambda ref=ref: state(house, rng.choice(ids), ref), ref)


def state(house: House, contract_id: int, ref: str) -> None:
    document = {
        "kind": "paid",
        "on": "2025-09-30",
        "by": "treasury",
        "obligation": "payment",
        "amount": "1.00",
        "ref": ref,
    }
    try:
        with house.sessions.begin() as session:
            facts.state_fact(
                session,
                contract_id,
                read_fact(document),
                by=CLERK,
                office=office(house),
                now=at(FIRST),
            )
    except Invalid as refusal:
        if [i.code for i in refusal.issues] != ["fact.ref-taken"]:  # stored before the answer came
            raise


def importing(house: House, told: Ledger) -> None:
    """Import contracts by fours."""
    for n in told.turns():
        names = [f"I-{told.number}-{n}-{k}" for k in range(4)]
        due = (FIRST + timedelta(days=n % 60)).isoformat()
        documents = [read_contract(a_document(no, a_payment(due_on=due))) for no in names]

        def bring_in(documents: list = documents) -> None:
            with house.sessions.begin() as session:
                contracts.register_contracts(
                    session,
                    documents,
                    by=CLERK,
                    office=office(house),
                    now=at(FIRST),
                    today=FIRST,
                )

        told.until_done(bring_in, *names)


def sweeping(house: House, told: Ledger) -> None:
    """Sweep one day after the other."""
    for n in told.turns():
        day = FIRST + timedelta(days=min(n // 4, 85))
        told.until_done(lambda day=day: sweep(house, day, 20))


def sweep(house: House, day: date, size: int) -> sweeps.Outcome:
    """A sweep for a day, recorded on the one day on which everything here is."""
    return sweeps.sweep(house.sessions, office(house), as_of=day, now=lambda: at(FIRST), size=size)


def kill_backends(house: House, until: float, rng: Random) -> Counter[str]:
    """End processes of the server that work for somebody, now and then one with no mercy."""
    deaths: Counter[str] = Counter()
    pause = SECONDS / (TERMINATED + KILLED)
    mercy = iter(rng.sample([True] * TERMINATED + [False] * KILLED, TERMINATED + KILLED))
    while time.monotonic() < until - 2:
        time.sleep(rng.uniform(0, 2 * pause))
        with at_the_server(house) as server:
            busy = [row[0] for row in server.execute(_BACKENDS)]
            if not busy or (merciful := next(mercy, None)) is None:
                continue
            victim = rng.choice(busy)
            if merciful:
                server.execute("SELECT pg_terminate_backend(%s)", [victim])
                deaths["terminated"] += 1
        if not merciful:
            as_server(lambda victim=victim: os.kill(victim, signal.SIGKILL))
            deaths["killed"] += 1
    return deaths


@contextmanager
def at_the_server(house: House) -> Iterator[psycopg.Connection]:
    """A connection of the killer's own, as soon as the server takes one."""
    url = make_url(house.settings.database_url)
    words = {**url.query, "user": url.username, "dbname": url.database}
    while True:
        try:
            connection = psycopg.connect(**words, autocommit=True)  # type: ignore[arg-type]
            break
        except psycopg.OperationalError:
            time.sleep(_AGAIN)
    try:
        yield connection
    finally:
        connection.close()
