"""What tests of the record arrange: a house with keys, and a register with a row in most tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Executable

from fulfilment_monitor.domain.anchors import Anchor, Receipt
from fulfilment_monitor.gateways.keyring import Keyring, open_keyring
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.services import anchors, audit, inclusion, reconciling
from fulfilment_monitor.services.audit import Problem
from fulfilment_monitor.settings import Settings
from tests.conftest import at
from tests.services.builders import CLERK, day, tampered

NINE = at(day("2025-07-02"))


@contextmanager
def keyed(database_url: str, folder: Path) -> Iterator[House]:
    """A house that has keys, on a database."""
    open_keyring(folder)
    house = open_house(Settings(database_url=database_url, keys_dir=str(folder)))
    yield house
    house.close()


def ring(house: House) -> Keyring:
    return open_keyring(house.settings.keys_path())


def recorded(house: House, count: int, first: int = 0) -> House:
    """Acts, a minute apart, each in a transaction of its own."""
    for n in range(first, first + count):
        note(house, NINE + timedelta(minutes=n), str(n))
    return house


def note(house: House, now: datetime, name: str = "x") -> None:
    with house.sessions.begin() as session:
        audit.note(session, CLERK, "test.act", "thing", name, {"第": name}, now=now)


def anchored(house: House, now: datetime) -> Anchor:
    with house.sessions.begin() as session:
        dropped = anchors.drop(session, ring(house), now=now)
    assert dropped is not None
    return dropped


def promised(house: House, name: str) -> Receipt:
    with house.readers() as session:
        return inclusion.of_entry(session, "thing", name, ring(house))


def problems_after(
    house: House,
    *deeds: Executable | str,
    kept: tuple[Anchor, ...] = (),
    receipt: Receipt | None = None,
    with_keys: bool = True,
    reconcile: bool = False,
) -> list[Problem]:
    """Everything `audit verify` finds once some things have been done; they are taken back."""
    keys = house.keys.checking() if with_keys else None
    verifier = None if keys is None else keys.secrets
    with tampered(house, *deeds) as session:
        found = audit.verify(session, keys)
        problems = [*found.problems, *anchors.check(session, found.entries, verifier, kept)]
        if receipt is not None:
            problems += anchors.check_receipt(session, found.entries, verifier, receipt)
        if reconcile:
            problems += reconciling.reconcile(session)
    return problems


def verdicts_after(house: House, *deeds: Executable | str, **how: object) -> set[int]:
    return {p.verdict for p in problems_after(house, *deeds, **how)}  # type: ignore[arg-type]
