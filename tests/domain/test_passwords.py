"""What a password has to be, in either rule book."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.passwords import Profile, faults, is_due, plain


def codes(password: str, profile: Profile = Profile.ASVS, *context: str) -> list[str]:
    return [i.code.removeprefix("password.") for i in faults(password, profile, context)]


@pytest.mark.parametrize(
    "password",
    ["password1234", "P@ssw0rd2025!", "qwertyuiop123", "Admin@123456", "iloveyou5201314",
     "aaaaaaaaaaaaaaaa", "abcabcabcabcabc", "123456789012", "Woaini1314520!", "1qaz2wsx3edc4rfv",
     "13800138000@Zh", "11340321003000014D", "zhongguo2026!!", "passwordpassword",
     "abcdefghijklmn"],
)  # fmt: skip
def test_what_lists_begin_with_is_refused_whatever_stands_around_it(password: str) -> None:
    assert codes(password) == ["guessable"]


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "竹影扫阶尘不动月穿潭底水无痕",
        "v9#Kq2!xWm7$Lz",
        "mjumdnwzprkv",
    ],
)
def test_a_phrase_or_chance_is_accepted_without_rules_of_composition(password: str) -> None:
    assert codes(password) == []


def test_what_others_know_of_the_owner_does_not_count() -> None:
    assert codes("liuyifei-rain77") == []
    assert codes("liuyifei-rain77", Profile.ASVS, "liuyifei") == ["guessable"]
    assert codes("示例县财政局Ab9#xyz", Profile.ASVS, "示例县财政局") == ["guessable"]


def test_length_is_counted_in_characters_once_they_are_composed() -> None:
    assert codes("竹影扫阶尘不动月穿潭底") == ["length"]
    assert codes("x" * 129) == ["length"]
    assert codes("".join(chr(0x4E00 + i) for i in range(128))) == []
    assert plain("e\u0301tudes") == "\u00e9tudes"
    assert codes("e\u0301" * 11) == ["length"]


def test_the_graded_profile_asks_for_three_classes_and_a_change() -> None:
    assert codes("correct horse battery staple", Profile.DJBH3) == ["classes"]
    assert codes("Correct horse battery staple", Profile.DJBH3) == []
    set_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert not is_due(Profile.DJBH3, set_at, set_at + timedelta(days=90))
    assert is_due(Profile.DJBH3, set_at, set_at + timedelta(days=90, seconds=1))
    assert not is_due(Profile.ASVS, set_at, set_at + timedelta(days=9_000))


@given(st.text(max_size=200), st.lists(st.text(max_size=30), max_size=3))
def test_every_text_gets_an_answer(password: str, context: list[str]) -> None:
    found = faults(password, Profile.ASVS, context)
    assert found or 12 <= len(plain(password)) <= 128
