"""Files that prove something: what may be handed in, and what a look at the bytes can find."""

import io
import re
import unicodedata
import zipfile
from enum import StrEnum
from typing import NamedTuple

from .errors import Invalid, Issue, Refusal

#: What a table and a header can carry, in characters.
LONGEST_NAME = 255
#: Browsers and mail programs that guess a type look at the beginning only.
_HEAD = 1_024
_MARKUP = (b"<html", b"<!doctype", b"<script", b"<svg", b"<?php", b"<iframe", b"<body")


class FileState(StrEnum):
    """What the last look at a file's bytes found."""

    WHOLE = "whole"
    DAMAGED = "damaged"
    MISSING = "missing"


class Cited(NamedTuple):
    """A file that a text names: what it was called, and its digest."""

    name: str
    sha256: str


_CITED = re.compile(r"(?P<name>[^；\n]*?) ?SHA-256 (?P<sha256>[0-9a-f]{64})")
_DIGEST_ALONE = re.compile(r"[0-9a-f]{64}")


def cite(name: str, sha256: str) -> str:
    """How a text names a file.

    >>> cite("回单；一.pdf", "0" * 64)[:15]
    '回单，一.pdf SHA-25'
    """
    return f"{name[:40].replace('；', '，')} SHA-256 {sha256}"


def cited(text: str) -> list[Cited]:
    """The files that a text names; one that is a digest and nothing else is called by it.

    >>> cited("双方同意；签署文件 协议.pdf SHA-256 " + "a" * 64)[0].name
    '签署文件 协议.pdf'
    """
    if _DIGEST_ALONE.fullmatch(text):
        return [Cited(text[:12], text)]
    return [
        Cited(m["name"].strip() or m["sha256"][:12], m["sha256"]) for m in _CITED.finditer(text)
    ]


class Kept(NamedTuple):
    """A file whose bytes are safe: their digest (SHA-256, hexadecimal), and what they are."""

    sha256: str
    size: int
    media_type: str
    name: str


class EvidenceDamaged(Refusal):
    """The bytes on disk are not those that were handed in."""

    code = "evidence.damaged"
    title = "The stored file is damaged"
    status = 409


class EvidenceMissing(Refusal):
    code = "evidence.missing"
    title = "The stored file is gone"
    status = 409


class StoreUnusable(Refusal):
    """The disk is full, closed to us, or a file is too large for it; nothing was stored."""

    code = "evidence.store-unusable"
    title = "The file could not be stored"
    status = 507


class _Kind(NamedTuple):
    media_type: str
    #: What the bytes begin with, one of them; nothing for text.
    magic: tuple[bytes, ...]
    #: Of an archive, the members that make it this kind.
    members: frozenset[str] = frozenset()


_ZIP = (b"PK\x03\x04",)
_OFFICE = "application/vnd.openxmlformats-officedocument."
_TYPES = "[Content_Types].xml"
_JPEG = _Kind("image/jpeg", (b"\xff\xd8\xff",))
_TIFF = _Kind("image/tiff", (b"II*\x00", b"MM\x00*"))

#: What may be handed in, by extension: scans, what offices write in, and plain lists. Archives and
#: web pages are not among them: nobody can tell what an archive proves, and a page runs scripts.
KINDS = {
    "pdf": _Kind("application/pdf", (b"%PDF-",)),
    "png": _Kind("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": _JPEG,
    "jpeg": _JPEG,
    "tif": _TIFF,
    "tiff": _TIFF,
    "docx": _Kind(
        _OFFICE + "wordprocessingml.document", _ZIP, frozenset({_TYPES, "word/document.xml"})
    ),
    "xlsx": _Kind(_OFFICE + "spreadsheetml.sheet", _ZIP, frozenset({_TYPES, "xl/workbook.xml"})),
    "ofd": _Kind("application/ofd", _ZIP, frozenset({"OFD.xml"})),  # GB/T 33190
    "txt": _Kind("text/plain", ()),
    "csv": _Kind("text/csv", ()),
}


def shown_name(given: str) -> str:
    """A name fit to be shown and sent: no folders, no invisible characters, at most 255.

    >>> shown_name("../../etc/\\x07凭证 .pdf")
    '凭证 .pdf'
    """
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    seen = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    name = " ".join(seen.split()).strip(". ") or "file"
    stem, dot, extension = name.rpartition(".")
    if dot and len(extension) < LONGEST_NAME // 2:
        return stem[: LONGEST_NAME - len(extension) - 1] + dot + extension
    return name[:LONGEST_NAME]


def recognise(name: str, content: bytes, most: int, pointer: str = "") -> str:
    """The media type of a file that may be handed in.

    Args:
        name: as `shown_name` gives it; its extension has to agree with the bytes.
        most: how many bytes a file may have.

    Raises:
        Invalid: it is empty, too large, of no accepted type, or of two types at once.
    """
    extension = name.rpartition(".")[2].lower()
    kind = KINDS.get(extension)
    fault: tuple[str, str] | None
    if not content:
        fault = ("evidence.empty", "the file is empty")
    elif len(content) > most:
        fault = ("evidence.too-large", f"a file has at most {most} bytes")
    elif kind is None or "." not in name:
        fault = ("evidence.type", f"a file is one of {', '.join(KINDS)}")
    else:
        fault = _fault(extension, kind, content)
    if fault is not None:
        raise Invalid([Issue(pointer, fault[0], f"{name}: {fault[1]}")])
    assert kind is not None
    return kind.media_type


def _fault(extension: str, kind: _Kind, content: bytes) -> tuple[str, str] | None:
    """Why these bytes are not what their extension says, or something else besides."""
    if kind.magic and not content.startswith(kind.magic):
        return "evidence.not-as-named", f"the bytes are not those of a .{extension}"
    if not kind.magic and not _is_text(content):
        return "evidence.not-as-named", "not a text in UTF-8 or GB 18030"
    if any(mark in content[:_HEAD].lower() for mark in _MARKUP):
        return "evidence.two-types", "there is a web page in it"
    members = _members(content)
    if kind.magic is not _ZIP:
        return ("evidence.two-types", "there is an archive in it") if members else None
    if members is None or not kind.members <= members:
        return "evidence.not-as-named", f"the archive does not hold a .{extension}"
    if any(m.lower().endswith(".bin") and "vba" in m.lower() for m in members):
        return "evidence.macro", "it holds a macro"
    return None


def _is_text(content: bytes) -> bool:
    if any(content.startswith(magic) for kind in KINDS.values() for magic in kind.magic):
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(c < " " and c not in "\t\n\r\f" for c in text)
    return False


def _members(content: bytes) -> frozenset[str] | None:
    """The names in an archive; None when no program would find one in these bytes."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return frozenset(archive.namelist()) or None
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
