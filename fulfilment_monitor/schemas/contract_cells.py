"""Cells of the contract sheet as values of the contract document; nothing is guessed.

Every reading is a pure function of the cell, so that what repeats down a column is read once.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Context, Decimal
from difflib import get_close_matches
from functools import lru_cache, partial
from typing import Any, NamedTuple

from ..domain.money import show_yuan
from ..domain.parties import CodeFault, uscc_fault
from .contract_columns import SIGNING_LABEL, Column, Holds, Known
from .fields import FIRST_DAY, LAST_DAY
from .reading import Cell, Flaw, Number


class Taken(NamedTuple):
    """What a cell says; or the issue, and nothing, or the issue and what it still says."""

    value: Any
    code: str | None = None
    detail: str = ""
    level: str = "error"


Take = Callable[[Cell], Taken]

#: How many different cells of a column are remembered: constant memory, whatever the file.
_REMEMBERED = 2048
#: Digits a spreadsheet keeps of a number; it writes up to 17, of which the last two are noise.
_KEPT_DIGITS = 15
_KEPT = Context(prec=_KEPT_DIGITS)

_ISO_LIKE = re.compile(
    r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|年(\d{1,2})月(\d{1,2})日)(?:[ T]0?0:00(?::00)?)?"
)
_DIGITS_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SHORT_DAY = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[-/.月]\d{1,2}日?")
_AMOUNT = re.compile(r"(-?)[¥]?(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d+))?(元|万元|万)?")
_RATE = re.compile(r"(\d{1,3}(?:\.\d+)?)(%?)")
_SCIENTIFIC = re.compile(r"\d(\.\d+)?[Ee]\+?\d+")
_SEPARATOR = re.compile(r"[;；\n]+")
_LIST_SEPARATOR = re.compile(r"[、,，;；\n]+")
_TEN_THOUSAND = Decimal(10_000)
_PERCENT = Decimal("0.01")

_FLAGS = {"是": True, "否": False, "true": True, "false": False, "yes": True, "no": False}
_CODE_CHINESE = {
    CodeFault.LENGTH: "统一社会信用代码应为18位",
    CodeFault.ALPHABET: "统一社会信用代码只含数字和大写字母，且不含I、O、S、V、Z",
    CodeFault.CHECK_CHARACTER: "统一社会信用代码第18位校验不符，请核对是否录错",
}
_LOST = "数字过长，电子表格只保留15位，原数字已丢失；请将单元格设为文本格式后重新填写"


def taker(known: Known) -> Take:
    """How the cells of a column are read."""
    column = known.column
    take = _TAKERS[column.holds](known)
    return lru_cache(_REMEMBERED, typed=True)(partial(_unless_flawed, take, column.holds))


def _unless_flawed(take: Take, holds: Holds, cell: Cell) -> Taken:
    if isinstance(cell, Flaw):
        return Taken(None, cell.code, cell.detail)
    if isinstance(cell, date) and holds is not Holds.DAY:
        detail = (
            f"这里不是日期；{cell.isoformat()} 可能由电子表格自动改成，请设为文本格式后重新填写"
        )
        return Taken(None, "cell.became-day", detail)
    if isinstance(cell, bool) and holds is not Holds.FLAG:
        return Taken(None, "cell.wrong-type", "这里不能填 TRUE 或 FALSE")
    return take(cell)


def _plain(cell: Cell) -> str:
    """Text in half width, without white space around it."""
    return unicodedata.normalize("NFKC", str(cell)).strip()


def _whole_digits(cell: Number) -> str | None:
    """A whole number digit for digit; None if it has a fraction or digits were lost."""
    value = Decimal(cell)
    if value != value.to_integral_value() or abs(value) >= 10**_KEPT_DIGITS:
        return None
    return f"{value:f}".partition(".")[0]


# --- text -------------------------------------------------------------------------------------


def _text(cell: Cell) -> Taken:
    if isinstance(cell, Number):
        digits = _whole_digits(cell)
        return Taken(None, "cell.number-lost-digits", _LOST) if digits is None else Taken(digits)
    return Taken(" ".join(str(cell).split()) or None)


def _number(cell: Cell) -> Taken:
    """A contract number: text; digits of a number are taken, and said."""
    if not isinstance(cell, Number):
        return _unless_scientific(_text(cell))
    digits = _whole_digits(cell)
    if digits is None:
        return Taken(None, "cell.number-lost-digits", _LOST)
    detail = f"按数字存储，取作 {digits}；前面若有0已丢失，请核对并设为文本格式"
    return Taken(digits, "cell.number-as-text", detail, "finding")


def _unless_scientific(taken: Taken) -> Taken:
    """Text that a spreadsheet made of a long number when it wrote CSV."""
    if taken.value is not None and _SCIENTIFIC.fullmatch(taken.value):
        return Taken(None, "cell.number-lost-digits", _LOST)
    return taken


def _after(cell: Cell) -> Taken:
    taken = _text(cell)
    signing = (SIGNING_LABEL, "合同签订", "签订合同", "合同签订之日")
    return Taken("signing") if taken.value in signing else taken


def _uscc(cell: Cell) -> Taken:
    if isinstance(cell, Number):
        return Taken(None, "cell.number-lost-digits", f"代码按数字存储。{_LOST}")
    code = "".join(_plain(cell).split()).upper()
    if not code:
        return Taken(None)
    if _SCIENTIFIC.fullmatch(code):
        return Taken(None, "cell.number-lost-digits", _LOST)
    fault = uscc_fault(code)
    if fault is None or fault is CodeFault.INNER_CHECK_CHARACTER:  # the latter is a finding later
        return Taken(code)
    return Taken(None, fault.value, _CODE_CHINESE[fault])


def _usccs(cell: Cell) -> Taken:
    if isinstance(cell, Number):
        return _uscc(cell)
    found = [_uscc(part) for part in _SEPARATOR.split(str(cell)) if part.strip()]
    faulty = next((t for t in found if t.code is not None), None)
    return faulty or Taken(tuple(t.value for t in found) or None)


def _names(cell: Cell) -> Taken:
    return Taken(tuple(filter(None, (_text(p).value for p in _SEPARATOR.split(str(cell))))) or None)


def _region(cell: Cell) -> Taken:
    taken = _unless_scientific(_text(cell))
    return taken._replace(value=taken.value and _plain(taken.value))


# --- days, money, numbers ---------------------------------------------------------------------


def _day(cell: Cell) -> Taken:
    if isinstance(cell, date):
        return _counted(cell.year, cell.month, cell.day)
    text = _plain(cell)
    if not text:
        return Taken(None)
    found = _ISO_LIKE.fullmatch(text)
    if found is not None and not isinstance(cell, Number):
        year, *rest = (int(part) for part in found.groups() if part and part.isdigit())
        return _counted(year, *rest)
    found = _DIGITS_DAY.fullmatch(text)
    if found is not None:
        return _counted(*(int(part) for part in found.groups()))
    if isinstance(cell, Number):
        return Taken(None, "cell.day", f"{text} 是数字，不是日期；请将单元格设为日期格式")
    if _SHORT_DAY.fullmatch(text):
        return Taken(None, "cell.day-ambiguous", f"「{text}」的年月日不明确，请写成 2025-06-01")
    return Taken(None, "cell.day", f"「{_short(text)}」不是日期，请写成 2025-06-01")


def _counted(year: int, month: int, day: int) -> Taken:
    try:
        found = date(year, month, day)
    except ValueError:
        detail = f"日历上没有 {year:04d}-{month:02d}-{day:02d} 这一天"
        return Taken(None, "cell.day", detail)
    if not FIRST_DAY <= found <= LAST_DAY:
        return Taken(None, "cell.day", f"{found} 不在 {FIRST_DAY} 至 {LAST_DAY} 之间")
    return Taken(found.isoformat())


def _yuan(scale: Decimal, zero_is_nothing: bool, cell: Cell) -> Taken:
    text = _plain(cell).replace(" ", "")
    if not text:
        return Taken(None)
    if isinstance(cell, Number):
        value: Decimal | Taken = _KEPT.create_decimal(cell) * scale
    else:
        value = _amount(text, scale)
    if isinstance(value, Taken):
        return value
    fen = value * 100
    if fen != fen.to_integral_value():
        return Taken(None, "cell.amount", f"「{_short(text)}」不足一分的部分不能登记，请核对")
    if fen == 0 and zero_is_nothing:
        return Taken(None)
    if fen <= 0:
        return Taken(None, "cell.amount", "金额应大于零；没有金额的请留空")
    if fen >= 10**17:
        return Taken(None, "cell.amount", "金额过大，请核对单位")
    return Taken(show_yuan(int(fen)))


def _amount(text: str, scale: Decimal) -> Decimal | Taken:
    """Yuan from text, in the unit of its column or in one that it names itself.

    A bare 元 under a heading of 万元 is refused: either may be the slip.
    """
    found = _AMOUNT.fullmatch(text.removeprefix("人民币"))
    if found is None:
        return Taken(None, "cell.amount", f"「{_short(text)}」不是金额，请写成 1200000.00")
    sign, whole, cents, unit = found.groups()
    if unit == "元" and scale != 1:
        return Taken(None, "cell.amount", f"「{_short(text)}」的单位与本列标题不一致")
    if unit not in (None, "元"):
        scale = _TEN_THOUSAND
    decimals = 6 if scale == _TEN_THOUSAND else 2
    if cents is not None and len(cents) > decimals:
        return Taken(None, "cell.amount", f"「{_short(text)}」最多{decimals}位小数")
    return Decimal(f"{sign}{whole.replace(',', '')}.{cents or '0'}") * scale


def _rate(scale: Decimal, cell: Cell) -> Taken:
    text = _plain(cell).replace(" ", "")
    if not text:
        return Taken(None)
    if isinstance(cell, Number):
        value = _KEPT.create_decimal(cell) * scale
    else:
        found = _RATE.fullmatch(text)
        if found is None:
            return Taken(None, "cell.rate", f"「{_short(text)}」不是年利率，请写成 3.65%")
        value = Decimal(found[1]) * (_PERCENT if found[2] else scale)
    if not 0 <= value < 1:
        return Taken(None, "cell.rate", f"年利率「{_short(text)}」请写成 3.65% 或 0.0365")
    spelt = f"{value.normalize():f}"
    if len(spelt) > len("0.12345678"):
        return Taken(None, "cell.rate", "年利率最多八位小数")
    return Taken(spelt)


def _whole(cell: Cell) -> Taken:
    text = _plain(cell)
    if not text:
        return Taken(None)
    digits = _whole_digits(cell) if isinstance(cell, Number) else text
    if digits is None or not (digits.isascii() and digits.isdigit()) or len(digits) > 6:
        return Taken(None, "cell.whole", f"「{_short(text)}」应为整数，只填数字，单位另填")
    return Taken(int(digits))


# --- choices ----------------------------------------------------------------------------------


def _flag(cell: Cell) -> Taken:
    if isinstance(cell, bool):
        return Taken(cell)
    text = _plain(cell).casefold()
    if not text or text in _FLAGS:
        return Taken(_FLAGS.get(text))
    return Taken(None, "cell.label", f"「{_short(text)}」应填“是”或“否”")


def _label(codes: Mapping[str, str], offered: tuple[str, ...], cell: Cell) -> Taken:
    text = _plain(cell)
    found = codes.get(text.casefold())
    if found is not None or not text:
        return Taken(found)
    close = get_close_matches(text, offered, 1)
    hint = f"；是否为「{close[0]}」？" if close else ""
    detail = f"「{_short(text)}」不在可选项中：{'、'.join(offered)}{hint}"
    return Taken(None, "cell.label", detail)


def _labels(codes: Mapping[str, str], offered: tuple[str, ...], cell: Cell) -> Taken:
    parts = [p for p in _LIST_SEPARATOR.split(str(cell)) if p.strip()]
    found = [_label(codes, offered, p) for p in parts]
    faulty = next((t for t in found if t.code is not None), None)
    return faulty or Taken(tuple(t.value for t in found) or None)


def _obligor(codes: Mapping[str, str], offered: tuple[str, ...], cell: Cell) -> Taken:
    text = _plain(cell)
    known = codes.get(text.casefold())
    if known is not None or not text:
        return Taken(known)
    if isinstance(cell, Number) or any(c.isascii() and c.isdigit() for c in text):
        return _uscc(cell)
    return _label(codes, offered, cell)


def _codes(column: Column) -> dict[str, str]:
    """Labels and the codes themselves, as people may write them."""
    spelt = {unicodedata.normalize("NFKC", zh).casefold(): c for zh, c in column.labels.items()}
    return spelt | {code: code for code in column.labels.values()}


def _always(take: Take) -> Callable[[Known], Take]:
    return lambda known: take


def _chosen(take: Callable[..., Taken]) -> Callable[[Known], Take]:
    return lambda known: partial(take, _codes(known.column), known.column.offered)


_TAKERS: Mapping[Holds, Callable[[Known], Take]] = {
    Holds.NUMBER: _always(_number),
    Holds.TEXT: _always(_text),
    Holds.KEY: _always(_text),
    Holds.AFTER: _always(_after),
    Holds.USCC: _always(_uscc),
    Holds.USCCS: _always(_usccs),
    Holds.NAMES: _always(_names),
    Holds.REGION: _always(_region),
    Holds.DAY: _always(_day),
    Holds.YUAN: lambda known: partial(_yuan, known.scale, False),
    Holds.PAID: lambda known: partial(_yuan, known.scale, True),
    Holds.RATE: lambda known: partial(_rate, known.scale),
    Holds.WHOLE: _always(_whole),
    Holds.FLAG: _always(_flag),
    Holds.LABEL: _chosen(_label),
    Holds.LABELS: _chosen(_labels),
    Holds.OBLIGOR: _chosen(_obligor),
}


def _short(text: str) -> str:
    """A cell's text to be shown in a message."""
    return text if len(text) <= 40 else text[:40] + "…"
