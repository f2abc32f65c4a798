"""Workbooks row by row: what stands in their cells, and what nobody may guess at."""

import codecs
import io
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import openpyxl
import pytest
import python_calamine
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.styles.numbers import is_date_format

from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.schemas.reading import Flaw, Number, Row
from fulfilment_monitor.schemas.xlsx_days import BUILT_IN_DAYS, is_day_format
from fulfilment_monitor.schemas.xlsx_stream import hidden_sheets, read_xlsx
from tests.domain.builders import calm
from tests.schemas import workbooks as w


def read(raw, **options):
    return list(read_xlsx(io.BytesIO(raw), **options))


def cells(rows, **options):
    """The cells of the only row."""
    (row,) = read(w.by_hand(rows, **options))
    return row.cells


def cell(xml, **options):
    """What a cell alone in its row and sheet is read as, a flaw by its code."""
    found = read(w.by_hand(w.row_xml(xml), **options))
    value = found[0].cells[0] if found else None
    return value.code if isinstance(value, Flaw) else value


def as_table(rows):
    """Rows by number, flaws by their codes."""
    return {row.line: [c.code if isinstance(c, Flaw) else c for c in row.cells] for row in rows}


# --- the same as other programs ------------------------------------------------------------------


def shown(value):
    """A cell as all readers can show it: numbers to fifteen digits, days without their time."""
    if isinstance(value, datetime):
        return value.date()
    if value == "":
        return None
    if isinstance(value, Number):
        return Decimal(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(f"{value:.14E}")
    return value


def by_us(raw):
    return {
        (r.line, n): c
        for r in read(raw)
        for n, c in enumerate(map(shown, r.cells), 1)
        if c is not None
    }


def by_openpyxl(raw):
    sheet = openpyxl.load_workbook(io.BytesIO(raw)).worksheets[0]
    found = ((c.row, c.column, shown(c.value)) for row in sheet.iter_rows() for c in row)
    return {(r, c): value for r, c, value in found if value is not None}


def by_calamine(raw):
    sheet = python_calamine.load_workbook(io.BytesIO(raw)).get_sheet_by_index(0)
    first = sheet.start or (0, 0)
    return {
        (r, c): shown(value)
        for r, row in enumerate(sheet.to_python(skip_empty_area=True), first[0] + 1)
        for c, value in enumerate(row, first[1] + 1)
        if shown(value) is not None
    }


@pytest.mark.parametrize(
    "raw",
    [w.by_xlsxwriter(), w.by_xlsxwriter(constant_memory=True), w.by_openpyxl()],
    ids=["xlsxwriter", "xlsxwriter, inline", "openpyxl"],
)
def test_cells_are_read_as_other_programs_wrote_them(raw):
    expected = {
        (r, c): shown(value)
        for r, row in enumerate(w.CELLS, 1)
        for c, value in enumerate(row, 1)
        if value is not None
    }
    assert by_us(raw) == expected
    assert by_openpyxl(raw) == expected


# No day before March 1900: the others count the false leap day each in its own way.
some_cells = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-999_999_999_999_999, 999_999_999_999_999),
    st.decimals(-(10**9), 10**9, places=2).map(float),
    st.dates(date(1900, 3, 1), date(9999, 12, 31)),
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"]), max_size=12
    ).filter(lambda text: not text.startswith("=") and "_x" not in text),
)
some_tables = st.lists(st.lists(some_cells, max_size=6), min_size=1, max_size=6)


@calm
@given(some_tables, st.booleans())
def test_whatever_is_written_is_read_as_two_other_readers_read_it(table, inline):
    raw = w.by_xlsxwriter(table, constant_memory=inline)
    assert by_us(raw) == by_openpyxl(raw) == by_calamine(raw)


# --- rows and columns ----------------------------------------------------------------------------


def test_rows_that_hold_nothing_are_left_out_and_the_others_keep_their_numbers():
    raw = w.by_hand(
        w.row_xml('<c r="B2"><v>5</v></c><c r="D2" s="0"/>', line=2)
        + w.row_xml('<c r="A4"/>', line=4)
        + w.row_xml(line=5)
        + w.row_xml('<c r="A9" t="str"><v></v></c><c r="C9"><v>7</v></c>', line=9)
    )
    assert read(raw) == [Row("合同", 2, (None, Number("5"))), Row("合同", 9, (None, None, "7"))]


def test_cells_and_rows_that_do_not_say_where_they_stand_follow_one_another():
    rows = (
        "<row><c><v>1</v></c><c><v>2</v></c></row>"
        '<row r="5"><c r="C5"><v>3</v></c><c><v>4</v></c></row><row><c><v>5</v></c></row>'
    )
    assert as_table(read(w.by_hand(rows))) == {
        1: ["1", "2"], 5: [None, None, "3", "4"], 6: ["5"],
    }  # fmt: skip


def test_columns_are_counted_beyond_z():
    found = cells(w.row_xml('<c r="Z1"><v>1</v></c><c r="AA1"><v>2</v></c><c r="CV1"><v>3</v></c>'))
    assert {n: c for n, c in enumerate(found) if c} == {25: "1", 26: "2", 99: "3"}


def test_what_stands_beyond_the_last_column_that_is_read_is_one_flaw_behind_it():
    far = '<c r="GR1"><v>1</v></c><c r="GS1"><v>2</v></c><c r="XFD1"><v>3</v></c>'
    found = cells(w.row_xml('<c r="A1"><v>0</v></c>' + far))
    assert (len(found), found[0], found[199], found[200].code) == (201, "0", "1", "cell.too-far")


def test_an_empty_cell_far_to_the_right_is_no_flaw():
    assert cells(w.row_xml('<c r="A1"><v>0</v></c><c r="XFD1" s="0"/>')) == ("0",)


def test_hidden_rows_and_columns_are_read():
    book = xlsxwriter.Workbook(file := io.BytesIO())
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["a", "b"])
    sheet.write_row(1, 0, ["c", "d"])
    sheet.set_row(1, None, None, {"hidden": True})
    sheet.set_column(1, 1, None, None, {"hidden": True})
    book.close()
    assert [row.cells for row in read(file.getvalue())] == [("a", "b"), ("c", "d")]


# --- sheets --------------------------------------------------------------------------------------

ONE = w.sheet_xml(w.row_xml('<c r="A1"><v>1</v></c>'))
SHEETS = {"乙": ONE, "甲": ONE, "暗": ONE, "最暗": ONE}
STATES = {"乙": "visible", "暗": "hidden", "最暗": "veryHidden"}


def test_visible_sheets_are_read_in_the_order_in_which_they_are_shown():
    raw = w.packed(w.parts_of(SHEETS, states=STATES))
    assert [row.sheet for row in read(raw)] == ["乙", "甲"]


def test_hidden_sheets_are_told_and_read_only_by_name():
    raw = w.packed(w.parts_of(SHEETS, states=STATES))
    assert hidden_sheets(io.BytesIO(raw)) == ["暗", "最暗"]
    assert [row.sheet for row in read(raw, sheets=["最暗", "乙", "无"])] == ["乙", "最暗"]


def test_sheets_are_found_through_references_whatever_their_files_are_called():
    parts = w.parts_of({"甲": ONE})
    parts["Anything/First.XML"] = parts.pop(w.SHEET)
    for target in ("/anything/first.xml", "../Anything/First.XML", "/x/../Anything/./First.XML"):
        related = [("rId1", "worksheet", target)]
        raw = w.packed({**parts, "xl/_rels/workbook.xml.rels": w.relations_xml(related)})
        assert as_table(read(raw)) == {1: ["1"]}


def test_the_file_names_of_sheets_say_nothing_of_their_order():
    other = w.sheet_xml(w.row_xml('<c r="A1"><v>2</v></c>'))
    parts = w.parts_of({"甲": ONE, "乙": other})
    crossed = [
        ("rId1", "worksheet", "worksheets/sheet2.xml"),
        ("rId2", "worksheet", "worksheets/sheet1.xml"),
    ]
    raw = w.packed({**parts, "xl/_rels/workbook.xml.rels": w.relations_xml(crossed)})
    assert [(row.sheet, row.cells) for row in read(raw)] == [("甲", ("2",)), ("乙", ("1",))]


def test_charts_among_the_sheets_are_passed_over():
    parts = w.parts_of({"图": "<chartsheet/>", "甲": ONE})
    related = [
        ("rId1", "chartsheet", "worksheets/sheet1.xml"),
        ("rId2", "worksheet", "worksheets/sheet2.xml"),
    ]
    raw = w.packed({**parts, "xl/_rels/workbook.xml.rels": w.relations_xml(related)})
    assert [row.sheet for row in read(raw)] == ["甲"]


def test_a_strict_workbook_is_read_like_any_other():
    rows = w.row_xml('<c r="A1" t="d"><v>2025-06-01T00:00:00</v></c>')
    raw = w.packed(
        w.parts_of(
            w.sheet_xml(rows, main=w.STRICT_MAIN), main=w.STRICT_MAIN, office=w.STRICT_OFFICE
        )
    )
    assert as_table(read(raw)) == {1: [date(2025, 6, 1)]}


def test_prefixes_of_namespaces_do_not_matter_and_other_namespaces_are_not_ours():
    xml = (
        f'<x:worksheet xmlns:x="{w.MAIN}" xmlns="urn:other"><c/><x:sheetData><x:row r="1">'
        '<x:c r="A1"><v>9</v><x:v>1</x:v></x:c></x:row></x:sheetData>'
        '<x:mergeCells><x:mergeCell ref="A1:B1"/></x:mergeCells></x:worksheet>'
    )
    assert as_table(read(w.packed(w.parts_of(xml)))) == {1: ["1", "cell.merged"]}


def test_a_part_in_utf_16_is_read():
    xml = w.sheet_xml(w.row_xml('<c r="A1" t="inlineStr"><is><t>合同𠮷</t></is></c>'))
    part = xml.replace("UTF-8", "UTF-16")
    for encoded in (part.encode("utf-16"), codecs.BOM_UTF16_BE + part.encode("utf-16-be")):
        raw = w.packed({**w.parts_of(xml), w.SHEET: encoded})
        assert as_table(read(raw)) == {1: ["合同𠮷"]}


def test_macros_are_never_looked_at():
    raw = w.packed({**w.parts_of(ONE), "xl/vbaProject.bin": b"\x00not a project"})
    assert as_table(read(raw)) == {1: ["1"]}


# --- text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ("<t>合同</t>", "合同"),
        ('<t xml:space="preserve"> 两端 </t>', " 两端 "),
        ("<t> 两端 </t>", " 两端 "),
        ("<r><t>合</t></r><r><rPr><b/></rPr><t>同</t></r>", "合同"),
        ('<t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/>', "東京"),
        ("<t>a_x000D_\nb_x0009_c</t>", "a\r\nb\tc"),
        ("<t>_x005F_x000D_</t>", "_x000D_"),
        ("<t>_xD83D_ _x00_ _xyz_</t>", "_xD83D_ _x00_ _xyz_"),
        ("<t>&lt;b&gt; &amp; &#x5408;</t>", "<b> & 合"),
        ("<t><![CDATA[<c r='A1'>]]></t>", "<c r='A1'>"),
        ("<t>a<!-- b -->c</t>", "ac"),
        ("<t></t>", None),
        ("<t/>", None),
        ("", None),
    ],
)
def test_text_is_read_as_it_is_shown_shared_and_inline(item, expected):
    shared = cell('<c r="A1" t="s"><v>0</v></c>', strings=w.strings_xml(item))
    inline = cell(f'<c r="A1" t="inlineStr"><is>{item}</is></c>')
    assert (shared, inline) == (expected, expected)


def test_the_text_of_one_cell_does_not_leak_into_the_next():
    item = '<c r="{0}1" t="inlineStr"><is><r><t>{0}</t></r></is></c>'
    bare = '<c r="C1" t="inlineStr"/><c r="D1" t="str"> <v>d</v> </c>'
    spaced = '<c r="E1" t="inlineStr"><is> <t>e</t> </is></c>'
    found = cells(w.row_xml(item.format("A"), item.format("B"), bare, spaced))
    assert found == ("A", "B", None, "d", "e")


def test_shared_texts_are_found_by_their_number_also_the_last_and_the_empty():
    items = [f"<t>文本{n}</t>" if n % 7 else "<t/>" for n in range(700)]
    row = "".join(
        f'<row r="{n + 1}"><c r="A{n + 1}" t="s"><v>{n}</v></c></row>' for n in range(700)
    )
    found = as_table(read(w.by_hand(row, strings=w.strings_xml(*items))))
    assert found == {n + 1: [f"文本{n}"] for n in range(700) if n % 7}


@pytest.mark.parametrize("number", ["2", "-1", "x", "1e0", "9" * 5_000, "0.0", "²"])
def test_a_shared_text_that_is_not_there_is_a_flaw(number):
    strings = w.strings_xml("<t>a</t>", "<t>b</t>")
    assert cell(f'<c r="A1" t="s"><v>{number}</v></c>', strings=strings) == "cell.shared-string"


def test_a_text_no_cell_can_hold_is_a_flaw_however_it_is_stored():
    fits, longer = "款" * 32_767, "款" * 32_768
    runs = "<r><t>款</t></r>" * 32_768
    assert cell(f'<c r="A1" t="inlineStr"><is><t>{fits}</t></is></c>') == fits
    assert cell(f'<c r="A1" t="inlineStr"><is><t>{longer}</t></is></c>') == "cell.too-long"
    assert cell(f'<c r="A1" t="inlineStr"><is>{runs}</is></c>') == "cell.too-long"
    assert cell(f'<c r="A1" t="str"><v>{longer}</v></c>') == "cell.too-long"
    row = w.row_xml(*(f'<c r="{c}1" t="s"><v>{n}</v></c>' for n, c in enumerate("ABCD")))
    items = ["<t>a</t>", f"<t>{longer}</t>", f"<t>{fits}</t>", runs]
    found = cells(row, strings=w.strings_xml(*items))
    assert found[0] == "a"
    assert found[2] == fits
    assert [found[1].code, found[3].code] == ["cell.too-long", "cell.too-long"]


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ('<c r="A1" t="b"><v>1</v></c>', True),
        ('<c r="A1" t="b"><v>0</v></c>', False),
        ('<c r="A1" t="b"><v>yes</v></c>', "cell.boolean"),
        ('<c r="A1" t="e"><v>#N/A</v></c>', "cell.error"),
        ('<c r="A1" t="e"><v>#DIV/0!</v></c>', "cell.error"),
        ('<c r="A1" t="wide"><v>1</v></c>', "cell.type"),
        ('<c r="A1" t="wide"/>', None),
        ('<c r="A1" t="n"><v>7</v></c>', "7"),
        ('<c r="A1" t="str"><v>=1+1</v></c>', "=1+1"),
        ('<c r="A1"/>', None),
        ('<c r="A1"><v/></c>', None),
    ],
)
def test_other_kinds_of_cells(xml, expected):
    assert cell(xml) == expected


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("0", "0"), ("-0", "0"), ("0.0", "0"), ("-0E5", "0"), ("1", "1"), ("-7", "-7"),
        ("20250001", "20250001"), ("20250001.0", "20250001"), ("2.0250001E7", "20250001"),
        ("1E5", "100000"), ("4.0E-2", "0.04"), ("1.50", "1.5"), ("007", "7"), (" 5 ", "5"),
        ("+5", "5"), (".5", "0.5"), ("5.", "5"), ("1200000.07", "1200000.07"),
        ("1e-7", "0.0000001"), ("123456789012345", "123456789012345"),
        ("0.1234567890123", "0.1234567890123"), ("-99999999999999.9", "-99999999999999.9"),
        # as Excel writes 0.29, 1234.1, 4.35 and -0.07: the digits past the fifteenth are noise
        ("0.28999999999999998", "0.29"), ("1234.0999999999999", "1234.1"),
        ("4.3499999999999996", "4.35"), ("-7.0000000000000007E-2", "-0.07"),
        ("0.30000000000000004", "0.3"),  # as it writes 0.1 + 0.2, pasted as a value
    ],
)  # fmt: skip
def test_numbers_are_read_digit_for_digit_in_plain_notation(stored, expected):
    found = cell(f'<c r="A1"><v>{stored}</v></c>')
    assert (type(found), found) == (Number, expected)


@given(st.decimals(-(10**9), 10**9, places=2).map(float))
def test_an_amount_is_the_same_however_many_digits_a_program_writes(amount):
    for stored in (repr(amount), f"{amount:.17g}", f"{amount:.16E}", f"{amount:.15g}"):
        assert Decimal(cell(f'<c r="A1"><v>{stored}</v></c>')) == Decimal(f"{amount:.2f}")


@pytest.mark.parametrize(
    "stored",
    [
        "911500001234567890", "9.1150000123456794E17", "1E15", "-1E15", "1E308",
        "1000000000000000", "1234567890123456", "123456789012345.67", "1234567890.123456",
        "999999999999999.9",
    ],
)  # fmt: skip
def test_a_number_of_more_digits_than_a_workbook_keeps_is_a_flaw(stored):
    assert cell(f'<c r="A1"><v>{stored}</v></c>') == "cell.number-lost-digits"


@pytest.mark.parametrize(
    "stored",
    ["abc", "NaN", "Infinity", "1,5", "1_0", "٣", "0x10", "1E99999", "--1", "1 2", "9" * 401],
)
def test_what_is_no_number_is_a_flaw(stored):
    assert cell(f'<c r="A1"><v>{stored}</v></c>') == "cell.number"


def test_a_number_too_small_for_any_workbook_is_not_written_out():
    assert cell('<c r="A1"><v>1E-9999</v></c>') == "cell.number"


# --- days ----------------------------------------------------------------------------------------


def day_cell(stored, **options):
    return cell(f'<c r="A1" s="1"><v>{stored}</v></c>', styles=w.styles_xml(14), **options)


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        ("1", date(1900, 1, 1)), ("59", date(1900, 2, 28)), ("61", date(1900, 3, 1)),
        ("36526", date(2000, 1, 1)), ("45658", date(2025, 1, 1)), ("45658.0", date(2025, 1, 1)),
        ("45658.375", date(2025, 1, 1)), ("45658.99998", date(2025, 1, 1)),
        ("45657.999999999", date(2025, 1, 1)),  # a midnight, rounded
        ("2958465", date(9999, 12, 31)), ("2958465.5", date(9999, 12, 31)),
        ("60", "cell.day"),  # 29 February 1900
        ("0", "cell.day"), ("0.5", "cell.day"), ("-1", "cell.day"), ("2958466", "cell.day"),
        ("1E5", "cell.day"), ("99999999999", "cell.day"), ("tomorrow", "cell.day"),
    ],
)  # fmt: skip
def test_days_are_counted_from_1900_past_the_false_leap_day(serial, expected):
    assert day_cell(serial) == expected


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        ("0", date(1904, 1, 1)), ("60", date(1904, 3, 1)), ("44196", date(2025, 1, 1)),
        ("2957003", date(9999, 12, 31)), ("2957004", "cell.day"), ("-1", "cell.day"),
    ],
)  # fmt: skip
def test_days_are_counted_from_1904_where_the_workbook_says_so(serial, expected):
    assert day_cell(serial, properties='date1904="1"') == expected
    assert day_cell(serial, properties='date1904="true"') == expected
    assert day_cell("45658", properties='date1904="0"') == date(2025, 1, 1)


def test_every_day_comes_back_as_it_was_written():
    book = xlsxwriter.Workbook(file := io.BytesIO(), {"date_1904": False})
    sheet, format_ = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
    days = [date(1900, 3, 1) + timedelta(n) for n in range(0, 200 * 365, 173)]
    for n, day in enumerate(days):
        sheet.write_datetime(n, 0, day, format_)
    book.close()
    assert [row.cells for row in read(file.getvalue())] == [(day,) for day in days]


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ("2025-06-01", date(2025, 6, 1)), ("2025-06-01T13:45:00.123", date(2025, 6, 1)),
        ("2025-06-01T00:00:00Z", date(2025, 6, 1)), ("2025-02-29", "cell.day"),
        ("0000-01-01", "cell.day"), ("13:45:00", "cell.day"), ("2025-W01-1", "cell.day"),
        ("2025/06/01", "cell.day"), ("45658", "cell.day"),
    ],
)  # fmt: skip
def test_days_may_be_written_out(stored, expected):
    assert cell(f'<c r="A1" t="d"><v>{stored}</v></c>') == expected


DAY_FORMATS = [
    "yyyy-mm-dd", "yyyy/m/d", 'yyyy"年"m"月"d"日"', "yyyy年m月d日", 'yyyy"年"m"月"', 'm"月"d"日"',
    "[$-804]yyyy/m/d;@", "[$-F800]dddd, mmmm dd, yyyy", '[DBNum1][$-804]yyyy"年"m"月"d"日";@',
    "d-mmm-yy", "mmm-yy", "m/d/yy h:mm", "yyyy-mm-dd hh:mm:ss", "[Red]yyyy-mm-dd", "mmmm", "d.m",
    "[$-409]m/d/yy h:mm AM/PM;@", "yyyy\\-mm\\-dd", 'e"年"m"月"d"日"', "YYYY-MM-DD", "dd/mm/yyyy;@",
]  # fmt: skip
OTHER_FORMATS = [
    "General", "0", "0.00", "#,##0.00", "0.00E+00", "##0.0E+0", "0%", "@", '0"d"', '#,##0"日"',
    '0.00"yd"', "[Red]0.00", "[Yellow]0;[Red]-0", "h:mm", "hh:mm:ss", "mm:ss", "mm:ss.0", "[h]:mm",
    "[hh]:mm:ss", "[mm]:ss", "[s]", "h:mm AM/PM", '上午/下午h"时"mm"分"', "0_d", "0*d", "\\d0", "",
    '_ ¥* #,##0.00_ ;_ ¥* -#,##0.00_ ;_ ¥* "-"??_ ;_ @_ ', "[$¥-804]#,##0.00", "# ?/?",
    '"unclosed yyyy', "[unclosed yyyy", "0\\", "[h]" + "y" * 300, "y" * 300,
]  # fmt: skip


@pytest.mark.parametrize("code", DAY_FORMATS)
def test_formats_that_show_a_day(code):
    styles = w.styles_xml(code)
    assert cell('<c r="A1" s="1"><v>45658</v></c>', styles=styles) == date(2025, 1, 1)


@pytest.mark.parametrize("code", OTHER_FORMATS)
def test_formats_that_show_something_else(code):
    styles = w.styles_xml(code)
    assert cell('<c r="A1" s="1"><v>45658</v></c>', styles=styles) == Number("45658")


def test_the_built_in_formats_that_show_a_day():
    days = {14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 36, 50, 51, 52, 53, 54, 57, 58}
    assert {n for n in range(60) if str(n) in BUILT_IN_DAYS} == days
    assert day_cell("45658") == date(2025, 1, 1)
    number = cell('<c r="A1" s="1"><v>45658</v></c>', styles=w.styles_xml(4))
    assert number == Number("45658")


format_pieces = st.sampled_from(
    ["yyyy", "yy", "mm", "m", "d", "dd", "/", "-", '"年"', '"日"', "0", "#,##0.00", "[Red]",
     "[$-804]", "\\d", " ", ";@", "%", "."]
)  # fmt: skip


@given(st.lists(format_pieces, min_size=1, max_size=6).map("".join))
def test_formats_are_told_as_another_program_tells_them(code):
    assert is_day_format(code) == bool(is_date_format(code))


def test_the_first_style_is_that_of_cells_without_one():
    styles = (
        f'<styleSheet xmlns="{w.MAIN}"><cellXfs><xf numFmtId="14"/><xf/></cellXfs></styleSheet>'
    )
    assert cell('<c r="A1"><v>45658</v></c>', styles=styles) == date(2025, 1, 1)
    assert cell('<c r="A1" s="1"><v>45658</v></c>', styles=styles) == Number("45658")


def test_a_style_that_is_not_there_is_a_flaw_where_it_matters():
    for style in ("7", "-1", "x", ""):
        assert (
            cell(f'<c r="A1" s="{style}"><v>45658</v></c>', styles=w.styles_xml()) == "cell.style"
        )
        assert cell(f'<c r="A1" s="{style}" t="str"><v>a</v></c>', styles=w.styles_xml()) == "a"


# --- formulas ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "xml",
    [
        '<c r="A1"><f>1+1</f><v>2</v></c>',
        '<c r="A1"><f>1+1</f></c>',
        '<c r="A1" t="str"><f>T(B1)</f><v>text</v></c>',
        '<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
        '<c r="A1"><f t="shared" si="0"/><v>2</v></c>',
        '<c r="A1"><f t="array" ref="A1:A3">B1:B3</f><v>2</v></c>',
        '<c r="A1"><v>2</v><f>1+1</f></c>',
    ],
)
def test_a_formula_is_a_flaw_whatever_its_result(xml):
    assert cell(xml) == "cell.formula"


def test_the_cell_behind_a_formula_is_read():
    assert as_table(
        [Row("", 1, cells(w.row_xml('<c r="A1"><f>1</f></c><c r="B1"><v>2</v></c>')))]
    ) == {1: ["cell.formula", "2"]}


def test_cells_that_an_array_formula_fills_are_flaws_too():
    book = xlsxwriter.Workbook(file := io.BytesIO())
    sheet = book.add_worksheet()
    sheet.write_array_formula("B2:C3", "{=E2:F3*2}", None, 1)
    sheet.write_column("D1", [1, 2, 3, 4])
    sheet.write_column("B4", [8])
    book.close()
    assert as_table(read(file.getvalue())) == {
        1: [None, None, None, "1"],
        2: [None, "cell.formula", "cell.formula", "2"],
        3: [None, "cell.formula", "cell.formula", "3"],
        4: [None, "8", None, "4"],
    }


# --- merged cells --------------------------------------------------------------------------------


def test_only_the_first_cell_of_merged_ones_is_read():
    book = xlsxwriter.Workbook(file := io.BytesIO())
    sheet = book.add_worksheet()
    sheet.merge_range("A1:C1", "合同台账")
    sheet.write_row("A2", ["编号", "金额", "备注"])
    sheet.merge_range("A3:A5", "GC-1")
    sheet.write_column("B3", [1, 2, 3, 4])
    sheet.merge_range("C3:C4", "共用")
    sheet.write("A6", "GC-2")
    book.close()
    merged = "cell.merged"
    assert as_table(read(file.getvalue())) == {
        1: ["合同台账", merged, merged],
        2: ["编号", "金额", "备注"],
        3: ["GC-1", "1", "共用"],
        4: [merged, "2", merged],
        5: [merged, "3"],
        6: ["GC-2", "4"],
    }


def merges(*references):
    inside = "".join(f'<mergeCell ref="{r}"/>' for r in references)
    return f'<mergeCells count="{len(references)}">{inside}</mergeCells>'


def test_a_row_of_nothing_but_covered_cells_holds_nothing():
    rows = w.row_xml('<c r="A1"><v>1</v></c>') + w.row_xml('<c r="A2"/>', line=2)
    assert as_table(read(w.by_hand(rows, behind=merges("A1:A1048576")))) == {1: ["1"]}


def test_a_value_under_a_merged_cell_is_not_passed_off_as_one():
    rows = w.row_xml('<c r="A1"><v>1</v></c>') + w.row_xml('<c r="A2"><v>9</v></c>', line=2)
    found = as_table(read(w.by_hand(rows, behind=merges("A1:A2"))))
    assert found == {1: ["1"], 2: ["cell.merged"]}


def test_merged_ranges_one_below_the_other_each_have_their_first_cell():
    rows = "".join(
        w.row_xml(f'<c r="A{n}"><v>{n}</v></c><c r="B{n}"><v>0</v></c>', line=n)
        for n in range(1, 8)
    )
    found = as_table(read(w.by_hand(rows, behind=merges("A6:B6", "A4:A5", "A1:A3"))))
    merged = "cell.merged"
    assert found == {
        1: ["1", "0"], 2: [merged, "0"], 3: [merged, "0"], 4: ["4", "0"], 5: [merged, "0"],
        6: ["6", merged], 7: ["7", "0"],
    }  # fmt: skip


def test_a_merged_range_as_large_as_the_sheet_costs_nothing():
    rows = w.row_xml('<c r="A1"><v>1</v></c>') + w.row_xml('<c r="B9"><v>1</v></c>', line=9)
    found = as_table(read(w.by_hand(rows, behind=merges("A1:XFD1048576"))))
    assert found == {1: ["1", *["cell.merged"] * 199], 9: ["cell.merged"] * 200}


def test_merged_ranges_are_found_wherever_the_part_is_cut_into_pieces():
    # 65,536 bytes are read at a time; the tag is moved across that border byte by byte
    for space in range(0, 80, 3):
        rows = w.row_xml('<c r="A1"><v>1</v></c>')
        bare = w.sheet_xml(rows, behind=merges("A1:B1"))
        padding = " " * (65_536 - bare.index("<mergeCell ref") - space)
        raw = w.packed(w.parts_of(w.sheet_xml(rows + padding, behind=merges("A1:B1"))))
        assert as_table(read(raw)) == {1: ["1", "cell.merged"]}


@pytest.mark.parametrize("reference", ["A1:", "B2:A1", "A1:ZZZ9", "A0:B1", "A1:B1048577", "a:b"])
def test_a_merged_range_of_no_meaning_is_refused_with_its_sheet(reference):
    with pytest.raises(Invalid) as refusal:
        read(w.by_hand(w.row_xml('<c r="A1"><v>1</v></c>'), behind=merges(reference)))
    (issue,) = refusal.value.issues
    assert (issue.code, issue.pointer) == ("workbook.merged", "/合同/1")


# --- long files ----------------------------------------------------------------------------------


def a_long_workbook(count):
    text, number = (
        '<c r="A{0}" t="inlineStr"><is><t>GC-{0}</t></is></c>',
        '<c r="AN{0}"><v>{0}.25</v></c>',
    )
    line = f'<row r="{{0}}">{text}{number}</row>'
    return w.by_hand("".join(line.format(n) for n in range(1, count + 1)))


def test_a_long_workbook_takes_no_more_memory_than_a_short_one():
    def peak(count):
        file = io.BytesIO(a_long_workbook(count))
        tracemalloc.start()
        read_ = sum(1 for _ in read_xlsx(file))
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert read_ == count
        return used

    assert peak(20_000) < 1.5 * peak(2_000) < 3 << 20


def test_rows_come_before_the_sheet_was_parsed():
    rows = "".join(w.row_xml(f'<c r="A{n}"><v>{n}</v></c>', line=n) for n in range(1, 50_001))
    reader = read_xlsx(io.BytesIO(w.by_hand(rows + "<broken")))
    assert next(reader).line == 1


@pytest.mark.endurance
def test_a_million_rows_of_forty_columns_are_read():
    book = xlsxwriter.Workbook(file := io.BytesIO(), {"constant_memory": True})
    sheet = book.add_worksheet()
    for n in range(1_000_000):
        sheet.write_number(n, 0, n)
        sheet.write_string(n, 39, "合同")
    book.close()
    count = 0
    for row in read_xlsx(file):
        assert row.cells[0] == str(count)
        count += 1
    assert count == 1_000_000


def test_the_days_of_a_workbook_have_nothing_to_do_with_the_clock_of_the_reader():
    moment = datetime(2025, 1, 1, 23, 59, tzinfo=UTC).replace(tzinfo=None)
    book = xlsxwriter.Workbook(file := io.BytesIO())
    book.add_worksheet().write_datetime(
        0, 0, moment, book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    )
    book.close()
    assert [row.cells for row in read(file.getvalue())] == [(date(2025, 1, 1),)]
