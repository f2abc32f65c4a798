"""Workbooks as other programs write them, and as none would: made of XML by hand."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date

import openpyxl
import xlsxwriter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"

SHEET = "xl/worksheets/sheet1.xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def sheet_xml(rows: str, *, behind: str = "", main: str = MAIN) -> str:
    """A sheet around the XML of its rows."""
    table = f"<sheetData>{rows}</sheetData>{behind}"
    return f'{_HEAD}<worksheet xmlns="{main}">{table}</worksheet>'


def row_xml(*cells: str, line: int = 1) -> str:
    return f'<row r="{line}">{"".join(cells)}</row>'


def styles_xml(*codes: str | int) -> str:
    """Styles: 0 is the plain one, 1 and on have these number formats, by code or by id."""
    custom = "".join(
        f'<numFmt numFmtId="{164 + n}" formatCode="{_attribute(code)}"/>'
        for n, code in enumerate(codes)
        if isinstance(code, str)
    )
    numbers = [164 + n if isinstance(code, str) else code for n, code in enumerate(codes)]
    formats = "".join(f'<xf numFmtId="{n}"/>' for n in [0, *numbers])
    return (
        f'{_HEAD}<styleSheet xmlns="{MAIN}"><numFmts>{custom}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{formats}</cellXfs>'
        f'<dxfs><dxf><numFmt numFmtId="0" formatCode="yyyy"/></dxf></dxfs></styleSheet>'
    )


def _attribute(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def strings_xml(*items: str) -> str:
    """The shared texts; each is the XML inside its `si`."""
    inside = "".join(f"<si>{item}</si>" for item in items)
    return f'{_HEAD}<sst xmlns="{MAIN}">{inside}</sst>'


def parts_of(
    sheets: Mapping[str, str] | str,
    *,
    strings: str | None = None,
    styles: str | None = None,
    properties: str = "",
    states: Mapping[str, str] | None = None,
    main: str = MAIN,
    office: str = OFFICE,
) -> dict[str, str | bytes]:
    """The parts of a workbook by name; `sheets` has the XML of the sheets, or of the only one."""
    if isinstance(sheets, str):
        sheets = {"合同": sheets}
    listed, related = [], []
    parts: dict[str, str | bytes] = {}
    for n, (name, xml) in enumerate(sheets.items(), start=1):
        state = (states or {}).get(name)
        shown = f' state="{state}"' if state else ""
        listed.append(f'<sheet name="{name}" sheetId="{n}"{shown} r:id="rId{n}"/>')
        related.append((f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml"))
        parts[f"xl/worksheets/sheet{n}.xml"] = xml
    for name, xml in (("sharedStrings", strings), ("styles", styles)):
        if xml is not None:
            related.append((name, name, f"{name}.xml"))
            parts[f"xl/{name}.xml"] = xml
    parts["xl/workbook.xml"] = (
        f'{_HEAD}<workbook xmlns="{main}" xmlns:r="{office}"><workbookPr {properties}/>'
        f"<sheets>{''.join(listed)}</sheets></workbook>"
    )
    parts["xl/_rels/workbook.xml.rels"] = relations_xml(related, office=office)
    root = [("rId1", "officeDocument", "xl/workbook.xml")]
    return {"_rels/.rels": relations_xml(root, office=office), **parts}


def relations_xml(related: Iterable[tuple[str, str, str]], *, office: str = OFFICE) -> str:
    """References to parts: id, kind and target of each."""
    inside = "".join(
        f'<Relationship Id="{id_}" Type="{office}/{kind}" Target="{target}"/>'
        for id_, kind, target in related
    )
    return f'{_HEAD}<Relationships xmlns="{PACKAGE}">{inside}</Relationships>'


def packed(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def by_hand(rows: str, *, behind: str = "", **options: str | None) -> bytes:
    """A workbook of one sheet from the XML of its rows."""
    return packed(parts_of(sheet_xml(rows, behind=behind), **options))  # type: ignore[arg-type]


#: Cells of every kind that a program writes as it does.
CELLS: list[list[object]] = [
    ["合同编号", "金额", "签订日", "已确认", "备注"],
    ["GC-2025-001", 1_200_000, date(2025, 3, 1), True, "含税，<第一批> & “尾款”"],
    ["GC-2025-002", 0.29, date(1999, 12, 31), False, None],
    ["GC-2025-003", 1234.56, date(2024, 2, 29), None, " 两端有空格 "],
    ["GC-2025-004", 20_250_001, date(9999, 12, 31), True, "第一行\n第二行"],
    [None, -15.5, None, None, "𠮷野家"],
]


def by_xlsxwriter(rows: list[list[object]] = CELLS, **options: object) -> bytes:
    """The rows as XlsxWriter writes them; `constant_memory` makes it use inline texts."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, **options})
    day = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
    sheet = book.add_worksheet("合同")
    for r, cells in enumerate(rows):
        for c, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(r, c, cell, day)
            elif isinstance(cell, str):
                sheet.write_string(r, c, cell)
            else:
                sheet.write(r, c, cell)
    book.close()
    return file.getvalue()


def by_openpyxl(rows: list[list[object]] = CELLS) -> bytes:
    """The rows as openpyxl writes them."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "合同"
    for cells in rows:
        sheet.append(cells)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
