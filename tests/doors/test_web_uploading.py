"""Many contracts from one file: rehearsed, mended on the page, confirmed; nothing stays behind."""

import csv
import io
import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from fulfilment_monitor.app import create_app
from fulfilment_monitor.clock import Moment
from fulfilment_monitor.domain.authority import Role, operator
from fulfilment_monitor.house import House
from fulfilment_monitor.services.organisations import register_body
from fulfilment_monitor.store.contracts import Contract
from fulfilment_monitor.web import trial
from tests.conftest import at
from tests.doors.signing_in import account_of, sign_in
from tests.doors.walking import Walk
from tests.samples import make_workbook as maker
from tests.services.builders import FIRM, INSTITUTION, ORGAN, a_document, violations

SINCE, TODAY = date(2020, 1, 1), date(2025, 9, 1)
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BAD_CODE = "91340321MA2000000X"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def office(house: House, tmp_path: Path) -> House:
    with house.sessions.begin() as session:
        register_body(session, ORGAN, "示例县财政局", "organ", by=operator("t"), now=at(SINCE))
    folders = {"evidence_dir": str(tmp_path / "ev"), "uploads_dir": str(tmp_path / "up")}
    return replace(house, settings=replace(house.settings, **folders))


def client_of(house: House, today: date = TODAY) -> FlaskClient:
    client = create_app(house, lambda: Moment(at(today), today)).test_client()
    return sign_in(client, house, account_of(house, "clerk", ORGAN, Role.CLERK), today)


def saved_as(answer: TestResponse) -> str:
    """Under which name a browser saves an answer; a server sends headers in ASCII alone."""
    header = answer.headers["Content-Disposition"]
    assert header.isascii()
    kind, found = parse_options_header(header)
    assert kind == "attachment"
    return found["filename"]


@pytest.fixture
def walk(office: House) -> Walk:
    return Walk(client_of(office))


def a_row(number: str, **changed: str) -> dict[str, str]:
    row = {
        "合同编号": number,
        "合同名称": "办公设备采购",
        "合同领域": "政府采购",
        "标的类型": "货物",
        "签订日期": "2025-08-01",
        "行政区划代码": "340321",
        "政府方名称": "示例县财政局",
        "政府方统一社会信用代码": ORGAN,
        "政府方性质": "机关",
        "企业名称": "示例企业",
        "企业统一社会信用代码": FIRM,
        "企业所有制": "民营",
        "企业规模": "小型企业",
        "义务类型": "付款",
        "义务方": "政府方",
        "义务金额（元）": "1000.00",
        "约定履行日期": "2025-09-10",
    }
    return {**row, **changed}


def a_table(*rows: dict[str, str]) -> tuple[str, bytes]:
    """A CSV file of rows, as a form sends it."""
    out = io.StringIO()
    table = csv.DictWriter(out, rows[0].keys())
    table.writeheader()
    table.writerows(rows)
    return "合同.csv", out.getvalue().encode()


def hand_in(walk: Walk, file: tuple[str, bytes]) -> Walk:
    return walk.open("/desk").follow("批量导入").press("上传并检查", file=file)


def tiles(walk: Walk) -> dict[str, int]:
    """The counts of a page, by what they are called."""
    found = next(d for d in walk.page.all("dl") if d.get("class") == "tiles")
    pairs = zip(found.all("dt"), found.all("dd"), strict=True)
    return {term.text: int(number.text) for term, number in pairs}


def registered(house: House) -> set[str]:
    with house.readers() as session:
        return set(session.scalars(select(Contract.contract_no)))


def left_behind(house: House) -> list[Path]:
    folder = house.settings.uploads_path()
    return [p for p in folder.rglob("*") if p.is_file()] if folder.is_dir() else []


THREE = a_table(
    a_row("HT-1"),
    a_row("HT-2", 企业统一社会信用代码=BAD_CODE),
    a_row("HT-3", 政府方统一社会信用代码=INSTITUTION),
)


@pytest.mark.proves("R-11")
def test_a_file_is_rehearsed_mended_and_confirmed(office: House, walk: Walk) -> None:
    hand_in(walk, THREE)
    assert tiles(walk) == {"读取": 3, "新登记": 1, "补充事实": 0, "没有变化": 0, "退回": 2}
    assert registered(office) == set()
    assert "第18位校验不符" in walk.text
    assert "各单位登记自己的合同" in walk.text
    walk.press("重新检查", **{walk.field("企业统一社会信用代码"): FIRM})
    assert tiles(walk) == {"读取": 3, "新登记": 2, "补充事实": 0, "没有变化": 0, "退回": 1}
    assert registered(office) == set()
    walk.press("确认登记 2 份合同")
    assert "已登记 2 份合同" in walk.text
    assert registered(office) == {"HT-1", "HT-2"}
    walk.follow("查看并修改退回的合同")
    assert tiles(walk) == {"读取": 3, "新登记": 0, "补充事实": 0, "没有变化": 2, "退回": 1}
    assert not violations(office)


@ONLY_SQLITE
def test_nothing_stays_of_a_file_that_was_confirmed_or_thrown_away(
    office: House, walk: Walk
) -> None:
    hand_in(walk, a_table(a_row("HT-1")))
    assert left_behind(office)
    walk.press("放弃并删除文件")
    assert left_behind(office) == []
    hand_in(walk, a_table(a_row("HT-1"))).press("确认登记")
    assert left_behind(office) == []
    assert registered(office) == {"HT-1"}


@ONLY_SQLITE
def test_a_file_is_its_sessions_own_and_for_an_hour(office: House, walk: Walk) -> None:
    hand_in(walk, THREE)
    another = Walk(client_of(office))
    assert another.open(walk.path).status == 404
    assert another.open(walk.path + "/refused.xlsx").status == 404
    assert left_behind(office)
    Walk(client_of(office, TODAY + timedelta(days=1))).open("/desk/upload")
    assert left_behind(office) == []


@ONLY_SQLITE
def test_a_second_file_takes_the_place_of_the_first(office: House, walk: Walk) -> None:
    first = hand_in(walk, THREE).path
    hand_in(walk, a_table(a_row("HT-9")))
    assert len(left_behind(office)) == 2  # the file and what is known of it
    assert walk.open(first).status == 404


@ONLY_SQLITE
def test_refused_rows_are_handed_back_with_reasons_and_come_in_again(
    office: House, walk: Walk
) -> None:
    client = client_of(office)
    hand_in(own := Walk(client), THREE)
    answer = client.get(own.path + "/refused.xlsx")
    assert saved_as(answer) == "需要修改的合同.xlsx"
    assert answer.mimetype == XLSX
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    sheet = book["合同"]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "需要修改"
    assert [row[1] for row in rows[1:]] == ["HT-2", "HT-3"]
    assert "第18位校验不符" in str(rows[1][0])
    sheet.cell(2, list(rows[0]).index("企业统一社会信用代码") + 1).value = FIRM
    mended = io.BytesIO()
    book.save(mended)
    hand_in(own, ("改好.xlsx", mended.getvalue()))
    assert tiles(own)["新登记"] == 1


@ONLY_SQLITE
def test_documents_in_json_are_read_too(office: House, walk: Walk) -> None:
    wrong: dict[str, Any] = {**a_document(contract_no="HT-2"), "signed_on": "never"}
    content = json.dumps([a_document(), wrong]).encode()
    hand_in(walk, ("合同.json", content))
    assert tiles(walk) == {"读取": 2, "新登记": 1, "补充事实": 0, "没有变化": 0, "退回": 1}
    assert "/1/signed_on" in walk.text
    walk.press("确认登记 1 份合同")
    assert registered(office) == {"HT-1"}


@ONLY_SQLITE
@pytest.mark.parametrize(
    ("file", "said"),
    [
        (None, "必填项未填写"),
        (("大.csv", b"x" * 10_000_001), "文件超过 10 MB"),
        (("旧.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "请另存为 .xlsx"),
        (("开放.json", b'{"ocid": "x", "releases": []}'), "开放合同数据"),
        (("空.csv", b""), "文件是空的"),
        (("空白.csv", b" \r\n\r\n"), "文件是空的"),
        (("合同.pdf", b"%PDF-1.7\nx"), "这不是表格"),
        (("合同.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "这不是表格"),
    ],
)
def test_what_is_no_file_of_contracts_is_refused_at_once(
    office: House, walk: Walk, file: tuple[str, bytes] | None, said: str
) -> None:
    hand_in(walk, file)  # type: ignore[arg-type]
    assert walk.status == 422
    assert said in walk.text
    assert left_behind(office) == []


@ONLY_SQLITE
def test_why_a_file_is_refused_is_said_in_english_too(office: House, walk: Walk) -> None:
    walk.open("/desk/upload?lang=en").press("Upload and check", file=("a.pdf", b"%PDF-1.7"))
    assert "neither a table nor JSON" in walk.text


@ONLY_SQLITE
def test_a_file_that_takes_too_long_is_refused(
    office: House, walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trial, "SECONDS", -1.0)
    hand_in(walk, THREE)
    assert tiles(walk)["新登记"] == 0
    assert "没有读完" in walk.text


@ONLY_SQLITE
@pytest.mark.parametrize("hostile", ["../../etc/passwd", "<img src=x onerror=alert(1)>.csv"])
def test_hostile_names_and_cells_stay_words(office: House, walk: Walk, hostile: str) -> None:
    bad = a_row("<script>alert(1)</script>", 企业统一社会信用代码=BAD_CODE)
    hand_in(walk, (hostile, a_table(bad)[1]))
    assert walk.status == 200
    assert [s.get("src").partition("?")[0] for s in walk.page.all("script")] == _SCRIPTS
    assert not list(walk.page.all("img"))
    assert {p.name for p in left_behind(office)} == {"file", "about.json"}


_SCRIPTS = ["/static/vendor/htmx.min.js", "/static/app.js"]


@ONLY_SQLITE
def test_the_template_is_what_is_read(office: House, walk: Walk) -> None:
    client = client_of(office)
    answer = client.get("/desk/upload/template.xlsx?field=procurement")
    assert answer.mimetype == XLSX
    assert saved_as(answer) == "合同导入模板.xlsx"
    hand_in(own := Walk(client), ("模板.xlsx", answer.data))
    assert tiles(own)["读取"] == 0
    assert "文件里没有合同" in own.text


@ONLY_SQLITE
def test_tokens_that_are_none_are_not_there(office: House) -> None:
    client = client_of(office)
    for token in ("x", "..", "A" * 32, "a" * 31 + "/"):
        assert client.get(f"/desk/upload/{token}").status_code == 404


@ONLY_SQLITE
def test_cells_nobody_touched_stay_as_the_file_has_them(office: House, walk: Walk) -> None:
    """Dates, numbers and formulas of a workbook go to the page and back, and nothing changes."""
    own = Walk(client := client_of(office))
    hand_in(own, ("合同.xlsx", (maker.FOLDER / maker.WORKBOOK).read_bytes()))
    assert tiles(own)["退回"] == tiles(own)["读取"] > 50
    before = own.text
    own.press("重新检查")
    assert own.text == before
    assert client.get(own.path + "/refused.xlsx").status_code == 200
