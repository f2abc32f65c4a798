"""A piece of work in a process of its own, which says how long it took and its peak memory.

`python -m bench.child sweep URL DAY SIZE` or `python -m bench.child import URL FILE …`
"""

import json
import resource
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.settings import Settings

_STATUS = Path("/proc/self/status")


class Done(NamedTuple):
    """What a child says of its work."""

    seconds: float
    #: Resident memory: before the work, with everything imported and opened, and at most.
    start_mib: float
    peak_mib: float
    counts: dict[str, int]


def run(*command: str) -> Done:
    """Have a child do it."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.child", *command], stdout=subprocess.PIPE, check=True
    )
    return Done(**json.loads(done.stdout))


def sweep(house: House, day: str, size: str) -> dict[str, int]:
    """Sweep one day."""
    from bench.register import NOW
    from fulfilment_monitor.services import sweeps

    done = sweeps.sweep(
        house.sessions,
        house.office(),
        as_of=date.fromisoformat(day),
        now=lambda: NOW,
        size=int(size),
    )
    return {"duties": done.duties, "alerts": done.alerts, "leads": done.leads}


def import_files(house: House, *files: str) -> dict[str, int]:
    """Bring files into the register, as the command does."""
    from fulfilment_monitor.cli.importing import import_paths
    from fulfilment_monitor.cli.reports import Report

    with Report() as report:
        import_paths(house, [Path(file) for file in files], "bench", report)
        return dict(report.counts)


_WORK: dict[str, Any] = {"sweep": sweep, "import": import_files}


def _memory() -> tuple[float, float]:
    """Resident memory in MiB: now, and at most so far.

    The system's own peak of a child counts what its parent held when it was born; Linux keeps a
    better one.
    """
    if _STATUS.exists():
        lines = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
        return tuple(int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))  # type: ignore[return-value]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return peak, peak


def main() -> None:
    """Do what the command line says."""
    name, url, *given = sys.argv[1:]
    house = open_house(Settings(database_url=url))
    house.office()
    work = _WORK[name]
    start, _ = _memory()
    began = time.perf_counter()
    counts = work(house, *given)
    took = time.perf_counter() - began
    house.close()
    json.dump(Done(took, start, _memory()[1], counts)._asdict(), sys.stdout)


if __name__ == "__main__":
    main()
