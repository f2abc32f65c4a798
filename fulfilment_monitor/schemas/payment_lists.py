"""Payment lists: rows of a sheet, or objects of a JSON file, as payment lines with their places."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import BinaryIO, NamedTuple

from ..domain.errors import Invalid, Issue
from ..domain.money import parse_yuan
from ..domain.payment_lines import Party, PaymentLine, read_decision
from .contract_cells import Take, taker
from .contract_columns import Column, Group, Holds, Known, plain_heading
from .contract_headings import step_of
from .csv_stream import read_csv
from .formats import HEAD, Format, recognise
from .json_stream import read_documents
from .reading import Cell, Number, Row
from .xlsx_stream import read_xlsx

#: The sheet that is written, and read again.
DATA_SHEET = "付款清单"
_TEN_THOUSAND = Decimal(10_000)


def _column(
    heading: str, place: str, holds: Holds, note: str, *also: str, required: bool = False
) -> Column:
    scaled = {}
    if holds is Holds.YUAN:
        names = [h.removesuffix("（元）") for h in (heading, *also)]
        also = tuple(f"{n}{unit}" for n in names for unit in ("", "（元）", "（人民币元）"))
        scaled = {f"{n}（万元）": _TEN_THOUSAND for n in names}
    return Column(heading, place, Group.FACTS, holds, note, required, also=also, scaled=scaled)


_NTH = "同日同额第几笔"
#: In the order of the template. Of columns for the same thing the first is read; texts are joined.
COLUMNS: tuple[Column, ...] = (
    _column(
        "流水号", "ref", Holds.TEXT, "来源系统自己的编号，同一来源不重复；重复导入时据此认出",
        "交易流水号", "银行流水号", "支付流水号", "支付凭证号", "凭证号", "凭证编号", "支付令编号",
    ),
    _column(
        "合同编号", "contract_no", Holds.TEXT, "最好填写；不填时从摘要和双方名称推定",
        "合同号", "合同编码", "采购合同编号",
    ),
    _column(
        "义务编号", "obligation", Holds.TEXT, "付的是合同中的哪一项；不填时按金额和到期先后确定",
        "付款期次", "义务序号", "付款义务编号",
    ),
    _column(
        "付款方名称", "payer_name", Holds.TEXT, "全称，与合同一致",
        "付款方", "付款人", "付款人名称", "付款单位", "付款单位名称", "付款人全称", "预算单位",
        "预算单位名称",
    ),
    _column(
        "付款方代码", "payer_code", Holds.TEXT, "统一社会信用代码，按文本填写",
        "付款人代码", "付款方统一社会信用代码", "付款单位代码", "付款人统一社会信用代码",
    ),
    _column(
        "收款方名称", "payee_name", Holds.TEXT, "全称，与合同一致",
        "收款方", "收款人", "收款人名称", "收款单位", "收款单位名称", "收款人全称", "供应商",
        "供应商名称",
    ),
    _column(
        "收款方代码", "payee_code", Holds.TEXT, "统一社会信用代码，按文本填写",
        "收款人代码", "收款方统一社会信用代码", "收款单位代码", "收款人统一社会信用代码",
        "供应商代码", "供应商统一社会信用代码",
    ),
    _column(
        "金额（元）", "amount", Holds.YUAN, "大于零，最多两位小数；退款、冲正请另行登记",
        "付款金额", "支付金额", "拨付金额", "实付金额", "支出金额", "交易金额", required=True,
    ),
    _column(
        "付款日期", "on", Holds.DAY, "例如 2025-06-01",
        "支付日期", "交易日期", "记账日期", "拨付日期", "清算日期", "实际付款日期",
        required=True,
    ),
    _column(
        "摘要", "text", Holds.TEXT, "其中可以有合同编号", "用途", "附言", "备注", "资金用途",
        "摘要/用途",
    ),
    _column(_NTH, "nth", Holds.TEXT, "由系统填写，请勿改动"),
    _column(
        "决定", "decision", Holds.TEXT, "退回的行由人填写：合同编号|义务编号，可从“候选”中照抄",
        "确定义务", "确定合同与义务",
    ),
)  # fmt: skip
#: Columns a person fills in who writes a list by hand.
TEMPLATE_COLUMNS = tuple(c for c in COLUMNS if c.place not in ("nth", "decision"))

_KNOWN: Mapping[str, tuple[int, Known]] = {
    plain_heading(heading): (rank, Known(column, scale))
    for column in COLUMNS
    for rank, (heading, scale) in enumerate(
        [
            *((h, Decimal(1)) for h in (column.heading, column.place, *column.also)),
            *column.scaled.items(),
        ]
    )
}
_REQUIRED = [c for c in COLUMNS if c.required]
_JOINED, _FIRST_OF = "text", frozenset({"ref"})
_LONGEST = {"ref": 120, "contract_no": 100, "obligation": 200}
_LONGEST_TEXT = 500
#: Rows of titles and such that may stand above the headings.
_LAST_HEADING_LINE = 20
_TOTAL = re.compile(r"(本页|本月|累计)?\s*(合\s*计|总\s*计|小\s*计)[:：]?")
_TIME_OF_DAY = re.compile(r"[ T]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")


class Entry(NamedTuple):
    """One line of a list: the payment, or why it cannot be one; and what it says, to hand back."""

    line: int
    pointer: str
    payment: PaymentLine | None
    issues: tuple[Issue, ...]
    shown: Mapping[str, str]


def read_list(file: BinaryIO) -> Iterator[Entry]:
    """The lines of a file: a workbook, CSV, or a JSON list of objects; told by its content."""
    kind = recognise(file.read(HEAD))
    file.seek(0)
    if kind in (Format.CONTRACTS, Format.OCDS):
        yield from _read_json(file)
        return
    try:
        rows = read_csv(file) if kind is Format.TABLE else read_xlsx(file)
        yield from read_rows(rows)
    except Invalid as refusal:
        for issue in refusal.issues:
            yield Entry(1, issue.pointer, None, (issue,), {})


# --- rows ---------------------------------------------------------------------------------------


class _Bound(NamedTuple):
    """A column where it stands in this sheet."""

    at: int
    heading: str
    column: Column
    take: Take


def read_rows(rows: Iterable[Row]) -> Iterator[Entry]:
    """Rows of sheets as lines; a sheet without headings for amount and day is no payment list."""
    sheet, bound, listed = None, None, False
    for row in rows:
        if row.sheet != sheet:
            sheet, bound = row.sheet, None
        if bound:
            entry = _read_row(row, bound)
            if entry is not None:
                yield entry
            continue
        if bound is not None or row.line > _LAST_HEADING_LINE:
            continue
        bound = _headings(row)
        if bound is not None:
            listed = True
            twice = _twice(bound)
            if twice:
                issue = Issue(_place(row), "sheet.column-twice", f"{twice} 是同一列，请只保留一列")
                yield Entry(row.line, issue.pointer, None, (issue,), {})
                bound = []
    if not listed:
        named = "、".join(c.heading for c in _REQUIRED)
        issue = Issue("", "sheet.columns-missing", f"没有找到标题行，至少要有：{named}")
        yield Entry(1, "", None, (issue,), {})


def _headings(row: Row) -> list[_Bound] | None:
    """The columns of a sheet if this is its heading row."""
    texts = [(at, "" if cell is None else str(cell).strip()) for at, cell in enumerate(row.cells)]
    known = [(at, h, *_KNOWN[plain_heading(h)]) for at, h in texts if plain_heading(h) in _KNOWN]
    places = [k.column.place for _, _, _, k in known]
    if not all(c.place in places for c in _REQUIRED):
        return None
    ranked = sorted(known, key=lambda k: (k[2], k[0]))
    first = {k.column.place: at for at, _, _, k in reversed(ranked)}
    return [
        _Bound(at, heading, k.column, taker(k))
        for at, heading, _, k in known
        if k.column.place not in _FIRST_OF or first[k.column.place] == at
    ]


def _twice(bound: list[_Bound]) -> str:
    places = [b.column.place for b in bound]
    twins = [b for b in bound if b.column.place != _JOINED and places.count(b.column.place) > 1]
    return "、".join(f"「{b.heading}」" for b in twins)


def _place(row: Row) -> str:
    return (step_of(row.sheet) if row.sheet else "") + f"/{row.line}"


def _read_row(row: Row, bound: list[_Bound]) -> Entry | None:
    cells = {b.at: row.cells[b.at] for b in bound if b.at < len(row.cells)}
    blank = [cell is None or cell == "" for cell in cells.values()]
    if all(blank) or _is_total(row, bound):
        return None
    given = [(b, cells.get(b.at), _place(row) + step_of(b.heading)) for b in bound]
    return _entry(row.line, _place(row), given)


def _is_total(row: Row, bound: list[_Bound]) -> bool:
    """Whether a row adds up those above: it says so, and has no day."""
    day = next(b.at for b in bound if b.column.place == "on")
    dated = day < len(row.cells) and row.cells[day] not in (None, "")
    return not dated and any(isinstance(c, str) and _TOTAL.fullmatch(c.strip()) for c in row.cells)


# --- objects ------------------------------------------------------------------------------------


def _read_json(file: BinaryIO) -> Iterator[Entry]:
    """Objects with our names or with the headings; amounts and days are text in them."""
    for read in read_documents(file):
        if read.issue is not None:
            yield Entry(read.line, read.pointer, None, (read.issue,), {})
            continue
        if not isinstance(read.document, dict):
            issue = Issue(read.pointer, "invalid-field", "an object is expected here")
            yield Entry(read.line, read.pointer, None, (issue,), {})
            continue
        wrong = [k for k, v in read.document.items() if not isinstance(v, str | None)]
        wrong = [k for k in wrong if plain_heading(k) in _KNOWN]
        if wrong:
            pointer = read.pointer + step_of(wrong[0])
            issue = Issue(pointer, "invalid-field", 'a text is expected here, such as "1000.00"')
            yield Entry(read.line, read.pointer, None, (issue,), {})
            continue
        header = Row("", read.line, tuple(read.document))
        bound = _headings(header) or []
        twice = _twice(bound)
        if not bound or twice:
            detail = twice or f"{'、'.join(c.place for c in _REQUIRED)} are required"
            code = "sheet.column-twice" if twice else "missing-field"
            issue = Issue(read.pointer, code, detail)
            yield Entry(read.line, read.pointer, None, (issue,), {})
            continue
        values = list(read.document.values())
        given = [(b, values[b.at], read.pointer + step_of(b.heading)) for b in bound]
        yield _entry(read.line, read.pointer, given)


# --- one line -----------------------------------------------------------------------------------


def _entry(line: int, pointer: str, given: list[tuple[_Bound, Cell, str]]) -> Entry:
    values: dict[str, str] = {}
    issues: list[Issue] = []
    for b, cell, place in given:
        taken = b.take(_plain(cell, b.column)) if cell not in (None, "") else None
        if taken is None:
            continue
        if taken.code is not None:
            issues.append(Issue(place, taken.code, taken.detail, taken.level))
        text = str(taken.value or "")
        if len(text) > _LONGEST.get(b.column.place, _LONGEST_TEXT):
            longest = _LONGEST.get(b.column.place, _LONGEST_TEXT)
            issues.append(Issue(place, "cell.too-long", f"最多{longest}个字"))
        elif text:
            before = values.get(b.column.place)
            values[b.column.place] = f"{before}；{text}" if before else text
    faulty = {i.pointer for i in issues}
    for b, _, place in given:
        if b.column.required and b.column.place not in values and place not in faulty:
            issues.append(Issue(place, "missing-field", f"「{b.heading}」必须填写"))
    payment = None if any(i.level == "error" for i in issues) else _payment(values, pointer, issues)
    return Entry(line, pointer, payment, tuple(issues), values)


def _plain(cell: Cell, column: Column) -> Cell:
    """A cell without the time of day that treasuries and banks put beside the day."""
    if column.holds is not Holds.DAY or not isinstance(cell, str) or isinstance(cell, Number):
        return cell
    return _TIME_OF_DAY.sub("", cell)


def _payment(values: Mapping[str, str], pointer: str, issues: list[Issue]) -> PaymentLine | None:
    decided = values.get("decision")
    decision = None if decided is None else read_decision(decided)
    number, _, of = values.get("nth", "1").partition("|")
    if (decided is not None and decision is None) or not re.fullmatch(r"[1-9]\d{0,5}", number):
        detail = "请填写 合同编号|义务编号" if decided else f"「{_NTH}」由系统填写，请勿改动"
        issues.append(Issue(pointer, "payment.decision", detail))
        return None
    return PaymentLine(
        on=date.fromisoformat(values["on"]),
        fen=parse_yuan(values["amount"]),
        ref=values.get("ref"),
        contract_no=values.get("contract_no"),
        obligation=values.get("obligation"),
        payer=Party(values.get("payer_code"), values.get("payer_name")),
        payee=Party(values.get("payee_code"), values.get("payee_name")),
        text=values.get("text"),
        decision=decision,
        nth=int(number),
        nth_of=of or None,
    )
