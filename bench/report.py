"""`bench/results.json` and `docs/performance.md`, both written by the run and by nobody else."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bench.rows import Profile, Row, Target

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "bench" / "results.json"
PAGE = ROOT / "docs" / "performance.md"
_BUSY = 1.5

Results = dict[str, Any]
#: One benchmark of the results, by its name.
_Section = tuple[str, Results]

_HEAD = """# Performance

Written by `make bench` (`python -m bench`); do not edit by hand. As data: `bench/results.json`.

What holds is the ratio: each figure stands beside a floor or a peer measured in the same run, on
the same tables. Absolute times belong to the machine below and to what else it was doing.

* The floors are hand-written minima. Of a sweep: the timers of a day to the client, constant
  alerts and next timers back in bulk (binary COPY, or one prepared INSERT), one transaction; no
  ladder, no catching up, no leads, evidence, interest, cases, outbox, figures or audit. Sweep and
  floor take turns on successive days. Of an import: all rows it has written, read back beforehand,
  into an empty twin with the same keys and indexes, one transaction; no reading, checking or due
  dates.
* Beside it, a sweep stands against a bare write of what it left: alerts, next timers, leads with
  their evidence, cases with their clocks, messages, read back beforehand, into an empty twin with
  the same keys and indexes, one transaction; foreign keys are not looked up. That ratio says what
  it costs to find out what to write, the first one what leads and cases cost on top.
* A sweep is measured twice against the floor: complete, and with no cases opened for its leads. The
  targets list alerts, leads with evidence, dedupe, interest, outbox, figures and next timers; to
  open a case for each lead, with its claim and clocks, came later. Both are held to the target.
* The register has one payment a contract, over 340 regions and six fields. Of the eight steps of
  its ladder one opens a lead, which is the dear part: its evidence is gathered and frozen, and it
  becomes a case with whoever takes it in. On the measured days one acting row in six does
  (`acting rows a lead`).
* The usual ways (`naive_sweeps`) do the whole day, leads with evidence and cases included. Programs
  of others (`peers_jobs`) open no such thing; they stand beside days with leads and days without,
  and both are held to the target.
* PostgreSQL runs with fsync, SQLite with `synchronous=FULL`: commits are paid for on both sides.
* The sweeps of target 3, and the imports of `imports` and `peers_ocds`, run in a process of their
  own; memory is its peak resident set, the interpreter and all libraries included. What a sweep
  takes is that peak less what the process held when everything was imported and the register
  opened, which stands beside.

| | |
|---|---|
| all of it, at the sizes that fit into a quarter of an hour | `make bench` |
| all of it, at the usual sizes, more than half an hour | `make bench ARGS="--minutes 60"` |
| at the sizes of the targets (hours, some 100 GB of disk) | `make bench ARGS=--full` |
| some of it, smaller | `make bench ARGS="--only sweep lists --scale 0.1"` |
| programs of others to compare with | `python -m bench.peers install`, then `make bench` |
"""


def read(path: Path = RESULTS) -> Results:
    """What was measured before; a run of some benchmarks leaves the others as they were."""
    found: Results = json.loads(path.read_text("utf-8")) if path.exists() else {"benches": {}}
    return found


def section(rows: Iterable[Row | Profile], **about: Any) -> Results:
    """One benchmark as it stands in the results."""
    made = list(rows)
    return {
        **about,
        "rows": [_rounded(r.as_json()) for r in made if isinstance(r, Row)],
        "profiles": [p._asdict() for p in made if isinstance(p, Profile)],
    }


def _rounded(value: Any) -> Any:
    """Four significant digits: more would be noise."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {k: _rounded(v) for k, v in value.items()}
    return [_rounded(v) for v in value] if isinstance(value, list | tuple) else value


def write(results: Results, path: Path = RESULTS, page: Path = PAGE) -> None:
    """Both files."""
    path.write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    page.write_text("\n".join(_page(results)) + "\n", encoding="utf-8")


def _page(results: Results) -> Iterator[str]:
    yield _HEAD
    yield from _table(("measured on", ""), ((k, v) for k, v in results["machine"].items()))
    yield from _targets(list(results["benches"].items()))
    for name, found in results["benches"].items():
        yield from _section(name, found)


def _targets(benches: list[_Section]) -> Iterator[str]:
    judged = [r for _, found in benches for r in found["rows"] if r["target"]]
    judged.sort(key=lambda r: r["target"]["number"])
    counts = Counter(_verdict(r) for r in judged)
    yield "\n## Targets\n"
    smaller = counts[_WOULD] + counts[_WOULD_NOT]
    yield (
        f"Of {len(judged)} figures with a target {counts[_REACHED]} reach it and"
        f" {counts[_MISSED]} do not. {smaller} were taken at another size than the target names and"
        f" decide nothing about it; as they are, {counts[_WOULD_NOT]} of these miss it.\n"
    )
    columns = ("", "what", "database", "figure", "target", "", "measured on")
    yield from _table(columns, (_judged(r) for r in judged))
    for verdict, title in ((_MISSED, "Missed"), (_WOULD_NOT, "Missed at another size")):
        if counts[verdict]:
            yield f"\n### {title}\n"
            yield from (
                f"* {r['target']['number']}: {_line(r)}" for r in judged if _verdict(r) == verdict
            )


_REACHED, _MISSED = "reached", "**missed**"
_WOULD, _WOULD_NOT = "reached at this size", "missed at this size"


def _verdict(r: Results) -> str:
    if r["note"]:
        return _WOULD if r["target"]["met"] else _WOULD_NOT
    return _REACHED if r["target"]["met"] else _MISSED


def _judged(r: Results) -> tuple[Any, ...]:
    target = _target(r)
    verdict = _verdict(r) + (f"; {r['note']}" if r["note"] else "")
    shown = f"{target.shown()} {r['unit']}"
    return (target.number, r["what"], r["database"], _figure(r), shown, verdict, r["size"])


def _target(r: Results) -> Target:
    return Target(*(r["target"][name] for name in Target._fields))


def _line(r: Results) -> str:
    where = f" ({r['database']}, {r['size']})" if r["database"] else f" ({r['size']})"
    note = f"; {r['note']}" if r["note"] else ""
    return f"{r['what']}{where}: {_figure(r)}, target {_target(r).shown()}{note}"


def _section(name: str, found: Results) -> Iterator[str]:
    yield f"\n## {name}\n"
    before, after = found["load_before"][0], found["load_after"][0]
    yield (
        f"`{found['command']}`, {found['measured'][:16].replace('T', ' ')} UTC, took"
        f" {found['seconds']:.0f} s. Load {before} before and {after} after, on"
        f" {found['processors']} processors."
    )
    if before > _BUSY:
        yield "Other work was using them: times are long, and ratios scatter more than they should."
    yield ""
    columns = ("what", "database", "size", "figure", "beside it")
    yield from _table(
        columns,
        ((r["what"], r["database"], r["size"], _figure(r), _beside(r)) for r in found["rows"]),
    )
    for profile in found["profiles"]:
        yield f"\nWhere the time went, in % of it: {profile['name']}\n"
        lines = ((share, f"{calls:,}", f"`{what}`") for share, calls, what in profile["lines"])
        yield from _table(("%", "calls", "where"), lines)


def _figure(r: Results) -> str:
    if r["unit"] and not r["value"] and r["note"] and r["unit"] not in ("×", "%"):
        return str(r["unit"])
    return f"{_number(r['value'])} {r['unit']}".strip()


def _number(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _beside(r: Results) -> str:
    parts = [f"{k.replace('_', ' ')} {_many(v)}" for k, v in r["beside"].items()]
    if r["note"] and not r["target"]:
        parts.append(r["note"])
    return "; ".join(parts)


def _many(value: Any) -> str:
    return ", ".join(map(_number, value)) if isinstance(value, list) else _number(value)


def _table(columns: Iterable[Any], lines: Iterable[Iterable[Any]]) -> Iterator[str]:
    head = list(columns)
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for cells in lines:
        yield "| " + " | ".join(str(c).replace("|", "\\|") for c in cells) + " |"
