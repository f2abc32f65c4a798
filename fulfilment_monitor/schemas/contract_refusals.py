"""Refused contracts as rows again, each with what has to be changed: to be corrected and imported.

Issues come with pointers that start at the file.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ..domain.errors import Issue
from .contract_columns import AS_TEXT, KNOWN, NOTE_HEADING, Known, plain_heading
from .reading import Cell, Flaw, Number, Read, Row

#: What a cell is in a copy: plain, without our own kinds.
Plain = str | Decimal | date | bool | None

_UNITS = {Decimal(10_000): "万元", Decimal("0.01"): "%"}

#: For details that are in English: what a clerk is told instead.
_CHINESE = {
    "missing-field": "必填项未填写",
    "party.twice": "同一代码用于多个当事人",
    "obligation.key-taken": "义务编号在本合同内重复",
    "obligation.two-dates": "约定履行日期与起算事项只能填一种",
    "obligation.within-without-after": "填了期限，还应在“起算事项”中填写从哪一项起算",
    "obligation.after-unknown": "起算事项不是本合同的义务编号",
    "obligation.circle": "起算事项互相循环",
    "obligation.obligor-unknown": "义务方的代码不是本合同的政府方",
    "obligation.repeat-without-date": "按期重复的，约定履行日期应填第一期的日期",
    "obligation.repeat-too-far": "重复超出2099年",
    "fact.amount-missing": "填了付款日期，还应填写已付金额",
    "cell.formula": "单元格是公式，请复制后按数值粘贴",
    "cell.merged": "单元格与其他单元格合并，请取消合并后逐格填写",
    "cell.error": "单元格是错误值，请重新填写",
    "cell.number-lost-digits": "数字过长，原数字已丢失，请设为文本格式后重新填写",
    "cell.too-long": "单元格内容过长",
    "cell.day": "不是日期，请写成 2025-06-01",
    "uscc.length": "统一社会信用代码应为18位",
    "uscc.alphabet": "统一社会信用代码只含数字和大写字母，没有 I、O、S、V、Z",
    "uscc.check-character": "统一社会信用代码第18位校验不符，请核对有无抄错",
    "evidence.empty": "文件是空的",
    "evidence.too-large": "文件太大",
    "evidence.too-many": "文件太多",
    "evidence.type": "不接受这种文件；请用 PDF、图片、Word、Excel、OFD 或者文本",
    "evidence.not-as-named": "文件内容与扩展名不符",
    "evidence.two-types": "文件中夹有网页或者压缩包，不接受",
    "evidence.macro": "文件含有宏，不接受",
    "fact.obligation-missing": "请选择是哪一项义务",
    "fact.waived-in-part": "放弃是放弃全部；部分减少请登记双方变更",
    "fact.ref-taken": "这个凭证编号已经登记过",
    "amendment.empty": "请填写变更了什么：新的日期、期限或者金额",
}
_PATTERNS = (
    (re.compile(r"at most (\d+) characters"), r"最多\1个字"),
    (re.compile(r"control characters.*"), "含有不可见的控制字符，请重新输入"),
    (re.compile(r"from (\S+) to (\S+)"), r"应在\1至\2之间"),
    (re.compile(r"a period of at most fifty years"), "期限最长五十年"),
    (re.compile(r"one of: .*"), "请从列表中选择"),
    (re.compile(r"this must not be empty"), "必填项未填写"),
    (re.compile(r"this is a whole number"), "应为整数"),
    (re.compile(r'a day is a string such as "2025-06-01"'), "不是日期，请写成 2025-06-01"),
    (re.compile(r"(\S+) is not a day of the calendar"), r"\1 不是日历上的日期"),
    (re.compile(r"days from (\S+) to (\S+) can be counted"), r"日期应在 \1 至 \2 之间"),
    (re.compile(r"an amount is more than zero"), "金额应大于零"),
    (re.compile(r"an amount is yuan with .*"), "金额以元为单位，最多两位小数，例如 1200000.00"),
    (re.compile(r"a yearly rate is .*"), "年利率请填百分数，例如 3.65"),
    (re.compile(r"from 1 to \d+ obligations"), "至少登记一项义务"),
)
#: Issues of files, whose details begin with the name of one.
_OF_FILES = "evidence."
_HAN = re.compile(r"[\u4e00-\u9fff]")


class Heading(NamedTuple):
    """A column of the copy: its heading as the clerk wrote it, and what it is, if known."""

    text: str
    known: Known | None


class Returned(NamedTuple):
    """A row handed back."""

    note: str
    cells: tuple[Plain, ...]
    #: By place of the cell: what is wrong with it.
    marks: dict[int, str]


class Copy(NamedTuple):
    headings: tuple[Heading, ...]
    rows: Iterator[Returned]


def refused_copy(refused: Iterable[tuple[Read, Sequence[Issue]]]) -> Copy:
    """The rows of refused contracts in their order, under the headings of their files together.

    Args:
        refused: what was read from rows, with every issue; gone through twice.
    """
    heading_rows = dict.fromkeys(read.rows[0] for read, _ in refused if read.rows)
    columns: dict[str, Heading] = {}
    for row in heading_rows:
        for heading in _headings(row).values():
            columns.setdefault(_name(heading), heading)
            there = columns[_name(heading)]
            if there.known and heading.known and there.known.scale != heading.known.scale:
                canonical = Known(heading.known.column)
                columns[_name(heading)] = Heading(canonical.column.heading, canonical)
    return Copy(tuple(columns.values()), _returned(refused, list(columns.values())))


def _headings(row: Row) -> dict[int, Heading]:
    """The columns of a heading row by their place, without our own column of notes."""
    texts = {at: cell.strip() for at, cell in enumerate(row.cells) if isinstance(cell, str)}
    return {
        at: Heading(text, KNOWN.get(plain_heading(text)))
        for at, text in texts.items()
        if text and text != NOTE_HEADING
    }


def _name(heading: Heading) -> str:
    return heading.text if heading.known is None else heading.known.column.heading


def _returned(
    refused: Iterable[tuple[Read, Sequence[Issue]]], columns: list[Heading]
) -> Iterator[Returned]:
    place = {_name(column): i for i, column in enumerate(columns)}
    for read, issues in refused:
        if not read.rows:
            continue
        headings = _headings(read.rows[0])
        targets = {at: place[_name(heading)] for at, heading in headings.items()}
        named = {heading.text: targets[at] for at, heading in headings.items()}
        for row in read.rows[1:]:
            cells: list[Plain] = [None] * len(columns)
            for at, heading in headings.items():
                if at < len(row.cells):
                    cells[targets[at]] = _plain(row.cells[at], heading, columns[targets[at]])
            about = [(steps, i) for i in issues if (steps := place_of(i))[0] == row.line]
            note = "\n".join(_sentence(heading, i) for (_, heading), i in about)
            marks: dict[int, str] = {}
            for (_, text), issue in about:
                if text in named:
                    marks[named[text]] = "\n".join(
                        filter(None, (marks.get(named[text]), explained(issue)))
                    )
            yield Returned(note, tuple(cells), marks)


def place_of(issue: Issue) -> tuple[int, str]:
    """The line and the heading an issue points to: `/sheet/line/heading`, or without either."""
    steps = [s.replace("~1", "/").replace("~0", "~") for s in issue.pointer.split("/")]
    if len(steps) > 1 and steps[-1].isdecimal():
        return int(steps[-1]), ""
    if len(steps) > 2 and steps[-2].isdecimal():
        return int(steps[-2]), steps[-1]
    return 0, ""


def _sentence(heading: str, issue: Issue) -> str:
    where = f"{heading}：" if heading else ""
    kind = "提示：" if issue.level == "finding" else ""
    return f"{kind}{where}{explained(issue)}（{issue.code}）"


def explained(issue: Issue) -> str:
    """What an issue says, in Chinese."""
    if issue.code.startswith(_OF_FILES) and issue.code in _CHINESE:
        name, colon, _ = issue.detail.partition(": ")
        return (f"{name}：" if colon else "") + _CHINESE[issue.code]
    if _HAN.search(issue.detail):
        return issue.detail
    for pattern, chinese in _PATTERNS:
        found = pattern.fullmatch(issue.detail)
        if found is not None:
            return found.expand(chinese)
    return _CHINESE.get(issue.code, f"内容不符合要求：{issue.detail}")


def _plain(cell: Cell, heading: Heading, column: Heading) -> Plain:
    """A cell as it was; what nobody may guess at is left empty."""
    if isinstance(cell, Flaw) or cell is None:
        return None
    if heading.known and column.known and heading.known.scale != column.known.scale:
        return str(cell) + _UNITS[heading.known.scale]
    if isinstance(cell, Number):
        as_text = heading.known is None or heading.known.column.holds in AS_TEXT
        return str(cell) if as_text else Decimal(cell)
    return cell
