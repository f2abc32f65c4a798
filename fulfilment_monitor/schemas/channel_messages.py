"""What a channel sends, as items: documents, packages of them, and rows of sheets.

Whatever the form, a mapping makes a complaint document of it, and that is read like everybody
else's. Faults stand at their places in the sender's document.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, BinaryIO, NamedTuple, NoReturn

from ..domain.channel_maps import (
    ACCEPTED_BY,
    ACCEPTED_ON,
    STATUS,
    VERSION,
    ChannelForm,
    ChannelMap,
    ChannelMaps,
    Form,
    Mapped,
    find_at,
    map_document,
)
from ..domain.errors import Invalid, Issue, NotFound
from ..domain.inbox import Item, Offer
from .complaints import read_complaint
from .csv_stream import read_csv
from .formats import HEAD, Format, recognise
from .reading import Cell, Flaw, Number, Row
from .xlsx_limits import UPLOAD
from .xlsx_stream import read_xlsx

#: Items of one package.
MOST_ITEMS = 1_000


class NoMapping(NotFound):
    """There is no such channel, or none that takes messages of this form."""

    code = "channel.no-mapping"
    title = "This channel takes no such messages"


class Package(NamedTuple):
    """A cover, with what lay in it."""

    number: str
    day: date
    items: list[Any]


class Line(NamedTuple):
    """A row of a sheet as a document, or why it cannot be one."""

    sheet: str
    line: int
    document: dict[str, Any]
    issues: tuple[Issue, ...] = ()


def mapping_for(
    maps: ChannelMaps, channel: str, form: Form, day: date, version: str | None = None
) -> tuple[ChannelForm, ChannelMap]:
    """How a channel writes on a day, or by a version.

    Raises:
        NoMapping: nothing says.
    """
    known = maps.find(channel)
    found = None if known is None else known.on(form, day, version)
    if known is None or found is None:
        said = f" of version {version}" if version else ""
        raise NoMapping(f"{channel[:40]} has no mapping{said} for {form.value} on {day}")
    return known, found


def mapping_of(maps: ChannelMaps, channel: str, form: str, version: str) -> ChannelMap | None:
    """The mapping a message was read by, if it is still on file."""
    known = maps.find(channel)
    return None if known is None else known.on(Form(form), date.max, version)


def version_of(how: ChannelMap, document: Any) -> str | None:
    """The version a document says it is written by."""
    said = find_at(document, how.version_at)
    return str(said)[:40] if isinstance(said, str | int) else None


def read_item(how: ChannelMap, channel: str, form: Form, document: Any) -> Item:
    """The item of a document.

    Raises:
        Invalid: with every fault at its place in the sender's document.
    """
    mapped = map_document(how, document, form)
    mapped.document["channel"] = channel
    issues = list(mapped.issues)
    message = None
    try:
        message = read_complaint(mapped.document)
    except Invalid as refused:
        issues += _theirs(mapped, refused, {i.pointer for i in issues})
    version = mapped.item.get(VERSION, 0)
    if issues or message is None:
        raise Invalid(issues)
    on = mapped.item.get(ACCEPTED_ON)
    by = mapped.item.get(ACCEPTED_BY)
    status = mapped.item.get(STATUS)
    return Item(
        message,
        version if isinstance(version, int) else _as_number(str(version)),
        None if status is None else str(status)[:80],
        None if on is None else date.fromisoformat(on),
        None if by is None else str(by)[:200],
    )


def _as_number(text: str) -> int:
    """A moment or number written as text, such as `2025-09-11 10:00:00`, as one that grows."""
    digits = "".join(c for c in text if c in "0123456789")
    return int(digits[:18] or "0")


def _theirs(mapped: Mapped, refused: Invalid, known: set[str]) -> Iterator[Issue]:
    """Our faults at the sender's places; what a mapping found there already is not told twice."""
    for issue in refused.issues:
        place = mapped.theirs(issue.pointer)
        if not place or not any(k == place or k.startswith(place + "/") for k in known):
            detail = issue.detail if place else f"{issue.pointer}: {issue.detail}"
            yield Issue(place, issue.code, detail)


def offer(how: ChannelMap, channel: str, form: Form, document: Any, place: str) -> Offer:
    """An item of several, known by its number and version; its faults below its place."""
    try:
        item = read_item(how, channel, form, document)
    except Invalid as refused:
        issues = tuple(Issue(place + i.pointer, i.code, i.detail) for i in refused.issues)
        return Offer(place, "", b"", issues)
    name = f"{item.message.source_no}:{item.version}"
    return Offer(place, name, written(document))


# --- JSON -------------------------------------------------------------------------------------


def read_json(raw: bytes) -> Any:
    """A JSON document; numbers stay as they are written, digit for digit.

    Raises:
        Invalid: it is none.
    """
    try:
        return json.loads(
            raw.decode("utf-8"),
            parse_float=Number,
            parse_int=Number,
            parse_constant=_refuse,
            object_pairs_hook=_without_twins,
        )
    except (ValueError, RecursionError) as fault:
        raise Invalid([Issue("", "json", f"no JSON document: {type(fault).__name__}")]) from None


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")


def read_package(how: ChannelMap, document: Any) -> Package | None:
    """The cover of a package; None where a document is no package.

    Raises:
        Invalid: it says it is one, and lacks number or day, or holds too much.
    """
    if how.cover is None or not isinstance(document, dict):
        return None
    items = find_at(document, how.cover.items)
    if not isinstance(items, list):
        return None
    issues = []
    number, day = (find_at(document, p) for p in (how.cover.number, how.cover.day))
    if not isinstance(number, str | Number) or not 0 < len(number) <= 120:
        issues.append(Issue(how.cover.number, "missing-field", "the number of the package"))
    try:
        on = date.fromisoformat(day) if isinstance(day, str) else None
    except ValueError:
        on = None
    if on is None:
        issues.append(Issue(how.cover.day, "invalid-field", 'its day, such as "2025-06-01"'))
    if len(items) > MOST_ITEMS:
        issues.append(Issue(how.cover.items, "too-many", f"at most {MOST_ITEMS} items"))
    if issues or on is None:
        raise Invalid(issues)
    return Package(str(number), on, items)


def written(document: Any) -> bytes:
    """A document as it is kept in the inbox."""
    return json.dumps(document, default=str).encode()


# --- rows -------------------------------------------------------------------------------------


def read_lines(file: BinaryIO) -> Iterator[Line]:
    """The rows of a CSV file or workbook below the headings, each `{heading: cell}`.

    Raises, while rows are asked for: Invalid, the file cannot be read any further.
    """
    table = recognise(file.read(HEAD)) is Format.TABLE
    file.seek(0)
    rows = read_csv(file, limits=UPLOAD) if table else read_xlsx(file, limits=UPLOAD)
    sheet: str | None = None
    headings: tuple[str, ...] = ()
    for row in rows:
        if row.sheet != sheet:
            sheet, headings = row.sheet, tuple(str(c or "").strip() for c in row.cells)
            continue
        yield _line(row, headings)


def _line(row: Row, headings: tuple[str, ...]) -> Line:
    document: dict[str, Any] = {}
    issues = []
    for n, cell in enumerate(row.cells):
        heading = headings[n] if n < len(headings) else ""
        if cell is None or cell == "":
            continue
        if isinstance(cell, Flaw):
            issues.append(Issue(f"/{heading}", cell.code, cell.detail))
        elif not heading:
            issues.append(Issue("", "column-without-heading", f"column {n + 1} has no heading"))
        else:
            document[heading] = _plain(cell)
    return Line(row.sheet, row.line, document, tuple(issues))


def _plain(cell: Cell) -> Any:
    return cell.isoformat() if isinstance(cell, date) else cell


# --- from the inbox ---------------------------------------------------------------------------


def reader_of(maps: ChannelMaps) -> Any:
    """What makes items of bodies in the inbox: see `services.inbox_work.Read`."""

    def read(channel: str, form: str, version: str, body: bytes) -> Item:
        _, how = mapping_for(maps, channel, Form(form), date.max, version)
        return read_item(how, channel, Form(form), read_json(body))

    return read


def plain_issues(issues: list[Issue]) -> list[Mapping[str, str]]:
    """Faults as a report lists them."""
    return [{"pointer": i.pointer, "code": i.code, "detail": i.detail} for i in issues]
