"""`regions`: changed regions are entered, shown with their days, and count from then on."""

from pathlib import Path

import pytest

from fulfilment_monitor.house import House
from tests.services.builders import a_document, contents, fulfilment_monitor, register, written

HEADER = "code,name,valid_from,valid_to,successor"
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    return house


def a_file(path: Path, *lines: str) -> Path:
    path.write_text("\n".join([HEADER, *lines]) + "\n", "utf-8")
    return path


def test_a_new_code_is_known_from_its_day_on_and_an_old_one_names_it(
    desk: House, tmp_path: Path
) -> None:
    path = a_file(
        tmp_path / "regions.csv",
        "340399,示例区,2026-01-01,,",
        "340398,旧示例县,2005-01-01,2026-01-01,340399",
    )
    ran = fulfilment_monitor("regions", "load", path, "--json")
    assert (ran.status, ran.json) == (0, {"read": 2, "changed": ["340398", "340399"]})
    assert fulfilment_monitor("regions", "load", path, "--json").json["changed"] == []
    new = fulfilment_monitor("regions", "show", "340399", "--as-of", "2026-06-01", "--json").json
    assert [r["name"] for r in new["path"]] == ["安徽省", "蚌埠市", "示例区"]
    old = fulfilment_monitor("regions", "show", "340398", "--as-of", "2026-06-01", "--json").json
    assert old["now"]["code"] == "340399"
    assert "340399" in old["fault"]
    assert "停用" in fulfilment_monitor("regions", "show", "340398", "--as-of", "2026-06-01").out


def test_a_contract_is_looked_at_with_the_regions_that_were_loaded(
    desk: House, tmp_path: Path
) -> None:
    register(desk, a_document(region="340399"))
    path = written(tmp_path / "contract.json", a_document(contract_no="HT-2", region="340399"))
    loaded = a_file(tmp_path / "regions.csv", "340399,示例区,2020-01-01,,")
    assert fulfilment_monitor("regions", "load", loaded).status == 0
    codes = [i["code"] for i in fulfilment_monitor("import", path, "--json").json["issues"]]
    assert "unknown-region" not in codes
    shown = fulfilment_monitor("contract", "HT-1", "--json").json
    assert "unknown-region" not in [f["code"] for f in shown["findings"]]


def test_a_code_can_be_given_up_later(desk: House, tmp_path: Path) -> None:
    first = a_file(tmp_path / "1.csv", "340399,示例区,2020-01-01,,")
    later = a_file(tmp_path / "2.csv", "340399,示例区,2020-01-01,2026-05-01,")
    for path in (first, later):
        assert fulfilment_monitor("regions", "load", path, "--json").json["changed"] == ["340399"]
    shown = fulfilment_monitor("regions", "show", "340399", "--as-of", "2026-05-01", "--json").json
    assert shown["path"] == []
    assert shown["versions"][0]["valid_to"] == "2026-05-01"


@ONLY_SQLITE
@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("34039,示例区,2020-01-01,,", "region.code"),
        ("340399,,2020-01-01,,", "region.name"),
        ("340399,示例区,2020-01-01,2020-01-01,", "region.backwards"),
        ("340399,示例区,2020-01-01,2021-01-01,999999", "region.successor"),
        ("340399,示例区,yesterday,,", "csv.day"),
        ("340399,示例区,2020-01-01,,\n340399,示例区,2020-01-01,,", "region.twice"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    desk: House, tmp_path: Path, line: str, code: str
) -> None:
    before = contents(desk)
    ran = fulfilment_monitor("regions", "load", a_file(tmp_path / "x.csv", line))
    assert ran.status == 3
    assert f"[{code}]" in ran.err
    assert contents(desk) == before


@ONLY_SQLITE
def test_a_code_that_never_was_is_not_shown(desk: House) -> None:
    assert fulfilment_monitor("regions", "show", "999999").status == 2
