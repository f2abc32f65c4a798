"""Words for searching: whatever piece of Chinese stands in a text, its words find it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.search import Phrase, phrases_of, words_of

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x4E20), min_size=1, max_size=12)


def found(query: str, text: str) -> bool:
    """A plain reading of what a phrase means."""
    words = words_of(text)
    phrases = phrases_of(query)
    return bool(phrases) and all(stands(p, words) for p in phrases)


def stands(phrase: Phrase, words: list[str]) -> bool:
    n = len(phrase.words)
    for i in range(len(words) - n + 1):
        *before, last = words[i : i + n]
        same = last.startswith(phrase.words[-1]) if phrase.open_end else last == phrase.words[-1]
        if same and tuple(before) == phrase.words[:-1]:
            return True
    return False


@given(HAN, st.data())
def test_any_piece_of_a_chinese_text_finds_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert found(text[start:end], text)


@given(HAN, HAN)
def test_what_does_not_stand_in_a_text_does_not_find_it(query: str, text: str) -> None:
    assert found(query, text) is (query in text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("ＨＴ-2026", "合同 HT-2026-001"),
        ("ht-2026-0", "合同 HT-2026-001"),
        ("2026-001 采购", "HT-2026-001 设备采购"),
        ("采购 设备", "HT-2026-001 设备采购"),
        ("a区道路", "A区道路工程"),
        ("construcao", "Construção da escola"),
        ("Construção", "CONSTRUCAO"),
        ("𠀀𠀁", "在𠀀𠀁处"),
        ("购", "设备采购"),
    ],
)
def test_width_case_accents_and_order_of_words_do_not_matter(query: str, text: str) -> None:
    assert found(query, text)


@pytest.mark.parametrize("query", ["", " ", "—", "《》", "' OR 1=1 --"[0:1], "\x00"])
def test_nothing_but_signs_asks_for_nothing(query: str) -> None:
    assert phrases_of(query) == []


@pytest.mark.parametrize("query", ['"', "a'b", "合同\"*'", "x:* & !y", "\\", "a\x00b"])
def test_words_carry_no_sign_that_a_query_language_could_mistake(query: str) -> None:
    for phrase in phrases_of(query):
        assert all(word.isalnum() for word in phrase.words)
