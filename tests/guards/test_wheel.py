"""The wheel carries all it needs, and runs where it may not write."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.postgres import Account, open_folder, running_as, unprivileged

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "fulfilment_monitor"
#: folders of the repository that travel inside the package
SHIPPED = ("migrations", "alerts", "contracts_samples")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", place, ROOT)
    (built,) = place.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def packed(wheel: Path) -> frozenset[str]:
    with ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


@pytest.fixture
def stage() -> Iterator[Path]:
    """A folder any account can walk to; the test runner's own are closed."""
    place = Path(tempfile.mkdtemp(prefix="fm-wheel-", dir=open_folder()))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


@pytest.mark.parametrize("folder", SHIPPED)
def test_a_data_folder_travels_whole(packed, folder):
    wanted = {f"{PACKAGE}/_shipped/{folder}/{name}" for name in files_below(ROOT / folder)}
    assert wanted
    assert wanted <= packed


def test_the_package_travels_whole(packed):
    """Law, templates and static files included."""
    wanted = {f"{PACKAGE}/{name}" for name in files_below(ROOT / PACKAGE)}
    assert wanted <= packed


@pytest.mark.parametrize("name", ["_shipped/alerts/rules.toml", "law/terms.toml", "cli"])
def test_what_the_program_cannot_start_without_is_there(packed, name):
    assert any(path.startswith(f"{PACKAGE}/{name}") for path in packed)


def test_nothing_else_lands_in_site_packages(packed):
    assert {path.partition("/")[0].partition("-")[0] for path in packed} == {PACKAGE}
    assert not [path for path in packed if "__pycache__" in path]


@pytest.mark.endurance
def test_an_installed_wheel_runs_for_an_account_that_owns_nothing_but_its_database(wheel, stage):
    account = unprivileged()
    program = installed(wheel, stage / "venv", account)
    closed, var = stage / "closed", stage / "var"
    var.mkdir()
    if account:
        os.chown(var, account.uid, account.gid)
    closed.mkdir(mode=0o555)

    done = subprocess.run(
        [program, "demo", "--no-serve", "--json"],
        cwd=closed,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(closed),
            "FM_DATABASE_URL": f"sqlite:///{var}/fm.db",
        },
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=True,
        **running_as(account),
    )

    counts = json.loads(done.stdout)
    assert {"contracts", "obligations", "alerts", "leads"} <= counts.keys()
    assert counts["contracts"] > 0
    assert list(closed.iterdir()) == []


def installed(wheel: Path, venv: Path, account: Account | None) -> Path:
    """Install the wheel with the locked versions; the path of its program."""
    run(shared_interpreter(account), "-m", "venv", venv)
    pip = (venv / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "runtime.lock")
    run(*pip, "--no-deps", wheel)
    return venv / "bin" / "fulfilment-monitor"


def shared_interpreter(account: Account | None) -> str:
    """A Python the account can run, too: ours may lie below /root."""
    names = (sys.executable, *(f"/usr/bin/python3{minor}" for minor in ("", ".13", ".12", ".11")))
    probe = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
    for name in (os.path.realpath(name) for name in names):
        try:
            found = subprocess.run(
                [name, "-c", probe],
                cwd="/",
                capture_output=True,
                check=False,
                **running_as(account),
            )
        except OSError:
            continue
        if found.returncode == 0:
            return name
    raise FileNotFoundError("no Python 3.11 or newer, with venv, that other accounts can run")


def files_below(folder: Path) -> set[str]:
    names = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return {
        name.as_posix()
        for name in names
        if "__pycache__" not in name.parts and not name.name.startswith(".")
    }


def run(*command: str | Path) -> None:
    subprocess.run(command, cwd="/", check=True, umask=0o022)
