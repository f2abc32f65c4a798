"""Cutting a sweep by region."""

from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.shards import cut

REGION = st.from_regex(r"[1-3][1-3]0[12]0[1-3]", fullmatch=True)
DUE = st.dictionaries(REGION, st.integers(1, 500), max_size=40)


@given(due=DUE, worth=st.integers(1, 200), parts=st.integers(1, 16))
def test_no_region_lies_in_two_shards_and_each_shard_is_worth_it(
    due: dict[str, int], worth: int, parts: int
) -> None:
    found = cut(due, worth=worth, parts=parts)
    for region in due:
        assert sum(region.startswith(begin) for begin in found) <= 1
    sums = [sum(n for r, n in due.items() if r.startswith(begin)) for begin in found]
    assert all(n >= worth for n in sums)
    assert sums == sorted(sums, reverse=True)


@given(due=DUE)
def test_with_nothing_too_small_every_region_lies_in_a_shard(due: dict[str, int]) -> None:
    found = cut(due, worth=1, parts=4)
    inside = [r for r in due if any(r.startswith(begin) for begin in found)]
    assert len(inside) == len(due) or found == []  # one small heap is not cut at all


def test_a_large_province_is_cut_and_small_ones_are_not() -> None:
    due = {"330102": 240, "330106": 240, "330702": 400, "340102": 90, "350102": 3}
    assert cut(due, worth=10, parts=2) == ["3301", "3307", "34"]
