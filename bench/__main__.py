"""python -m bench [--only NAME …] [--full] [--scale F]: measure, and write what came out."""

import argparse
import os
import pkgutil
import sys
from importlib import import_module
from time import perf_counter

import bench
from bench import report
from bench.machine import load, machine
from bench.places import Place, opened
from bench.rows import Profile, Row
from fulfilment_monitor import clock

#: In this order: the sweep leaves the large register that figures and lists are read from.
_OWN = ("working_days", "reckoning", "sweep", "figures", "lists", "imports")
_OTHERS = ("naive_", "peers_")


def names() -> list[str]:
    """Every benchmark: ours, then the naive ways and the programs of others."""
    found = sorted(m.name for m in pkgutil.iter_modules(bench.__path__))
    return [*_OWN, *(n for n in found if n.startswith(_OTHERS))]


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=names(), metavar="NAME", help=", ".join(names())
    )
    parser.add_argument("--full", action="store_true", help="the sizes of the targets")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies every size")
    chosen = parser.parse_args()
    with opened(scale=chosen.scale, full=chosen.full) as place:
        about = machine(place)
        for name in chosen.only or names():
            made = _measure(place, name)
            results = report.read()  # what a run of other benchmarks has written meanwhile stays
            benches = {**results["benches"], name: made}
            known = {n: benches[n] for n in names() if n in benches}
            report.write({"machine": about, "benches": known})  # a later failure loses nothing


def _measure(place: Place, name: str) -> report.Results:
    module = import_module(f"bench.{name}")
    before, began, rows = load(), perf_counter(), []
    print(f"\n{name} (load {before[0]})", flush=True)
    for row in module.run(place):
        rows.append(row)
        print(_shown(row), flush=True)
    return report.section(
        rows,
        command=" ".join(["python -m bench", *sys.argv[1:]]),
        measured=clock.now().isoformat(timespec="seconds"),
        seconds=round(perf_counter() - began, 1),
        load_before=before,
        load_after=load(),
        processors=os.cpu_count(),
        scale=place.scale,
        full=place.full,
    )


def _shown(row: Row | Profile) -> str:
    if isinstance(row, Profile):
        return f"  profile of {row.name}: {row.lines[0][2]} {row.lines[0][0]} %"
    target = ""
    if row.target is not None:
        verdict = "reached" if row.target.met(row.value) else "missed"
        target = f"  [{row.target.number}: {row.target.shown()}, {verdict}]"
    return f"  {row.database:<11}{row.what}, {row.size}: {row.value:,.3g} {row.unit}{target}"


if __name__ == "__main__":
    main()
