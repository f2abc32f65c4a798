"""Workbooks that people fill in and mend: the template, and refused rows handed back."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..domain.contracts import FIELD_CHINESE, Field
from ..domain.errors import Issue
from ..gateways import workbooks
from ..gateways.workbooks import Guide, Heading
from ..schemas.contract_columns import AS_TEXT, COLUMNS, NOTE_HEADING, Column, Group, Holds
from ..schemas.contract_examples import EXAMPLES
from ..schemas.contract_guide import GUIDE
from ..schemas.contract_refusals import refused_copy
from ..schemas.reading import Read

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

_OTHER_COLOUR = "#6B7280"
_TABLE_HEAD = ("列", "必填", "怎么填", "可选项")
_WIDTHS = (26, 7, 52, 46)


def write_template(path: Path, field: Field | None = None) -> None:
    """The template that is imported; for one field, if told so.

    Raises:
        OSError: the file cannot be written.
    """
    headings = [heading_of(column, field) for column in COLUMNS]
    workbooks.write_template(path, headings, _guide(field), _example(field))


def write_refused(path: Path, refused: Iterable[tuple[Read, Sequence[Issue]]]) -> None:
    """Refused rows under the headings as they were written, each with what has to be changed.

    Args:
        refused: gone through twice.
    """
    copy = refused_copy(refused)
    shown = [
        Heading(h.text, colour=_OTHER_COLOUR)
        if h.known is None
        else heading_of(h.known.column)._replace(text=h.text)
        for h in copy.headings
    ]
    rows = (workbooks.Returned(*row) for row in copy.rows)
    workbooks.write_refused(path, NOTE_HEADING, shown, rows)


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
    return Guide(f"政府履约监测　合同导入模板{of_field}", GUIDE, [_TABLE_HEAD, *table], _WIDTHS)


def _example(field: Field | None) -> list[list[workbooks.Value]]:
    """Two contracts, the first of the field that was asked for."""
    fields = dict.fromkeys([*([] if field is None else [field]), *_SHOWN_WITH])
    rows = [row for shown in list(fields)[:2] for row in EXAMPLES[shown.value]]
    return [[row.get(column.heading) for column in COLUMNS] for row in rows]
