"""Write the sample workbook and the issues it must give: `python -m tests.samples.make_workbook`.

Two hundred rows of made-up contracts; every planting stands beside the issues expected of it, which
are worked out here and never taken from what the program says.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter

from fulfilment_monitor import resources

FOLDER = resources.shipped("contracts_samples") / "workbook"
WORKBOOK, EXPECTED = "contracts.xlsx", "expected.json"
SHEET, DATA_ROWS = "合同", 200

NUMBER, TITLE, FIELD, SUBJECT = "合同编号", "合同名称", "合同领域", "标的类型"
SIGNED, AMOUNT, REGION, RATE = "签订日期", "合同金额（元）", "行政区划代码", "约定逾期年利率"
BODY, BODY_CODE, BODY_KIND = "政府方名称", "政府方统一社会信用代码", "政府方性质"
FIRM, FIRM_CODE = "企业名称", "企业统一社会信用代码"
OWNERSHIP, SIZE, CONTACT = "企业所有制", "企业规模", "企业联系方式"
CO_NAMES, CO_CODES = "共同政府方名称", "共同政府方代码"
KEY, KIND, WHAT, BY, DUTY_AMOUNT = "义务编号", "义务类型", "义务内容", "义务方", "义务金额（元）"
DUE, AFTER, LENGTH, UNIT, RETENTION = "约定履行日期", "起算事项", "期限", "期限单位", "质量保证金"
EVERY, STEP, TIMES = "重复间隔", "间隔单位", "重复次数"
DONE, PAID, PAID_ON, CONFIRMED = "实际履行日期", "已付金额（元）", "付款日期", "企业是否确认"
PAY_WHEN_PAID, NOTES = "以收到第三方付款为付款条件", "备注"
CONTRACT_HEADINGS = (
    NUMBER, TITLE, FIELD, SUBJECT, SIGNED, AMOUNT, REGION, RATE, BODY, BODY_CODE, BODY_KIND,
    FIRM, FIRM_CODE, OWNERSHIP, SIZE, CONTACT, CO_NAMES, CO_CODES,
)  # fmt: skip
HEADINGS = (
    *CONTRACT_HEADINGS, KEY, KIND, WHAT, BY, DUTY_AMOUNT, DUE, AFTER, LENGTH, UNIT, RETENTION,
    EVERY, STEP, TIMES, DONE, PAID, PAID_ON, CONFIRMED, PAY_WHEN_PAID, NOTES,
)  # fmt: skip

Cells = dict[str, Any]


class Formula(NamedTuple):
    """A cell that reckons."""

    text: str
    shows: float


class MergedUp(NamedTuple):
    """A cell merged with the one above, which keeps its value."""


# --- codes --------------------------------------------------------------------------------------

_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_INNER = (3, 7, 9, 10, 5, 8, 4, 2)


def uscc(front: str, organisation: str, *, inner: int = 0) -> str:
    """A code with both check characters (GB 32100-2015, GB 11714); `inner` shifts the inner one.

    `front` is the kind and a division code that begins with 99, which is given to no place.
    """
    rest = 11 - sum(int(c, 36) * w for c, w in zip(organisation, _INNER, strict=True)) % 11
    values = {10: "X", 11: "0"}
    digit = values.get(rest, str(rest))
    if inner:
        digit = str((int(digit, 36) + inner) % 10)
    code = front + organisation + digit
    total = sum(_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(code))
    return code + _ALPHABET[-total % 31]


def another(character: str) -> str:
    """A character of the alphabet that is not this one."""
    return _ALPHABET[(_ALPHABET.index(character) + 1) % 31]


# --- contracts without a mistake ----------------------------------------------------------------

#: Working days of 2025 and 2026.
_DAYS = (
    date(2025, 8, 15), date(2025, 8, 29), date(2025, 9, 12), date(2025, 9, 26), date(2025, 10, 31),
    date(2025, 11, 28), date(2025, 12, 19), date(2026, 1, 30), date(2026, 3, 31), date(2026, 4, 30),
)  # fmt: skip
_SIZES = ("微型企业", "小型企业", "中型企业")


def day(n: int) -> date:
    return _DAYS[n % len(_DAYS)]


def a_contract(n: int, field: str, subject: str, what: str, yuan: int) -> Cells:
    return {
        NUMBER: f"示例-2025-{n:04d}",
        TITLE: f"{what}（{n}号）",
        FIELD: field,
        SUBJECT: subject,
        SIGNED: date(2025, 6, 3 + n % 20),
        AMOUNT: yuan,
        REGION: "340321",
        BODY: f"示例市某局{n % 9 + 1}",
        BODY_CODE: uscc("11990321", f"9000{500 + n % 9:04d}"),
        BODY_KIND: "机关",
        FIRM: f"示例企业{n}",
        FIRM_CODE: uscc("91990321", f"MAEX{5000 + n:04d}"),
        OWNERSHIP: "民营",
        SIZE: _SIZES[n % 3],
    }


def owed(key: str, kind: str, by: str = "政府方", **more: Any) -> Cells:
    return {KEY: key, KIND: kind, BY: by, **more}


def after(key: str, length: int, unit: str = "日") -> Cells:
    return {AFTER: key, LENGTH: length, UNIT: unit}


def goods(n: int) -> list[Cells]:
    """Delivered, accepted and paid; or only agreed."""
    yuan = 100_000 + 1_000 * n
    rows = [
        a_contract(n, "政府采购", "货物", "办公设备采购合同", yuan)
        | owed("交付", "交付", "企业方", **{DUE: day(0)}),
        owed("验收", "验收") | after("交付", 7),
        owed("货款", "付款", **{DUTY_AMOUNT: yuan}) | after("验收", 30),
    ]
    if n % 2:
        rows[0] |= {DONE: date(2025, 8, 14), CONFIRMED: "是"}
        rows[1] |= {DONE: date(2025, 8, 20), CONFIRMED: "是"}
        rows[2] |= {PAID: yuan, PAID_ON: date(2025, 9, 15), CONFIRMED: "是"}
    return rows


def services(n: int) -> list[Cells]:
    yuan = 80_000 + 500 * n
    return [
        a_contract(n, "招标投标", "服务", "信息系统运维合同", yuan)
        | owed("服务", "交付", "企业方", **{DUE: day(n), WHAT: "完成本期运维"}),
        owed("服务费", "付款", **{DUTY_AMOUNT: f"{yuan:,}.00"}) | after("服务", 45),
    ]


def investment(n: int) -> list[Cells]:
    return [
        a_contract(n, "招商引资", "政策承诺", "投资协议", 1_000_000)
        | owed("供地", "交付土地或场地", **{DUE: "2025年8月29日"}),
        owed("许可", "办理许可") | after("供地", 30, "工作日"),
        owed("奖励", "付款", **{DUTY_AMOUNT: 1_000_000, DUE: "2026/3/31"}),
    ]


def partnership(n: int) -> list[Cells]:
    """Four quarters, 250,000 yuan each: 2025-09-30, 12-30, 2026-03-30, 06-30 are working days."""
    return [
        a_contract(n, "政府与社会资本合作", "服务", "特许经营合同", 1_000_000)
        | owed("服务费", "付款", **{DUTY_AMOUNT: 250_000, DUE: "2025.9.30"})
        | {EVERY: 3, STEP: "月", TIMES: 4}
    ]


def support(n: int) -> list[Cells]:
    return [
        a_contract(n, "产业扶持", "政策承诺", "产业扶持协议", 200_000)
        | owed("入库", "政策兑现", **{DUE: day(n)}),
        owed("补助", "付款", **{DUTY_AMOUNT: 200_000, DUE: day(n + 1)}),
    ]


def works(n: int) -> list[Cells]:
    """3 % of 1,000,000 yuan is kept back, as much as may be."""
    return [
        a_contract(n, "政府投资", "工程", "道路养护工程合同", 1_000_000)
        | owed("完工", "交付", "企业方", **{DUE: day(n)}),
        owed("验收", "验收") | after("完工", 28),
        owed("工程款", "付款", **{DUTY_AMOUNT: 970_000}) | after("验收", 30),
        owed("质保金", "付款", **{DUTY_AMOUNT: 30_000, RETENTION: "是"}) | after("验收", 12, "月"),
    ]


KINDS = {
    "goods": goods,
    "services": services,
    "investment": investment,
    "partnership": partnership,
    "support": support,
    "works": works,
}


# --- plantings ----------------------------------------------------------------------------------


class Wanted(NamedTuple):
    """An issue expected: in which row of the contract, under which heading (or none: the row)."""

    row: int
    heading: str | None
    code: str
    level: str = "error"


class Plant(NamedTuple):
    """A mistake, or something worth a finding, in a contract of its own."""

    kind: str
    #: By row of the contract and heading; None empties the cell.
    edits: Mapping[tuple[int, str], Any]
    wanted: tuple[Wanted, ...]
    #: Whether the last row stands away from the others.
    apart: bool = False


def mistake(
    kind: str, row: int, heading: str, value: Any, code: str, *, at: str | None = None
) -> Plant:
    """One cell spoilt, one error, at the cell unless told otherwise."""
    return Plant(kind, {(row, heading): value}, (Wanted(row, at or heading, code),))


def finding(
    kind: str, row: int, heading: str, value: Any, code: str, at: tuple[int, str | None]
) -> Plant:
    """One cell changed, nothing refused, one finding."""
    return Plant(kind, {(row, heading): value}, (Wanted(*at, code, "finding"),))


def plants() -> Iterator[Plant]:
    yield from _code_plants()
    yield from _cell_plants()
    yield from _obligation_plants()
    yield from _fact_plants()
    yield from _sheet_plants()
    yield from _finding_plants()


def _code_plants() -> Iterator[Plant]:
    good = uscc("91990321", "MAEX7001")
    yield mistake("services", 0, FIRM_CODE, good[:17] + another(good[17]), "uscc.check-character")
    yield mistake("goods", 0, FIRM_CODE, good[:17], "uscc.length")
    yield mistake("support", 0, BODY_CODE, "1199O32190000501AB", "uscc.alphabet")
    # 18 digits of a number: a workbook keeps 15
    yield mistake("goods", 0, FIRM_CODE, 919903210000070017, "cell.number-lost-digits")
    both = uscc("11990321", "90000600")
    yield Plant(
        "services",
        {(0, BODY_CODE): both, (0, FIRM_CODE): both},
        (Wanted(0, FIRM_CODE, "party.twice"),),
    )


def _cell_plants() -> Iterator[Plant]:
    yield mistake("services", 1, DUTY_AMOUNT, Formula("=40000*2", 80_000), "cell.formula")
    yield mistake("goods", 1, DUE, MergedUp(), "cell.merged")
    yield mistake("goods", 0, FIELD, "采购", "cell.label")
    yield mistake("investment", 1, KIND, "办证", "cell.label")
    yield mistake("works", 3, RETENTION, "大概", "cell.label")
    yield mistake("services", 0, SIGNED, "2025-02-30", "cell.day")
    yield mistake("support", 0, DUE, "6/1/25", "cell.day-ambiguous")
    yield mistake("goods", 0, NUMBER, date(2025, 6, 1), "cell.became-day")
    yield mistake("services", 1, DUTY_AMOUNT, -500, "cell.amount")
    yield mistake("goods", 2, DUTY_AMOUNT, "1000.005", "cell.amount")
    yield mistake("services", 0, RATE, "万分之五", "cell.rate")
    yield mistake("goods", 2, LENGTH, "30日内", "cell.whole")
    yield mistake("support", 0, TITLE, None, "missing-field")
    yield mistake("goods", 1, BY, None, "missing-field")
    yield mistake("services", 0, TITLE, "长" * 201, "invalid-field")


def _obligation_plants() -> Iterator[Plant]:
    yield mistake("goods", 2, DUE, date(2025, 10, 31), "obligation.two-dates")
    yield mistake("goods", 2, AFTER, "检验", "obligation.after-unknown")
    yield Plant(  # 验收 after 货款 after 验收; told of the contract as a whole
        "goods", {(1, AFTER): "货款"}, (Wanted(0, None, "obligation.circle"),)
    )
    yield Plant(
        "investment",
        {(1, KEY): "供地"},
        (Wanted(0, KEY, "obligation.key-taken"), Wanted(1, KEY, "obligation.key-taken")),
    )
    yield mistake("goods", 2, AFTER, None, "obligation.within-without-after", at=LENGTH)
    yield mistake("goods", 1, UNIT, None, "missing-field")
    stranger = uscc("11990321", "90000777")
    yield mistake("services", 1, BY, stranger, "obligation.obligor-unknown")
    yield mistake("partnership", 0, DUE, None, "obligation.repeat-without-date", at=TIMES)
    yield mistake(
        "support", 0, CO_NAMES, "示例县某局；示例县某中心", "cell.lists-differ", at=CO_CODES
    )


def _fact_plants() -> Iterator[Plant]:
    yield mistake("services", 1, PAID_ON, date(2025, 10, 9), "fact.amount-missing", at=PAID)
    yield mistake("services", 1, PAID, 1000, "missing-field", at=PAID_ON)
    yield mistake("support", 1, DONE, date(2025, 9, 1), "cell.performed-is-paid")
    yield mistake("support", 0, CONFIRMED, "是", "cell.nothing-to-confirm")
    yield Plant(
        "services",
        {(0, PAID): 1000, (0, PAID_ON): date(2025, 9, 1)},
        (Wanted(0, PAID, "cell.paid-without-payment"),),
    )
    yield Plant(
        "partnership",
        {(0, PAID): 250_000, (0, PAID_ON): date(2025, 9, 30)},
        (Wanted(0, PAID, "cell.facts-of-series"),),
    )


def _sheet_plants() -> Iterator[Plant]:
    yield mistake("investment", 1, FIRM, "示例企业（另一家）", "sheet.contradiction")
    yield Plant(
        "goods",
        {},
        (Wanted(0, NUMBER, "sheet.rows-apart"), Wanted(2, NUMBER, "sheet.rows-apart")),
        apart=True,
    )


def _finding_plants() -> Iterator[Plant]:
    unusual = uscc("91990321", "MAEX7002", inner=1)
    number = 20_250_901
    yield finding("goods", 0, REGION, "990000", "unknown-region", (0, REGION))
    yield finding("goods", 2, LENGTH, 90, "agreed-term-exceeds-ceiling", (2, LENGTH))
    yield finding("services", 0, NUMBER, number, "cell.number-as-text", (0, NUMBER))
    yield finding("services", 0, AMOUNT, 999, "amounts-do-not-add-up", (0, AMOUNT))
    yield Plant(  # 50,000 of 1,000,000 is 5 %
        "works",
        {(2, DUTY_AMOUNT): 950_000, (3, DUTY_AMOUNT): 50_000},
        (Wanted(0, None, "retention-over-3-percent", "finding"),),
    )
    sunday = date(2025, 8, 31)
    yield finding("support", 0, DUE, sunday, "due-on-rest-day", (0, DUE))
    yield finding("services", 0, PAY_WHEN_PAID, "是", "clause-pay-when-paid", (0, PAY_WHEN_PAID))
    yield Plant(
        "support",
        {(1, PAID): 200_000, (1, PAID_ON): date(2025, 9, 1), (1, CONFIRMED): "否"},
        (Wanted(1, None, "claim-unconfirmed", "finding"),),
    )
    yield finding("support", 0, DUE, None, "obligation-without-date", (0, None))
    yield finding("services", 1, DUTY_AMOUNT, None, "amount-missing", (1, DUTY_AMOUNT))
    yield finding("goods", 0, FIRM_CODE, unusual, "uscc.inner-check-character", (0, FIRM_CODE))


# --- the sheet ----------------------------------------------------------------------------------


class Sample(NamedTuple):
    """The rows under the headings, from line 2, and the issues they must give."""

    rows: list[Cells]
    #: The same rows without their plantings; nothing for a row that should not be there.
    whole: list[Cells | None]
    #: The lines of each contract, or of each part of one that stands apart.
    parts: list[tuple[int, ...]]
    issues: list[dict[str, Any]]


def sample() -> Sample:
    """Plantings among good contracts, in a fixed order; two hundred rows."""
    made = Sample([], [], [], [_issue(1, NOTES, "sheet.unknown-heading", "finding")])
    whole, n = cycle(KINDS.values()), 1
    for turn, plant in enumerate(plants()):
        _plant(made, n, plant)
        n += 1
        if turn % 2:
            _put(made, _repeated(next(whole)(n)) if turn % 4 == 1 else next(whole)(n))
            n += 1
    total: Cells = {TITLE: "合计", AMOUNT: 123_456, NOTES: "由经办人汇总"}
    line = _put(made, [total], [None])
    made.issues.append(_issue(line, None, "sheet.note-row", "error"))
    while len(made.rows) < DATA_ROWS:
        _put(made, (services if DATA_ROWS - len(made.rows) > 1 else partnership)(n))
        n += 1
    assert len(made.rows) == DATA_ROWS, len(made.rows)
    return made


def _plant(made: Sample, n: int, plant: Plant) -> None:
    whole = KINDS[plant.kind](n)
    if plant.apart:
        whole[-1][NUMBER] = whole[0][NUMBER]
    rows = [dict(row) for row in whole]
    for (row, heading), value in plant.edits.items():
        rows[row][heading] = value
    first = len(made.rows) + 2
    lines = [first + i for i in range(len(rows))]
    if plant.apart:
        _put(made, rows[:-1], whole[:-1])
        _put(made, services(n + 1000))
        lines[-1] = _put(made, rows[-1:], whole[-1:])
    else:
        _put(made, rows, whole)
    made.issues.extend(_issue(lines[w.row], w.heading, w.code, w.level) for w in plant.wanted)


def _put(made: Sample, rows: Sequence[Cells], whole: Sequence[Cells | None] = ()) -> int:
    """Add the rows of a contract; the line of the first."""
    line = len(made.rows) + 2
    made.rows.extend(rows)
    made.whole.extend(whole or rows)
    made.parts.append(tuple(range(line, line + len(rows))))
    return line


def _repeated(rows: Sequence[Cells]) -> list[Cells]:
    """The contract's cells in every row, as some clerks write them."""
    first = {h: v for h, v in rows[0].items() if h in CONTRACT_HEADINGS}
    return [{**first, **row} for row in rows]


def _issue(line: int, heading: str | None, code: str, level: str) -> dict[str, Any]:
    place = f"/{SHEET}/{line}" + ("" if heading is None else f"/{heading}")
    return {"line": line, "pointer": place, "code": code, "level": level}


def write(folder: Path = FOLDER) -> None:
    """The workbook, and the list of expected issues."""
    made = sample()
    book = xlsxwriter.Workbook(folder / WORKBOOK)
    book.set_properties({"created": datetime(2025, 12, 1, tzinfo=UTC)})
    sheet = book.add_worksheet(SHEET)
    _fill(book, sheet, made.rows)
    example = book.add_worksheet("示例")
    _fill(book, example, [{**row, NUMBER: "示例-不导入"} for row in services(3001)])
    book.close()
    text = json.dumps(made.issues, ensure_ascii=False, indent=1)
    (folder / EXPECTED).write_text(text + "\n", "utf-8")


def _fill(book: Any, sheet: Any, rows: Sequence[Cells]) -> None:
    bold = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#E8EDF3", "border": 1})
    as_day = book.add_format({"num_format": "yyyy-mm-dd"})
    as_text = book.add_format({"num_format": "@"})
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, len(HEADINGS) - 1, 15)
    for at, heading in enumerate(HEADINGS):
        sheet.write_string(0, at, heading, bold)
    for line, row in enumerate(rows, 1):
        for heading, value in row.items():
            at = HEADINGS.index(heading)
            if isinstance(value, MergedUp):
                above = rows[line - 2][heading]
                sheet.merge_range(line - 1, at, line, at, above, as_day)
            elif isinstance(value, Formula):
                sheet.write_formula(line, at, value.text, None, value.shows)
            elif isinstance(value, date):
                sheet.write_datetime(line, at, value, as_day)
            elif isinstance(value, str):
                sheet.write_string(line, at, value, as_text)
            elif value is not None:
                sheet.write_number(line, at, value)


if __name__ == "__main__":
    write()
