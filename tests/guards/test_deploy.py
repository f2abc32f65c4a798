"""What stands in deploy/: well-formed, of settings and commands that exist, and hardened."""

import re
import shutil
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from fulfilment_monitor.cli.entry import COMMANDS
from fulfilment_monitor.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
SETTINGS = {f"FM_{f.name.upper()}" for f in fields(Settings)}
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
OURS = ("web", "scheduler", "worker")


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    with (DEPLOY / "compose.yaml").open(encoding="utf-8") as file:
        found: dict[str, dict[str, Any]] = yaml.safe_load(file)["services"]
    return found


def test_two_of_each_and_one_database(services: dict[str, dict[str, Any]]) -> None:
    assert set(services) == {"database", "upgrade", *OURS}
    assert [services[name]["deploy"]["replicas"] for name in OURS] == [2, 2, 2]


@pytest.mark.parametrize("name", ["database", "upgrade", *OURS])
def test_no_container_is_root_or_writes_where_it_should_not(
    services: dict[str, dict[str, Any]], name: str
) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["user"].split(":")[0]) > 0
    assert "privileged" not in service
    assert "ports" not in service


@pytest.mark.parametrize("name", ["database", *OURS])
def test_whoever_dies_comes_back_and_is_watched(
    services: dict[str, dict[str, Any]], name: str
) -> None:
    assert services[name]["restart"] == "unless-stopped"
    assert services[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")


def test_nothing_starts_before_the_tables_are_there(services: dict[str, dict[str, Any]]) -> None:
    for name in OURS:
        after = services[name]["depends_on"]
        assert after["upgrade"] == {"condition": "service_completed_successfully"}


def test_only_settings_and_commands_that_exist_are_named(
    services: dict[str, dict[str, Any]],
) -> None:
    named = {key for s in services.values() for key in s["environment"] if key.startswith("FM_")}
    example = (DEPLOY / "systemd" / "environment.example").read_text("utf-8")
    named |= set(re.findall(r"^(FM_\w+)=", example, re.MULTILINE))
    assert named <= SETTINGS
    called = [services[n]["command"][0] for n in ("scheduler", "worker")]
    for unit in UNITS:
        called += re.findall(r"bin/fulfilment-monitor (\w+)", unit.read_text("utf-8"))
    assert set(called) == {"scheduler", "work"}
    assert set(called) <= set(COMMANDS)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_hardened_and_comes_back(unit: Path) -> None:
    lines = unit.read_text("utf-8").splitlines()
    wanted = ["NoNewPrivileges=yes", "ProtectSystem=strict", "PrivateTmp=yes", "Restart=always"]
    assert [line for line in wanted if line not in lines] == []
    assert "User=fulfilment-monitor" in lines
    assert "CapabilityBoundingSet=" in lines


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_understands_a_unit(unit: Path, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("there is no systemd-analyze here")
    here = tmp_path / unit.name.replace("@", "@1")  # whose programs are on this machine
    text = re.sub(r"^ExecStart=.*$", "ExecStart=/bin/true", unit.read_text("utf-8"), flags=re.M)
    here.write_text(text)
    done = subprocess.run(
        [program, "verify", "--man=no", str(here)], capture_output=True, text=True, check=False
    )
    said = [line for line in done.stderr.splitlines() if here.name in line]
    assert (done.returncode, said) == (0, [])
