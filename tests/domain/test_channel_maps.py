"""Mappings of channels: what they make of documents and rows, and how their files are checked."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from fulfilment_monitor.domain.channel_files import read_form
from fulfilment_monitor.domain.channel_maps import (
    ChannelMap,
    Form,
    Taking,
    Unknown,
    find_at,
    map_answer,
    map_document,
)
from fulfilment_monitor.domain.channel_values import Writing
from fulfilment_monitor.domain.channels import ChannelKind
from fulfilment_monitor.domain.errors import BadPolicy
from fulfilment_monitor.gateways.channels import open_channels, open_maps
from fulfilment_monitor.settings import Settings

SHIPPED = Path("alerts/channels")


def day(text: str) -> date:
    return date.fromisoformat(text)


def a_map(*takings: Taking, unknown: Unknown = Unknown.REFUSE, **more: Any) -> ChannelMap:
    forms = (Form.JSON, Form.TABLE)
    return ChannelMap("1", forms, day("2025-01-01"), None, unknown, takings, **more)


NO = Taking("/source_no", "/order/no", "编号", required=True)
SUM = Taking("/items/*/amount", "/debts/*/sum", "金额（万元）", Writing.WAN)
WHAT = Taking("/items/*/breach", default="arrears")


# --- documents --------------------------------------------------------------------------------


def test_a_document_is_mapped_with_its_lists_codes_and_units() -> None:
    on = Taking("/contract/signed_on", "/signed", writing=Writing.DAY)
    secret = Taking("/confidential", "/hide", codes={"是": True, "否": False})
    document = {
        "order": {"no": 12}, "debts": [{"sum": "1.5"}, {"sum": "0,200.25"}],
        "signed": "2025年6月1日", "hide": "是",
    }  # fmt: skip
    mapped = map_document(a_map(NO, SUM, WHAT, on, secret), document, Form.JSON)
    assert mapped.issues == []
    assert mapped.document == {
        "source_no": "12",
        "items": [
            {"amount": "15000.00", "breach": "arrears"},
            {"amount": "2002500.00", "breach": "arrears"},
        ],
        "contract": {"signed_on": "2025-06-01"},
        "confidential": True,
    }
    assert mapped.theirs("/items/1/amount") == "/debts/1/sum"
    assert mapped.theirs("/items/1") == "/debts/1/sum"


def test_a_row_is_mapped_by_its_headings() -> None:
    mapped = map_document(a_map(NO, SUM, WHAT), {"编号": "A", "金额（万元）": "2"}, Form.TABLE)
    assert mapped.document["items"] == [{"amount": "20000.00", "breach": "arrears"}]
    stranger = map_document(a_map(NO, WHAT), {"编号": "A", "备/注": "x"}, Form.TABLE)
    assert [(i.pointer, i.code) for i in stranger.issues] == [("/备~1注", "unknown-field")]


def test_faults_stand_where_the_sender_has_them() -> None:
    document = {"order": {}, "debts": [{"sum": "viel"}, {"sum": "1.0000001"}], "more": {"x": [1]}}
    mapped = map_document(a_map(NO, SUM, WHAT), document, Form.JSON)
    assert [(i.pointer, i.code) for i in mapped.issues] == [
        ("/order/no", "missing-field"), ("/debts/0/sum", "invalid-field"),
        ("/debts/1/sum", "invalid-field"), ("/more", "unknown-field"),
    ]  # fmt: skip
    lenient = map_document(
        a_map(NO, unknown=Unknown.IGNORE), {"order": {"no": "1"}, "x": 1}, Form.JSON
    )
    assert lenient.issues == []
    assert map_document(a_map(NO), [], Form.JSON).issues[0].pointer == ""


@pytest.mark.parametrize(
    ("writing", "value"),
    [
        (Writing.DAY, "2025-02-30"), (Writing.DAY, "gestern"), (Writing.DAY, 20250601),
        (Writing.YUAN, "1.005"), (Writing.YUAN, "NaN"), (Writing.YUAN, True),
        (Writing.WHOLE, "1.5"), (Writing.WHOLE, "-1"), (Writing.WHOLE, "9" * 19),
        (Writing.TEXT, ["x"]), (Writing.TEXT, "   "), (Writing.TEXT, "a\0b"),
        (Writing.TEXT, "\ud800"),
    ],
)  # fmt: skip
def test_what_is_not_written_so_is_refused_and_nothing_guessed(
    writing: Writing, value: Any
) -> None:
    mapped = map_document(a_map(Taking("/words", "/x", writing=writing)), {"x": value}, Form.JSON)
    assert [(i.pointer, i.code) for i in mapped.issues] == [("/x", "invalid-field")]
    assert mapped.document == {}


def test_a_code_that_no_list_has_is_refused_unless_the_list_says_what_others_are() -> None:
    codes = {"01": "arrears"}
    strict = a_map(Taking("/items/*/breach", "/kind", codes=codes))
    assert "one of: 01" in map_document(strict, {"kind": "9"}, Form.JSON).issues[0].detail
    open_ = a_map(Taking("/items/*/breach", "/kind", codes={**codes, "*": "other"}))
    assert map_document(open_, {"kind": "9"}, Form.JSON).document["items"] == [{"breach": "other"}]


def test_an_answer_is_put_into_the_words_of_its_channel() -> None:
    form = read_form(
        tomllib.loads((SHIPPED / "inspection.toml").read_text("utf-8")), "inspection.toml"
    )
    said = {"source_no": "I-1", "complaint": "01X", "state": "rejected", "state_label": "不予受理",
            "reason": "依法应由其他机关办理", "next_door": "示例局",
            "verification": None}  # fmt: skip
    assert map_answer(form.maps[0], said) == {
        "clueNo": "I-1", "referenceNo": "01X", "progress": "21", "progressText": "不予受理",
        "refusal": {"reason": "依法应由其他机关办理", "nextDoor": "示例局"},
    }  # fmt: skip
    assert find_at({"a": {"b": [1]}}, "/a/b") == [1]
    assert find_at({}, "/a/b") is None


# --- versions ---------------------------------------------------------------------------------


@pytest.mark.proves("R-74")
def test_a_new_version_is_loaded_as_data_and_old_packages_stay_readable() -> None:
    text = (SHIPPED / "hotline-12345.toml").read_text("utf-8")
    ended = text.replace(
        "from_on = 2023-08-05\n", "from_on = 2023-08-05\nuntil_on = 2026-01-01\n", 1
    )
    newer = """
[[mapping]]
version = "2026"
from_on = 2026-01-01
formats = ["json"]
version_at = "/standard"
[[mapping.field]]
to = "/source_no"
at = "/gdh"
required = true
[[mapping.field]]
to = "/items/*/breach"
default = "arrears"
"""
    form = read_form(tomllib.loads(ended + newer), "hotline-12345.toml")

    def version(on: str, named: str | None = None) -> str | None:
        found = form.on(Form.JSON, day(on), named)
        return found and found.version

    assert [version(d) for d in ("2023-08-04", "2023-08-05", "2025-12-31", "2026-01-01")] == [
        None, "draft-1", "draft-1", "2026",
    ]  # fmt: skip
    assert version("2026-05-01", "draft-1") == "draft-1"  # an old package, resent
    assert version("2026-05-01", "none") is None


@pytest.mark.proves("R-32")
def test_a_channel_with_its_form_is_added_by_two_files_of_the_office(tmp_path: Path) -> None:
    ours = Path("alerts/channels.toml").read_text("utf-8")
    row = """
[[channel]]
code = "mayor"
label = "市长信箱"
kind = "interface"
source = "本机关"
since = 2025-01-01
run_by = "credit_lead"
reply = "channel.mayor"
"""
    (tmp_path / "channels.toml").write_text(ours + row, "utf-8")
    (tmp_path / "channels").mkdir()
    text = (SHIPPED / "enterprise-service.toml").read_text("utf-8")
    (tmp_path / "channels" / "mayor.toml").write_text(text.replace("enterprise-service", "mayor"))
    settings = Settings(alerts_dir=str(tmp_path))
    maps = open_maps(settings)
    assert {"mayor", "hotline-12345"} <= {f.channel for f in maps}
    # an office's own file takes the place of ours
    changed = (
        (SHIPPED / "inspection.toml")
        .read_text("utf-8")
        .replace("every_days = 10", "every_days = 7")
    )
    (tmp_path / "channels" / "inspection.toml").write_text(changed, "utf-8")
    found = open_maps(settings).find("inspection")
    assert found is not None
    assert found.every_days == 7


def test_every_channel_that_is_an_interface_ships_with_a_mapping() -> None:
    settings = Settings()
    channels = open_channels(settings)
    wanted = {c.code for c in channels if c.kind is ChannelKind.INTERFACE}
    maps = open_maps(settings)
    assert {f.channel for f in maps} == wanted
    for form in maps:
        assert "DRAFT" in (SHIPPED / f"{form.channel}.toml").read_text("utf-8")
        assert {m.tellings != () for m in form.maps if Form.JSON in m.forms} == {True}


# --- files ------------------------------------------------------------------------------------

_GOOD = (SHIPPED / "petition-online.toml").read_text("utf-8")


def faults(text: str, name: str = "petition-online.toml") -> str:
    with pytest.raises(BadPolicy) as refused:
        read_form(tomllib.loads(text), name)
    return str(refused.value)


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ('channel = "petition-online"', 'channel = "other"', "channel: the file of 'other'"),
        ("every_days = 10", "every_days = 0", "package.every_days"),
        ("every_days = 10", "each = 10", "package.each: there is no such key"),
        ('version = "draft-1"', "", "mapping[0].version: a text is missing"),
        ("from_on = 2023-08-05", "from_on = 1", "mapping[0]: from_on is a day"),
        ('formats = ["json", "table"]', 'formats = ["fax"]', "mapping[0].formats: one of"),
        ('unknown = "refuse"', 'unknown = "guess"', "mapping[0].unknown: one of"),
        ('to = "/source_no"', 'to = "/number"', "mapping[0].field[0].to: '/number'"),
        ('at = "/petitionNo"', 'at = "petitionNo"', "mapping[0].field[0].at: a JSON pointer"),
        ('at = "/petitionNo"\n', "", "mapping[0].field[0]: it is required, and json"),
        ('as = "whole"', 'as = "hex"', "mapping[0].field[1].as: one of"),
        ('codes = "breach"', 'codes = "kinds"', "there is no list codes.kinds"),
        ('from = "source_no"', 'from = "handler"', "mapping[0].reply[0].from: one of"),
        ('number = "/packageNo"', 'number = "/*"', "mapping[0].cover.number"),
        ('to = "/demand"', 'to = "/words"', "/words is filled twice"),
        ('to = "/items/*/breach"', 'to = "/items/*/amount"', "/items/*/breach is filled by none"),
    ],
)
def test_each_fault_of_a_file_is_told_at_its_place(before: str, after: str, place: str) -> None:
    assert before in _GOOD
    told = faults(_GOOD.replace(before, after, 1))
    assert place in told
    assert all(line.startswith("channels/petition-online.toml: ") for line in told.splitlines())


def test_two_mappings_of_one_form_never_hold_on_one_day() -> None:
    twice = _GOOD + _GOOD[_GOOD.index("[[mapping]]") :]
    told = faults(twice)
    assert "mapping[1].version: 'draft-1' stands here twice" in told
    assert "mapping[1].from_on: 'draft-1' holds on these days" in told


def test_a_mapping_of_a_channel_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "channels").mkdir()
    (tmp_path / "channels" / "fax.toml").write_text(_GOOD.replace("petition-online", "fax"))
    (tmp_path / "channels" / "bad.toml").write_text("= =")
    settings = Settings(alerts_dir=str(tmp_path))
    with pytest.raises(BadPolicy) as refused:
        open_maps(settings)
    assert "channels/fax.toml: channels.toml lists no channel 'fax'" in str(refused.value)
    assert "bad.toml" in str(refused.value)
