"""JSON files of any length, one document at a time: a single object, or a list of objects.

Money is a decimal string and days are text, so a JSON number with a fraction never carries
anything we keep; `NaN` and `Infinity` are refused, and so is a key that stands twice.
"""

import codecs
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from ..domain.errors import Issue
from .reading import Read

_CHUNK = 1 << 16
_LONGEST = 8 << 20  # characters of one document
_LONGEST_NUMBER = 30
_MARGIN = 16  # characters at the end of what was read that may be half a word
_SPACE = " \t\r\n"


class Fault(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Tape:
    """The text of a file, read as it is needed; remembers the line."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._decode = file, codecs.getincrementaldecoder("utf-8-sig")()
        self.text, self.at, self.line, self.ended = "", 0, 1, False
        #: What is wrong inside the value being read, though its end could be found.
        self._flaws: list[Issue] = []
        self._decoder = json.JSONDecoder(
            parse_constant=self._constant, parse_int=self._int, object_pairs_hook=self._object
        )

    def _constant(self, name: str) -> None:
        self._flaws.append(Issue("", "json.not-a-number", f"{name} is not JSON"))

    def _int(self, digits: str) -> int:
        if len(digits) > _LONGEST_NUMBER:
            self._flaws.append(Issue("", "json.number", f"a number of {len(digits)} digits"))
            return 0
        return int(digits)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            twin = Counter(k for k, _ in pairs).most_common(1)[0][0]
            detail = f"the key {twin!r} stands twice in one object"
            self._flaws.append(Issue("", "json.key-twice", detail))
        return found

    def more(self) -> bool:
        """Read on; False at the end of the file."""
        if self.ended:
            return False
        raw = self._file.read(max(_CHUNK, len(self.text) - self.at))
        self.ended = not raw
        try:
            piece = self._decode.decode(raw, final=self.ended)
        except UnicodeDecodeError:
            raise Fault("json.encoding", "the file is not UTF-8; save it as UTF-8") from None
        if not piece:
            return not self.ended
        self.text, self.at = self.text[self.at :] + piece, 0
        return True

    def peek(self) -> str:
        """The next character that is not white space; empty at the end."""
        while True:
            while self.at < len(self.text):
                c = self.text[self.at]
                if c not in _SPACE:
                    return c
                self.line += c == "\n"
                self.at += 1
            if not self.more():
                return ""

    def _is_final(self, fault: json.JSONDecodeError) -> bool:
        """Whether a fault is one whatever follows, not merely text that goes on."""
        cut_short = fault.msg.startswith("Unterminated") or len(self.text) - fault.pos < _MARGIN
        return self.ended or not cut_short

    def take(self) -> None:
        self.at += 1

    def value(self) -> tuple[Any, Issue | None]:
        """The JSON value that starts here, and the first flaw inside it."""
        while True:
            self._flaws.clear()
            try:
                found, end = self._decoder.raw_decode(self.text, self.at)
            except json.JSONDecodeError as fault:
                if self._is_final(fault):
                    line = self.line + self.text.count("\n", self.at, fault.pos)
                    raise Fault("json.syntax", f"line {line}: {fault.msg}") from None
                if len(self.text) - self.at > _LONGEST:
                    raise Fault("json.too-long", "one document is longer than 8 MB") from None
                self.more()
                continue
            except RecursionError:
                raise Fault("json.too-deep", "objects and lists are nested too deeply") from None
            if end == len(self.text) and self.more():  # a number may go on
                continue
            self.line += self.text.count("\n", self.at, end)
            self.at = end
            return found, self._flaws[0] if self._flaws else None


def read_documents(file: BinaryIO) -> Iterator[Read]:
    """The documents of a file in order; after a fault of syntax, nothing more can be read."""
    tape = Tape(file)
    index, pointer = 0, ""
    try:
        first = tape.peek()
        if first == "":
            raise Fault("json.empty", "the file is empty")
        if first != "[":
            line = tape.line
            document, flaw = tape.value()
            yield Read(line, "", document, flaw)
            if tape.peek():
                raise Fault("json.syntax", f"line {tape.line}: something follows the document")
            return
        tape.take()
        if tape.peek() == "]":
            tape.take()
        else:
            while True:
                pointer = f"/{index}"
                tape.peek()
                line = tape.line
                document, flaw = tape.value()
                yield Read(line, pointer, document, flaw and flaw._replace(pointer=pointer))
                index += 1
                mark = tape.peek()
                tape.take()
                if mark == "]":
                    break
                if mark != ",":
                    raise Fault("json.syntax", f"line {tape.line}: a comma or ] is missing")
        if tape.peek():
            raise Fault("json.syntax", f"line {tape.line}: something follows the list")
    except Fault as fault:
        issue = Issue(pointer, fault.code, str(fault))
        yield Read(tape.line, pointer, None, issue)
