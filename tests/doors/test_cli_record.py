"""`audit verify`, `audit anchor`, `audit receipt`, `grants`: what a witness does with them."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from fulfilment_monitor.house import House
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.contracts import Obligation
from tests.services.builders import a_document, day, fulfilment_monitor, register, tamper
from tests.services.record_builders import keyed


@pytest.fixture
def witnessed(
    database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[House]:
    """A register with keys, and a folder of a witness."""
    monkeypatch.setenv("FM_DATABASE_URL", database_url)
    monkeypatch.setenv("FM_KEYS_DIR", str(tmp_path / "keys"))
    monkeypatch.setenv("FM_ANCHOR_SINK", str(tmp_path / "witness"))
    with keyed(database_url, tmp_path / "keys") as house:
        register(house, a_document())
        yield house


def verdicts(*arguments: object) -> list[int]:
    ran = fulfilment_monitor("audit", "verify", *map(str, arguments), "--json")
    found = [p["verdict"] for p in ran.json["problems"]]
    assert ran.status == (4 if found else 0)
    assert ran.json["ok"] is (not found)
    return found


@pytest.mark.proves("E2", "E3")
def test_a_witness_checks_with_what_it_kept(witnessed: House, tmp_path: Path) -> None:
    anchored = fulfilment_monitor("audit", "anchor", "--json").json["anchor"]
    assert fulfilment_monitor("audit", "anchor").status == 0
    kept = tmp_path / "witness" / "anchors.jsonl"
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [line["id"] for line in lines] == [1, 2]
    assert lines[0] == anchored
    with witnessed.readers() as session:
        (contract,) = session.scalars(AuditEntry.__table__.select().with_only_columns(
            AuditEntry.object_id).where(AuditEntry.object_type == "contract"))  # fmt: skip
    receipt = tmp_path / "receipt.json"
    receipt.write_text(fulfilment_monitor("audit", "receipt", "contract", contract).out)
    public = tmp_path / "keys" / "anchor-1.pub"
    everything = ("--anchor", kept, "--receipt", receipt, "--public-key", public, "--reconcile")
    assert verdicts(*everything) == []
    assert verdicts("--since", "1") == []
    tamper(witnessed, update(Obligation).values(due_on=day("2026-09-10")))
    assert verdicts(*everything) == [5]
    assert verdicts() == []
    other = tmp_path / "other.pub"
    fulfilment_monitor("keys", "rotate", "anchor")
    other.write_text((tmp_path / "keys" / "anchor-2.pub").read_text())
    assert set(verdicts("--anchor", kept, "--public-key", other)) == {3}


@pytest.mark.parametrize("name", ["--anchor", "--receipt", "--public-key"])
def test_a_file_that_is_none_is_refused(witnessed: House, tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\xff\x00rubbish")
    ran = fulfilment_monitor("audit", "verify", name, str(path))
    assert ran.status == 2
    assert "Traceback" not in ran.err


def test_the_sink_gets_each_anchor_once_even_after_it_was_away(
    witnessed: House, tmp_path: Path
) -> None:
    for _ in range(2):
        fulfilment_monitor("audit", "anchor")
    path = tmp_path / "witness" / "anchors.jsonl"
    path.unlink()
    fulfilment_monitor("audit", "anchor")
    assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == [1, 2, 3]


def test_sm3_is_chosen_by_a_setting(witnessed: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FM_AUDIT_HASH", "md5")
    ran = fulfilment_monitor("audit", "verify")
    assert (ran.status, "FM_AUDIT_HASH" in ran.err) == (2, True)
