"""Plant bugs in copies of the package: the machine of tests/stateful must find every one.

A mutant is killed by a failing test, never by one that cannot start. See planted.py for what is
planted, and tests/stateful/README.md for how to find seeds should one live.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from shutil import copyfile, copytree, ignore_patterns
from typing import NamedTuple

import pytest

from tests.mutants.planted import MUTANTS, Mutant
from tests.stateful.invariants import INVARIANTS

ROOT = Path(__file__).parents[2]
PACKAGE = "fulfilment_monitor"
#: What a copy is made of.
FOLDERS = (PACKAGE, "migrations", "alerts", "contracts_samples", "tests/model", "tests/stateful")
FILES = ("pyproject.toml", "tests/conftest.py", "tests/postgres.py", "tests/services/builders.py")
MACHINE = "tests/stateful/test_stateful.py::test_every_invariant_holds_on_sqlite"
#: seconds; a bug may make a sweep go on for ever
PATIENCE = 300
WORKERS = 2
NAMES = [invariant.__name__ for invariant in INVARIANTS]


class Outcome(NamedTuple):
    status: int
    out: str

    @property
    def is_killed(self) -> bool:
        """Whether a test failed, rather than something that kept tests from running."""
        failed = re.search(r"^\d+ failed", self.out, re.MULTILINE)
        return self.status == 1 and failed is not None and "ImportError" not in self.out


def linked(source: str, target: str) -> None:
    """A second name for a file; another file where there can be none."""
    try:
        os.link(source, target)
    except OSError:
        copyfile(source, target)


def lay_out(copy: Path, mutant: Mutant | None, left_out: str | None) -> None:
    """Copy what is needed, with one text changed and one invariant left out."""
    for folder in FOLDERS:
        ignored = ignore_patterns("left_out.txt")
        copytree(ROOT / folder, copy / folder, copy_function=linked, ignore=ignored)
    for name in FILES:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        linked(str(ROOT / name), str(copy / name))
    if left_out is not None:
        (copy / "tests/stateful/left_out.txt").write_text(left_out, "utf-8")
    if mutant is not None:
        target = copy / PACKAGE / mutant.file
        text = target.read_text("utf-8")
        target.unlink()  # or the bug would be planted in the original too
        target.write_text(text.replace(mutant.old, mutant.new), "utf-8")


def run(
    copy: Path, mutant: Mutant | None = None, left_out: str | None = None, example: str = ""
) -> Outcome:
    """What the machine says of a copy with a bug in it, in all its chosen examples or in one."""
    lay_out(copy, mutant, left_out)
    options = ["-x", "-q", "--tb=line", "-p", "no:cacheprovider", "--disable-plugin-autoload"]
    options.append(f"--basetemp={copy / 'tmp'}")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *options, MACHINE + example],
            cwd=copy,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome(-1, f"no end after {PATIENCE} seconds")
    return Outcome(done.returncode, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Future[Outcome]]]:
    """The copies at work, some at a time; first the one without a bug."""
    base = tmp_path_factory.mktemp("mutants")
    with ThreadPoolExecutor(WORKERS) as workers:
        yield {
            "none": workers.submit(run, base / "none"),
            **{
                m.name: workers.submit(run, base / m.name, m, None, f"[{m.example}-sqlite]")
                for m in MUTANTS
            },
        }


def test_a_copy_without_a_bug_passes(outcomes: Mapping[str, Future[Outcome]]) -> None:
    found = outcomes["none"].result()
    assert found.status == 0, found.out


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_planted_bug_is_found(outcomes: Mapping[str, Future[Outcome]], mutant: Mutant) -> None:
    found = outcomes[mutant.name].result()
    assert found.is_killed, f"{mutant.meaning}\n{found.out[-2_000:]}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_bug_is_planted_where_it_says(mutant: Mutant) -> None:
    text = (ROOT / PACKAGE / mutant.file).read_text("utf-8")
    assert text.count(mutant.old) == 1
    assert mutant.new != mutant.old
    compile(text.replace(mutant.old, mutant.new), mutant.file, "exec")


def short(name: str) -> str:
    """`i_13` of `i_13_dates_…`."""
    return "_".join(name.split("_")[:2])


def test_bugs_have_names_of_their_own_and_each_invariant_has_a_bug() -> None:
    names = [m.name for m in MUTANTS]
    assert len(set(names)) == len(names)
    assert {n for m in MUTANTS for n in m.caught_by} == set(map(short, NAMES))


@pytest.mark.endurance
@pytest.mark.parametrize("invariant", NAMES)
def test_without_an_invariant_a_bug_lives(tmp_path: Path, invariant: str) -> None:
    """Every invariant is needed: some planted bug is found by no other."""
    named = [m for m in MUTANTS if short(invariant) in m.caught_by]
    for mutant in sorted(named, key=lambda m: len(m.caught_by)):
        if run(tmp_path / mutant.name, mutant, invariant).status == 0:
            return
    pytest.fail(f"{invariant} is not needed for any of {[m.name for m in named]}")
