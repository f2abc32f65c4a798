"""The audit entry: one form of every body, and a hash that any change would move."""

import hashlib
import json
import unicodedata
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.audit import GENESIS, Act, Order, canonical, entry_hash
from tests.domain.builders import calm, day

ACT = Act(
    datetime(2026, 11, 20, 1, 0, tzinfo=UTC), "clerk", "contract.register", "contract", "01H", {}
)

text = st.text(st.characters(exclude_categories=["Cs"]))
bodies = st.dictionaries(
    text,
    st.recursive(
        st.none() | st.booleans() | st.integers() | text,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
        max_leaves=10,
    ),
    max_size=4,
)


def in_nfc(value):
    match value:
        case dict():
            return {in_nfc(k): in_nfc(v) for k, v in value.items()}
        case list():
            return [in_nfc(v) for v in value]
        case str():
            return unicodedata.normalize("NFC", value)
    return value


def test_a_body_has_sorted_keys_no_spaces_and_its_chinese_as_it_is():
    body = {"b": [1, True, None], "a": {"z": "款", "y": ""}}
    assert canonical(body) == '{"a":{"y":"","z":"款"},"b":[1,true,null]}'.encode()


def test_days_instants_and_codes_are_written_as_text():
    class Colour(StrEnum):
        RED = "red"

    body = {"on": day("2025-06-01"), "at": datetime(2025, 6, 1, 8, tzinfo=UTC), "is": Colour.RED}
    assert canonical(body) == b'{"at":"2025-06-01T08:00:00+00:00","is":"red","on":"2025-06-01"}'


def test_two_spellings_of_one_character_are_one():
    composed, decomposed = "\u00e9", "e\u0301"
    assert canonical({decomposed: decomposed}) == canonical({composed: composed})


@pytest.mark.parametrize("body", [{"a": 1.0}, {"a": [0.1]}, {"a": {"b": float("nan")}}])
@pytest.mark.proves("I-21")
def test_floats_are_refused(body):
    with pytest.raises(TypeError, match="no floats"):
        canonical(body)


def test_what_has_no_plain_form_is_refused():
    with pytest.raises(TypeError):
        canonical({"a": object()})


@pytest.mark.proves("I-21")
@calm
@given(bodies)
def test_the_one_form_reads_back_and_forms_the_same_again(body):
    written = canonical(body)
    assert json.loads(written) == in_nfc(body)
    assert canonical(json.loads(written)) == written


@calm
@given(bodies)
def test_the_order_in_which_a_body_was_put_together_does_not_matter(body):
    assert canonical(dict(reversed(body.items()))) == canonical(body)


def test_a_set_has_one_form_too():
    # The order of a set of texts differs from process to process.
    names = [f"name-{n:02d}" for n in range(40)]
    assert json.loads(canonical({"names": frozenset(names)})) == {"names": names}


def hash_of(**changes):
    parts = {"prev": GENESIS, "chain": "main", "seq": 1, "act": ACT, "body": b"{}", **changes}
    return entry_hash(**parts)


def test_an_entry_has_the_hash_worked_out_by_hand():
    # sha256 over b"fulfilment-audit/1", then each field after its length in eight bytes
    fields = [
        bytes(32), b"main", b"1", b"2026-11-20T01:00:00.000000+00:00", b"clerk",
        b"contract.register", b"contract", b"01H", b"{}",
    ]  # fmt: skip
    plain = b"fulfilment-audit/1" + b"".join(len(f).to_bytes(8, "big") + f for f in fields)
    assert hash_of() == hashlib.sha256(plain).digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"prev": b"\1" + bytes(31)},
        {"chain": "other"},
        {"seq": 2},
        {"body": b"{} "},
        {"act": ACT._replace(at=ACT.at.replace(microsecond=1))},
        {"act": ACT._replace(actor="clerk2")},
        {"act": ACT._replace(action="contract.amend")},
        {"act": ACT._replace(object_type="case")},
        {"act": ACT._replace(object_id="01J")},
        # the same characters, divided between two fields in another way
        {"act": ACT._replace(actor="clerkc", action="ontract.register")},
        {"act": ACT._replace(object_id="01H{", body={}), "body": b"}"},
    ],
)
def test_a_change_anywhere_moves_the_hash(changes):
    assert hash_of(**changes) != hash_of()


def test_the_first_entry_follows_nothing():
    assert bytes(32) == GENESIS


def out_of_order(*minutes: int) -> list[int]:
    """The numbers of the entries made at these minutes that are out of order."""
    order = Order()
    found = [order.see(n, ACT.at + timedelta(minutes=m)) for n, m in enumerate(minutes, 1)]
    return [n for n in [*found, order.end()] if n is not None]


@pytest.mark.parametrize(
    ("minutes", "odd"),
    [
        ((0, 50, 10, 70), []),  # acts that overlapped
        ((0, 1, 900, 2, 3, 4), [3]),  # one while a clock was ahead
        ((0, 1, -900, 2, 3, 4), [3]),  # one while it was behind
        ((0, 1, 900, 2), [4]),  # nothing follows that would tell
        ((900, 1), [2]),
        ((900, 1, 2, 3), [1]),
        ((0, 900, 901, 902, 1, 2, 3), [4]),  # the clock was ahead for a while
        ((0, 900, 1, 2, 800, 3, 4, 5), [2, 5]),
        ((300, 250, 200, 150), [1]),  # in small steps
    ],
)
def test_entries_out_of_the_order_of_time(minutes: tuple[int, ...], odd: list[int]) -> None:
    assert out_of_order(*minutes) == odd


@given(st.lists(st.integers(0, 500), max_size=12))
def test_whatever_runs_backwards_by_more_than_an_act_is_reported(minutes: list[int]) -> None:
    backwards = any(b < a - 60 for i, a in enumerate(minutes) for b in minutes[i:])
    assert bool(out_of_order(*minutes)) == backwards
