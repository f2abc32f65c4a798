"""What a workbook says about itself: its sheets, its way of counting days, its styles."""

from typing import NamedTuple

from .xlsx_days import BUILT_IN_DAYS, is_day_format
from .xlsx_limits import SAVE_AS_XLSX, Limits, refuse
from .xlsx_parts import REFERENCES, Parts, each_element, resolve

_ROOT = "_rels/.rels"
_MOST_STYLES = 100_000
_MOST_REFERENCES = 10_000
_TRUE = frozenset({"1", "true", "on"})
#: How other programs' files are told, by the part that holds their document.
_NOT_OURS = {
    ".bin": f"this is a binary workbook (.xlsb); {SAVE_AS_XLSX}",
    "content.xml": f"this is an OpenDocument file (.ods); {SAVE_AS_XLSX}",
}
_NO_WORKBOOK = f"this archive holds no workbook; {SAVE_AS_XLSX}"


class Reference(NamedTuple):
    """What a part refers to, by the last word of the kind of reference."""

    kind: str
    part: str


class Sheet(NamedTuple):
    """A sheet of cells; charts and the like are none."""

    name: str
    part: str
    hidden: bool


class Book(NamedTuple):
    """A workbook without its rows."""

    sheets: tuple[Sheet, ...]
    #: Whether days are counted from 1904.
    from_1904: bool
    #: Parts that may be absent.
    strings: str | None
    styles: str | None


def open_book(parts: Parts, limits: Limits) -> Book:
    """Read the table of contents of a workbook."""
    part = _document(parts)
    references = _references(parts, part)
    listed: list[Sheet] = []
    from_1904: list[bool] = []

    def use(path: str, attributes: dict[str, str]) -> None:
        if path == "workbook/workbookPr":
            from_1904.append(attributes.get("date1904", "").lower() in _TRUE)
        elif path == "workbook/sheets/sheet":
            if len(listed) >= limits.sheets:
                refuse("workbook.sheets", f"the workbook has more than {limits.sheets} sheets")
            listed.append(_sheet(attributes, references))
        elif "/" not in path and path != "workbook":
            refuse("workbook.format", _NO_WORKBOOK)

    each_element(parts, part, use)
    sheets = tuple(sheet for sheet in listed if sheet.part)
    _check_sheets(sheets)
    by_kind = {reference.kind: reference.part for reference in references.values()}
    return Book(sheets, any(from_1904), by_kind.get("sharedStrings"), by_kind.get("styles"))


def _document(parts: Parts) -> str:
    """The part with the workbook itself."""
    if "mimetype" in parts and "content.xml" in parts:
        refuse("workbook.format", _NOT_OURS["content.xml"])
    if _ROOT not in parts:
        refuse("workbook.format", _NO_WORKBOOK)
    references = _references(parts, "").values()
    part = next((r.part for r in references if r.kind == "officeDocument"), None)
    if part is None:
        refuse("workbook.format", _NO_WORKBOOK)
    if part.lower().endswith(".bin"):
        refuse("workbook.format", _NOT_OURS[".bin"])
    return part


def _references(parts: Parts, part: str) -> dict[str, Reference]:
    """What a part refers to, by id; the archive itself is the part with the empty name."""
    folder, _, file = part.rpartition("/")
    name = f"{folder}/_rels/{file}.rels" if folder else f"_rels/{file}.rels"
    found: dict[str, Reference] = {}

    def use(path: str, attributes: dict[str, str]) -> None:
        if path != "Relationships/Relationship" or attributes.get("TargetMode") == "External":
            return
        if len(found) >= _MOST_REFERENCES:
            refuse("workbook.entries", f"the part {name} refers to far too many others")
        space, _, kind = attributes.get("Type", "").rpartition("/")
        if space in REFERENCES:
            target = resolve(part, attributes.get("Target", ""), parts)
            found[attributes.get("Id", "")] = Reference(kind, target)

    if name in parts:
        each_element(parts, name, use)
    return found


def _sheet(attributes: dict[str, str], references: dict[str, Reference]) -> Sheet:
    """One entry of the list of sheets; without a part if it has no cells."""
    name = attributes.get("name", "")
    ids = [attributes[key] for key in (f"{space} id" for space in REFERENCES) if key in attributes]
    reference = references.get(ids[0]) if ids else None
    if reference is None:
        refuse("workbook.part-missing", f"the sheet {name!r} has no content; {SAVE_AS_XLSX}")
    part = reference.part if reference.kind == "worksheet" else ""
    return Sheet(name, part, attributes.get("state", "visible") != "visible")


def _check_sheets(sheets: tuple[Sheet, ...]) -> None:
    if not sheets:
        refuse("workbook.sheets", f"the workbook has no sheet of cells; {SAVE_AS_XLSX}")
    for shared in ([s.name.lower() for s in sheets], [s.part.lower() for s in sheets]):
        if len(set(shared)) != len(shared):
            refuse("workbook.sheets", f"two sheets are one and the same; {SAVE_AS_XLSX}")


def day_styles(parts: Parts, book: Book) -> dict[str | None, bool]:
    """For each style of a cell, by its number in text: whether it shows a number as a day.

    Without a style a cell has the first; without any styles nothing is a day.
    """
    if book.styles is None:
        return {None: False, "0": False}
    codes: dict[str, bool] = {}
    formats: list[str] = []

    def use(path: str, attributes: dict[str, str]) -> None:
        if path == "styleSheet/numFmts/numFmt":
            codes[attributes.get("numFmtId", "")] = is_day_format(attributes.get("formatCode", ""))
        elif path == "styleSheet/cellXfs/xf":
            formats.append(attributes.get("numFmtId", "0"))
        if max(len(codes), len(formats)) > _MOST_STYLES:
            refuse("workbook.styles", f"the workbook has more than {_MOST_STYLES} styles")

    each_element(parts, book.styles, use)
    days = [codes.get(number, number in BUILT_IN_DAYS) for number in formats or ["0"]]
    return {None: days[0], **{str(n): day for n, day in enumerate(days)}}
