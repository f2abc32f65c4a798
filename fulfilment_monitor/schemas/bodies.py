"""Lists of public bodies: JSON objects or rows of a sheet, one body each.

JSON: `{name, uscc, kind, region?, level?, superior?, competent_for?: [matter, …], from_on?,
until_on?, succeeded_by?: {uscc, on, reason}}`. A sheet says the same under Chinese headings, in
any order; what its rows say becomes such an object, with the place of every cell.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from marshmallow import ValidationError, fields

from ..domain.bodies import LEVEL_CHINESE, MATTER_CHINESE, Entry, Handover, Level, Matter
from ..domain.contracts import FIELD_CHINESE
from ..domain.errors import Invalid, Issue
from ..domain.parties import GovernmentKind
from .fields import Code, Day, Strict, Text, issues_of
from .reading import Cell, Flaw, Number, Read, Row, Spot


class _HandoverIn(Strict):
    uscc = Text(120, required=True)
    on = Day(required=True)
    reason = Text(200, required=True)


class _BodyIn(Strict):
    name = Text(300, required=True)
    uscc = Text(120, required=True)
    kind = Code(GovernmentKind, required=True)
    region = Text(6)
    level = Code(Level)
    superior = Text(120)
    competent_for = fields.List(Code(Matter))
    from_on = Day()
    until_on = Day()
    succeeded_by = fields.Nested(_HandoverIn)


_BODY = _BodyIn()


def read_body(document: object) -> Entry:
    """One body of a list.

    Raises:
        Invalid: with every fault of shape found.
    """
    try:
        shape: dict[str, Any] = _BODY.load(document)  # type: ignore[arg-type]
    except ValidationError as fault:
        raise Invalid(list(issues_of(fault.normalized_messages()))) from None
    over = shape.get("succeeded_by")
    return Entry(
        shape["uscc"],
        shape["name"],
        shape["kind"],
        shape.get("region"),
        shape.get("level"),
        shape.get("superior"),
        tuple(dict.fromkeys(shape.get("competent_for", ()))),
        shape.get("from_on"),
        shape.get("until_on"),
        Handover(over["uscc"], over["on"], over["reason"]) if over else None,
    )


# --- rows of a sheet --------------------------------------------------------------------------


class _CellFault(ValueError):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


#: Digits a spreadsheet keeps of a number; a code of eighteen has lost some.
_KEPT_DIGITS = 15
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|年(\d{1,2})月(\d{1,2})日)")
_SEPARATOR = re.compile(r"[、,，;；\n]+")


def _text(cell: Cell) -> str | None:
    if isinstance(cell, Flaw):
        raise _CellFault(cell.code, cell.detail)
    if isinstance(cell, date):
        raise _CellFault("cell.became-day", f"这里不是日期：{cell}；请将单元格设为文本格式后重填")
    if isinstance(cell, bool):
        raise _CellFault("cell.wrong-type", "这里不能填 TRUE 或 FALSE")
    if isinstance(cell, Number) and (not cell.isdigit() or len(cell) > _KEPT_DIGITS):
        detail = f"{cell} 按数字存储，可能已丢失数位；请将单元格设为文本格式后重填"
        raise _CellFault("cell.digits-lost", detail)
    return unicodedata.normalize("NFC", str(cell)).strip() or None


def _code(cell: Cell) -> str | None:
    text = _text(cell)
    return None if text is None else "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _foreign_or_uscc(cell: Cell) -> str | None:
    text = _text(cell)
    return text if text is not None and ":" in text else _code(cell)


def _day(cell: Cell) -> str | None:
    if isinstance(cell, date):
        return cell.isoformat()
    text = None if isinstance(cell, Number) else _text(cell)
    if isinstance(cell, Number):
        raise _CellFault("cell.day", f"{cell} 是数字，不是日期；请将单元格设为日期格式")
    if text is None:
        return None
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text))
    if found is None:
        raise _CellFault("cell.day", f"「{text[:40]}」不是日期，请写成 2025-06-01")
    year, month, day = (int(part) for part in found.groups() if part)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        raise _CellFault("cell.day", f"日历上没有「{text}」这一天") from None


def _label(labels: Mapping[str, str], cell: Cell) -> str | None:
    text = _text(cell)
    if text is None:
        return None
    if text not in labels:
        known = "、".join(k for k in labels if not k.isascii())
        raise _CellFault("cell.label", f"「{text[:40]}」不在可选项中：{known}")
    return labels[text]


def _labels(labels: Mapping[str, str], cell: Cell) -> list[str] | None:
    text = _text(cell)
    parts = [p.strip() for p in _SEPARATOR.split(text or "") if p.strip()]
    found = [_label(labels, part) for part in parts]
    return [f for f in found if f is not None] or None


KIND_LABELS = {"机关": GovernmentKind.ORGAN.value, "事业单位": GovernmentKind.INSTITUTION.value}
LEVEL_LABELS = {name: level.value for level, name in LEVEL_CHINESE.items()}
#: Short names of two matters beside those of the six fields.
MATTER_LABELS = {
    **{name: field.value for field, name in FIELD_CHINESE.items()},
    "信用牵头": Matter.CREDIT_LEAD.value,
    "中小企业款项": Matter.SME_PAYMENT.value,
}
_MATTERS = MATTER_LABELS | {name: matter.value for matter, name in MATTER_CHINESE.items()}


def _offered(labels: Mapping[str, str]) -> dict[str, str]:
    """Labels, and the codes themselves."""
    return {**labels, **{code: code for code in labels.values()}}


class Column(NamedTuple):
    """A column of the sheet: its heading, where it goes in the object, how its cells are read."""

    heading: str
    pointer: str
    read: Callable[[Cell], Any]


#: The sheet, in the order of the template.
COLUMNS = (
    Column("名称", "/name", _text),
    Column("统一社会信用代码", "/uscc", _foreign_or_uscc),
    Column("类型", "/kind", lambda cell: _label(_offered(KIND_LABELS), cell)),
    Column("行政区划代码", "/region", _code),
    Column("层级", "/level", lambda cell: _label(_offered(LEVEL_LABELS), cell)),
    Column("上级单位代码", "/superior", _foreign_or_uscc),
    Column("主管事项", "/competent_for", lambda cell: _labels(_offered(_MATTERS), cell)),
    Column("生效日期", "/from_on", _day),
    Column("失效日期", "/until_on", _day),
    Column("承继单位代码", "/succeeded_by/uscc", _foreign_or_uscc),
    Column("承继日期", "/succeeded_by/on", _day),
    Column("承继依据", "/succeeded_by/reason", _text),
)
_NEEDED = frozenset({"名称", "统一社会信用代码", "类型"})
_BY_HEADING = {c.heading: c for c in COLUMNS}


def read_body_rows(rows: Iterable[Row]) -> Iterator[Read]:
    """The bodies of a file in order; in each sheet, the rows under its headings.

    A sheet without the headings, such as one of explanations, is passed over; a file without any
    is refused.
    """
    layouts: dict[str, dict[int, Column]] = {}
    first: Row | None = None
    for row in rows:
        first = first or row
        if row.sheet in layouts:
            yield _read(row, layouts[row.sheet])
            continue
        headings = [_heading(cell) for cell in row.cells]
        if set(headings) >= _NEEDED:
            strange = [h for h in headings if h and h not in _BY_HEADING]
            twice = sorted({h for h in headings if h and headings.count(h) > 1})
            if strange or twice:
                yield _refused_headings(row, strange, twice)
                return
            layouts[row.sheet] = {i: _BY_HEADING[h] for i, h in enumerate(headings) if h}
    if not layouts:
        detail = f"没有找到标题行，至少应有：{'、'.join(sorted(_NEEDED))}"
        issue = Issue("", "sheet.no-headings", detail)
        yield Read(first.line if first else 1, "", None, issue)


def _heading(cell: Cell) -> str:
    if not isinstance(cell, str):
        return ""
    return "".join(unicodedata.normalize("NFKC", cell).split()).rstrip("*")


def _refused_headings(row: Row, strange: list[str], twice: list[str]) -> Read:
    told = [f"未知的列：{'、'.join(strange)}"] if strange else []
    told += [f"重复的列：{'、'.join(twice)}"] if twice else []
    return Read(row.line, "", None, Issue("", "sheet.headings", "；".join(told)))


def _read(row: Row, layout: Mapping[int, Column]) -> Read:
    document: dict[str, Any] = {}
    spots: dict[str, Spot] = {}
    for index, column in layout.items():
        place = _place(row, index)
        spots[column.pointer] = Spot(row.line, place)
        cell = row.cells[index] if index < len(row.cells) else None
        if cell is None:
            continue
        try:
            value = column.read(cell)
        except _CellFault as fault:
            issue = Issue(place, fault.code, f"{column.heading}：{fault}")
            return Read(row.line, "", None, issue, rows=(row,))
        if value is not None:
            _put(document, column.pointer, value)
    beyond = [i for i in range(len(row.cells)) if row.cells[i] is not None and i not in layout]
    if beyond:
        issue = Issue(_place(row, beyond[0]), "sheet.no-heading", "这一列没有标题")
        return Read(row.line, "", None, issue, rows=(row,))
    return Read(row.line, "", document, None, spots, (row,))


def _put(document: dict[str, Any], pointer: str, value: Any) -> None:
    *outer, name = pointer.split("/")[1:]
    for step in outer:
        document = document.setdefault(step, {})
    document[name] = value


def _place(row: Row, index: int) -> str:
    """A cell as the spreadsheet calls it, such as `机构!C5`."""
    letters, number = "", index + 1
    while number:
        number, digit = divmod(number - 1, 26)
        letters = chr(ord("A") + digit) + letters
    sheet = f"{row.sheet}!" if row.sheet else ""
    return f"{sheet}{letters}{row.line}"
