"""Plant bugs in copies of the package: the machine of tests/stateful must find every one.

And no assertion may be idle: with any one of them taken out, some bug lives. A mutant is killed
by a failing test, never by one that cannot start. See planted.py for what is planted, and
tests/stateful/README.md for how to find seeds should one live.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from shutil import copyfile, copytree
from typing import NamedTuple

import pytest

from tests.conftest import TEMPLATE_OPTION
from tests.mutants.assertions import INVARIANTS, every_one, without
from tests.mutants.planted import MUTANTS, Mutant
from tests.stateful import invariants

ROOT = Path(__file__).parents[2]
PACKAGE = "fulfilment_monitor"
#: What a copy is made of.
FOLDERS = (PACKAGE, "migrations", "alerts", "contracts_samples", "tests/model", "tests/stateful")
FILES = (
    "pyproject.toml",
    "tests/apps.py",
    "tests/conftest.py",
    "tests/engines.py",
    "tests/postgres.py",
    "tests/services/builders.py",
)
MACHINE = "tests/stateful/test_stateful.py::test_every_invariant_holds_on_sqlite"
#: seconds; a bug may make a sweep go on for ever
PATIENCE = 300
WORKERS = 2
ASSERTIONS = every_one(ROOT)


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


def rewritten(path: Path, text: str) -> None:
    """Put another file in the place of a linked one, or the original would change too."""
    path.unlink()
    path.write_text(text, "utf-8")


def lay_out(copy: Path, mutant: Mutant | None, taken_out: str) -> None:
    """Copy what is needed, with one text changed and one assertion taken out."""
    for folder in FOLDERS:
        copytree(ROOT / folder, copy / folder, copy_function=linked)  # with what was compiled
    for name in FILES:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        linked(str(ROOT / name), str(copy / name))
    if taken_out:
        target = copy / INVARIANTS
        rewritten(target, without(target.read_text("utf-8"), taken_out))
    if mutant is not None:
        target = copy / PACKAGE / mutant.file
        rewritten(target, target.read_text("utf-8").replace(mutant.old, mutant.new))


def run(
    copy: Path,
    template: Path,
    mutant: Mutant | None = None,
    taken_out: str = "",
    example: str = "",
) -> Outcome:
    """What the machine says of a copy with a bug in it, in all its chosen examples or in one."""
    lay_out(copy, mutant, taken_out)
    options = ["-x", "-q", "--tb=line", "-p", "no:cacheprovider", "--disable-plugin-autoload"]
    options += [f"--basetemp={copy / 'tmp'}", f"{TEMPLATE_OPTION}={template}"]
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


def test_a_copy_without_a_bug_passes(tmp_path: Path, sqlite_template: Path) -> None:
    """A copy lacks nothing; that every chosen example passes is shown where they stand."""
    found = run(tmp_path / "copy", sqlite_template, example="[wide:0-sqlite]")
    assert found.status == 0, found.out


#: Those that one assertion alone sees are found anew, without it, by the long tests.
FOUND = [
    pytest.param(m, marks=[pytest.mark.endurance] if m.seen_only_by else [], id=m.name)
    for m in MUTANTS
]


@pytest.mark.parametrize("mutant", FOUND)
def test_a_planted_bug_is_found(tmp_path: Path, sqlite_template: Path, mutant: Mutant) -> None:
    found = run(tmp_path / "copy", sqlite_template, mutant, example=f"[{mutant.example}-sqlite]")
    assert found.is_killed, f"{mutant.meaning}\n{found.out[-2_000:]}"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_bug_is_planted_where_it_says(mutant: Mutant) -> None:
    text = (ROOT / PACKAGE / mutant.file).read_text("utf-8")
    assert text.count(mutant.old) == 1
    assert mutant.new != mutant.old
    compile(text.replace(mutant.old, mutant.new), mutant.file, "exec")


def test_bugs_have_names_of_their_own_and_each_assertion_has_a_bug() -> None:
    names = [m.name for m in MUTANTS]
    assert len(set(names)) == len(names)
    assert {m.seen_only_by for m in MUTANTS} - {None} == set(ASSERTIONS)
    asked = {"_".join(i.__name__.split("_")[:2]) for i in invariants.INVARIANTS}
    assert asked == {a.partition(":")[0] for a in ASSERTIONS}, "an assertion that is never asked"


def test_one_assertion_is_taken_out_and_nothing_else() -> None:
    text = (
        "def i_1_first(x):\n    assert x, (\n        'no'\n    )\n    assert x > 1\n    return x\n"
    )
    assert without(text, "i_1:1") == "def i_1_first(x):\n    pass\n    assert x > 1\n    return x\n"
    assert without(text, "i_1:2").endswith("    )\n    pass\n    return x\n")


@pytest.fixture(scope="module")
def blind(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    sqlite_template: Path,
) -> Iterator[Mapping[str, Future[Outcome]]]:
    """For each bug that one assertion alone sees: every chosen example without that assertion."""
    base = tmp_path_factory.mktemp("blind")
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    wanted = [call.params["assertion"] for call in calls if call and "assertion" in call.params]
    with ThreadPoolExecutor(WORKERS) as workers:
        yield {
            m.name: workers.submit(run, base / m.name, sqlite_template, m, assertion)
            for assertion in wanted
            for m in MUTANTS
            if m.seen_only_by == assertion
        }


@pytest.mark.endurance
@pytest.mark.parametrize("assertion", ASSERTIONS)
def test_without_an_assertion_a_bug_lives(
    blind: Mapping[str, Future[Outcome]], assertion: str, request: pytest.FixtureRequest
) -> None:
    """No assertion is idle: some planted bug is found with it, and by nothing else."""
    for mutant in [m for m in MUTANTS if m.seen_only_by == assertion]:
        found = blind[mutant.name].result()
        assert found.status == 0, f"{mutant.name} is found without it\n{found.out[-2_000:]}"
        request.node.user_properties.append(("lives", f"{mutant.name}: {mutant.meaning}"))
