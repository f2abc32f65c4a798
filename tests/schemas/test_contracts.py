"""The contract document on the wire: what is read, and where and how the rest is refused."""

from copy import deepcopy
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfilment_monitor.domain.contracts import Clause, Field, Kind, Subject
from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.domain.facts import Answer, Source
from fulfilment_monitor.domain.parties import Side
from fulfilment_monitor.domain.statute import Unit
from fulfilment_monitor.schemas.contracts import read_contract, read_fact
from tests.domain.builders import FIRM, INSTITUTION, ORGAN, calm, day, days

OBLIGATION = {"key": "pay", "kind": "payment", "title": "付款", "obligor": "government"}
DOCUMENT = {
    "contract_no": "HT-1",
    "title": "测试合同",
    "field": "procurement",
    "subject": "goods",
    "signed_on": "2025-07-01",
    "amount": "100.00",
    "region": "340321",
    "government": {"name": "测试县某局", "uscc": ORGAN, "kind": "organ"},
    "enterprise": {
        "name": "测试企业", "uscc": FIRM, "ownership": "private", "size": "small",
    },
    "late_interest": {"annual_rate": "0.0365"},
    "clauses": {"pay_when_paid": True},
    "obligations": [
        {"key": "deliver", "kind": "delivery", "title": "交付", "obligor": "enterprise",
         "due_on": "2025-09-25"},
        {**OBLIGATION, "amount": "100.00", "after": "deliver",
         "within": {"length": 30, "unit": "day"}},
    ],
    "facts": [
        {"kind": "paid", "on": "2025-10-20", "by": "treasury", "obligation": "pay",
         "amount": "40.00"},
    ],
}  # fmt: skip
LEAVE_OUT = object()


def changed(pointer, value):
    """The document with one place set to another value, or left out."""
    document = deepcopy(DOCUMENT)
    *path, last = [int(s) if s.isdigit() else s for s in pointer.strip("/").split("/")]
    place = document
    for step in path:
        place = place[step]
    if value is LEAVE_OUT:
        del place[last]
    else:
        place[last] = value
    return document


def issues(document, read=read_contract):
    with pytest.raises(Invalid) as refused:
        read(document)
    assert all(i.level == "error" and i.detail for i in refused.value.issues)
    return [(i.pointer, i.code) for i in refused.value.issues]


def issues_if_any(document):
    """What is wrong with a document that may be right; a refusal without a reason would show."""
    try:
        read_contract(document)
    except Invalid as refused:
        return refused.issues or [None]
    return []


def with_obligations(*obligations, **changes):
    return {**DOCUMENT, "obligations": list(obligations), "facts": [], **changes}


# --- what is read --------------------------------------------------------------------------------


def test_a_document_is_read_into_values():
    said = read_contract(DOCUMENT)
    contract = said.contract
    assert (contract.field, contract.subject) == (Field.PROCUREMENT, Subject.GOODS)
    assert (contract.signed_on, contract.amount_fen) == (day("2025-07-01"), 100_00)
    assert (contract.annual_rate, contract.currency) == (Decimal("0.0365"), "CNY")
    assert contract.clauses == {Clause.PAY_WHEN_PAID}
    delivery, payment = contract.obligations
    assert (delivery.kind, delivery.obligor, delivery.due_on) == (
        Kind.DELIVERY, Side.ENTERPRISE, day("2025-09-25"),
    )  # fmt: skip
    assert (payment.after, payment.within, payment.amount_fen) == ("deliver", days(30), 100_00)
    (fact,) = said.facts
    assert (fact.by, fact.amount_fen, fact.answer) == (Source.TREASURY, 40_00, None)


def test_a_document_with_the_least_there_must_be_is_enough():
    least = {k: v for k, v in DOCUMENT.items() if k not in ("amount", "late_interest", "clauses")}
    said = read_contract({**least, "obligations": [OBLIGATION], "facts": []})
    assert said.contract.obligations[0].due_on is None
    assert (said.contract.annual_rate, said.contract.clauses) == (None, frozenset())


def test_a_confirmed_statement_is_one_the_other_side_has_answered():
    for confirmed, answer in ((True, Answer.CONFIRMED), (False, None)):
        said = read_contract(changed("/facts/0/confirmed", confirmed))
        assert said.facts[0].answer is answer


def test_identical_facts_in_one_document_are_distinct():
    said = read_contract({**DOCUMENT, "facts": DOCUMENT["facts"] * 2})
    assert len(said.facts) == 2


def test_a_fact_can_be_read_by_itself():
    assert read_fact(DOCUMENT["facts"][0]) == read_contract(DOCUMENT).facts[0]
    bad = {**DOCUMENT["facts"][0], "amount": 1}
    assert issues(bad, read_fact) == [("/amount", "invalid-field")]


def test_text_is_trimmed_and_two_spellings_of_one_character_are_one():
    document = changed("/title", "  cafe\u0301 \u3000")
    assert read_contract(document).contract.title == "caf\u00e9"


def test_a_clause_that_is_false_is_not_agreed():
    assert read_contract(changed("/clauses", {"arbitration": False})).contract.clauses == set()


def test_the_obligor_may_be_the_code_of_a_further_government_party():
    second = {"name": "测试县某中心", "uscc": INSTITUTION, "kind": "institution"}
    document = with_obligations({**OBLIGATION, "obligor": INSTITUTION}, co_governments=[second])
    (owed,) = read_contract(document).contract.obligations
    assert (owed.obligor, owed.obligor_code) == (Side.GOVERNMENT, INSTITUTION)


def test_a_party_of_a_foreign_register_is_named_by_its_identifier():
    body = {"name": "Council", "identifier": {"scheme": "GB-COH", "id": "7"}, "kind": "organ"}
    said = read_contract({**DOCUMENT, "government": body, "currency": "GBP"})
    assert (said.contract.government.code, said.contract.currency) == ("GB-COH:7", "GBP")


@pytest.mark.parametrize(
    "field",
    ["procurement", "bidding", "investment_attraction", "ppp", "industry_support",
     "government_investment"],
)  # fmt: skip
def test_a_contract_has_one_of_the_six_fields(field):
    assert read_contract(changed("/field", field)).contract.field == field


def test_a_contract_has_exactly_one_field():
    for wrong in (["ppp", "bidding"], "talent", "PPP", "", None, 1):
        assert [place for place, _ in issues(changed("/field", wrong))] == ["/field"]
    assert issues(changed("/field", LEAVE_OUT)) == [("/field", "missing-field")]


# --- what is refused, field by field -------------------------------------------------------------


@pytest.mark.parametrize(
    "pointer",
    [
        "/colour", "/government/colour", "/enterprise/colour", "/late_interest/colour",
        "/clauses/colour", "/obligations/0/colour", "/obligations/1/within/colour",
        "/facts/0/colour", "/facts/0/recorded_at", "/obligations/0/state",
    ],
)  # fmt: skip
def test_an_unknown_field_is_refused_wherever_it_stands(pointer):
    assert issues(changed(pointer, "red")) == [(pointer, "unknown-field")]


def test_a_field_with_a_slash_in_its_name_is_pointed_at_as_json_pointer_has_it():
    assert issues({**DOCUMENT, "a/b~c": 1}) == [("/a~1b~0c", "unknown-field")]


@pytest.mark.parametrize(
    "pointer",
    [
        "/contract_no", "/title", "/field", "/subject", "/signed_on", "/region", "/government",
        "/enterprise", "/obligations", "/government/name", "/government/uscc", "/government/kind",
        "/enterprise/ownership", "/enterprise/size", "/enterprise/uscc",
        "/late_interest/annual_rate", "/obligations/0/key", "/obligations/0/kind",
        "/obligations/0/title", "/obligations/0/obligor", "/obligations/1/within/length",
        "/obligations/1/within/unit", "/facts/0/kind", "/facts/0/on", "/facts/0/by",
    ],
)  # fmt: skip
def test_a_missing_field_is_refused_in_its_place(pointer):
    assert issues(changed(pointer, LEAVE_OUT)) == [(pointer, "missing-field")]


@pytest.mark.parametrize(
    "pointer", ["/title", "/amount", "/clauses", "/obligations/1/after", "/facts/0/amount"]
)
def test_null_is_not_the_same_as_left_out(pointer):
    assert issues(changed(pointer, None)) == [(pointer, "null-field")]


@pytest.mark.parametrize("pointer", ["/amount", "/obligations/1/amount", "/facts/0/amount"])
@pytest.mark.parametrize(
    "amount",
    [
        100, 100.0, "0", "0.00", "-1.00", "1.005", "1e3", "1,000.00", "１.00", "", " 1.00", "￥1",
        "NaN", True, ["1.00"], "1000000000000000.00",
    ],
)  # fmt: skip
def test_an_amount_is_a_decimal_string_of_yuan_above_zero(pointer, amount):
    assert issues(changed(pointer, amount)) == [(pointer, "invalid-field")]


@pytest.mark.parametrize("pointer", ["/signed_on", "/obligations/0/due_on", "/facts/0/on"])
@pytest.mark.parametrize(
    "on",
    [
        "2025-02-29", "2025-13-01", "2025-1-1", "20250101", "2025/01/01", "2025-01-01T00:00:00Z",
        "2025-W01-1", "２０２５-０１-０１", "1999-12-31", "2100-01-01", "", "tomorrow", 20250101,
        0, True, ["2025-01-01"], " 2025-01-01", "2025-01-01\n",
    ],
)  # fmt: skip
def test_a_day_is_a_day_of_the_calendar_from_2000_to_2099(pointer, on):
    assert issues(changed(pointer, on)) == [(pointer, "invalid-field")]


@pytest.mark.parametrize("on", ["2000-01-01", "2024-02-29", "2099-12-31"])
def test_the_first_and_the_last_day_that_can_be_counted_are_taken(on):
    assert read_contract(changed("/signed_on", on)).contract.signed_on == date.fromisoformat(on)


@pytest.mark.parametrize("rate", ["0", "0.0365", "0.00000001", "1", "1.0000"])
def test_a_yearly_rate_is_a_fraction_in_a_string(rate):
    read = read_contract(changed("/late_interest/annual_rate", rate)).contract.annual_rate
    assert read == Decimal(rate)


@pytest.mark.parametrize(
    "rate",
    [0.0365, 0, "3.65%", "3.65", "-0.01", "1.01", "0.000000001", ".05", "0.", "1e-2", "０.05", ""],
)
def test_a_rate_in_percent_or_as_a_number_is_refused(rate):
    assert issues(changed("/late_interest/annual_rate", rate)) == [
        ("/late_interest/annual_rate", "invalid-field")
    ]


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/subject", "good"),
        ("/government/kind", "party"),
        ("/enterprise/ownership", "Private"),
        ("/enterprise/size", "sme"),
        ("/obligations/0/kind", "Delivery"),
        ("/facts/0/kind", "confirmed"),
        ("/facts/0/by", "bank "),
        ("/facts/0/by", {"bank": 1}),
        ("/obligations/1/within/unit", "week"),
    ],
)
def test_a_code_is_one_of_its_list_to_the_letter(pointer, value):
    assert issues(changed(pointer, value)) == [(pointer, "invalid-field")]


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/title", ""),
        ("/title", " \u3000\t"),
        ("/title", "合" * 201),
        ("/title", 7),
        ("/title", "一行\n两行"),
        ("/title", "nul\u0000"),
        ("/title", "half a pair \ud800"),
        ("/title", "private \ue000"),
        ("/contract_no", ["HT-1"]),
        ("/region", "3403210"),
        ("/currency", "EURO"),
        ("/facts/0/note", "注" * 501),
    ],
)
def test_text_is_text_of_a_length_without_control_characters(pointer, value):
    assert issues(changed(pointer, value)) == [(pointer, "invalid-field")]


@pytest.mark.parametrize(
    "pointer", ["/clauses/arbitration", "/facts/0/confirmed", "/obligations/1/retention"]
)
@pytest.mark.parametrize("value", ["true", 1, 0, "yes", "", []])
def test_only_true_is_true(pointer, value):
    assert issues(changed(pointer, value)) == [(pointer, "invalid-field")]


@pytest.mark.parametrize(
    ("length", "unit"),
    [
        (-1, "day"), (18_263, "day"), (12_501, "working_day"), (601, "month"), (51, "year"),
        ("30", "day"), (30.0, "day"), (True, "day"), (10**30, "day"),
    ],
)  # fmt: skip
def test_a_period_is_a_whole_number_of_at_most_fifty_years(length, unit):
    document = changed("/obligations/1/within", {"length": length, "unit": unit})
    assert issues(document) == [("/obligations/1/within/length", "invalid-field")]


@pytest.mark.parametrize(
    ("length", "unit"), [(0, "day"), (18_262, "day"), (12_500, "working_day"), (50, "year")]
)
def test_a_period_of_none_and_one_of_fifty_years_are_taken(length, unit):
    document = changed("/obligations/1/within", {"length": length, "unit": unit})
    within = read_contract(document).contract.obligations[1].within
    assert (within.length, within.unit) == (length, Unit(unit))


@pytest.mark.parametrize("document", [None, 5, "contract", [], [DOCUMENT], True])
def test_what_is_no_object_is_no_contract(document):
    assert issues(document) == [("", "invalid-field")]


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("/government", ORGAN),
        ("/enterprise", []),
        ("/late_interest", "0.0365"),
        ("/clauses", ["arbitration"]),
        ("/obligations", {"pay": OBLIGATION}),
        ("/obligations/0", "deliver"),
        ("/obligations/1/within", "30 days"),
        ("/facts", "none"),
        ("/facts/0", 1),
        ("/co_governments", {"name": "x"}),
    ],
)
def test_a_value_of_another_shape_is_refused_in_its_place(pointer, value):
    assert issues(changed(pointer, value)) == [(pointer, "invalid-field")]


def test_a_contract_has_at_least_one_obligation_and_not_countless_ones():
    assert issues(with_obligations()) == [("/obligations", "invalid-field")]
    many = [{**OBLIGATION, "key": str(n)} for n in range(2_001)]
    assert issues(with_obligations(*many)) == [("/obligations", "invalid-field")]
    assert len(read_contract(with_obligations(*many[:-1])).contract.obligations) == 2_000


def test_everything_wrong_is_told_at_once():
    document = changed("/amount", 1)
    document["obligations"][0]["due_on"] = "soon"
    document["facts"][0]["colour"] = "red"
    assert sorted(issues(document)) == [
        ("/amount", "invalid-field"),
        ("/facts/0/colour", "unknown-field"),
        ("/obligations/0/due_on", "invalid-field"),
    ]


# --- what is refused as a whole ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uscc", "code"),
    [
        ("11340321003000014E", "uscc.check-character"),
        ("1134032100300001", "uscc.length"),
        ("11340321003000014d", "uscc.alphabet"),
        ("GB-COH:7", "uscc.length"),  # an identifier has a field of its own
        ("11340321003:00014D", "uscc.alphabet"),
    ],
)
def test_a_uscc_that_fails_a_check_is_refused(uscc, code):
    assert issues(changed("/government/uscc", uscc)) == [("/government/uscc", code)]


def test_a_party_has_a_code_or_an_identifier_and_not_both():
    both = {**DOCUMENT["enterprise"], "identifier": {"scheme": "GB-COH", "id": "7"}}
    assert issues({**DOCUMENT, "enterprise": both}) == [("/enterprise/uscc", "missing-field")]
    neither = {"name": "某局", "kind": "organ"}
    assert issues({**DOCUMENT, "co_governments": [neither]}) == [
        ("/co_governments/0/uscc", "missing-field")
    ]


@pytest.mark.parametrize(
    ("obligations", "issue"),
    [
        ([OBLIGATION, OBLIGATION], ("/obligations/0/key", "obligation.key-taken")),
        ([{**OBLIGATION, "key": "signing"}], ("/obligations/0/key", "obligation.key-taken")),
        (
            [{**OBLIGATION, "due_on": "2025-09-25", "after": "signing"}],
            ("/obligations/0/due_on", "obligation.two-dates"),
        ),
        (
            [{**OBLIGATION, "within": {"length": 1, "unit": "day"}}],
            ("/obligations/0/within", "obligation.within-without-after"),
        ),
        (
            [{**OBLIGATION, "after": "nowhere"}],
            ("/obligations/0/after", "obligation.after-unknown"),
        ),
        ([{**OBLIGATION, "after": "pay"}], ("/obligations", "obligation.circle")),
        (
            [{**OBLIGATION, "after": "b"}, {**OBLIGATION, "key": "b", "after": "pay"}],
            ("/obligations", "obligation.circle"),
        ),
        (
            [{**OBLIGATION, "obligor": INSTITUTION}],
            ("/obligations/0/obligor", "obligation.obligor-unknown"),
        ),
        (
            [{**OBLIGATION, "obligor": "Government"}],
            ("/obligations/0/obligor", "obligation.obligor-unknown"),
        ),
        (
            [{**OBLIGATION, "repeat": {"every": {"length": 1, "unit": "month"}, "times": 2}}],
            ("/obligations/0/repeat", "obligation.repeat-without-date"),
        ),
    ],
)
def test_obligations_that_cannot_be_reckoned_are_refused(obligations, issue):
    assert issue in issues(with_obligations(*obligations))


@pytest.mark.parametrize(
    ("fact", "issue"),
    [
        ({"kind": "waived"}, ("/facts/0/obligation", "fact.obligation-missing")),
        (
            {"kind": "performed", "obligation": "nowhere"},
            ("/facts/0/obligation", "fact.obligation-unknown"),
        ),
        ({"kind": "paid", "obligation": "pay"}, ("/facts/0/amount", "fact.amount-missing")),
    ],
)
def test_facts_that_say_too_little_are_refused(fact, issue):
    told = {"on": "2025-10-20", "by": "enterprise", **fact}
    assert issues({**DOCUMENT, "facts": [told]}) == [issue]


def test_a_waiver_of_a_part_is_refused_and_never_taken_for_a_waiver_of_all():
    # An amount belongs to `paid` and `disputed`; of 100 yuan the enterprise forgoes 10.
    told = {"kind": "waived", "on": "2025-10-20", "by": "enterprise", "obligation": "pay"}
    assert [place for place, _ in issues({**DOCUMENT, "facts": [{**told, "amount": "10.00"}]})] == [
        "/facts/0/amount"
    ]


def test_a_reference_a_source_uses_twice_is_refused():
    twice = [{**DOCUMENT["facts"][0], "ref": "GK-7"}] * 2
    assert issues({**DOCUMENT, "facts": twice}) == [("/facts/1/ref", "fact.ref-taken")]


# --- repetition ----------------------------------------------------------------------------------


def repeated(first, length, unit, times):
    repeat = {"every": {"length": length, "unit": unit}, "times": times}
    return {**OBLIGATION, "amount": "1.00", "due_on": first, "repeat": repeat}


def dates(document):
    return [o.due_on.isoformat() for o in read_contract(document).contract.obligations]


def test_a_repeated_obligation_is_counted_from_its_origin_and_does_not_drift():
    # Not 01-31, 02-28, 03-28: each counts from the first.
    assert dates(with_obligations(repeated("2026-01-31", 1, "month", 5))) == [
        "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31",
    ]  # fmt: skip
    assert dates(with_obligations(repeated("2024-02-29", 1, "year", 5))) == [
        "2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29",
    ]  # fmt: skip
    assert dates(with_obligations(repeated("2025-12-30", 30, "day", 3))) == [
        "2025-12-30", "2026-01-29", "2026-02-28",
    ]  # fmt: skip


def test_each_repetition_has_its_own_key_and_title_and_all_the_rest():
    first, second = read_contract(
        with_obligations(repeated("2026-01-31", 1, "month", 2))
    ).contract.obligations
    assert [(o.key, o.title) for o in (first, second)] == [
        ("pay-1", "付款（第1期）"), ("pay-2", "付款（第2期）"),
    ]  # fmt: skip
    assert [(o.amount_fen, o.after, o.within) for o in (first, second)] == [(1_00, None, None)] * 2


def test_a_fact_and_an_obligation_may_name_one_repetition():
    document = with_obligations(
        repeated("2026-01-31", 1, "month", 2),
        {**OBLIGATION, "key": "bonus", "after": "pay-2"},
        facts=[{**DOCUMENT["facts"][0], "obligation": "pay-2"}],
    )
    assert read_contract(document).facts[0].obligation == "pay-2"
    document["facts"][0]["obligation"] = "pay"
    assert issues(document) == [("/facts/0/obligation", "fact.obligation-unknown")]


def test_a_repetition_in_working_days_is_refused_and_not_counted_in_calendar_days():
    document = with_obligations(repeated("2025-09-25", 10, "working_day", 3))
    assert issues(document) == [("/obligations/0/repeat/every/unit", "invalid-field")]


@pytest.mark.parametrize(
    ("first", "length", "unit", "times"),
    [("2099-12-01", 1, "month", 2), ("2026-01-01", 50, "year", 600), ("2050-01-01", 1, "year", 51)],
)
def test_a_repetition_beyond_2099_is_refused(first, length, unit, times):
    document = with_obligations(repeated(first, length, unit, times))
    assert issues(document) == [("/obligations/0/repeat", "obligation.repeat-too-far")]


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("times", 0), ("times", 601), ("times", "3"), ("every/length", -1), ("every/unit", "week")],
)
def test_a_repetition_of_no_times_or_countless_ones_is_refused(pointer, value):
    row = deepcopy(repeated("2026-01-31", 1, "month", 2))
    *path, last = pointer.split("/")
    place = row["repeat"]
    for step in path:
        place = place[step]
    place[last] = value
    assert issues(with_obligations(row)) == [(f"/obligations/0/repeat/{pointer}", "invalid-field")]


def test_what_stands_after_a_repetition_is_pointed_at_where_it_stands_in_the_document():
    document = with_obligations(
        repeated("2026-01-31", 1, "month", 3), {**OBLIGATION, "key": "b", "after": "nowhere"}
    )
    assert issues(document) == [("/obligations/1/after", "obligation.after-unknown")]


def test_repetitions_count_towards_the_most_obligations_a_contract_may_have():
    rows = [{**repeated("2026-01-31", 1, "day", 600), "key": str(n)} for n in range(4)]
    assert issues(with_obligations(*rows)) == [("/obligations", "invalid-field")]


# --- nothing gets by ------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
places = st.sampled_from(
    [
        "/contract_no", "/field", "/signed_on", "/amount", "/region", "/government",
        "/government/uscc", "/enterprise/size", "/late_interest/annual_rate", "/clauses",
        "/obligations", "/obligations/0", "/obligations/1/after", "/obligations/1/within",
        "/obligations/0/due_on", "/facts", "/facts/0", "/facts/0/by", "/facts/0/obligation",
        "/currency", "/co_governments", "/title/", "/obligations/0/repeat",
    ]
).map(lambda place: place.rstrip("/"))  # fmt: skip


@calm
@given(places, json_values)
def test_any_value_anywhere_is_read_or_refused_with_its_place_and_never_crashes(place, value):
    found = issues_if_any(changed(place, value))
    assert all(i.pointer == "" or i.pointer.startswith("/") for i in found)
    assert all(i.code and i.detail for i in found)


@calm
@given(json_values)
def test_any_document_is_read_or_refused_and_never_crashes(value):
    assert issues(value)
