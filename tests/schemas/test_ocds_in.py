"""OCDS files: every shape of package, one release at a time, with the place of each."""

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from fulfilment_monitor.domain.ocds.dates import civil_day, in_order
from fulfilment_monitor.domain.ocds.values import amount_of, exact_json, parsed, pointer_in
from fulfilment_monitor.schemas.ocds import read_releases, schema_errors
from fulfilment_monitor.schemas.ocds.standard import merger, release_findings
from fulfilment_monitor.schemas.reading import Read

LISBON = ZoneInfo("Europe/Lisbon")
ONE, TWO = {"ocid": "ocds-zz0000-1", "id": "1"}, {"ocid": "ocds-zz0000-2", "id": "2"}


def read(document: object) -> list[Read]:
    content = document if isinstance(document, bytes) else exact_json(document).encode()
    return list(read_releases(io.BytesIO(content)))


def places(document: object) -> list[tuple[str, str]]:
    """The pointer of each release, and its id."""
    return [(r.pointer, r.document["id"]) for r in read(document) if r.document is not None]


def issues(document: object) -> list[tuple[str, str, str]]:
    return [(r.issue.pointer, r.issue.code, r.issue.level) for r in read(document) if r.issue]


PACKAGE = {"version": "1.1", "releases": [ONE, TWO]}
RECORD = {"ocid": "ocds-zz0000-1", "releases": [ONE], "compiledRelease": TWO}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (ONE, [("", "1")]),
        (PACKAGE, [("/releases/0", "1"), ("/releases/1", "2")]),
        ([PACKAGE, TWO], [("/0/releases/0", "1"), ("/0/releases/1", "2"), ("/1", "2")]),
        (
            {"records": [RECORD, RECORD], "version": "1.1"},
            [("/records/0/releases/0", "1"), ("/records/1/releases/0", "1")],
        ),
        (RECORD, [("/releases/0", "1")]),
        ([RECORD], [("/0/releases/0", "1")]),
        ({"version": "1.1", "releases": []}, []),
        (exact_json(ONE).encode() + b"\n" + exact_json(TWO).encode(), [("", "1"), ("", "2")]),
    ],
)
def test_every_shape_of_file_gives_its_releases(
    document: object, expected: list[tuple[str, str]]
) -> None:
    assert places(document) == expected
    assert issues(document) == []


def test_json_lines_tell_their_line() -> None:
    lines = exact_json(ONE).encode() + b"\n\n" + exact_json(TWO).encode()
    assert [r.line for r in read(lines)] == [1, 3]


def test_a_record_without_whole_releases_gives_its_compiled_one_with_a_finding() -> None:
    linked = {"url": "https://example.org/r.json", "date": "2024-01-01T00:00:00Z"}
    record = {"ocid": "ocds-zz0000-1", "releases": [linked], "compiledRelease": ONE}
    found = read({"version": "1.1", "records": [record]})
    assert [r.document for r in found] == [ONE]
    assert issues([record]) == [("/0/compiledRelease", "ocds.compiled-only", "finding")]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([1, ONE], [("/0", "ocds.not-an-object", "error")]),
        (
            {"version": "1.1", "releases": ["x", ONE]},
            [("/releases/0", "ocds.not-an-object", "error")],
        ),
        ({"id": "1"}, [("/ocid", "ocds.ocid-missing", "error")]),
        ({"ocid": None}, [("/ocid", "ocds.ocid-missing", "error")]),
        ({"ocid": "a\nb"}, [("/ocid", "ocds.ocid", "error")]),
        ({"ocid": "a" * 201}, [("/ocid", "ocds.ocid", "error")]),
        ({**ONE, "contracts": {}}, [("/contracts", "ocds.contracts", "error")]),
        ({"ocid": "x", "releases": []}, [("", "ocds.nothing-published", "error")]),
        ([[ONE]], [("/0", "ocds.not-an-object", "error")]),
        ({**PACKAGE, "version": "2.0"}, [("/version", "ocds.version", "finding")]),
        ({**PACKAGE, "version": ["1.1"]}, [("/version", "ocds.version", "finding")]),
        (b"", [("", "json.empty", "error")]),
        (b'{"releases": [{"ocid": "\xff"}]}', [("", "json.encoding", "error")]),
        (b'{"releases": [{"ocid": "a"} {}]}', [("/releases/0", "json.syntax", "error")]),
        (b'{"releases": [{"ocid": "a"}', [("/releases/0", "json.syntax", "error")]),
        (b'{"ocid": "a", "ocid": "b"}', [("", "json.key-twice", "error")]),
        (b'[{"ocid": "a", "n": {"x": 1, "x": 2}}]', [("/0", "json.key-twice", "error")]),
        (b'[{"ocid": "a", "n": {"x":1,"x":2,"y" :3}}]', [("/0", "json.key-twice", "error")]),
        (
            b'[{"ocid": "a", "n": [{"x":":","x":2,"y"\n:3,"z"\t:4}]}]',
            [("/0", "json.key-twice", "error")],
        ),
        (
            b'{"releases": [{"ocid": "a", "b": {"x":1,"x":2,"y" :3}}]}',
            [("/releases/0", "json.key-twice", "error")],
        ),
        (b'[{"ocid": "a", "n": NaN}]', [("/0", "json.not-a-number", "error")]),
        (b'[{"ocid": "a", "n": 1e999999999}]', [("/0", "json.number", "error")]),
        (b'[{"ocid": "a", "n": "\\ud800"}]', [("/0", "json.half-a-character", "error")]),
        (b'[{"ocid": "a", "n": %s}]' % (b"[" * 70 + b"]" * 70), [("/0", "json.too-deep", "error")]),
        (b'[{"ocid": "a", "n": %s' % (b"[" * 100_000), [("/0", "json.too-deep", "error")]),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_place(
    document: object, expected: list[tuple[str, str, str]]
) -> None:
    assert issues(document) == expected


def test_version_1_0_needs_no_version() -> None:
    assert issues({"releases": [ONE]}) == []
    assert issues({"releases": [ONE], "version": "1.0"}) == []


def test_a_package_is_never_held_as_a_whole() -> None:
    releases = b",".join([exact_json(ONE).encode()] * 200_000)
    file = io.BytesIO(b'{"releases": [' + releases + b"]}")
    first: Iterator[Read] = read_releases(file)
    next(first)
    assert file.tell() < 1 << 18  # of more than eight million bytes


def test_numbers_are_kept_digit_for_digit() -> None:
    (found,) = read(b'{"ocid": "a", "v": {"amount": 9007199254740993.10}}')
    assert found.document["v"]["amount"] == Decimal("9007199254740993.10")
    assert exact_json(found.document).endswith('{"amount":9007199254740993.10}}')
    assert parsed(exact_json(found.document)) == found.document


# --- days -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "zone", "expected"),
    [
        ("2018-10-05T00:00:00+04:30", None, date(2018, 10, 5)),
        ("2020-01-24T23:59:59-06:00", None, date(2020, 1, 24)),
        ("2020-01-24T23:59:59-06:00", LISBON, date(2020, 1, 24)),
        ("2008-10-20T23:00:00Z", LISBON, date(2008, 10, 21)),  # summer time
        ("2008-11-20T00:00:00Z", LISBON, date(2008, 11, 20)),
        ("2008-10-20T23:00:00Z", None, date(2008, 10, 20)),
        ("2019-11-25T17:20:38.1197059Z", None, date(2019, 11, 25)),
        ("2019-11-25", None, date(2019, 11, 25)),
        ("2019-11-25 10:00", None, date(2019, 11, 25)),
    ],
)
def test_the_civil_day_is_the_one_the_publisher_means(
    written: str, zone: ZoneInfo | None, expected: date
) -> None:
    assert civil_day(written, zone).on == expected


@pytest.mark.parametrize(
    ("written", "zone", "doubt"),
    [
        ("2008-10-20T23:00:00Z", None, True),
        ("2008-10-20T00:00:00Z", None, False),
        ("2008-10-20T23:59:59Z", None, False),
        ("2008-10-20T12:00:00Z", None, False),
        ("2008-10-20T23:30:00+04:30", None, False),
        ("2008-10-20T23:00:00Z", LISBON, False),
        ("2008-10-28T23:00:00Z", LISBON, True),  # counted across the change of clocks
        ("2009-08-24T00:00:00Z", LISBON, True),  # one in the morning there
    ],
)
def test_a_day_close_to_midnight_is_uncertain(
    written: str, zone: ZoneInfo | None, doubt: bool
) -> None:
    assert civil_day(written, zone).doubt is doubt


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ("50000-01-01T00:00:00Z", "ocds.date-unreadable"),
        ("5000-01-01T00:00:00Z", "ocds.date-range"),
        ("1999-12-31T00:00:00Z", "ocds.date-range"),
        ("2024-02-30", "ocds.date-unreadable"),
        ("2024-01-01T00:00:00+99:00", "ocds.date-unreadable"),
        ("yesterday", "ocds.date-unreadable"),
        (20240101, "ocds.date-unreadable"),
        ({}, "ocds.date-unreadable"),
    ],
)
def test_what_is_no_day_is_none(written: object, fault: str) -> None:
    assert civil_day(written) == (None, fault, False)


def test_releases_are_ordered_by_instant_not_by_text() -> None:
    dates = ["2018-01-01T23:00:00-06:00", "2018-01-02T01:00:00+04:30", None, "2018-01-01"]
    ordered = in_order([{"date": d} for d in dates])
    assert [r["date"] for r in ordered] == [None, dates[3], dates[1], dates[0]]


# --- amounts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"amount": Decimal("22.92"), "currency": "EUR"}, (2292, "EUR", None)),
        ({"amount": 230865, "currency": "AFN"}, (23086500, "AFN", None)),
        ({"amount": Decimal("6360.100")}, (636010, None, None)),
        ({"amount": "300000.0"}, (30000000, None, "ocds.amount-text")),
        ({"amount": Decimal("0.001")}, (None, None, "ocds.amount-decimals")),
        ({"amount": 0}, (None, None, "ocds.amount-not-positive")),
        ({"amount": 10**15}, (None, None, "ocds.amount-too-large")),
        ({"amount": True}, (None, None, "ocds.amount-unreadable")),
        ({"amount": "1e999999999"}, (None, None, "ocds.amount-too-large")),
        ({"amount": "NaN"}, (None, None, "ocds.amount-unreadable")),
        ({"amount": None, "currency": "eur"}, (None, None, None)),
        (None, (None, None, None)),
        ([], (None, None, None)),
    ],
)
def test_amounts_are_exact_or_not_at_all(value: object, expected: tuple[Any, ...]) -> None:
    assert amount_of(value)[:3] == expected


# --- the standard -----------------------------------------------------------------------------

SOUND = {
    "ocid": "ocds-zz0000-1",
    "id": "1",
    "date": "2024-01-01T00:00:00Z",
    "tag": ["contract"],
    "initiationType": "tender",
    "contracts": [{"id": "1", "awardID": "1", "value": {"amount": Decimal("0.10")}}],
}


def test_a_sound_release_has_no_errors() -> None:
    assert list(schema_errors(SOUND)) == []
    assert release_findings(SOUND) == []


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"initiationType": None}, {"/initiationType"}),
        ({"tag": ["contract", "picnic"]}, {"/tag", "/tag/1"}),
        ({"date": "soon"}, {"/date"}),
        ({"id": None}, {"/id"}),
        ({"contracts": [{"id": "1"}]}, {"/contracts/0"}),
        ({"contracts": [*SOUND["contracts"], *SOUND["contracts"]]}, {"/contracts"}),  # type: ignore[misc]
    ],
)
def test_errors_of_the_schema_are_findings_with_their_place(
    changes: dict[str, Any], pointers: set[str]
) -> None:
    found = release_findings({**SOUND, **changes})
    assert {f.pointer for f in found} == pointers
    assert {f.level for f in found} == {"finding"}


def test_a_release_full_of_errors_is_capped() -> None:
    found = release_findings({**SOUND, "contracts": [{"value": 1}] * 100})
    assert [f.code for f in found].count("ocds.schema") == 20
    assert [f.code for f in found].count("ocds.schema-more") == 1


def test_merging_follows_the_standard() -> None:
    def release(number: int, **contract: Any) -> dict[str, Any]:
        date_written = f"2024-01-0{number}T00:00:00Z"
        contracts = [{"id": number and "1", "awardID": "1", **contract}]
        return {"ocid": "o", "id": str(number), "date": date_written, "contracts": contracts}

    items = [{"id": 1, "quantity": 2}]
    merged = merger()(
        [release(1, title="a", items=items), release(2, title=None, items=[{"id": "1"}])]
    )
    assert merged.snapshots[0]["contracts"][0]["title"] == "a"
    assert merged.snapshots[1]["contracts"] == [
        {"id": "1", "awardID": "1", "items": [{"id": "1", "quantity": 2}]}
    ]


def test_a_release_that_contradicts_the_others_in_shape_is_left_out_with_a_note() -> None:
    first = {"ocid": "o", "id": "1", "date": "2024", "tender": "none"}
    second = {"ocid": "o", "id": "2", "date": "2025", "tender": {"id": "1", "value": {"amount": 1}}}
    third = {"ocid": "o", "id": "3", "date": "2026", "buyer": {"id": "b"}}
    merged = merger()([first, second, third])
    assert [n.code for n in merged.notes] == ["ocds.not-merged"]
    assert [s["tender"] for s in merged.snapshots] == ["none"] * 3
    assert merged.snapshots[2]["buyer"] == {"id": "b"}


def test_a_path_by_ids_becomes_a_pointer_by_places() -> None:
    document = {"contracts": [{"id": 7}, {"id": "a/b", "milestones": [{"id": "x", "dueDate": 1}]}]}
    path = ("contracts", "a/b", "milestones", "x", "dueDate")
    assert pointer_in(document, path) == "/contracts/1/milestones/0/dueDate"
    assert pointer_in(document, ("contracts", "7", "value")) == "/contracts/0"
    assert pointer_in(document, ("contracts", "none", "value")) is None


def test_there_is_one_canonical_form_and_decimals_stand_in_it_as_they_are() -> None:
    document = {
        "b": [Decimal("-0.10"), Decimal("1E+3"), Decimal("6360.10"), 5, True, None],
        "a": {"é": "😀1.5", "d": "-6360.10", "c": '\\ud8001.5 "x":1'},
    }
    written = exact_json(document)
    assert written == (
        '{"a":{"c":"\\\\ud8001.5 \\"x\\":1","d":"-6360.10","\\u00e9":"\\ud83d\\ude001.5"},'
        '"b":[-0.10,1000,6360.10,5,true,null]}'
    )
    assert parsed(written) == document
