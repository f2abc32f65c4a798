"""OCDS files of any length, one release at a time.

Taken are release packages, record packages, single releases and records, lists of any of these,
and JSON lines. A package is never held as a whole: only one release (or one record) at a time, of
at most 8 MB. Numbers with a fraction are read as `Decimal`, digit for digit.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, BinaryIO

from ...domain.errors import Issue
from ...domain.ocds.values import fault_of
from ..json_stream import Fault, Tape
from ..reading import Read

_VERSIONS = ("1.0", "1.1")
_MOST_DIGITS = 40
_LARGEST_POWER = 30
_FAULTS = {
    "json.too-deep": "objects and lists are nested too deeply",
    "json.half-a-character": "a text holds half of a surrogate pair, which no text can",
}


_APART = (" :", "\t:", "\n:", "\r:")


class _Decoder(json.JSONDecoder):
    """Decodes a value at once, and piece by piece only if a key may stand twice in an object."""

    def __init__(self, tape: "_Exact") -> None:
        numbers: dict[str, Any] = {
            "parse_constant": tape._constant,
            "parse_int": tape._int,
            "parse_float": tape._decimal,
        }
        super().__init__(**numbers, object_pairs_hook=tape._object)
        self._at_once = json.JSONDecoder(**numbers, object_hook=self._count)
        self._flaws, self._members = tape._flaws, 0

    def _count(self, found: dict[str, Any]) -> dict[str, Any]:
        self._members += len(found)
        return found

    def raw_decode(self, s: str, idx: int = 0) -> tuple[Any, int]:
        """The value that begins in a text, and where it ends."""
        self._members = 0
        found, end = self._at_once.raw_decode(s, idx)
        # The end of each key is counted, and perhaps some colon inside a text: as many as there are
        # members, and none stands twice. A key that is apart from its colon would not be counted.
        apart = any(s.find(mark, idx, end) >= 0 for mark in _APART)
        if not apart and s.count('":', idx, end) == self._members:
            return found, end
        self._flaws.clear()
        return super().raw_decode(s, idx)


class _Exact(Tape):
    """A tape that keeps decimals."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self._decoder = _Decoder(self)

    def _decimal(self, digits: str) -> Decimal:
        number = Decimal(digits) if len(digits) <= _MOST_DIGITS else Decimal("NaN")
        if number.is_nan() or (number and abs(number.adjusted()) > _LARGEST_POWER):
            self._flaws.append(Issue("", "json.number", "a number beyond all measure"))
            return Decimal(0)
        return number

    def expect(self, mark: str) -> None:
        """Take the one character that has to follow."""
        if self.peek() != mark:
            raise Fault("json.syntax", f"line {self.line}: {mark} is missing")
        self.take()

    def members(self, closing: str) -> Iterator[int]:
        """Stand before each member of a list or an object in turn; the opening mark was taken."""
        if self.peek() == closing:
            self.take()
            return
        place = 0
        while True:
            yield place
            mark = self.peek()
            if mark not in (",", closing) or mark == "":
                raise Fault("json.syntax", f"line {self.line}: a comma or {closing} is missing")
            self.take()
            if mark == closing:
                return
            place += 1


def read_releases(file: BinaryIO) -> Iterator[Read]:
    """The releases of a file in order.

    A `Read` with an issue of level `error` stands for a release that cannot be used; one with an
    issue of level `finding` has something to say about the package, with or without a release.
    After a fault of syntax, nothing more can be read.
    """
    tape, place = _Exact(file), [""]
    try:
        if tape.peek() == "":
            raise Fault("json.empty", "the file is empty")
        while tape.peek():  # several values, one after another, are JSON lines
            yield from _value(tape, place)
    except Fault as fault:
        yield Read(tape.line, place[0], None, Issue(place[0], fault.code, str(fault)))


def _value(tape: _Exact, place: list[str]) -> Iterator[Read]:
    """A package, a release or a record; or a list of them."""
    pointer = place[0]
    mark = tape.peek()
    if mark == "[":
        tape.take()
        for i in tape.members("]"):
            place[0] = f"{pointer}/{i}"
            if tape.peek() == "[":
                yield from _whole(tape, place)
            else:
                yield from _value(tape, place)
        place[0] = pointer
    elif mark == "{":
        yield from _package(tape, place)
    else:
        yield from _whole(tape, place)


def _whole(tape: _Exact, place: list[str]) -> Iterator[Read]:
    """One value taken whole: a release, or something that is none."""
    tape.peek()
    line, pointer = tape.line, place[0]
    document, flaw = tape.value()
    if flaw is not None:
        yield Read(line, pointer, document, flaw._replace(pointer=pointer))
    elif not isinstance(document, dict):
        yield _refused(line, pointer, "ocds.not-an-object", "a release is an object")
    else:
        yield from _release_or_record(line, pointer, document)


def _package(tape: _Exact, place: list[str]) -> Iterator[Read]:
    """The members of an object, `releases` and `records` one by one; else it is a release."""
    pointer, line = place[0], tape.line
    others: dict[str, Any] = {}
    streamed, flaw = False, None
    tape.take()
    for _ in tape.members("}"):
        if tape.peek() != '"':
            raise Fault("json.syntax", f"line {tape.line}: a name in quotes is missing")
        name, _flaw = tape.value()
        tape.expect(":")
        if name in others:
            detail = f"the key {name!r} stands twice in one object"
            flaw = flaw or Issue(pointer, "json.key-twice", detail)
        if name in ("releases", "records") and tape.peek() == "[" and "ocid" not in others:
            streamed, others[name] = True, None
            tape.take()
            for i in tape.members("]"):
                place[0] = f"{pointer}/{name}/{i}"
                yield from _whole(tape, place)
            place[0] = pointer
            continue
        tape.peek()
        others[name], found = tape.value()
        flaw = flaw or (found and found._replace(pointer=pointer))
    if streamed:
        yield from _about_package(line, pointer, others)
        if flaw is not None:
            yield Read(line, pointer, None, flaw._replace(level="finding"))
    elif flaw is not None:
        yield Read(line, pointer, others, flaw)
    else:
        yield from _release_or_record(line, pointer, others)


def _about_package(line: int, pointer: str, members: dict[str, Any]) -> Iterator[Read]:
    version = members.get("version", "1.0")  # version 1.0 had no such member
    if version not in _VERSIONS:
        detail = f"版本 {version!r} 不是 1.0 或 1.1，按 1.1 读取，请核对"
        issue = Issue(f"{pointer}/version", "ocds.version", detail, "finding")
        yield Read(line, pointer, None, issue)


def _release_or_record(line: int, pointer: str, document: dict[str, Any]) -> Iterator[Read]:
    if "releases" not in document and "compiledRelease" not in document:
        yield from _checked(line, pointer, document)
        return
    whole = [(i, r) for i, r in enumerate(_list(document.get("releases"))) if not _is_linked(r)]
    if whole:
        for i, release in whole:
            yield from _checked(line, f"{pointer}/releases/{i}", release)
        return
    compiled = document.get("compiledRelease")
    if isinstance(compiled, dict):
        place = f"{pointer}/compiledRelease"
        detail = "记录中没有完整的各次公布，采用其合并结果，历次变更无法还原"
        for read in _checked(line, place, compiled):
            issue = read.issue or Issue(place, "ocds.compiled-only", detail, "finding")
            yield read._replace(issue=issue)
        return
    detail = "a record holds neither releases nor a compiled release"
    yield _refused(line, pointer, "ocds.nothing-published", detail)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_linked(release: object) -> bool:
    """Whether a record only names a release and leaves it elsewhere."""
    return isinstance(release, dict) and "url" in release and "ocid" not in release


def _checked(line: int, pointer: str, document: object) -> Iterator[Read]:
    """The release, or why it cannot be understood at all."""
    kept = fault_of(document)
    fault = unusable(document) if kept is None else Issue("", kept, _FAULTS[kept])
    if fault is None:
        yield Read(line, pointer, document)
    else:
        yield Read(line, pointer, None, fault._replace(pointer=pointer + fault.pointer))


def unusable(release: object) -> Issue | None:
    """Why a release cannot be understood; everything less is a finding."""
    if not isinstance(release, dict):
        return Issue("", "ocds.not-an-object", "a release is an object")
    ocid = release.get("ocid")
    if not isinstance(ocid, str) or not ocid.strip():
        return Issue("/ocid", "ocds.ocid-missing", "a release names its process in ocid")
    if len(ocid) > 200 or not ocid.isprintable():
        return Issue("/ocid", "ocds.ocid", "an ocid is at most 200 printable characters")
    contracts = release.get("contracts")
    if contracts is not None and not isinstance(contracts, list):
        return Issue("/contracts", "ocds.contracts", "contracts are a list")
    return None


def _refused(line: int, pointer: str, code: str, detail: str) -> Read:
    return Read(line, pointer, None, Issue(pointer, code, detail))
