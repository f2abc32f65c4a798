"""Argon2id as it runs in earnest: never weaker than the floor, four at once, nobody's hash."""

from threading import Event, Thread
from typing import Any

import pytest
from argon2 import PasswordHasher

from fulfilment_monitor.gateways import passwords
from fulfilment_monitor.gateways.passwords import FLOOR, USUAL, Argon2, Parameters

PASSWORD = "竹影扫阶尘不动月穿潭底水无痕"


def test_a_hash_says_how_it_was_made_and_fits_its_password_alone() -> None:
    hasher = Argon2(FLOOR)
    made = hasher.hash(PASSWORD)
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert hasher.matches(PASSWORD, made)
    assert not hasher.matches(PASSWORD + " ", made)
    assert not hasher.is_outdated(made)
    assert Argon2().is_outdated(made)
    assert Parameters(65536, 3, 4) == USUAL


def test_composed_and_decomposed_characters_are_one_password() -> None:
    hasher = Argon2(FLOOR)
    assert hasher.matches("e\u0301tude sur la nuit", hasher.hash("\u00e9tude sur la nuit"))


@pytest.mark.parametrize("hashed", [None, "demo", "", "$argon2id$broken"])
def test_what_is_no_hash_matches_nothing_and_still_takes_a_hash(
    hashed: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher, asked = Argon2(FLOOR), []
    verify = PasswordHasher.verify

    def watched(own: PasswordHasher, whose: str, password: str) -> Any:
        asked.append(whose)
        return verify(own, whose, password)

    monkeypatch.setattr(PasswordHasher, "verify", watched)
    assert not hasher.matches("nobody has this password", hashed)
    assert len(asked) == 1


@pytest.mark.parametrize("weak", [Parameters(8, 3, 4), Parameters(65536, 1, 4)])
def test_weaker_parameters_cannot_be_asked_for(weak: Parameters) -> None:
    with pytest.raises(ValueError, match="weaker"):
        Argon2(weak)


def test_a_fifth_hash_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    hasher, go, begun = Argon2(FLOOR), Event(), []

    def slow(own: PasswordHasher, password: str) -> str:
        begun.append(password)
        go.wait(5)
        return "made"

    monkeypatch.setattr(PasswordHasher, "hash", slow)
    threads = [Thread(target=hasher.hash, args=(str(i),)) for i in range(5)]
    for thread in threads:
        thread.start()
    patience = Event()
    while len(begun) < 4:
        patience.wait(0.01)
    assert not passwords._AT_ONCE.acquire(blocking=False)
    assert len(begun) == 4
    go.set()
    for thread in threads:
        thread.join()
    assert len(begun) == 5
