"""What the benchmarks measure is what they say they measure; nothing here is timed."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from sqlalchemy import text

from bench import files, floors, growth, imports, register, report
from bench.figures import live
from bench.places import DATABASES, Place
from bench.rows import Profile, Row, Target
from bench.sweep import Days, stretches
from fulfilment_monitor.cli.importing import import_paths
from fulfilment_monitor.cli.reports import Report
from fulfilment_monitor.domain.contracts import Field
from fulfilment_monitor.house import House
from fulfilment_monitor.services import duties, tallies
from fulfilment_monitor.services.registry import list_contracts
from fulfilment_monitor.services.sight import ALL
from tests.model.compare import statute

WARM = register.FIRST_DUE + timedelta(days=40)


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, place: Place) -> Iterator[House]:
    with place.house(request.param) as house:
        yield house


def rows(house: House, table: str, columns: str = "*") -> list[tuple[object, ...]]:
    with house.readers() as session:
        return sorted(map(tuple, session.execute(text(f"SELECT {columns} FROM {table}"))), key=str)


def number(house: House, table: str) -> int:
    return len(rows(house, table, "1"))


@pytest.mark.parametrize("obligations", [1_000_000, 10_000_000])
def test_the_parts_of_a_register_make_the_whole(obligations: int) -> None:
    spread = stretches(obligations)
    assert sum(s.contracts for s in spread) == obligations
    assert all(s.days > 0 for s in spread)


def test_in_a_register_that_grew_as_much_acts_as_before(empty: House) -> None:
    row = growth.compare(empty, empty.engine.dialect.name, 330, 1_000)
    assert row.beside["small_acting"] == row.beside["large_acting"] > 15


def test_timers_of_a_filled_register_are_those_made_anew_from_its_duties(empty: House) -> None:
    register.fill(empty, 60, 30)
    filled = rows(empty, "timer")
    with empty.sessions.begin() as session:
        assert duties.rebuild_timers(session, empty.policy) == 60
    assert rows(empty, "timer") == filled


def test_a_filled_register_is_found_by_its_words(empty: House) -> None:
    register.fill(empty, 60, 30)
    with empty.readers() as session:
        found = {
            w: list_contracts(session, ALL, text=w).total for w in (register.RARE, "B-17", "合同")
        }
    assert found == {register.RARE: 1, "B-17": 1, register.EACH: 60}


def test_counted_and_kept_figures_are_the_same_after_sweeps(empty: House) -> None:
    register.fill(empty, 600, 30)
    Days(empty, WARM).go_to(WARM)
    assert number(empty, "lead")
    with empty.readers() as session:
        for by, region, field in (("region", None, None), ("body", "34", Field.PROCUREMENT)):
            reported = tallies.report(session, tallies.By(by), region=region, field=field)
            kept = {
                (r.key, measure): (figure["count"], figure["amount"])
                for r in reported
                for measure, figure in r.figures.items()
            }
            assert kept
            assert live(session, tallies.By(by), region, field) == kept


def test_every_contract_acts_on_the_day_it_is_made_for(empty: House) -> None:
    register.begin(empty)
    days = Days(empty, WARM)
    register.acting_on(empty, WARM, 80)
    days.go_to(WARM)
    days.day = WARM
    done = days.sweep()
    assert (done.duties, done.leads) == (80, 80 // len(register.offsets(empty)))


def test_the_floor_moves_the_timers_of_the_day(empty: House) -> None:
    register.begin(empty)
    register.acting_on(empty, WARM, 80)
    days = Days(empty, WARM)
    days.go_to(WARM)
    alerts, timers = number(empty, "alert"), number(empty, "timer")
    assert floors.sweep_day(empty, WARM) == 80
    assert (number(empty, "alert"), number(empty, "timer")) == (alerts + 80, timers)


@pytest.mark.parametrize("kind", files.WRITERS)
def test_what_is_written_bare_is_what_was_imported(
    kind: str, empty: House, place: Place, tmp_path: Path
) -> None:
    path = tmp_path / f"contracts.{'json' if kind == 'ocds' else kind}"
    files.WRITERS[kind](path, files.contracts(4))
    with Report() as said, place.house(empty.engine.dialect.name) as twin:
        import_paths(empty, [path], "bench", said)
        assert said.counts["registered"] == 4, list(said.issues())
        imports.write_bare(twin, imports.read_back(empty, twin))
        for table in ("contract", "obligation", "duty", "timer", "audit_entry", "tally_change"):
            assert rows(twin, table) == rows(empty, table), table
        assert number(twin, "obligation") == 4 * files.ROWS
        with twin.readers() as session:
            found = "示例市某局3" if kind != "ocds" else "办公设备"
            assert list_contracts(session, ALL, text=found).total == (4 if kind == "ocds" else 1)


def test_one_row_in_twenty_is_bad(empty: House, tmp_path: Path) -> None:
    path = tmp_path / "contracts.csv"
    files.write_csv(path, files.contracts(40, 0.05))
    with Report() as said:
        import_paths(empty, [path], "bench", said)
        assert (said.counts["registered"], said.counts["refused"]) == (38, 2)


def test_targets_are_reached_at_their_figure_and_not_beyond() -> None:
    assert Target(1, "at most", 2.2).met(2.2)
    assert not Target(1, "at most", 2.2).met(2.21)
    assert Target(7, "at least", 1000).met(1000)
    assert not Target(7, "at least", 1000).met(999)


def test_the_page_names_what_was_missed(tmp_path: Path) -> None:
    made = [
        Row("fast enough", "sqlite", "10 rows", 1.23456, "×", Target(1, "at most", 1.5)),
        Row("too slow", "sqlite", "10 rows", 7.0, "×", Target(2, "at most", 1.5), {"s": 12345.6}),
        Row("too small", "sqlite", "1 row", 7.0, "×", Target(2, "at most", 1.5), {}, "too few"),
        Profile("of it", [(50.0, 1234, "here.py:1 there")]),
    ]
    about = {
        "command": "python -m bench",
        "measured": "2026-01-02T03:04:05+00:00",
        "seconds": 1.0,
        "load_before": [0.1],
        "load_after": [0.2],
        "processors": 2,
    }
    found = report.section(made, **about)
    assert [r["value"] for r in found["rows"]] == [1.235, 7.0, 7.0]
    results = {"machine": {"processors": 2}, "benches": {"some": found}}
    report.write(results, tmp_path / "results.json", tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text("utf-8")
    assert report.read(tmp_path / "results.json") == json.loads(json.dumps(results))
    assert "Of 3 figures with a target 1 reach it and 1 do not" in page
    missed, smaller = page.partition("### Missed\n")[2].split("### Missed at another size")
    assert "too slow" in missed
    assert "too small" not in missed
    assert "too small" in smaller.partition("## some")[0]
    assert "* 1: fast enough" not in page


def test_working_days_are_those_of_the_loop_for_every_count_up_to_120() -> None:
    first, last = date(2019, 1, 1), date(2026, 12, 31)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    worked = [d for d in days if chinese_calendar.is_workday(d)]
    after, at = statute().calendar.after_working_days, 0
    for start in days:
        at += at < len(worked) and worked[at] <= start
        wanted = worked[at : at + 120]
        assert [after(start, n).on for n in range(1, len(wanted) + 1)] == wanted, start
