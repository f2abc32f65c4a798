"""Files of documents: any length, one at a time, and every fault told with its place."""

import io
import json
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.schemas.json_stream import read_documents
from tests.domain.builders import calm


class Tap(io.RawIOBase):
    """A file that comes out of a generator, never whole and in pieces of its own choosing."""

    def __init__(self, pieces, most=None):
        self._pieces, self._rest, self._most = iter(pieces), b"", most
        self.given = 0

    def readable(self):
        return True

    def read(self, size=-1):
        while not self._rest:
            self._rest = next(self._pieces, None)
            if self._rest is None:
                self._rest = b""
                return b""
        size = len(self._rest) if size < 0 else size
        piece = self._rest[: min(size, self._most or size)]
        self._rest = self._rest[len(piece) :]
        self.given += len(piece)
        return piece


def read(text, most=None):
    raw = text if isinstance(text, bytes) else text.encode()
    return list(read_documents(Tap([raw], most)))


def documents(text, most=None):
    found = read(text, most)
    assert [r.issue for r in found] == [None] * len(found)
    return [(r.line, r.pointer, r.document) for r in found]


def fault(text):
    """(how many documents came before, pointer, code) of a file that breaks off."""
    *before, last = read(text)
    assert last.issue is not None
    assert last.document is None
    assert last.issue.pointer == last.pointer
    return len(before), last.pointer, last.issue.code


# --- what is read --------------------------------------------------------------------------------


def test_a_file_may_hold_one_document():
    assert documents('{"a": "款"}') == [(1, "", {"a": "款"})]


def test_a_file_may_hold_a_list_with_pointers_from_its_root():
    assert documents('[{"a": 1},\n {"b": 2}]') == [(1, "/0", {"a": 1}), (2, "/1", {"b": 2})]


def test_a_list_may_be_empty():
    assert documents(" [ ] \n") == []


def test_each_document_knows_the_line_it_begins_on():
    text = '\n\n[\n{\n"a":\n1},\n\n\n{"b": "x\\ny"}\n,{"c": 3}]\n'
    assert [(line, pointer) for line, pointer, _ in documents(text)] == [
        (4, "/0"), (9, "/1"), (10, "/2"),
    ]  # fmt: skip


def test_a_byte_order_mark_is_no_part_of_the_text():
    assert documents(b"\xef\xbb\xbf" + b'[{"a": 1}]') == [(1, "/0", {"a": 1})]


@pytest.mark.parametrize("value", ["5", '"text"', "true", "null", "[1]"])
def test_what_is_no_object_is_read_and_left_to_the_schema(value):
    assert [found for _, _, found in documents(f"[{value}]")] == [json.loads(value)]


@pytest.mark.parametrize("most", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("between", ["", " " * 50 + "\n"])
def test_a_file_that_comes_in_small_pieces_reads_the_same(most, between):
    parts = [
        "\ufeff[", '{"款"', ":", '"甲\\u4e59\\ud83d\\ude00\\n"', ",", '"n"', ":", "[", "true", ",",
        "-1234567890123456789012", ",", "-0.000000000000000000012e-17", ",", "null", "]", "}", ",",
        "{}", ",", "6789", "]",
    ]  # fmt: skip
    text = between.join(parts) + between
    whole = documents(text)
    assert [found for _, _, found in whole] == json.loads(text.strip("\ufeff"))
    assert documents(text, most) == whole


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


@calm
@given(
    st.lists(st.dictionaries(st.text(max_size=4), json_values, max_size=3), max_size=4),
    st.integers(1, 9),
    st.booleans(),
)
def test_whatever_is_written_is_read_back_however_it_is_cut(written, most, escaped):
    text = json.dumps(written, ensure_ascii=escaped, indent=1 if escaped else None)
    assert [found for _, _, found in documents(text, most)] == written


# --- long files ----------------------------------------------------------------------------------


def a_long_list(count, padding):
    """The bytes of a list of objects, made as they are asked for."""
    yield b"["
    for n in range(count):
        yield (b"," if n else b"") + b'{"n":%d,"padding":"%s"}\n' % (n, b"x" * padding)
    yield b"]"


def test_documents_come_before_the_end_of_the_file_was_read():
    tap = Tap(a_long_list(20_000, 1_000))  # 20 MB
    for n, found in enumerate(read_documents(tap)):
        assert found.document["n"] == n
        # no more is ever taken in than a few chunks beyond what was handed out
        assert tap.given <= (n + 1) * 1_030 + (1 << 18)
    assert n == 19_999


def test_a_long_file_takes_no_more_memory_than_a_short_one():
    def peak(count):
        tracemalloc.start()
        for _ in read_documents(Tap(a_long_list(count, 1_000))):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(5_000) < 2 * peak(500) < 4 << 20


def test_a_document_of_several_megabytes_is_read():
    text = json.dumps({"a": "款" * 2_000_000}, ensure_ascii=False)
    assert len(documents(text)[0][2]["a"]) == 2_000_000


def test_a_document_without_an_end_is_given_up_and_not_read_for_ever():
    def endless():
        yield b'[{"a": "'
        while True:
            yield b"x" * (1 << 16)

    tap = Tap(endless())
    (found,) = read_documents(tap)
    assert found.issue.code == "json.too-long"
    assert tap.given < 32 << 20


# --- what is wrong inside one document -----------------------------------------------------------


def flaws(text):
    return [(r.pointer, r.issue and r.issue.code) for r in read(text)]


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ('{"a": NaN}', "json.not-a-number"),
        ('{"a": Infinity}', "json.not-a-number"),
        ('{"a": [-Infinity]}', "json.not-a-number"),
        ('{"a": %s}' % ("9" * 31), "json.number"),
        ('{"a": -%s}' % ("9" * 5_000), "json.number"),
        ('{"a": 1, "a": 1}', "json.key-twice"),
        ('{"o": {"a": 1, "b": 2, "a": 3}}', "json.key-twice"),
        ('{"a": 1, "\\u0061": 2}', "json.key-twice"),
    ],
)
def test_a_document_with_a_flaw_inside_is_named_and_the_next_is_read_all_the_same(document, code):
    assert flaws(f'[{{"ok": 1}}, {document}, {{"ok": 2}}]') == [
        ("/0", None), ("/1", code), ("/2", None),
    ]  # fmt: skip
    assert flaws(document) == [("", code)]


def test_a_number_of_thirty_digits_is_read():
    assert documents('{"a": %s}' % ("9" * 30))[0][2] == {"a": 10**30 - 1}


def test_the_key_that_stands_twice_is_named():
    assert "'amount'" in read('{"amount": "1.00", "x": 1, "amount": "2.00"}')[0].issue.detail


def test_an_object_of_very_many_keys_is_looked_through_once():
    # The longest document that is taken has room for some 700,000 keys: looking through all of
    # them once for each would take about an hour.
    keys = ",".join(f'"k{n}":1' for n in range(10_000))
    assert flaws(f'{{{keys},"k9999":2}}') == [("", "json.key-twice")]


# --- what ends the reading -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (0, "", "json.empty")),
        (" \n\t", (0, "", "json.empty")),
        (b"\xef\xbb\xbf", (0, "", "json.empty")),
        ("{", (0, "", "json.syntax")),
        ('{"a": 1', (0, "", "json.syntax")),
        ('{"a": "款', (0, "", "json.syntax")),
        ("{'a': 1}", (0, "", "json.syntax")),
        ("\ufeff\ufeff{}", (0, "", "json.syntax")),
        ("contract,no", (0, "", "json.syntax")),
        ("[", (0, "/0", "json.syntax")),
        ("[{}", (1, "/0", "json.syntax")),
        ("[{},", (1, "/1", "json.syntax")),
        ("[{},]", (1, "/1", "json.syntax")),
        ("[{} {}]", (1, "/0", "json.syntax")),
        ("[{}, {", (1, "/1", "json.syntax")),
        ('[{}, {"a": tru', (1, "/1", "json.syntax")),
        ("[{}] x", (1, "/0", "json.syntax")),
        ("[{}][{}]", (1, "/0", "json.syntax")),
        ("{} {}", (1, "", "json.syntax")),
        ("{}\n\n]", (1, "", "json.syntax")),
        ("[] {}", (0, "", "json.syntax")),
        ("[{}, 1.]", (2, "/1", "json.syntax")),  # a 1, and then no comma
        ("[{}, 01]", (2, "/1", "json.syntax")),
        ('{"a": "tab\there"}', (0, "", "json.syntax")),
        ('{"a": "\\x"}', (0, "", "json.syntax")),
    ],
)
def test_a_broken_file_ends_with_the_place_where_it_breaks(text, expected):
    assert fault(text) == expected


@pytest.mark.parametrize(
    "raw",
    [
        '{"标题": "合同"}'.encode("gb18030"),
        '[{"title": "合同"}]'.encode("utf-16"),
        b'{"a": "\xff"}',
        b'{"a": "\xe6\xac"}',  # a character cut in the middle
        b'{"a": "\xed\xa0\x80"}',  # half a pair
        b'{"a": "\xc0\xaf"}',  # an overlong slash
        b'{"a": "\xe6\xac',
    ],
)
def test_bytes_that_are_not_utf_8_are_refused_with_advice(raw):
    (found,) = read(raw)
    assert found.issue.code == "json.encoding"
    assert "save it as UTF-8" in found.issue.detail


def test_the_documents_before_a_wrong_byte_are_read():
    long = b'[{"n": 1}, ' + b" " * 70_000 + b'{"n": "\xff"}]'
    assert fault(long) == (1, "/1", "json.encoding")


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"a":' * 100_000, "[" * 10**5 + "]" * 10**5])
def test_deep_nesting_is_refused_and_does_not_crash(deep):
    assert fault(f"[{{}}, {deep}") == (1, "/1", "json.too-deep")


def test_the_detail_of_a_fault_of_syntax_names_the_line():
    (found,) = read('{\n"a": 1,\n"b" 2}')
    assert found.issue.detail.startswith("line 3: ")
    *_, last = read('[{},\n{},\n{"a"\n:}]')
    assert last.issue.detail.startswith("line 4: ")


def test_an_early_fault_of_syntax_in_a_long_file_is_told_as_what_it_is():
    text = '[{"a" 1},' + '\n{"b": 1},' * 1_000_000 + "{}]"  # 10 MB
    (found,) = read(text)
    assert (found.issue.code, found.line) == ("json.syntax", 1)
