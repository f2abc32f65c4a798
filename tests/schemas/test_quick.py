"""Documents read without marshmallow: only what it would accept, and with its values."""

import json
import random
import sys
import unicodedata
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError, fields, validate

from fulfilment_monitor.schemas.contracts import ContractIn, FactIn, PeriodIn
from fulfilment_monitor.schemas.fields import Day, Strict, Text, _is_plain
from fulfilment_monitor.schemas.quick import DOUBTS, loader, reader_of
from tests.model.chains import random_document
from tests.schemas.test_contracts import DOCUMENT

CONTRACT, FACT = ContractIn(), FactIn()
QUICK = reader_of(CONTRACT)

#: What may stand anywhere: right values of some field or other, and what is wrong everywhere.
VALUES = st.one_of(
    st.sampled_from(
        ["", " ", " 付款", "付款 ", "a\tb", "e\u0301", "\u00e9", "\u200b", "\u3000x", "x" * 41,
         "x" * 501, "1", "100.00", "0.00", "100", "-1.00", "1e3", "2025-02-28", "2025-02-30",
         "1999-12-31", "2100-01-01", "２025-01-01", "payment", "Payment", "day", "working_day",
         "month", "year", "0.0365", "1.1", "true", "government", "organ", "goods"]
    ),
    st.sampled_from([None, True, False, 0, 1, 50, 51, 600, 601, 18_262, 18_263, -1, 1.0, 10**20]),
    st.text(max_size=6),
    st.sampled_from([[], {}, [None], [{}], {"a": 1}, (), ("x",)]),
    st.builds(
        lambda length, unit: {"length": length, "unit": unit},
        st.sampled_from([0, 1, 50, 51, 600, 601, 12_500, 12_501, 18_263]),
        st.sampled_from(["day", "working_day", "month", "year", "week"]),
    ),
)  # fmt: skip
NAMES = [*CONTRACT.load_fields, "key", "kind", "due_on", "after", "within", "length", "uscc", "x"]


def places(shape: Any) -> list[tuple[Any, Any]]:
    """Every place of a document, as what holds it and its key there."""
    keys = list(shape) if isinstance(shape, dict) else range(len(shape))
    found = [(shape, key) for key in keys]
    for key in keys:
        found += places(shape[key]) if isinstance(shape[key], dict | list) else []
    return found


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """Good documents, most of them spoilt in a place or two."""
    seed = draw(st.integers(0, 10_000))
    document = draw(st.sampled_from([DOCUMENT, random_document(random.Random(seed))]))
    document = deepcopy(document)
    for _ in range(draw(st.sampled_from([0, 1, 1, 1, 2]))):
        holder, key = draw(st.sampled_from(places(document)))
        match draw(st.sampled_from(["change", "change", "leave out", "add"])):
            case "change":
                holder[key] = draw(VALUES)
            case "leave out":
                del holder[key]
            case "add" if isinstance(holder, dict):
                holder[draw(st.sampled_from(NAMES))] = draw(VALUES)
    return document


def outcome(load: Any, document: Any) -> tuple[str, Any]:
    try:
        return "loaded", load(document)
    except ValidationError as fault:
        return "refused", fault.normalized_messages()


def spelt(shape: Any) -> str:
    """Values with their types: 1 is not True, and a code is not its text."""
    if isinstance(shape, dict):
        return "{" + ",".join(f"{k}:{spelt(shape[k])}" for k in sorted(shape)) + "}"
    if isinstance(shape, list):
        return "[" + ",".join(map(spelt, shape)) + "]"
    return f"{type(shape).__name__} {shape!r}"


@given(documents())
def test_both_ways_come_to_the_same(document):
    expected = outcome(CONTRACT.load, document)
    found = outcome(loader(CONTRACT), document)
    assert found[0] == expected[0]
    assert spelt(found[1]) == spelt(expected[1])


@given(documents())
def test_what_is_read_quickly_is_what_marshmallow_reads(document):
    before = json.dumps(document)
    try:
        found = QUICK(document)
    except DOUBTS:
        return
    assert spelt(found) == spelt(CONTRACT.load(document))
    assert json.dumps(document) == before


@pytest.mark.parametrize("seed", range(200))
def test_good_documents_never_need_marshmallow(seed):
    document = random_document(random.Random(seed))
    assert spelt(QUICK(document)) == spelt(CONTRACT.load(document))


@pytest.mark.parametrize("document", [None, [], "x", 1, {}, {"contract_no": "HT-1"}])
def test_what_is_no_whole_document_is_left_to_marshmallow(document):
    with pytest.raises(DOUBTS):
        QUICK(document)
    with pytest.raises(ValidationError):
        loader(CONTRACT)(document)


def test_every_fault_of_a_document_is_told_together():
    spoilt = {**DOCUMENT, "signed_on": "2025-02-30", "amount": 100, "colour": "red", "region": None}
    assert outcome(loader(CONTRACT), spoilt) == (
        "refused",
        {
            "signed_on": ["2025-02-30 is not a day of the calendar"],
            "amount": ['an amount is a string of yuan, such as "1200000.00"'],
            "colour": ["there is no such field; check the spelling"],
            "region": ["Field may not be null."],
        },
    )


def test_statements_are_read_the_same_way():
    said = DOCUMENT["facts"][0]
    assert loader(FACT)(said) == FACT.load(said)


@pytest.mark.parametrize(("length", "unit"), [(600, "month"), (50, "year")])
def test_a_rule_on_a_whole_shape_holds_both_ways(length, unit):
    period = PeriodIn()
    assert reader_of(period)({"length": length, "unit": unit}) == period.load(
        {"length": length, "unit": unit}
    )
    for load in (reader_of(period), period.load):
        with pytest.raises(ValidationError, match="at most fifty years"):
            load({"length": length + 1, "unit": unit})


def test_a_list_may_not_be_longer_than_its_validator_allows():
    owed = [{**DOCUMENT["obligations"][0], "key": str(i)} for i in range(2_001)]
    assert len(QUICK({**DOCUMENT, "obligations": owed[:-1]})["obligations"]) == 2_000
    for given_ in ([], owed):
        with pytest.raises(ValidationError, match="from 1 to 2000 obligations"):
            QUICK({**DOCUMENT, "obligations": given_})


def test_text_that_passes_at_a_glance_is_as_it_would_be_trimmed_and_normalised():
    text, quick = Text(3), 0
    for number in range(sys.maxunicode + 1):
        said = f"a{chr(number)}b"
        fits = unicodedata.category(chr(number)) not in {"Cc", "Cs", "Co", "Cn"}
        expected = unicodedata.normalize("NFC", said)
        if not fits or len(expected) > 3:
            assert not (_is_plain(said) and not fits), f"U+{number:04X}"
            continue
        quick += text.take(said) is said
        if text.take(said) != expected:
            pytest.fail(f"U+{number:04X}")
    assert quick > 100_000


@pytest.mark.parametrize("said", [" ab", "ab ", " ab ", "\u3000ab", "ab\n"])
def test_text_is_trimmed_at_either_end(said):
    assert Text(3).take(said) == "ab"


def test_text_is_refused_when_it_is_too_long_or_nothing():
    assert Text(3).take("abc") == "abc"
    for said in ("abcd", "", " "):
        with pytest.raises(ValidationError):
            Text(3).take(said)


@pytest.mark.parametrize("said", ["\u0000", "\ud800", "\ue000", "\u0378", "\u0085", "\u007f"])
def test_text_with_control_characters_is_refused(said):
    with pytest.raises(ValidationError):
        Text(3).take(f"a{said}b")


@pytest.mark.parametrize(
    "field",
    [
        fields.String(),
        Day(load_default=None),
        Day(allow_none=True),
        Day(data_key="on"),
        fields.Nested(type("Deep", (Strict,), {"on": fields.Date()})),
    ],
)
def test_a_field_that_would_be_read_otherwise_is_refused_when_the_program_starts(field):
    with pytest.raises(TypeError):
        loader(type("Shape", (Strict,), {"day": field})())


def test_validators_of_a_field_are_asked():
    shape = type("Shape", (Strict,), {"name": Text(9, validate=validate.OneOf(["a", "b"]))})()
    assert reader_of(shape)({"name": "a"}) == {"name": "a"}
    with pytest.raises(ValidationError):
        reader_of(shape)({"name": "c"})
