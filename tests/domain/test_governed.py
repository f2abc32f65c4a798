"""Digests of rows: any change moves them, the column is told, and packing loses nothing."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.governed import GOVERNED, differing, pack, row_digests, unpack

COLUMNS = ("a", "b", "c")
values = st.none() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.dates() | st.booleans()


def digest(*row: Any, alg: str = "sha256") -> bytes:
    return row_digests([[v] for v in row], alg)[0]


def test_a_digest_is_as_long_as_its_columns_ask() -> None:
    assert len(digest("x", 1, None)) == 16 + 3 * 2
    assert digest("x", 1, alg="sm3") != digest("x", 1)


@given(st.lists(values, min_size=3, max_size=3), st.integers(0, 2), values)
def test_the_column_that_changed_is_named(row: list[Any], place: int, other: Any) -> None:
    changed = [*row]
    changed[place] = other
    named = differing(COLUMNS, digest(*row), digest(*changed))
    if digest(row[place]) == digest(other):
        assert named == []
    else:  # two bytes tell most values apart, and the whole digest tells all
        assert named in ([COLUMNS[place]], ["?"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c", ""), ("a", "bc", "")),
        ((None, "", 1), ("", None, 1)),
        ((None,), ("",)),
        ((0,), (None,)),
        ((datetime(2025, 1, 1, tzinfo=UTC),), (datetime(2025, 1, 1, 0, 0, 1, tzinfo=UTC),)),
        ((b"\x00",), (b"\x00\x00",)),
        (("\udc41",), ("A",)),
        ((ValueError("x"),), ("x",)),
    ],
)
def test_no_two_rows_share_a_digest(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    assert digest(*one)[:16] != digest(*other)[:16]


def test_many_rows_at_once_are_digested_as_one_by_one() -> None:
    rows = [("x", n % 3, None if n % 2 else date(2025, 1, n)) for n in range(1, 20)]
    together = row_digests(list(zip(*rows, strict=True)), "sha256")
    assert together == [digest(*row) for row in rows]


def test_what_is_packed_is_unpacked() -> None:
    facts = {n: b"%d" % n + bytes(15 + 2 * len(GOVERNED["fact"])) for n in (1, 2)}
    pair = {"3|4": bytes(16 + 2 * len(GOVERNED["settlement"]))}
    packed = pack({"settlement": pair, "fact": facts, "lead": {}})
    found = {table: {k.key: k.digest for k in kept} for table, kept in unpack(packed)}
    assert found == {"fact": facts, "settlement": pair}
    with pytest.raises(ValueError, match="missing"):
        list(unpack(packed[:-1]))
