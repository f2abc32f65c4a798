"""Old and new code on one database: the release before works on the tables of this one."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from fulfilment_monitor.house import House
from fulfilment_monitor.services import sweeps
from tests.conftest import at
from tests.endurance.conftest import Databases, Tell
from tests.services.builders import a_document, a_payment, lead_list, office, register, violations

pytestmark = pytest.mark.endurance

ROOT = Path(__file__).parents[2]
FIRST, DAYS = date(2025, 9, 1), 12
#: What the old release does, by its own code: a contract a day, and a sweep, as a process that was
#: running before the upgrade goes on doing. Nothing of this tree is imported. Both stand at one
#: moment, as two machines do, while the days they sweep for go by.
OLD = """
import sys
from datetime import UTC, date, datetime, timedelta
from fulfilment_monitor.domain.authority import operator
from fulfilment_monitor.house import open_house
from fulfilment_monitor.schemas.contracts import read_contract
from fulfilment_monitor.services import contracts, sweeps
from fulfilment_monitor.settings import Settings
import fulfilment_monitor, json
assert fulfilment_monitor.__file__.startswith(sys.argv[1]), fulfilment_monitor.__file__
house = open_house(Settings.from_env())
document, first = json.loads(sys.argv[2]), date.fromisoformat(sys.argv[3])
now = datetime(first.year, first.month, first.day, 1, tzinfo=UTC)
for n in range(int(sys.argv[4])):
    day = first + timedelta(days=n)
    office = house.office()
    new = read_contract({**document, "contract_no": f"OLD-{n}"})
    with house.sessions.begin() as session:
        contracts.register_contracts(
            session, [new], by=operator("old"), office=office, now=now, today=first)
    sweeps.sweep(house.sessions, office, as_of=day, now=lambda: now)
print("done")
"""


@pytest.fixture
def before(tmp_path: Path, tell: Tell) -> Iterator[Path]:
    """The tree of the last commit before the newest migration."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("the release before is in the history, and there is none here")

    def asked(*words: str) -> str:
        done = subprocess.run(
            [git, "-C", str(ROOT), *words], capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.skip(f"git {words[0]}: {done.stderr.strip()}")
        return done.stdout.strip()

    revision = asked("log", "-1", "--format=%H", "--", "migrations/head.txt") + "^"
    tree = tmp_path / "before"
    asked("worktree", "add", "--detach", str(tree), revision)
    old, new = ((t / "migrations" / "head.txt").read_text("utf-8").strip() for t in (tree, ROOT))
    tell("database of, code of", f"{new}, {old}")
    yield tree
    asked("worktree", "remove", "--force", str(tree))


def goes_on(tree: Path, house: House) -> subprocess.Popen[str]:
    env = {
        **os.environ,  # noqa: TID251 — PATH and the like
        "FM_DATABASE_URL": house.settings.database_url,
        "FM_KEYS_DIR": house.settings.keys_dir,
        "PYTHONPATH": str(tree),
    }
    document = a_document(a_payment(due_on=str(FIRST - timedelta(days=20))))
    words = [str(tree), json.dumps(document), FIRST.isoformat(), str(DAYS)]
    return subprocess.Popen(
        [sys.executable, "-c", OLD, *words],
        env=env, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.mark.proves("G9")
def test_the_release_before_registers_and_sweeps_beside_this_one(
    databases: Databases, before: Path, tell: Tell
) -> None:
    house = databases.new()
    house.close()
    old = goes_on(before, house)
    ended = threading.Thread(target=old.wait)
    ended.start()
    for n in range(DAYS):
        on = FIRST + timedelta(days=n)
        due = a_payment(due_on=str(FIRST - timedelta(days=20)))
        register(house, a_document(due, contract_no=f"NEW-{n}"), on=str(FIRST))
        sweeps.sweep(house.sessions, office(house), as_of=on, now=lambda: at(FIRST))
    ended.join()
    assert old.stdout is not None
    with old.stdout:
        said = old.stdout.read()
    assert (old.returncode, said.splitlines()[-1:]) == (0, ["done"]), said
    last = FIRST + timedelta(days=DAYS)
    sweeps.sweep(house.sessions, office(house), as_of=last, now=lambda: at(FIRST))
    numbers = [lead["contract_no"] for lead in lead_list(house)]
    assert sorted(numbers) == sorted(f"{who}-{n}" for n in range(DAYS) for who in ("NEW", "OLD"))
    assert violations(house) == []
    tell("leads of old and new, each once", len(numbers))
