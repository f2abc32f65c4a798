"""Lists of bodies: an object or a row becomes an entry, or the cell at fault is named."""

from datetime import date

import pytest

from fulfilment_monitor.domain.bodies import Entry, Handover, Level, Matter
from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.domain.parties import GovernmentKind
from fulfilment_monitor.schemas.bodies import COLUMNS, read_body, read_body_rows
from fulfilment_monitor.schemas.reading import Cell, Flaw, Number, Read, Row

CODE, ABOVE = "11340321000001003X", "11340300000001003G"
BODY = {"name": "示例县财政局", "uscc": CODE, "kind": "organ"}
WHOLE = {
    **BODY,
    "region": "340321",
    "level": "county",
    "superior": ABOVE,
    "competent_for": ["procurement", "credit_lead"],
    "from_on": "2020-01-01",
    "until_on": "2026-01-01",
    "succeeded_by": {"uscc": ABOVE, "on": "2026-01-01", "reason": "机构改革方案"},
}
ENTRY = Entry(
    CODE,
    "示例县财政局",
    GovernmentKind.ORGAN,
    "340321",
    Level.COUNTY,
    ABOVE,
    (Matter.PROCUREMENT, Matter.CREDIT_LEAD),
    date(2020, 1, 1),
    date(2026, 1, 1),
    Handover(ABOVE, date(2026, 1, 1), "机构改革方案"),
)


def test_an_object_says_all_there_is_to_say() -> None:
    assert read_body(WHOLE) == ENTRY
    assert read_body(BODY) == Entry(CODE, "示例县财政局", GovernmentKind.ORGAN)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"kind": "enterprise"}, ("/kind", "invalid-field")),
        ({"kind": None}, ("/kind", "null-field")),
        ({"level": "village"}, ("/level", "invalid-field")),
        ({"competent_for": ["roads"]}, ("/competent_for/0", "invalid-field")),
        ({"from_on": "01.06.2025"}, ("/from_on", "invalid-field")),
        (
            {"succeeded_by": {"uscc": ABOVE, "on": "2026-01-01"}},
            ("/succeeded_by/reason", "missing-field"),
        ),
        ({"boss": "x"}, ("/boss", "unknown-field")),
        ({"region": 340321}, ("/region", "invalid-field")),
    ],
)
def test_what_an_object_says_wrongly_is_named(changes, found) -> None:
    with pytest.raises(Invalid) as refusal:
        read_body({**BODY, **changes})
    assert [(i.pointer, i.code) for i in refusal.value.issues] == [found]


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(Invalid):
        read_body(["名称"])


# --- rows -------------------------------------------------------------------------------------

HEADINGS: tuple[Cell, ...] = tuple(c.heading for c in COLUMNS)
CELLS: tuple[Cell, ...] = (
    "示例县财政局",
    CODE,
    "机关",
    Number("340321"),
    "县级",
    ABOVE,
    "政府采购、信用牵头",
    date(2020, 1, 1),
    "2026年1月1日",
    ABOVE,
    "2026/1/1",
    "机构改革方案",
)


def sheet(*rows: tuple[Cell, ...], name: str = "机构") -> list[Row]:
    return [Row(name, i, cells) for i, cells in enumerate(rows, 1)]


def changed(**cells: Cell) -> tuple[Cell, ...]:
    """The cells of a body with some replaced, by heading."""
    return tuple(cells.get(c.heading, cell) for c, cell in zip(COLUMNS, CELLS, strict=True))


def one(*rows: tuple[Cell, ...]) -> Read:
    (read,) = read_body_rows(sheet(*rows))
    return read


def test_a_row_says_what_an_object_says() -> None:
    read = one(HEADINGS, CELLS)
    assert read.document == WHOLE
    assert read_body(read.document) == ENTRY
    assert read.spot("/level") == (2, "机构!E2")
    assert read.spot("/succeeded_by/on") == (2, "机构!K2")
    assert read.spot("/competent_for/1") == (2, "机构!G2")  # the nearest place that is known


def test_columns_stand_in_any_order_and_some_may_be_missing() -> None:
    read = one(
        ("类型*", " 统一社会信用代码 ", None, "名称"), ("事业单位", CODE.lower(), None, "医院")
    )
    assert read.document == {"name": "医院", "uscc": CODE, "kind": "institution"}


def test_rows_above_the_headings_and_sheets_without_are_passed_over() -> None:
    rows = [*sheet(("填表说明",), ("名称",), name="说明"), *sheet(("机构名单",), HEADINGS, CELLS)]
    (read,) = read_body_rows(rows)
    assert (read.line, read.document) == (3, WHOLE)


def test_codes_may_stand_beside_chinese_labels() -> None:
    cells = changed(类型="organ", 层级="county", 主管事项="procurement；社会信用")
    read = one(HEADINGS, cells)
    assert read.issue is not None
    assert "社会信用" in read.issue.detail
    read = one(HEADINGS, changed(类型="organ", 层级="county", 主管事项="procurement；credit_lead"))
    assert read.document == WHOLE


def test_every_label_of_the_matters_is_known() -> None:
    labels = "政府采购、招标投标、招商引资、政府与社会资本合作、产业扶持、政府投资"
    labels += "、信用牵头、中小企业款项"
    document = one(HEADINGS, changed(主管事项=labels)).document
    assert document["competent_for"] == [m.value for m in Matter]


@pytest.mark.parametrize(
    ("cells", "place", "code"),
    [
        ({"统一社会信用代码": Number("113403210000010030")}, "机构!B2", "cell.digits-lost"),
        ({"统一社会信用代码": Number("1.1E+17")}, "机构!B2", "cell.digits-lost"),
        ({"行政区划代码": date(2025, 6, 1)}, "机构!D2", "cell.became-day"),
        ({"类型": "企业"}, "机构!C2", "cell.label"),
        ({"层级": True}, "机构!E2", "cell.wrong-type"),
        ({"生效日期": Number("45000")}, "机构!H2", "cell.day"),
        ({"生效日期": "25-6-1"}, "机构!H2", "cell.day"),
        ({"生效日期": "2025-06-31"}, "机构!H2", "cell.day"),
        ({"名称": Flaw("cell.formula", "公式")}, "机构!A2", "cell.formula"),
    ],
)
def test_a_cell_that_cannot_be_read_refuses_its_row_only(cells, place, code) -> None:
    bad, good = read_body_rows(sheet(HEADINGS, changed(**cells), CELLS))
    assert bad.issue is not None
    assert (bad.issue.pointer, bad.issue.code, bad.line) == (place, code, 2)
    assert good.document == WHOLE


def test_a_file_without_headings_is_refused() -> None:
    assert [r.issue and r.issue.code for r in read_body_rows(sheet(CELLS))] == ["sheet.no-headings"]
    assert [r.issue and r.issue.code for r in read_body_rows([])] == ["sheet.no-headings"]


def test_strange_and_repeated_columns_are_refused() -> None:
    read = one((*HEADINGS, "联系人", "名称"), CELLS)
    assert read.issue is not None
    assert read.issue.code == "sheet.headings"
    assert read.issue.detail == "未知的列：联系人；重复的列：名称"


def test_a_cell_without_heading_refuses_its_row() -> None:
    read = one(HEADINGS, (*CELLS, "备注"))
    assert read.issue is not None
    assert (read.issue.pointer, read.issue.code) == ("机构!M2", "sheet.no-heading")


def test_a_csv_file_names_its_cells_without_a_sheet() -> None:
    (read,) = read_body_rows(sheet(HEADINGS, changed(类型="企业"), name=""))
    assert read.issue is not None
    assert read.issue.pointer == "C2"
