"""The doors to the vault, to a receipt and to the keys."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from fulfilment_monitor.cli.entry import _ending
from fulfilment_monitor.cli.keys import keys
from fulfilment_monitor.cli.lookup import lookup
from fulfilment_monitor.cli.vault import vault
from fulfilment_monitor.domain.secrets import Secrets
from fulfilment_monitor.gateways.keyring import open_keyring
from fulfilment_monitor.house import House
from tests.services.builders import Ran, _closing_engines
from tests.services.case_builders import a_town
from tests.services.complaint_builders import Complained, a_claim, complain


@pytest.fixture
def secrets(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Secrets:
    monkeypatch.setenv("FM_DATABASE_URL", house.settings.database_url)
    monkeypatch.setenv("FM_KEYS_DIR", str(tmp_path / "keys"))
    return open_keyring(tmp_path / "keys")


def run(command: click.Command, *words: str, typed: str = "") -> Ran:
    """A command as the entry point would run it."""
    with _closing_engines():
        done = CliRunner().invoke(_ending(command), words, input=typed)
    assert done.exit_code != 1, done.output
    return Ran(done.exit_code, done.stdout, done.stderr)


def a_complaint(house: House, secrets: Secrets) -> Complained:
    a_town(house)
    return complain(house, secrets, a_claim(house), identity={"name": "某企业"}, contact="000")


@pytest.mark.proves("C4", "C11")
def test_two_people_open_the_vault_and_replace_a_code(house: House, secrets: Secrets) -> None:
    kept = a_complaint(house, secrets)
    asked = run(
        vault, "ask", kept.ulid, "--item", "identity", "--item", "contact", "--motive", "核实",
        "--as", "handler", "--json",
    )  # fmt: skip
    request = asked.json["request"]
    early = run(vault, "open", request, "--as", "handler")
    assert (early.status, early.out) == (2, "")
    assert run(vault, "decide", request, "--approve", "--as", "handler").status == 2
    assert run(vault, "decide", request, "--approve", "--as", "custodian").status == 0
    seen = run(vault, "open", request, "--as", "handler", "--json")
    assert seen.json == {"identity": {"name": "某企业"}, "contact": "000"}
    assert run(vault, "open", request, "--as", "handler").status == 2
    code = run(vault, "replace-receipt", request, "--as", "custodian").out.strip()
    assert run(lookup, typed=code).status == 0
    assert run(lookup, typed=kept.code).status == 2


def test_the_code_is_read_from_stdin_and_never_from_the_command_line(
    house: House, secrets: Secrets
) -> None:
    kept = a_complaint(house, secrets)
    assert run(lookup, kept.code).status == 2
    hit = run(lookup, "--json", typed=kept.code + "\n")
    miss = run(lookup, "--json", typed="0000-0000-0000-0000-0000-0000\n")
    assert (hit.status, miss.status) == (0, 2)
    assert hit.json.keys() == miss.json.keys()
    assert hit.json["claims"][0].keys() == miss.json["claims"][0].keys()
    assert (hit.json["found"], miss.json["found"]) == (True, False)
    shown = run(lookup, typed=kept.code).out
    assert "核实中" in shown
    assert "上级部门" in shown
    assert kept.code not in hit.out + hit.err + shown
    assert run(lookup, typed="").out == "没有与该查询码对应的信息，请核对后重新输入。\n"


def test_keys_are_listed_and_rotated_and_their_loss_is_noticed(
    house: House, secrets: Secrets, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = a_complaint(house, secrets)
    made = run(keys, "rotate", "receipt", "--json").json["key"]
    listed = run(keys, "list", "--json")
    assert listed.json["keys"]["receipt"][0] == made
    assert len(listed.json["keys"]["receipt"]) == 2
    written = [p.read_text("ascii").strip() for p in (tmp_path / "keys").glob("*.key")]
    assert not any(w in listed.out for w in written)
    assert run(lookup, typed=kept.code).status == 0
    monkeypatch.setenv("FM_KEYS_DIR", str(tmp_path / "elsewhere"))
    lost = run(lookup, typed=kept.code)
    assert lost.status == 2
    assert "keys.gone" in lost.err
    assert not (tmp_path / "elsewhere").exists()


def test_somebody_unknown_can_do_nothing(house: House, secrets: Secrets) -> None:
    kept = a_complaint(house, secrets)
    words = ("ask", kept.ulid, "--item", "identity", "--motive", "核实", "--as", "nobody")
    refused = run(vault, *words)
    assert (refused.status, "nobody" in refused.err) == (2, True)
