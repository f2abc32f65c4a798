"""Words for searching: whatever piece of Chinese stands in a text, its words find it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.search import Phrase, is_storable, phrases_of, words_of

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
        ("50MW", "装机50㎿光伏"),
        ("50mw", "装机50㎿光伏"),
        ("no7", "№7标段"),
        ("tel", "电话℡"),
        ("合同履约", "合同\u200b履约管理"),
        ("合同\u200b履约", "合同履约管理"),
        ("编号", "项目编\u00ad号"),
        ("葛城", "葛\U000e0100城"),
        ("葛\ufe00城", "葛城"),
        ("甲乙", "甲\u20dd乙"),
    ],
)
def test_width_case_accents_and_order_of_words_do_not_matter(query: str, text: str) -> None:
    assert found(query, text)


def test_what_is_folded_stays_as_it_is_when_folded_again() -> None:
    for code in range(0x3200):
        words = words_of(f"a{chr(code)}a")
        assert [w for word in words for w in words_of(word)] == words, hex(code)


def test_of_a_word_beyond_measure_only_the_beginning_counts() -> None:
    [word] = words_of("a" * 3_000)
    [phrase] = phrases_of("a" * 3_000)
    assert phrase.words == (word,)
    assert len(word.encode()) <= len(words_of("𐑄" * 3_000)[0].encode()) < 2_046


def test_a_text_has_no_more_words_than_there_are_places() -> None:
    assert len(words_of("合同" * 20_000)) < 16_383


@pytest.mark.parametrize("query", ["", " ", "—", "《》", "' OR 1=1 --"[0:1], "\x00"])
def test_nothing_but_signs_asks_for_nothing(query: str) -> None:
    assert phrases_of(query) == []


@pytest.mark.parametrize("query", ['"', "a'b", "合同\"*'", "x:* & !y", "\\", "a\x00b"])
def test_words_carry_no_sign_that_a_query_language_could_mistake(query: str) -> None:
    for phrase in phrases_of(query):
        assert all(word.isalnum() for word in phrase.words)


@pytest.mark.parametrize("text", ["\x00", "\ud800", "《\udfff》"])
def test_no_database_holds_a_nul_or_half_a_character(text: str) -> None:
    assert not is_storable(text)
    assert phrases_of(text) == []
