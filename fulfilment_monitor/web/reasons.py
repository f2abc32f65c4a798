"""The reasoning of a date in English.

It is written, stored and frozen in the words of the statutes (`domain.duedates`). A reader of the
English pages gets each line's meaning beside the article it rests on; a line that nobody has put
into English stands as it was written.
"""

import re
from collections.abc import Callable, Mapping

from ..domain.contracts import REASON_CHINESE
from ..domain.statute import UNIT_CHINESE, Unit
from .labels import LABELS
from .texts_reasons import LINES, STATUTES

_DAY, _NUMBER = r"\d{4}-\d{2}-\d{2}", "[零一二三四五六七八九十百]+"
_UNITS = {chinese: unit for unit, chinese in UNIT_CHINESE.items()}
_UNIT_NAMES = {
    Unit.DAY: "day",
    Unit.WORKING_DAY: "working day",
    Unit.MONTH: "month",
    Unit.YEAR: "year",
}
_PERIOD = re.compile(r"(\d+)(\D+)")
_SOURCE = re.compile(rf"({'|'.join(map(re.escape, STATUTES))})((?:第{_NUMBER}[条款]、?)*)")
_ARTICLE = re.compile(rf"第({_NUMBER})([条款])")
_CHANGE = re.compile(rf"({_DAY}) 双方变更（({'|'.join(REASON_CHINESE.values())})）")
_REASONS = {chinese: code for code, chinese in REASON_CHINESE.items()}
_DIGITS = {digit: value for value, digit in enumerate("零一二三四五六七八九")}
_WEIGHTS = {"十": 10, "百": 100}


def in_english(line: str) -> str | None:
    """A line of the reasoning in English, or None where it can only be shown as it was written.

    >>> in_english("2025-10-02 为休息日，顺延至 2025-10-09（民法典第二百零三条）")
    '2025-10-02 is a day of rest, so it moves on to 2025-10-09 (Civil Code, art. 203)'
    """
    for pattern, english in _PATTERNS:
        if found := pattern.fullmatch(line):
            words = {name: _WORDS[name](text) for name, text in found.groupdict().items()}
            if None not in words.values():
                return english.format_map(words)
    return None


def number_of(chinese: str) -> int:
    """A number up to 999 written in Chinese.

    >>> number_of("二百零三"), number_of("十"), number_of("二十五")
    (203, 10, 25)
    """
    total, digit = 0, 0
    for sign in chinese:
        if sign in _WEIGHTS:
            total, digit = total + (digit or 1) * _WEIGHTS[sign], 0
        else:
            digit = _DIGITS[sign]
    return total + digit


def _period(chinese: str) -> str | None:
    found = _PERIOD.fullmatch(chinese)
    if found is None:
        return None
    name = _UNIT_NAMES[_UNITS[found[2]]]
    return f"{found[1]} {name}" if found[1] == "1" else f"{found[1]} {name}s"


def _source(chinese: str) -> str | None:
    """Statutes with their articles and paragraphs, named as they are cited in English."""
    cited = []
    for part in chinese.split("；"):
        found = _SOURCE.fullmatch(part)
        if found is None:
            return None
        cited.append(", ".join([STATUTES[found[1]], *_places(found[2])]))
    return "; ".join(cited)


def _places(chinese: str) -> list[str]:
    """Articles, each with its paragraphs: 第九条第一款 is art. 9(1)."""
    places: list[str] = []
    for number, kind in _ARTICLE.findall(chinese):
        if kind == "条":
            places.append(f"art. {number_of(number)}")
        else:
            places[-1] += f"({number_of(number)})"
    return places


def _changes(chinese: str) -> str | None:
    """When, and why, the parties moved a date."""
    said = []
    for part in chinese.split("；"):
        found = _CHANGE.fullmatch(part)
        if found is None:
            return None
        reason = LABELS["reason"][_REASONS[found[2]]][1].lower()
        said.append(f"changed by both sides on {found[1]} ({reason})")
    return "; ".join(said)


def _as_it_is(text: str) -> str:
    return text


#: How each part of a line is put into English.
_WORDS: Mapping[str, Callable[[str], str | None]] = {
    "on": _as_it_is,
    "start": _as_it_is,
    "last": _as_it_is,
    "title": _as_it_is,
    "number": _as_it_is,
    "free": _as_it_is,
    "period": _period,
    "source": _source,
    "changes": _changes,
}
_SHAPES = {
    "on": _DAY,
    "start": _DAY,
    "last": _DAY,
    "number": r"\d+",
    "period": rf"\d+(?:{'|'.join(_UNITS)})",
}


def _pattern(line: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", line)
    return re.compile(
        "".join(
            f"(?P<{part}>{_SHAPES.get(part, '.+')})" if i % 2 else re.escape(part)
            for i, part in enumerate(parts)
        )
    )


_PATTERNS = tuple((_pattern(line), english) for line, english in LINES.items())
