"""Who answers, who stands above, and who is too near, in families of bodies."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.kinship import Kinship
from tests.domain.builders import calm

ON, BEFORE, AFTER = date(2025, 6, 1), date(2025, 1, 1), date(2026, 1, 1)
#: A state of three floors: 1 above 2 and 3, 2 above 4, 4 above 5, 3 above 6.
STATE = {2: 1, 3: 1, 4: 2, 5: 4, 6: 3}


def family(*successions: tuple[int, int] | tuple[int, int, date], **more: int) -> Kinship:
    rows = [(s[0], s[1], s[2] if len(s) == 3 else BEFORE) for s in successions]
    superiors = STATE | {int(k.removeprefix("b")): v for k, v in more.items()}
    return Kinship(superiors, sorted(rows, key=lambda r: r[2]), ON)


def test_superiors_come_the_nearest_first() -> None:
    assert family().above(5) == [4, 2, 1]
    assert family().above(1) == []


def test_a_superior_that_was_merged_is_the_one_it_became_and_those_above_it_follow() -> None:
    assert family((4, 6)).above(5) == [6, 3, 2, 1]


def test_a_coming_merger_changes_no_superior_but_makes_kin() -> None:
    coming = family((4, 6, AFTER))
    assert coming.above(5) == [4, 2, 1]
    assert coming.answering(4) == 4
    assert coming.kin(4) == {4, 6}
    assert coming.near(6, 4)


def test_a_body_nobody_has_placed_stands_where_its_predecessor_stood() -> None:
    renamed = family((4, 9))
    assert renamed.above(9) == [2, 1]
    assert renamed.near(9, 2)
    assert renamed.above(5) == [9, 2, 1]


def test_a_root_that_takes_in_a_body_below_it_stays_on_top() -> None:
    assert family((5, 1)).above(1) == []
    assert not family((5, 1)).near(1, 4)
    assert family((4, 1)).above(5) == [1, 2]


def test_a_superior_merged_into_the_body_below_it_leaves_those_above() -> None:
    assert family((2, 4)).above(4) == [1]


def test_kin_reaches_both_ways_and_over_several_mergers() -> None:
    merged = family((4, 9), (6, 9), (9, 10))
    assert merged.kin(4) == {4, 6, 9, 10} == merged.kin(10)
    assert merged.answering(6) == 10
    assert merged.near(6, 4)


def test_of_two_successions_the_later_holds() -> None:
    twice = family((4, 9), (4, 6, date(2025, 3, 1)))
    assert twice.answering(4) == 6


def test_below_the_respondent_is_near_and_above_or_beside_is_not() -> None:
    state = family()
    assert [b for b in range(1, 7) if state.near(b, 2)] == [2, 4, 5]


def test_circles_end() -> None:
    round_and_round = Kinship({1: 2, 2: 3, 3: 1}, [(1, 4, BEFORE), (4, 1, BEFORE)], ON)
    assert set(round_and_round.above(2)) == {3, 1} or set(round_and_round.above(2)) == {3, 4}
    assert round_and_round.kin(1) == {1, 4}


_TREES = st.dictionaries(st.integers(1, 12), st.integers(0, 11), max_size=12).map(
    lambda links: {body: upper for body, upper in links.items() if upper < body}
)
_PAIRS = st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda p: p[0] != p[1])


@given(_TREES, st.lists(_PAIRS, max_size=4))
@calm
def test_near_is_kin_or_below_kin_and_what_answers_for_a_near_body_is_near(
    links: dict[int, int], pairs: list[tuple[int, int]]
) -> None:
    state = Kinship(links, [(a, b, BEFORE) for a, b in pairs], ON)
    for respondent in range(13):
        kin = state.kin(respondent)
        for body in range(13):
            assert state.near(body, body)
            if body in kin:
                assert state.near(body, respondent)
            upper = links.get(body)
            if upper is not None and (upper in kin or state.answering(upper) in kin):
                assert state.near(body, respondent)
        assert respondent not in state.above(respondent)
