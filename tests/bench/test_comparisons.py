"""The usual ways and the programs of others are given the same work; nothing here is timed."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bench import naive_imports, naive_sweeps, ocds_values, peers, peers_jobs, peers_ocds
from bench.places import DATABASES, Place
from bench.rows import Row
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.ocds.standard import schema_errors


@pytest.fixture(params=DATABASES)
def empty(request: pytest.FixtureRequest, place: Place) -> Iterator[House]:
    with place.house(request.param) as house:
        yield house


def test_every_way_raises_the_alerts_and_opens_the_leads_of_the_sweep(empty: House) -> None:
    ways = naive_sweeps.compare(empty, 400, 40)
    assert ways.alerts == 40  # one duty in ten has one of its eight steps on a day
    assert ways.leads == 5  # one in eight of those comes to its fifteenth day


def test_a_way_that_raises_other_alerts_is_found_out(
    empty: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = naive_sweeps._alert_row
    wrong = {"severity": "notice"}
    monkeypatch.setattr(naive_sweeps, "_alert_row", lambda *given: {**right(*given), **wrong})
    with pytest.raises(AssertionError, match="not the same: 40/5, 40/5, 40/5"):
        naive_sweeps.compare(empty, 400, 40)


def test_a_way_that_opens_fewer_leads_is_found_out(
    empty: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(naive_sweeps, "_is_breach", lambda *_: False)
    with pytest.raises(AssertionError, match="not the same: 40/5, 40/0, 40/0"):
        naive_sweeps.compare(empty, 400, 40)


@pytest.mark.parametrize("database", DATABASES)
def test_the_usual_import_comes_to_the_same_due_dates(place: Place, database: str) -> None:
    workbook = place.folder / "small.xlsx"
    naive_imports.write_workbook(workbook, 130)  # as many signing days as there are, and some twice
    row = naive_imports.compare(place, database, workbook, 130)
    assert row.beside["product_s"] > 0


def test_an_import_with_other_due_dates_is_found_out(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbook = place.folder / "few.xlsx"
    naive_imports.write_workbook(workbook, 3)
    right = naive_imports._end
    late = timedelta(days=1)
    monkeypatch.setattr(naive_imports, "_end", lambda *given: right(*given) + late)
    with pytest.raises(AssertionError, match="not the same due dates"):
        naive_imports.compare(place, "sqlite", workbook, 3)


def test_the_package_is_right_by_the_standard_and_decoded_whole(tmp_path: Path) -> None:
    given = peers_ocds.make_input(tmp_path, 3)
    releases = json.loads(given.package.read_text("utf-8"))["releases"]
    assert len({r["ocid"] for r in releases}) == 3
    assert [list(schema_errors(r)) for r in releases] == [[]] * 9
    assert ocds_values.write_values(given.package, tmp_path) == {
        "contracts": 9,
        "milestones": 45,
        "transactions": 6,
    }


def test_a_peer_that_is_not_there_says_how_to_get_it(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "HOME", tmp_path / "nothing")
    swept: dict[str, Any] = {}
    (row,) = peers_jobs._against("tryton", "account_dunning", swept, 10, 1)
    assert isinstance(row, Row)
    assert (row.unit, row.target) == ("not here", None)
    assert row.note == "not installed: python -m bench.peers install"


def test_a_peer_that_could_not_be_installed_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "HOME", tmp_path)
    (tmp_path / "refused.json").write_text('{"tryton": "no wheel for it"}', "utf-8")
    with pytest.raises(peers.NotHere, match="not installable here: no wheel for it"):
        peers.run_peer("tryton", "trytond")
