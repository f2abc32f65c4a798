"""python -m bench [--only NAME …] [--full] [--scale F] [--minutes M]: measure, and write it down.

A run keeps to its minutes: what is left of them is shared out before each benchmark, and one that
would take longer than its share is made smaller.
"""

import argparse
import os
import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from time import perf_counter

import bench
from bench import report
from bench.machine import load, machine
from bench.peers import NOT_HERE
from bench.places import Place, opened
from bench.rows import Profile, Row
from fulfilment_monitor import clock

#: In this order: the sweep leaves the large register that figures, lists and pages are read from.
_OWN = (
    "working_days", "reckoning", "growth", "sweep", "figures", "lists", "pages", "imports",
    "machines",
)  # fmt: skip
_OTHERS = ("naive_", "peers_")
#: Seconds at their usual size on two processors that do nothing else.
_TAKES = {
    "working_days": 1,
    "reckoning": 9,
    "growth": 120,
    "sweep": 900,
    "figures": 40,
    "lists": 40,
    "pages": 150,
    "imports": 170,
    "machines": 290,
    "naive_imports": 40,
    "naive_sweeps": 110,
    "peers_jobs": 130,
    "peers_ocds": 130,
}
_OTHERWISE = 60
#: What a run may take that is not told otherwise; at their usual sizes they take twice as long.
_MINUTES = 15.0
#: Smaller than this part of its usual size, nothing is worth measuring.
_LEAST = 0.05


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
    parser.add_argument(
        "--minutes", type=float, help=f"of all together, {_MINUTES:g} unless --full is asked for"
    )
    chosen = parser.parse_args()
    minutes = chosen.minutes or (None if chosen.full else _MINUTES)
    began, asked = perf_counter(), chosen.only or names()
    with opened(scale=chosen.scale, full=chosen.full) as place:
        about = machine(place)
        for turn, name in enumerate(asked):
            spent = perf_counter() - began
            if minutes is not None:
                part = share(60 * minutes - spent, asked[turn:], chosen.scale)
                place.scale = chosen.scale * part
            print(_progress(turn, asked, spent, place.scale), flush=True)
            made = _measure(place, name)
            results = report.read()  # what a run of other benchmarks has written meanwhile stays
            benches = {**results["benches"], name: made}
            known = {n: benches[n] for n in names() if n in benches}
            report.write({"machine": about, "benches": known})  # a later failure loses nothing
        print(f"\nall of it took {(perf_counter() - began) / 60:.1f} minutes", flush=True)


def share(left: float, coming: Sequence[str], scale: float = 1.0) -> float:
    """How much of its size the next benchmark may have, for all to be done in the seconds left."""
    wanted = scale * sum(_TAKES.get(name, _OTHERWISE) for name in coming)
    return max(_LEAST, min(1.0, left / wanted))


def _progress(turn: int, asked: Sequence[str], spent: float, scale: float) -> str:
    size = "" if scale == 1 else f", {scale:.2g} of its usual size"
    takes = scale * _TAKES.get(asked[turn], _OTHERWISE)
    return (
        f"\n{turn + 1} of {len(asked)}: {asked[turn]}{size}, about {takes:.0f} s;"
        f" {spent / 60:.1f} minutes are over"
    )


def _measure(place: Place, name: str) -> report.Results:
    module = import_module(f"bench.{name}")
    before, began, rows = load(), perf_counter(), []
    for row in module.run(place):
        row = judged(row, place.scale)
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


def judged(row: Row | Profile, scale: float) -> Row | Profile:
    """A row as it may be judged: at less than the usual size, a figure decides nothing."""
    if scale >= 1 or isinstance(row, Profile) or row.target is None or row.note:
        return row
    return row._replace(note=f"taken at {scale:.2g} of the usual size")


def _shown(row: Row | Profile) -> str:
    if isinstance(row, Profile):
        return f"  profile of {row.name}: {row.lines[0][2]} {row.lines[0][0]} %"
    if row.unit == NOT_HERE:
        return f"  {row.what}: {row.note}"
    target = ""
    if row.target is not None:
        verdict = "reached" if row.target.met(row.value) else "missed"
        target = f"  [{row.target.number}: {row.target.shown()}, {verdict}]"
    return f"  {row.database:<11}{row.what}, {row.size}: {row.value:,.3g} {row.unit}{target}"


if __name__ == "__main__":
    main()
