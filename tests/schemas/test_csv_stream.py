"""CSV files: encodings, separators, quotes, and every fault with its line."""

import csv
import io
import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.schemas.csv_stream import read_csv
from fulfilment_monitor.schemas.reading import Flaw, Row
from fulfilment_monitor.schemas.xlsx_stream import UPLOAD, Limits
from tests.domain.builders import calm


def read(text, **options):
    raw = text if isinstance(text, bytes) else text.encode()
    return list(read_csv(io.BytesIO(raw), **options))


def table(text):
    """(line, cells) of each row, flaws by their codes."""
    return [
        (row.line, *(c.code if isinstance(c, Flaw) else c for c in row.cells)) for row in read(text)
    ]


def fault(text, **options):
    """(rows before, code, pointer) of a file that is refused."""
    raw = text if isinstance(text, bytes) else text.encode()
    rows, reader = [], read_csv(io.BytesIO(raw), **options)
    with pytest.raises(Invalid) as refusal:
        rows.extend(iter(reader))
    (issue,) = refusal.value.issues
    assert issue.level == "error"
    return len(rows), issue.code, issue.pointer


# --- what is read --------------------------------------------------------------------------------


def test_rows_have_no_sheet_and_their_cells_are_text():
    assert read("编号,金额\nGC-1,100.00\n") == [
        Row("", 1, ("编号", "金额")),
        Row("", 2, ("GC-1", "100.00")),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_the_encoding_is_found(encoding):
    assert table("编号,金额\n合同一,５元\n".encode(encoding)) == [
        (1, "编号", "金额"), (2, "合同一", "５元"),
    ]  # fmt: skip


def test_a_mark_at_the_beginning_is_no_text_in_gb18030_either():
    assert table("\ufeff编号,𠮷\n".encode("gb18030")) == [(1, "编号", "𠮷")]


def test_a_byte_that_is_no_utf_8_may_come_very_late():
    ascii_ = "number,name\n" + "GC-1,a\n" * 300_000
    rows = table((ascii_ + "GC-2,合同\n").encode("gb18030"))
    assert rows[-1] == (300_002, "GC-2", "合同")


def test_a_character_may_lie_across_the_border_between_two_pieces():
    for shift in range(4):
        text = "a" * shift + ",b\n" + f"{'款' * 2_000},𠮷\n" * 300
        for encoding in ("utf-8", "gb18030"):
            raw = text.encode(encoding)
            assert len(raw) > 1 << 20
            assert table(raw)[1:] == [(n, "款" * 2_000, "𠮷") for n in range(2, 302)]


@pytest.mark.parametrize(("delimiter", "heading"), [(",", "a,b"), (";", "a;b"), ("\t", "a\tb")])
def test_the_separator_is_told_from_the_headings(delimiter, heading):
    assert table(f"{heading}\n1{delimiter}2\n") == [(1, "a", "b"), (2, "1", "2")]


def test_separators_between_quotation_marks_do_not_count_as_such():
    assert table('"金额,元,税";b\n1;2\n') == [(1, "金额,元,税", "b"), (2, "1", "2")]


def test_one_column_needs_no_separator():
    assert table("编号\nGC-1\n") == [(1, "编号"), (2, "GC-1")]


def test_rows_know_the_line_they_begin_on():
    text = '\n\na,b\n"第一行\n第二行",2\r\n\n,\n3,"x\r\ny"\r4,5'
    assert table(text) == [
        (3, "a", "b"), (4, "第一行\n第二行", "2"), (8, "3", "x\r\ny"), (10, "4", "5"),
    ]  # fmt: skip


def test_empty_cells_are_nothing_and_text_is_not_trimmed():
    assert table('a,b,c,d\n"", x ,,\n') == [(1, "a", "b", "c", "d"), (2, None, " x ")]


def test_quotes_are_doubled_inside_quotes():
    assert table('a\n"他说""好"""\n') == [(1, "a"), (2, '他说"好"')]


@pytest.mark.parametrize(
    "text", ["=1+1", "+86", "-5", "@a", "＝1", "＋1", "－1", "＠a", "\t=1", "\r=1"]
)
def test_the_quote_that_guards_a_formula_is_taken_off(text):
    file = io.StringIO()
    csv.writer(file).writerows([["a", "b"], ["'" + text, text]])
    assert read(file.getvalue())[1].cells == (text, text)


@pytest.mark.parametrize("text", ["'", "''=1", "'abc", "'5", "a'=1"])
def test_other_quotes_are_text(text):
    assert read(f"a\n{text}\n")[1].cells == (text,)


GUARDED = set("=+-@\t\r＝＋－＠")
#: A text that begins as a guarded one does cannot be told from it.
cells_of_text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8).filter(
    lambda text: not (text[:1] == "'" and text[1:2] in GUARDED)
)
tables = st.lists(st.lists(cells_of_text, min_size=1, max_size=5), min_size=1, max_size=6)


def filled(row):
    """A row up to its last filled cell."""
    last = max((n for n, text in enumerate(row, 1) if text), default=0)
    return tuple(text or None for text in row[:last])


@calm
@given(tables, st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]), st.sampled_from(["\n", "\r\n"]))
def test_what_is_written_with_guards_is_read_back_without(rows, encoding, ending):
    file = io.StringIO(newline="")
    out = csv.writer(file, lineterminator=ending, quoting=csv.QUOTE_ALL)
    out.writerow(["a", "b", "c"])
    out.writerows([["'" + t if t[:1] in GUARDED else t for t in row] for row in rows])
    found = [row.cells for row in read(file.getvalue().encode(encoding))]
    assert found == [("a", "b", "c"), *filter(None, map(filled, rows))]


# --- what is wrong in one cell -------------------------------------------------------------------


def test_a_cell_no_spreadsheet_can_hold_is_a_flaw():
    fits, longer = "款" * 32_767, "款" * 32_768
    assert table(f"a,b\n{fits},{longer}\n")[1] == (2, fits, "cell.too-long")


def test_cells_beyond_the_last_column_are_one_flaw_behind_it_unless_they_are_empty():
    far = read("a\n" + "1," * 200 + "2,3\n")[1].cells
    assert (len(far), far[199], far[200].code) == (201, "1", "cell.too-far")
    assert len(read("a\n" + "1," * 200 + ",,,,\n")[1].cells) == 200
    assert len(read("a,b,c\n", limits=Limits(columns=2))[0].cells) == 3


# --- what ends the reading -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (0, "csv.empty", "")),
        (" \n\n\t\n", (0, "csv.empty", "")),
        (b"\xef\xbb\xbf", (0, "csv.empty", "")),
        ("a,b\n1,\0\n", (1, "csv.nul", "/2")),
        ('a\n1\n"2\n3\n', (2, "csv.quotes", "/3")),
        ('a\n"1"2\n', (1, "csv.quotes", "/2")),
        ('a\n"x\ny" z\n', (1, "csv.quotes", "/3")),
        ("a\n" + "x" * 131_073 + "\n", (1, "csv.cell-too-long", "/2")),
        ('a\n1\n"' + "x\n" * 100_000, (2, "csv.cell-too-long", "/3")),
        ("a\n" + "x," * 600_000, (1, "csv.line-too-long", "/2")),
        ('a\n"1' + '\n","' * 1_100_000, (1, "csv.row-too-long", "/2")),
    ],
    ids=itertools.count(),
)  # fmt: skip
def test_a_broken_file_ends_with_the_line_where_it_breaks(text, expected):
    assert fault(text) == expected


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        ("编号,金额\n".encode("utf-16"), ""),
        ("编号,金额\n".encode("utf-16-be"), "/1"),
        ("a,b\n编号,金额\n".encode() + b"\xff\n", "/3"),
        ("a,b\n编号,金额\n编号,金额\n".encode("gb18030") + b"x,\xff\xff\n", "/4"),
        (b"a,b\n1,\xe6", "/2"),
        ("合".encode() * 2**19 + b"\n\n\n\xff", "/4"),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_advice(raw, pointer):
    with pytest.raises(Invalid) as refusal:
        read(raw)
    (issue,) = refusal.value.issues
    assert issue.code in ("csv.encoding", "csv.nul")
    assert issue.pointer == pointer
    assert "CSV UTF-8" in issue.detail


def test_the_advice_for_utf_16_says_so():
    with pytest.raises(Invalid, match="UTF-16"):
        read("编号,金额\n".encode("utf-16"))


# --- limits and long files -----------------------------------------------------------------------


def test_a_file_from_the_web_is_limited():
    assert fault("a\n1\n\n2\n3\n", limits=Limits(rows=3)) == (3, "csv.rows", "/5")
    assert fault("a\n" * 10, limits=Limits(file_bytes=19)) == (0, "csv.too-large", "")
    assert len(read("a\n" * 10, limits=Limits(file_bytes=20, rows=10))) == 10
    assert len(read("a,b\n" * 50_000, limits=UPLOAD)) == 50_000


def test_a_long_file_takes_no_more_memory_than_a_short_one():
    def peak(count):
        file = io.BytesIO(f"合同,{'说明' * 500}\n".encode() * count)
        tracemalloc.start()
        assert sum(1 for _ in read_csv(file)) == count
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(8_000) < 1.5 * peak(1_000) < 12 << 20


def test_the_file_is_left_open_for_whoever_opened_it():
    file = io.BytesIO(b"a,b\n1,2\n")
    assert len(list(read_csv(file))) == 2
    reader = read_csv(file)
    next(reader)
    reader.close()
    file.seek(0)
    assert file.read(1) == b"a"
