"""`clauses`, `tasks`, `measures takers`, `channels --columns`, `supervision signs`."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from fulfilment_monitor import clock
from fulfilment_monitor.cli.kit import Exit
from fulfilment_monitor.house import House
from tests.services.builders import a_document, fulfilment_monitor, register
from tests.services.case_builders import COUNTY_CREDIT, PROVINCE_CREDIT, a_town, complain


@pytest.fixture
def desk(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    now = datetime(2025, 9, 12, 1, tzinfo=UTC)
    monkeypatch.setattr(clock, "moment", lambda: clock.Moment(now, now.date()))
    a_town(house)
    register(house, a_document())
    complain(house, "2025-09-11")
    return house


def test_units_their_clauses_and_their_tasks_are_listed(desk: House) -> None:
    found = fulfilment_monitor("clauses", "340321", "--json").json
    first = next(c for c in found["items"] if c["source"] == "发改财金〔2023〕1103号 二（一）")
    assert first["leading"][0]["body"]["uscc"] == PROVINCE_CREDIT
    assert "被投诉主体的上级部门或主管部门" in fulfilment_monitor("clauses", "340321").out
    (task,) = fulfilment_monitor("tasks", COUNTY_CREDIT, "--json").json["items"]
    assert (task["kind"], task["what"]) == ("claim", "received")
    assert "received" in fulfilment_monitor("tasks", COUNTY_CREDIT).out


def test_levels_without_measure_takers_are_told(desk: House) -> None:
    found = fulfilment_monitor("measures", "takers", "340300", "--json").json
    assert "340321" in {level["region"] for level in found["levels_without"]}
    assert "340321" in fulfilment_monitor("measures", "takers", "340300").out


def test_without_columns_and_signs_the_lists_are_empty_and_signs_are_for_supervisors(
    desk: House,
) -> None:
    assert fulfilment_monitor("channels", "--columns", "--json").json["items"] == []
    listed = fulfilment_monitor("supervision", "signs", "--as", "supervisor", "--json").json
    assert listed == {"items": [], "total": 0}
    refused = fulfilment_monitor("supervision", "signs", "--as", "county_lead")
    assert refused.status == Exit.USAGE
    assert "forbidden" in refused.err
