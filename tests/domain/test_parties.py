"""Codes of organisations by GB 32100-2015, and whom which rule protects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc

from fulfilment_monitor.domain.parties import FAULT_DETAIL, CodeFault, uscc_fault
from tests.domain.builders import FIRM, INSTITUTION, ORGAN, an_enterprise, calm
from tests.model.chains import ALPHABET, with_checks

digits = st.text("0123456789", min_size=8, max_size=8)
#: Codes of the right form, whose both check characters were computed elsewhere.
codes = st.builds(with_checks, digits, st.text(ALPHABET, min_size=8, max_size=8))


@pytest.mark.parametrize(
    "code",
    [
        "914403001922038216",
        "9144030071526726XG",
        "91330100799655058B",
        "91110108551385082Q",
        "91110000802100433B",
        ORGAN,
        INSTITUTION,
        FIRM,
        "1134032100300009X3",  # the inner check character is X
        "113403210030000303",  # the inner check character is 0
        "1134032100300033XX",  # both are X
    ],
)
def test_a_code_whose_both_check_characters_agree_is_accepted(code):
    assert uscc_fault(code) is None
    assert uscc.is_valid(code)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("91110302563629847K", CodeFault.CHECK_CHARACTER),  # the inner one is wrong as well
        ("11340321003000014E", CodeFault.CHECK_CHARACTER),
        ("11340321003000014", CodeFault.LENGTH),
        ("11340321003000014DD", CodeFault.LENGTH),
        ("", CodeFault.LENGTH),
        ("11340321003000014d", CodeFault.ALPHABET),
        ("1134032100300O014D", CodeFault.ALPHABET),  # the letter O for the digit 0
        ("113403210030000I4D", CodeFault.ALPHABET),
        ("11340321 03000014D", CodeFault.ALPHABET),
        ("１1340321003000014D", CodeFault.ALPHABET),  # a full-width digit
    ],
)
def test_the_first_check_that_fails_is_named(code, fault):
    assert uscc_fault(code) is fault
    assert FAULT_DETAIL[fault]


def test_an_inner_check_that_fails_alone_is_told_apart():
    body = FIRM[:16] + ("1" if FIRM[16] != "1" else "2")
    assert uscc_fault(body + uscc.calc_check_digit(body)) is CodeFault.INNER_CHECK_CHARACTER


@calm
@given(codes)
def test_a_code_completed_elsewhere_is_accepted(code):
    assert uscc_fault(code) is None
    assert uscc.is_valid(code)


@calm
@given(digits, st.text(ALPHABET, min_size=10, max_size=10))
def test_the_check_character_is_judged_as_by_an_independent_library(head, rest):
    ours = uscc_fault(head + rest) in (None, CodeFault.INNER_CHECK_CHARACTER)
    assert ours == uscc.is_valid(head + rest)


@calm
@given(codes, st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_mistyped_character_never_passes(code, place, typed):
    mistyped = code[:place] + typed + code[place + 1 :]
    assert (uscc_fault(mistyped) is None) == (mistyped == code)


@calm
@given(codes, st.integers(0, 15))
def test_two_characters_changed_about_never_pass(code, place):
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert (uscc_fault(swapped) is None) == (swapped == code)


@pytest.mark.parametrize(
    ("size", "ownership", "scopes"),
    [
        # 1103号 by ownership; the payment decree by size; 民营经济促进法 by ownership
        ("large", "private", (True, False, True)),
        ("small", "state", (False, True, False)),
        ("small", "private", (True, True, True)),
        ("micro", "other", (False, True, False)),
        ("medium", "foreign", (False, True, False)),
        ("large", "foreign", (False, False, False)),
        ("unknown", "unknown", (False, False, False)),
    ],
)
def test_each_rule_protects_by_its_own_mark(size, ownership, scopes):
    firm = an_enterprise(size, ownership)
    assert (firm.is_private, firm.is_sme, firm.is_private_economy) == scopes
