"""A complaint's document: what it says, and each fault where it stands."""

from datetime import date
from typing import Any

import pytest

from fulfilment_monitor.domain.case_codes import Breach, Nature, Origin, Route
from fulfilment_monitor.domain.complaints import (
    Complainant,
    Described,
    Item,
    Message,
    Respondent,
    Suit,
    declared,
    fingerprint,
    matter_of,
    matter_said,
    to_seal,
    words_of,
)
from fulfilment_monitor.domain.errors import Invalid
from fulfilment_monitor.domain.parties import Ownership, Size
from fulfilment_monitor.schemas.complaints import read_complaint

BUREAU, FIRM = "11340321003000014D", "91340321MA2000000L"
LEAST = {
    "channel": "credit-site",
    "respondent": {"name": "示例县财政局"},
    "items": [{"matter": "货款", "breach": "arrears"}],
}
WHOLE = {
    "channel": "hotline-12345",
    "source_no": "T-1",
    "origin": "office-report",
    "received_on": "2025-09-11",
    "respondent": {"uscc": BUREAU, "name": "示例县财政局"},
    "complainant": {
        "name": "示例企业",
        "uscc": FIRM,
        "ownership": "private",
        "size": "small",
        "contact": "0552-0000000",
    },
    "confidential": True,
    "refuses_contact": True,
    "contract_no": "HT-1",
    "contract": {"title": "采购", "signed_on": "2025-07-01", "field": "ppp", "amount": "9.00"},
    "items": [
        {"obligation": "payment", "breach": "arrears", "amount": "1000.00"},
        {"matter": "押金", "breach": "deposit-kept"},
    ],
    "words": "一直没有付",
    "demand": "付款",
    "natures": ["new-officer-old-debts", "new-officer-old-debts"],
    "evidence": ["a" * 64],
    "judicial_status": {"route": "litigation", "organ": "示例县人民法院", "number": "1号"},
    "summary": "货款逾期",
    "classified": False,
}


def with_(**changes: Any) -> dict[str, Any]:
    return {**LEAST, **changes}


def faults(document: object) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        read_complaint(document)
    return {i.pointer: i.code for i in refused.value.issues}


def test_a_document_says_all_there_is_to_say() -> None:
    assert read_complaint(WHOLE) == Message(
        channel="hotline-12345",
        source_no="T-1",
        origin=Origin.OFFICE_REPORT,
        received_on=date(2025, 9, 11),
        respondent=Respondent(BUREAU, "示例县财政局"),
        complainant=Complainant(
            "示例企业", FIRM, Ownership.PRIVATE, Size.SMALL, "0552-0000000", informant=False
        ),
        confidential=True,
        refuses_contact=True,
        contract_no="HT-1",
        described=Described("采购", None, date(2025, 7, 1), None, "ppp", 900),
        items=(
            Item(Breach.ARREARS, "payment", None, 100_000),
            Item(Breach.DEPOSIT_KEPT, None, "押金", None),
        ),
        words="一直没有付",
        demand="付款",
        natures=(Nature.NEW_OFFICER_OLD_DEBTS,),
        evidence=("a" * 64,),
        suit=Suit(Route.LITIGATION, "示例县人民法院", "1号"),
        summary="货款逾期",
    )


def test_hardly_anything_is_needed() -> None:
    message = read_complaint(LEAST)
    assert (message.complainant.informant, message.confidential) == (True, True)
    assert (message.origin, message.contract_no) == (Origin.COMPLAINT, None)
    named = read_complaint(with_(complainant={"name": "示例企业"}))
    assert (named.complainant.informant, named.confidential) == (False, False)
    assert named.complainant.ownership is Ownership.UNKNOWN


@pytest.mark.proves("R-38")
@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"colour": 1}, {"/colour": "unknown-field"}),
        ({"items": []}, {"/items": "invalid-field"}),
        ({"items": [{"breach": "arrears"}]}, {"/items/0": "invalid-field"}),
        (
            {"items": [{"matter": "x", "breach": "sulking"}]},
            {"/items/0/breach": "invalid-field"},
        ),
        (
            {"items": [{"matter": "x", "breach": "late", "amount": 5}]},
            {"/items/0/amount": "invalid-field"},
        ),
        (
            {"items": [{"matter": "x", "breach": "late", "amout": "5.00"}]},
            {"/items/0/amout": "unknown-field"},
        ),
        ({"respondent": {}}, {"/respondent": "invalid-field"}),
        ({"respondent": {"uscc": BUREAU[:-1] + "E"}}, {"/respondent/uscc": "invalid-field"}),
        ({"received_on": "11.9.2025"}, {"/received_on": "invalid-field"}),
        ({"evidence": ["A" * 64]}, {"/evidence/0": "invalid-field"}),
        ({"contract": {"region": "3403"}}, {"/contract/region": "invalid-field"}),
        (
            {"judicial_status": {"route": "mediation", "organ": "x", "number": "1"}},
            {"/judicial_status/route": "invalid-field"},
        ),
        ({"confidential": "yes"}, {"/confidential": "invalid-field"}),
        ({"complainant": None}, {"/complainant": "null-field"}),
        ({"classified": True}, {"/classified": "classified"}),
    ],
)
def test_each_fault_stands_at_its_place(changes: dict[str, Any], fault: dict[str, str]) -> None:
    assert faults(with_(**changes)) == fault


def test_what_is_missing_is_named_all_at_once() -> None:
    assert faults({}) == dict.fromkeys(["/channel", "/respondent", "/items"], "missing-field")
    assert faults([]) == {"": "invalid-field"}


def test_the_channel_number_and_the_day_are_no_part_of_what_was_said() -> None:
    one = fingerprint(read_complaint(WHOLE))
    same = {**WHOLE, "source_no": "T-2", "received_on": "2025-09-12", "channel": "petition"}
    assert fingerprint(read_complaint(same)) == one
    for name, other in (("words", "另一批"), ("demand", "利息"), ("contract_no", "HT-2")):
        assert fingerprint(read_complaint({**WHOLE, name: other})) != one, name


def test_what_reveals_somebody_is_sealed_and_the_rest_reveals_nobody() -> None:
    message = read_complaint(WHOLE)
    sealed = to_seal(message)
    assert set(sealed) == {"identity", "contact", "words", "files", "source"}
    assert sealed["identity"] == {"name": "示例企业", "uscc": FIRM}
    assert sealed["words"]["matters"] == ["押金"]
    assert sealed["words"]["suit"]["number"] == "1号"
    assert sealed["source"] == "T-1"
    clear = str(declared(message))
    for secret in ("示例企业", FIRM, "0552", "一直没有付", "HT-1", "押金", "a" * 64, "T-1", "法院"):
        assert secret not in clear


def test_the_words_of_a_matter_name_neither_the_complainant_nor_run_on() -> None:
    who = Complainant("示例企业", FIRM, contact="0552-0000000")
    item = Item(Breach.ARREARS, matter=f"示例企业（{FIRM}，0552-0000000）\n的货款" + "长" * 300)
    text = words_of(item, who)
    assert text.startswith("投诉人（投诉人，投诉人） 的货款")
    assert len(text) == 200


def test_a_matter_in_the_clear_is_codes_a_band_and_a_tag() -> None:
    def line(fen: int | None, field: str = "procurement") -> str:
        item = Item(Breach.ARREARS, matter="示例企业的货款", claimed_fen=fen)
        return matter_of(item, field, bytes(31) + b"\x01")

    bands = {line(fen).split("，")[2]: fen for fen in (None, 1, 999_999, 1_000_000, 10**7, 10**10)}
    assert list(bands) == ["金额未说明", "不足1万元", "1万元以上", "10万元以上", "1亿元以上"]
    assert line(10**8).split("，")[2] == "100万元以上"
    assert line(10**9).split("，")[2] == "1000万元以上"
    assert [line(1, f).split("，")[0] for f in ("procurement", "finance", "unknown")] == [
        "政府采购",
        "其他领域",
        "领域待核",
    ]
    assert "示例企业" not in line(1)


def test_a_matter_is_the_same_by_its_words_and_by_whose_it_is() -> None:
    who = Complainant("示例企业", FIRM)
    item = Item(Breach.ARREARS, matter="示例企业 的货款")
    said = matter_said(item, who, of=FIRM)
    assert said == matter_said(item._replace(matter=f"{FIRM}\n的货款"), who, of=FIRM)
    assert said != matter_said(item, who, of=None)
    assert said != matter_said(item._replace(matter="的货款"), who, of=FIRM)


def test_a_field_that_is_no_code_is_words() -> None:
    def field(said: str) -> str:
        return read_complaint(with_(contract={"field": said})).field

    assert [field("ppp"), field("local-field"), field("某某公司的工程")] == [
        "ppp",
        "local-field",
        "unknown",
    ]
    assert read_complaint(LEAST).field == "unknown"
