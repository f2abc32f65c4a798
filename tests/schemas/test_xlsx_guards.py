"""Workbooks that are none, are damaged or mean harm: refused, soon and in little memory."""

import io
import itertools
import struct
import time
import tracemalloc
import zipfile

import pytest

from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.schemas.reading import Flaw
from fulfilment_monitor.schemas.xlsx_stream import (
    COMMAND_LINE,
    UPLOAD,
    Limits,
    hidden_sheets,
    read_xlsx,
)
from tests.schemas import workbooks as w

ONE = w.row_xml('<c r="A1"><v>1</v></c>')
PARTS = w.parts_of(w.sheet_xml(ONE), strings=w.strings_xml("<t>a</t>"), styles=w.styles_xml())


def read(raw, **options):
    return list(read_xlsx(io.BytesIO(raw), **options))


def refused(raw, **options):
    """The code of the issue a file is refused with."""
    with pytest.raises(Invalid) as refusal:
        read(raw, **options)
    (issue,) = refusal.value.issues
    assert issue.level == "error"
    assert len(issue.detail) < 400
    return issue.code


def place(raw, **options):
    """(rows before, code, pointer) of a file that is refused on the way."""
    rows, reader = [], read_xlsx(io.BytesIO(raw), **options)
    with pytest.raises(Invalid) as refusal:
        rows.extend(iter(reader))
    (issue,) = refusal.value.issues
    return len(rows), issue.code, issue.pointer


def peak_of(raw, **options):
    """MB of memory that reading a file takes at most, and the code if it is refused."""
    code = None
    tracemalloc.start()
    try:
        for _ in read_xlsx(io.BytesIO(raw), **options):
            pass
    except Invalid as refusal:
        code = refusal.issues[0].code
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return used / 1e6, code


# --- no workbooks --------------------------------------------------------------------------------


def an_ole_file(*names):
    """An old compound file with these names in its directory."""
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    struct.pack_into("<H", head, 30, 9)
    struct.pack_into("<I", head, 48, 1)
    directory = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in names)
    return bytes(head) + bytes(512) + directory.ljust(2048, b"\0")


ODS = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}
DOCX = {
    "_rels/.rels": w.relations_xml([("rId1", "officeDocument", "word/document.xml")]),
    "word/document.xml": "<w:document xmlns:w='urn:word'/>",
}
XLSB = {"_rels/.rels": w.relations_xml([("rId1", "officeDocument", "xl/workbook.bin")])}


@pytest.mark.parametrize(
    ("raw", "code", "advice"),
    [
        (b"", "workbook.format", "save it as .xlsx"),
        (b"PK", "workbook.format", "save it as .xlsx"),
        ("合同编号,金额\n".encode(), "workbook.format", "save it as .xlsx"),
        (b"<html><table></table></html>", "workbook.format", "save it as .xlsx"),
        (an_ole_file("Root Entry", "Workbook"), "workbook.format", ".xls"),
        (an_ole_file("Root Entry", "EncryptedPackage"), "workbook.encrypted", "password"),
        (an_ole_file()[:20], "workbook.format", ".xls"),
        (w.packed(ODS), "workbook.format", ".ods"),
        (w.packed(XLSB), "workbook.format", ".xlsb"),
        (w.packed(DOCX), "workbook.format", "holds no workbook"),
        (w.packed({"a.txt": "b"}), "workbook.format", "holds no workbook"),
        (w.packed({}), "workbook.format", "save it as .xlsx"),
        (b"GIF89a" + w.packed(PARTS), "workbook.format", "save it as .xlsx"),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_what_is_no_workbook_is_refused_with_advice(raw, code, advice):
    with pytest.raises(Invalid) as refusal:
        read(raw)
    assert refusal.value.issues[0].code == code
    assert advice in refusal.value.issues[0].detail
    with pytest.raises(Invalid):
        hidden_sheets(io.BytesIO(raw))


@pytest.mark.proves("D8")
def test_a_workbook_that_was_cut_off_is_refused_wherever_it_was_cut():
    raw = w.by_xlsxwriter()
    codes = {refused(raw[:n]) for n in range(0, len(raw) - 1, 97)}
    assert codes == {"workbook.broken", "workbook.format"}


def test_damage_in_a_sheet_is_found_before_its_first_row_is_handed_out():
    rows = "".join(w.row_xml(f'<c r="A{n}"><v>{n}</v></c>', line=n) for n in range(1, 9_000))
    raw = bytearray(w.packed(w.parts_of(w.sheet_xml(rows)), zipfile.ZIP_STORED))
    at = raw.index(b"<v>8500</v>")
    raw[at + 3 : at + 7] = b"9500"
    assert place(bytes(raw)) == (0, "workbook.broken", "")


def test_an_archive_that_points_outside_itself_is_refused_in_memory_and_on_disk(tmp_path):
    raw = bytearray(w.packed(PARTS))
    at = raw.rindex(b"PK\x05\x06") + 16
    (begins,) = struct.unpack_from("<L", raw, at)
    struct.pack_into("<L", raw, at, begins + 100)
    assert refused(bytes(raw)) == "workbook.broken"
    path = tmp_path / "outside.xlsx"
    path.write_bytes(raw)
    with path.open("rb") as file, pytest.raises(Invalid) as refusal:
        list(read_xlsx(file))
    assert refusal.value.issues[0].code == "workbook.broken"


@pytest.mark.parametrize("flag", [0x1, 0x41])
def test_an_archive_with_a_password_is_refused_as_such(flag):
    raw = bytearray(w.packed(PARTS))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := raw.find(signature, at + 1)) >= 0:
            raw[at + offset] |= flag
    assert refused(bytes(raw)) == "workbook.encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(method):
    assert refused(w.packed(PARTS, method)) == "workbook.format"


def test_unpacked_parts_are_read():
    assert len(read(w.packed(PARTS, zipfile.ZIP_STORED))) == 1


@pytest.mark.parametrize(
    ("gone", "code"),
    [
        ("xl/workbook.xml", "workbook.part-missing"),
        ("xl/_rels/workbook.xml.rels", "workbook.part-missing"),
        (w.SHEET, "workbook.part-missing"),
        ("xl/styles.xml", "workbook.part-missing"),
        ("xl/sharedStrings.xml", "workbook.part-missing"),
        ("_rels/.rels", "workbook.format"),
    ],
)
def test_a_missing_part_is_named(gone, code):
    assert refused(w.packed({n: p for n, p in PARTS.items() if n != gone})) == code


def test_two_parts_of_one_name_are_refused():
    file = io.BytesIO(w.packed(PARTS))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(w.SHEET.upper(), w.sheet_xml(""))
    assert refused(file.getvalue()) == "workbook.broken"


@pytest.mark.parametrize(
    "target", ["../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", ""]
)
def test_a_reference_out_of_the_archive_leads_nowhere(target):
    related = w.relations_xml([("rId1", "worksheet", target)])
    raw = w.packed({**PARTS, "xl/_rels/workbook.xml.rels": related})
    assert refused(raw) == "workbook.part-missing"


def test_an_external_reference_is_never_followed():
    related = w.relations_xml([("rId1", "worksheet", "worksheets/sheet1.xml")])
    external = related.replace("Target=", 'TargetMode="External" Target=')
    raw = w.packed({**PARTS, "xl/_rels/workbook.xml.rels": external})
    assert refused(raw) == "workbook.part-missing"


def test_a_workbook_without_a_sheet_of_cells_is_refused():
    assert refused(w.packed(w.parts_of({}))) == "workbook.sheets"


def test_two_sheets_of_one_name_or_one_content_are_refused():
    sheet = w.sheet_xml(ONE)
    assert refused(w.packed(w.parts_of({"A": sheet, "a": sheet}))) == "workbook.sheets"
    both = [(f"rId{n}", "worksheet", "worksheets/sheet1.xml") for n in (1, 2)]
    parts = w.parts_of({"a": sheet, "b": sheet})
    raw = w.packed({**parts, "xl/_rels/workbook.xml.rels": w.relations_xml(both)})
    assert refused(raw) == "workbook.sheets"


# --- DTDs and entities ---------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
DOCTYPES = {
    "bare": "<!DOCTYPE worksheet>",
    "laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>',
    "external": '<!DOCTYPE x [<!ENTITY l11 SYSTEM "file:///etc/passwd">]>',
    "parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
    "quadratic": f'<!DOCTYPE x [<!ENTITY l11 "{"a" * 500_000}">]>',
    "outside": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
}


@pytest.mark.proves("D8")
@pytest.mark.parametrize("part", list(PARTS))
@pytest.mark.parametrize("doctype", DOCTYPES)
def test_a_doctype_is_refused_in_every_part(part, doctype):
    head, tag, rest = str(PARTS[part]).partition("?>\n")
    raw = w.packed(
        {**PARTS, part: head + tag + DOCTYPES[doctype] + rest.replace("<v>1", "<v>&l11;" * 99)}
    )
    used, code = peak_of(raw)
    assert code == "workbook.dtd"
    assert used < 4


def test_an_entity_that_is_not_declared_is_refused():
    assert refused(w.by_hand(w.row_xml('<c r="A1"><v>&nbsp;</v></c>'))) == "workbook.xml"


def test_another_encoding_than_utf_8_is_refused():
    part = w.sheet_xml(ONE).replace("UTF-8", "GB18030")
    assert refused(w.packed({**PARTS, w.SHEET: part})) == "workbook.xml"
    assert (
        refused(w.packed({**PARTS, w.SHEET: w.sheet_xml(ONE).encode() + b"\xff"})) == "workbook.xml"
    )


# --- bombs ---------------------------------------------------------------------------------------


def a_large_part(before, piece, times, behind, part=w.SHEET, parts=PARTS):
    """A workbook one part of which repeats a piece; never as a whole in memory."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in parts.items():
            if name != part:
                archive.writestr(name, content)
        with archive.open(part, "w") as out:
            out.write(before.encode())
            block = (piece * (1 + 100_000 // len(piece))).encode()
            for _ in range(times * len(piece) // len(block) + 1):
                out.write(block)
            out.write(behind.encode())
    return file.getvalue()


OPEN, BEHIND = w.sheet_xml("").partition("</sheetData>")[0], "</sheetData></worksheet>"


@pytest.mark.proves("D8")
def test_a_cell_of_150_mb_costs_no_memory():
    raw = a_large_part(
        OPEN + '<row r="1"><c r="A1" t="inlineStr"><is><t>', "款", 50_000_000,
        "</t></is></c></row>" + BEHIND,
    )  # fmt: skip
    used, code = peak_of(raw, limits=UPLOAD)
    assert (used < 4, code) == (True, "workbook.inflates")
    reader = read_xlsx(io.BytesIO(raw), limits=Limits(ratio=2_000))
    started = time.monotonic()
    (row,) = reader
    assert row.cells[0].code == "cell.too-long"
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("before", "piece", "code"),
    [
        ('<row r="1"><c r="A1" t="str"><v>', "x", None),
        ('<row r="1"><c r="A1"><f>', "x", None),
        ('<row r="1"><c r="A1" t="inlineStr"><is>', "<r><t>x</t></r>", None),
        ('<row r="1"><c r="A1" t="inlineStr"><is>', f"<t>{'x' * 5_000}</t>", None),
        ("", " \n", None),
        ("", "<row/>", None),
        ('<row r="1">', "<c/>", "workbook.cell"),
        ('<row r="1"><c r="A1">', "<v>", "workbook.xml"),
        ('<row r="1"><c r="A1">', "<f>", "workbook.xml"),
        ('<row r="1"><c r="A1">', "<is>", "workbook.xml"),
        ('<row r="1">', "<x>", "workbook.xml"),
        ("", "<row>", "workbook.xml"),
        ("</sheetData>", "<x>", "workbook.xml"),
        ("</sheetData><x a='", "x", "workbook.xml"),
        ("<!--", "x", "workbook.xml"),
        ("<x ", "a", "workbook.xml"),
    ],
    ids=itertools.count(),
)
def test_no_part_of_a_sheet_grows_without_end(before, piece, code):
    raw = a_large_part(OPEN + before, piece, _times(piece), "")
    used, found = peak_of(raw)
    assert found == (code or "workbook.xml")  # cut off at the end, if not before
    assert used < 7


def _times(piece):
    """How often a piece is repeated; elements are slow to count under the eyes of a tracer."""
    return (1_500_000 if "<" in piece and len(piece) < 99 else 8_000_000) // len(piece)


def test_names_without_end_are_refused():
    tags = "".join(f"<x{n}/>" for n in range(40_000))
    prefixes = "".join(f'<x xmlns:p{n}="u"/>' for n in range(40_000))
    attributes = "".join(f'<x y{n}="u"/>' for n in range(40_000))
    for inside in (tags, prefixes, attributes):
        raw = w.packed({**PARTS, w.SHEET: w.sheet_xml(ONE, behind=inside)})
        assert refused(raw) == "workbook.xml"


@pytest.mark.parametrize(
    ("part", "open_", "piece", "code"),
    [
        ("xl/sharedStrings.xml", f'<sst xmlns="{w.MAIN}">', "<si/>", "workbook.strings"),
        ("xl/sharedStrings.xml", f'<sst xmlns="{w.MAIN}"><si>', "<r>", "workbook.xml"),
        ("xl/sharedStrings.xml", f'<sst xmlns="{w.MAIN}">', "<si>", "workbook.xml"),
        ("xl/sharedStrings.xml", f'<sst xmlns="{w.MAIN}"><si><t>', "x", "workbook.xml"),
        (
            "xl/sharedStrings.xml", f'<sst xmlns="{w.MAIN}"><si>', f"<t>{'x' * 5_000}</t>",
            "workbook.xml",
        ),
        ("xl/styles.xml", f'<styleSheet xmlns="{w.MAIN}"><cellXfs>', "<xf/>", "workbook.styles"),
        ("xl/styles.xml", f'<styleSheet xmlns="{w.MAIN}">', "<x>", "workbook.xml"),
        (
            "xl/workbook.xml", f'<workbook xmlns="{w.MAIN}" xmlns:r="{w.OFFICE}"><sheets>',
            '<sheet name="a" r:id="rId1"/>', "workbook.sheets",
        ),
        (
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{w.PACKAGE}">',
            '<Relationship Id="rId1" Target="x"/>', "workbook.xml",
        ),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_no_other_part_grows_without_end(part, open_, piece, code):
    raw = a_large_part(open_, piece, _times(piece), "", part=part)
    used, found = peak_of(raw, limits=Limits(sheets=100, strings=100_000))
    assert found == code
    assert used < 7


def test_far_too_many_references_are_refused():
    many = w.relations_xml([(f"r{n}", "theme", "theme.xml") for n in range(11_000)])
    raw = w.packed({**PARTS, "xl/_rels/workbook.xml.rels": many})
    assert refused(raw) == "workbook.entries"


def test_what_unpacks_to_too_much_is_refused_by_what_really_comes_out():
    raw = a_large_part(OPEN, " ", 12_000_000, BEHIND)
    assert refused(raw, limits=UPLOAD) == "workbook.inflates"  # over 10 MB, more than 100 to 1
    assert refused(raw, limits=Limits(part_bytes=11_000_000, ratio=5_000)) == "workbook.inflates"
    assert refused(raw, limits=Limits(total_bytes=11_000_000, ratio=5_000)) == "workbook.inflates"
    assert read(raw, limits=Limits(ratio=5_000)) == []


@pytest.mark.proves("D8")
def test_an_archive_that_says_less_than_it_holds_is_refused_and_one_that_says_more_read():
    content = w.sheet_xml(ONE).encode()

    def lying(size):
        raw = w.packed({**PARTS, w.SHEET: content})
        return raw.replace(struct.pack("<L", len(content)), struct.pack("<L", size))

    for less in (0, 1, 100, len(content) - 1):
        assert refused(lying(less)) in ("workbook.broken", "workbook.xml")
    for more in (len(content) + 1, 0xFFFFFFF0):
        assert len(read(lying(more))) == 1


def test_many_rows_much_alike_are_no_bomb():
    line = '<row r="{0}"><c r="A{0}" s="0"/><c r="B{0}" t="b"><v>1</v></c></row>'
    raw = w.by_hand("".join(line.format(n) for n in range(1, 200_001)))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        assert archive.getinfo(w.SHEET).file_size > 12_000_000
    for limits in (COMMAND_LINE, UPLOAD):
        assert [r.line for r in itertools.islice(read_xlsx(io.BytesIO(raw), limits=limits), 2)] == [
            1,
            2,
        ]


def test_an_archive_of_too_many_entries_is_refused():
    some = {f"docProps/{n}.xml": "" for n in range(2_000)}
    assert refused(w.packed({**PARTS, **some})) == "workbook.entries"


@pytest.mark.proves("D8")
def test_a_list_of_entries_that_is_endless_is_never_taken_in():
    many = {f"{n:050}": "" for n in range(25_000)}
    raw = w.packed(many)
    used, code = peak_of(raw)
    assert code == "workbook.entries"
    assert used < 4


# --- limits for what comes through the web -------------------------------------------------------


def test_limits_are_told_from_each_other():
    assert (UPLOAD.rows, UPLOAD.columns, UPLOAD.file_bytes) == (50_000, 200, 10_000_000)
    assert (COMMAND_LINE.rows, COMMAND_LINE.file_bytes) == (None, None)


def test_a_large_file_is_refused_before_it_is_opened():
    raw = w.packed({**PARTS, "x": bytes(2_000)}, zipfile.ZIP_STORED)
    assert refused(raw, limits=Limits(file_bytes=len(raw) - 1)) == "workbook.too-large"
    assert len(read(raw, limits=Limits(file_bytes=len(raw)))) == 1


def test_the_row_too_many_is_named_and_rows_that_hold_nothing_do_not_count():
    rows = "".join(
        w.row_xml(f'<c r="A{n}"><v>{n}</v></c>' if n % 2 else "", line=n) for n in range(1, 10)
    )
    raw = w.packed(w.parts_of({"a/b": w.sheet_xml(rows), "c": w.sheet_xml(ONE)}))
    assert place(raw, limits=Limits(rows=3)) == (3, "workbook.rows", "/a~1b/7")
    assert place(raw, limits=Limits(rows=5)) == (5, "workbook.rows", "/c/1")
    assert len(read(raw, limits=Limits(rows=6))) == 6


def test_columns_can_be_limited_further():
    raw = w.by_hand(w.row_xml('<c r="A1"><v>1</v></c><c r="B1"><v>2</v></c><c r="C1"><v>3</v></c>'))
    (row,) = read(raw, limits=Limits(columns=2))
    assert row.cells[:2] == ("1", "2")
    assert isinstance(row.cells[2], Flaw)
    assert row.cells[2].code == "cell.too-far"


@pytest.mark.proves("D8")
def test_one_cell_in_the_farthest_corner_costs_nothing():
    raw = w.by_hand(ONE + w.row_xml('<c r="XFD1048576"><v>1</v></c>', line=1_048_576))
    used, code = peak_of(raw)
    assert (used < 3, code) == (True, None)
    *_, last = read(raw)
    assert (last.line, len(last.cells)) == (1_048_576, 201)


def test_too_many_merged_ranges_are_refused():
    behind = '<mergeCell ref="A1:B2"/>' * 20
    assert refused(w.by_hand(ONE, behind=behind), limits=Limits(ranges=19)) == "workbook.merged"
    assert len(read(w.by_hand(ONE, behind=behind), limits=Limits(ranges=20))) == 1


def test_merged_ranges_on_top_of_each_other_take_no_time():
    ranges = "".join(f'<mergeCell ref="A{n}:XFD1048576"/>' for n in range(1, 5_001))
    rows = "".join(w.row_xml(f'<c r="A{n}"><v>1</v></c>', line=n) for n in range(1, 5_001))
    started = time.monotonic()
    assert len(read(w.by_hand(rows, behind=ranges))) == 5_000
    assert time.monotonic() - started < 10


def test_too_many_array_formulas_are_refused():
    formulas = "".join(
        w.row_xml(f'<c r="A{n}"><f t="array" ref="A{n}:B{n}">1</f></c>', line=n)
        for n in range(1, 9)
    )
    assert refused(w.by_hand(formulas), limits=Limits(ranges=7)) == "workbook.arrays"
    assert len(read(w.by_hand(formulas), limits=Limits(ranges=8))) == 8


# --- sheets that make no sense -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (ONE + ONE, (1, "workbook.row-order", "/合同/1")),
        (w.row_xml(line=7) + w.row_xml(line=5), (0, "workbook.row-order", "/合同/7")),
        ('<row r="0"/>', (0, "workbook.row-order", "/合同/1")),
        ('<row r="1048577"/>', (0, "workbook.rows", "/合同/1")),
        ('<row r="-1"/>', (0, "workbook.rows", "/合同/1")),
        ('<row r="x"/>', (0, "workbook.rows", "/合同/1")),
        (f'<row r="{"9" * 5_000}"/>', (0, "workbook.rows", "/合同/1")),
        (ONE + '<row r="2"><c r="A3"/></row>', (1, "workbook.cell", "/合同/2")),
        (ONE + '<row r="2"><c r="B2"/><c r="A2"/></row>', (1, "workbook.cell", "/合同/2")),
        (ONE + '<row r="2"><c r="A2"/><c r="A2"/></row>', (1, "workbook.cell", "/合同/2")),
        ('<row r="12"><c r="A112"/></row>', (0, "workbook.cell", "/合同/12")),
        ('<row r="1"><c r="a1"/></row>', (0, "workbook.cell", "/合同/1")),
        ('<row r="1"><c r="$A$1"/></row>', (0, "workbook.cell", "/合同/1")),
        ('<row r="1"><c r="1"/></row>', (0, "workbook.cell", "/合同/1")),
        ('<row r="1"><c r=""/></row>', (0, "workbook.cell", "/合同/1")),
        ('<row r="1"><c r="XFE1"/></row>', (0, "workbook.cell", "/合同/1")),
        ('<row r="1"><c r="AAAAAAA1"/></row>', (0, "workbook.cell", "/合同/1")),
        ('<row r="1"><c r="XFD1"/><c/></row>', (0, "workbook.cell", "/合同/1")),
        ('<row r="1"><c><c/></c></row>', (0, "workbook.xml", "/合同/1")),
        ('<row r="1"><row r="2"/></row>', (0, "workbook.xml", "/合同/1")),
        ('<row r="1"><c><row r="2"/></c></row>', (0, "workbook.xml", "/合同/1")),
        ('<row r="1"><c><v>1</v><v>2</v></c></row>', (0, "workbook.xml", "/合同/1")),
        ('<row r="1"><v>2</v></row>', (0, "workbook.xml", "/合同/1")),
        ("<v>2</v>", (0, "workbook.xml", "/合同/1")),
        ("<c/>", (0, "workbook.xml", "/合同/1")),
        (ONE + "</sheetData><sheetData>", (1, "workbook.xml", "/合同/1")),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_rows_and_cells_out_of_place_are_refused_with_their_row(rows, expected):
    assert place(w.by_hand(rows)) == expected


def test_a_table_of_cells_inside_another_is_nothing():
    assert refused(w.by_hand("<sheetData>" + ONE + "</sheetData>")) == "workbook.xml"


@pytest.mark.parametrize(
    "xml", ["<worksheet/>", "<html/>", f'<worksheet xmlns="{w.MAIN}"/>', "", "x"]
)
def test_a_part_that_is_no_sheet_is_refused(xml):
    assert refused(w.packed({**PARTS, w.SHEET: xml})) == "workbook.xml"


def test_rows_before_a_fault_are_handed_out_and_the_line_of_the_xml_is_told():
    rows = (
        ONE + "\n" + w.row_xml('<c r="A2"><v>2</v></c>', line=2) + '\n<row r="3"><c r="A3"></row>'
    )
    raw = w.by_hand(rows)
    assert place(raw) == (2, "workbook.xml", "")
    with pytest.raises(Invalid, match=r"sheet1\.xml of the workbook is damaged at line 4"):
        read(raw)
