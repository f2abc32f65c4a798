"""`backup` and `restore`: what was there comes back, and nothing else takes its place unnoticed."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyrage
import pytest
from alembic import command
from sqlalchemy import select, text, update

from fulfilment_monitor.domain.evidence import Kept
from fulfilment_monitor.gateways import evidence_store as store
from fulfilment_monitor.house import House, alembic_config, open_house
from fulfilment_monitor.services import epochs, evidence
from fulfilment_monitor.settings import Settings
from fulfilment_monitor.store.audit import AuditEntry
from tests.conftest import at
from tests.gateways.backing_up import another_database, with_tools
from tests.gateways.test_evidence_store import no_file_longer_than
from tests.services.builders import (
    CLERK,
    Ran,
    a_document,
    contents,
    day,
    fulfilment_monitor,
    paid,
    register,
    state,
    sweep,
    tamper,
    violations,
)

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CANARY = "金丝雀合同名称"
PDF = b"%PDF-1.7 canary in a voucher"
SHA = hashlib.sha256(PDF).hexdigest()


@pytest.fixture
def desk(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """A register with a contract, a statement and a file, and the commands pointed at it."""
    with_tools(monkeypatch)
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("FM_EVIDENCE_DIR", str(tmp_path / "evidence"))
    register(house, a_document(title=CANARY))
    store.keep(tmp_path / "evidence", SHA, PDF)
    with house.sessions.begin() as session:
        kept = Kept(SHA, len(PDF), "application/pdf", "凭证.pdf")
        evidence.keep_files(session, [kept], by=CLERK, now=at(day("2025-07-02")))
    return house


@pytest.fixture
def saved(desk: House, tmp_path: Path) -> Path:
    """A plain backup of it."""
    return backed_up(tmp_path / "saved.backup")


def backed_up(path: Path, *words: str) -> Path:
    ran = fulfilment_monitor("backup", path, *words, "--json")
    assert (ran.status, ran.err) == (0, "")
    return path


def restore(path: Path, *words: str | Path) -> Ran:
    return fulfilment_monitor("restore", path, *words, "--json")


def aim(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> House:
    """Point the commands at another database; returns it opened."""
    monkeypatch.setenv("FM_DATABASE_URL", url)
    monkeypatch.setenv("FM_EVIDENCE_DIR", str(folder / "evidence"))
    return open_house(Settings(database_url=url, evidence_dir=str(folder / "evidence")))


def everything_below(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def same_but_for_the_restore(old: dict[str, list[str]], new: dict[str, list[str]]) -> bool:
    differ = {name for name in old if old[name] != new[name]}
    return differ == {"audit_entry", "audit_head", "mark"} and (
        set(old["audit_entry"]) < set(new["audit_entry"])
    )


# --- there and back ---------------------------------------------------------------------------


def test_what_was_backed_up_comes_back(
    desk: House, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(desk)
    folder = tmp_path / "new"
    with another_database(desk, folder) as url:
        other = aim(monkeypatch, url, folder)
        other.close()
        ran = restore(saved, "--by", "值班员")
        assert (ran.status, ran.err) == (0, "")
        said = ran.json
        assert (said["epoch"], said["lost"], said["violations"]) == (
            1,
            {"total": 0, "acts": {}},
            [],
        )
        assert said["rows"]["contract"] == 1
        assert (said["evidence"], said["head"]["seq"]) == (1, said["backup_head"]["seq"] + 1)
        other = open_house(other.settings)
        assert same_but_for_the_restore(before, contents(other))
        assert b"".join(store.chunks(folder / "evidence", SHA)) == PDF
        assert fulfilment_monitor("doctor").status == 0
        assert fulfilment_monitor("audit", "verify", "--json").json["head"] == said["head"]["hash"]
        with other.readers() as session:
            assert epochs.epoch(session) == 1
            last = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc())).first()
            assert last is not None
            assert (last.action, last.actor) == ("database.restore", "值班员")
            body = json.loads(bytes(last.body))
            assert (body["epoch"], body["backup_head"], body["lost"]) == (
                1,
                said["backup_head"],
                0,
            )
        other.close()


def test_the_manifest_tells_what_is_inside(desk: House, tmp_path: Path) -> None:
    ran = fulfilment_monitor("backup", tmp_path / "a.backup", "--verify", "--json")
    assert ran.status == 0
    written = (tmp_path / "a.backup").read_bytes()
    assert (ran.json["size"], ran.json["sha256"]) == (
        len(written),
        hashlib.sha256(written).hexdigest(),
    )
    audit = fulfilment_monitor("audit", "verify", "--json").json
    assert ran.json["head"] == {"seq": audit["entries"], "hash": audit["head"]}
    kept = {k: ran.json[k] for k in ("database", "evidence", "encrypted", "violations")}
    kind = desk.engine.dialect.name
    assert kept == {"database": kind, "evidence": 1, "encrypted": False, "violations": []}
    assert {"contract": 1, "evidence_file": 1}.items() <= ran.json["rows"].items()
    assert violations(desk) == []


@ONLY_SQLITE
def test_what_is_unsound_is_backed_up_and_said_so(desk: House, tmp_path: Path) -> None:
    tamper(desk, update(AuditEntry).where(AuditEntry.seq == 1).values(actor="x"))
    ran = fulfilment_monitor("backup", tmp_path / "a.backup", "--verify", "--json")
    assert (ran.status, (tmp_path / "a.backup").exists()) == (4, True)
    assert [v for v in ran.json["violations"] if v.startswith("audit.chain: verdict 2")]


@ONLY_SQLITE
def test_evidence_that_is_gone_is_said_so(desk: House, tmp_path: Path) -> None:
    store.place(tmp_path / "evidence", SHA).unlink()
    ran = fulfilment_monitor("backup", tmp_path / "a.backup", "--json")
    assert (ran.status, ran.json["violations"]) == (4, [f"evidence.lacking: {SHA}"])


@ONLY_SQLITE
def test_people_are_told_what_happened(
    desk: House, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = fulfilment_monitor("backup", tmp_path / "b.backup").out
    assert "0 violations" in out
    monkeypatch.setenv("FM_DATABASE_URL", f"sqlite:///{tmp_path}/new/a.db")
    out = fulfilment_monitor("restore", saved).out
    for said in ("ago", "contract 1", "evidence  1 files", "head      act 2", "epoch     1"):
        assert said in out


# --- refusals of backup -----------------------------------------------------------------------


@ONLY_SQLITE
def test_a_file_that_is_there_is_written_over_only_by_force(desk: House, saved: Path) -> None:
    before = saved.read_bytes()
    ran = fulfilment_monitor("backup", saved)
    assert (ran.status, "--force" in ran.err, saved.read_bytes()) == (2, True, before)
    register(desk, a_document(contract_no="HT-2"))
    assert fulfilment_monitor("backup", saved, "--force").status == 0
    assert saved.read_bytes() != before


@ONLY_SQLITE
def test_a_full_disk_leaves_the_old_backup_and_no_other(
    desk: House, saved: Path, tmp_path: Path
) -> None:
    before = everything_below(tmp_path)
    with no_file_longer_than(saved.stat().st_size // 2):
        ran = fulfilment_monitor("backup", saved, "--force")
    assert (ran.status, "[backup." in ran.err) == (2, True)
    assert everything_below(tmp_path) == before


def test_where_there_is_no_database_there_is_no_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FM_DATABASE_URL", f"sqlite:///{tmp_path}/none.db")
    ran = fulfilment_monitor("backup", tmp_path / "a.backup")
    assert (ran.status, list(tmp_path.iterdir())) == (2, [])


@ONLY_SQLITE
def test_an_unknown_recipient_is_refused(desk: House, tmp_path: Path) -> None:
    ran = fulfilment_monitor("backup", tmp_path / "a.backup", "--to", "age1nonsense")
    assert (ran.status, "[backup.key]" in ran.err) == (2, True)
    assert not (tmp_path / "a.backup").exists()


# --- encryption -------------------------------------------------------------------------------


def a_key(path: Path) -> str:
    """A file of a new secret key, as age-keygen writes it; returns the public one."""
    key = pyrage.x25519.Identity.generate()
    path.write_text(f"# created: 2025-10-01\n# public key: {key.to_public()}\n{key}\n")
    return str(key.to_public())


@ONLY_SQLITE
def test_an_encrypted_backup_tells_nothing_and_opens_with_its_key_only(
    desk: House, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, other = a_key(tmp_path / "mine.key"), a_key(tmp_path / "other.key")
    second = a_key(tmp_path / "second.key")
    closed = backed_up(tmp_path / "closed.backup", "--to", mine, "--to", second)
    content = closed.read_bytes()
    assert PDF in saved.read_bytes(), "the search would find it if it were there"
    assert (PDF in content, CANARY.encode() in content, b"manifest" in content) == (False,) * 3
    assert mine != other
    folder = tmp_path / "new"
    with another_database(desk, folder) as url:
        aim(monkeypatch, url, folder).close()
        before = everything_below(folder)
        for words, code in (
            ((), "backup.key"),
            (("--identity", tmp_path / "other.key"), "backup.key"),
            (("--identity", closed), "backup.key"),
        ):
            ran = restore(closed, *words)
            assert (ran.status, f"[{code}]" in ran.err) == (2, True)
        assert everything_below(folder) == before
        ran = restore(closed, "--identity", tmp_path / "second.key")
        assert (ran.status, ran.json["evidence"]) == (0, 1)


@ONLY_SQLITE
def test_the_title_is_in_a_plain_sqlite_backup(desk: House, saved: Path) -> None:
    assert CANARY.encode() in saved.read_bytes()


@ONLY_SQLITE
def test_an_encrypted_backup_with_a_flipped_byte_is_refused_and_nothing_changes(
    desk: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = backed_up(tmp_path / "closed.backup", "--to", a_key(tmp_path / "key"))
    whole, folder = closed.read_bytes(), tmp_path / "new"
    monkeypatch.setenv("FM_DATABASE_URL", f"sqlite:///{folder}/a.db")
    header = whole.index(b"\n--- ")
    for place in (0, 30, header + 8, header + 60, 1_000, len(whole) // 2, len(whole) - 1):
        closed.write_bytes(whole[:place] + bytes([whole[place] ^ 2]) + whole[place + 1 :])
        ran = restore(closed, "--identity", tmp_path / "key")
        # a first line that was changed looks just like one written for another key
        assert ran.status == (2 if place == 30 else 4), (place, ran.err)
        assert everything_below(folder) == {}
    closed.write_bytes(whole[:-1])
    assert restore(closed, "--identity", tmp_path / "key").status == 4


# --- refusals of restore ----------------------------------------------------------------------


@ONLY_SQLITE
@pytest.mark.parametrize("spoilt", [lambda b: b"", lambda b: b"not a backup", lambda b: b[:-700]])
def test_what_is_no_whole_backup_is_a_failed_check(
    desk: House,
    saved: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoilt: Callable[[bytes], bytes],
) -> None:
    saved.write_bytes(spoilt(saved.read_bytes()))
    monkeypatch.setenv("FM_DATABASE_URL", f"sqlite:///{tmp_path}/new/a.db")
    ran = restore(saved)
    assert (ran.status, "[backup.damaged]" in ran.err, ran.out) == (4, True, "")
    assert everything_below(tmp_path / "new") == {}
    assert restore(tmp_path / "nowhere").status == 2


def test_a_database_that_holds_something_is_not_replaced_unasked(desk: House, saved: Path) -> None:
    before = contents(desk)
    ran = restore(saved)
    assert (ran.status, "[restore.not-empty]" in ran.err) == (2, True)
    if desk.engine.dialect.name == "postgresql":
        ran = restore(saved, "--force")
        assert (ran.status, "empty database" in ran.err) == (2, True)
    assert contents(desk) == before


@ONLY_SQLITE
def test_a_database_in_use_is_not_replaced(desk: House, saved: Path, tmp_path: Path) -> None:
    with desk.readers() as session:
        session.execute(text("SELECT 1 FROM contract"))
        before = contents(desk)
        ran = restore(saved, "--force")
        assert (ran.status, "[restore.in-use]" in ran.err) == (2, True)
        assert contents(desk) == before
    desk.close()
    assert restore(saved, "--force").status == 0


@ONLY_SQLITE
def test_the_old_database_is_moved_aside_and_never_deleted(
    desk: House, saved: Path, tmp_path: Path
) -> None:
    before = contents(desk)
    desk.close()
    first, second = restore(saved, "--force"), restore(saved, "--force", "--accept-loss", "1")
    assert (first.status, second.status) == (0, 0)
    asides = [Path(r.json["aside"]) for r in (first, second)]
    assert len({*asides}) == 2
    old = open_house(Settings(database_url=f"sqlite:///{asides[0]}"))
    assert contents(old) == before
    old.close()
    assert (first.json["epoch"], second.json["epoch"]) == (1, 2)


@ONLY_SQLITE
def test_going_back_needs_the_number_of_acts_that_are_lost(
    desk: House, saved: Path, tmp_path: Path
) -> None:
    state(desk, paid("2025-09-10", "5.00"), "2025-09-11")
    sweep(desk, "2025-09-25")
    after = contents(desk)
    desk.close()
    lost = len(after["audit_entry"]) - 2
    assert lost > 1
    for words in ((), ("--accept-loss", "1"), ("--accept-loss", str(lost + 1))):
        ran = restore(saved, "--force", *words)
        assert (ran.status, "[restore.would-forget]" in ran.err) == (2, True)
        assert f"--accept-loss {lost}" in ran.err
        assert "fact.state 1" in ran.err
    assert contents(desk) == after
    desk.close()
    ran = restore(saved, "--force", "--accept-loss", str(lost))
    assert (ran.status, ran.json["lost"]["total"]) == (0, lost)
    assert f"{lost} ACTS ON THE RECORD WERE GIVEN UP" in ran.err
    with desk.readers() as session:
        query = select(AuditEntry.body).where(AuditEntry.action == "database.restore")
        assert json.loads(bytes(session.scalars(query).one()))["lost"] == lost


@ONLY_SQLITE
def test_another_history_of_the_same_length_is_a_loss_too(
    desk: House, saved: Path, tmp_path: Path
) -> None:
    # both records have three acts, and only the first two are the same
    register(desk, a_document(contract_no="HT-2"))
    longer = backed_up(tmp_path / "longer.backup")
    desk.close()
    assert restore(saved, "--force", "--accept-loss", "1").status == 0
    desk.close()
    ran = restore(longer, "--force")
    assert (ran.status, "database.restore 1" in ran.err) == (2, True)


@ONLY_SQLITE
def test_going_forward_loses_nothing(desk: House, saved: Path, tmp_path: Path) -> None:
    state(desk, paid("2025-09-10", "5.00"), "2025-09-11")
    later = backed_up(tmp_path / "later.backup")
    desk.close()
    (tmp_path / "fulfilment.db").unlink()
    assert restore(saved).status == 0
    # the restore itself is on the record here and not in the later backup
    assert restore(later, "--force").status == 2
    assert restore(later, "--force", "--accept-loss", "1").json["epoch"] == 2


@ONLY_SQLITE
def test_a_database_that_cannot_be_read_any_more_can_be_replaced(
    desk: House, saved: Path, tmp_path: Path
) -> None:
    desk.close()
    live = tmp_path / "fulfilment.db"
    live.write_bytes(b"no database at all" * 1_000)
    Path(f"{live}-wal").write_bytes(b"x" * 5_000)
    assert restore(saved).status == 2
    ran = restore(saved, "--force")
    assert (ran.status, ran.json["lost"]) == (0, None)
    assert "COULD NOT BE READ" in ran.err
    aside = Path(ran.json["aside"])
    assert aside.read_bytes() == b"no database at all" * 1_000
    assert Path(f"{aside}-wal").read_bytes() == b"x" * 5_000
    assert fulfilment_monitor("doctor").status == 0


@ONLY_SQLITE
def test_evidence_that_is_damaged_is_whole_after_a_restore(
    desk: House, saved: Path, tmp_path: Path
) -> None:
    path = store.place(tmp_path / "evidence", SHA)
    path.unlink()
    path.write_bytes(b"other")
    desk.close()
    assert restore(saved, "--force").status == 0
    assert path.read_bytes() == PDF


def test_a_backup_of_the_other_kind_is_refused(
    desk: House, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: str
) -> None:
    other = postgres if desk.engine.dialect.name == "sqlite" else f"sqlite:///{tmp_path}/x/a.db"
    monkeypatch.setenv("FM_DATABASE_URL", other)
    ran = restore(saved)
    assert (ran.status, "[restore.other-kind]" in ran.err) == (2, True)
    assert everything_below(tmp_path / "x") == {}


# --- releases ---------------------------------------------------------------------------------


def test_an_older_backup_is_brought_up_to_date_when_asked(
    desk: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with another_database(desk, tmp_path / "old") as url:
        old = aim(monkeypatch, url, tmp_path / "old")
        command.upgrade(alembic_config(old.settings), "0001_initial")
        saved = backed_up(tmp_path / "old.backup")
        fulfilment_monitor("upgrade")
        old.close()
    with another_database(desk, tmp_path / "new") as url:
        aim(monkeypatch, url, tmp_path / "new").close()
        ran = restore(saved)
        assert (ran.status, "[restore.other-release]" in ran.err) == (2, True)
        assert "--upgrade" in ran.err
        ran = restore(saved, "--upgrade")
        assert (ran.status, ran.json["revision"], ran.json["epoch"]) == (0, "0001_initial", 1)
        assert fulfilment_monitor("doctor").status == 0


@ONLY_SQLITE
def test_a_backup_of_a_later_release_is_refused(
    desk: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tamper(desk, "UPDATE alembic_version SET version_num = '9999_later'")
    saved = backed_up(tmp_path / "later.backup")
    with another_database(desk, tmp_path / "new") as url:
        aim(monkeypatch, url, tmp_path / "new").close()
        ran = restore(saved, "--upgrade")
        assert (ran.status, "9999_later" in ran.err) == (2, True)


@ONLY_SQLITE
def test_a_restored_file_is_one_file_and_works_as_before(
    desk: House, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "new"
    monkeypatch.setenv("FM_DATABASE_URL", f"sqlite:///{folder}/a.db")
    assert restore(saved).status == 0
    assert sorted(p.name for p in folder.iterdir()) == ["a.db"]
    with closing(sqlite3.connect(folder / "a.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert fulfilment_monitor("sweep", "--as-of", "2025-09-25").status == 0
    assert fulfilment_monitor("doctor").status == 0
