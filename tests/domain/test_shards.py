"""Cutting a sweep by region."""

from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.shards import cut

REGION = st.from_regex(r"[1-3][1-3]0[12]0[1-3]", fullmatch=True)
DUE = st.dictionaries(REGION, st.integers(1, 500), max_size=40)


@given(due=DUE, worth=st.integers(1, 200), parts=st.integers(1, 16))
def test_every_region_lies_in_one_shard(due: dict[str, int], worth: int, parts: int) -> None:
    found = cut(due, worth=worth, parts=parts)
    assert found == [] or 1 < len(found) <= parts or len(due) == 1
    for region in due if found else ():
        assert sum(region.startswith(begin) for begins in found for begin in begins) == 1


@given(due=DUE, parts=st.integers(2, 16))
def test_the_largest_shard_comes_first_and_none_is_much_too_large(
    due: dict[str, int], parts: int
) -> None:
    found = cut(due, worth=1, parts=parts)
    sizes = [
        sum(n for region, n in due.items() if region.startswith(tuple(begins))) for begins in found
    ]
    assert sizes == sorted(sizes, reverse=True)
    if found:
        fair = sum(due.values()) / min(parts, sum(due.values()))
        assert max(sizes) <= 2 * fair + max(due.values())


def test_a_large_province_is_cut_and_small_ones_are_put_together() -> None:
    due = {"330102": 240, "330106": 240, "330702": 400, "340102": 90, "350102": 3}
    assert cut(due, worth=10, parts=2) == [["3307", "34"], ["3301", "35"]]
    assert cut(due, worth=10, parts=3) == [["330702"], ["330102", "34"], ["330106", "35"]]


def test_what_is_hardly_worth_one_batch_is_not_cut() -> None:
    assert cut({"330102": 1_000, "340102": 2_900}, worth=2_000, parts=16) == []
