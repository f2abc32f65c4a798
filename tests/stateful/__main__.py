"""Play one example again on a fresh SQLite file: `python -m tests.stateful dense 17`."""

import sys
import traceback
from pathlib import Path
from tempfile import TemporaryDirectory

from fulfilment_monitor.house import open_house, upgrade
from fulfilment_monitor.settings import Settings
from tests.stateful.invariants import hold
from tests.stateful.scripts import Step, replay, script, shortened


def fault_of(template: bytes, name: str, seed: int, steps: list[Step]) -> Exception | None:
    """What goes wrong with these steps, if anything does."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "fulfilment.db"
        path.write_bytes(template)
        house = open_house(Settings(database_url=f"sqlite:///{path}"))
        try:
            replay(house, name, seed, steps, hold)
        except Exception as fault:
            return fault
        finally:
            house.close()
    return None


def place_of(fault: Exception | None) -> tuple[str, int] | None:
    """Where it was raised: the same place is the same failure."""
    found = traceback.extract_tb(fault.__traceback__) if fault else None
    return (found[-1].filename, found[-1].lineno or 0) if found else None


def main(name: str, seed: int) -> int:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        upgrade(Settings(database_url=f"sqlite:///{path}"))
        template = path.read_bytes()
    steps = script(name, seed)
    fault = fault_of(template, name, seed, steps)
    if fault is None:
        print(f"{name}:{seed} holds")  # noqa: T201
        return 0
    place = place_of(fault)
    fewer = shortened(lambda s: place_of(fault_of(template, name, seed, s)) == place, steps)
    print(*fewer, sep="\n")  # noqa: T201
    traceback.print_exception(fault_of(template, name, seed, fewer))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
