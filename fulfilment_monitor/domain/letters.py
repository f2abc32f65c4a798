"""Letters: the templates of an office, and how one is filled in and becomes a paper.

A template is plain text an office edits, `letters/<kind>.zh.txt`, one paragraph a line:

    # the title, on the first line
    ## a heading; headings are numbered 一、二、…
    anything else is a paragraph; {field} is filled in, {{ and }} are braces

A paragraph with a field that is empty is left out, and a heading under which nothing is left with
it. What is filled in stays text, whatever it looks like.

The form follows GB/T 9704-2012.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from string import Formatter
from typing import NamedTuple

from .errors import BadPolicy, Invalid, Issue
from .letter_kinds import FRAME, KINDS, LetterKind, Value, fields_of

#: What nothing says of a body before it has been determined.
_DETERMINED_ONLY = "失信"


# --- templates --------------------------------------------------------------------------------


class Style(StrEnum):
    HEADING = "heading"
    TEXT = "text"


class Line(NamedTuple):
    """A paragraph of a template; `number` is that of its line in the file."""

    style: Style
    text: str
    fields: tuple[str, ...]
    number: int


class Template(NamedTuple):
    #: The text as the office wrote it.
    source: str
    title: str
    lines: tuple[Line, ...]


def file_name(kind: LetterKind) -> str:
    return f"letters/{kind.value}.zh.txt"


def read_letters(texts: Mapping[str, str]) -> dict[LetterKind, Template]:
    """Templates from the texts of an office, by the names of their kinds.

    Raises:
        BadPolicy: with one line per fault, each naming its file and line.
    """
    faults = [
        f"letters/{n}.zh.txt: there is no such letter" for n in texts if n not in list(LetterKind)
    ]
    found = {}
    for kind in LetterKind:
        if kind.value in texts:
            found[kind] = _template(kind, texts[kind.value], faults)
        else:
            faults.append(f"{file_name(kind)}: is missing")
    if faults:
        raise BadPolicy("alerts: " + "; ".join(faults), faults=faults)
    return found


def _template(kind: LetterKind, text: str, faults: list[str]) -> Template:
    title = ""
    lines: list[Line] = []
    for number, written in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        place, line = f"{file_name(kind)}:{number}", written.strip()
        if not line:
            continue
        asked = _asked(line, place, faults)
        faults += _line_faults(kind, line, asked, place)
        if line.startswith("# "):
            if title or lines or asked:
                faults.append(f"{place}: the title is the first line, and has no fields")
            title = line[2:].strip()
        elif line.startswith("## "):
            lines.append(Line(Style.HEADING, line[3:].strip(), asked, number))
        elif line.startswith("#"):
            faults.append(f"{place}: write `# ` before the title and `## ` before a heading")
        else:
            lines.append(Line(Style.TEXT, line, asked, number))
    if not title:
        faults.append(f"{file_name(kind)}:1: there is no title; write `# ` and the title")
    faults += _unsaid(kind, lines)
    return Template(text, title, tuple(lines))


def _asked(line: str, place: str, faults: list[str]) -> tuple[str, ...]:
    """The fields a line mentions."""
    try:
        parts = list(Formatter().parse(line))
    except ValueError as fault:
        faults.append(f"{place}: {fault}")
        return ()
    if any(spec or conversion for _, _, spec, conversion in parts):
        faults.append(f"{place}: a field is its name alone, such as {{respondent}}")
    return tuple(dict.fromkeys(name for _, name, _, _ in parts if name is not None))


def _line_faults(kind: LetterKind, line: str, asked: tuple[str, ...], place: str) -> Iterator[str]:
    allowed = fields_of(kind)
    for name in asked:
        if name not in allowed:
            known = ", ".join(f"{{{f}}}" for f in allowed)
            yield f"{place}: {{{name}}}; allowed: {known}"
    if _DETERMINED_ONLY in line and not KINDS[kind].after_determination:
        yield f"{place}: nothing speaks of {_DETERMINED_ONLY} before a determination; 疑似, 线索"


def _unsaid(kind: LetterKind, lines: list[Line]) -> Iterator[str]:
    """Required fields that a letter might be without."""
    required = KINDS[kind].required
    sure = {f for line in lines if set(line.fields) <= set(required) for f in line.fields}
    for name in required:
        if name not in sure:
            yield (
                f"{file_name(kind)}: {{{name}}} has to stand in a paragraph without fields that "
                "may be empty"
            )


# --- papers -----------------------------------------------------------------------------------


class Paragraph(NamedTuple):
    style: Style
    text: str


class Paper(NamedTuple):
    """A letter as it is written, whatever file it becomes."""

    title: str
    #: Empty where none was given.
    number: str
    addressee: str
    paragraphs: tuple[Paragraph, ...]
    #: Who signs, and the day in Chinese; at the end, on the right.
    signature: tuple[str, ...]
    day: date

    @property
    def text(self) -> str:
        """The whole as plain text, a paragraph a line."""
        head = [self.title, *([self.number] if self.number else []), f"{self.addressee}："]
        return "\n".join([*head, *(p.text for p in self.paragraphs), *self.signature]) + "\n"


def compose(
    kind: LetterKind,
    template: Template,
    fields: Mapping[str, Value],
    day: date,
    *,
    determined: bool = False,
) -> Paper:
    """Fill a template in.

    Args:
        fields: those of `fields_of` and of `FRAME`; an empty text is the same as none.
        day: the day of the act the letter tells of.
        determined: whether a determination stands.

    Raises:
        Invalid: a field is missing, or is not for this letter; or the letter speaks of 失信
            although nothing has been determined. The pointer names the field.
    """
    values = {name: _clean(value) for name, value in fields.items()}
    values = {name: value for name, value in values.items() if value}
    issues = _field_issues(kind, template, fields, values)
    if not (determined or KINDS[kind].after_determination):
        detail = f"a letter speaks of {_DETERMINED_ONLY} only after a determination: 疑似, 线索"
        issues += [
            Issue(f"/{name}", "letter.before-determination", detail)
            for name, value in values.items()
            if _DETERMINED_ONLY in plain("".join(value))
        ]
    if issues:
        raise Invalid(sorted(issues))
    paragraphs = tuple(_numbered(_filled(template, values)))
    signature = (_one(values["issuer"]), chinese_day(day))
    number = _one(values.get("number", ""))
    return Paper(template.title, number, _one(values["addressee"]), paragraphs, signature, day)


def _field_issues(
    kind: LetterKind,
    template: Template,
    given: Mapping[str, Value],
    values: Mapping[str, Value],
) -> list[Issue]:
    rule, allowed = KINDS[kind], (*fields_of(kind), *FRAME)
    issues = [
        Issue(f"/{name}", "letter.unknown", f"{kind.value} has no such field")
        for name in given
        if name not in allowed
    ]
    frame = FRAME if rule.numbered else FRAME[:2]
    lines = {f: line.number for line in reversed(template.lines) for f in line.fields}
    for name in (*frame, *rule.required):
        if name not in values:
            at = f"{file_name(kind)}:{lines[name]}" if name in lines else rule.label
            issues.append(Issue(f"/{name}", "letter.missing", f"{at} needs it"))
    return issues


def _filled(template: Template, values: Mapping[str, Value]) -> Iterator[Paragraph]:
    for line in template.lines:
        if any(name not in values for name in line.fields):
            continue
        alone = line.text == f"{{{line.fields[0]}}}" if line.fields else False
        value = values[line.fields[0]] if alone else ""
        if isinstance(value, tuple):
            for i, item in enumerate(value, 1):
                yield Paragraph(line.style, f"（{chinese_number(i)}）{_one(item)}")
            continue
        for text in _fill(line.text, values).split("\n"):
            if text.strip():
                yield Paragraph(line.style, text.strip())


def _fill(text: str, values: Mapping[str, Value]) -> str:
    """What is filled in is never looked at again; two full stops in a row are one."""
    filled = ""
    for before, name, _, _ in Formatter().parse(text):
        filled = filled.removesuffix("。") if before.startswith("。") else filled
        value = values[name] if name is not None else ""
        filled += before + (value if isinstance(value, str) else "；".join(value))
    return filled


def _numbered(paragraphs: Iterator[Paragraph]) -> Iterator[Paragraph]:
    """Headings with their numbers, without those that have nothing below them."""
    waiting: Paragraph | None = None
    count = 0
    for paragraph in paragraphs:
        if paragraph.style is Style.HEADING:
            waiting = paragraph
            continue
        if waiting is not None:
            count += 1
            yield Paragraph(Style.HEADING, f"{chinese_number(count)}、{waiting.text}")
            waiting = None
        yield paragraph


def _clean(value: Value) -> Value:
    """Without characters that cannot be seen or cannot stand in a file."""
    if isinstance(value, str):
        return "".join(c for c in value if c == "\n" or unicodedata.category(c)[0] != "C").strip()
    cleaned = (_one(_clean(item)) for item in value)
    return tuple(item for item in cleaned if item)


def _one(value: Value) -> str:
    text = value if isinstance(value, str) else "；".join(value)
    return " ".join(text.split("\n"))


def plain(text: str) -> str:
    """A text without blanks, in one width and case: so that a name is found however written.

    >>> plain("ＨＴ－ 1")
    'ht-1'
    """
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def masked(text: str, words: Mapping[str, str]) -> str:
    """A text in which some words are replaced, in whatever width, case or spacing they stand.

    Words too short to be known again stay: under four characters, or six where all are digits.

    >>> masked("合同ＨＴ－ 9 未付，HT-91 已付", {"HT-9": "有关合同"})
    '合同有关合同 未付，HT-91 已付'
    """
    for word, instead in words.items():
        wanted = plain(word)
        if len(wanted) >= (_LONG_DIGITS if wanted.isdigit() else _LONG):
            text = _replaced(text, wanted, instead)
    return text


_LONG, _LONG_DIGITS = 4, 6


def _replaced(text: str, wanted: str, instead: str) -> str:
    seen = [(c, i) for i, char in enumerate(text) for c in plain(char)]
    found, parts, done = "".join(c for c, _ in seen), [], 0
    at = found.find(wanted)
    while at >= 0:
        first, end = seen[at][1], seen[at + len(wanted) - 1][1] + 1
        if not (_goes_on(text, first - 1, first) or _goes_on(text, end - 1, end)):
            parts += [text[done:first], instead]
            done, at = end, at + len(wanted) - 1
        at = found.find(wanted, at + 1)
    return "".join([*parts, text[done:]])


def _goes_on(text: str, left: int, right: int) -> bool:
    """Whether a number or a Latin word goes on from one character to the next."""
    if left < 0 or right >= len(text):
        return False
    return all(plain(text[i]).isascii() and plain(text[i]).isalnum() for i in (left, right))


def chinese_day(day: date) -> str:
    """
    >>> chinese_day(date(2026, 1, 8))
    '2026年1月8日'
    """
    return f"{day.year}年{day.month}月{day.day}日"


_DIGITS = "零一二三四五六七八九"


def chinese_number(n: int) -> str:
    """1 to 99, as headings are numbered.

    >>> [chinese_number(n) for n in (1, 10, 12, 20, 35)]
    ['一', '十', '十二', '二十', '三十五']
    """
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return head + (_DIGITS[ones] if ones else "")
