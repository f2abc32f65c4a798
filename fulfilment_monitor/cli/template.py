"""The Excel template that `import` reads."""

from pathlib import Path

import click

from ..domain.contracts import FIELD_CHINESE, Field
from ..gateways import workbooks
from ..gateways.workbooks import Guide, Heading
from ..schemas.contract_columns import (
    AS_TEXT,
    COLUMNS,
    EXAMPLE_SHEET,
    Column,
    Group,
    Holds,
)
from .examples import EXAMPLES
from .kit import stop

_COLOURS = {
    Group.CONTRACT: "#1F4E79",
    Group.PARTIES: "#3B5E2B",
    Group.OBLIGATION: "#7A4A00",
    Group.FACTS: "#5B3A73",
    Group.CLAUSES: "#4A5568",
}
_FORMATS = {
    Holds.DAY: workbooks.Holds.DAY,
    Holds.YUAN: workbooks.Holds.MONEY,
    Holds.PAID: workbooks.Holds.MONEY,
} | dict.fromkeys(AS_TEXT, workbooks.Holds.TEXT)
_CODE_LENGTH = 18
#: Shown beside the example of the field that was asked for.
_SHOWN_WITH = (Field.PROCUREMENT, Field.INVESTMENT_ATTRACTION)

_GUIDE = (
    (
        "怎么填",
        (
            "1. 在“合同”表中填写，每行一项义务：一笔付款、一次交付、一次验收各占一行。"
            "一份合同有几项义务就填几行，放在一起。",
            "2. 合同和当事人的各列只填在该合同的首行，下面各行可以留空，也可以原样重复；"
            "重复的内容不一致时，这份合同不予导入。",
            "3. 标题为深色底的列必填，浅色底的列没有就留空。光标停在标题上可以看到说明。",
            "4. 有下拉箭头的单元格从列表中选择。",
            "5. 各列可以调换顺序，选填列可以删去；请不要改动标题，不要合并单元格，"
            "不要填公式（由公式算出的列，请复制后按数值粘贴）。",
        ),
    ),
    (
        "日期、金额和代码",
        (
            "日期写成 2025-06-01，也可以写 2025/6/1、2025.6.1、2025年6月1日、20250601；"
            "6/1/25 这样年月日不明确的写法不予导入。",
            "金额以元为单位，最多两位小数，可以带千分位。没有金额的留空，不填 0。",
            "统一社会信用代码为18位，单元格已设为文本；从别处粘贴时请选择“只保留文本”，"
            "否则电子表格会把长数字改成科学计数，原数字无法恢复。",
        ),
    ),
    (
        "履行日期的两种写法（只选一种）",
        (
            "约定了具体日期的：填“约定履行日期”。",
            "从某件事起算的：在“起算事项”填那一项的义务编号（从合同签订起算的填“签订”），"
            "再填“期限”和“期限单位”。例如验收后30日内付款：起算事项填验收那一行的义务编号，"
            "期限填30，期限单位选日。付款没有约定期限的，期限留空，按法定期限计算。",
        ),
    ),
    (
        "已经履行的",
        (
            "交付、验收等已经履行的填“实际履行日期”；付款填“已付金额”和“付款日期”。"
            "合同约定分期付款的，每期一行；同一笔款分几次付的，导入后再逐笔登记。",
            "企业已书面确认的，在“企业是否确认”选“是”。政府方单方填报的付款，"
            "在企业、国库、银行或法院印证之前只作为主张，不视为已付。",
        ),
    ),
    (
        "导入",
        (
            "命令：fulfilment-monitor import 文件.xlsx。有问题的合同不导入，其余照常导入；"
            "改好后整份文件再导入一次即可，已导入的不会重复。",
            f"只读取“合同”表；“{EXAMPLE_SHEET}”表和本页不导入。"
            "同样的列也可以存为 CSV（UTF-8 或 GB 18030）导入。",
        ),
    ),
)
_TABLE_HEAD = ("列", "必填", "怎么填", "可选项")
_WIDTHS = (26, 7, 52, 46)


@click.command()
@click.argument("path", metavar="FILE.xlsx", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--field",
    type=click.Choice([f.value for f in Field]),
    help="a template for contracts of one field: its example, and no other field to choose",
)
def template(path: Path, field: str | None) -> None:
    """Write the Excel template."""
    only = None if field is None else Field(field)
    headings = [heading_of(column, only) for column in COLUMNS]
    try:
        workbooks.write_template(path, headings, _guide(only), _example(only))
    except OSError as fault:  # such as a file that is open in a spreadsheet
        stop(f"cannot write {path}: {fault.strerror}")
    click.echo(f"wrote {path}", err=True)


def heading_of(column: Column, field: Field | None = None) -> Heading:
    """A column as it is written; of one field, if told so."""
    choices = column.offered
    if column.place == "/field" and field is not None:
        choices = (FIELD_CHINESE[field],)
    return Heading(
        column.heading,
        column.width,
        _FORMATS.get(column.holds, workbooks.Holds.ANY),
        _COLOURS[column.group],
        column.required,
        column.note,
        () if column.holds is Holds.OBLIGOR else choices,
        _CODE_LENGTH if column.holds is Holds.USCC else None,
    )


def _guide(field: Field | None) -> Guide:
    of_field = "" if field is None else f"（{FIELD_CHINESE[field]}）"
    table = [(c.heading, "是" if c.required else "", c.note, "、".join(c.offered)) for c in COLUMNS]
    return Guide(f"政府履约监测　合同导入模板{of_field}", _GUIDE, [_TABLE_HEAD, *table], _WIDTHS)


def _example(field: Field | None) -> list[list[workbooks.Value]]:
    """Two contracts, the first of the field that was asked for."""
    fields = dict.fromkeys([*([] if field is None else [field]), *_SHOWN_WITH])
    rows = [row for shown in list(fields)[:2] for row in EXAMPLES[shown.value]]
    return [[row.get(column.heading) for column in COLUMNS] for row in rows]
