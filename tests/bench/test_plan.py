"""A run keeps to its time; nothing here is timed by the clock on the wall."""

import json
from pathlib import Path

import pytest

from bench import __main__ as run
from bench import ocds_values, peers_ocds, rows


def test_every_benchmark_has_its_share_of_a_run() -> None:
    assert set(run._TAKES) == set(run.names())
    usual, left = sum(run._TAKES.values()), 60 * run._MINUTES
    assert run.share(left, run.names()) == pytest.approx(left / usual)
    assert run.share(usual, run.names()) == 1


def test_what_is_late_makes_the_rest_smaller() -> None:
    coming = ["imports", "naive_sweeps"]
    wanted = sum(run._TAKES[name] for name in coming)
    assert run.share(wanted / 2, coming) == pytest.approx(0.5)
    assert run.share(wanted / 2, coming, scale=0.5) == 1
    assert run.share(-30, coming) == run._LEAST


def test_what_was_made_smaller_decides_nothing() -> None:
    target = rows.Target(6, "at most", 6)
    missed = rows.Row("import ÷ floor", "sqlite", "150 contracts", 23.0, "×", target)
    assert run.judged(missed, 1.0) == missed
    assert run.judged(missed, 0.05).note == "taken at 0.05 of the usual size"
    told = missed._replace(note="the target is 1,000,000 rows (--full)")
    assert run.judged(told, 0.05) == told
    bare = missed._replace(target=None)
    assert run.judged(bare, 0.05) == bare


def test_a_long_piece_of_work_is_not_done_over_and_over(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    monkeypatch.setattr(rows, "seconds", lambda work: work() or 1.5)
    assert rows.middle(lambda: done.append(1), 15) == 1.5
    assert len(done) == 3
    monkeypatch.setattr(rows, "seconds", lambda work: work() or 0.001)
    rows.middle(lambda: done.append(1), 15)
    assert len(done) == 18


def test_the_releases_of_each_process_are_merged_to_a_line(tmp_path: Path) -> None:
    given = peers_ocds.make_input(tmp_path, 3)
    out = tmp_path / "compiled.jsonl"
    assert ocds_values.compile_releases(given.package, out) == 3
    assert list(peers_ocds._merged(out).values()) == [5, 5, 5]
    [first, *_] = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    moved, met = first["contracts"][0]["implementation"]["milestones"][1:3]
    assert moved["dueDate"] == "2024-06-14T00:00:00+02:00"  # of the amendment
    assert met["status"] == "met"  # of the last release
