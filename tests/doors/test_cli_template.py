"""`template`: a workbook that explains itself, offers every code, and carries no formula."""

from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from fulfilment_monitor.domain.contracts import FIELD_CHINESE, Field
from fulfilment_monitor.gateways.workbooks import Heading, Holds, Returned, write_refused
from fulfilment_monitor.house import House
from fulfilment_monitor.schemas.contract_columns import AS_TEXT, COLUMNS
from fulfilment_monitor.schemas.contract_columns import Holds as Reads
from fulfilment_monitor.schemas.contract_files import read_contract_workbook
from fulfilment_monitor.schemas.contract_sheets import read_contract_rows
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.schemas.reading import Row
from fulfilment_monitor.schemas.xlsx_stream import hidden_sheets, read_xlsx
from tests.services.builders import Ran, fulfilment_monitor

NAMES = [column.heading for column in COLUMNS]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "template.xlsx"
    done = fulfilment_monitor("template", path)
    assert (done.status, done.out) == (0, "")
    return path


def sheet(path: Path, name: str) -> Worksheet:
    found = openpyxl.load_workbook(path)[name]
    assert isinstance(found, Worksheet)
    return found


def offered(path: Path) -> dict[str, list[str]]:
    """For each heading what its drop-down offers."""
    book = openpyxl.load_workbook(path)
    found = {}
    for rule in book["合同"].data_validations.dataValidation:
        if rule.type != "list":
            continue
        name, _, cells = rule.formula1.lstrip("=").partition("!")
        values = [row[0].value for row in book[name][cells.replace("$", "")]]
        for place in rule.sqref.ranges:
            assert (place.min_row, place.max_row) == (2, 1_048_576)
            found[book["合同"].cell(1, place.min_col).value] = values
    return found


def test_the_sheets_and_which_can_be_seen(template: Path) -> None:
    book = openpyxl.load_workbook(template)
    assert [(s.title, s.sheet_state) for s in book] == [
        ("填写说明", "visible"),
        ("合同", "visible"),
        ("示例", "visible"),
        ("代码表", "hidden"),
    ]
    with template.open("rb") as file:
        assert hidden_sheets(file) == ["代码表"]


def test_the_data_sheet_has_every_column_and_nothing_below_the_headings(template: Path) -> None:
    data = sheet(template, "合同")
    assert [[cell.value for cell in row] for row in data] == [NAMES]
    assert data.freeze_panes == "C2"
    for cell, column in zip(data[1], COLUMNS, strict=True):
        assert cell.comment is not None
        assert cell.comment.text.endswith(column.note)
        assert ("必填" in cell.comment.text) == column.required


def test_required_columns_stand_out_and_groups_differ(template: Path) -> None:
    colours: dict[str, set[str]] = {}
    for cell, column in zip(sheet(template, "合同")[1], COLUMNS, strict=True):
        filled, written = cell.fill.fgColor.rgb, cell.font.color.rgb
        assert (written == "FFFFFFFF") == column.required
        colours.setdefault(column.group, set()).add(filled if column.required else written)
    assert [len(found) for found in colours.values()] == [1] * 5
    assert len({min(found) for found in colours.values()}) == 5


def test_codes_are_text_and_days_are_days(template: Path) -> None:
    data = sheet(template, "合同")
    for at, column in enumerate(COLUMNS, 1):
        letter = data.cell(1, at).column_letter
        number_format = data.column_dimensions[letter].number_format
        assert (number_format == "@") == (column.holds in AS_TEXT), column.heading
        assert (number_format == "yyyy-mm-dd") == (column.holds is Reads.DAY), column.heading


def test_every_list_of_codes_can_be_chosen_from(template: Path) -> None:
    found = offered(template)
    assert found == {
        column.heading: list(column.offered)
        for column in COLUMNS
        if column.offered and column.holds is not Reads.OBLIGOR
    }
    assert found["合同领域"] == list(FIELD_CHINESE.values())
    assert found["质量保证金"] == ["是", "否"]


def test_the_guide_speaks_of_every_column(template: Path) -> None:
    rows = [[cell.value for cell in row] for row in sheet(template, "填写说明")]
    table = {row[0]: row for row in rows if row[2] is not None}
    for column in COLUMNS:
        required = "是" if column.required else ""
        assert table[column.heading][1:3] == [required, column.note]


@pytest.mark.parametrize("field", [None, *Field])
def test_the_example_could_be_imported(tmp_path: Path, field: Field | None) -> None:
    path = tmp_path / "template.xlsx"
    options = [] if field is None else ["--field", field.value]
    assert fulfilment_monitor("template", path, *options).status == 0
    with path.open("rb") as file:
        rows = [row._replace(sheet="合同") for row in read_xlsx(file, sheets=["示例"])]
    reads = list(read_contract_rows(rows))
    assert len(reads) == 2
    assert [r.issue or r.issues for r in reads] == [(), ()]
    read_fields = [read_contract(r.document).contract.field for r in reads]
    assert read_fields[0] is (field or Field.PROCUREMENT)
    assert read_fields[0] is not read_fields[1]
    assert max(len(r.document["obligations"]) for r in reads) >= 3
    if field is not None:
        assert offered(path)["合同领域"] == [FIELD_CHINESE[field]]


def test_an_empty_template_holds_no_contracts_and_its_example_is_none(
    template: Path, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    ran = fulfilment_monitor("import", template, "--json")
    assert (ran.status, ran.json["read"], ran.json["issues"]) == (0, 0, [])


def test_a_template_that_was_filled_in_is_read(template: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(template)
    for row in book["示例"].iter_rows(min_row=2, values_only=True):
        book["合同"].append(row)
    book.save(tmp_path / "filled.xlsx")
    with (tmp_path / "filled.xlsx").open("rb") as file:
        reads = list(read_contract_workbook(file))
    assert [(r.line, r.issue, r.issues) for r in reads] == [(2, None, ()), (6, None, ())]


@pytest.mark.parametrize("words", [[], ["{}/no/folder.xlsx"], ["{}/t.xlsx", "--field", "sports"]])
def test_wrong_usage_is_2(tmp_path: Path, words: list[str]) -> None:
    ran: Ran = fulfilment_monitor("template", *(w.format(tmp_path) for w in words))
    assert ran.status == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.proves("D7")
def test_no_text_becomes_a_formula_or_a_link(tmp_path: Path) -> None:
    said = [f"{start}1+1" for start in "=+-@＝＋－＠\t"] + ["{=1+1}", "http://example.org", "12"]
    path = tmp_path / "refused.xlsx"
    headings = [Heading(text, 14, Holds.TEXT) for text in said]
    write_refused(path, "=改", headings, [Returned("=1", said, {0: "=2"})])
    data = sheet(path, "合同")
    assert [[cell.value for cell in row] for row in data] == [["=改", *said], ["=1", *said]]
    assert {cell.data_type for row in data for cell in row} == {"s"}
    assert [cell.hyperlink for row in data for cell in row if cell.hyperlink] == []
    with path.open("rb") as file:
        rows = list(read_xlsx(file))
    assert rows == [Row("合同", 1, ("=改", *said)), Row("合同", 2, ("=1", *said))]
