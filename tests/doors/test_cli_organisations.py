"""`organisations …`: lists of bodies from Excel and JSON, looking them up, and coverage."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.bodies import COLUMNS
from tests.services.builders import (
    ORGAN,
    Ran,
    a_document,
    contents,
    fulfilment_monitor,
    register,
    written,
)

CITY, COUNTY = "11340300000001003G", "11340321000001003X"
BODY = {"name": "示例县财政局", "uscc": COUNTY, "kind": "organ", "region": "340321"}
LIST = [
    {**BODY, "superior": CITY, "competent_for": ["sme_payment"], "from_on": "2020-01-01"},
    {"name": "示例市财政局", "uscc": CITY, "kind": "organ", "region": "340300", "level": "city"},
]
Run = Callable[..., Ran]


@pytest.fixture
def run(house: House, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`organisations …` on the database of the house."""
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    return lambda *words: fulfilment_monitor("organisations", *words)


def counts(ran: Ran) -> tuple[int, ...]:
    names = ("read", "registered", "updated", "unchanged", "refused")
    return tuple(ran.json[name] for name in names)


def workbook(path: Path, *rows: tuple[Any, ...]) -> Path:
    """A workbook with the headings of the list and some rows."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("机构")
        sheet.write_row(0, 0, [c.heading for c in COLUMNS])
        for i, row in enumerate(rows, 1):
            sheet.write_row(i, 0, row)
    return path


def test_a_list_in_json_is_entered_once(run: Run, house: House, tmp_path: Path) -> None:
    path = written(tmp_path / "bodies.json", LIST)
    ran = run("import", path, "--json")
    assert (ran.status, counts(ran), ran.json["issues"]) == (0, (2, 2, 0, 0, 0), [])
    before = contents(house)
    assert counts(run("import", path, "--json")) == (2, 0, 0, 2, 0)
    assert contents(house) == before


def test_a_workbook_is_entered_and_its_bad_rows_are_named(run: Run, tmp_path: Path) -> None:
    since = datetime(2020, 1, 1)  # noqa: DTZ001 — a cell knows no zone
    path = workbook(
        tmp_path / "名单.xlsx",
        ("示例县财政局", COUNTY, "机关", 340321, "县级", CITY, "中小企业款项", since),
        ("示例市财政局", CITY, "机关", "340300", "市级"),
        ("某公司", ORGAN, "企业"),
        ("示例局", ORGAN, "机关", "340321", "县级", "113403210030000228"),
    )
    ran = run("import", path, "--json")
    assert (ran.status, counts(ran)) == (3, (4, 2, 0, 0, 2))
    found = [(i["line"], i["pointer"], i["code"]) for i in ran.json["issues"]]
    assert sorted(found) == [(4, "机构!C4", "cell.label"), (5, "机构!F5", "body.unknown")]
    shown = run("show", COUNTY, "--json", "--as-of", "2025-06-01").json
    assert [a["uscc"] for a in shown["ancestors"]] == [CITY]
    assert shown["competent_for"][0]["from_on"] == "2020-01-01"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_table_in_csv_is_entered(run: Run, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "bodies.csv"
    text = (
        f"名称,统一社会信用代码,类型,层级\n示例市财政局,{CITY},机关,市级\n示例局,{COUNTY},企业,\n"
    )
    path.write_bytes(text.encode(encoding))
    ran = run("import", path, "--json")
    assert counts(ran) == (2, 1, 0, 0, 1)
    assert [(i["line"], i["pointer"]) for i in ran.json["issues"]] == [(3, "C3")]


def test_bodies_of_several_files_may_name_each_other(run: Run, tmp_path: Path) -> None:
    paths = [written(tmp_path / f"{i}.json", body) for i, body in enumerate(LIST)]
    assert counts(run("import", *paths, "--json")) == (2, 2, 0, 0, 0)


def test_a_dry_run_says_the_same_and_changes_nothing(
    run: Run, house: House, tmp_path: Path
) -> None:
    path = written(tmp_path / "bodies.json", [*LIST, {"name": "x"}])
    before = contents(house)
    ran = run("import", path, "--json", "--dry-run")
    assert (ran.status, counts(ran)) == (3, (3, 2, 0, 0, 1))
    assert contents(house) == before


def test_issues_can_be_written_to_a_file(run: Run, tmp_path: Path) -> None:
    path, report = written(tmp_path / "bodies.json", {"name": "x"}), tmp_path / "report.json"
    ran = run("import", path, "--report", report)
    assert ran.status == 3
    assert ran.out.startswith("1 read, 0 registered, 0 updated, 0 unchanged, 1 refused")
    pointers = {i["pointer"] for i in json.loads(report.read_text("utf-8"))["issues"]}
    assert pointers == {"/uscc", "/kind"}


def test_what_holds_no_list_of_bodies_is_said_to_hold_none(run: Run, tmp_path: Path) -> None:
    old = tmp_path / "bodies.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    ran = run("import", old)
    assert ran.status == 2
    assert "bodies.xls" in ran.err


def test_bodies_are_listed_with_their_superiors(run: Run, tmp_path: Path) -> None:
    run("import", written(tmp_path / "bodies.json", LIST))
    listed = run("list", "--json", "--as-of", "2025-06-01").json["items"]
    assert [(b["uscc"], b["superior"]) for b in listed] == [(CITY, None), (COUNTY, CITY)]
    listed = run("list", "--json", "--as-of", "2019-12-31").json["items"]
    assert [b["superior"] for b in listed] == [None, None]
    out = run("list").out
    assert "示例县财政局" in out
    assert "市级" in out
    assert "未知" in out


def test_a_body_is_shown_with_all_around_it(run: Run, tmp_path: Path) -> None:
    over = {"uscc": CITY, "on": "2026-01-01", "reason": "机构改革方案"}
    run("import", written(tmp_path / "bodies.json", [{**LIST[0], "succeeded_by": over}, LIST[1]]))
    shown = run("show", COUNTY, "--json", "--as-of", "2025-06-01").json
    assert shown["place"] == "安徽省蚌埠市怀远县"
    assert shown["superiors"] == [
        {"uscc": CITY, "name": "示例市财政局", "from_on": "2020-01-01", "until_on": None}
    ]
    assert shown["responsible"]["uscc"] == COUNTY
    assert (
        run("show", COUNTY, "--json", "--as-of", "2026-01-01").json["responsible"]["uscc"] == CITY
    )
    below = run("show", CITY, "--json", "--as-of", "2025-06-01").json["subordinates"]
    assert [b["uscc"] for b in below] == [COUNTY]
    out = run("show", COUNTY, "--as-of", "2025-06-01").out
    for words in ("安徽省蚌埠市怀远县", "中小企业款项支付 340321 2020-01-01 起", "机构改革方案"):
        assert words in out


def test_an_unknown_body_is_not_shown(run: Run) -> None:
    ran = run("show", COUNTY)
    assert ran.status == 2
    assert "not-found" in ran.err


def test_coverage_gives_totals_rows_and_shares(run: Run, house: House, tmp_path: Path) -> None:
    register(house, a_document())
    run("import", written(tmp_path / "bodies.json", LIST))
    found = run("coverage", "--json", "--as-of", "2025-10-01").json
    assert found["totals"] == {
        "bodies": 3,
        "with_contract": 1,
        "without_contract": 2,
        "incomplete": 1,
        "contracts": 1,
        "due": 1,
        "silent": 1,
    }
    assert [(r["code"], r["contracts"], r["silent_share"]) for r in found["rows"]] == [
        (CITY, 0, None),
        (COUNTY, 0, None),
        (ORGAN, 1, "1.0000"),
    ]
    assert found["by_level"] == {"unknown": 1}
    shares = {i["id"]: i["share"] for i in found["indicators"]}
    assert shares == {"dq.silent": "1.0000", "dq.units": None, "dq.contracts": None}


def test_coverage_is_a_readable_report(run: Run, house: House, tmp_path: Path) -> None:
    register(house, a_document())
    run("import", written(tmp_path / "bodies.json", LIST))
    out = run("coverage", "--as-of", "2025-10-01").out
    assert out.startswith("截至 2025-10-01：单位 3 个，有合同的 1 个；合同 1 份；")
    for words in ("没有合同的单位", "示例市财政局", "层级、区划、上级", "未报告率", "政府采购"):
        assert words in out
