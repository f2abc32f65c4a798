"""`import`: every document counted once, every fault with its place, a dry run without effect."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fulfilment_monitor.house import House
from tests.services.builders import (
    INSTITUTION,
    Document,
    Ran,
    a_body,
    a_document,
    a_payment,
    contents,
    fulfilment_monitor,
    paid,
    standing,
    written,
)

Import = Callable[..., Ran]
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def imported(house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Import:
    """Import documents, or text, from a file; options after them."""
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)

    def imported(content: object, *options: str | Path, name: str = "in.json") -> Ran:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, "utf-8")
        else:
            written(path, content)
        return fulfilment_monitor("import", path, "--json", *options)

    return imported


def counts(ran: Ran) -> dict[str, int]:
    """What became of the documents, without what did not happen."""
    names = ("read", "registered", "updated", "unchanged", "refused")
    found = {name: ran.json[name] for name in names}
    assert found["read"] == sum(found[name] for name in names[1:])
    return {name: n for name, n in found.items() if n}


def places(ran: Ran) -> list[tuple[int, str, str, str]]:
    return [(i["line"], i["pointer"], i["code"], i["level"]) for i in ran.json["issues"]]


def without(document: Document, *names: str) -> Document:
    return {k: v for k, v in document.items() if k not in names}


def test_one_document_is_registered(imported: Import, house: House) -> None:
    ran = imported(a_document())
    assert (ran.status, ran.err, counts(ran)) == (0, "", {"read": 1, "registered": 1})
    assert standing(house, "2025-09-01")["remaining"] == "1000.00"


def test_importing_twice_is_unchanged_and_new_facts_are_an_update(imported: Import) -> None:
    batch = [a_document(), a_document(contract_no="HT-2")]
    assert counts(imported(batch)) == {"read": 2, "registered": 2}
    assert counts(imported(batch)) == {"read": 2, "unchanged": 2}
    batch[1]["facts"] = [paid("2025-08-01", "1.00")]
    batch.append(a_document(contract_no="HT-3"))
    assert counts(imported(batch)) == {"read": 3, "registered": 1, "updated": 1, "unchanged": 1}


@ONLY_SQLITE
def test_one_bad_document_refuses_itself_only(imported: Import, house: House) -> None:
    bad = a_document(a_payment("1.005", due_on="2025-09-10"), contract_no="HT-2")
    ran = imported([a_document(), bad, a_document(contract_no="HT-3")])
    assert (ran.status, counts(ran)) == (3, {"read": 3, "registered": 2, "refused": 1})
    errors = [p for p in places(ran) if p[3] == "error"]
    assert errors == [(1, "/1/obligations/0/amount", "invalid-field", "error")]
    assert len(contents(house)["contract"]) == 2


@pytest.mark.parametrize(
    ("document", "pointer", "code"),
    [
        (without(a_document(), "title"), "/title", "missing-field"),
        (a_document(titel="x"), "/titel", "unknown-field"),
        (a_document(a_payment(amount=1000)), "/obligations/0/amount", "invalid-field"),
        (a_document(signed_on="2025-13-01"), "/signed_on", "invalid-field"),
        (a_document(field="unknown"), "/field", "invalid-field"),
        (a_document(title=None), "/title", "null-field"),
        (
            a_document(government=a_body("11340321003000014E")),
            "/government/uscc",
            "uscc.check-character",
        ),
        (
            a_document(a_payment(due_on="2025-09-10", after="signing")),
            "/obligations/0/due_on",
            "obligation.two-dates",
        ),
        (
            a_document(facts=[{"kind": "paid", "on": "2025-09-10", "by": "enterprise"}]),
            "/facts/0/amount",
            "fact.amount-missing",
        ),
        (
            a_document(facts=[{**paid("2025-09-10"), "recorded_at": "2025-01-01T00:00:00Z"}]),
            "/facts/0/recorded_at",
            "unknown-field",
        ),
    ],
)
@ONLY_SQLITE
def test_a_fault_has_its_place_from_the_root_of_the_file(
    imported: Import, document: Document, pointer: str, code: str
) -> None:
    alone, in_a_list = imported(document), imported([a_document(contract_no="HT-9"), document])
    assert (alone.status, in_a_list.status) == (3, 3)
    assert ("error", code) in [(i["level"], i["code"]) for i in alone.json["issues"]]
    assert pointer in [i["pointer"] for i in alone.json["issues"]]
    assert f"/1{pointer}" in [i["pointer"] for i in in_a_list.json["issues"]]


@ONLY_SQLITE
def test_an_unknown_region_is_a_finding_and_no_refusal(imported: Import) -> None:
    ran = imported(a_document(region="999999"))
    assert (ran.status, counts(ran)) == (0, {"read": 1, "registered": 1})
    assert (1, "/region", "unknown-region", "finding") in places(ran)


@ONLY_SQLITE
def test_changed_terms_are_findings_of_an_unchanged_contract(
    imported: Import, house: House
) -> None:
    imported(a_document())
    before = contents(house)
    ran = imported(a_document(a_payment(due_on="2026-09-10")))
    assert (ran.status, counts(ran)) == (0, {"read": 1, "unchanged": 1})
    assert places(ran) == [(1, "/obligations/0", "terms-differ", "finding")]
    assert contents(house) == before


@ONLY_SQLITE
def test_the_line_of_a_document_in_a_list_is_told(imported: Import) -> None:
    bad = json.dumps(a_document(field="x"))
    ran = imported(f"[\n{json.dumps(a_document())},\n\n {bad}\n]")
    (place,) = [p for p in places(ran) if p[3] == "error"]
    assert place == (4, "/1/field", "invalid-field", "error")


@pytest.mark.parametrize(
    ("content", "read", "code"),
    [
        ("", 1, "json.empty"),
        ("nonsense", 1, "sheet.no-headings"),
        ('{"a": 1} {"b": 2}', 2, "json.syntax"),
        ('[{"a": NaN}]', 1, "json.not-a-number"),
        ('[{"a": 1, "a": 2}]', 1, "json.key-twice"),
        (b"\xff\xfe\x00", 1, "csv.encoding"),
        ("[" * 100_000, 1, "json.too-deep"),
        ("[]", 0, None),
        ("[1, null]", 2, "invalid-field"),
    ],
)
@ONLY_SQLITE
def test_a_file_that_holds_no_documents_is_refused_and_never_a_crash(
    imported: Import, content: str | bytes, read: int, code: str | None
) -> None:
    ran = imported(content)
    assert ran.status == (3 if read else 0)
    assert counts(ran)["read"] if read else counts(ran) == {}
    assert ran.json["refused"] == ran.json["read"] == read
    assert code in [None, *(i["code"] for i in ran.json["issues"])]
    assert all(i["pointer"] is not None for i in ran.json["issues"])


@ONLY_SQLITE
def test_what_follows_a_fault_of_syntax_is_not_read_but_what_came_before_is_in(
    imported: Import, house: House
) -> None:
    ran = imported(f"[{json.dumps(a_document())}, {{oops")
    assert (ran.status, counts(ran)) == (3, {"read": 2, "registered": 1, "refused": 1})
    assert len(contents(house)["contract"]) == 1


@ONLY_SQLITE
def test_content_not_extension_decides_the_format(imported: Import) -> None:
    assert counts(imported(a_document(), name="contract.txt")) == {"read": 1, "registered": 1}
    marked = b"\xef\xbb\xbf" + json.dumps(a_document(contract_no="HT-2")).encode()
    assert counts(imported(marked)) == {"read": 1, "registered": 1}


def test_a_dry_run_says_the_same_and_changes_nothing(imported: Import, house: House) -> None:
    imported(a_document(contract_no="HT-0"))
    batch = [
        a_document(contract_no="HT-0", facts=[paid("2025-08-01")]),
        a_document(),
        a_document(contract_no="HT-2", field="x"),
        a_document(government=a_body(INSTITUTION, "示例县人民医院")),
    ]
    before = contents(house)
    dry = imported(batch, "--dry-run")
    assert contents(house) == before
    wet = imported(batch)
    assert (dry.status, dry.json) == (wet.status, wet.json)
    assert counts(wet) == {"read": 4, "registered": 2, "updated": 1, "refused": 1}


@ONLY_SQLITE
def test_a_folder_is_all_its_json_files_in_order(
    house: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    folder = tmp_path / "folder"
    (folder / "deeper").mkdir(parents=True)
    written(folder / "b.json", a_document(contract_no="HT-2", field="x"))
    written(folder / "a.json", a_document(field="x"))
    written(folder / "deeper" / "c.json", a_document(contract_no="HT-3"))
    (folder / "notes.txt").write_text("nothing")
    other = written(tmp_path / "other.json", a_document(contract_no="HT-4"))
    ran = fulfilment_monitor("import", folder, other, "--json")
    assert counts(ran) == {"read": 3, "registered": 1, "refused": 2}
    errors = [i["source"] for i in ran.json["issues"] if i["level"] == "error"]
    assert errors == [str(folder / "a.json"), str(folder / "b.json")]


@ONLY_SQLITE
def test_more_documents_than_go_into_one_transaction(imported: Import) -> None:
    batch = [a_document(contract_no=f"HT-{n}") for n in range(450)]
    batch[300]["field"] = "x"
    assert counts(imported(batch)) == {"read": 450, "registered": 449, "refused": 1}


@ONLY_SQLITE
def test_the_report_is_written_as_json(imported: Import, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    ran = imported([a_document(), a_document(field="x")], "--report", report)
    assert json.loads(report.read_text("utf-8")) == ran.json


@pytest.mark.proves("D7")
@ONLY_SQLITE
def test_the_report_as_csv_carries_no_formula_into_a_spreadsheet(
    imported: Import, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for n, start in enumerate("=+-@＝＋－＠"):
        written(tmp_path / f"{start}{n}.json", a_document(field="x"))
    names = [p.name for p in sorted(tmp_path.glob("?[0-9].json"))]
    ran = fulfilment_monitor("import", "--report", "report.csv", "--", *names)
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert ran.status == 3
    assert list(rows[0]) == ["source", "line", "pointer", "code", "level", "detail"]
    assert [r["source"] for r in rows] == [f"'{name}" for name in names]
    assert not [v for r in rows for v in r.values() if v[:1] in set("=+-@\t\r＝＋－＠")]


@pytest.mark.parametrize("words", [[], ["nowhere.json"], ["--report"], ["--no-such-option", "."]])
@ONLY_SQLITE
def test_wrong_usage_is_2(imported: Import, words: list[str]) -> None:
    assert fulfilment_monitor("import", *words).status == 2


@ONLY_SQLITE
def test_people_read_counts_and_places(imported: Import, tmp_path: Path) -> None:
    path = written(tmp_path / "x.json", [a_document(), a_document(field="x")])
    ran = fulfilment_monitor("import", path)
    assert ran.out.splitlines()[0] == ("2 read, 1 registered, 0 updated, 0 unchanged, 1 refused")
    assert f"refused  {path}:1 /1/field invalid-field" in ran.out
    dry = fulfilment_monitor("import", path, "--dry-run")
    assert "nothing was changed" in dry.out


@ONLY_SQLITE
def test_who_imported_is_on_the_record(imported: Import, house: House) -> None:
    imported(a_document(), "--by", "李科")
    rows: dict[str, Any] = contents(house)
    assert "李科" in rows["contract"][0]
    assert "李科" in rows["audit_entry"][0]
