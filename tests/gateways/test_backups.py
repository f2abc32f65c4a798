"""Backups: consistent while others write, and refused when a single byte is another."""

import hashlib
import io
import json
import random
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Semaphore
from typing import Any

import pyrage
import pytest
from sqlalchemy import select

from fulfilment_monitor.domain.evidence import FileState, Kept
from fulfilment_monitor.gateways import backups, evidence_store, postgresql_copies, sealed
from fulfilment_monitor.gateways.postgresql_copies import ToolMissing, program
from fulfilment_monitor.gateways.sealed import BackupDamaged, BackupFailed, Member
from fulfilment_monitor.house import House, open_house
from fulfilment_monitor.services import audit, evidence, reconciling
from fulfilment_monitor.store.evidence import EvidenceFile
from tests.gateways.backing_up import (
    NOW,
    another_database,
    make,
    place_of,
    restore,
    settings_of,
    with_tools,
)
from tests.services.builders import CLERK, a_document, paid, register, state, sweep, violations

#: One day for everything: the record of acts notices when time runs backwards.
TODAY = "2025-10-01"
ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    with_tools(monkeypatch)


# --- while others write -----------------------------------------------------------------------


def hand_in(house: House, folder: Path, content: bytes) -> None:
    digest = hashlib.sha256(content).hexdigest()
    evidence_store.keep(folder, digest, content)
    with house.sessions.begin() as session:
        kept = Kept(digest, len(content), "text/plain", "x.txt")
        evidence.keep_files(session, [kept], by=CLERK, now=NOW)


def write_until(stop: Event, acts: Semaphore, house: House, folder: Path, name: str) -> int:
    """Register, state, hand in, and now and then sweep, until told to stop."""
    count = 0
    while not stop.is_set():
        acts.release()
        count += 1
        number = f"{name}-{count}"
        register(house, a_document(contract_no=number), on=TODAY)
        state(house, paid("2025-09-09", "5.00"), TODAY, number=number)
        hand_in(house, folder, number.encode())
        if count % 5 == 0:
            sweep(house, TODAY)
    return count


def backed_up_under_load(house: House, tmp_path: Path, times: int) -> None:
    """Each backup made meanwhile restores to a register that is sound, its evidence whole."""
    folder = tmp_path / "evidence"
    register(house, a_document(contract_no="first"), on=TODAY)
    stop, acts, heads = Event(), Semaphore(0), []
    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write_until, stop, acts, house, folder, n) for n in "abc"]
        try:
            for n in range(times):
                for _ in range(4):  # of three writers, so one has written since the last time
                    assert acts.acquire(timeout=60)
                made = make(house, tmp_path / f"{n}.backup", folder)
                assert made.manifest.evidence_lacking == made.manifest.chain_problems == []
                heads.append(made.manifest.head_seq)
        finally:
            stop.set()
        assert all(w.result() for w in writers)
    assert heads == sorted(set(heads)), "nobody wrote between two backups"
    for n in range(times):
        with another_database(house, tmp_path / f"r{n}") as url:
            settings = settings_of(url, tmp_path / f"r{n}")
            done = restore(house, tmp_path / f"{n}.backup", place_of(settings))
            assert (done.violations, done.head.seq) == ([], heads[n] + 1)
            check_restored(open_house(settings))


def check_restored(house: House) -> None:
    with house.readers() as session:
        assert audit.verify(session).ok
        assert list(reconciling.reconcile(session)) == []
        digests = list(session.scalars(select(EvidenceFile.sha256)))
    folder = house.settings.evidence_path()
    assert {evidence_store.look(folder, d) for d in digests} <= {FileState.WHOLE}
    assert violations(house) == []
    register(house, a_document(contract_no="after"), on=TODAY)
    assert violations(house) == []
    house.close()


def test_five_backups_under_load_restore_to_sound_registers(house: House, tmp_path: Path) -> None:
    backed_up_under_load(house, tmp_path, 5)


@pytest.mark.endurance
def test_twenty_backups_under_load_restore_to_sound_registers(house: House, tmp_path: Path) -> None:
    backed_up_under_load(house, tmp_path, 20)


# --- a byte that is another -------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A sealed file of three members, none of which fills its last block."""
    out = tmp_path / "small"
    parts = [Member("a", 3, [b"abc"]), Member("b", 600, [b"x" * 600]), Member("c", 0, [])]
    sealed.write(out, parts, [], force=False)
    return out


def test_a_sealed_file_is_an_ordinary_tar(small: Path) -> None:
    with tarfile.open(small) as tar:
        assert tar.getnames() == ["a", "b", "c", "seal.sha256"]
    assert [(n, s, f.read()) for n, s, f in sealed.members(small)] == [
        ("a", 3, b"abc"),
        ("b", 600, b"x" * 600),
        ("c", 0, b""),
    ]


def test_every_single_byte_of_a_sealed_file_counts(small: Path, tmp_path: Path) -> None:
    whole = small.read_bytes()
    assert sealed.open_sealed(small, None, tmp_path) == small
    accepted = []
    for place in range(len(whole)):
        small.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        try:
            sealed.open_sealed(small, None, tmp_path)
            accepted.append(place)
        except BackupDamaged:
            pass
    assert accepted == []


@pytest.mark.parametrize(
    "spoilt",
    [lambda b: b[:-1], lambda b: b + b"\0", lambda b: b"", lambda b: b[512:], lambda b: b[:2048]],
)
def test_a_sealed_file_cut_or_lengthened_is_refused(
    small: Path, tmp_path: Path, spoilt: Callable[[bytes], bytes]
) -> None:
    small.write_bytes(spoilt(small.read_bytes()))
    with pytest.raises(BackupDamaged):
        sealed.open_sealed(small, None, tmp_path)


@ONLY_SQLITE
def test_a_backup_with_a_flipped_byte_is_refused_before_anything_is_written(
    house: House, tmp_path: Path
) -> None:
    register(house, a_document())
    hand_in(house, tmp_path / "evidence", b"proof")
    backup = tmp_path / "backup"
    make(house, backup, tmp_path / "evidence")
    whole, target = backup.read_bytes(), tmp_path / "target"
    chosen = random.Random(7).sample(range(len(whole)), 40)
    for place in [0, 600, len(whole) - 1, *chosen]:
        backup.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        with pytest.raises(BackupDamaged):
            restore(house, backup, place_of(settings_of(f"sqlite:///{target}/a.db", target)))
        assert list(target.iterdir()) == []
    backup.write_bytes(whole)
    done = restore(house, backup, place_of(settings_of(f"sqlite:///{target}/a.db", target)))
    assert done.violations == []


# --- made by somebody else, but sealed well ---------------------------------------------------


def resealed(backup: Path, change: Callable[[list[tuple[str, bytes]]], None]) -> None:
    """Change the members of a backup and seal it again, as somebody with bad intentions might."""
    parts = [(name, file.read()) for name, _, file in sealed.members(backup)]
    change(parts)
    members = [Member(name, len(content), [content]) for name, content in parts]
    sealed.write(backup, members, [], force=True)


def in_manifest(change: Callable[[dict[str, Any]], Any]) -> Callable[[list[Any]], None]:
    def changed(parts: list[Any]) -> None:
        said = json.loads(parts[0][1])
        change(said)
        parts[0] = (parts[0][0], json.dumps(said).encode())

    return changed


def swap_name(old: str, new: str) -> Callable[[list[Any]], None]:
    def changed(parts: list[Any]) -> None:
        parts[:] = [(n.replace(old, new), c) for n, c in parts]

    return changed


FORGED: dict[str, Callable[[list[Any]], Any]] = {
    "no manifest": lambda p: p.pop(0),
    "nothing": lambda p: p.clear(),
    "no database": lambda p: p.pop(1),
    "a file too few": lambda p: p.pop(2),
    "a file too many": lambda p: p.append(("evidence/" + "a" * 64, b"x")),
    "a file twice": lambda p: p.append(p[-1]),
    "another content": lambda p: p.__setitem__(2, (p[2][0], b"other")),
    "a path upwards": swap_name("evidence/", "../"),
    "no JSON": lambda p: p.__setitem__(0, (p[0][0], b"{")),
    "a list": lambda p: p.__setitem__(0, (p[0][0], b"[]")),
    "a field too few": in_manifest(lambda m: m.pop("epoch")),
    "a field too many": in_manifest(lambda m: m.update(x=1)),
    "a later form": in_manifest(lambda m: m.update(format=2)),
    "truth for a number": in_manifest(lambda m: m.update(epoch=True)),
    "parts of another shape": in_manifest(lambda m: m.update(parts=[1])),
    "a part upwards": in_manifest(lambda m: m["parts"][1].update(name="../../x")),
    "a moment without zone": in_manifest(lambda m: m.update(created_at="2025-01-01T00:00:00")),
    "other counts": in_manifest(lambda m: m["rows"].update(contract=99)),
    "another head": in_manifest(lambda m: m.update(head_seq=0)),
}


@ONLY_SQLITE
def test_a_backup_that_was_put_together_otherwise_is_refused(house: House, tmp_path: Path) -> None:
    register(house, a_document())
    hand_in(house, tmp_path / "evidence", b"proof")
    backup, target = tmp_path / "backup", tmp_path / "target"
    make(house, backup, tmp_path / "evidence")
    whole = backup.read_bytes()
    for what, change in FORGED.items():
        backup.write_bytes(whole)
        resealed(backup, change)
        with pytest.raises(BackupDamaged):
            restore(house, backup, place_of(settings_of(f"sqlite:///{target}/a.db", target)))
        assert list(target.iterdir()) == [], what


def test_a_link_in_a_tar_is_no_member(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        link = tarfile.TarInfo("manifest.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link, io.BytesIO())
    with pytest.raises(BackupDamaged):
        list(sealed.members(tmp_path / "a.tar"))


# --- what stands in the way -------------------------------------------------------------------


@ONLY_SQLITE
def test_a_file_that_is_gone_when_the_backup_is_made_is_named_in_it(
    house: House, tmp_path: Path
) -> None:
    folder = tmp_path / "evidence"
    for content in (b"one", b"two"):
        hand_in(house, folder, content)
    gone = hashlib.sha256(b"one").hexdigest()
    evidence_store.place(folder, gone).unlink()
    made = make(house, tmp_path / "backup", folder)
    assert made.manifest.evidence_lacking == [gone]
    target = tmp_path / "target"
    place = place_of(settings_of(f"sqlite:///{target}/a.db", target))
    assert restore(house, tmp_path / "backup", place).violations == [f"evidence.lacking: {gone}"]


@ONLY_SQLITE
@pytest.mark.parametrize("closed", [False, True])
def test_a_file_that_spoils_while_it_is_copied_stops_the_backup(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed: bool
) -> None:
    to = [pyrage.x25519.Identity.generate().to_public()] if closed else []
    folder = tmp_path / "evidence"
    hand_in(house, folder, b"one")
    evidence_store.place(folder, hashlib.sha256(b"one").hexdigest()).unlink()
    monkeypatch.setattr(evidence_store, "look", lambda *_: FileState.WHOLE)
    with pytest.raises(evidence_store.EvidenceMissing):
        make(house, tmp_path / "backup", folder, to=to)
    assert not [p for p in tmp_path.iterdir() if "backup" in p.name]


@ONLY_SQLITE
def test_a_database_that_is_broken_is_not_backed_up(house: House, tmp_path: Path) -> None:
    register(house, *(a_document(contract_no=f"HT-{n}") for n in range(40)))
    house.close()
    path = house.settings.sqlite_path()
    assert path is not None
    content = bytearray(path.read_bytes())
    for page in range(10 * 4096, len(content) - 4096, 4096):
        content[page : page + 60] = b"\xee" * 60
    path.write_bytes(content)
    with pytest.raises(BackupDamaged):
        make(house, tmp_path / "backup", tmp_path / "evidence")
    assert not (tmp_path / "backup").exists()


@ONLY_SQLITE
@pytest.mark.parametrize("where", ["fulfilment.db", "evidence/x", "evidence", "nowhere/x"])
def test_a_backup_is_not_written_over_what_it_copies(
    house: House, tmp_path: Path, where: str
) -> None:
    hand_in(house, tmp_path / "evidence", b"one")
    before = (tmp_path / "fulfilment.db").read_bytes()
    with pytest.raises(BackupFailed):
        make(house, tmp_path / where, tmp_path / "evidence", force=True)
    assert (tmp_path / "fulfilment.db").read_bytes() == before


def test_a_server_newer_than_every_tool_is_a_clear_refusal() -> None:
    with pytest.raises(ToolMissing, match="pg_dump 99 or newer"):
        program("pg_dump", 99)


def test_the_oldest_tool_that_will_do_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a newer pg_dump writes settings that an older server does not know
    for major in (97, 99, 98, 96):
        tool = tmp_path / f"{major}" / "bin" / "pg_dump"
        tool.parent.mkdir(parents=True)
        tool.write_text(f'#!/bin/sh\necho "pg_dump (PostgreSQL) {major}.1"\n')
        tool.chmod(0o755)
    monkeypatch.setattr(postgresql_copies, "_PLACES", (f"{tmp_path}/*/bin",))
    assert program("pg_dump", 97).parent.parent.name == "97"
    assert program("pg_dump", 98).parent.parent.name == "98"


def test_a_password_is_not_among_the_words_others_can_see(tmp_path: Path) -> None:
    url = "postgresql+psycopg://clerk:a%3Ab%5Cc@db.example/register?sslmode=require"
    shown = postgresql_copies._address(url, tmp_path)
    assert "a:b" not in shown
    assert "a%3Ab" not in shown
    assert shown.startswith("postgresql://clerk@db.example/register?")
    assert "sslmode=require" in shown
    file = tmp_path / "pgpass"
    assert file.read_text() == "*:*:*:*:a\\:b\\\\c\n"
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_backup_in_the_making_is_seen_by_nobody_else(house: House, tmp_path: Path) -> None:
    register(house, a_document())
    seen: list[int] = []

    def look(url: str) -> list[str]:
        seen.extend(p.stat().st_mode & 0o077 for p in tmp_path.glob(".fm-backup-*"))
        return ["looked"]

    made = make(house, tmp_path / "backup", tmp_path / "evidence", examine=look)
    assert (made.violations, set(seen)) == (["looked"], {0})
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".*"))


def test_a_place_of_postgresql_has_no_file() -> None:
    place = backups.Place("postgresql://x", None, Path("var/evidence"))
    assert (place.kind, place.scratch) == ("postgresql", Path("var"))
