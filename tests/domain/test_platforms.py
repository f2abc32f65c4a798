"""Mappings: what leaves is what a field names; versions have days; the schema forbids the rest."""

import copy
from datetime import date
from typing import Any

import jsonschema_rs
import pytest

from fulfilment_monitor.domain.case_codes import Stream
from fulfilment_monitor.domain.errors import BadPolicy
from fulfilment_monitor.domain.platforms import Unmappable, Version, read_platforms
from fulfilment_monitor.gateways.platforms import open_platforms
from fulfilment_monitor.settings import Settings

RECORDS: dict[Stream, dict[str, Any]] = {
    Stream.BREACH: {
        "article": "第二十六条",
        "breach": "arrears",
        "determined_by": "A",
        "excuse": "none",
    },
    Stream.ARREARS: {"creditor": "某商户", "arrears_state": "unpaid", "list": "L"},
    Stream.JUDGMENT_DEFAULTER: {"court": "示例县人民法院"},
    Stream.PROMISE: {"promise": "兑现奖补", "kept": False},
}


def a_record(stream: Stream = Stream.BREACH, **changed: Any) -> dict[str, Any]:
    return {
        "record": "01KAEZZZZZZZZZZZZZZZZZZZZZ", "version": 1, "stream": stream.value,
        "change": "listed", "state": "effective", "listed_on": "2026-01-12",
        "changed_on": "2026-01-12", "ended_on": None, "amount_fen": 120050, "source_no": "1号",
        "content": RECORDS[stream], "region": "340321",
        "body": {"code": "11340321MB0000001X", "name": "示例县财政局"}, **changed,
    }  # fmt: skip


def fits(content: dict[str, Any], schema: dict[str, Any]) -> bool:
    return bool(jsonschema_rs.validator_for(schema).is_valid(content))


def shipped() -> Version:
    mapping = open_platforms(Settings()).find("gov-credit")
    assert mapping is not None
    version = mapping.in_force(date(2026, 1, 12))
    assert version is not None
    return version


@pytest.mark.parametrize("stream", Stream)
@pytest.mark.proves("R-74", "R-79")
def test_each_stream_has_a_form_and_the_form_keeps_its_own_schema(stream: Stream) -> None:
    content = shipped().render(a_record(stream))
    assert fits(content, shipped().schema(stream))
    assert content["amount"] == "1200.50"
    assert {"creditor", "excuse", "promise"}.isdisjoint(content)  # no field names them
    assert "01" <= content["stream"] <= "04"


@pytest.mark.parametrize("change", ["listed", "corrected", "repaired", "ended", "withdrawn"])
def test_every_change_of_a_record_can_be_said(change: str) -> None:
    state = {"listed": "effective", "corrected": "effective"}.get(change, change)
    record = a_record(change=change, state=state, ended_on="2026-02-01", version=2)
    assert fits(shipped().render(record), shipped().schema("breach"))


def test_the_schema_forbids_whatever_is_not_named() -> None:
    schema, content = shipped().schema("breach"), shipped().render(a_record())
    assert schema["additionalProperties"] is False
    for wrong in (
        {**content, "creditor": "某商户"},
        {k: v for k, v in content.items() if k != "subject_code"},
        {**content, "change": "X"},
        {**content, "amount": "1200.5"},
        {**content, "version": 0},
    ):
        assert not fits(wrong, schema)


@pytest.mark.parametrize(
    "changed",
    [
        {"source_no": "x" * 121},
        {"change": "forgotten"},
        {"listed_on": "2026-13-01"},
        {"listed_on": None},
        {"amount_fen": "12"},
        {"amount_fen": -1},
        {"version": True},
        {"content": {"article": "x", "breach": "y"}},
        {"stream": "gossip"},
    ],
)
def test_what_cannot_be_said_is_refused_and_never_cut(changed: dict[str, Any]) -> None:
    with pytest.raises(Unmappable):
        shipped().render(a_record() | changed)


def test_the_shipped_mapping_says_that_it_is_a_draft() -> None:
    assert shipped().draft
    assert "草案" in shipped().schema("breach")["title"]


@pytest.mark.proves("R-74", "R-86")
def test_a_new_standard_is_a_new_version_with_its_day_and_the_old_one_stays_readable() -> None:
    table = a_table()
    newer = copy.deepcopy(table["version"][0])
    newer |= {"version": "2", "from_on": date(2026, 7, 1)}
    newer["field"].append(
        {"name": "who", "title": "主体", "from": "body.code", "kind": "text", "longest": 18}
    )
    table["version"] = [newer, table["version"][0]]
    mapping = read_platforms({"x.toml": table}).find("x")
    assert mapping is not None
    found = [mapping.in_force(date(2026, *d)) for d in ((1, 1), (6, 30), (7, 1))]
    assert [v and v.version for v in found] == [None, "1", "2"]
    assert mapping.opens_on() == date(2026, 3, 1)
    old = mapping.find("1")
    assert old is not None
    assert old.render(a_record()) == {"id": "01KAEZZZZZZZZZZZZZZZZZZZZZ", "v": 1}
    assert mapping.find("3") is None


def a_table() -> dict[str, Any]:
    fields = [
        {"name": "id", "title": "编号", "from": "record", "kind": "text", "longest": 26},
        {"name": "v", "title": "版本", "from": "version", "kind": "number"},
    ]
    version = {
        "version": "1", "from_on": date(2026, 3, 1), "source": "x", "streams": ["breach"],
        "field": fields,
    }  # fmt: skip
    return {"code": "x", "label": "X", "version": [version]}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("code",), ""),
        (("version",), []),
        (("version", 0, "from_on"), "soon"),
        (("version", 0, "streams"), ["gossip"]),
        (("version", 0, "field", 0, "from"), "complainant"),
        (("version", 0, "field", 0, "kind"), "money"),
        (("version", 0, "field", 0, "longest"), 0),
        (("version", 0, "field", 0, "surprise"), 1),
        (("version", 0, "field", 1, "kind"), "code"),
        (("version", 0, "field", 1, "name"), "id"),
        (("version", 0, "field", 1, "from"), "region"),
    ],
)
def test_faults_of_a_mapping_stop_at_the_start(path: tuple[Any, ...], value: Any) -> None:
    read_platforms({"x.toml": a_table()})
    table: Any = a_table()
    inner = table
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(BadPolicy, match=r"x\.toml"):
        read_platforms({"x.toml": table})
