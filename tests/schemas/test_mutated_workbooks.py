"""Workbooks with something broken at random: read, or refused, and never anything else."""

import io
import random
import re
import time
import zipfile

import pytest

from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.schemas.reading import Flaw, Number, Row
from fulfilment_monitor.schemas.xlsx_stream import UPLOAD, hidden_sheets, read_xlsx
from tests.schemas import workbooks as w

#: Seconds a mutant of some kilobytes may take on a busy machine.
LONGEST = 10.0


def _odd() -> bytes:
    """Merged cells, array formulas, rich text, two sheets: by hand."""
    rows = (
        '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><r><t>合</t></r>'
        '<rPh sb="0" eb="1"><t>x</t></rPh></is></c></row>'
        '<row r="2"><c r="A2" s="1"><v>45658.5</v></c><c r="B2"><f t="array" ref="B2:C3">1</f>'
        '<v>1</v></c><c r="C2"><v>2</v></c></row><row r="4"><c t="b"><v>1</v></c></row>'
        '<row r="9"><c r="AA9" t="d"><v>2025-01-01</v></c><c r="XFD9" t="e"><v>#N/A</v></c></row>'
    )
    behind = '<mergeCells count="2"><mergeCell ref="A1:A3"/><mergeCell ref="C9:D12"/></mergeCells>'
    sheet = w.sheet_xml(rows, behind=behind)
    strings, styles = w.strings_xml("<t>a_x000D_b</t>"), w.styles_xml("[Red]yyyy-m-d;@")
    states = {"暗": "hidden"}
    parts = w.parts_of({"甲": sheet, "暗": sheet}, strings=strings, styles=styles, states=states)
    return w.packed(parts)


SEEDS = {
    "shared": w.by_xlsxwriter(),
    "inline": w.by_xlsxwriter(constant_memory=True),
    "openpyxl": w.by_openpyxl(),
    "odd": _odd(),
}

ODD_VALUES = [
    "", "0", "-1", "1", "60", "1048576", "1048577", "16385", "4294967296", "9" * 40, "1E999",
    "1e-9", "NaN", "A1", "XFD1048576", "A1:XFD1048576", "B2:A1", "s", "str", "inlineStr", "d", "e",
    "array", "shared", "true", "../../x", "/xl/worksheets/sheet1.xml", "rId1", "External", "hidden",
    "&amp;", "&#x0;", "&x;", "_x0000_", "yyyy", "]]>", "<", "\x00", "合", "\ud7ff",
]  # fmt: skip

_TAG = re.compile(r"<[^<>]*>")
_VALUE = re.compile(r'"[^"<>]*"|>[^<>]+<')
_NUMBER = re.compile(r"[0-9]+")
_WORD = re.compile(r"[A-Za-z]{1,20}")


def _flipped(raw: bytes, dice: random.Random) -> bytes:
    some = bytearray(raw)
    for _ in range(dice.choice([1, 1, 2, 8, 64])):
        some[dice.randrange(len(some))] = dice.randrange(256)
    return bytes(some)


def _cut(raw: bytes, dice: random.Random) -> bytes:
    a, b = sorted(dice.randrange(len(raw) + 1) for _ in range(2))
    return dice.choice([raw[:a], raw[a:], raw[:a] + raw[b:], raw[:b] + raw[a:]])


def _unpacked(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _other_entries(raw: bytes, dice: random.Random) -> bytes:
    """Entries removed, emptied, swapped, renamed, or there twice."""
    parts = _unpacked(raw)
    one, other = dice.sample(sorted(parts), 2)
    step = dice.randrange(5)
    if step == 0:
        del parts[one]
    elif step == 1:
        parts[one] = b""
    elif step == 2:
        parts[one], parts[other] = parts[other], parts[one]
    elif step == 3:
        parts[dice.choice([one.upper(), one + "/", "../" + one, "\\" + one])] = parts.pop(one)
    else:
        parts[one.swapcase()] = parts[other]
    return w.packed(parts)


def _other_xml(raw: bytes, dice: random.Random) -> bytes:
    """Tags, attributes, numbers and values changed inside one part; the archive stays whole."""
    parts = _unpacked(raw)
    sheets = [name for name in parts if "sheet1" in name or "workbook.xml" in name]
    name = dice.choice(sorted(parts) + sheets * 3)
    text = parts[name].decode("utf-8", "replace")
    for _ in range(dice.choice([1, 1, 1, 2, 5, 20])):
        text = dice.choice(_EDITS)(text, dice)
    return w.packed({**parts, name: text.encode("utf-8", "replace")})


def _spot(pattern: re.Pattern[str], text: str, dice: random.Random) -> tuple[int, int]:
    found = list(pattern.finditer(text))
    return dice.choice(found).span() if found else (0, 0)


def _without_tag(text: str, dice: random.Random) -> str:
    a, b = _spot(_TAG, text, dice)
    return text[:a] + text[b:]


def _tag_elsewhere(text: str, dice: random.Random) -> str:
    a, b = _spot(_TAG, text, dice)
    at, _ = _spot(_TAG, text, dice)
    return text[:at] + text[a:b] + text[at:]


def _stretch_twice(text: str, dice: random.Random) -> str:
    a, b = sorted(_spot(_TAG, text, dice)[0] for _ in range(2))
    return text[:b] + text[a : min(b, a + 20_000)] * dice.choice([1, 3]) + text[b:]


def _other_number(text: str, dice: random.Random) -> str:
    a, b = _spot(_NUMBER, text, dice)
    number = int(text[a:b][:15] or "0") + dice.choice([-1, 1, 10, 1_000])
    return text[:a] + str(number) + text[b:]


def _other_value(text: str, dice: random.Random) -> str:
    a, b = _spot(_VALUE, text, dice)
    return text[: a + 1] + dice.choice(ODD_VALUES) + text[max(b - 1, a + 1) :]


def _other_word(text: str, dice: random.Random) -> str:
    a, b = _spot(_WORD, text, dice)
    c, d = _spot(_WORD, text, dice)
    return text[:a] + text[c:d] + text[b:]


_EDITS = [_without_tag, _tag_elsewhere, _stretch_twice, _other_number, _other_value, _other_word]
_MUTATIONS = [_flipped, _cut, _other_entries, _other_xml, _other_xml, _other_xml]


def mutant(number: int) -> bytes:
    """The workbook with this number: the same on every machine."""
    dice = random.Random(number)
    return dice.choice(_MUTATIONS)(SEEDS[dice.choice(sorted(SEEDS))], dice)


def check_row(row: Row) -> None:
    assert row.line in range(1, 1_048_577)
    assert 1 <= len(row.cells) <= 201
    assert row.cells[-1] is not None
    for cell in row.cells:
        if isinstance(cell, Number):
            assert re.fullmatch(r"-?[0-9]+(\.[0-9]*[1-9])?", cell)
        elif isinstance(cell, Flaw):
            assert cell.code.startswith("cell.")
        elif isinstance(cell, str):
            assert cell.encode()  # no half characters


def survive(number: int) -> tuple[str, float]:
    """Read a mutant. Returns what came of it, and how many seconds it took."""
    raw, started = mutant(number), time.monotonic()
    outcome = "read"
    try:
        for row in read_xlsx(io.BytesIO(raw), limits=UPLOAD):
            check_row(row)
        hidden_sheets(io.BytesIO(raw))
    except Invalid as refusal:
        (issue,) = refusal.issues
        assert issue.detail
        assert issue.code.startswith("workbook.")
        outcome = issue.code
    except Exception as fault:
        fault.add_note(f"mutant {number}")
        raise
    took = time.monotonic() - started
    assert took < LONGEST, f"mutant {number} took {took:.1f} s"
    return outcome, took


def test_the_workbooks_that_are_mutated_can_be_read():
    for raw in SEEDS.values():
        assert len(list(read_xlsx(io.BytesIO(raw)))) >= 4


def test_three_hundred_mutants_are_read_or_refused():
    outcomes = {survive(number)[0] for number in range(300)}
    assert len(outcomes) > 5  # not all of them fell at the first hurdle


@pytest.mark.endurance
def test_ten_thousand_mutants_are_read_or_refused():
    found = [(*survive(number), number) for number in range(10_000)]
    counts: dict[str, int] = {}
    for outcome, _, _ in found:
        counts[outcome] = counts.get(outcome, 0) + 1
    slowest = sorted(found, key=lambda item: item[1])[-5:]
    print(counts, "slowest:", [(f"{took:.2f} s", number) for _, took, number in slowest])  # noqa: T201
    assert counts["read"] > 1_000
    assert len(counts) > 10
