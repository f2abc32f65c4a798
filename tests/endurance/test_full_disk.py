"""No room left: a sweep or an import ends with an error, leaves nothing half-done, and goes on.

SQLite: the limit a process has on the size of files makes writing fail at any byte of the database
or its log (EFBIG, where a full disk says ENOSPC; both are an error of write()); a limit on pages
makes it say "database or disk is full". PostgreSQL: the same limit, set on the one server process
that works for us, makes extending a table fail.
"""

import os
import resource
from collections import Counter
from collections.abc import Callable
from datetime import date
from random import Random

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services.failpoints import nothing
from tests.endurance.conftest import Databases, Tell
from tests.endurance.remains import differences, remains
from tests.endurance.test_kills_in_imports import bring_in
from tests.endurance.test_kills_in_sweeps import sweep
from tests.model.chains import random_document
from tests.postgres import unprivileged
from tests.services.registers import register, violations
from tests.services.workers import ended, in_child

pytestmark = pytest.mark.endurance

Work = Callable[[House], object]
#: Leaves so much room, in bytes, to a worker that is about to begin.
Squeeze = Callable[[House, int], None]

DAY = date(2025, 11, 20)
CONTRACTS = 150
TIMES = 12
#: Bytes; below 32 KiB SQLite cannot even begin to read, for want of the index of its log.
_LEAST = 40_000
_OUT_OF_ROOM = 28


def file_limit(house: House, room: int) -> None:
    """No file of this process may grow past what the log of the database has, and the room."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))


def page_limit(house: House, room: int) -> None:
    """The database may not grow by more than the room."""
    with house.readers() as session:
        pages = session.scalar(text("PRAGMA page_count"))
        each = session.scalar(text("PRAGMA page_size"))
    most = pages + room // each

    def limit(connection: object, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={most}")  # type: ignore[attr-defined]

    house.close()
    event.listen(house.engine, "connect", limit)


def server_limit(house: House, room: int) -> None:
    """The server's process that works for us may write no file beyond the room.

    A fresh segment of the log first: it is a file like any other, and would be full at once.
    """
    with house.engine.connect() as connection:
        connection.execute(text("SELECT pg_switch_wal()"))
        connection.commit()

    def limit(connection: object, _record: object) -> None:
        pid = connection.info.backend_pid  # type: ignore[attr-defined]
        as_server(lambda: resource.prlimit(pid, resource.RLIMIT_FSIZE, (room, room)))

    house.close()
    event.listen(house.engine, "connect", limit)


def as_server(act: Callable[[], object]) -> None:
    """Act as the account of the server that the tests start: it is not ours when we are root."""
    child = os.fork()
    if not child:
        status = 1
        try:
            account = unprivileged()
            if account:
                os.setgroups([])
                os.setgid(account.gid)
                os.setuid(account.uid)
            act()
            status = 0
        finally:
            os._exit(status)
    assert ended(child) == 0


SQUEEZES: dict[str, tuple[Squeeze, ...]] = {
    "sqlite": (file_limit, page_limit),
    "postgresql": (server_limit,),
}


@pytest.mark.proves("G8", "I-1", "I-3")
@pytest.mark.parametrize("what", ["sweep", "import"])
def test_a_full_disk_leaves_nothing_half_done_and_work_goes_on_when_there_is_room(
    databases: Databases, what: str, rng: Random, tell: Tell
) -> None:
    documents = [read_contract(random_document(rng)) for _ in range(CONTRACTS)]
    ground = databases.new()
    if what == "sweep":
        register(ground, documents, date(2025, 6, 1))
    works: dict[str, Work] = {
        "sweep": lambda h: sweep(h, DAY, 10, False, nothing),
        "import": lambda h: bring_in(h, documents, nothing),
    }
    work, twin = works[what], databases.copy(ground)
    work(twin)
    wanted, ends = remains(twin), Counter[str]()
    for squeeze in SQUEEZES[databases.kind]:
        while ends[squeeze.__name__] < TIMES:
            house, room = databases.copy(ground), rng.randint(_LEAST, 80_000)
            while not enough(house, work, squeeze, room):
                ends[squeeze.__name__] += 1
                assert half_done(house) == []
                room = int(room * rng.uniform(1.1, 1.5))
            assert differences(remains(house), wanted) == []
            assert violations(house) == []
    tell("times out of room", dict(sorted(ends.items())))


def half_done(house: House) -> list[str]:
    """What the doctor finds in a register whose work was cut short: nothing may be."""
    return [str(v) for v in violations(house)]


def enough(house: House, work: Work, squeeze: Squeeze, room: int) -> bool:
    """Whether so much room is enough for the work; what is there can be read when it is not."""

    def squeezed(house: House) -> None:
        squeeze(house, room)
        try:
            work(house)
        except DBAPIError as fault:
            print(f"room for {room} bytes: {fault.orig}")  # noqa: T201
            with house.readers() as session:
                assert session.scalar(text("SELECT count(*) FROM contract")) is not None
            house.close()
            os._exit(_OUT_OF_ROOM)

    status = ended(in_child(house, squeezed))
    assert status in (0, _OUT_OF_ROOM)
    return status == 0
