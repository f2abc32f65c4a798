"""`evidence` and `fact state --evidence`: bytes that are kept, looked after, and given back."""

import hashlib
import json
from pathlib import Path

import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.evidence import Kept
from fulfilment_monitor.gateways import evidence_store as store
from fulfilment_monitor.house import House
from fulfilment_monitor.services import evidence
from fulfilment_monitor.store.audit import AuditEntry
from tests.gateways.backing_up import NOW, make, with_tools
from tests.services.builders import (
    CLERK,
    Ran,
    a_document,
    contents,
    fulfilment_monitor,
    register,
    view,
)

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PDF = b"%PDF-1.7 made up"
SHA = hashlib.sha256(PDF).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "evidence"


@pytest.fixture
def desk(house: House, folder: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("FM_EVIDENCE_DIR", str(folder))
    return house


@pytest.fixture
def voucher(tmp_path: Path) -> Path:
    path = tmp_path / "凭证.pdf"
    path.write_bytes(PDF)
    return path


def files_below(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if not p.is_dir()]


def spoil(folder: Path, digest: str = SHA) -> None:
    path = store.place(folder, digest)
    path.unlink()
    path.write_bytes(b"%PDF-1.7 another")


def acts(house: House, action: str) -> list[dict[str, object]]:
    with house.readers() as session:
        query = select(AuditEntry.body).where(AuditEntry.action == action).order_by(AuditEntry.seq)
        return [json.loads(bytes(b)) for b in session.scalars(query)]


# --- handing in -------------------------------------------------------------------------------


def test_a_file_is_kept_listed_and_given_back(desk: House, voucher: Path, tmp_path: Path) -> None:
    ran = fulfilment_monitor("evidence", "add", voucher, "--by", "李", "--json")
    assert (ran.status, ran.err) == (0, "")
    kept = {"sha256": SHA, "size": len(PDF), "media_type": "application/pdf", "name": "凭证.pdf"}
    assert ran.json == {"stored": [kept], "refused": []}
    listed = fulfilment_monitor("evidence", "list", "--json").json
    (item,) = listed["items"]
    assert {k: item[k] for k in kept} == kept
    assert (item["state"], item["stored_by"], listed["total"]) == ("whole", "李", 1)
    out = tmp_path / "out.pdf"
    ran = fulfilment_monitor("evidence", "get", SHA, out, "--json")
    assert (ran.status, ran.json["size"], out.read_bytes()) == (0, len(PDF), PDF)
    assert len(acts(desk, "evidence.keep")) == 1
    assert fulfilment_monitor("doctor").status == 0


@ONLY_SQLITE
def test_of_several_files_the_good_ones_are_kept_and_the_others_named(
    desk: House, voucher: Path, tmp_path: Path, folder: Path
) -> None:
    page = tmp_path / "a.pdf.html"
    page.write_text("<html>")
    ran = fulfilment_monitor("evidence", "add", page, voucher, "--json")
    assert (ran.status, [s["sha256"] for s in ran.json["stored"]]) == (3, [SHA])
    assert [(r["file"], r["code"]) for r in ran.json["refused"]] == [(str(page), "evidence.type")]
    assert [p.name for p in files_below(folder)] == [SHA]


@ONLY_SQLITE
def test_the_limit_is_a_setting(
    desk: House, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = tmp_path / "large.pdf"
    large.write_bytes(PDF + bytes(1_000_000))
    monkeypatch.setenv("FM_EVIDENCE_MEGABYTES", "1")
    ran = fulfilment_monitor("evidence", "add", large, "--json")
    assert (ran.status, ran.json["refused"][0]["code"]) == (3, "evidence.too-large")
    assert not folder.exists()
    monkeypatch.setenv("FM_EVIDENCE_MEGABYTES", "2")
    assert fulfilment_monitor("evidence", "add", large).status == 0
    for wrong in ("0", "-1", "many"):
        monkeypatch.setenv("FM_EVIDENCE_MEGABYTES", wrong)
        ran = fulfilment_monitor("evidence", "list")
        assert (ran.status, "FM_EVIDENCE_MEGABYTES" in ran.err) == (2, True)


def state(*words: str | Path) -> Ran:
    said = ["--kind", "paid", "--obligation", "payment", "--on", "2025-09-10"]
    by = ["--side", "treasury", "--amount", "1000.00"]
    return fulfilment_monitor("fact", "state", "HT-1", *said, *by, *words, "--json")


def test_a_statement_keeps_the_bytes_that_prove_it(
    desk: House, voucher: Path, folder: Path
) -> None:
    register(desk, a_document())
    assert state("--evidence", voucher).status == 0
    (fact,) = view(desk, "2025-09-20")["facts"]
    assert fact["evidence"] == [{"sha256": SHA, "name": "凭证.pdf"}]
    assert b"".join(store.chunks(folder, SHA)) == PDF
    (kept,) = acts(desk, "evidence.keep")
    assert kept["sha256"] == SHA
    (stated,) = acts(desk, "fact.state")
    assert stated["evidence"] == [[SHA, "凭证.pdf"]]


@ONLY_SQLITE
def test_a_statement_with_a_file_that_is_refused_is_not_made(
    desk: House, voucher: Path, tmp_path: Path, folder: Path
) -> None:
    register(desk, a_document())
    before = contents(desk)
    wrong = tmp_path / "wrong.pdf"
    wrong.write_bytes(b"GIF89a<html>")
    ran = state("--evidence", voucher, "--evidence", wrong)
    assert (ran.status, ran.out) == (3, "")
    assert "/evidence/1: wrong.pdf" in ran.err
    assert contents(desk) == before
    assert files_below(folder) == []


@ONLY_SQLITE
def test_a_store_that_cannot_be_written_stops_the_statement(
    desk: House, voucher: Path, folder: Path
) -> None:
    register(desk, a_document())
    before = contents(desk)
    folder.write_text("a file where the folder should be")
    ran = state("--evidence", voucher)
    assert (ran.status, ran.out) == (2, "")
    assert "[evidence.store-unusable]" in ran.err
    assert contents(desk) == before


@ONLY_SQLITE
def test_by_default_evidence_lies_beside_the_database(
    desk: House, voucher: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FM_DATABASE_URL", f"sqlite:///{tmp_path}/sub/a.db")
    monkeypatch.delenv("FM_EVIDENCE_DIR")
    assert fulfilment_monitor("evidence", "add", voucher).status == 0
    assert [p.name for p in files_below(tmp_path / "sub" / "evidence")] == [SHA]


# --- giving back ------------------------------------------------------------------------------


@ONLY_SQLITE
def test_a_file_that_is_not_whole_is_not_given_out(
    desk: House, voucher: Path, tmp_path: Path, folder: Path
) -> None:
    fulfilment_monitor("evidence", "add", voucher)
    out = tmp_path / "out.pdf"
    spoil(folder)
    ran = fulfilment_monitor("evidence", "get", SHA, out)
    assert (ran.status, "[evidence.damaged]" in ran.err, out.exists()) == (4, True, False)
    store.place(folder, SHA).unlink()
    ran = fulfilment_monitor("evidence", "get", SHA, out)
    assert (ran.status, "[evidence.missing]" in ran.err, out.exists()) == (4, True, False)
    assert fulfilment_monitor("evidence", "get", "f" * 64, out).status == 2
    assert fulfilment_monitor("evidence", "get", "../../x", out).status == 2


@ONLY_SQLITE
def test_nothing_is_written_over(desk: House, voucher: Path, tmp_path: Path) -> None:
    fulfilment_monitor("evidence", "add", voucher)
    assert fulfilment_monitor("evidence", "get", SHA, voucher).status == 2
    assert fulfilment_monitor("evidence", "get", SHA, tmp_path / "no" / "folder").status == 2
    assert voucher.read_bytes() == PDF


# --- the scrub --------------------------------------------------------------------------------


def scrub(*words: str | Path) -> Ran:
    return fulfilment_monitor("evidence", "scrub", *words, "--json")


def test_the_scrub_finds_what_is_not_whole_and_heals_it_from_a_backup(
    desk: House, tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_tools(monkeypatch)
    names = [f"{n}.pdf" for n in range(4)]
    for name in names:
        (tmp_path / name).write_bytes(PDF + name.encode())
    fulfilment_monitor("evidence", "add", *(tmp_path / n for n in names))
    digests = [hashlib.sha256(PDF + n.encode()).hexdigest() for n in names]
    make(desk, tmp_path / "backup", folder)
    whole = {"checked": 4, "damaged": [], "missing": [], "healed": [], "orphans": []}
    assert (scrub().status, scrub().json) == (0, whole)

    spoil(folder, digests[1])
    store.place(folder, digests[2]).unlink()
    ran = scrub()
    found = {**whole, "damaged": [digests[1]], "missing": [digests[2]]}
    assert (ran.status, ran.json) == (4, found)
    doctor = fulfilment_monitor("doctor", "--json")
    assert doctor.status == 4
    assert {v["check"] for v in doctor.json["violations"]} == {"evidence.not-whole"}

    ran = scrub("--heal-from", tmp_path / "backup")
    assert (ran.status, set(ran.json["healed"])) == (0, {digests[1], digests[2]})
    assert {**ran.json, "healed": []} == whole
    assert scrub().json == whole
    assert fulfilment_monitor("doctor").status == 0
    changes = [(a["was"], a["is"]) for a in acts(desk, "evidence.mark")]
    assert sorted(changes) == sorted(
        [("whole", "damaged"), ("whole", "missing"), ("damaged", "whole"), ("missing", "whole")]
    )


@ONLY_SQLITE
def test_a_damaged_backup_heals_nothing(
    desk: House, voucher: Path, tmp_path: Path, folder: Path
) -> None:
    fulfilment_monitor("evidence", "add", voucher)
    backup = tmp_path / "backup"
    make(desk, backup, folder)
    content = bytearray(backup.read_bytes())
    content[len(content) // 2] ^= 1
    backup.write_bytes(content)
    spoil(folder)
    ran = scrub("--heal-from", backup)
    assert (ran.status, "[backup.damaged]" in ran.err) == (4, True)
    assert scrub().json["damaged"] == [SHA]


@ONLY_SQLITE
def test_files_without_a_row_are_named_and_are_no_failure(
    desk: House, voucher: Path, folder: Path
) -> None:
    fulfilment_monitor("evidence", "add", voucher)
    left = hashlib.sha256(b"left").hexdigest()
    store.keep(folder, left, b"left")
    (folder / "ab" / "cd").mkdir(parents=True)
    (folder / "ab" / "cd" / ".incoming-x").write_text("half")
    ran = scrub()
    assert (ran.status, ran.json["checked"]) == (0, 1)
    assert set(ran.json["orphans"]) == {left, "ab/cd/.incoming-x"}


@ONLY_SQLITE
def test_more_files_than_a_batch_are_all_looked_at(desk: House, folder: Path) -> None:
    digests = [hashlib.sha256(b"%d" % n).hexdigest() for n in range(430)]
    with desk.sessions.begin() as session:
        kept = [Kept(d, 1, "text/plain", "x.txt") for d in digests]
        evidence.keep_files(session, kept, by=CLERK, now=NOW)
    ran = scrub()
    assert (ran.status, ran.json["checked"], set(ran.json["missing"])) == (4, 430, set(digests))
