"""Every fence of `make check` is shown to hold: provoked once, it has to bark."""

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "fulfilment_monitor"
CONFIG: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
BANNED = CONFIG["ruff"]["lint"]["flake8-tidy-imports"]["banned-api"]


class Provocation(NamedTuple):
    contract: str
    #: file below the package -> its source
    files: dict[str, str]


PROVOCATIONS = {
    "a service reaches up to the pages": Provocation(
        "floors", {"services/provoked.py": f"import {PACKAGE}.web"}
    ),
    "a room nobody assigned to a floor": Provocation("floors", {"attic.py": ""}),
    "the domain opens the database": Provocation(
        "pure-domain", {"domain/provoked.py": "import sqlalchemy"}
    ),
    "the domain reads the clock": Provocation(
        "pure-domain", {"domain/provoked.py": f"from {PACKAGE} import clock"}
    ),
    "a service knows of HTTP": Provocation(
        "plain-services", {"services/provoked.py": "from flask import request"}
    ),
    "a table reads the settings": Provocation(
        "plain-services", {"store/provoked.py": f"from {PACKAGE}.settings import Settings"}
    ),
    "a page writes SQL": Provocation(
        "doors-use-services", {"web/provoked.py": "from sqlalchemy import select"}
    ),
    "a page takes a table": Provocation(
        "doors-use-services", {"web/provoked.py": f"import {PACKAGE}.store"}
    ),
    "a route of the API writes SQL": Provocation(
        "doors-use-services", {"api/__init__.py": "", "api/provoked.py": "import sqlalchemy"}
    ),
    "a page calls another server": Provocation(
        "one-way-out", {"web/provoked.py": "import requests"}
    ),
    "two rooms need each other": Provocation(
        "no-cycles",
        {
            "domain/provoked_hen.py": f"from {PACKAGE}.domain import provoked_egg",
            "domain/provoked_egg.py": f"from {PACKAGE}.domain import provoked_hen",
        },
    ),
}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the package and its rules, to be spoilt."""
    ignore = shutil.ignore_patterns("__pycache__", "_shipped")
    shutil.copytree(ROOT / PACKAGE, tmp_path / PACKAGE, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_as_it_stands_keeps_every_contract(house):
    assert broken_contracts(house) == set()


def test_every_contract_is_provoked():
    contracts = {contract["id"] for contract in CONFIG["importlinter"]["contracts"]}
    assert {p.contract for p in PROVOCATIONS.values()} == contracts


@pytest.mark.parametrize("what", PROVOCATIONS)
def test_a_contract_breaks_when_provoked(house, what):
    contract, files = PROVOCATIONS[what]
    spoil(house, files)
    assert broken_contracts(house, contract) == {contract}


def test_gateways_alone_may_speak_to_the_network(house):
    spoil(house, {"gateways/__init__.py": "", "gateways/provoked.py": "import requests"})
    assert broken_contracts(house, "one-way-out") == set()


def test_every_banned_name_is_found_in_a_service():
    source = "".join(f"import {name.partition('.')[0]}\n_ = {name}\n" for name in BANNED)
    assert banned_names(source, f"{PACKAGE}/services/provoked.py") == set(BANNED)


def test_banned_names_are_found_as_people_write_them():
    source = (
        "import os\nimport time\nfrom datetime import UTC, date, datetime\n"
        "print(datetime.now(UTC), date.today(), os.environ['HOME'], time.time())\n"
    )
    assert banned_names(source, f"{PACKAGE}/domain/provoked.py") == {
        "datetime.datetime.now",
        "datetime.date.today",
        "os.environ",
        "time.time",
    }


def test_the_clock_and_the_settings_may_do_what_only_they_may():
    now = "from datetime import UTC, datetime\n_ = datetime.now(UTC)\n"
    assert banned_names(now, f"{PACKAGE}/clock.py") == set()
    assert banned_names("import os\n_ = os.environ\n", f"{PACKAGE}/settings.py") == set()


def spoil(house: Path, files: dict[str, str]) -> None:
    for name, source in files.items():
        path = house / PACKAGE / name
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            path.write_text(f"{source}\n", "utf-8")


def broken_contracts(house: Path, contract: str = "") -> set[str]:
    """The ids of the contracts import-linter reports as broken."""
    chosen = ["--contract", contract] if contract else []
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache", *chosen],
        cwd=house,
        env={"COLUMNS": "200"},  # the report is wrapped otherwise
        capture_output=True,
        text=True,
        check=False,
    )
    ids = {f"{c['name']} BROKEN": c["id"] for c in CONFIG["importlinter"]["contracts"]}
    found = {id_ for report, id_ in ids.items() if report in done.stdout}
    assert done.returncode == bool(found), done.stdout + done.stderr
    return found


def banned_names(source: str, path: str) -> set[str]:
    """The banned names ruff finds in a source that pretends to lie at a path."""
    rule = ("check", "--select", "TID251", "--output-format", "json", "--stdin-filename", path, "-")
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *rule],
        cwd=ROOT,
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        found["message"].partition("`")[2].partition("`")[0] for found in json.loads(done.stdout)
    }
