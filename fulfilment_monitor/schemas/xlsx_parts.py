"""The parts of a workbook's archive, inflated piece by piece and never beyond a limit."""

import codecs
import errno
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO
from urllib.parse import unquote
from xml.parsers import expat

from .xlsx_limits import SAVE_AS_XLSX, Limits, refuse

_PIECE = 1 << 16
#: The longest list of entries that is looked at: ten times what a workbook has.
_LONGEST_DIRECTORY = 1 << 20
#: Bytes of one tag with its attributes. A parser that waits for the end of a tag looks at it
#: anew with every piece, so a tag without an end would take for ever.
_LONGEST_TAG = 1 << 20
_DEEPEST = 64
#: Parts that describe the workbook are short, whatever its sheets are.
_SMALL_PART = 64 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FLAGGED_ENCRYPTED = 0x1 | 0x40
#: Different names of elements and attributes, and prefixes, in one part: the parser keeps each.
_MOST_NAMES = 20_000
_ENCODINGS = frozenset({"utf-8", "utf8", "utf-16", "us-ascii", "ascii"})

_MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_RELATED = "http://schemas.openxmlformats.org/package/2006/relationships"
#: The namespaces of references to other parts, in transitional and in strict workbooks.
REFERENCES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)

#: What the archive or its deflated streams can raise when bytes of it are wrong.
_BROKEN = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError,
    NotImplementedError, RuntimeError, ValueError, OverflowError,
)  # fmt: skip


def main_names(*locals_: str) -> dict[str, str]:
    """Full names of elements as the parser reports them, each with its short name."""
    return {f"{space} {local}": local for space in _MAIN for local in locals_}


class _Frugal:
    """A file of which nobody reads much at once; keeps a huge list of entries out of memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        most = _LONGEST_DIRECTORY
        found = self._file.read(min(size, most + 1) if size >= 0 else most + 1)
        if len(found) > most:
            refuse("workbook.entries", "the archive lists far too many entries for a workbook")
        return found

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def seekable(self) -> bool:
        return True


@contextmanager
def _told() -> Iterator[None]:
    """Tell what a broken archive raises as a refusal of the file."""
    try:
        yield
    except _BROKEN as fault:
        _refuse_broken(str(fault))
    except OSError as fault:
        if fault.errno != errno.EINVAL:  # a seek to nowhere; anything else is the disk's
            raise
        _refuse_broken("it points outside itself")


def _refuse_broken(why: str) -> None:
    advice = f"fetch the file again, or {SAVE_AS_XLSX}"
    refuse("workbook.broken", f"the file is cut off or damaged ({why[:120]}); {advice}")


class Parts:
    """An archive that was looked at, and found worth reading."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._limits, self._total = limits, 0
        self._size = file.seek(0, os.SEEK_END)
        file.seek(0)
        _check_head(file, self._size, limits)
        with _told():
            self._zip = zipfile.ZipFile(_Frugal(file))
        self._entries = self._listed()

    def _listed(self) -> dict[str, zipfile.ZipInfo]:
        """Entries by name; names are compared without regard to case."""
        listed = self._zip.infolist()
        if len(listed) > self._limits.entries:
            most = self._limits.entries
            refuse("workbook.entries", f"the archive has {len(listed)} entries, more than {most}")
        found: dict[str, zipfile.ZipInfo] = {}
        for entry in listed:
            name = entry.filename.replace("\\", "/").lower()
            if name in found:
                _refuse_broken("two parts have the same name")
            found[name] = entry
        return found

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._entries

    def pieces(self, name: str, most: int | None = None) -> Iterator[bytes]:
        """The bytes of a part, some at a time, as UTF-8; refused beyond `most` bytes."""
        raw = self._inflated(name, most or self._limits.part_bytes)
        first = next(raw, b"")
        if first[:2] not in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            yield first
            yield from raw
            return
        decode = codecs.getincrementaldecoder("utf-16")().decode
        with _told():
            yield decode(first).encode()
            for piece in raw:
                yield decode(piece).encode()

    def _inflated(self, name: str, most: int) -> Iterator[bytes]:
        entry = self._entries.get(name.lower())
        if entry is None:
            refuse("workbook.part-missing", f"the part {name} is missing; {SAVE_AS_XLSX}")
        if entry.flag_bits & _FLAGGED_ENCRYPTED:
            _refuse_encrypted()
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            refuse("workbook.format", f"the part {name} is packed in an unusual way")
        packed = min(entry.compress_size, self._size)
        bound = min(most, max(self._limits.ratio_from, packed * self._limits.ratio))
        with _told(), self._zip.open(entry) as part:
            taken = 0
            while piece := part.read(_PIECE):
                taken += len(piece)
                if taken > bound:
                    refuse("workbook.inflates", f"the part {name} unpacks to more than {bound} B")
                yield piece

    def count(self, size: int) -> None:
        """Add to what was unpacked of this workbook so far."""
        self._total += size
        if self._total > self._limits.total_bytes:
            most = self._limits.total_bytes
            refuse("workbook.inflates", f"the workbook unpacks to more than {most} B")


def _check_head(file: BinaryIO, size: int, limits: Limits) -> None:
    """Refuse what is too large, or is no archive, by its first bytes."""
    if limits.file_bytes is not None and size > limits.file_bytes:
        most = limits.file_bytes // 1_000_000
        refuse("workbook.too-large", f"the file is larger than {most} MB; split it into several")
    head = file.read(512)
    if head.startswith(_OLE):
        if _holds_encrypted(file, head):
            _refuse_encrypted()
        refuse("workbook.format", f"this is an old workbook (.xls) or document; {SAVE_AS_XLSX}")
    if not head.startswith(b"PK\x03\x04"):
        refuse("workbook.format", f"this is not a workbook, whatever its name; {SAVE_AS_XLSX}")


def _holds_encrypted(file: BinaryIO, head: bytes) -> bool:
    """Whether an OLE file wraps an encrypted workbook: its directory names the package."""
    if len(head) < 52:
        return False
    power, first = struct.unpack_from("<H", head, 30)[0], struct.unpack_from("<I", head, 48)[0]
    if power not in (9, 12):
        return False
    file.seek((first + 1) << power)
    return "EncryptedPackage".encode("utf-16-le") in file.read(4096)


def _refuse_encrypted() -> None:
    detail = "the workbook is protected by a password; take the password off and save it again"
    refuse("workbook.encrypted", detail)


def new_parser() -> Any:
    """A parser that knows namespaces and refuses every DOCTYPE before anything in it counts."""
    parser = expat.ParserCreate("UTF-8", " ")
    parser.buffer_text = True
    parser.buffer_size = _PIECE
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.XmlDeclHandler = _check_declaration
    prefixes: set[str | None] = set()

    def declare(prefix: str | None, _: str) -> None:
        prefixes.add(prefix)
        if len(prefixes) > _MOST_NAMES:
            _refuse_names()

    parser.StartNamespaceDeclHandler = declare
    return parser


def _refuse_names() -> None:
    refuse("workbook.xml", f"a part of the workbook uses far too many names; {SAVE_AS_XLSX}")


def _refuse_doctype(*_: object) -> None:
    refuse("workbook.dtd", f"the workbook declares a DOCTYPE, as none does; {SAVE_AS_XLSX}")


def _check_declaration(version: str, encoding: str | None, standalone: int) -> None:
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        refuse("workbook.xml", f"a part of the workbook is not in UTF-8; {SAVE_AS_XLSX}")


def parse_piece(parser: Any, name: str, piece: bytes, fed: int) -> None:
    """Parse one more piece of a part; empty at the end.

    Args:
        fed: how many bytes of the part have been parsed with this piece.
    """
    try:
        parser.Parse(piece, not piece)
    except expat.ExpatError as fault:
        why = f"the part {name} of the workbook is damaged at line {fault.lineno} ({fault})"
        refuse("workbook.xml", f"{why}; {SAVE_AS_XLSX}")
    if len(parser.intern) > _MOST_NAMES:
        _refuse_names()
    if fed - parser.CurrentByteIndex > _LONGEST_TAG:
        refuse("workbook.xml", f"the part {name} of the workbook has a tag longer than 1 MB")


def parse(
    parts: Parts, name: str, parser: Any, *, most: int | None = None,
    between: Callable[[], object] = lambda: None,
) -> None:  # fmt: skip
    """Parse a whole part, calling `between` after each piece."""
    fed = 0
    for piece in parts.pieces(name, most):
        if not piece:
            continue
        fed += len(piece)
        parts.count(len(piece))
        parse_piece(parser, name, piece, fed)
        between()
    parse_piece(parser, name, b"", fed)


def deeper(depth: int) -> int:
    """One level deeper; refused where no workbook goes."""
    if depth >= _DEEPEST:
        refuse("workbook.xml", "the XML of the workbook is nested too deeply")
    return depth + 1


def each_element(parts: Parts, name: str, use: Callable[[str, dict[str, str]], object]) -> None:
    """Call `use` with path and attributes of every element of a small part.

    A path has the short names from the root, as `styleSheet/cellXfs/xf`; `?` stands for an
    element of a foreign namespace.
    """
    parser, paths = new_parser(), [""]

    def start(tag: str, attributes: dict[str, str]) -> None:
        deeper(len(paths))
        space, _, local = tag.rpartition(" ")
        known = local if space in _MAIN or space == _RELATED else "?"
        path = f"{paths[-1]}/{known}" if paths[-1] else known
        paths.append(path)
        use(path, attributes)

    def end(_: str) -> None:
        paths.pop()

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parse(parts, name, parser, most=_SMALL_PART)


def resolve(base: str, target: str, parts: Parts) -> str:
    """The name of the part a reference means; `base` is the part it stands in."""
    folder = [] if target.startswith("/") else base.split("/")[:-1]
    for step in target.replace("\\", "/").split("/"):
        if step == "..":
            del folder[-1:]
        elif step not in ("", "."):
            folder.append(step)
    name = "/".join(folder)
    return name if name in parts else unquote(name)
