"""Texts and numbers of cells as a workbook stores them."""

import re
from array import array
from decimal import Decimal
from itertools import accumulate
from typing import Any

from .reading import Flaw, Number
from .xlsx_limits import LONGEST_TEXT, SAVE_AS_XLSX, Limits, refuse
from .xlsx_parts import Parts, deeper, main_names, new_parser, parse

#: A control character, written out because XML cannot hold it.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATES = range(0xD800, 0xE000)

_is_plain = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{0,13}[1-9])?", re.ASCII).fullmatch
_NUMERAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[Ee][+-]?[0-9]{1,4})?", re.ASCII)
_LONGEST_NUMERAL = 400
#: A workbook keeps fifteen digits. It may write seventeen, and the last two are the noise of
#: binary fractions (0.29 as 0.28999999999999998), of this size at most after a few additions.
_DIGITS = 15
_NOISE = Decimal("2E-15")
_SMALLEST = -320

_TOO_LONG = Flaw("cell.too-long", f"the cell holds more than {LONGEST_TEXT} characters")
_TEXTS_KEPT = 5_000
BLOCK = 256

_NAMES = main_names("si", "t", "rPh")


def unescaped(text: str) -> str:
    """Text with its `_x000D_` decoded; half a pair of surrogates is left as it stands."""
    return _ESCAPED.sub(_control, text) if "_x" in text else text


def _control(found: re.Match[str]) -> str:
    code = int(found[1], 16)
    return found[0] if code in _SURROGATES else chr(code)


def text_cell(text: str) -> str | Flaw | None:
    """A cell of text; nothing if it is empty."""
    if len(text) > LONGEST_TEXT:
        return _TOO_LONG
    return unescaped(text) or None


def shorten(pieces: list[str]) -> None:
    """Keep text that is being gathered from growing without end; it stays too long."""
    if pieces and sum(map(len, pieces)) > LONGEST_TEXT:
        pieces[:] = ["".join(pieces)[: LONGEST_TEXT + 1]]


def number_cell(text: str) -> Number | Flaw:
    """A number in plain notation, with every digit a workbook keeps.

    >>> number_cell("4.0E-2"), number_cell("20250001.0"), number_cell("0.28999999999999998")
    ('0.04', '20250001', '0.29')
    """
    if len(text) <= _DIGITS and _is_plain(text) and text != "-0":
        return Number(text)
    text = text.strip()
    if len(text) > _LONGEST_NUMERAL or not _NUMERAL.fullmatch(text):
        return Flaw("cell.number", f"{text[:30]!r} is not a number; enter it again")
    value = Decimal(text)
    if not value:
        return Number("0")
    if value.adjusted() < _SMALLEST:
        return Flaw("cell.number", f"{text[:30]!r} is smaller than any number of a workbook")
    rounded = _fifteen_digits(value)
    if rounded.adjusted() >= _DIGITS or abs(value - rounded) > abs(value) * _NOISE:
        return _lost_digits(text)
    return Number(_plainly(rounded))


def _fifteen_digits(value: Decimal) -> Decimal:
    return Decimal(f"{value:.{_DIGITS - 1}E}")


def _plainly(value: Decimal) -> str:
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _lost_digits(text: str) -> Flaw:
    detail = (
        f"{text[:30]} has more than {_DIGITS} digits, and a workbook keeps only so many of a "
        "number; format the column as text and enter it again"
    )
    return Flaw("cell.number-lost-digits", detail)


class Texts:
    """The texts that cells share, each found by its number.

    Some hundred of them make one string: most of a short string in memory is not its characters.
    """

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._ends = array("I")
        self._count = 0
        self._too_long: set[int] = set()
        self._known: dict[str, str | Flaw] = {}

    def __len__(self) -> int:
        return self._count

    def add(self, block: list[str]) -> None:
        """Add a block of texts: `BLOCK` of them, or fewer at the end."""
        whole = "".join(block)
        if "_x" in whole or len(whole) > LONGEST_TEXT:
            for n, text in enumerate(block):
                if len(text) > LONGEST_TEXT:
                    self._too_long.add(self._count + n)
                block[n] = unescaped(text[:LONGEST_TEXT])
            whole = "".join(block)
        self._blocks.append(whole)
        self._ends.append(0)
        self._ends.extend(accumulate(map(len, block)))
        self._count += len(block)

    def cell(self, number: str) -> str | Flaw | None:
        """The text with this number, as a cell names it; nothing if it is empty."""
        found = self._known.get(number)
        if found is not None:
            return found
        index = int(number) if number.isdecimal() and len(number) < 12 else self._count
        if index >= self._count:
            return Flaw("cell.shared-string", f"the text of the cell is missing; {SAVE_AS_XLSX}")
        if index in self._too_long:
            return _TOO_LONG
        block = index // BLOCK
        at = index + block  # each block has one end more than texts
        text = self._blocks[block][self._ends[at] : self._ends[at + 1]]
        if len(self._known) < _TEXTS_KEPT and text:
            self._known[number] = text
        return text or None


class _Gatherer:
    """Puts the runs of each shared text together, without the readings of its characters."""

    def __init__(self, texts: Texts, limits: Limits, parser: Any) -> None:
        self._texts, self._most = texts, limits.strings
        self._block: list[str] = []
        self._pieces: list[str] = []
        self._runs: list[str] = []
        self._depth = self._reading = 0
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._pieces.append

    def _start(self, tag: str, _: dict[str, str]) -> None:
        self._depth += 1
        name = _NAMES.get(tag)
        if name == "t":
            self._pieces.clear()
        elif name == "si":
            self._runs.clear()
        elif name == "rPh":
            self._reading += 1

    def _end(self, tag: str) -> None:
        self._depth -= 1
        name = _NAMES.get(tag)
        if name == "t":
            if not self._reading:
                self._runs.extend(self._pieces)
        elif name == "si":
            runs = self._runs
            self._block.append(runs[0] if len(runs) == 1 else "".join(runs))
            if len(self._block) == BLOCK:
                self.flush()
        elif name == "rPh":
            self._reading -= 1

    def flush(self) -> None:
        """Hand over what was gathered."""
        self._texts.add(self._block)
        self._block.clear()
        if len(self._texts) > self._most:
            refuse("workbook.strings", f"the workbook has more than {self._most} different texts")

    def check(self) -> None:
        """To be called after every piece: nothing may grow without end."""
        deeper(self._depth)
        shorten(self._pieces)
        shorten(self._runs)


def read_texts(parts: Parts, part: str | None, limits: Limits) -> Texts:
    """The texts that the cells of a workbook share."""
    texts = Texts()
    if part is not None:
        parser = new_parser()
        gatherer = _Gatherer(texts, limits, parser)
        parse(parts, part, parser, most=limits.strings_bytes, between=gatherer.check)
        gatherer.flush()
    return texts
