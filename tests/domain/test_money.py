"""Money: exact fen inside, strings of yuan outside, one way to round."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.money import (
    parse_yuan,
    round_half_up,
    show_yuan,
    show_yuan_or_none,
    spell_yuan,
)
from tests.domain.builders import calm


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("0", 0),
        ("0.01", 1),
        ("1", 100),
        ("1.5", 150),
        ("1200000.00", 120_000_000),
        ("-0.05", -5),
        ("007", 700),
        ("999999999999999.99", 99_999_999_999_999_999),
    ],
)
def test_yuan_are_read_to_the_fen(text, fen):
    assert parse_yuan(text) == fen


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "1.005", "1.", ".5", "+1", "1,000.00", "1e3", "--1", "1.2.3", "0x1", "NaN", "1 ",
        "1\n", "１２", "١", "1_000", "∞", "壹", "1000000000000000",
    ],
)  # fmt: skip
def test_what_is_not_a_decimal_string_of_yuan_is_refused_and_never_rounded(text):
    with pytest.raises(ValueError, match="at most two decimals"):
        parse_yuan(text)


@calm
@given(st.integers(-(10**17) + 1, 10**17 - 1))
def test_what_is_shown_reads_back_the_same(fen):
    shown = show_yuan(fen)
    assert parse_yuan(shown) == fen
    assert shown[-3] == "."
    assert spell_yuan(fen).replace(",", "") == shown


def test_nothing_is_shown_as_nothing_and_zero_as_zero():
    assert show_yuan_or_none(None) is None
    assert show_yuan_or_none(0) == "0.00"


def test_thousands_are_separated_for_people():
    assert spell_yuan(-123_456_789) == "-1,234,567.89"


@pytest.mark.parametrize(
    ("value", "fen"),
    [
        (Fraction(1, 2), 1),
        (Fraction(3, 2), 2),  # not to the even neighbour
        (Fraction(5, 2), 3),
        (Fraction(49999, 100000), 0),
        (Fraction(-1, 2), 0),  # up is towards more
        (Fraction(-3, 2), -1),
        (Fraction(7), 7),
    ],
)
def test_half_a_fen_rounds_up(value, fen):
    assert round_half_up(value) == fen


@calm
@given(st.fractions(max_denominator=10**12))
def test_rounding_goes_to_the_nearest_fen(value):
    assert abs(round_half_up(value) - value) <= Fraction(1, 2)
