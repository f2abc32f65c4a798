"""Numbers and names of payment lists: levelled in spelling, never in substance."""

import pytest

from fulfilment_monitor.domain.payment_lines import (
    Decision,
    is_telling,
    name_key,
    name_spellings,
    number_key,
    numbers_in,
    possible_numbers,
    read_decision,
    spell_decision,
    spellings,
)


@pytest.mark.parametrize(
    "written",
    [
        "HT-2025-01",
        "ＨＴ－２０２５－０１",
        "ht—2025—01",
        "HT - 2025 - 01 ",
        "HT——2025–01",
        "HT−2025‐01",
    ],
)
def test_a_number_is_the_same_however_it_is_spelt(written: str) -> None:
    assert number_key(written) == "HT-2025-01"


@pytest.mark.parametrize(
    "other", ["HT-202501", "HT-2025-1", "HT-2025-011", "HT2025-01", "H-2025-01"]
)
def test_another_number_is_another_number(other: str) -> None:
    assert number_key(other) != "HT-2025-01"


@pytest.mark.parametrize(
    "registered", ["蚌采〔2025〕12号", "蚌采（2025）12号", "蚌采[2025]12号", "蚌采【2025】12号"]
)
def test_the_usual_spellings_are_looked_up_as_the_register_has_them(registered: str) -> None:
    assert registered in spellings("蚌采(2025)12号")
    assert registered in spellings("蚌采〔2025〕12 号")


def test_names_are_compared_whole() -> None:
    assert name_key("示例（安徽）有限公司") == name_key("示例(安徽) 有限公司")
    assert name_key("示例有限公司") != name_key("示例有限公司蚌埠分公司")
    assert "示例（安徽）有限公司" in name_spellings("示例(安徽)有限公司")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("支付HT-2025-01合同款", {"HT-2025-01"}),
        ("支付ＨＴ－２０２５－０１第二期", {"HT-2025-01"}),
        ("HT-2025-01-2尾款", {"HT-2025-01-2"}),
        ("HT-2025-011", set()),
        ("XHT-2025-01", set()),
        ("A/HT-2025-01", set()),
        ("付蚌采〔2025〕12号货款", {"蚌采〔2025〕12号"}),
        ("付皖蚌采（2025）12号货款", {"皖蚌采〔2025〕12号"}),
        ("HT-2025-01、蚌采(2025)12号", {"HT-2025-01", "蚌采〔2025〕12号"}),
        ("货款", set()),
    ],
)
def test_a_number_in_a_text_is_found_whole_or_not_at_all(text: str, found: set[str]) -> None:
    numbers = ["HT-2025-01", "HT-2025-01-2", "蚌采〔2025〕12号", "皖蚌采〔2025〕12号", "2025"]
    assert numbers_in(text, numbers) == found
    assert {number_key(n) for n in found} <= possible_numbers(text)


@pytest.mark.parametrize(
    ("number", "telling"),
    [
        ("HT-1", True),
        ("H-1", False),
        ("2025", False),
        ("20250910", False),
        ("202509100001", True),
        ("采购合同", False),
    ],
)
def test_only_a_number_that_can_be_nothing_else_is_looked_for_in_texts(
    number: str, telling: bool
) -> None:
    assert is_telling(number) is telling


@pytest.mark.parametrize(
    "decision", [Decision("HT-1"), Decision("HT-1", "payment-2"), Decision("A|B", "x")]
)
def test_a_decision_is_read_as_it_is_written(decision: Decision) -> None:
    assert read_decision(spell_decision(decision)) == decision


def test_a_decision_may_be_a_candidate_as_it_is_shown() -> None:
    shown = "蚌采（2025）12号|p1（应付日 2025-09-10，尚欠 1000.00 元）"
    assert read_decision(shown) == Decision("蚌采（2025）12号", "p1")
    assert read_decision(" ｜ ") is None
