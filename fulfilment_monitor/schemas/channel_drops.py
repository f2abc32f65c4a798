"""Files and answers of channels, as items handed over together: rows, documents, packages."""

import hashlib
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, BinaryIO

from ..domain.channel_maps import ChannelMap, ChannelMaps, Form, find_at
from ..domain.errors import Invalid, Issue
from ..domain.inbox import MessageKind, Offer
from ..services.inbox import Handed, Incoming
from .channel_messages import (
    MOST_ITEMS,
    Package,
    mapping_for,
    offer,
    read_json,
    read_lines,
    read_package,
    version_of,
)

_DAY = re.compile(r"(?<!\d)(20\d{2})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)")
_MOST_BYTES = 10_000_000
_PIECE = 1 << 20


def read_file(maps: ChannelMaps, channel: str, name: str, file: BinaryIO, *, today: date) -> Handed:
    """What a file of a channel's folder hands over: CSV, workbook or JSON, by its name.

    It is the package of the day in its name, else of today. Rows are known as `/ROW/COLUMN`, of
    a workbook as `/SHEET!ROW/COLUMN`.

    Raises:
        Invalid: the file cannot be read at all.
    """
    day = _day_of(name) or today
    digest = _digest(file)
    form = Form.JSON if name.lower().endswith(".json") else Form.TABLE
    if form is Form.JSON:
        document = read_json(file.read(_MOST_BYTES + 1)[:_MOST_BYTES])
        _, how = mapping_for(maps, channel, form, day)
        how = _named(maps, channel, day, how, document)
        package = read_package(how, document)
        if package is not None:
            day, offers = package.day, list(_documents(how, channel, package))
        else:
            rows = document if isinstance(document, list) else [document]
            offers = [offer(how, channel, form, d, f"/{n}") for n, d in enumerate(rows, 1)]
    else:
        _, how = mapping_for(maps, channel, form, day)
        offers = list(_rows(how, channel, file))
    common = Incoming(channel, "drop", "", form.value, how.version, b"")
    cover = common._replace(
        message_id=f"file:{digest}", body=digest.encode(), kind=MessageKind.PACKAGE,
        covers_on=day, items=len(offers),
    )  # fmt: skip
    return Handed(common, offers, cover)


def _documents(how: ChannelMap, channel: str, package: Package) -> Iterator[Offer]:
    for n, item in enumerate(package.items, 1):
        yield offer(how, channel, Form.JSON, item, f"/{n}")


def _rows(how: ChannelMap, channel: str, file: BinaryIO) -> Iterator[Offer]:
    """Each row; a fault of the file itself ends it, and the rows before it are kept."""
    try:
        for line in read_lines(file):
            place = f"/{_step(line.sheet)}!{line.line}" if line.sheet else f"/{line.line}"
            if line.issues:
                faults = [Issue(place + i.pointer, i.code, i.detail) for i in line.issues]
                yield Offer(place, "", b"", tuple(faults))
            else:
                yield offer(how, channel, Form.TABLE, line.document, place)
    except Invalid as refused:
        yield Offer("", "", b"", tuple(refused.issues))


def _named(
    maps: ChannelMaps, channel: str, day: date, how: ChannelMap, document: Any
) -> ChannelMap:
    """The mapping of the version a document names, if it names one."""
    version = version_of(how, document)
    return how if version is None else mapping_for(maps, channel, Form.JSON, day, version)[1]


def _step(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1")


def _digest(file: BinaryIO) -> str:
    hashed = hashlib.sha256()
    while piece := file.read(_PIECE):
        hashed.update(piece)
    file.seek(0)
    return hashed.hexdigest()


def _day_of(name: str) -> date | None:
    """The day in the name of a file, such as `工单-2026-01-12.csv`."""
    found = _DAY.search(name)
    try:
        return found and date(*map(int, found.groups()))
    except ValueError:
        return None


def read_page(maps: ChannelMaps, channel: str, raw: bytes, *, today: date) -> tuple[Handed, str]:
    """What one page of an answer hands over, and the URL of the next; empty where none is named.

    Raises:
        Invalid: it is no such answer.
    """
    form, how = mapping_for(maps, channel, Form.JSON, today)
    document = read_json(raw)
    assert form.pull is not None
    items = find_at(document, form.pull.items)
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        detail = f"a list of at most {MOST_ITEMS} items is expected here"
        raise Invalid([Issue(form.pull.items, "invalid-field", detail)])
    common = Incoming(channel, "pull", "", Form.JSON.value, how.version, b"")
    at = form.pull.items
    offers = [offer(how, channel, Form.JSON, d, f"{at}/{n}") for n, d in enumerate(items)]
    said = today.isoformat()
    cover = common._replace(
        message_id=f"pull:{said}", body=said.encode(), kind=MessageKind.PACKAGE, covers_on=today,
        items=len(offers),
    )  # fmt: skip
    following = find_at(document, form.pull.next) if form.pull.next else None
    return Handed(common, offers, cover), following if isinstance(following, str) else ""
