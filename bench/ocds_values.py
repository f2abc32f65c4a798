"""What `import` reads of OCDS files, in a process of its own as its peers are.

`python -m bench.ocds_values rows FILE FOLDER` writes contracts, milestones and transactions as CSV;
`python -m bench.ocds_values check FILE` checks every release against the standard's schema;
`python -m bench.ocds_values compile FILE OUT` merges the releases of each process, as JSON lines.
"""

import csv
import sys
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from fulfilment_monitor.domain.ocds.dates import in_order, zone_of
from fulfilment_monitor.domain.ocds.states import state_of
from fulfilment_monitor.domain.ocds.values import exact_json, ident, objs
from fulfilment_monitor.schemas.ocds import merger, prepare, read_releases

TABLES = ("contracts", "milestones", "transactions")


def write_values(source: Path, folder: Path) -> dict[str, int]:
    """Decode every release to the values the register keeps; returns the rows of each table."""
    counts = dict.fromkeys(TABLES, 0)
    with ExitStack() as stack:
        opened = [
            stack.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
            for name in TABLES
        ]
        contracts, milestones, transactions = (csv.writer(file) for file in opened)
        file = stack.enter_context(source.open("rb"))
        for read in read_releases(file):
            if read.issue is not None or read.document is None:
                raise AssertionError(f"{read.pointer}: {read.issue}")
            release = read.document
            name, zone = (release["ocid"], release.get("id")), zone_of(release["ocid"])
            for contract in objs(release.get("contracts")):
                state = state_of(release, contract, zone)
                own = (*name, ident(contract.get("id")))
                contracts.writerow((*own, state.fen, state.currency, state.start_on, state.end_on))
                milestones.writerows((*own, *m[:-1]) for m in state.milestones.values())
                transactions.writerows(
                    (*own, p.ref, p.on, p.fen, p.milestone) for p in state.payments
                )
                counts["contracts"] += 1
                counts["milestones"] += len(state.milestones)
                counts["transactions"] += len(state.payments)
    return counts


def check(source: Path) -> int:
    """Check every release as `import` does; returns how many findings there are."""
    with source.open("rb") as file:
        return sum(len(prepare(read.document)[1]) for read in read_releases(file))


def compile_releases(source: Path, out: Path) -> int:
    """Merge the releases of each process and write one line for it; returns how many there are.

    What `ocdskit compile` does, by what `import` does it with: no checks, and nothing is kept.
    """
    processes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with source.open("rb") as file:
        for read in read_releases(file):
            processes[read.document["ocid"]].append(read.document)
    merge = merger()
    with out.open("w", encoding="utf-8") as lines:
        for releases in processes.values():
            lines.write(exact_json(merge(in_order(releases)).snapshots[-1]) + "\n")
    return len(processes)


def main() -> None:
    """Do what the command line says."""
    what, source, *folder = sys.argv[1:]
    if what == "check":
        print(check(Path(source)))
    elif what == "compile":
        compile_releases(Path(source), Path(*folder))
    else:
        write_values(Path(source), Path(*folder))


if __name__ == "__main__":
    main()
