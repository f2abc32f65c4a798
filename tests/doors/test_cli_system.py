"""The service itself: settings, a fresh database, `doctor`, `audit verify`, and exit statuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import delete, update

from fulfilment_monitor.house import House
from fulfilment_monitor.store.audit import AuditEntry
from fulfilment_monitor.store.duties import Timer
from tests.postgres import create_database
from tests.services.builders import (
    a_document,
    alerts_folder,
    fulfilment_monitor,
    register,
    sweep,
    tamper,
    written,
)

ONLY_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def desk(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    return house


def in_a_shell(*words: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, which knows nothing but these settings."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FM_")}  # noqa: TID251
    return subprocess.run(
        [sys.executable, "-c", "from fulfilment_monitor.cli import main; main()", *words],
        env={**kept, **env},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )


# --- a database that is not there yet ---------------------------------------------------------

COMMANDS = [
    ["sweep", "--as-of", "2025-09-25", "--json"],
    ["doctor", "--json"],
    ["audit", "verify", "--json"],
    ["alerts", "--json"],
    ["leads", "--json"],
    ["contracts", "--json"],
    ["deadline", "payment.organ", "2025-08-05", "--json"],
    ["clock", "acknowledge", "--json"],
    ["upgrade"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_every_command_makes_an_empty_database_ready(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FM_DATABASE_URL", f"sqlite:///{tmp_path}/var/new.db")
    ran = fulfilment_monitor(*words)
    assert (ran.status, ran.err) == (0, "")
    assert json.loads(ran.out or "{}") is not None
    assert fulfilment_monitor("doctor", "--json").json["violations"] == []


def test_an_empty_postgresql_database_is_made_ready_too(
    postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = create_database(postgres, "empty")
    monkeypatch.setenv("FM_DATABASE_URL", url)
    assert fulfilment_monitor("leads", "--json").json == {"items": [], "total": 0}
    assert fulfilment_monitor("doctor").status == 0


def test_importing_into_an_empty_database_works_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FM_DATABASE_URL", f"sqlite:///{tmp_path}/new.db")
    ran = fulfilment_monitor("import", written(tmp_path / "a.json", a_document()), "--json")
    assert (ran.status, ran.json["registered"]) == (0, 1)


def test_the_address_of_postgresql_may_leave_the_driver_out(
    desk: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = desk.settings.database_url.replace("postgresql+psycopg:", "postgresql:")
    monkeypatch.setenv("FM_DATABASE_URL", url)
    assert fulfilment_monitor("leads", "--json").json == {"items": [], "total": 0}
    assert fulfilment_monitor("upgrade").status == 0


def test_a_database_of_another_release_is_refused(desk: House) -> None:
    tamper(desk, "UPDATE alembic_version SET version_num = '0000_older'")
    ran = fulfilment_monitor("leads", "--json")
    assert (ran.status, ran.out) == (2, "")
    assert "fulfilment-monitor upgrade" in ran.err


# --- settings ---------------------------------------------------------------------------------


@ONLY_SQLITE
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FM_CLOCK_TOLERANCE_SECONDS", "soon"),
        ("FM_CLOCK_TOLERANCE_SECONDS", "-1"),
        ("FM_CLOCK_TOLERANCE_SECONDS", "²"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_and_is_wrong_usage(
    desk: House, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = fulfilment_monitor("leads", "--json")
    assert (ran.status, ran.out) == (2, ""), ran.err
    assert name in ran.err


@ONLY_SQLITE
def test_a_setting_nobody_knows_is_named_on_stderr_and_stops_nothing(desk: House) -> None:
    # names are shared with later releases and with deployments; a typo has to be seen all the same
    env = {"FM_DATABASE_URL": desk.settings.database_url, "FM_DATABASE_URI": "sqlite:///x.db"}
    done = in_a_shell("leads", "--json", **env)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"items": [], "total": 0})
    assert "FM_DATABASE_URI" in done.stderr


@pytest.mark.parametrize("url", ["nonsense", "mysql://localhost/x", "sqlite://", "oracle:x"])
def test_an_address_of_no_database_is_wrong_usage(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FM_DATABASE_URL", url)
    ran = fulfilment_monitor("leads", "--json")
    assert (ran.status, ran.out) == (2, ""), ran.err


def refused_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The words with which a command refuses an alerts folder."""
    monkeypatch.setenv("FM_ALERTS_DIR", str(folder))
    ran = fulfilment_monitor("leads", "--json")
    assert (ran.status, ran.out) == (2, ""), ran.err
    return ran.err


@ONLY_SQLITE
@pytest.mark.parametrize(
    "change",
    [
        ("procurement = 15", "procurement = -1"),
        ("procurement = 15", 'procurement = "15"'),
        ("reschedulings = 2", ""),
        ('at = "T-7"', 'at = "7 days before"'),
        ('severity = "breach"', 'severity = "terrible"'),
        ('message = "payment_overdue"', 'message = "nothing"'),
        ('at = "T-7"', 'at = "T-30"'),
        ('watches = ["payment", "deposit_return"]', 'watches = ["money"]'),
    ],
)
def test_rules_that_cannot_be_used_stop_every_command_at_its_start(
    desk: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str]
) -> None:
    assert "rules.toml" in refused_folder(alerts_folder(tmp_path, change), monkeypatch)


@ONLY_SQLITE
@pytest.mark.parametrize("rules", ["[office", "", "\x00", None])
def test_an_alerts_folder_without_readable_rules_is_refused_not_a_crash(
    desk: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rules: str | None
) -> None:
    folder = alerts_folder(tmp_path)
    (folder / "rules.toml").unlink()
    if rules is not None:
        (folder / "rules.toml").write_text(rules, "utf-8")
    refused_folder(folder, monkeypatch)


@ONLY_SQLITE
def test_an_alerts_folder_that_is_not_there_is_refused_not_a_crash(
    desk: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused_folder(tmp_path / "nowhere", monkeypatch)


@ONLY_SQLITE
@pytest.mark.parametrize("words", ["{nothing}", "{", "{0}", "{title.nothing}", "{title:d}"])
def test_a_message_that_cannot_be_filled_in_is_refused_at_the_start_not_at_night(
    desk: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    # bad settings and rules stop where the house is opened, and none of them may crash a list
    folder = alerts_folder(tmp_path)
    (folder / "messages" / "payment_overdue.zh.txt").write_text(words, "utf-8")
    refused_folder(folder, monkeypatch)


# --- doctor and audit -------------------------------------------------------------------------


def test_a_sound_register_is_0_and_says_how_much_was_checked(desk: House) -> None:
    register(desk, a_document())
    sweep(desk, "2025-09-25")
    ran = fulfilment_monitor("doctor", "--json")
    assert (ran.status, ran.err, ran.json["violations"]) == (0, "", [])
    assert ran.json["checks"] >= 18
    assert fulfilment_monitor("doctor").out == f"{ran.json['checks']} checks, 0 violations\n"


def test_a_violation_is_4_and_named(desk: House) -> None:
    register(desk, a_document())
    tamper(desk, delete(Timer))
    ran = fulfilment_monitor("doctor", "--json")
    assert (ran.status, ran.err) == (4, "")
    assert [v["check"] for v in ran.json["violations"]] == ["duty.without-timer"]
    assert "duty.without-timer" in fulfilment_monitor("doctor").out


def test_a_whole_record_is_0(desk: House) -> None:
    register(desk, a_document(), a_document(contract_no="HT-2"))
    ran = fulfilment_monitor("audit", "verify", "--json")
    assert (ran.status, ran.err) == (0, "")
    shown = ran.json
    assert bytes.fromhex(shown.pop("head")) != bytes(32)
    assert shown == {"entries": 2, "ok": True, "problems": []}
    assert fulfilment_monitor("audit", "verify").out == "2 entries, whole\n"


def test_a_changed_record_is_4_with_the_verdict(desk: House) -> None:
    register(desk, a_document(), a_document(contract_no="HT-2"))
    tamper(desk, update(AuditEntry).where(AuditEntry.seq == 2).values(actor="x"))
    ran = fulfilment_monitor("audit", "verify", "--json")
    assert (ran.status, ran.err, ran.json["ok"]) == (4, "", False)
    assert [(p["verdict"], p["seq"]) for p in ran.json["problems"]] == [(2, 2)]
    assert "NOT WHOLE" in fulfilment_monitor("audit", "verify").out


# --- in a process of its own ------------------------------------------------------------------


@ONLY_SQLITE
def test_a_shell_sees_one_document_on_stdout_and_the_status(desk: House, tmp_path: Path) -> None:
    url = {"FM_DATABASE_URL": desk.settings.database_url}
    path = written(tmp_path / "合同.json", [a_document(), a_document(field="x")])
    done = in_a_shell("import", path, "--json", **url)
    assert (done.returncode, done.stderr) == (3, "")
    assert json.loads(done.stdout)["registered"] == 1
    assert in_a_shell("leads", "--jsn", **url).returncode == 2


@ONLY_SQLITE
def test_chinese_is_printed_whatever_the_locale(desk: House) -> None:
    register(desk, a_document())
    env = {"FM_DATABASE_URL": desk.settings.database_url, "LC_ALL": "C"}
    done = in_a_shell("contract", "HT-1", "--json", **env)
    assert json.loads(done.stdout)["title"] == "办公设备采购"


def test_without_settings_the_register_lies_under_var(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from fulfilment_monitor.cli import main; main()", "leads"],
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if not k.startswith("FM_")},  # noqa: TID251
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, b"0 of 0\n")
    assert (tmp_path / "var" / "fulfilment_monitor.db").is_file()


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--version"], ["import", "--help"]])
def test_help_is_there_without_a_database(words: list[str], tmp_path: Path) -> None:
    ran = fulfilment_monitor(*words)
    assert ran.status == 0
    assert ran.out


@pytest.mark.parametrize("words", [["nonsense"], ["--nonsense"], ["leads", "x"], ["audit", "x"]])
def test_what_is_no_command_is_wrong_usage(words: list[str]) -> None:
    assert fulfilment_monitor(*words).status == 2
